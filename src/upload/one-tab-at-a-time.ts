import { takenOver } from '../checkpoint/claim.js';
import { holdIfFree, lockName } from '../checkpoint/lock.js';
import type { Choice } from '../checkpoint/match.js';
import type { Locks } from '../ports.js';
import type { RunningTask } from './running-task.js';

/**
 * Runs an upload while no other tab, and no other task of this page, works on it. Waits for it, visibly, unless the checkpoint is of
 * another path. A run whose lock is taken away ends.
 *
 * @param hold gets whether another tab or task was waited for
 * @returns `undefined` when nobody was to be waited for, or what `hold` returns
 */
export async function oneTabAtATime<T>(
  { signal, turn, memory, dispatch, end }: RunningTask,
  locks: Locks,
  { id, isOfOtherPath }: Choice,
  hold: (hasWaited: boolean) => Promise<T>,
): Promise<T | undefined> {
  const name = lockName(id);
  let hasWaited = false;
  const holdUntilLost = (lost?: AbortSignal): Promise<T> => {
    // Whoever has the lock now may be sending the same parts.
    lost?.addEventListener('abort', () => end(takenOver(memory.key)), { once: true });
    return hold(hasWaited);
  };
  if (isOfOtherPath) return (await holdIfFree(locks, id, signal, holdUntilLost))?.value;
  const onWait = (): void => {
    // Asking takes a while; a pause may have come.
    signal.throwIfAborted();
    hasWaited = true;
    turn.release();
    dispatch({ type: 'waiting', reason: locks.isHeldHere?.(name) ? 'this-page' : 'other-tab' });
  };
  return locks.request(name, { signal, onWait }, holdUntilLost);
}
