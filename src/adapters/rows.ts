/** The rows of a widget that keeps one for each file: starts their uploads, and finds the task of a row. */
import { isUploadError, type Progress, type UploadOptions, type UploadResult, type UploadTask, type Uploader } from '../index.js';
import { follow } from './follow.js';
import { perUploader } from './per-uploader.js';
import { resumeOrStart, startUpload } from './start-upload.js';

/** Options of a widget's uploads: the same for all files, or made for each. `signal` is the application's, not the widget's. */
export type WidgetUploadOptions = UploadOptions | ((file: File) => UploadOptions);

/** A widget's item for a file; `originFileObj` is Ant Design's name for the file, `raw` Element Plus's. */
export interface FileRow {
  /** The widget's name for the row. */
  uid?: string | number | undefined;
  /** Ant Design's file. */
  originFileObj?: Blob | undefined;
  /** Element Plus's file. */
  raw?: Blob | undefined;
}

/** Callbacks of a row. */
export interface RowListener {
  onProgress(progress: Progress): void;
  onSuccess(result: UploadResult): void;
  /** An {@link UploadError}, the error that `uploader.upload` threw, or the reason of an abort that didn't come from the widget. */
  onError(error: Error): void;
}

/** Controls of a started row. After either call the row is no longer notified. */
export interface StartedRow {
  /** Aborts the upload, on the server too. */
  abort(): void;
  /** Pauses the upload, to be resumed. */
  pause(): void;
}

export interface Rows {
  /** Never throws: a file that can't be uploaded becomes an error of the row, after the call. */
  start(file: File, listener: RowListener): StartedRow;
  taskOf(file: Blob | FileRow): UploadTask | undefined;
}

/** The tasks of an uploader's rows, shared by every adapter that a component creates for it. */
interface RowTasks {
  byFile: WeakMap<object, UploadTask>;
  /** A hook such as `beforeUpload` may replace the row's file with another one: they share only the `uid`. */
  byUid: Map<string | number, WeakRef<UploadTask>>;
  /** Ends the reports to a task's row. */
  stops: WeakMap<UploadTask, () => void>;
  collected: FinalizationRegistry<string | number>;
}

/**
 * @param caller the function that the application called, for the message
 * @throws {TypeError} if `uploader` is not an uploader
 */
export function createRows(caller: string, uploader: Uploader, options: WidgetUploadOptions): Rows {
  if (typeof uploader?.upload !== 'function') throw new TypeError(`${caller}() needs an uploader: make one with createUploader()`);
  const tasks = rowTasksOf(uploader);

  return {
    start(file, listener) {
      let task: UploadTask;
      try {
        const begin = (): UploadTask => {
          const own = typeof options === 'function' ? options(file) : options;
          return startUpload(uploader, file, own.path || file.webkitRelativePath || file.name || '', own);
        };
        const known = tasks.byFile.get(file);
        // The widget, or the page, tries again.
        task = known?.getSnapshot().status === 'failed' ? resumeOrStart(known, file, begin) : begin();
      } catch (error) {
        queueMicrotask(() => listener.onError(error as Error));
        return { abort() {}, pause() {} };
      }
      remember(tasks, file, task);
      tasks.stops.get(task)?.();
      const stop = follow(task, {
        ...listener,
        // If the task had failed before the abort, its result is still that error, which the row has received already.
        onAbort: () => void task.result.catch((reason) => isUploadError(reason) || listener.onError(reason)),
      });
      tasks.stops.set(task, stop);
      // The row was rendered before its task existed, and the task may wait long for its turn: rendered again, the row can offer a pause.
      queueMicrotask(() => listener.onProgress(task.getSnapshot().progress));
      return {
        abort() {
          stop();
          void task.abort();
        },
        pause() {
          stop();
          void task.pause();
        },
      };
    },
    taskOf(row) {
      // A file of another realm is no `Blob` here: whatever isn't a row is looked up as a file.
      const { uid, originFileObj, raw } = row as FileRow;
      return tasks.byFile.get(originFileObj ?? raw ?? row) ?? (uid === undefined ? undefined : tasks.byUid.get(uid)?.deref());
    },
  };
}

/** 0..100, as widgets expect; 100 only when the object is complete. An empty file is at 0 until then. */
export function percentOf({ loaded, total }: Progress): number {
  return total > 0 ? (100 * loaded) / total : 0;
}

const rowTasksOf = perUploader((): RowTasks => {
  const byUid: RowTasks['byUid'] = new Map();
  const collected = new FinalizationRegistry<string | number>((uid) => {
    if (!byUid.get(uid)?.deref()) byUid.delete(uid);
  });
  return { byFile: new WeakMap(), byUid, stops: new WeakMap(), collected };
});

function remember({ byFile, byUid, collected }: RowTasks, file: File & FileRow, task: UploadTask): void {
  byFile.set(file, task);
  if (file.uid === undefined) return;
  byUid.set(file.uid, new WeakRef(task));
  collected.register(task, file.uid);
}
