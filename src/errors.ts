/** The errors that uploads fail with, their codes, and a guard for each. */
import type { UploadResult } from './core/upload-result.js';

/**
 * The base of every error this library rejects with after the call itself was accepted.
 * Invalid arguments are a `TypeError` or `RangeError`, thrown at the call.
 *
 * Messages and fields never contain an access key secret, a security token or a signed URL.
 */
export class UploadError extends Error {
  override readonly name: string = 'UploadError';
  /** A stable, machine-readable word: OSS's own error code for {@link OssError}, an {@link UploadErrorCode} otherwise. */
  declare readonly code: UploadErrorCode | OtherCode;
  /** Whether `task.resume()`, or selecting the same file again, resumes from the parts that are already uploaded. */
  declare readonly resumable: boolean;
  /** The object's key, if one was concerned. */
  declare readonly key: string | undefined;
  /** The part's number, 1..10000, if one was concerned. */
  declare readonly partNumber: number | undefined;

  constructor(code: string, message: string, details: UploadErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.resumable = details.resumable ?? true;
    this.key = details.key;
    this.partNumber = details.partNumber;
  }
}

/** Codes of this library's own errors. */
export type UploadErrorCode =
  | 'AnswerBlocked'
  | 'CallbackFailed'
  | 'CorsRefused'
  | 'CredentialsRefused'
  | 'EtagNotExposed'
  | 'FileChanged'
  | 'FileUnreadable'
  | 'InsecureContext'
  | 'InUse'
  | 'InvalidCredentials'
  | 'InvalidKey'
  | 'InvalidSignatures'
  | 'NetworkError'
  | 'ObjectMismatch'
  | 'PartMismatch'
  | 'ProviderFailed'
  | 'ProviderHung'
  | 'ScriptNotLoaded'
  | 'SignerRefused'
  | 'Stalled'
  | 'TakenOver'
  | 'Unconfirmed'
  | 'Unexpected'
  | 'UnreadableAnswer';

/** Any other text, such as OSS's codes. Not just `string`: editors would no longer suggest ours. */
type OtherCode = string & Record<never, never>;

/** Details of an {@link UploadError}. */
export interface UploadErrorDetails {
  /** The object key the operation was about. */
  key?: string | undefined;
  /** The part number, 1..10000, if one part was concerned. */
  partNumber?: number | undefined;
  /** The error underneath. Never one that carries a credential. */
  cause?: unknown;
  /** Whether `task.resume()`, or selecting the same file again, resumes from what is already uploaded. @default true */
  resumable?: boolean | undefined;
}

/** OSS answered with an error document. `code` is OSS's (`AccessDenied`, `NoSuchUpload`, …). */
export class OssError extends UploadError {
  override readonly name = 'OssError';
  /** The HTTP status, such as 403. */
  declare readonly status: number;
  /** The API operation's name, such as `UploadPart`. */
  declare readonly operation: string;
  /** For Alibaba Cloud's support. */
  declare readonly requestId: string | undefined;
  /** OSS's finer error number, such as `0002-00000007`. */
  declare readonly ec: string | undefined;
  /** The host that answered. */
  declare readonly hostId: string | undefined;
  /** The service's clock in milliseconds since the epoch, if it reports it. */
  declare readonly serverTime: number | undefined;
  /** How long OSS asked to wait, in milliseconds. */
  declare readonly retryAfter: number | undefined;

  constructor(code: string, message: string, details: OssErrorDetails) {
    super(code, message, details);
    this.status = details.status;
    this.operation = details.operation;
    this.requestId = details.requestId;
    this.ec = details.ec;
    this.hostId = details.hostId;
    this.serverTime = details.serverTime;
    this.retryAfter = details.retryAfter;
  }
}

/** Details of an OSS error response. */
export interface OssErrorDetails extends UploadErrorDetails {
  /** The HTTP status, such as 403. */
  status: number;
  /** The API operation's name, such as `UploadPart`. */
  operation: string;
  /** For Alibaba Cloud's support. */
  requestId?: string | undefined;
  /** OSS's finer error number, such as `0002-00000007`. */
  ec?: string | undefined;
  /** The host that answered. */
  hostId?: string | undefined;
  /** The service's clock in milliseconds since the epoch, which RequestTimeTooSkewed reports. */
  serverTime?: number | undefined;
  /** How long OSS asked to wait, in milliseconds, when the bucket exposes `Retry-After`. */
  retryAfter?: number | undefined;
}

/** No readable answer arrived. `code` is `NetworkError`, `Stalled` (no data for `stallTimeout`) or `UnreadableAnswer`. */
export class NetworkError extends UploadError {
  override readonly name = 'NetworkError';
}

/** The `credentials` function or the `signer` failed, refused or returned something else, or fixed credentials have expired. */
export class CredentialsError extends UploadError {
  override readonly name = 'CredentialsError';
}

/** The stored object differs from the local file. */
export class IntegrityError extends UploadError {
  override readonly name = 'IntegrityError';
}

/** The file was modified on disk after it was selected. Select it again to upload the new content. */
export class FileChangedError extends UploadError {
  override readonly name = 'FileChangedError';
}

