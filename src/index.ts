/** The whole public surface: what is not exported here is private. */
export { createUploader } from './uploader.js';
export type { Uploader } from './uploader.js';
export type {
  AssumeRoleCredentials,
  CallbackOptions,
  CheckpointOptions,
  Credentials,
  CredentialsProvider,
  IntegrityOptions,
  ObjectAcl,
  RetryOptions,
  StorageClass,
  StsCredentials,
  UnfinishedUpload,
  UploadItem,
  UploadOptions,
  UploaderOptions,
} from './options/types.js';
export type { RequestSignature, RequestSigner, RequestToSign } from './options/signer-types.js';
export type { RequestEvent } from './core/request-event.js';
export type { UploadTask } from './upload/task.js';
export type { UploadBatch } from './upload/batch.js';
export type { BatchState } from './upload/batch-totals.js';
export type { Progress, TaskState, TaskStatus, UploadResult, UploadWarning, WaitReason } from './core/task-state.js';
export {
  CallbackError,
  CheckpointError,
  CorsError,
  CredentialsError,
  FileChangedError,
  FileUnreadableError,
  IntegrityError,
  isAbortError,
  isCallbackError,
  isCheckpointError,
  isCorsError,
  isCredentialsError,
  isFileChangedError,
  isFileUnreadableError,
  isIntegrityError,
  isNetworkError,
  isOssError,
  isUploadError,
  NetworkError,
  OssError,
  UploadError,
} from './errors.js';
export type { UploadErrorCode } from './errors.js';
export { collectFiles } from './browser/collect-files.js';
export type { CollectedFile, CollectOptions, SkippedEntry } from './browser/collect-files.js';
export { fileFromHandle } from './browser/file-handles.js';
export type {
  Checkpoint,
  CheckpointPart,
  CheckpointStore,
  Clock,
  Digests,
  FileHandles,
  Hasher,
  Locks,
  Network,
  Ports,
  WakeLock,
  WantedDigests,
} from './ports.js';
