import { combineCrc64 } from '../core/crc64-combine.js';
import type { UploadResult } from '../core/state.js';
import { CallbackError, IntegrityError } from '../errors.js';
import type { Stored } from '../oss/client.js';
import { fileError } from '../oss/request.js';
import type { Checkpoint } from '../ports.js';
import { checkpointId, findMatches } from './checkpoint.js';
import { findStored, unconfirmed } from './confirm.js';
import { discardHeld } from './discard.js';
import { holdUpload } from './hold.js';
import { fromFile, hasCode, inSlot, type Job, toResult } from './job.js';
import { lockName } from './lock.js';
import { checkClaim, type FinishedPart, sendParts } from './parts.js';
import { begin, type Opened, openSession, type Session } from './session.js';

/** New beginnings, and second looks at the parts, within one run: more would be a loop. */
const MAX_ROUNDS = 4;

/** Uploads one file in parts: resume or initiate → parts → complete → verify. */
export async function uploadMultipart(job: Job): Promise<UploadResult> {
  const { config, upload, signal, store, memory } = job;
  const [fingerprint, records] = await Promise.all([
    fromFile(job.hasher.fingerprint(upload.file, signal), signal, { key: memory.key }),
    memory.checkpointId ? [] : store.list(),
  ]);
  signal.throwIfAborted();
  const identity = {
    endpoint: config.endpoints[0].origin,
    bucket: config.bucket,
    fingerprint,
    key: typeof upload.key === 'string' ? upload.key : undefined,
    path: upload.path,
  };
  const matches = findMatches(records, identity).map(({ id }) => id);
  const ownId = memory.checkpointId ?? checkpointId(identity);
  // A key that the caller named is uploaded once, under whatever ID it was begun. Without one, an upload of other
  // files' paths is only gone on with when nobody else does: it may be a copy of this file, on its way to its own key.
  const awaited = (identity.key !== undefined && matches[0]) || ownId;
  const others = matches.filter((id) => id !== awaited && !matches.includes(ownId));

  return holdUpload(job, awaited, others, async (id) => {
    try {
      return await run(job, id, fingerprint);
    } catch (error) {
      if (job.isDiscarding()) await discardHeld(job, id);
      throw error;
    }
  });
}

async function run(job: Job, id: string, fingerprint: string): Promise<UploadResult> {
  let opened: Opened = await openSession(job, id, fingerprint);
  for (let round = 1; ; round += 1) {
    if ('stored' in opened) return settle(job, id, opened.key, opened.stored, opened.crc64);
    const { session }: { session: Session } = opened;
    const { key } = session.checkpoint;
    try {
      job.activity.enter('upload');
      const parts = await sendParts(job, session);
      await checkUnchanged(job, session.checkpoint);
      await checkClaim(job, session.checkpoint);
      job.activity.enter('complete');
      const crc64 = wholeCrc64(parts);
      const stored = await complete(job, session, parts, crc64);
      if (crc64 !== undefined && stored.crc64 !== undefined && stored.crc64 !== crc64) {
        await job.store.remove(id);
        throw new IntegrityError(
          'ObjectMismatch',
          `The stored object "${key}" differs from the local file: its CRC-64 is ${stored.crc64}, the file's is ${crc64}. It is not to be used; upload the file again.`,
          { key },
        );
      }
      return await settle(job, id, key, stored, crc64);
    } catch (error) {
      // Aborted, or removed by a lifecycle rule: nothing is left to go on from.
      const isGone = hasCode(error, 'NoSuchUpload');
      // A part was replaced behind our back: look again at what is there.
      const isStale = hasCode(error, 'InvalidPart', 'InvalidPartOrder', 'EntityTooSmall');
      if (!(isGone || isStale) || round === MAX_ROUNDS || job.signal.aborted) throw error;
      // Without locks the upload may be gone because another tab has completed it.
      await checkClaim(job, session.checkpoint);
      job.activity.enter('prepare');
      opened = isGone ? await begin(job, id, fingerprint, key) : await openSession(job, id, fingerprint);
    }
  }
}

/**
 * Firefox reads a file on that was written to or replaced after it was selected, and so does Chromium when the
 * modification time is the same: each part then is what was read, and the whole is half of one file and half of another.
 * The samples of the fingerprint tell, unless the change is between them. Asked after the last answer: while answers were on
 * their way, when all bytes were said to be sent, it came too early for two changes of five.
 *
 * @throws {FileChangedError | FileUnreadableError}
 */
async function checkUnchanged({ hasher, upload, signal }: Job, { key, fingerprint }: Checkpoint): Promise<void> {
  const current = await fromFile(hasher.fingerprint(upload.file, signal), signal, { key });
  signal.throwIfAborted();
  if (current !== fingerprint) throw fileError(undefined, { key });
}

/** Complete, or the proof that it has been. */
async function complete(job: Job, { checkpoint }: Session, parts: FinishedPart[], crc64: string | undefined): Promise<Stored> {
  const { key, uploadId, createdAt } = checkpoint;
  await job.store.save({ ...checkpoint, updatedAt: job.clock.now(), completing: true });
  try {
    return await inSlot(job, (context) => job.client.complete(key, uploadId, parts, job.headers.complete, context));
  } catch (error) {
    // A repeat of a Complete whose reply was lost, by us or by the browser itself, finds no upload, or its own object.
    if (!hasCode(error, 'NoSuchUpload', 'FileAlreadyExists')) throw error;
    let stored: Stored | undefined;
    try {
      stored = await findStored(job, { key, crc64, since: createdAt });
    } catch (lookError) {
      throw unconfirmed(lookError, key);
    }
    if (stored) return stored;
    throw error;
  }
}

/** The object is there: forgets the checkpoint, leaves word for tabs that wait, and reports. */
async function settle(job: Job, id: string, key: string, stored: Stored, crc64: string | undefined): Promise<UploadResult> {
  const { store, locks, clock, fileHandles, memory } = job;
  const [isAwaited] = await Promise.all([locks.isAwaited(lockName(id)), store.remove(id), fileHandles.remove(id).catch(() => {})]);
  memory.checkpointId = undefined;
  const tell = (result: UploadResult): Promise<void> | undefined =>
    isAwaited ? store.saveOutcome(id, { result, at: clock.now() }) : undefined;
  try {
    const result = toResult(job, key, stored, crc64);
    await tell(result);
    return result;
  } catch (error) {
    if (error instanceof CallbackError) await tell(error.result as UploadResult);
    throw error;
  }
}

function wholeCrc64(parts: readonly FinishedPart[]): string | undefined {
  let whole = '0';
  for (const { crc64, size } of parts) {
    if (crc64 === undefined) return undefined;
    whole = combineCrc64(whole, crc64, size);
  }
  return whole;
}
