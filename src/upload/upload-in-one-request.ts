import type { UploadResult } from '../core/state.js';
import { fromFile } from '../core/file-errors.js';
import { hasCode, IntegrityError } from '../errors.js';
import type { ObjectHead } from '../oss/client.js';
import type { Digests } from '../ports.js';
import { findStored, type StoredObject, unconfirmed } from './find-stored-object.js';
import { identify, inSlot, type Job, MAX_SENDS, resolveKey, toResult } from './job.js';

/** Uploads an empty or small file in one request: nothing to resume, the same retries, progress and proof. */
export async function uploadSmall(job: Job): Promise<UploadResult> {
  const { upload, ledger, memory } = job;
  const { file } = upload;
  const key = memory.key ?? (await resolveKey(job));
  identify(job, key);
  // To Chromium, a file that was deleted before its size was first read is empty, until it is read.
  if (file.size === 0) await fromFile(file.arrayBuffer(), job.signal, { key });
  ledger.plan(file.size, 1);
  const mayNotOverwrite = job.headers.putObject['x-oss-forbid-overwrite'] === 'true';
  // Once: after a pause, the object may be this task's own.
  if (mayNotOverwrite) memory.wasFree ??= (await look(job, key)) === null;
  for (let sends = 1; sends <= MAX_SENDS; sends += 1) {
    // What arrived damaged is this upload's own, and is the only thing that may be replaced.
    const mayReplace = mayNotOverwrite && memory.damaged !== undefined && (await look(job, key))?.crc64 === memory.damaged;
    const { stored, crc64 } = await send(job, key, mayReplace ? withoutForbidding(job.headers.putObject) : job.headers.putObject);
    if (crc64 === undefined || stored.crc64 === undefined || crc64 === stored.crc64) return toResult(job, key, stored, crc64);
    memory.damaged = stored.crc64;
    ledger.reset(1);
  }
  throw new IntegrityError(
    'ObjectMismatch',
    `"${key}" arrived damaged ${MAX_SENDS} times: its CRC-64 differs from the local file's. Check memory, disk and proxies.`,
    { key },
  );
}

/**
 * What is there now: `null` for nothing, `undefined` where nobody may look. Asked before a put that may not overwrite: Chromium
 * repeats a request whose connection was reset without telling the page, and then finds the object it has stored itself in its way.
 */
async function look(job: Job, key: string): Promise<ObjectHead | null | undefined> {
  try {
    return (await inSlot(job, (context) => job.client.headObject(key, job.headers.everyRequest, context))) ?? null;
  } catch {
    // The put itself will tell.
    job.signal.throwIfAborted();
    return undefined;
  }
}

function withoutForbidding({ 'x-oss-forbid-overwrite': _, ...headers }: Record<string, string>): Record<string, string> {
  return headers;
}

async function send(
  job: Job,
  key: string,
  objectHeaders: Record<string, string>,
): Promise<{ stored: StoredObject; crc64: string | undefined }> {
  const { config, upload, client, ledger, signal, pool, activity, memory } = job;
  // Firefox would send the whole of a file to where it ends by now.
  const body = upload.file.slice(0, upload.file.size);
  const { crc64: wantCrc64, md5: wantMd5 } = config.integrity;
  const wanted = { crc64: wantCrc64, md5: wantMd5 };
  const digesting: Promise<Digests> =
    wantCrc64 || wantMd5 ? fromFile(job.hasher.digest(body, wanted, signal), signal, { key }) : Promise.resolve({});
  const unreadable = new AbortController();
  digesting.catch((error: unknown) => unreadable.abort(error));
  const md5 = wantMd5 ? (await digesting).md5 : undefined;
  const headers = { ...objectHeaders, ...(md5 && { 'content-md5': md5 }) };
  const release = await pool.acquire(job, signal);
  activity.enter('upload');
  let stored: StoredObject;
  try {
    stored = await activity.request((context) => client.putObject(key, body, headers, context), {
      onSent: (bytes) => ledger.sent(1, bytes),
      unreadable: unreadable.signal,
    });
  } catch (error) {
    if (!memory.wasFree || !hasCode(error, 'FileAlreadyExists')) throw error;
    const { crc64 } = await digesting;
    release();
    try {
      const earlier = crc64 === undefined ? undefined : await findStored(job, key, async () => ({ crc64 }));
      if (earlier) return { stored: earlier, crc64 };
    } catch (lookError) {
      throw hasCode(lookError, 'AccessDenied', 'Unconfirmed') ? error : unconfirmed(lookError, key);
    }
    throw error;
  } finally {
    release();
  }
  return { stored, crc64: (await digesting).crc64 };
}
