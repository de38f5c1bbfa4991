import { abortable } from '../core/abortable.js';
import type { Digests, Hasher, WantedDigests } from '../ports.js';
import type { HashReply, HashRequest } from './protocol.js';
import { startWorkerFile } from './worker-file.js';

/** Milliseconds within which a worker's script has to arrive and say hello: on a bad line that takes its time. */
const HELLO_PATIENCE = 120_000;
/** Milliseconds within which a worker that has spoken has to show that it is alive. Its longest task takes some 15 ms. */
const PATIENCE = 5_000;
/** Milliseconds on the main thread before workers are tried again; twice as long each time. */
const REST = 60_000;

/** How the hasher gets its worker. */
export interface HasherOptions {
  /**
   * Makes the worker, for hosts that serve `hash.worker.js` themselves.
   * @default a worker from the file beside this module
   */
  workerFactory?: (() => Worker) | undefined;
  /**
   * Opens what the hashing runs on, and says what to do when nothing of it could be loaded.
   * @default fails
   */
  load?: ((open: () => Promise<Hasher>, signal: AbortSignal) => Promise<Hasher>) | undefined;
}

/** The worker never started, or died: its calls are made again on the next link of the chain. */
class WorkerLost extends Error {}

/**
 * Hashes in one worker, started at the first call and shared by all.
 *
 * A worker from its own file is tried first, then one from inlined source (the file is not where a bundler or a CDN put
 * it), then the main thread (a policy forbids both). When a worker dies, the calls it had are made again on the next
 * link: none is left pending. On the main thread, workers are tried again now and then, and no call waits for that.
 */
export function createHasher({ workerFactory = startWorkerFile, load = (open) => open() }: HasherOptions = {}): Hasher {
  const disposal = new AbortController();
  const workers = [async () => connect(workerFactory(), disposal.signal), () => connectInlined(disposal.signal)];
  let current: Promise<Hasher> | undefined;
  /** Of the workers, the first that is still to be tried. */
  let next = 0;
  let rest = REST;
  /** When workers are tried again: set on the main thread only. */
  let retryAt = Number.POSITIVE_INFINITY;

  /** The first worker that says hello, if any does. */
  const openWorker = async (): Promise<Hasher | undefined> => {
    for (let index = next; index < workers.length; index += 1) {
      const hasher = await workers[index]!().catch(() => undefined);
      disposal.signal.throwIfAborted();
      if (!hasher) continue;
      // Should it die, it is the next one's turn. Where nothing came, the network may be gone: all stay to be tried again.
      next = index + 1;
      return hasher;
    }
    return undefined;
  };

  const open = async (): Promise<Hasher> => {
    const worker = await openWorker();
    if (worker) return worker;
    const { createLocalHasher } = await import('./local.js');
    stayLocal();
    return createLocalHasher();
  };

  const stayLocal = (): void => {
    retryAt = performance.now() + rest;
    rest *= 2;
  };

  const tryWorkersAgain = async (): Promise<void> => {
    retryAt = Number.POSITIVE_INFINITY;
    next = 0;
    const worker = await openWorker();
    if (worker) current = Promise.resolve(worker);
    else stayLocal();
  };

  /** The next call asks for what didn't load. */
  const connectAny = (): Promise<Hasher> =>
    load(open, disposal.signal).catch((error) => {
      current = undefined;
      throw error;
    });

  const attempt = async <T>(use: (hasher: Hasher, signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> => {
    for (;;) {
      signal.throwIfAborted();
      const link = (current ??= connectAny());
      try {
        return await use(await link, signal);
      } catch (error) {
        if (!(error instanceof WorkerLost)) throw error;
        // Of all calls that lost their worker, the first opens the next link.
        if (current === link) current = undefined;
      }
    }
  };

  const call = async <T>(use: (hasher: Hasher, signal: AbortSignal) => Promise<T>, signal = disposal.signal): Promise<T> => {
    disposal.signal.throwIfAborted();
    signal.throwIfAborted();
    if (performance.now() >= retryAt) tryWorkersAgain().catch(() => {});
    // A signal of its own: the caller's may serve 10,000 calls, and would collect what listens to it.
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
    dispose: () => disposal.abort(new DOMException('The hasher was disposed of', 'AbortError')),
  };
}

async function connectInlined(disposal: AbortSignal): Promise<Hasher> {
  const { workerSource, withInlinedWorker } = await import('./worker-inline.js');
  disposal.throwIfAborted();
  if (!workerSource) throw new WorkerLost();
  return withInlinedWorker(workerSource, (worker) => connect(worker, disposal));
}

/**
 * A hasher whose calls run in `worker`, once it has said hello. A policy or a 404 that forbids the worker comes as an
 * `error` event, its death possibly as nothing at all: hence the pings.
 *
 * @param disposal ends the worker at once, also one that has not said hello yet
 */
function connect(worker: Worker, disposal: AbortSignal): Promise<Hasher> {
  return new Promise((resolve, reject) => {
    const waiting = new Map<number, { resolve(result: Digests & string): void; reject(reason: unknown): void }>();
    let lastId = 0;
    let silent = true;
    let lost = false;

    const send = (request: HashRequest): void => worker.postMessage(request);
    const end = (): void => {
      lost = true;
      clearInterval(watch);
      worker.terminate();
      const reason = new WorkerLost();
      reject(reason);
      for (const call of waiting.values()) call.reject(reason);
    };
    let watch: ReturnType<typeof setInterval> | undefined = setInterval(end, HELLO_PATIENCE);
    // Only while somebody waits.
    const startWatch = (): void => {
      watch ??= setInterval(() => {
        if (silent) return end();
        silent = true;
        send({ type: 'ping' });
      }, PATIENCE);
    };
    const ask = (type: 'digest' | 'fingerprint', blob: Blob, wanted?: WantedDigests, signal?: AbortSignal) =>
      new Promise<Digests & string>((resolve, reject) => {
        if (lost) throw new WorkerLost();
        const id = ++lastId;
        waiting.set(id, { resolve, reject });
        startWatch();
        send({ type, id, blob, wanted });
        signal?.addEventListener('abort', () => send({ type: 'abort', id }));
      });

    worker.onmessage = ({ data: reply }: MessageEvent<HashReply>) => {
      silent = false;
      if (reply.type === 'hello') {
        resolve({
          digest: (blob, wanted, signal) => ask('digest', blob, wanted, signal),
          fingerprint: (blob, signal) => ask('fingerprint', blob, undefined, signal),
          dispose: end,
        });
      } else {
        const call = waiting.get(reply.id);
        waiting.delete(reply.id);
        if (reply.type === 'done') call?.resolve(reply.result as Digests & string);
        else call?.reject(new DOMException(reply.message, reply.name));
      }
      if (!waiting.size) {
        clearInterval(watch);
        watch = undefined;
      }
    };
    worker.onerror = worker.onmessageerror = (event: Event) => {
      // Dealt with here: the page's error reporting need not hear of it.
      event.preventDefault();
      end();
    };
    disposal.addEventListener('abort', end, { once: true });
  });
}
