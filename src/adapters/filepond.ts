/** FilePond: `createFilePondServer()` makes its option `server`. */
import type { UploadOptions, UploadTask, Uploader } from '../index.js';
import { follow } from './follow.js';
import { perUploader } from './per-uploader.js';
import { resumeOrStart, startUpload } from './start-upload.js';

/** Options of {@link createFilePondServer}: those of each upload, and what FilePond may do with stored objects. */
export interface FilePondServerOptions extends Omit<UploadOptions, 'path' | 'fileHandle'> {
  /** Per-file options; override the common options. `metadata` is what `setMetadata()` has set. */
  optionsFor?: ((file: Blob, metadata: Record<string, unknown>) => UploadOptions) | undefined;
  /**
   * What happens when FilePond aborts an upload. It does so when a file is cancelled or removed, and when the widget is destroyed, as its
   * React and Vue components do when they unmount, without saying which. `'abort'` aborts the upload on the server. `'continue'`
   * ignores it: abort in `onremovefile`, and with `instantUpload: false` in `onprocessfileabort`, as `taskOf` shows.
   * @default 'abort'
   */
  abortBehavior?: 'abort' | 'continue' | undefined;
  /**
   * Deletes an object when the user reverts its upload. Let your server do it: credentials for uploads shouldn't be allowed to delete.
   * Without it, FilePond only removes the file from its list, and the object stays.
   */
  onRevert?: ((key: string) => unknown) | undefined;
  /** Fetches an object that FilePond is to show again (its file types `limbo` and `local`), for example by a signed URL of your server. */
  open?: ((key: string, context: { signal: AbortSignal }) => Promise<Blob>) | undefined;
}

type Fail = (message: string) => void;
type Read = (key: string, load: (file: File) => void, error: Fail, progress: unknown, abort: () => void) => { abort(): void };

/** The value of FilePond's option `server`. */
export interface FilePondServer {
  /** Uploads a file, or resumes a failed upload. */
  process(
    fieldName: string,
    file: Blob,
    metadata: Record<string, unknown>,
    load: (key: string) => void,
    error: Fail,
    progress: (isComputable: boolean, loaded: number, total: number) => void,
    abort: () => void,
  ): { abort(): void } | undefined;
  /** Calls `onRevert`; `null` without it. */
  revert: ((key: string, load: () => void, error: Fail) => void) | null;
  /** Calls `open`; `null` without it. */
  restore: Read | null;
  /** Calls `open`; `null` without it. */
  load: Read | null;
  /** Off: FilePond would otherwise request the address of the page. */
  fetch: null;
  /**
   * The latest task of a file, for pause and resume. FilePond doesn't report that a file was removed whose upload had failed:
   * `onremovefile: (_, item) => server.taskOf(item.file)?.abort()` aborts its upload on the server.
   * @param file FilePond's `item.file`
   */
  taskOf(file: Blob): UploadTask | undefined;
}

/**
 * Makes FilePond upload to OSS: progress, cancel, and retry from where a failed upload stopped. FilePond's server ID of a file is the
 * key of its object.
 *
 * Cancelling aborts the upload on the server too, and so does destroying the widget: see
 * {@link FilePondServerOptions.abortBehavior}. After a reload or a closed tab the upload is resumable: add the file again.
 *
 * @throws {TypeError} if `abortBehavior` is invalid
 * @example
 * FilePond.create(input, {
 *   server: createFilePondServer(uploader, { key: (file, path) => `uploads/${path}` }),
 *   allowRevert: false,
 * });
 */
export function createFilePondServer(uploader: Uploader, options: FilePondServerOptions = {}): FilePondServer {
  const { abortBehavior = 'abort', optionsFor, onRevert, open, ...common } = options;
  const tasks = tasksOf(uploader);
  if (abortBehavior !== 'abort' && abortBehavior !== 'continue') {
    throw new TypeError(`createFilePondServer(): abortBehavior must be 'abort' or 'continue', not ${JSON.stringify(abortBehavior)}`);
  }

  function start(file: Blob, metadata: Record<string, unknown>): UploadTask {
    const path = pathOf(file);
    const own = { ...common, path, ...optionsFor?.(file, metadata) };
    return startUpload(uploader, file, own.path || path, own);
  }

  const read: Read | null =
    open === undefined
      ? null
      : (id, load, error, _progress, abort) => {
          const controller = new AbortController();
          // FilePond makes a file of the Blob, named after the key.
          open(id, { signal: controller.signal }).then(
            (blob) => load(blob as File),
            (cause: Error) => error(cause.message),
          );
          return {
            abort() {
              controller.abort();
              abort();
            },
          };
        };

  return {
    process(_fieldName, file, metadata, load, error, progress, abort) {
      let task: UploadTask;
      try {
        task = resumeOrStart(tasks.get(file), file, () => start(file, metadata));
      } catch (cause) {
        error((cause as Error).message);
        return;
      }
      tasks.set(file, task);
      const stop = follow(task, {
        onProgress: ({ loaded, total }) => progress(total > 0, loaded, total),
        onSuccess: (result) => setTimeout(load, END_DELAY, result.key),
        onError({ message }) {
          // Stops FilePond's own progress animation.
          progress(false, 0, 0);
          setTimeout(() => {
            if (task.getSnapshot().status !== 'failed') return;
            // FilePond's retry calls process() again, with other callbacks.
            stop();
            error(message);
          }, END_DELAY);
        },
        onAbort: abort,
      });
      return {
        abort() {
          if (abortBehavior === 'abort') return void task.abort();
          stop();
          // FilePond waits for it before it removes the file.
          abort();
        },
      };
    },
    revert: onRevert
      ? (id, load, error) => {
          (async () => onRevert(id))().then(load, (cause: Error) => error(cause.message));
        }
      : null,
    restore: read,
    load: read,
    fetch: null,
    taskOf: (file) => tasks.get(file),
  };
}

/** The tasks by FilePond's files: a component may create its server at each render. */
const tasksOf = perUploader(() => new WeakMap<Blob, UploadTask>());

/**
 * How long to delay the final event so that it arrives after the last progress event, in milliseconds. FilePond forwards every event by
 * a timer, and browsers delay a timer that was set by a timer by 4 ms: the final event would overtake, and FilePond show
 * "Uploading 50%" forever.
 */
const END_DELAY = 10;

/** FilePond puts a dropped folder's path on the file, with a leading slash. */
function pathOf(file: Blob): string {
  const { name = '', webkitRelativePath, _relativePath } = file as Partial<File> & { _relativePath?: string };
  return (_relativePath || webkitRelativePath || name).replace(/^\/+/, '');
}
