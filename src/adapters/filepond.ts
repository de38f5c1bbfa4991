import type { UploadOptions, UploadTask, Uploader } from '../index.js';
import { follow, goOn } from './follow.js';
import { perUploader } from './per-uploader.js';
import { startUpload } from './start-upload.js';

/** By FilePond's files: a component may make its server anew at each rendering. */
const tasksOf = perUploader(() => new WeakMap<Blob, UploadTask>());

/** Options of {@link createFilePondServer}: what each upload is made with, and what FilePond does with objects that are stored. */
export interface FilePondServerOptions extends Omit<UploadOptions, 'path' | 'fileHandle'> {
  /** What differs from file to file; `metadata` is what `setMetadata()` has set. Comes before the options for all. */
  optionsFor?: ((file: Blob, metadata: Record<string, unknown>) => UploadOptions) | undefined;
  /**
   * Deletes an object that the user takes back: by your server, since the credentials of an upload need not be allowed to
   * delete. Without it FilePond only takes the file off its list, and the object stays.
   */
  onRevert?: ((key: string) => unknown) | undefined;
  /** Reads an object that FilePond shall show again (its file types `limbo` and `local`), by a signed URL of your server, say. */
  open?: ((key: string, context: { signal: AbortSignal }) => Promise<Blob>) | undefined;
}

type Fail = (message: string) => void;
type Read = (key: string, load: (file: File) => void, error: Fail, progress: unknown, abort: () => void) => { abort(): void };

/** For FilePond's option `server`. */
export interface FilePondServer {
  /** Uploads a file, or resumes one that failed. */
  process(
    fieldName: string,
    file: Blob,
    metadata: Record<string, unknown>,
    load: (key: string) => void,
    error: Fail,
    progress: (isComputable: boolean, loaded: number, total: number) => void,
    abort: () => void,
  ): { abort(): void } | undefined;
  /** Asks `onRevert`, where there is one. */
  revert: ((key: string, load: () => void, error: Fail) => void) | null;
  /** Asks `open`, where there is one. */
  restore: Read | null;
  /** Asks `open`, where there is one. */
  load: Read | null;
  /** Else FilePond would ask the page's own address. */
  fetch: null;
  /**
   * The latest task of a file, for pause and resume. FilePond doesn't say when a file is removed whose upload failed:
   * `onremovefile: (_, item) => server.taskOf(item.file)?.abort()` lets the server forget it too.
   * @param file FilePond's `item.file`
   */
  taskOf(file: Blob): UploadTask | undefined;
}

/**
 * Milliseconds by which the end is told later than the last progress. FilePond passes everything on by timers, and browsers
 * delay those that timers have set by 4 ms: what ends an upload would overtake, and FilePond show "Uploading 50%" forever.
 */
const LATENESS = 10;

/**
 * Makes FilePond upload to OSS: progress, cancel, retry from where a failed upload stopped. The server ID that FilePond
 * knows a file by is the object's key.
 *
 * Cancelling aborts the upload on the server too; a reload or a closed tab leaves it resumable, by adding the file again.
 *
 * @example
 * FilePond.create(input, {
 *   server: createFilePondServer(uploader, { key: (file, path) => `uploads/${path}` }),
 *   allowRevert: false,
 * });
 */
export function createFilePondServer(uploader: Uploader, options: FilePondServerOptions = {}): FilePondServer {
  const { optionsFor, onRevert, open, ...shared } = options;
  const tasks = tasksOf(uploader);

  function start(file: Blob, metadata: Record<string, unknown>): UploadTask {
    const path = pathOf(file);
    const own = { ...shared, path, ...optionsFor?.(file, metadata) };
    return startUpload(uploader, file, own.path || path, own);
  }

  const read: Read | null =
    open === undefined
      ? null
      : (id, load, error, _progress, abort) => {
          const controller = new AbortController();
          // FilePond makes a file of it, named after the key.
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
        task = goOn(tasks.get(file), file, () => start(file, metadata));
      } catch (cause) {
        error((cause as Error).message);
        return;
      }
      tasks.set(file, task);
      const stop = follow(task, {
        onProgress: ({ loaded, total }) => progress(total > 0, loaded, total),
        onSuccess: (result) => setTimeout(load, LATENESS, result.key),
        onError({ message }) {
          // FilePond's own ticks then tell no progress either.
          progress(false, 0, 0);
          setTimeout(() => {
            if (task.getSnapshot().status !== 'failed') return;
            // FilePond's retry calls again, with other functions.
            stop();
            error(message);
          }, LATENESS);
        },
        onAbort: abort,
      });
      return { abort: () => void task.abort() };
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

/** FilePond notes a dropped folder's path on the file, with a slash before it. */
function pathOf(file: Blob): string {
  const { name = '', webkitRelativePath, _relativePath } = file as Partial<File> & { _relativePath?: string };
  return (_relativePath || webkitRelativePath || name).replace(/^\/+/, '');
}
