import { checkClaim } from '../checkpoint/claim.js';
import { type Checkpoints, forgetCheckpoint } from '../checkpoint/checkpoints.js';
import { lockName } from '../checkpoint/lock.js';
import { chooseCheckpoint, type Identity } from '../checkpoint/match.js';
import { readCheckpoints } from '../checkpoint/read.js';
import { abortable } from '../core/abortable.js';
import { fileError } from '../core/file-errors.js';
import type { UploadResult } from '../core/task-state.js';
import { CallbackError, hasCode, isCredentialsError, IntegrityError } from '../errors.js';
import { completeUpload } from '../oss/object-operations.js';
import type { Checkpoint } from '../ports.js';
import { completeEtag, findStoredObject, type StoredObject, unconfirmed } from './find-stored-object.js';
import type { LocalFile } from './local-file.js';
import { oneTabAtATime } from './one-tab-at-a-time.js';
import { beginUnlessStored, openUpload, type OpenUpload } from './open-upload.js';
import { adoptOutcome, toOutcome } from './outcome-for-other-tabs.js';
import type { FinishedPart } from './part-book.js';
import type { Requests } from './requests.js';
import { toResult } from './to-result.js';
import type { RunningTask } from './running-task.js';
import { sendParts } from './send-parts.js';
import { wholeCrc64 } from './whole-crc64.js';

/** How often an upload is opened within one run: more would be a loop. */
const MAX_ROUNDS = 4;

/**
 * Uploads one file in parts: resume or initiate → parts → complete → verify.
 * @param records what the store lists
 */
export async function uploadInParts(
  task: RunningTask,
  file: LocalFile,
  requests: Requests,
  checkpoints: Checkpoints,
  identity: Identity,
  records: readonly unknown[],
): Promise<UploadResult> {
  const { memory, signal } = task;
  const { store, place, locks } = checkpoints;
  /** Checkpoints that turned out to be somebody else's, or to be in use by another tab. */
  const refused = new Set<string>();
  for (let values = records; ; values = await abortable(store.list(), signal)) {
    const choice = chooseCheckpoint(values, place, identity, refused, memory.opened?.id);
    const isOthers = choice.isOfOtherPath && task.isTaken(choice.id);
    const stale = readCheckpoints(values, place).find(({ id, outcome }) => id === choice.id && outcome)?.uploadId;
    const hold = (hasWaited: boolean): Promise<UploadResult | undefined> =>
      runHeld(task, file, requests, checkpoints, choice.id, identity, hasWaited, stale);
    const result = isOthers ? undefined : await oneTabAtATime(task, locks, choice, hold);
    if (result) return result;
    refused.add(choice.id);
    memory.close();
  }
}

/**
 * @param stale upload ID of an outcome that was there before the wait
 * @returns `undefined` when the checkpoint of this ID is not for this upload
 */
async function runHeld(
  task: RunningTask,
  file: LocalFile,
  requests: Requests,
  checkpoints: Checkpoints,
  id: string,
  identity: Identity,
  hasWaited: boolean,
  stale: string | undefined,
): Promise<UploadResult | undefined> {
  if (hasWaited) {
    await task.turn.acquire();
    task.status.enter('preparing');
  }
  const adopted = await adoptOutcome(task, file, checkpoints, id, identity, hasWaited, stale);
  if (adopted) return adopted;
  let opened = await openUpload(task, file, requests, checkpoints, id, identity);
  for (let round = 1; opened; round += 1) {
    if ('stored' in opened) return settle(task, requests, checkpoints, id, { ...opened, isResumed: true });
    const { checkpoint }: OpenUpload = opened.open;
    try {
      return await finish(task, file, requests, checkpoints, opened.open, identity.fingerprint);
    } catch (error) {
      // Completed by another device, aborted, or removed by a lifecycle rule: nothing is left to resume.
      const isGone = hasCode(error, 'NoSuchUpload');
      // A part was replaced behind our back: list again what is there.
      const isStale = hasCode(error, 'InvalidPart', 'InvalidPartOrder', 'EntityTooSmall') || isPartMismatch(error);
      if (!(isGone || isStale) || round === MAX_ROUNDS || task.signal.aborted) throw error;
      // Without locks the upload may be gone because another tab has completed it.
      await checkClaim(checkpoints, checkpoint, task.signal);
      task.status.enter('preparing');
      opened = isGone
        ? await beginUnlessStored(task, file, requests, checkpoints, id, identity, checkpoint, [])
        : await openUpload(task, file, requests, checkpoints, id, identity);
    }
  }
  return undefined;
}

