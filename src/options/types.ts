/** All options: as they are given, and as they are used, with all defaults applied. */
import type { Checkpoint, CheckpointStore, Ports } from '../ports.js';
import type { Endpoint } from './endpoint.js';
import type { RequestSigner } from './signer-types.js';

/** Short-lived credentials from STS, in camelCase or as `AssumeRole` returns them. */
export type Credentials = StsCredentials | AssumeRoleCredentials | { Credentials: AssumeRoleCredentials };

/** STS credentials in camelCase, as ali-oss takes them, too. */
export interface StsCredentials {
  /** Starts with `STS.`. Never put the long-lived key of a RAM user into a web page. */
  accessKeyId: string;
  /** Requests are signed with it. It stays in the page's memory. */
  accessKeySecret: string;
  /** Sent with each request. */
  securityToken?: string | undefined;
  /** The same as `securityToken`, under the name that ali-oss uses. */
  stsToken?: string | undefined;
  /** ISO 8601 string, Date, or milliseconds since the epoch. Without it, credentials are not refreshed ahead of time. */
  expiration?: string | number | Date | undefined;
}

/** STS credentials in the spelling of the STS API. */
export interface AssumeRoleCredentials {
  /** Same as {@link StsCredentials.accessKeyId}. */
  AccessKeyId: string;
  /** Same as {@link StsCredentials.accessKeySecret}. */
  AccessKeySecret: string;
  /** Same as {@link StsCredentials.securityToken}. */
  SecurityToken?: string | undefined;
  /** Same as {@link StsCredentials.expiration}. */
  Expiration?: string | number | Date | undefined;
}

/**
 * Fetches fresh credentials: called when the current ones are about to expire or are refused. If it throws, it is called again with
 * increasing delays while uploads wait. Throw a {@link CredentialsError} to fail at once.
 */
export type CredentialsProvider = (context: { signal: AbortSignal }) => Credentials | Promise<Credentials>;

/** Where checkpoints are stored, and for how long. */
export interface CheckpointOptions {
  /** Name of the IndexedDB database. @default 'oss-resumable' */
  name?: string;
  /**
   * How long an upload may stay inactive before it is aborted on the server and deleted, in milliseconds (≥ 0).
   * @default 604800000, 7 days
   */
  maxAge?: number;
}

/** Integrity checks. */
export interface IntegrityOptions {
  /** Compare the CRC-64 of every part, and of the whole object, with OSS's. @default true */
  crc64?: boolean;
  /** Send `Content-MD5` with every part, so that OSS itself rejects corrupted parts. CPU-intensive. @default false */
  md5?: boolean;
}

/** How often, and after what delays, a request is repeated. */
export interface RetryOptions {
  /** Retries of each request that OSS refuses for now, 0..100. Waiting while offline, or having been offline, uses none. @default 10 */
  limit?: number;
  /**
   * Retries while the endpoint doesn't respond at all, once it has responded before; 0..1000. Keeps uploads alive through a network
   * outage of several minutes. @default `limit` if that is given, else 40: about eight minutes
   */
  networkLimit?: number;
  /** The first delay's upper bound in milliseconds, 0..86400000; it doubles each time (full jitter). @default 300 */
  baseDelay?: number;
  /** The longest delay in milliseconds, 0..86400000. OSS's own `Retry-After` is honoured up to five minutes. @default 30000 */
  maxDelay?: number;
}

