import type { Locks } from '../ports.js';

export function lockName(id: string): string {
  return `oss-resumable:${id}`;
}

/** Runs while holding `id`, or not at all when somebody else holds it. */
export async function holdIfFree<T>(
  locks: Locks,
  id: string,
  signal: AbortSignal,
  hold: (lost?: AbortSignal) => Promise<T>,
): Promise<{ value: T } | undefined> {
  const busy = new AbortController();
  try {
    const value = await locks.request(lockName(id), { signal: AbortSignal.any([signal, busy.signal]), onWait: () => busy.abort() }, hold);
    return { value };
  } catch (error) {
    if (busy.signal.aborted && !signal.aborted) return undefined;
    throw error;
  }
}

/** For uploads without a checkpoint: nobody else can know of them. */
export const NO_LOCKS: Locks = {
  exclusive: true,
  request: (_name, _options, hold) => hold(),
  isAwaited: () => Promise.resolve(false),
  isHeld: () => Promise.resolve(false),
};
