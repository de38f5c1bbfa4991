import { abortable } from '../core/abortable.js';
import { loadPatiently } from '../core/load-patiently.js';
import type { Clock, Hasher, Network } from '../ports.js';
import { startWorkerFile } from './worker-file.js';
import { connectWorker, WorkerLost } from './worker-hasher.js';

/** Milliseconds on the main thread before workers are tried again; twice as long each time. */
const REST = 60_000;

/**
 * Hashes in one worker, started at the first call and shared by all.
 *
 * A worker from its own file is tried first, then one from inlined source (the file is not where a bundler or a CDN put
 * it), then the main thread (a policy forbids both). When a worker dies, its pending calls are made again on the next
 * of them. On the main thread, workers are tried again now and then, and no call waits for that.
 *
 * @param workerFactory makes the worker, for hosts that serve `hash.worker.js` themselves
 */
export function createHasher(clock: Clock, network: Network, workerFactory: () => Worker = startWorkerFile): Hasher {
  const disposal = new AbortController();
  const thread = createThread(clock, workerFactory, disposal.signal);
  let current: Promise<Hasher> | undefined;

  /** When nothing could be loaded, the next call tries again. */
  const open = (): Promise<Hasher> =>
    loadPatiently(thread.open, { network, clock }, disposal.signal).catch((error) => {
      current = undefined;
      throw error;
    });

  const attempt = async <T>(use: (hasher: Hasher, signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> => {
    for (;;) {
      signal.throwIfAborted();
      const opened = (current ??= open());
      try {
        return await use(await opened, signal);
      } catch (error) {
        if (!(error instanceof WorkerLost)) throw error;
        // Of all calls that lost their worker, the first opens the next one.
        if (current === opened) current = undefined;
      }
    }
  };

  const call = async <T>(use: (hasher: Hasher, signal: AbortSignal) => Promise<T>, signal = disposal.signal): Promise<T> => {
    disposal.signal.throwIfAborted();
    signal.throwIfAborted();
    void thread.tryWorkersAgain().then(
      (worker) => {
        if (worker) current = Promise.resolve(worker);
      },
      () => {},
    );
    // A signal of its own: the caller's may serve 10,000 calls, and would collect listeners.
    const work = new AbortController();
    try {
      return await abortable(abortable(attempt(use, work.signal), disposal.signal), signal);
    } catch (error) {
      work.abort(error);
      throw error;
    }
  };

  return {
    digest: (slice, wanted, signal) => call((hasher, signal) => hasher.digest(slice, wanted, signal), signal),
    fingerprint: (file, signal) => call((hasher, signal) => hasher.fingerprint(file, signal), signal),
    dispose: () => disposal.abort(),
  };
}

/** The thread that hashes: a worker, or the page's own. */
interface Thread {
  /** The best one that has not been tried yet. */
  open(): Promise<Hasher>;
  /** A worker, if the main thread has hashed long enough and one starts now. */
  tryWorkersAgain(): Promise<Hasher | undefined>;
}

function createThread(clock: Clock, workerFactory: () => Worker, disposal: AbortSignal): Thread {
  const workers = [async () => connectWorker(workerFactory(), clock, disposal), () => connectInlined(clock, disposal)];
  /** The first worker that is still to be tried. */
  let next = 0;
  let rest = REST;
  /** When workers are tried again: set on the main thread only. */
  let retryAt = Number.POSITIVE_INFINITY;

  /** The first worker that says hello, if any does. */
  const openWorker = async (): Promise<Hasher | undefined> => {
    for (let index = next; index < workers.length; index += 1) {
      const hasher = await workers[index]!().catch(() => undefined);
      disposal.throwIfAborted();
      if (!hasher) continue;
      // If it dies, the next one is tried. If none starts, we may be offline: all stay to be tried again.
      next = index + 1;
      return hasher;
    }
    return undefined;
  };

  const stayLocal = (): void => {
    retryAt = clock.now() + rest;
    rest *= 2;
  };

  return {
    async open() {
      const worker = await openWorker();
      if (worker) return worker;
      const { createLocalHasher } = await import('./local.js');
      stayLocal();
      return createLocalHasher();
    },
    async tryWorkersAgain() {
      if (clock.now() < retryAt) return undefined;
      retryAt = Number.POSITIVE_INFINITY;
      next = 0;
      const worker = await openWorker();
      if (!worker) stayLocal();
      return worker;
    },
  };
}

async function connectInlined(clock: Clock, disposal: AbortSignal): Promise<Hasher> {
  const { workerSource, withInlinedWorker } = await import('./worker-inline.js');
  disposal.throwIfAborted();
  if (!workerSource) throw new WorkerLost();
  return withInlinedWorker(workerSource, (worker) => connectWorker(worker, clock, disposal));
}