/** Options of an uploader, shared by all its uploads. */
export interface UploaderOptions {
  /** Region ID such as `cn-hangzhou`; `oss-cn-hangzhou` is accepted, too. It is part of every signature. */
  region: string;
  /** Bucket name: 3..63 lower-case letters, digits and hyphens. */
  bucket: string;
  /**
   * Service endpoint, a host or an origin: internal, accelerate, the bucket's own host or a custom domain. It may be a list of 1..8:
   * the next one is tried when one stays silent or refuses, and an upload resumes over any of them. @default `https://oss-<region>.aliyuncs.com`
   */
  endpoint?: string | readonly string[] | undefined;
  /** `endpoint` is a custom domain bound to the bucket. Hosts below `aliyuncs.com` in a list are not. @default false */
  cname?: boolean | undefined;
  /** Put the bucket into the path: for emulators and IP endpoints. The public service refuses it. @default false */
  pathStyle?: boolean | undefined;
  /** A function that fetches STS credentials, called again whenever they expire; or fixed STS credentials. Either these or `signer`. */
  credentials?: Credentials | CredentialsProvider | undefined;
  /**
   * Instead of `credentials`, so that the page has no keys: the URL of a handler of `oss-resumable/server`, such as `/oss`, or a
   * function that has requests signed by a server of your own. Cookies are sent along with the handler's requests.
   */
  signer?: string | RequestSigner | undefined;
  /**
   * Without a checkpoint, look on the server for an open upload of the same key and content: begun on another device, by another tool,
   * or before this browser's storage was cleared. Needs oss:ListMultipartUploads on the bucket, or a handler that grants `discover`.
   * Such an upload is never aborted. Not within a `scope`. @default false
   */
  discover?: boolean | undefined;
  /** Requests in flight over all files of this uploader, 1..100. @default 6 */
  parallel?: number | undefined;
  /**
   * Bytes per part, 102400 (100 KiB) .. 5368709120 (5 GiB). `'auto'` chooses by the file's size and the speed of the line, so that a page
   * that dies loses about three seconds of it. @default 'auto'
   */
  partSize?: number | 'auto' | undefined;
  /** Resume interrupted uploads: on, off, where, or a store of your own. @default true */
  checkpoint?: boolean | CheckpointOptions | CheckpointStore | undefined;
  /** Which digests are compared with OSS's. */
  integrity?: IntegrityOptions | undefined;
  /** How often requests are retried. */
  retry?: RetryOptions | undefined;
  /**
   * Cancels and retries a request when no data has been transferred for this long, in milliseconds, 0..86400000; 0 disables it. Ten
   * seconds for a part when the browser was offline and is back. @default 60000
   */
  stallTimeout?: number | undefined;
  /** Hold a Screen Wake Lock during uploads, if the platform has one. @default true */
  wakeLock?: boolean | undefined;
  /** Ask for confirmation when the user leaves the page during an upload. @default false */
  unloadGuard?: boolean | undefined;
  /** Creates the hashing worker, if the bundler can't locate the worker file. @default the package's `hash.worker.js` */
  workerFactory?: (() => Worker) | undefined;
  /** Replaces the transport. Progress within a part is then unknown. @default XMLHttpRequest */
  fetch?: typeof fetch | undefined;
  /** Replaces platform interfaces, for tests and unusual hosts. @default the browser's */
  ports?: Partial<Ports> | undefined;
}

/** OSS's upload callback. @see https://www.alibabacloud.com/help/en/oss/developer-reference/callback */
export interface CallbackOptions {
  /** Up to five URLs, joined by `;`. */
  callbackUrl: string;
  /** The Host header OSS sends. @default the URL's */
  callbackHost?: string | undefined;
  /** The body OSS sends, such as `bucket=${bucket}&object=${object}&size=${size}&my=${x:my}`. */
  callbackBody: string;
  /** How OSS encodes the values in `callbackBody`. @default 'application/x-www-form-urlencoded' */
  callbackBodyType?: 'application/x-www-form-urlencoded' | 'application/json' | undefined;
  /** Send SNI when OSS connects to the callback server: for https servers with several certificates. @default false */
  callbackSNI?: boolean | undefined;
}

/** How an object is stored, and what it costs. */
export type StorageClass = 'Standard' | 'IA' | 'Archive' | 'ColdArchive' | 'DeepColdArchive';
/** Access control of an object, in addition to bucket policies. `default` inherits the bucket's ACL. */
export type ObjectAcl = 'default' | 'private' | 'public-read' | 'public-read-write';

/** Options of one upload. Options that also exist on the uploader override it. */
export interface UploadOptions {
  /**
   * The object's key: 1..1023 bytes of UTF-8, not beginning with `/` or `\`, without `.` and `..` segments.
   * A function gets the file and its path (relative path or name). It is called at each start, and an unfinished upload is resumed
   * if it returns the same key; for random keys, set a `scope`.
   * @default the file's relative path, or its name
   */
  key?: string | ((file: Blob, path: string) => string | Promise<string>) | undefined;
  /**
   * Names a group of uploads whose keys are random, such as `avatar of user 42`, in 1..255 characters. Within it, an unfinished
   * upload of the same file keeps the key it was started with, and the key function is called only when there is nothing to resume.
   * Needs a key function.
   * @default none: the key function is called at each start, and only an upload under the key it returns is resumed
   */
  scope?: string | undefined;
  /** More object headers, such as `Content-Encoding` or `x-oss-*`; printable ASCII. */
  headers?: Record<string, string> | undefined;
  /** Stored as `x-oss-meta-*`; names are case-insensitive, values ASCII, 8 KB in all. */
  metadata?: Record<string, string> | undefined;
  /** `Content-Type` of the object. @default the file's type, or `application/octet-stream` */
  contentType?: string | undefined;
  /** `Cache-Control` of the object. */
  cacheControl?: string | undefined;
  /** `Content-Disposition` of the object. Printable ASCII: encode names as `filename*=UTF-8''…`. */
  contentDisposition?: string | undefined;
  /** Storage class of the object. @default the bucket's */
  storageClass?: StorageClass | undefined;
  /** Access control of the object. Needs oss:PutObjectAcl. @default the bucket's */
  acl?: ObjectAcl | undefined;
  /** Object tags: at most 10. Needs oss:PutObjectTagging. */
  tagging?: Record<string, string> | undefined;
  /** Encryption at rest, with OSS's own key or one of KMS. @default the bucket's */
  serverSideEncryption?: 'AES256' | 'KMS' | 'SM4' | { algorithm: 'KMS' | 'SM4' | 'AES256'; keyId?: string; dataEncryption?: 'SM4' };
  /** Refuse to replace an object of the same key (409 FileAlreadyExists). @default false */
  forbidOverwrite?: boolean | undefined;
  /**
   * Send nothing if an equal object is there: of the same key, size and CRC-64. Costs a HEAD, and only for an object of this size a
   * reading of the file. Needs oss:GetObject. Not with a `callback` or a `scope`. @default false
   */
  skipExisting?: boolean | undefined;
  /** OSS calls your server when the object is complete; at most 5 KB when encoded. */
  callback?: CallbackOptions | undefined;
  /** Custom callback variables. Names begin with `x:` and are lower case. */
  callbackVar?: Record<string, string> | undefined;
  /** Bits per second for each request, 819200 (100 KB/s) .. 838860800 (100 MB/s). @default unlimited */
  trafficLimit?: number | undefined;
  /** Aborting it stops the upload locally and keeps the checkpoint. */
  signal?: AbortSignal | undefined;
  /**
   * Overrides the uploader's `partSize` for new uploads. A resumed upload keeps the parts it has. If a number would need more than
   * 10,000 parts, the parts are made larger. @default the uploader's
   */
  partSize?: number | 'auto' | undefined;
  /** Overrides the uploader's `discover`. @default the uploader's */
  discover?: boolean | undefined;
  /** Requests in flight for this file, 1..100; never more than the uploader's. @default the uploader's */
  parallel?: number | undefined;
  /** Handle of the file (Chromium's drop or picker). It is stored, so that a page can resume after a reload with one click. */
  fileHandle?: FileSystemFileHandle | undefined;
  /** The file's name or relative path. Needed for a Blob, which has none. @default `webkitRelativePath` or `name` */
  path?: string | undefined;
}

