/** The one place where recorded uploads are aborted on the server and forgotten. */
import { CheckpointError, isRefusal } from '../errors.js';
import type { Checkpoint } from '../ports.js';
import { type Checkpoints, forgetCheckpoint, loadCheckpoint } from './checkpoints.js';
import { holdIfFree, lockName } from './lock.js';

/** What became of an upload that was to be discarded: aborted and forgotten, or still there. */
export type Fate = 'aborted' | 'refused' | 'unreachable';

/**
 * Aborts an upload and forgets it. Leaves alone what another tab has taken over since, and what is no record of this bucket.
 *
 * @param own the record as the task that aborts it has claimed it; without one, any record of this ID is discarded
 * @throws {CheckpointError} `InUse` when another tab, or another uploader of this page, is uploading it
 * @throws {OssError} when the credentials may not abort it, which somebody else may have begun; its record stays then
 */
export async function discard(checkpoints: Checkpoints, id: string, own?: Checkpoint): Promise<void> {
  const read = async (): Promise<Checkpoint | undefined> => {
    const record = await loadCheckpoint(checkpoints, id, own);
    if (!own || record?.owner === own.owner) return record;
    // Two that have begun at the same moment: no record speaks of this one's upload.
    if (record?.uploadId !== own.uploadId) await checkpoints.background.abort(own).catch(() => {});
    return undefined;
  };
  // Before the lock is asked for: another task of this page may be about to discard it.
  if (!(await read())) return;
  const held = await holdIfFree(checkpoints.locks, id, new AbortController().signal, async () => {
    const record = await read();
    if (record) await discardHeld(checkpoints, record, own !== undefined);
  });
  if (held) return;
  const who = checkpoints.locks.isHeldHere?.(lockName(id)) ? 'Another upload of this page' : 'Another tab';
  throw new CheckpointError('InUse', `${who} is sending this file: cancel it there.`);
}

/**
 * Discards an upload whose lock the caller holds.
 *
 * @param isOurs the caller has worked on it: a refusal is no sign that it is somebody else's
 * @throws {OssError} when the credentials may not abort it; unless it is ours, its record stays as it was
 */
export async function discardHeld(checkpoints: Checkpoints, record: Checkpoint, isOurs: boolean): Promise<Fate> {
  const { store, background } = checkpoints;
  if (!record.outcome) {
    // Parts cost money as long as they are there: the mark makes a later start try again.
    await store.save({ ...record, discarded: true, ...(!isOurs && { isUnproved: true }) });
    try {
      await background.abort(record);
    } catch (error) {
      if (!isRefusal(error)) return 'unreachable';
      const { discarded: _, isUnproved: __, ...asItWas } = record;
      if (!isOurs) await store.save(asItWas);
      throw error;
    }
  }
  await forgetCheckpoint(checkpoints, record.id);
  return 'aborted';
}
