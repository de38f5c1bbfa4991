/** A `navigator.locks` in memory: as in a browser, each grant and each refusal comes in a later turn. */

type Callback = (lock: object | null) => unknown;

export interface FakeLockManager {
  request(name: string, ...more: any[]): Promise<unknown>;
  query(): Promise<{ held: { name: string }[]; pending: { name: string }[] }>;
}

/** @param answered requests with `ifAvailable` are answered after this */
export function createLockManager(answered: Promise<void>): FakeLockManager {
  const held = new Set<string>();
  const waiting: { name: string; enter(): void }[] = [];

  async function run(name: string, callback: Callback): Promise<unknown> {
    held.add(name);
    try {
      return await callback({ name });
    } finally {
      const next = waiting.findIndex((entry) => entry.name === name);
      if (next < 0) held.delete(name);
      else waiting.splice(next, 1)[0]?.enter();
    }
  }

  return {
    async request(name, ...more) {
      const callback = more.pop() as Callback;
      const { ifAvailable, signal } = (more[0] ?? {}) as { ifAvailable?: boolean; signal?: AbortSignal };
      signal?.throwIfAborted();
      if (ifAvailable) await answered;
      if (!held.has(name)) return run(name, callback);
      if (ifAvailable) return callback(null);
      await new Promise<void>((resolve, reject) => {
        waiting.push({ name, enter: resolve });
        signal?.addEventListener('abort', () => reject(signal.reason));
      });
      return run(name, callback);
    },
    query: async () => ({ held: [...held].map((name) => ({ name })), pending: waiting.map(({ name }) => ({ name })) }),
  };
}