/** One file for `uploadAll`, with its own options. */
export interface UploadItem extends UploadOptions {
  /** The file to upload. */
  file: Blob;
}

/** An upload left unfinished by an earlier page load. To resume it, upload the same file again. */
export interface UnfinishedUpload {
  /** ID for `discard()`. */
  readonly id: string;
  /** The object's key. Pass it to `upload()` with the file. */
  readonly key: string;
  /** The scope it was started in, if any. Pass it to `upload()`, too. */
  readonly scope: string | undefined;
  /** Name, size in bytes, modification time and type of the file to select again. */
  readonly file: Checkpoint['file'];
  /** Recorded bytes that OSS has acknowledged. */
  readonly confirmed: number;
  /** The file's size in bytes. */
  readonly total: number;
  /** Time of its last recorded part, in milliseconds since the epoch. */
  readonly updatedAt: number;
  /** Another tab, or another uploader of this page, is uploading it now. */
  readonly isInUse: boolean;
  /** It is in use, and by another uploader of this page. */
  readonly isInUseHere: boolean;
  /** The stored handle, if there is one: open it with `fileFromHandle`. */
  readonly fileHandle: FileSystemFileHandle | undefined;
}

/** {@link UploaderOptions} with all defaults applied. */
export interface UploaderConfig {
  region: string;
  bucket: string;
  /** In the order of preference. */
  endpoints: readonly [Endpoint, ...Endpoint[]];
  /** One of the two is there. */
  credentials: Credentials | CredentialsProvider | undefined;
  signer: string | RequestSigner | undefined;
  discover: boolean;
  parallel: number;
  partSize: number | 'auto';
  checkpoint: { enabled: boolean; name: string; maxAge: number; store: CheckpointStore | undefined };
  integrity: { crc64: boolean; md5: boolean };
  retry: { limit: number; networkLimit: number; baseDelay: number; maxDelay: number };
  stallTimeout: number;
  wakeLock: boolean;
  unloadGuard: boolean;
  /** This and the next two replace the platform's. */
  transport: typeof fetch | undefined;
  workerFactory: (() => Worker) | undefined;
  ports: Partial<Ports>;
}

/** {@link UploadOptions} for one file, with all defaults applied. */
export interface UploadConfig {
  bucket: string;
  file: Blob;
  /** The file's path as the user knows it; also the default key. */
  path: string;
  key: UploadOptions['key'];
  /** Only with a key function. */
  scope: string | undefined;
  partSize: number | 'auto';
  discover: boolean;
  skipExisting: boolean;
  parallel: number;
  signal: AbortSignal | undefined;
  fileHandle: FileSystemFileHandle | undefined;
  headers: ObjectHeaders;
  integrity: UploaderConfig['integrity'];
}

/** An upload's headers, each on the operation it belongs to and on no other. */
export interface ObjectHeaders {
  /** InitiateMultipartUpload fixes all metadata but the ACL. */
  initiate: Record<string, string>;
  uploadPart: Record<string, string>;
  /** For every request of the upload, in addition to its own. */
  everyRequest: Record<string, string>;
  /** ACL, callback and the second check of forbid-overwrite. */
  complete: Record<string, string>;
  putObject: Record<string, string>;
}
