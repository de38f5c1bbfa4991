/** What widgets that keep a row for each file have in common. */
import { isUploadError, type Progress, type UploadResult, type UploadTask, type Uploader } from '../index.js';
import { follow, uploadOptionsFor, type WidgetUploadOptions } from './follow.js';
import { perUploader } from './per-uploader.js';
import { startUpload } from './start-upload.js';

/** A widget's item for a file; `originFileObj` is Ant Design's name for the file, `raw` Element Plus's. */
export interface FileRow {
  /** The widget's name for the row. */
  uid?: string | number | undefined;
  /** Ant Design's file. */
  originFileObj?: Blob | undefined;
  /** Element Plus's file. */
  raw?: Blob | undefined;
}

/** What a row wants to hear. */
export interface RowListener {
  onProgress(progress: Progress): void;
  onSuccess(result: UploadResult): void;
  /** An {@link UploadError}, what `uploader.upload` threw, or why somebody other than the widget has aborted the task. */
  onError(error: Error): void;
}

/** Either way the row hears no more. */
export interface StartedRow {
  /** Gives the upload up, on the server too. */
  abort(): void;
  /** Keeps it, to be resumed. */
  leave(): void;
}

export interface Rows {
  /** Never throws: what can't be uploaded is told to the row, after the call. */
  start(file: File, listener: RowListener): StartedRow;
  taskOf(file: Blob | FileRow): UploadTask | undefined;
}

/** The tasks of an uploader's rows, however often a component makes its adapter anew. */
interface Book {
  byFile: WeakMap<object, UploadTask>;
  /** A hook such as `beforeUpload` may put another file in the place of the row's: the `uid` is what they have in common. */
  byUid: Map<string | number, WeakRef<UploadTask>>;
  gone: FinalizationRegistry<string | number>;
}

const bookOf = perUploader((): Book => {
  const byUid: Book['byUid'] = new Map();
  const gone = new FinalizationRegistry<string | number>((uid) => {
    if (!byUid.get(uid)?.deref()) byUid.delete(uid);
  });
  return { byFile: new WeakMap(), byUid, gone };
});

/**
 * @param caller names the function that the page has called, for the message
 * @throws {TypeError} for something that is no uploader
 */
export function createRows(caller: string, uploader: Uploader, options: WidgetUploadOptions): Rows {
  if (typeof uploader?.upload !== 'function') throw new TypeError(`${caller}() needs an uploader: make one with createUploader()`);
  const { byFile, byUid, gone } = bookOf(uploader);

  function remember(file: File & FileRow, task: UploadTask): void {
    byFile.set(file, task);
    if (file.uid === undefined) return;
    byUid.set(file.uid, new WeakRef(task));
    gone.register(task, file.uid);
  }

  return {
    start(file, listener) {
      let task: UploadTask;
      try {
        const own = uploadOptionsFor(file, options);
        task = startUpload(uploader, file, own.path || file.webkitRelativePath || file.name || '', own);
      } catch (error) {
        queueMicrotask(() => listener.onError(error as Error));
        return { abort() {}, leave() {} };
      }
      remember(file, task);
      const stop = follow(task, {
        ...listener,
        // Of a task that had failed before, the result is still the error that the row was told.
        onAbort: () => void task.result.catch((reason) => isUploadError(reason) || listener.onError(reason)),
      });
      // The row was drawn before there was a task, which may wait long for its turn: drawn again, it can offer a pause.
      queueMicrotask(() => listener.onProgress(task.getSnapshot().progress));
      return {
        abort() {
          stop();
          void task.abort();
        },
        leave() {
          stop();
          void task.pause();
        },
      };
    },
    taskOf(row) {
      // A file of another realm is no `Blob` here: what is no row is looked for as a file.
      const { uid, originFileObj, raw } = row as FileRow;
      return byFile.get(originFileObj ?? raw ?? row) ?? (uid === undefined ? undefined : byUid.get(uid)?.deref());
    },
  };
}
