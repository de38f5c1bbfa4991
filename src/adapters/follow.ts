/** `follow()` turns the states of a task into the callbacks that widgets have. */
import type { Progress, UploadError, UploadResult, UploadTask, WaitReason } from '../index.js';

/** Callbacks of a widget for one upload. */
export interface TaskListener {
  onProgress(progress: Progress): void;
  onSuccess(result: UploadResult): void;
  /** Progress, success or another error may follow, if the application calls `resume()` on a failed task. */
  onError(error: UploadError): void;
  /** For widgets that show why an upload waits. */
  onWait?(reason: WaitReason): void;
  /** For widgets that need to know of aborts they haven't requested: `task.abort()`, `uploader.dispose()`. */
  onAbort?(): void;
}

/**
 * Reports a task's progress and its end to a widget; of a task that has failed already, its error.
 * @returns the unsubscriber
 */
export function follow(task: UploadTask, { onProgress, onSuccess, onError, onWait, onAbort }: TaskListener): () => void {
  let last = task.getSnapshot();
  const unsubscribe = task.subscribe(() => {
    const state = task.getSnapshot();
    const before = last;
    last = state;
    // A retried upload may not move for a while: until then its row must not show the old error.
    const isRetried = before.status === 'failed' && state.status === 'queued';
    if (state.progress !== before.progress || isRetried) onProgress(state.progress);
    if (state.status === before.status) return;
    if (state.status === 'waiting') onWait?.(state.reason);
    if (state.status === 'failed') onError(state.error);
    if (state.status === 'done' || state.status === 'aborted') unsubscribe();
    if (state.status === 'done') onSuccess(state.result);
    if (state.status === 'aborted') onAbort?.();
  });
  let isFollowed = true;
  // After the call, as every other report.
  if (last.status === 'failed') queueMicrotask(() => isFollowed && last.status === 'failed' && onError(last.error));
  return () => {
    isFollowed = false;
    unsubscribe();
  };
}
