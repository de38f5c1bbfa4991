import type { TaskEvent, WaitReason } from '../core/task-state.js';
import type { UploadError } from '../errors.js';
import type { RequestContext } from '../oss/operation.js';

/** What a request takes part in, in addition to waits. */
export type RequestExtras = Partial<Omit<RequestContext, 'onWait'>>;

/** Derives a task's status from its requests: while every request under way waits for something, so does the task. */
export interface StatusReporter {
  enter(phase: 'preparing' | 'uploading' | 'completing'): void;
  /** Runs one request. */
  request<T>(send: (context: RequestContext) => Promise<T>, extras?: RequestExtras): Promise<T>;
}

export function createStatusReporter(dispatch: (event: TaskEvent) => void, signal: AbortSignal): StatusReporter {
  let phase: 'preparing' | 'uploading' | 'completing' = 'preparing';
  let active = 0;
  const waits = new Map<object, { reason: WaitReason; error: UploadError | undefined }>();

  function report(): void {
    // A later run may have begun: this one no longer decides the task's state.
    if (signal.aborted) return;
    const last = [...waits.values()].at(-1);
    if (last && waits.size >= active) dispatch({ type: 'waiting', ...last });
    else dispatch({ type: phase });
  }

  function onWait(reason: WaitReason, error?: UploadError): () => void {
    const wait = {};
    waits.set(wait, { reason, error });
    report();
    return () => {
      if (waits.delete(wait)) report();
    };
  }

  return {
    enter(next) {
      phase = next;
      report();
    },
    async request(send, extras) {
      active += 1;
      try {
        return await send({ signal, onWait, ...extras });
      } finally {
        active -= 1;
        report();
      }
    },
  };
}
