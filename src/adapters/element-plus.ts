/** Element Plus: `createHttpRequest()` makes the `http-request` of its `el-upload`. */
import { isOssError, type UploadResult, type UploadTask, type Uploader } from '../index.js';
import { createRows, type FileRow, percentOf, type WidgetUploadOptions } from './rows.js';

export type { FileRow, WidgetUploadOptions } from './rows.js';

/** What Element Plus passes to `http-request`; only the fields used here. */
export interface HttpRequestOptions {
  /** The file to upload. */
  file: File;
  /** The component's own; part of its errors. */
  action: string;
  /** The component's own; part of its errors. */
  method: string;
  /** `percent` is 0..100. */
  onProgress(event: ProgressEvent & { percent: number }): void;
  /** The result becomes the row's `response`. */
  onSuccess(result: UploadResult): void;
  /** Element Plus removes the row: see {@link HttpRequest.keepFailed}. */
  onError(error: HttpRequestError): void;
}

/** An error in the shape of Element Plus's `UploadAjaxError`. `cause` is the original: an `UploadError`, unless the options were invalid. */
export interface HttpRequestError extends Error {
  /** HTTP status of OSS's response; 0 without a response. */
  status: number;
  /** The component's `method`. */
  method: string;
  /** The component's `action`. */
  url: string;
}

/** A row of `file-list`; only the fields used here. */
export interface UploadRow extends FileRow {
  /** `fail` after an error. */
  status?: string | undefined;
}

/** The value of the property `http-request` of `el-upload`. */
export interface HttpRequest {
  (options: HttpRequestOptions): XMLHttpRequest;
  /**
   * The task of a file, or of its item in `file-list`: to pause it, to resume it, to read its state. `undefined` for a file that was
   * never uploaded. It keeps neither the file nor the task alive.
   */
  taskOf(file: Blob | FileRow): UploadTask | undefined;
  /**
   * The value of the property `on-error`: puts the row that Element Plus has removed back in its place, with or without `file-list`.
   * It stays until the user removes it, or `taskOf(file)?.resume()` continues the upload. The row of an upload that the page itself has
   * aborted is not put back.
   */
  keepFailed(error: Error, file: UploadRow, files: UploadRow[]): void;
  /** Why the upload of a row that was kept has failed; `undefined` after it was resumed. */
  errorOf(file: UploadRow): Error | undefined;
}

/**
 * Makes Element Plus's `el-upload` upload to OSS.
 *
 * - A row shows the progress, the success and the error of its upload. `file.response` is the {@link UploadResult}: `key`, `etag`, `url`, …
 * - Removing a row that is uploading aborts its upload on the server.
 * - Element Plus removes a row on error: {@link HttpRequest.keepFailed} keeps it. The upload stays resumable: by
 *   `taskOf(file).resume()`, which the row then follows, or by selecting the file again. Element Plus has forgotten the upload by then:
 *   `on-remove` is the place to abort it, as below.
 * - With `directory` and without `key`, files keep their paths in the folder. If two files have the same path, the second becomes
 *   `name (2).jpg`.
 * - It may be created more than once: uploads of the same uploader are known to all of them.
 * - `action`, `method`, `headers`, `data`, `name` and `with-credentials` describe a form that isn't sent, and are ignored. Object
 *   headers and metadata belong in `options`.
 * - A file that `before-upload` returns instead of the selected one is uploaded as it is. To be resumed after a reload it needs the
 *   `lastModified` of the selected file, and to keep its path in a folder its `webkitRelativePath`.
 *
 * @param options the same for all files, or a function that returns them for each file
 * @throws {TypeError} if `uploader` is not an uploader. Whatever is wrong with a single file or its options is the error of its row.
 * @example
 * const httpRequest = createHttpRequest(uploader);
 * const abort = (file) => void httpRequest.taskOf(file)?.abort();
 *
 * <el-upload drag multiple :http-request="httpRequest" :on-error="httpRequest.keepFailed" :on-remove="abort">
 *   Drop files here, or click to choose
 * </el-upload>
 */
export function createHttpRequest(uploader: Uploader, options: WidgetUploadOptions = {}): HttpRequest {
  const rows = createRows('createHttpRequest', uploader, options);
  const httpRequest = ({ file, action, method, onProgress, onSuccess, onError }: HttpRequestOptions): XMLHttpRequest => {
    const { abort } = rows.start(file, {
      onProgress: (progress) => {
        const { loaded, total } = progress;
        // Element Plus rounds, and 100 is reserved for a complete object.
        const percent = Math.floor(percentOf(progress));
        onProgress(Object.assign(new ProgressEvent('progress', { lengthComputable: true, loaded, total }), { percent }));
      },
      onSuccess,
      onError: (error) => onError(toAjaxError(error, method, action)),
    });
    // Never sent. Element Plus aborts what is returned if it is an XMLHttpRequest. If it is a promise, Element Plus waits for it
    // and reports success or error a second time.
    return Object.assign(new XMLHttpRequest(), { abort });
  };
  const { taskOf } = rows;
  const errors = new WeakMap<object, Error>();
  return Object.assign(httpRequest, {
    taskOf,
    keepFailed(error: Error, file: UploadRow, files: UploadRow[]): void {
      if (taskOf(file)?.getSnapshot().status === 'aborted') return;
      errors.set(file.raw ?? file, error);
      // Element Plus numbers its rows in the order in which they were added.
      const next = files.findIndex(({ uid = 0 }) => uid > (file.uid ?? 0));
      files.splice(next < 0 ? files.length : next, 0, file);
    },
    errorOf: (file: UploadRow) => (file.status === 'fail' ? errors.get(file.raw ?? file) : undefined),
  });
}

function toAjaxError(cause: Error, method: string, url: string): HttpRequestError {
  const status = isOssError(cause) ? cause.status : 0;
  return Object.assign(new Error(cause.message, { cause }), { name: 'UploadAjaxError', status, method, url });
}
