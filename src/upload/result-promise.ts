import type { UploadResult } from '../core/task-state.js';

/** How a task ends: the promise of its result, and the caller's signal, which may end it. */
export interface ResultPromise {
  readonly promise: Promise<UploadResult>;
  resolve(result: UploadResult): void;
  reject(reason: unknown): void;
  /** A failed task is resumed: it ends once more. */
  renew(): void;
}

/** @param onAbort called when the signal is aborted before the task has ended */
export function createResultPromise(signal: AbortSignal | undefined, onAbort: (reason: unknown) => void): ResultPromise {
  const listener = (): void => onAbort(signal?.reason);
  let settle: { resolve(result: UploadResult): void; reject(reason: unknown): void };
  let promise: Promise<UploadResult>;

  function renew(): void {
    promise = new Promise((resolve, reject) => {
      settle = { resolve, reject };
    });
    // The state says it too: nobody who reads it there should see an unhandled rejection.
    promise.catch(() => {});
    if (signal?.aborted) queueMicrotask(listener);
    signal?.addEventListener('abort', listener, { once: true });
  }

  /** The caller's signal may live as long as the page: no settled task hangs on it. */
  const release = (): void => signal?.removeEventListener('abort', listener);

  renew();
  return {
    get promise() {
      return promise;
    },
    resolve(result) {
      settle.resolve(result);
      release();
    },
    reject(reason) {
      settle.reject(reason);
      release();
    },
    renew,
  };
}
