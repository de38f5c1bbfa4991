/** The code that the service usually gives with a status, for faults that name only the status. */
import type { OperationName } from './types.js';

const CODES: Readonly<Record<number, string>> = {
  203: 'CallbackFailed',
  403: 'AccessDenied',
  404: 'NoSuchKey',
  405: 'MethodNotAllowed',
  409: 'FileAlreadyExists',
  411: 'MissingContentLength',
  412: 'PreconditionFailed',
  416: 'InvalidRange',
  503: 'ServiceUnavailable',
};

/** Where an operation isn't about an object, the same status means something else. */
const OF_UPLOADS: Readonly<Record<number, string>> = { 404: 'NoSuchUpload' };
const OF_BUCKETS: Readonly<Record<number, string>> = { 404: 'NoSuchBucket' };

const SPECIAL: Partial<Record<OperationName, Readonly<Record<number, string>>>> = {
  UploadPart: { ...OF_UPLOADS, 409: 'PartAlreadyExist' },
  ListParts: OF_UPLOADS,
  CompleteMultipartUpload: OF_UPLOADS,
  AbortMultipartUpload: OF_UPLOADS,
  InitiateMultipartUpload: OF_BUCKETS,
  PutObject: OF_BUCKETS,
  PostObject: OF_BUCKETS,
  ListMultipartUploads: OF_BUCKETS,
  ListObjects: OF_BUCKETS,
  ListObjectVersions: OF_BUCKETS,
  Preflight: { 403: 'AccessForbidden', 400: 'BadRequest' },
};

export function usualCode(status: number, operation: OperationName): string {
  return SPECIAL[operation]?.[status] ?? CODES[status] ?? (status >= 500 ? 'InternalError' : 'InvalidArgument');
}
