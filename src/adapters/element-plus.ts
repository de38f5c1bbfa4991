import { isOssError, type UploadResult, type UploadTask, type Uploader } from '../index.js';
import { percentOf, type WidgetUploadOptions } from './follow.js';
import { createRows, type FileRow } from './rows.js';

export type { FileRow } from './rows.js';
export type { WidgetUploadOptions } from './follow.js';

/** What Element Plus hands to `http-request`, as far as it is used here. */
export interface HttpRequestOptions {
  /** What is uploaded. */
  file: File;
  /** The component's own, for errors. */
  action: string;
  /** The component's own, for errors. */
  method: string;
  /** `percent` is 0..100. */
  onProgress(event: ProgressEvent & { percent: number }): void;
  /** The result becomes the row's `response`. */
  onSuccess(result: UploadResult): void;
  /** Element Plus removes the row. */
  onError(error: HttpRequestError): void;
}

/** In the shape of Element Plus's `UploadAjaxError`. `cause` is the error itself: an `UploadError`, unless the options were wrong. */
export interface HttpRequestError extends Error {
  /** HTTP status of OSS's answer; 0 without one. */
  status: number;
  /** The component's own. */
  method: string;
  /** The component's `action`. */
  url: string;
}

/** For the property `http-request` of `el-upload`. */
export interface HttpRequest {
  (options: HttpRequestOptions): XMLHttpRequest;
  /**
   * The task of a file, or of the item of `file-list` that stands for it: to pause it, to resume it, to read its state.
   * `undefined` for files that were never handed over. Keeps neither alive.
   */
  taskOf(file: Blob | FileRow): UploadTask | undefined;
}

/**
 * Makes Element Plus's `el-upload` upload to OSS.
 *
 * - A row's progress, success and error are those of the upload. `file.response` is the {@link UploadResult}: `key`, `etag`, `url`, …
 * - A row that is removed while it uploads has its upload aborted on the server.
 * - Element Plus removes a row on error. The upload stays resumable: selecting the file again resumes it. So does
 *   `taskOf(file).resume()`, and the row follows if `on-error` has put it back into `file-list`, after `nextTick()`. Element Plus
 *   has let go of the upload by then: `on-remove` is the place to abort it, as below.
 * - With `directory`, files keep their paths in the folder, `key` being unset; of two files of one path the second becomes `name (2).jpg`.
 * - It may be made more than once: what was begun with the same uploader is known to all of them.
 * - `action`, `method`, `headers`, `data`, `name` and `with-credentials` speak of a form that isn't sent: they are ignored.
 *   Object headers and metadata go into `options`.
 * - A file that `before-upload` puts in the place of another is uploaded as it is. It needs the first one's `lastModified` to be
 *   resumed after a reload, and its `webkitRelativePath` to keep its path in a folder.
 *
 * @param options the same for all files, or made for each
 * @throws {TypeError} without an uploader. What is wrong with a single file or its options is the error of its row.
 * @example
 * const httpRequest = createHttpRequest(uploader);
 * const abort = (file) => void httpRequest.taskOf(file)?.abort();
 *
 * <el-upload drag multiple :http-request="httpRequest" :on-remove="abort">Drop files here, or click to choose</el-upload>
 */
export function createHttpRequest(uploader: Uploader, options: WidgetUploadOptions = {}): HttpRequest {
  const rows = createRows('createHttpRequest', uploader, options);
  const httpRequest = ({ file, action, method, onProgress, onSuccess, onError }: HttpRequestOptions): XMLHttpRequest => {
    const { abort } = rows.start(file, {
      onProgress: (progress) => {
        const { loaded, total } = progress;
        // Element Plus rounds, and 100 is for a complete object only.
        const percent = Math.floor(percentOf(progress));
        onProgress(Object.assign(new ProgressEvent('progress', { lengthComputable: true, loaded, total }), { percent }));
      },
      onSuccess,
      onError: (error) => onError(shape(error, method, action)),
    });
    // Never sent. Of all that may be returned it is what Element Plus aborts, and, unlike a promise, what it doesn't wait for
    // to tell success or error once more.
    return Object.assign(new XMLHttpRequest(), { abort });
  };
  return Object.assign(httpRequest, { taskOf: rows.taskOf });
}

function shape(cause: Error, method: string, url: string): HttpRequestError {
  const status = isOssError(cause) ? cause.status : 0;
  return Object.assign(new Error(cause.message, { cause }), { name: 'UploadAjaxError', status, method, url });
}
