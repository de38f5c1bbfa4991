/** Uploads one file in parts: resume or initiate → parts → complete → verify. */
import { abortable } from '../core/abortable.js';
import { combineCrc64 } from '../core/crc64-combine.js';
import type { UploadResult } from '../core/state.js';
import { fileError, fromFile } from '../core/file-errors.js';
import { hasCode, CallbackError, IntegrityError } from '../errors.js';
import type { Checkpoint } from '../ports.js';
import { chooseCheckpoint, type Identity } from '../checkpoint/match.js';
import { completeEtag, findStored, type StoredObject, unconfirmed } from './find-stored-object.js';
import { holdUpload } from './one-tab-at-a-time.js';
import { identify, inSlot, type Job, toResult } from './job.js';
import { lockName } from '../checkpoint/lock.js';
import { yieldToPage } from '../core/yield-to-page.js';
import { adoptOutcome, toOutcome } from '../checkpoint/outcome.js';
import { checkClaim, type FinishedPart, sendParts } from './send-parts.js';
import { abortInBackground, begin, type Opened, openSession, type Session } from './open-upload.js';

/** New beginnings, and second looks at the parts, within one run: more would be a loop. */
const MAX_ROUNDS = 4;

/** @param records what the store lists */
export async function uploadMultipart(job: Job, identity: Identity, records: readonly unknown[]): Promise<UploadResult> {
  const { store, config, memory } = job;
  /** Checkpoints that turned out to be somebody else's, or to be in use by another tab. */
  const refused = new Set<string>();
  for (let values = records; ; values = await abortable(store.list(), job.signal)) {
    const choice = chooseCheckpoint(values, config, identity, refused, memory.opened?.id);
    const isOthers = choice.isOfOtherPath && job.isTaken(choice.id);
    const result = isOthers ? undefined : await holdUpload(job, choice, (held, hasWaited) => runHeld(held, choice.id, identity, hasWaited));
    if (result) return result;
    refused.add(choice.id);
    memory.opened = undefined;
  }
}

/** @returns `undefined` when the checkpoint of this ID is not for this upload */
async function runHeld(job: Job, id: string, identity: Identity, hasWaited: boolean): Promise<UploadResult | undefined> {
  const adopted = await adoptOutcome(job, id, identity, hasWaited);
  if (adopted) return adopted;
  if (hasWaited) {
    await job.turn.take();
    job.activity.enter('prepare');
  }
  let opened = await openSession(job, id, identity);
  for (let round = 1; opened; round += 1) {
    if ('stored' in opened) {
      const { key, checkpoint, stored, crc64 } = opened;
      return settle(job, { id, key, checkpoint, isResumed: true }, stored, crc64);
    }
    const { session } = opened;
    try {
      return await finish(job, session, identity.fingerprint);
    } catch (error) {
      opened = await reopen(job, session, identity, error, round);
    }
  }
  return undefined;
}

/** Sends what is missing, completes, and proves what has arrived. */
async function finish(job: Job, session: Session, fingerprint: string): Promise<UploadResult> {
  const { checkpoint } = session;
  const { id, key } = checkpoint;
  job.activity.enter('upload');
  const parts = await sendParts(job, session);
  const crc64 = await wholeCrc64(parts);
  await checkUnchanged(job, key, fingerprint);
  await checkClaim(job, checkpoint);
  job.activity.enter('complete');
  const stored = await complete(job, checkpoint, parts, crc64);
  if (crc64 !== undefined && stored.crc64 !== undefined && stored.crc64 !== crc64) {
    await job.store.remove(id);
    job.memory.opened = undefined;
    throw new IntegrityError(
      'ObjectMismatch',
      `The stored object "${key}" differs from the local file: its CRC-64 is ${stored.crc64}, the file's is ${crc64}. It is not to be used; upload the file again.`,
      { key },
    );
  }
  return settle(job, { id, key, checkpoint, isResumed: session.isResumed }, stored, crc64);
}

