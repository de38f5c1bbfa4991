/** Exclusive locks that the tabs of one origin share, in memory. */
import type { Locks } from '../../src/ports.js';

export type TabLocks = Locks & { readonly held: Set<string> };

/** @param exclusive false as on platforms without a lock API */
export function createTabLocks(exclusive = true): TabLocks {
  const held = new Set<string>();
  const waiting: { name: string; enter(): void }[] = [];

  async function untilFree(name: string, signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const leave = (): void => {
        waiting.splice(waiting.indexOf(entry), 1);
        reject(signal.reason);
      };
      const enter = (): void => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const entry = { name, enter };
      waiting.push(entry);
      if (signal.aborted) leave();
      else signal.addEventListener('abort', leave, { once: true });
    });
  }

  function release(name: string): void {
    const next = waiting.findIndex((entry) => entry.name === name);
    if (next < 0) held.delete(name);
    else waiting.splice(next, 1)[0]?.enter();
  }

  return {
    exclusive,
    held,
    async request(name, { signal, onWait }, hold) {
      signal.throwIfAborted();
      if (!exclusive) return hold();
      if (held.has(name)) {
        onWait();
        await untilFree(name, signal);
      }
      held.add(name);
      try {
        return await hold();
      } finally {
        release(name);
      }
    },
    isHeld: async (name) => held.has(name),
    isAwaited: async (name) => waiting.some((entry) => entry.name === name),
  };
}
