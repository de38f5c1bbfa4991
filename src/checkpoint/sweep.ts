/** Cleans up what earlier page loads left: uploads discarded while offline, uploads nobody has touched for long, outcomes. */
import { hasCode, isRefusal, isUploadError } from '../errors.js';
import type { Checkpoint, Clock } from '../ports.js';
import { type Checkpoints, loadCheckpoint } from './checkpoints.js';
import { discardHeld, type Fate } from './discard.js';
import { holdIfFree } from './lock.js';
import { readCheckpoints } from './read.js';

/** Milliseconds after first use: what the user waits for goes first. */
const DELAY = 5_000;
/** Orphans aborted at one start: more would compete with the uploads the user waits for. */
const MAX_ABORTED = 20;
/** Milliseconds for which the outcome of a finished upload is kept for tabs that wait for it or were paused. */
const KEEP_OUTCOME = 600_000;

/** {@link sweepOrphans} after {@link DELAY} ms, unless `signal` is aborted before. */
export function sweepLater(
  checkpoints: Checkpoints,
  maxAge: number,
  isTaken: (id: string) => boolean,
  clock: Clock,
  signal: AbortSignal,
): void {
  const cancel = clock.after(DELAY, () => void sweepOrphans(checkpoints, maxAge, isTaken, signal).catch(() => {}));
  signal.addEventListener('abort', cancel, { once: true });
}

/**
 * Aborts uploads that were discarded while offline, and uploads older than `maxAge`. Forgets the outcomes of finished uploads.
 *
 * @param maxAge milliseconds for which an upload may stay untouched
 * @param isTaken whether a task of this page works on an upload, be it paused
 * @param signal ends it between two uploads
 */
export async function sweepOrphans(
  checkpoints: Checkpoints,
  maxAge: number,
  isTaken: (id: string) => boolean,
  signal: AbortSignal,
): Promise<void> {
  const { store, place, locks, serviceClock } = checkpoints;
  const isDue = (record: Checkpoint): boolean => !isTaken(record.id) && isOrphan(record, serviceClock.now(), maxAge);
  // In a random order: those that can't be aborted by this user must not keep others from their turn at every start.
  const orphans = readCheckpoints(await store.list(), place)
    .filter(isDue)
    .sort(() => Math.random() - 0.5);
  let aborted = 0;
  for (const { id } of orphans) {
    if (signal.aborted || aborted === MAX_ABORTED) return;
    const fate = await holdIfFree(locks, id, signal, async () => {
      // Read again: another tab may have resumed it meanwhile.
      const record = await loadCheckpoint(checkpoints, id);
      return record && isDue(record) ? sweep(checkpoints, record, isDue) : 'refused';
    });
    if (fate?.value === 'unreachable') return;
    if (fate?.value === 'aborted') aborted += 1;
  }
}

async function sweep(checkpoints: Checkpoints, record: Checkpoint, isDue: (record: Checkpoint) => boolean): Promise<Fate> {
  const isKnownAge = record.discarded || record.outcome;
  try {
    if (!isKnownAge && !isDue(await withPartTimes(checkpoints, record))) return 'refused';
    return await discardHeld(checkpoints, record, record.discarded === true && !record.isUnproved);
  } catch (error) {
    // A record that no request can be made of doesn't end the sweep.
    return isUploadError(error) && !isRefusal(error) ? 'unreachable' : 'refused';
  }
}

/** By the record, if the clock of this device can be trusted. */
function isOrphan({ discarded, outcome, updatedAt }: Checkpoint, now: number, maxAge: number): boolean {
  const age = now - updatedAt;
  if (outcome) return Math.abs(age) > KEEP_OUTCOME;
  return discarded === true || age > maxAge;
}

/**
 * The record, dated by the service itself. The times of its parts are the service's own; and a request that OSS has
 * accepted proves our clock, or has corrected it: before the first one, this device's clock may be wrong by years.
 */
async function withPartTimes({ background }: Checkpoints, record: Checkpoint): Promise<Checkpoint> {
  try {
    const parts = await background.listParts(record);
    return { ...record, updatedAt: parts.reduce((latest, { lastModified = 0 }) => Math.max(latest, lastModified), record.updatedAt) };
  } catch (error) {
    // The upload is gone: what is left is a record to forget.
    if (hasCode(error, 'NoSuchUpload')) return { ...record, discarded: true };
    throw error;
  }
}
