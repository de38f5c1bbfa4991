/** Ant Design: `createCustomRequest()` makes the `customRequest` of its `Upload`. */
import type { UploadResult, UploadTask, Uploader } from '../index.js';
import { createRows, type FileRow, percentOf, type WidgetUploadOptions } from './rows.js';

export type { FileRow, WidgetUploadOptions } from './rows.js';

/** What Ant Design passes to `customRequest`; only the fields used here. */
export interface CustomRequestOptions {
  /** Always a `File`: Ant Design turns whatever `beforeUpload` returns into one. */
  file: Blob | string;
  /** `percent` is 0..100. */
  onProgress?: ((event: { percent: number }) => void) | undefined;
  /** The result becomes the row's `response`. */
  onSuccess?: ((result: UploadResult) => void) | undefined;
  /** The error becomes the row's `error`. */
  onError?: ((error: Error) => void) | undefined;
}

/** How `customRequest` behaves. */
export interface CustomRequestRules {
  /**
   * What happens when Ant Design aborts an upload. It does so when a row is removed, when the component unmounts, and when a `Suspense`
   * or `Activity` around it hides it, without saying which. `'abort'` aborts the upload on the server. `'pause'` keeps the uploaded
   * parts: selecting the same file resumes the upload, and after a reload `unfinished()` lists it. `'continue'` ignores it: the upload
   * continues, and so does its row if the component was only hidden. With `'pause'` and `'continue'`, abort removed rows in `onRemove`.
   * @default 'abort'
   */
  abortBehavior?: 'abort' | 'pause' | 'continue';
}

/** The value of the property `customRequest` of `Upload` and `Upload.Dragger`. */
export interface CustomRequest {
  (options: CustomRequestOptions): { abort(): void };
  /**
   * The task of a file, or of its item in `fileList`: to pause it, to resume it, to read its state. `undefined` for a file that was
   * never uploaded. It keeps neither the file nor the task alive.
   */
  taskOf(file: Blob | FileRow): UploadTask | undefined;
}

/**
 * Makes Ant Design's `Upload` (antd 5 and 6, ant-design-vue 4) upload to OSS.
 *
 * - A row shows the progress, the success and the error of its upload. `file.response` is the {@link UploadResult}: `key`, `etag`, `url`, …
 * - Removing a row that is uploading aborts its upload on the server. So does unmounting or hiding the component, which Ant Design doesn't
 *   distinguish from removing a row: see {@link CustomRequestRules.abortBehavior}.
 * - After an error, Ant Design forgets the upload. It stays resumable, and `onRemove` is the place to abort it, as below. After
 *   `taskOf(file)?.resume()` the row continues normally.
 * - With `directory` and without `key`, files keep their paths in the folder. If two files have the same path, the second becomes
 *   `name (2).jpg`.
 * - A component may create it at each render: uploads of the same uploader are known to all of them.
 * - `action`, `method`, `headers`, `data`, `name` and `withCredentials` describe a form that isn't sent, and are ignored. Object
 *   headers and metadata belong in `options`.
 * - A file that `beforeUpload` returns instead of the selected one is uploaded as it is. To be resumed after a reload it needs the
 *   `lastModified` of the selected file, and to keep its path in a folder its `webkitRelativePath`.
 *
 * @param options the same for all files, or a function that returns them for each file
 * @throws {TypeError} if `uploader` is not an uploader, or `abortBehavior` is invalid. Whatever is wrong with a single file or its
 *   options is the error of its row.
 * @example
 * const customRequest = createCustomRequest(uploader, {}, { abortBehavior: 'continue' });
 *
 * <Upload.Dragger multiple customRequest={customRequest} onRemove={(file) => void customRequest.taskOf(file)?.abort()}>
 *   Drop files here, or click to choose
 * </Upload.Dragger>
 */
export function createCustomRequest(
  uploader: Uploader,
  options: WidgetUploadOptions = {},
  { abortBehavior = 'abort' }: CustomRequestRules = {},
): CustomRequest {
  const rows = createRows('createCustomRequest', uploader, options);
  if (abortBehavior !== 'abort' && abortBehavior !== 'pause' && abortBehavior !== 'continue') {
    throw new TypeError(
      `createCustomRequest(): abortBehavior must be 'abort', 'pause' or 'continue', not ${JSON.stringify(abortBehavior)}`,
    );
  }
  const customRequest = ({ file, onProgress, onSuccess, onError }: CustomRequestOptions): { abort(): void } => {
    const { abort, pause } = rows.start(file as File, {
      onProgress: (progress) => callInTurn(() => onProgress?.({ percent: percentOf(progress) })),
      onSuccess: (result) => callInTurn(() => onSuccess?.(result)),
      onError: (error) => callInTurn(() => onError?.(error)),
    });
    return { abort: { abort, pause, continue: () => {} }[abortBehavior] };
  };
  return Object.assign(customRequest, { taskOf: rows.taskOf });
}

/** One queue for all requests: rows whose component creates its request again stay in order, too. */
const callInTurn = createTurns();

/**
 * Calls each function in an event-loop task of its own, in order. ant-design-vue 4.2 derives its new list from the list it rendered
 * last: if two rows changed in one task, the first would keep its old state. No timer, because those of a hidden tab are slow.
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
