import { abortable } from '../core/abortable.js';
import { checkKey } from '../core/key.js';
import type { UploadResult } from '../core/state.js';
import { CallbackError, UploadError } from '../errors.js';
import type { RequestContext } from '../oss/operation.js';
import type { Activity } from './task-status.js';
import type { StoredObject } from './find-stored-object.js';
import type { Run } from './host.js';

/** One run with everything that it uses. */
export interface Job extends Run {
  activity: Activity;
}

/** What arrives damaged is sent so many times before it is no longer taken for an accident. */
export const MAX_SENDS = 4;

/** Waits for a slot, sends, and gives the slot back: for everything but parts, which keep theirs in hand. */
export async function inSlot<T>(job: Job, send: (context: RequestContext) => Promise<T>): Promise<T> {
  const release = await job.pool.acquire(job, job.signal);
  try {
    return await job.activity.request(send);
  } finally {
    release();
  }
}

/**
 * The object's key: as given, made by the caller's function, or the file's path.
 * @throws {UploadError} `InvalidKey` when the function fails or returns what OSS can't take
 */
export async function resolveKey({ upload, signal }: Job): Promise<string> {
  const { key, path, file } = upload;
  try {
    return checkKey(typeof key === 'function' ? await abortable((async () => key(file, path))(), signal) : (key ?? path));
  } catch (cause) {
    signal.throwIfAborted();
    throw new UploadError('InvalidKey', `The key function of "${path}" failed: ${(cause as Error)?.message ?? cause}`, { cause });
  }
}

/** The key is known, or an upload was opened: the task's state says so. */
export function identify({ memory, dispatch }: Pick<Job, 'memory' | 'dispatch'>, key: string): void {
  memory.key = key;
  dispatch({ type: 'identify', key, checkpointId: memory.opened?.id });
}

/**
 * What the caller gets.
 * @param crc64 the local file's, where it was computed
 * @throws {CallbackError} when the object is stored but the application server did not accept it
 */
export function toResult(job: Job, key: string, stored: StoredObject, crc64: string | undefined): UploadResult {
  const { client, config, upload, headers } = job;
  const verified = crc64 !== undefined && stored.crc64 === crc64;
  if (!verified && config.integrity.crc64) warnHiddenCrc64(job);
  const isAccepted = headers.complete['x-oss-callback'] !== undefined && stored.callbackFailure === undefined;
  if (isAccepted && stored.body === undefined) warnUnknownCallback(job, key);
  const result: UploadResult = {
    bucket: config.bucket,
    key,
    url: client.urlOf(key),
    size: upload.file.size,
    etag: stored.etag ?? '',
    crc64: crc64 ?? stored.crc64,
    verified,
    versionId: stored.versionId,
    callbackBody: isAccepted && stored.body !== undefined ? parseBody(stored.body) : undefined,
  };
  if (stored.callbackFailure === undefined) return result;
  const message = `"${key}" is stored, but the callback to your application server failed: ${stored.callbackFailure}${stored.requestId ? ` (request ID ${stored.requestId})` : ''}. Nothing has to be uploaded again; see error.result.`;
  throw new CallbackError(message, result, { key, requestId: stored.requestId });
}

export function warnUnknownCallback({ dispatch }: Pick<Job, 'dispatch'>, key: string): void {
  const message = `"${key}" is stored, but your server's answer to the callback was lost: ask it.`;
  dispatch({ type: 'warn', warning: { code: 'callback-unknown', message } });
}

export function warnHiddenCrc64(job: Job): void {
  const message = `The bucket's CORS rules hide x-oss-hash-crc64ecma, which proves the object: add it to ExposeHeader.`;
  job.dispatch({ type: 'warn', warning: { code: 'crc64-not-exposed', message } });
}

function parseBody(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
