import type { UploadResult } from '../core/task-state.js';

/** How a task ends: the promise of its result, and the caller's signal, which may end it. */
export interface ResultPromise {
  /** The promise, made when it is first asked for: nobody asks for those of thousands of files in a widget. */
  ask(): Promise<UploadResult>;
  resolve(result: UploadResult): void;
  reject(reason: unknown): void;
  /** A failed task is resumed: it ends once more. */
  renew(): void;
}

interface Settlers {
  resolve(result: UploadResult): void;
  reject(reason: unknown): void;
}

/** @param onAbort called when the signal is aborted before the task has ended */
export function createResultPromise(signal: AbortSignal | undefined, onAbort: (reason: unknown) => void): ResultPromise {
  const listener = (): void => onAbort(signal?.reason);
  let promise: Promise<UploadResult> | undefined;
  let settlers: Settlers | undefined;
  let ending: ((settlers: Settlers) => void) | undefined;

  function listen(): void {
    if (signal?.aborted) queueMicrotask(listener);
    signal?.addEventListener('abort', listener, { once: true });
  }

  function make(): Promise<UploadResult> {
    const made = new Promise<UploadResult>((resolve, reject) => {
      settlers = { resolve, reject };
    });
    // The state says it too: nobody who reads it there should see an unhandled rejection.
    made.catch(() => {});
    if (settlers) ending?.(settlers);
    return made;
  }

  function end(how: (settlers: Settlers) => void): void {
    if (ending) return;
    ending = how;
    if (settlers) how(settlers);
    // The caller's signal may live as long as the page: no settled task hangs on it.
    signal?.removeEventListener('abort', listener);
  }

  listen();
  return {
    ask() {
      promise ??= make();
      return promise;
    },
    resolve: (result) => end(({ resolve }) => resolve(result)),
    reject: (reason) => end(({ reject }) => reject(reason)),
    renew() {
      promise = settlers = ending = undefined;
      listen();
    },
  };
}
