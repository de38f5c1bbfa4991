/** What an {@link UploadError} is built from, besides its message. */
export interface UploadErrorDetails {
  /** The object key the operation was about. */
  key?: string | undefined;
  /** The part number, 1..10000, when one part was concerned. */
  partNumber?: number | undefined;
  /** The error underneath. Never one that carries a credential. */
  cause?: unknown;
  /** Whether selecting the same file again (or `task.resume()`) can go on from what is already uploaded. */
  resumable?: boolean | undefined;
}

/**
 * The base of every error this library rejects with after the call itself was accepted.
 * Bad arguments are `TypeError` or `RangeError`, thrown at the call.
 *
 * Messages and fields never contain an access key secret, a security token or a signed URL.
 */
export class UploadError extends Error {
  override name = 'UploadError';
  /** A stable, machine-readable word: OSS's own error code for {@link OssError}, ours otherwise. */
  declare readonly code: string;
  /** Whether `task.resume()`, or selecting the same file again, can go on from what is already uploaded. */
  declare readonly resumable: boolean;
  /** The object's key, where one was concerned. */
  declare readonly key: string | undefined;
  /** The part's number, 1..10000, where one was concerned. */
  declare readonly partNumber: number | undefined;

  constructor(code: string, message: string, details: UploadErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.resumable = details.resumable ?? true;
    this.key = details.key;
    this.partNumber = details.partNumber;
  }
}

/** What OSS said about itself in an error reply. */
export interface OssErrorDetails extends UploadErrorDetails {
  status: number;
  /** The API operation's name, such as `UploadPart`. */
  operation: string;
  requestId?: string | undefined;
  /** OSS's finer error number, such as `0002-00000007`. */
  ec?: string | undefined;
  hostId?: string | undefined;
  /** The service's clock in milliseconds since the epoch, which RequestTimeTooSkewed reports. */
  serverTime?: number | undefined;
  /** How long OSS asked to wait, in milliseconds, when the bucket exposes `Retry-After`. */
  retryAfter?: number | undefined;
}

/** OSS answered with an error document. `code` is OSS's (`AccessDenied`, `NoSuchUpload`, …). */
export class OssError extends UploadError {
  override name = 'OssError';
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
  /** The service's clock in milliseconds since the epoch, where it reports it. */
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

/** No readable answer arrived. `code` is `NetworkError`, or `Stalled` when no byte moved for `stallTimeout`. */
export class NetworkError extends UploadError {
  override name = 'NetworkError';
}

/** The provider failed for good, or returned something that isn't a set of credentials. */
export class CredentialsError extends UploadError {
  override name = 'CredentialsError';
}

/** What OSS holds is not what the local file holds. */
export class IntegrityError extends UploadError {
  override name = 'IntegrityError';
}

/** The file was modified on disk after it was selected. Select it again to upload the new content. */
export class FileChangedError extends UploadError {
  override name = 'FileChangedError';
}

/** The file can't be read any more: deleted, moved, its drive unplugged or its permission withdrawn. */
export class FileUnreadableError extends UploadError {
  override name = 'FileUnreadableError';
}

/** The bucket's CORS rules hide what an upload needs, or refuse this origin. */
export class CorsError extends UploadError {
  override name = 'CorsError';
}

/** A checkpoint belongs to somebody else now: another tab has taken the upload over (`TakenOver`) or holds it (`InUse`). */
export class CheckpointError extends UploadError {
  override name = 'CheckpointError';
}

/**
 * The object is stored, but the application server that OSS called back did not accept it (HTTP 203).
 * Nothing has to be uploaded again: `result` describes the object.
 */
export class CallbackError<Result = unknown> extends UploadError {
  override name = 'CallbackError';
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
 * Whether OSS itself answered with an error.
 *
 * @example
 * if (isOssError(error)) console.error(error.status, error.code, error.requestId);
 */
export function isOssError(value: unknown): value is OssError {
  return isUploadError(value) && value.name === 'OssError';
}

/**
 * Whether an error only says that a signal was aborted.
 *
 * @example
 * task.result.catch((error) => isAbortError(error) || show(error.message));
 */
export function isAbortError(value: unknown): boolean {
  return isErrorLike(value) && value.name === 'AbortError';
}

/** Whether an error of this library has one of these codes. */
export function hasCode(error: unknown, ...codes: string[]): error is UploadError {
  return codes.includes((error as UploadError | undefined)?.code ?? '');
}

function isErrorLike(value: unknown): value is Error & { code?: unknown; resumable?: unknown } {
  return typeof value === 'object' && value !== null && 'name' in value && 'message' in value;
}
