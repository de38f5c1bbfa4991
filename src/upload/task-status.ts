import type { TaskEvent, WaitReason } from '../core/state.js';
import type { UploadError } from '../errors.js';
import type { RequestContext } from '../oss/operation.js';

/** What a task is doing, put together from what its requests are doing. */
export interface Activity {
  enter(phase: 'prepare' | 'upload' | 'complete'): void;
  /**
   * Runs one request. While every request under way waits for something, so does the task.
   */
  request<T>(send: (context: RequestContext) => Promise<T>, extra?: Pick<RequestContext, 'onSent' | 'givingUp' | 'unreadable'>): Promise<T>;
}

export function createActivity(dispatch: (event: TaskEvent) => void, signal: AbortSignal): Activity {
  let phase: 'prepare' | 'upload' | 'complete' = 'prepare';
  let active = 0;
  const waits = new Map<object, { reason: WaitReason; error: UploadError | undefined }>();

  function tell(): void {
    // A later run may have begun: what this one comes to is no longer its task's state.
    if (signal.aborted) return;
    const last = [...waits.values()].at(-1);
    if (last && waits.size >= active) dispatch({ type: 'wait', ...last });
    else dispatch({ type: phase });
  }

  function onWait(reason: WaitReason, error?: UploadError): () => void {
    const wait = {};
    waits.set(wait, { reason, error });
    tell();
    return () => {
      if (waits.delete(wait)) tell();
    };
  }

  return {
    enter(next) {
      phase = next;
      tell();
    },
    async request(send, extra) {
      active += 1;
      try {
        return await send({ signal, onWait, ...extra });
      } finally {
        active -= 1;
        tell();
      }
    },
  };
}
