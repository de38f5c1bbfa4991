import type { Bytes, Clock, Digests, Hasher, WantedDigests } from '../ports.js';
import type { HashReply, HashRequest } from './protocol.js';

/** Milliseconds within which a worker's script has to arrive and say hello: on a bad line that takes its time. */
const HELLO_PATIENCE = 120_000;
/** Milliseconds within which a worker that has spoken has to show that it is alive. Its longest task takes some 15 ms. */
const PATIENCE = 5_000;

/** The worker never started, or died. */
export class WorkerLost extends Error {}

/**
 * A hasher whose calls run in `worker`, once that has said hello. A policy or a 404 that forbids the worker comes as an
 * `error` event, its death possibly as nothing at all: hence the pings.
 *
 * @param disposal ends the worker at once, also one that has not said hello yet
 * @throws {WorkerLost} also from the calls that are pending when the worker dies
 */
export function connectWorker(worker: Worker, clock: Clock, disposal: AbortSignal): Promise<Hasher> {
  return new Promise((resolve, reject) => {
    const waiting = new Map<number, { resolve(result: Digests & string): void; reject(reason: unknown): void }>();
    let lastId = 0;
    let isSilent = true;
    let isLost = false;

    const send = (request: HashRequest): void => worker.postMessage(request);
    const end = (): void => {
      isLost = true;
      endWatch();
      worker.terminate();
      const reason = new WorkerLost();
      reject(reason);
      for (const call of waiting.values()) call.reject(reason);
    };

    let cancelWatch: (() => void) | undefined = clock.after(HELLO_PATIENCE, end);
    const endWatch = (): void => {
      cancelWatch?.();
      cancelWatch = undefined;
    };
    const watch = (): void => {
      cancelWatch = clock.after(PATIENCE, () => {
        if (isSilent) return end();
        isSilent = true;
        send({ type: 'ping' });
        watch();
      });
    };

    const ask = (type: 'digest' | 'fingerprint', blob: Blob | Bytes, wanted?: WantedDigests, signal?: AbortSignal) =>
      new Promise<Digests & string>((resolve, reject) => {
        if (isLost) throw new WorkerLost();
        const id = ++lastId;
        waiting.set(id, { resolve, reject });
        // Only while somebody waits.
        if (!cancelWatch) watch();
        send({ type, id, blob, wanted });
        signal?.addEventListener('abort', () => send({ type: 'abort', id }));
      });
    const hasher: Hasher = {
      digest: (blob, wanted, signal) => ask('digest', blob, wanted, signal),
      fingerprint: (blob, signal) => ask('fingerprint', blob, undefined, signal),
      dispose: end,
    };

    worker.onmessage = ({ data: reply }: MessageEvent<HashReply>) => {
      isSilent = false;
      if (reply.type === 'hello') resolve(hasher);
      else {
        const call = waiting.get(reply.id);
        waiting.delete(reply.id);
        if (reply.type === 'done') call?.resolve(reply.result as Digests & string);
        else call?.reject(new DOMException(reply.message, reply.name));
      }
      if (!waiting.size) endWatch();
    };
    worker.onerror = worker.onmessageerror = (event: Event) => {
      // Handled here: the page's error reporting need not see it.
      event.preventDefault();
      end();
    };
    disposal.addEventListener('abort', end, { once: true });
  });
}
