import type { Progress, UploadError, UploadOptions, UploadResult, UploadTask, WaitReason } from '../index.js';

/** What a widget's uploads are made with: the same for all, or made for each file. `signal` stays the widget's own business. */
export type WidgetUploadOptions = UploadOptions | ((file: File) => UploadOptions);

/** What a widget wants to hear of one upload. */
export interface TaskListener {
  onProgress(progress: Progress): void;
  onSuccess(result: UploadResult): void;
  /** May be followed by progress and success, or another error, when the page calls `resume()` on a failed task. */
  onError(error: UploadError): void;
  /** For widgets that show a wait. */
  onWait?(reason: WaitReason): void;
  /** For widgets that have to hear of an abort that they have not asked for: `task.abort()`, `uploader.dispose()`. */
  onAbort?(): void;
}

/**
 * Tells a widget what becomes of a task.
 * @returns how to stop telling
 */
export function follow(task: UploadTask, { onProgress, onSuccess, onError, onWait, onAbort }: TaskListener): () => void {
  let last = task.getSnapshot();
  const unsubscribe = task.subscribe(() => {
    const state = task.getSnapshot();
    const before = last;
    last = state;
    // One that is tried again may stand still for a while: a row must not show its old error until then.
    const isRetried = before.status === 'failed' && state.status === 'queued';
    if (state.progress !== before.progress || isRetried) onProgress(state.progress);
    if (state.status === before.status) return;
    if (state.status === 'waiting') onWait?.(state.reason);
    if (state.status === 'failed') onError(state.error);
    if (state.status === 'done' || state.status === 'aborted') unsubscribe();
    if (state.status === 'done') onSuccess(state.result);
    if (state.status === 'aborted') onAbort?.();
  });
  return unsubscribe;
}

/**
 * The task that a retry resumes, in place, or else a new one.
 * @param known the task that was begun for this file before
 */
export function goOn(known: UploadTask | undefined, file: unknown, start: () => UploadTask): UploadTask {
  const state = known?.getSnapshot();
  const isOver = state?.status === 'done' || state?.status === 'aborted' || (state?.status === 'failed' && !state.resumable);
  if (!known || known.file !== file || isOver) return start();
  known.resume();
  return known;
}

/** 0..100, as widgets want it; 100 only when the object is complete. An empty file is at 0 until then. */
export function percentOf({ loaded, total }: Progress): number {
  return total > 0 ? (100 * loaded) / total : 0;
}

export function uploadOptionsFor(file: File, options: WidgetUploadOptions): UploadOptions {
  return typeof options === 'function' ? options(file) : options;
}
