import { parseJson } from '../core/parse-json.js';
import type { TaskEvent, UploadResult, UploadWarning } from '../core/task-state.js';
import { CallbackError } from '../errors.js';
import type { UploadConfig } from '../options/types.js';
import type { StoredObject } from './find-stored-object.js';
import type { Requests } from './requests.js';
import type { RunningTask } from './running-task.js';

/**
 * The result of an upload.
 * @param crc64 the local file's, where it was computed
 * @throws {CallbackError} when the object is stored but the application server did not accept it
 */
export function toResult(
  { upload, dispatch }: RunningTask,
  requests: Requests,
  key: string,
  stored: StoredObject,
  crc64: string | undefined,
): UploadResult {
  const verified = crc64 !== undefined && stored.crc64 === crc64;
  if (!verified && upload.integrity.crc64) dispatch(HIDDEN_CRC64);
  const { callbackBody, callbackFailure } = stored;
  const isAccepted = callbackFailure === undefined;
  if (isAccepted && hasCallback(upload) && callbackBody === undefined) dispatch(unknownCallback(key));
  const result: UploadResult = {
    bucket: upload.bucket,
    key,
    url: requests.urlOf(key),
    size: upload.file.size,
    etag: stored.etag ?? '',
    crc64: crc64 ?? stored.crc64,
    verified,
    versionId: stored.versionId,
    callbackBody: isAccepted ? (parseJson(callbackBody ?? '') ?? callbackBody) : undefined,
  };
  if (isAccepted) return result;
  const message = `"${key}" is stored, but the callback to your server failed: ${callbackFailure}${stored.requestId ? ` (request ID ${stored.requestId})` : ''}. Don't upload it again: see error.result.`;
  throw new CallbackError(message, result, { key, requestId: stored.requestId });
}

export function hasCallback({ headers }: UploadConfig): boolean {
  return headers.complete['x-oss-callback'] !== undefined;
}

export function unknownCallback(key: string): TaskEvent {
  return warning('callback-unknown', `"${key}" is stored, but your server's answer to the callback was lost: ask it.`);
}

export const HIDDEN_CRC64: TaskEvent = warning(
  'crc64-not-exposed',
  'Not verified: CORS rules hide x-oss-hash-crc64ecma. Add it to ExposeHeader.',
);

function warning(code: UploadWarning['code'], message: string): TaskEvent {
  return { type: 'warn', warning: { code, message } };
}
