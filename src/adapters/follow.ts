import type { Progress, UploadResult } from '../core/state.js';
import type { UploadError } from '../errors.js';
import type { UploadOptions } from '../options.js';
import type { UploadTask } from '../upload/task.js';

/** What a widget's uploads are made with: the same for all, or made for each file. `signal` stays the widget's own business. */
export type WidgetUploadOptions = UploadOptions | ((file: File) => UploadOptions);

/** What a widget wants to hear of one upload. */
export interface TaskListener {
  onProgress(progress: Progress): void;
  onSuccess(result: UploadResult): void;
  /** May be followed by progress and success, or another error, when the page calls `resume()` on a failed task. */
  onError(error: UploadError): void;
}

/**
 * Tells a widget what becomes of a task. An abort is nothing to tell: it is the widget that asked for it.
 * @returns how to stop telling
 */
export function follow(task: UploadTask, { onProgress, onSuccess, onError }: TaskListener): () => void {
  let last = task.getSnapshot();
  const unsubscribe = task.subscribe(() => {
    const state = task.getSnapshot();
    const before = last;
    last = state;
    if (state.progress !== before.progress) onProgress(state.progress);
    if (state.status === before.status) return;
    if (state.status === 'failed') onError(state.error);
    if (state.status === 'done') onSuccess(state.result);
    if (state.status === 'done' || state.status === 'aborted') unsubscribe();
  });
  return unsubscribe;
}

/** 0..100, as widgets want it; 100 only when the object is complete. An empty file is at 0 until then. */
export function percentOf({ loaded, total }: Progress): number {
  return total > 0 ? (100 * loaded) / total : 0;
}

export function uploadOptionsFor(file: File, options: WidgetUploadOptions): UploadOptions {
  return typeof options === 'function' ? options(file) : options;
}
