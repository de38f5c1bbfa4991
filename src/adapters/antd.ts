import type { UploadResult, UploadTask, Uploader } from '../index.js';
import { percentOf, type WidgetUploadOptions } from './follow.js';
import { createRows, type FileRow } from './rows.js';

export type { FileRow } from './rows.js';
export type { WidgetUploadOptions } from './follow.js';

/** What Ant Design hands to `customRequest`, as far as it is used here. */
export interface CustomRequestOptions {
  /** Always a `File`: what `beforeUpload` returns is made one by Ant Design. */
  file: Blob | string;
  /** `percent` is 0..100. */
  onProgress?: ((event: { percent: number }) => void) | undefined;
  /** The result becomes the row's `response`. */
  onSuccess?: ((result: UploadResult) => void) | undefined;
  /** The error becomes the row's `error`. */
  onError?: ((error: Error) => void) | undefined;
}

/** What Ant Design's own aborts mean. */
export interface CustomRequestRules {
  /**
   * Of an upload that Ant Design aborts because its row was removed or its component unmounted, which it doesn't tell apart:
   * `'abort'` gives it up on the server. `'pause'` keeps it, so that a change of route in the middle loses nothing: the same
   * file resumes it, and `unfinished()` lists it. What is removed has to be aborted by `onRemove` then.
   * @default 'abort'
   */
  whenDropped?: 'abort' | 'pause';
}

/** For the property `customRequest` of `Upload` and `Upload.Dragger`. */
export interface CustomRequest {
  (options: CustomRequestOptions): { abort(): void };
  /**
   * The task of a file, or of the item of `fileList` that stands for it: to pause it, to resume it, to read its state.
   * `undefined` for files that were never handed over. Keeps neither alive.
   */
  taskOf(file: Blob | FileRow): UploadTask | undefined;
}

/**
 * Makes Ant Design's `Upload` (antd 5 and 6, ant-design-vue 4) upload to OSS.
 *
 * - A row's progress, success and error are those of the upload. `file.response` is the {@link UploadResult}: `key`, `etag`, `url`, …
 * - A row that is removed while it uploads has its upload aborted on the server. So has every one when the component is
 *   unmounted, which Ant Design doesn't tell from a removal: see {@link CustomRequestRules.whenDropped}.
 * - After an error Ant Design lets go of the upload: it stays resumable, and `onRemove` is the place to abort it, as below.
 *   `taskOf(file)?.resume()` makes the row continue to success.
 * - With `directory`, files keep their paths in the folder, `key` being unset; of two files of one path the second becomes `name (2).jpg`.
 * - It may be made anew at each rendering of a component: what was begun with the same uploader is known to all of them.
 * - `action`, `method`, `headers`, `data`, `name` and `withCredentials` speak of a form that isn't sent: they are ignored.
 *   Object headers and metadata go into `options`.
 * - A file that `beforeUpload` puts in the place of another is uploaded as it is. It needs the first one's `lastModified` to be
 *   resumed after a reload, and its `webkitRelativePath` to keep its path in a folder.
 *
 * @param options the same for all files, or made for each
 * @throws {TypeError} without an uploader, or with a rule that is none. What is wrong with a single file or its options is the
 *   error of its row.
 * @example
 * const customRequest = createCustomRequest(uploader, {}, { whenDropped: 'pause' });
 *
 * <Upload.Dragger multiple customRequest={customRequest} onRemove={(file) => void customRequest.taskOf(file)?.abort()}>
 *   Drop files here, or click to choose
 * </Upload.Dragger>
 */
export function createCustomRequest(
  uploader: Uploader,
  options: WidgetUploadOptions = {},
  { whenDropped = 'abort' }: CustomRequestRules = {},
): CustomRequest {
  const rows = createRows('createCustomRequest', uploader, options);
  if (whenDropped !== 'abort' && whenDropped !== 'pause') {
    throw new TypeError(`createCustomRequest(): whenDropped must be 'abort' or 'pause', not ${JSON.stringify(whenDropped)}`);
  }
  const customRequest = ({ file, onProgress, onSuccess, onError }: CustomRequestOptions): { abort(): void } => {
    const { abort, leave } = rows.start(file as File, {
      onProgress: (progress) => inTurn(() => onProgress?.({ percent: percentOf(progress) })),
      onSuccess: (result) => inTurn(() => onSuccess?.(result)),
      onError: (error) => inTurn(() => onError?.(error)),
    });
    return { abort: whenDropped === 'pause' ? leave : abort };
  };
  return Object.assign(customRequest, { taskOf: rows.taskOf });
}

/** One for all: also what a component has made anew keeps its turn. */
const inTurn = createTurns();

/**
 * Calls each function in a task of its own, in order. ant-design-vue (4.2) makes a list from the one that was last drawn: of
 * two rows that are told something in one task, the first would keep its old state. No timer: a hidden tab's are slow.
 */
function createTurns(): (call: () => void) => void {
  const calls: (() => void)[] = [];
  let channel: MessageChannel | undefined;
  return (call) => {
    if (!channel) {
      channel = new MessageChannel();
      channel.port1.onmessage = () => calls.shift()?.();
    }
    calls.push(call);
    channel.port2.postMessage(undefined);
  };
}
