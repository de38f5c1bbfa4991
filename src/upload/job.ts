import { checkKey } from '../core/key.js';
import type { Ledger } from '../core/progress.js';
import type { Pool } from '../core/pool.js';
import type { TaskEvent, UploadResult } from '../core/state.js';
import { CallbackError, isAbortError, UploadError } from '../errors.js';
import { objectUrl } from '../oss/address.js';
import type { OssClient, Stored } from '../oss/client.js';
import type { ObjectHeaders } from '../oss/object-headers.js';
import { fileError, isReadFailure, type RequestContext } from '../oss/request.js';
import type { UploadConfig, UploaderConfig } from '../options.js';
import type { CheckpointStore, Clock, FileHandles, Hasher, Locks } from '../ports.js';
import type { Activity } from './activity.js';

/** What all uploads of one uploader share. */
export interface Environment {
  config: UploaderConfig;
  client: OssClient;
  pool: Pool;
  hasher: Hasher;
  clock: Clock;
  locks: Locks;
  /** Checkpoints: they outlive the page, or with `checkpoint: false` only pauses. */
  store: CheckpointStore;
  fileHandles: FileHandles;
  /** The endpoint has answered before: silence now means the network. */
  trustEndpoint(): void;
}

/** One run of one upload: from a start or a resume to its end, a pause or a failure. */
export interface Job extends Environment {
  upload: UploadConfig;
  headers: ObjectHeaders;
  signal: AbortSignal;
  ledger: Ledger;
  activity: Activity;
  dispatch(event: TaskEvent): void;
  /** What outlives a pause: parts whose local CRC-64 is known, and the checkpoint's ID. */
  memory: JobMemory;
  /** Whether the run ends because the user gave the upload up. */
  isDiscarding(): boolean;
  /** Lets another file have this one's turn while this one waits, and takes it back. */
  turn: { give(): void; take(): Promise<void> };
}

export interface JobMemory {
  checkpointId: string | undefined;
  key: string | undefined;
  /** By part number: the ETag under which the server holds what the local slice was found equal to. */
  verified: Map<number, { etag: string; crc64: string | undefined }>;
}

/** What arrives damaged is sent so many times before it is no longer taken for an accident. */
export const MAX_SENDS = 4;

/**
 * Waits for a reading of the file.
 * @throws {FileChangedError | FileUnreadableError} when it can't be read
 * @throws `signal.reason` when aborted
 */
export async function fromFile<T>(
  reading: Promise<T>,
  signal: AbortSignal,
  subject: { key?: string | undefined; partNumber?: number },
): Promise<T> {
  try {
    return await reading;
  } catch (cause) {
    signal.throwIfAborted();
    throw isReadFailure(cause) || isAbortError(cause) ? fileError(cause, subject) : cause;
  }
}

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
export async function resolveKey({ upload }: Job): Promise<string> {
  const { key, path, file } = upload;
  try {
    return checkKey(typeof key === 'function' ? await key(file) : (key ?? path));
  } catch (cause) {
    throw new UploadError('InvalidKey', `The key function of "${path}" failed: ${(cause as Error)?.message ?? cause}`, { cause });
  }
}

/**
 * What the caller gets.
 * @param crc64 the local file's, where it was computed
 * @throws {CallbackError} when the object is stored but the application server did not accept it
 */
export function toResult(job: Job, key: string, stored: Stored, crc64: string | undefined): UploadResult {
  const { config, upload, headers } = job;
  const verified = crc64 !== undefined && stored.crc64 === crc64;
  if (!verified && config.integrity.crc64) warnHiddenCrc64(job);
  const result: UploadResult = {
    bucket: config.bucket,
    key,
    url: objectUrl(config, key),
    size: upload.file.size,
    etag: stored.etag ?? '',
    crc64: crc64 ?? stored.crc64,
    verified,
    versionId: stored.versionId,
    callbackBody: headers.complete['x-oss-callback'] && stored.callbackFailure === undefined ? parseBody(stored.body) : undefined,
  };
  if (stored.callbackFailure === undefined) return result;
  const message = `"${key}" is stored, but the callback to your application server failed: ${stored.callbackFailure}${stored.requestId ? ` (request ID ${stored.requestId})` : ''}. Nothing has to be uploaded again; see error.result.`;
  throw new CallbackError(message, result, { key, requestId: stored.requestId });
}

export function warnHiddenCrc64(job: Job): void {
  const message = `The bucket's CORS rules hide x-oss-hash-crc64ecma, so the stored object can't be compared with the local file: add it to ExposeHeader.`;
  job.dispatch({ type: 'warn', warning: { code: 'crc64-not-exposed', message } });
}

/** Whether an error is OSS's, of this code. */
export function hasCode(error: unknown, ...codes: string[]): error is UploadError {
  return codes.includes((error as UploadError | undefined)?.code ?? '');
}

function parseBody(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
