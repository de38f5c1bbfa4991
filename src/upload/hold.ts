import type { UploadResult } from '../core/state.js';
import type { Job } from './job.js';
import { holdIfFree, lockName } from './lock.js';

/**
 * Runs an upload while no other tab works on it.
 *
 * `others` are checkpoints that would do as well, if nobody else has them. For `awaited` it waits, visibly; when
 * whoever had it completes the upload meanwhile, its result is this one's too.
 */
export async function holdUpload(
  job: Job,
  awaited: string,
  others: readonly string[],
  hold: (id: string) => Promise<UploadResult>,
): Promise<UploadResult> {
  const { locks, signal, clock, dispatch, turn, activity } = job;
  for (const id of others) {
    const held = await holdIfFree(locks, id, signal, () => hold(id));
    if (held) return held.value;
  }
  let waitsSince: number | undefined;
  const onWait = (): void => {
    waitsSince = clock.now();
    turn.give();
    dispatch({ type: 'wait', for: 'other-tab' });
  };
  return locks.request(lockName(awaited), { signal, onWait }, async () => {
    if (waitsSince !== undefined) {
      const result = await takeOutcome(job, awaited, waitsSince);
      if (result) return result;
      await turn.take();
      activity.enter('prepare');
    }
    return hold(awaited);
  });
}

/** What another tab has come to since `since`; the last tab that waits clears it away. */
async function takeOutcome({ store, locks }: Job, id: string, since: number): Promise<UploadResult | undefined> {
  const outcome = (await store.loadOutcome(id)) as { result?: UploadResult; at?: number } | undefined;
  if (typeof outcome?.result?.key !== 'string' || !(Number(outcome.at) >= since)) return undefined;
  if (!(await locks.isAwaited(lockName(id)))) await store.saveOutcome(id, undefined);
  return outcome.result;
}