/** The file can't be read any more: it was deleted or moved, its drive was removed or permission was revoked. */
export class FileUnreadableError extends UploadError {
  override readonly name = 'FileUnreadableError';
}

/** The bucket's CORS rules, or something between, hide what an upload needs or refuse this origin. */
export class CorsError extends UploadError {
  override readonly name = 'CorsError';
}

/** Another tab, or another uploader of this page, is using this upload (`InUse`) or has taken it over (`TakenOver`). */
export class CheckpointError extends UploadError {
  override readonly name = 'CheckpointError';
}

/**
 * The object is stored, but the application server that OSS called back did not accept it (HTTP 203).
 * Don't upload it again: `result` describes the object.
 */
export class CallbackError<Result = UploadResult> extends UploadError {
  override readonly name = 'CallbackError';
  /** The object that is stored. */
  declare readonly result: Result;
  /** For Alibaba Cloud's support. */
  declare readonly requestId: string | undefined;

  constructor(message: string, result: Result, details: UploadErrorDetails & { requestId?: string | undefined }) {
    super('CallbackFailed', message, { ...details, resumable: false });
    this.result = result;
    this.requestId = details.requestId;
  }
}

/**
 * Whether a value is an {@link UploadError}, also one from another copy of this library or another realm,
 * where `instanceof` fails.
 *
 * @example
 * if (isUploadError(error) && error.resumable) retryButton.hidden = false;
 */
export function isUploadError(value: unknown): value is UploadError {
  return value instanceof UploadError || (isErrorLike(value) && typeof value.code === 'string' && typeof value.resumable === 'boolean');
}

/**
 * Whether a value is an {@link OssError}: OSS answered with an error. Works across realms, as all these guards do.
 *
 * @example
 * if (isOssError(error)) console.error(error.status, error.code, error.requestId);
 */
export function isOssError(value: unknown): value is OssError {
  return isNamed(value, 'OssError');
}

/**
 * Whether a value is a {@link NetworkError}.
 *
 * @example
 * if (isNetworkError(error)) show('Check your connection, then try again.');
 */
export function isNetworkError(value: unknown): value is NetworkError {
  return isNamed(value, 'NetworkError');
}

/**
 * Whether a value is a {@link CredentialsError}.
 *
 * @example
 * if (isCredentialsError(error)) signIn();
 */
export function isCredentialsError(value: unknown): value is CredentialsError {
  return isNamed(value, 'CredentialsError');
}

/**
 * Whether a value is an {@link IntegrityError}.
 *
 * @example
 * if (isIntegrityError(error)) report(error);
 */
export function isIntegrityError(value: unknown): value is IntegrityError {
  return isNamed(value, 'IntegrityError');
}

/**
 * Whether a value is a {@link FileChangedError}.
 *
 * @example
 * if (isFileChangedError(error)) show('The file has changed. Select it again.');
 */
export function isFileChangedError(value: unknown): value is FileChangedError {
  return isNamed(value, 'FileChangedError');
}

/**
 * Whether a value is a {@link FileUnreadableError}.
 *
 * @example
 * if (isFileUnreadableError(error)) show('The file is gone. Make it available and select it again.');
 */
export function isFileUnreadableError(value: unknown): value is FileUnreadableError {
  return isNamed(value, 'FileUnreadableError');
}

/**
 * Whether a value is a {@link CorsError}.
 *
 * @example
 * if (isCorsError(error)) console.error(error.code, error.message);
 */
export function isCorsError(value: unknown): value is CorsError {
  return isNamed(value, 'CorsError');
}

/**
 * Whether a value is a {@link CheckpointError}.
 *
 * @example
 * if (isCheckpointError(error) && error.code === 'TakenOver') show('Another tab uploads this file.');
 */
export function isCheckpointError(value: unknown): value is CheckpointError {
  return isNamed(value, 'CheckpointError');
}

/**
 * Whether a value is a {@link CallbackError}.
 *
 * @example
 * if (isCallbackError(error)) register(error.result.key);
 */
export function isCallbackError(value: unknown): value is CallbackError {
  return isNamed(value, 'CallbackError');
}

/**
 * Whether an error only reports that a signal was aborted.
 *
 * @example
 * task.result.catch((error) => isAbortError(error) || show(error.message));
 */
export function isAbortError(value: unknown): boolean {
  return isErrorLike(value) && value.name === 'AbortError';
}

/** Whether an error has one of these codes, whatever its class. */
export function hasCode(error: unknown, ...codes: string[]): error is UploadError {
  return codes.includes((error as UploadError | undefined)?.code ?? '');
}

function isNamed(value: unknown, name: string): boolean {
  return isUploadError(value) && value.name === name;
}

/** Whether OSS has refused a request for want of permission, or the signer. */
export function isRefusal(error: unknown): boolean {
  return (error instanceof OssError && error.status === 403) || hasCode(error, 'SignerRefused');
}

function isErrorLike(value: unknown): value is Error & { code?: unknown; resumable?: unknown } {
  return typeof value === 'object' && value !== null && 'name' in value && 'message' in value;
}
