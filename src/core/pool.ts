/** Slots for requests, shared by all files of an uploader. */
export interface Pool {
  /**
   * Waits for a slot and returns its release, which may be called more than once.
   * Owners take turns, so that one big file doesn't starve the others.
   * @param limit slots this owner may hold at a time
   * @throws `signal.reason` when aborted while waiting
   */
  acquire(owner: object, signal: AbortSignal, limit?: number): Promise<() => void>;
  /**
   * The same without a promise and a signal: thousands of files may wait for their turn.
   * @param grant gets the slot's release; called at once if a slot is free
   * @returns leaves the line, and says whether it was still in it
   */
  enter(owner: object, grant: (release: () => void) => void, limit?: number): () => boolean;
  /** Slots in use. */
  readonly busy: number;
}

interface Waiter {
  limit: number;
  grant(release: () => void): void;
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
      waiter.grant(createRelease(owner));
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

  function enter(owner: object, grant: Waiter['grant'], limit = size): () => boolean {
    const waiter: Waiter = { limit, grant };
    const waiters = queue.get(owner);
    if (waiters) waiters.push(waiter);
    else queue.set(owner, [waiter]);
    serve();
    return () => leave(owner, waiter);
  }

  function leave(owner: object, waiter: Waiter): boolean {
    const waiters = queue.get(owner) ?? [];
    const place = waiters.indexOf(waiter);
    if (place < 0) return false;
    waiters.splice(place, 1);
    if (waiters.length === 0) queue.delete(owner);
    // The owner's next waiter may have a higher limit.
    serve();
    return true;
  }

  return {
    get busy() {
      return busy;
    },
    enter,
    acquire: (owner, signal, limit) => acquireFrom(enter, owner, signal, limit),
  };
}

function acquireFrom(enter: Pool['enter'], owner: object, signal: AbortSignal, limit?: number): Promise<() => void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const onAbort = (): void => {
      if (leave()) reject(signal.reason);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    const grant = (release: () => void): void => {
      signal.removeEventListener('abort', onAbort);
      resolve(release);
    };
    const leave = enter(owner, grant, limit);
  });
}
