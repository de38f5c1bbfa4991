import type { Locks } from '../ports.js';

/** The waiters for each lock of this page, if the platform has no lock API. Shared by all uploaders of the page. */
let inPage: Map<string, (() => void)[]> | undefined;

/** The Web Locks that this page holds, each with the request that holds it, whichever uploader made it. */
const holders = new Map<string, object>();
/** Called when {@link holders} has changed: by requests of this page that wait. */
const watchers = new Set<() => void>();

/**
 * Web Locks: across the tabs and workers of the origin, released by the browser when a tab dies. Without them (a sandboxed frame),
 * first come, first served within this page only, and `exclusive` is false.
 */
export function createLocks(): Locks {
  let refused = false;
  const platform = (): LockManager | undefined => (refused ? undefined : globalThis.navigator?.locks);
  const isListed = async (list: 'held' | 'pending', name: string, inThisPage: unknown): Promise<boolean> => {
    const locks = platform();
    return locks ? !!(await locks.query())[list]?.some((lock) => lock.name === name) : !!inThisPage;
  };
  return {
    get exclusive() {
      return platform() !== undefined;
    },
    async request(name, { signal, onWait }, hold) {
      signal.throwIfAborted();
      const locks = platform();
      if (!locks) return requestInPage(name, signal, onWait, hold);
      const lost = new AbortController();
      const own = {};
      let held: ReturnType<typeof hold> | undefined;
      let stopWatching = (): void => {};
      const holdNow = (): ReturnType<typeof hold> => {
        stopWatching();
        holders.set(name, own);
        tellWatchers();
        return (held = hold(lost.signal));
      };
      try {
        const free = await locks.request(name, { ifAvailable: true }, async (lock) => lock && { value: await holdNow() });
        if (free) return free.value;
        stopWatching = watchHolder(name, signal, onWait);
        onWait();
        return await locks.request(name, { signal }, holdNow);
      } catch (error) {
        if (held) {
          // Stolen: the platform rejects at once, while the protected work still runs.
          lost.abort(error);
          return held;
        }
        // Older browsers reject with their own AbortError.
        signal.throwIfAborted();
        if ((error as Error | null)?.name !== 'SecurityError') throw error;
        refused = true;
        return requestInPage(name, signal, onWait, hold);
      } finally {
        stopWatching();
        // Also when it was stolen. A later holder of this page may be there already.
        if (holders.get(name) === own) {
          holders.delete(name);
          // By the time of the answer, the next request of this page, if it is its turn, holds the lock.
          if (watchers.size) void locks.query().then(tellWatchers, () => {});
        }
      }
    },
    isHeld: (name) => isListed('held', name, inPage?.has(name)),
    isHeldHere: (name) => holders.has(name) || inPage?.has(name) === true,
    isAwaited: (name) => isListed('pending', name, inPage?.get(name)?.length),
  };
}

function tellWatchers(): void {
  for (const call of [...watchers]) call();
}

/**
 * Calls back when this page begins or ceases to hold a lock that a request waits for.
 * @returns the function that ends it
 */
function watchHolder(name: string, signal: AbortSignal, onChange: () => void): () => void {
  let wasHere = holders.has(name);
  const watcher = (): void => {
    if (signal.aborted || holders.has(name) === wasHere) return;
    wasHere = !wasHere;
    onChange();
  };
  watchers.add(watcher);
  return () => void watchers.delete(watcher);
}

async function requestInPage<T>(
  name: string,
  signal: AbortSignal,
  onWait: () => void,
  hold: (lost?: AbortSignal) => Promise<T>,
): Promise<T> {
  const queues = (inPage ??= new Map());
  const queue = queues.get(name);
  if (queue) {
    onWait();
    // A caller that doesn't want to wait has aborted by now.
    signal.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      const enter = (): void => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = (): void => {
        queue.splice(queue.indexOf(enter), 1);
        reject(signal.reason);
      };
      queue.push(enter);
      signal.addEventListener('abort', leave, { once: true });
    });
  } else {
    queues.set(name, []);
  }
  try {
    return await hold();
  } finally {
    const next = queues.get(name)?.shift();
    if (next) next();
    else queues.delete(name);
  }
}
