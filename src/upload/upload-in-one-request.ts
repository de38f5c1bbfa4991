import type { UploadResult } from '../core/task-state.js';
import { hasCode, IntegrityError } from '../errors.js';
import { headObject, type ObjectHead, putObject, withMd5 } from '../oss/object-operations.js';
import { LARGEST_FORM } from '../oss/post-form.js';
import type { Digests } from '../ports.js';
import { fileError, fromFile, hasLastByte } from '../core/file-errors.js';
import { findStoredObject, type StoredObject, unconfirmed } from './find-stored-object.js';
import type { LocalFile } from './local-file.js';
import { corrupted, MAX_SENDS } from './part-book.js';
import type { Requests } from './requests.js';
import { resolveKey } from './resolve-key.js';
import { toResult } from './to-result.js';
import type { RunningTask } from './running-task.js';

/** Uploads an empty or small file in one request: nothing to resume, the same retries, progress and proof. */
export async function uploadInOneRequest(task: RunningTask, file: LocalFile, requests: Requests): Promise<UploadResult> {
  const { upload, ledger, memory, signal } = task;
  const { size } = upload.file;
  const key = memory.key ?? (await resolveKey(upload, signal));
  memory.identify(key);
  // To Chromium, a file that was deleted before its size was first read is empty, until it is read.
  if (size === 0) await fromFile(file.blob.arrayBuffer(), signal, { key });
  ledger.plan(1);
  const mayNotOverwrite = upload.headers.putObject['x-oss-forbid-overwrite'] === 'true';
  // Once: after a pause, the object may be this task's own.
  if (mayNotOverwrite) memory.wasFree ??= (await look(requests, key, signal)) === null;
  for (let sends = 1; sends <= MAX_SENDS; sends += 1) {
    // What arrived damaged is this upload's own, and is the only thing that may be replaced.
    const mayReplace = mayNotOverwrite && memory.damaged !== undefined && (await look(requests, key, signal))?.crc64 === memory.damaged;
    const { stored, crc64 } = await send(task, file, requests, key, mayReplace);
    if (crc64 === undefined || stored.crc64 === undefined || crc64 === stored.crc64) {
      memory.identify(stored.key);
      return toResult(task, requests, stored.key, stored, crc64);
    }
    memory.damaged = stored.crc64;
    ledger.reset(1);
  }
  throw new IntegrityError('ObjectMismatch', corrupted(`"${key}"`), { key });
}

/**
 * What is there now: `null` for nothing, `undefined` where nobody may look. Asked before a put that may not overwrite: Chromium
 * repeats a request whose connection was reset without telling the page, and then finds the object it has stored itself in its way.
 */
async function look(requests: Requests, key: string, signal: AbortSignal): Promise<ObjectHead | null | undefined> {
  try {
    return await requests.sendInSlot(headObject(key));
  } catch {
    // The put itself will show it.
    signal.throwIfAborted();
    return undefined;
  }
}

async function send(
  { upload: { integrity, headers }, ledger, memory, signal, status }: RunningTask,
  file: LocalFile,
  requests: Requests,
  key: string,
  mayReplace: boolean,
): Promise<{ stored: StoredObject; crc64: string | undefined }> {
  const { size } = file.blob;
  // A small file is read once, to be sent and hashed: opening it costs more than its bytes. Of a larger one Firefox would send the whole
  // to where it ends by now.
  const body = size <= LARGEST_FORM ? await file.read(key) : file.blob.slice(0, size);
  const digesting: Promise<Digests> = integrity.crc64 || integrity.md5 ? file.digest(body, integrity, { key }) : Promise.resolve({});
  const unreadable = new AbortController();
  digesting.catch((error: unknown) => unreadable.abort(error));
  const md5 = integrity.md5 ? (await digesting).md5 : undefined;
  const { 'x-oss-forbid-overwrite': _, ...replacing } = headers.putObject;
  const own = mayReplace ? replacing : headers.putObject;
  const release = await requests.acquire(signal);
  status.enter('uploading');
  try {
    const onSent = (bytes: number): void => ledger.sent(1, bytes);
    const stored = await requests.send(putObject(key, body, withMd5(own, md5)), { onSent, unreadable: unreadable.signal });
    release();
    const { crc64 } = await digesting;
    // Of a file that was truncated meanwhile, Firefox sends what is left.
    if (crc64 === undefined && !(await hasLastByte(file.blob).catch(() => false))) throw fileError(undefined, { key });
    return { stored, crc64 };
  } catch (error) {
    release();
    if (!hasCode(error, 'FileAlreadyExists')) throw error;
    // Of a signer that has chosen the key, or that forbids what the page does not, it may be this upload's own as well.
    const sentKey = error.key ?? key;
    if (!memory.wasFree && own['x-oss-forbid-overwrite'] !== undefined && sentKey === key) throw error;
    const { crc64 } = await digesting;
    try {
      const earlier = crc64 === undefined ? undefined : await findStoredObject(requests, sentKey, size, async () => ({ crc64 }));
      if (earlier) return { stored: earlier, crc64 };
    } catch (lookError) {
      throw hasCode(lookError, 'AccessDenied', 'SignerRefused', 'Unconfirmed') ? error : unconfirmed(lookError, sentKey);
    }
    throw error;
  }
}
