/** One tab at a time works on an upload. */
import { CheckpointError } from '../errors.js';
import { createActivity } from './task-status.js';
import type { Choice } from '../checkpoint/match.js';
import type { Job } from './job.js';
import { holdIfFree, lockName } from '../checkpoint/lock.js';

/**
 * Runs an upload while no other tab works on it. Waits for another tab, visibly, unless the checkpoint is of another path.
 *
 * @param hold gets a job that ends when the lock is lost, and whether another tab was waited for
 * @returns `undefined` when nobody was to be waited for, or what `hold` returns
 */
export async function holdUpload<T>(
  job: Job,
  { id, isOfOtherPath }: Choice,
  hold: (job: Job, hasWaited: boolean) => Promise<T>,
): Promise<T | undefined> {
  const { locks, signal, dispatch, turn } = job;
  if (isOfOtherPath) return (await holdIfFree(locks, id, signal, (lost) => hold(endedBy(lost, job), false)))?.value;
  let hasWaited = false;
  const onWait = (): void => {
    // Asking takes a while; a pause may have come.
    signal.throwIfAborted();
    hasWaited = true;
    turn.give();
    dispatch({ type: 'wait', reason: 'other-tab' });
  };
  return locks.request(lockName(id), { signal, onWait }, (lost) => hold(endedBy(lost, job), hasWaited));
}

/** The same job, which fails when its lock is taken away: whoever has it now may be sending the same parts. */
function endedBy(lost: AbortSignal | undefined, job: Job): Job {
  if (!lost) return job;
  const takenOver = new AbortController();
  const end = (): void =>
    takenOver.abort(
      new CheckpointError('TakenOver', `Another tab has taken over the upload of "${job.memory.key}".`, { key: job.memory.key }),
    );
  lost.addEventListener('abort', end, { once: true });
  const signal = AbortSignal.any([job.signal, takenOver.signal]);
  return { ...job, signal, activity: createActivity(job.dispatch, signal) };
}