/** The signer has found that a part is not the one that is to be completed. */
function isPartMismatch(error: unknown): boolean {
  return isCredentialsError(error) && error.code === 'PartMismatch';
}

/** Sends what is missing, completes, and proves what has arrived. */
async function finish(
  task: RunningTask,
  file: LocalFile,
  requests: Requests,
  checkpoints: Checkpoints,
  open: OpenUpload,
  fingerprint: string,
): Promise<UploadResult> {
  const { checkpoint, isResumed } = open;
  const { id, key } = checkpoint;
  task.status.enter('uploading');
  const parts = await sendParts(task, file, requests, checkpoints, open);
  const crc64 = await wholeCrc64(parts);
  await checkUnchanged(file, key, fingerprint);
  await checkClaim(checkpoints, checkpoint, task.signal);
  task.status.enter('completing');
  const completing = { ...checkpoint, updatedAt: checkpoints.serviceClock.now(), completing: true };
  await abortable(checkpoints.store.save(completing), task.signal);
  const stored = await complete(task.upload.headers.complete, file, requests, checkpoint, parts, crc64);
  if (crc64 !== undefined && stored.crc64 !== undefined && stored.crc64 !== crc64) {
    await forgetCheckpoint(checkpoints, id);
    task.memory.close();
    throw new IntegrityError(
      'ObjectMismatch',
      `"${key}" differs from the local file: its CRC-64 is ${stored.crc64}, not ${crc64}. Don't use it: upload again.`,
      { key },
    );
  }
  return settle(task, requests, checkpoints, id, { key, stored, crc64, checkpoint, isResumed });
}

/**
 * Firefox reads a file on that was written to or replaced after it was selected, and so does Chromium when the
 * modification time is the same: each part then is what was read, and the whole is half of one file and half of another.
 * The samples of the fingerprint show it, unless the change is between them. Checked after the last response. Checking earlier, once
 * all bytes had been sent, missed two changes of five.
 *
 * @throws {FileChangedError | FileUnreadableError}
 */
async function checkUnchanged(file: LocalFile, key: string, fingerprint: string): Promise<void> {
  if ((await file.fingerprint(key)) !== fingerprint) throw fileError(undefined, { key });
}

/** Complete, or the proof that it has been. */
async function complete(
  headers: Record<string, string>,
  file: LocalFile,
  requests: Requests,
  checkpoint: Checkpoint,
  parts: FinishedPart[],
  crc64: string | undefined,
): Promise<StoredObject> {
  const { key, uploadId } = checkpoint;
  try {
    return await requests.sendInSlot(completeUpload(key, uploadId, parts, headers));
  } catch (error) {
    // A repeat of a Complete whose reply was lost, by us or by the browser itself, finds no upload, or its own object.
    if (!hasCode(error, 'NoSuchUpload', 'FileAlreadyExists')) throw error;
    const isInTheWay = hasCode(error, 'FileAlreadyExists');
    let stored: StoredObject | undefined;
    try {
      stored = await findStoredObject(requests, key, file.blob.size, async () => ({ crc64, etag: await completeEtag(file, parts) }));
    } catch (lookError) {
      throw hasCode(lookError, 'Unconfirmed') && isInTheWay ? error : unconfirmed(lookError, key);
    }
    if (!stored) throw error;
    // An equal object was in the way: the parts are of no use any more.
    if (isInTheWay) requests.abandon(checkpoint);
    return stored;
  }
}

/** An object that is there, and the upload that has made it. */
interface Finished {
  key: string;
  stored: StoredObject;
  crc64: string | undefined;
  checkpoint: Checkpoint | undefined;
  isResumed: boolean;
}

/**
 * The object is there: reports, and forgets the checkpoint. Its outcome is left in the place of it when another tab may ask: one
 * that waits, or one that was paused in the middle of this upload, which only one that was resumed can have.
 */
async function settle(
  task: RunningTask,
  requests: Requests,
  { store, locks, fileHandles, serviceClock }: Checkpoints,
  id: string,
  { key, stored, crc64, checkpoint, isResumed }: Finished,
): Promise<UploadResult> {
  await store.remove(id);
  const isAwaited = await locks.isAwaited(lockName(id)).catch(() => false);
  void fileHandles.remove(id).catch(() => {});
  task.memory.close();
  task.memory.identify(key);
  const keep = async (result: UploadResult): Promise<void> => {
    if (checkpoint && (isAwaited || isResumed)) await store.save(toOutcome(checkpoint, result, isAwaited, serviceClock.now()));
  };
  try {
    const result = toResult(task, requests, key, stored, crc64);
    await keep(result);
    return result;
  } catch (error) {
    if (error instanceof CallbackError) await keep(error.result as UploadResult);
    throw error;
  }
}
