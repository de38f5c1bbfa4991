/** Slots for requests, shared by all files of an uploader. */
export interface Pool {
  /**
   * Waits for a slot and returns its release, which may be called more than once.
   * Owners take turns, so that one big file doesn't starve the others.
   * @param limit slots this owner may hold at a time
   * @throws `signal.reason` when aborted while waiting
   */
  acquire(owner: object, signal: AbortSignal, limit?: number): Promise<() => void>;
  /** Slots in use. */
  readonly busy: number;
}

interface Waiter {
  limit: number;
  grant(): void;
}

/** @param size slots in all, 1 or more */
export function createPool(size: number): Pool {
  /** Waiting owners, least recently served first. */
  const queue = new Map<object, Waiter[]>();
  const held = new WeakMap<object, number>();
  let busy = 0;

  const holds = (owner: object): number => held.get(owner) ?? 0;

  /** The first owner in line that may take a slot. Doesn't copy the line, in which 20,000 files may wait. */
  function findNext(): [owner: object, waiters: Waiter[]] | undefined {
    for (const entry of queue) if (holds(entry[0]) < (entry[1][0] as Waiter).limit) return entry;
    return undefined;
  }

  /** Grants free slots. Synchronous, so that no slot idles for a timer. */
  function serve(): void {
    while (busy < size) {
      const next = findNext();
      if (!next) return;
      const [owner, waiters] = next;
      // The owner goes to the back of the line, or leaves it.
      queue.delete(owner);
      const waiter = waiters.shift() as Waiter;
      if (waiters.length > 0) queue.set(owner, waiters);
      busy += 1;
      held.set(owner, holds(owner) + 1);
      waiter.grant();
    }
  }

  function createRelease(owner: object): () => void {
    let released = false;
    return () => {
      if (released) return;
      released = true;
      busy -= 1;
      held.set(owner, holds(owner) - 1);
      serve();
    };
  }

  return {
    get busy() {
      return busy;
    },
    acquire(owner, signal, limit = size) {
      return new Promise((resolve, reject) => {
        signal.throwIfAborted();
        const waiter: Waiter = {
          limit,
          grant() {
            signal.removeEventListener('abort', leave);
            resolve(createRelease(owner));
          },
        };
        const leave = (): void => {
          const waiters = (queue.get(owner) as Waiter[]).filter((other) => other !== waiter);
          if (waiters.length > 0) queue.set(owner, waiters);
          else queue.delete(owner);
          reject(signal.reason);
          // The owner's next waiter may have a higher limit.
          serve();
        };
        signal.addEventListener('abort', leave, { once: true });
        const waiters = queue.get(owner);
        if (waiters) waiters.push(waiter);
        else queue.set(owner, [waiter]);
        serve();
      });
    },
  };
}