/** Opens the upload once more where that helps. @throws `error` where it doesn't */
async function reopen(job: Job, { checkpoint }: Session, identity: Identity, error: unknown, round: number): Promise<Opened | undefined> {
  // Aborted, or removed by a lifecycle rule: nothing is left to resume.
  const isGone = hasCode(error, 'NoSuchUpload');
  // A part was replaced behind our back: look again at what is there.
  const isStale = hasCode(error, 'InvalidPart', 'InvalidPartOrder', 'EntityTooSmall');
  if (!(isGone || isStale) || round === MAX_ROUNDS || job.signal.aborted) throw error;
  // Without locks the upload may be gone because another tab has completed it.
  await checkClaim(job, checkpoint);
  job.activity.enter('prepare');
  const { id, key } = checkpoint;
  return isGone ? begin(job, id, identity, key) : openSession(job, id, identity);
}

/**
 * Firefox reads a file on that was written to or replaced after it was selected, and so does Chromium when the
 * modification time is the same: each part then is what was read, and the whole is half of one file and half of another.
 * The samples of the fingerprint tell, unless the change is between them. Checked after the last response. Checking earlier, once
 * all bytes had been sent, missed two changes of five.
 *
 * @throws {FileChangedError | FileUnreadableError}
 */
async function checkUnchanged({ hasher, upload, signal }: Job, key: string, fingerprint: string): Promise<void> {
  const current = await fromFile(hasher.fingerprint(upload.file, signal), signal, { key });
  signal.throwIfAborted();
  if (current !== fingerprint) throw fileError(undefined, { key });
}

/** Complete, or the proof that it has been. */
async function complete(job: Job, checkpoint: Checkpoint, parts: FinishedPart[], crc64: string | undefined): Promise<StoredObject> {
  const { key, uploadId } = checkpoint;
  await abortable(job.store.save({ ...checkpoint, updatedAt: job.serviceClock.now(), completing: true }), job.signal);
  try {
    return await inSlot(job, (context) => job.client.complete(key, uploadId, parts, job.headers.complete, context));
  } catch (error) {
    // A repeat of a Complete whose reply was lost, by us or by the browser itself, finds no upload, or its own object.
    if (!hasCode(error, 'NoSuchUpload', 'FileAlreadyExists')) throw error;
    let stored: StoredObject | undefined;
    try {
      stored = await findStored(job, key, async () => ({ crc64, etag: await completeEtag(job, parts) }));
    } catch (lookError) {
      throw hasCode(lookError, 'Unconfirmed') && hasCode(error, 'FileAlreadyExists') ? error : unconfirmed(lookError, key);
    }
    if (!stored) throw error;
    // An equal object was in the way: the parts are of no use any more.
    if (hasCode(error, 'FileAlreadyExists')) abortInBackground(job, key, uploadId);
    return stored;
  }
}

/**
 * The object is there: reports, and forgets the checkpoint. Its outcome is left in the place of it when another tab may ask: one
 * that waits, or one that was paused in the middle of this upload, which only one that was resumed can have.
 */
async function settle(
  job: Job,
  { id, key, checkpoint, isResumed }: { id: string; key: string; checkpoint: Checkpoint | undefined; isResumed: boolean },
  stored: StoredObject,
  crc64: string | undefined,
): Promise<UploadResult> {
  const { store, locks, fileHandles, memory } = job;
  await store.remove(id);
  const isAwaited = await locks.isAwaited(lockName(id)).catch(() => false);
  void fileHandles.remove(id).catch(() => {});
  memory.opened = undefined;
  identify(job, key);
  const keep = async (result: UploadResult): Promise<void> => {
    if (checkpoint && (isAwaited || isResumed)) await store.save(toOutcome(job, checkpoint, result, isAwaited));
  };
  try {
    const result = toResult(job, key, stored, crc64);
    await keep(result);
    return result;
  } catch (error) {
    if (error instanceof CallbackError) await keep(error.result as UploadResult);
    throw error;
  }
}

async function wholeCrc64(parts: readonly FinishedPart[]): Promise<string | undefined> {
  let whole = '0';
  for (const { number, crc64, size } of parts) {
    if (crc64 === undefined) return undefined;
    whole = combineCrc64(whole, crc64, size);
    // Some 7 µs each: 10,000 at once would hold up the page.
    if (number % 200 === 0) await yieldToPage();
  }
  return whole;
}
