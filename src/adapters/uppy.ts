/** Uppy: `OssUpload` is an uploader plugin. */
import type { UploadOptions, UploadTask, Uploader, WaitReason } from '../index.js';
import { follow } from './follow.js';
import { resumeOrStart, startUpload } from './start-upload.js';

/** A file of Uppy's; only the fields used here. */
export interface OssUploadFile {
  /** Uppy's file ID. */
  readonly id: string;
  /** The name as selected; an edited name is in `meta`. */
  readonly name: string;
  /** MIME type; Uppy knows more extensions than browsers do. */
  readonly type: string;
  /** Bytes; `null` while unknown, which a local file's never is. */
  readonly size: number | null;
  /** Uppy's own `name` and `relativePath`, and the fields of the application. */
  readonly meta: Readonly<Record<string, unknown>>;
  /** The file. Without content for a ghost: a file of an earlier page load that has to be selected again. */
  readonly data: Blob | { readonly size: number | null } | undefined;
  /** The file is in a cloud drive, and can't be uploaded from the browser. */
  readonly isRemote: boolean;
  /** The file has to be selected again. */
  readonly isGhost: boolean;
  /** Golden Retriever has restored it. */
  readonly isRestored?: boolean;
  /** Why its last upload failed. */
  readonly error?: string | null;
  /** Times in milliseconds since the epoch. */
  readonly progress: { readonly uploadStarted?: number | null; readonly uploadComplete?: boolean };
}

/** Uppy's core; only the methods used here, the same in Uppy 5 and 6. */
export interface UppyCore {
  /** Listens to an event. */
  on(event: string, listener: (...args: never[]) => void): unknown;
  /** Stops listening to an event. */
  off(event: string, listener: (...args: never[]) => void): unknown;
  /** Emits an event. */
  emit(event: string, ...args: unknown[]): void;
  /** Returns a file. `meta` is typed by the application: its fields need no index signature. */
  getFile(id: string): (Omit<OssUploadFile, 'meta'> & { readonly meta: object }) | undefined;
  /** Returns Uppy's state. */
  getState(): { capabilities: object };
  /** Changes Uppy's state. */
  setState(patch: object): void;
  /** Registers a function that is called for each upload. */
  addUploader(run: (ids: string[]) => Promise<unknown>): void;
  /** Undoes `addUploader`. */
  removeUploader(run: (ids: string[]) => Promise<unknown>): unknown;
}

/** Options of {@link OssUpload}: an uploader, and the options of each upload. */
export interface OssUploadOptions extends Omit<UploadOptions, 'key' | 'path' | 'fileHandle'> {
  /** Made by `createUploader()`; the application disposes it. */
  uploader: Uploader;
  /** The plugin's name within Uppy. @default 'OssUpload' */
  id?: string | undefined;
  /**
   * The object's key. A function receives Uppy's file and the file's path in its folder. Random keys need a `scope` to be resumed.
   * @default the path: the file's folders, if any, and its name, which the user may have edited; `name (2).jpg` for a second file with
   *   the same path
   */
  key?: string | ((file: OssUploadFile, path: string) => string | Promise<string>) | undefined;
  /** Per-file options, such as metadata from Uppy's fields; override the common options. */
  optionsFor?: ((file: OssUploadFile) => UploadOptions) | undefined;
  /** What Uppy's informer shows while an upload waits; an empty text shows nothing. @default English sentences */
  waiting?: Partial<Record<WaitReason, string>> | undefined;
}

const WAITING: Record<WaitReason, string> = {
  network: 'Waiting for the network',
  service: 'The storage service is busy, retrying',
  'other-tab': 'Another tab is uploading this file',
  'this-page': 'This page is already uploading this file',
  credentials: 'Waiting for credentials',
};

/**
 * Uploader plugin for Uppy 5 and 6: resumable uploads to OSS, with pause, resume, cancel and retry of one file or all.
 *
 * Removing a file, cancelling, and `uppy.destroy()` abort its upload on the server too, as users of Uppy expect. After a reload or a
 * closed tab the upload is resumable. Uppy's `response.body` is the result.
 *
 * @example
 * new Uppy()
 *   .use(Dashboard, { inline: true, target: '#uppy' })
 *   .use(GoldenRetriever)
 *   .use(OssUpload, { uploader, key: (file, path) => `uploads/${path}` });
 */
export class OssUpload {
  /** The plugin's name within Uppy. */
  readonly id: string;
  /** The kind of plugin. */
  readonly type: string = 'uploader';
  /** Changed by `setOptions`. */
  opts: OssUploadOptions;

  /** Members that Uppy's types require of a plugin, and its core never uses. */
  declare readonly uppy: never;
  declare readonly defaultLocale: never;
  declare readonly i18n: never;
  declare readonly i18nArray: never;
  declare readonly i18nInit: never;
  declare readonly getPluginState: never;
  declare readonly setPluginState: never;
  declare readonly addTarget: never;
  declare readonly afterUpdate: never;
  declare readonly VERSION: never;

  readonly #uppy: UppyCore;
  /** By Uppy's file ID: tasks in progress, paused or failed. */
  readonly #tasks: Map<string, UploadTask> = new Map();

  readonly #listeners: Record<string, (file: OssUploadFile, isPaused: boolean) => void> = {
    'upload-pause': ({ id }, isPaused) => {
      const task = this.#tasks.get(id);
      if (isPaused) void task?.pause();
      else task?.resume();
    },
    'pause-all': () => {
      for (const task of this.#tasks.values()) void task.pause();
    },
    'resume-all': () => {
      for (const task of this.#tasks.values()) task.resume();
    },
    // Cancelling all files emits this for each of them.
    'file-removed': ({ id }) => this.#abort(id),
  };

  constructor(uppy: UppyCore, opts: OssUploadOptions) {
    this.#uppy = uppy;
    this.opts = opts;
    this.id = opts.id ?? 'OssUpload';
  }

  /** Called by Uppy. */
  install(): void {
    this.#uppy.addUploader(this.#run);
    for (const [event, listener] of Object.entries(this.#listeners)) this.#uppy.on(event, listener);
    this.#setCapability(true);
  }

  /** Called by Uppy. Uploads in progress continue. */
  uninstall(): void {
    this.#uppy.removeUploader(this.#run);
    for (const [event, listener] of Object.entries(this.#listeners)) this.#uppy.off(event, listener);
    this.#setCapability(false);
  }

  /** Called by Uppy at each change of its state. */
  update(): void {}

  /** Changes options; uploads in progress keep theirs. */
  setOptions(options: Partial<OssUploadOptions>): void {
    this.opts = { ...this.opts, ...options };
  }

  /** The task of a file whose upload is in progress, paused or failed. @param id of Uppy's file */
  taskOf(id: string): UploadTask | undefined {
    return this.#tasks.get(id);
  }

  #fileOf(id: string): OssUploadFile | undefined {
    return this.#uppy.getFile(id) as OssUploadFile | undefined;
  }

  #setCapability(resumableUploads: boolean): void {
    this.#uppy.setState({ capabilities: { ...this.#uppy.getState().capabilities, resumableUploads, individualCancellation: true } });
  }

  readonly #run = async (ids: string[]): Promise<void> => {
    const files = ids.map((id) => this.#fileOf(id)).filter((file) => file !== undefined);
    const wanted = files.filter(({ error, progress }) => !error && !progress.uploadComplete);
    // A restored file keeps the progress it had.
    const fresh = wanted.filter(({ isRestored, progress }) => !isRestored || !progress.uploadStarted);
    this.#uppy.emit('upload-start', fresh);
    await Promise.all(wanted.map((file) => this.#upload(file)));
  };

  /** Resolves when the upload has ended, in whatever way: events report the outcome to Uppy. */
  async #upload(file: OssUploadFile): Promise<void> {
    const { id } = file;
    const known = this.#tasks.get(id);
    let task: UploadTask;
    try {
      if (file.isRemote) throw new TypeError("Files of remote providers can't be uploaded from the browser.");
      if (file.isGhost) throw new TypeError('Select the file again to resume.');
      task = resumeOrStart(known, file.data, () => this.#start(file));
    } catch (error) {
      this.#uppy.emit('upload-error', file, error);
      return;
    }
    if (task !== known) this.#watch(id, task);
    const state = task.getSnapshot();
    if (state.status === 'failed') {
      // It is stored, and only its callback has failed: what a retry can't change is said again.
      this.#uppy.emit('upload-error', file, state.error);
      return;
    }
    // The Dashboard shows a file's buttons once it has a percentage.
    this.#emitProgress(id, task);
    await task.result.catch(() => {});
  }

  #start(file: OssUploadFile): UploadTask {
    const { uploader, id: _, key, optionsFor, waiting: __, ...options } = this.opts;
    const path = pathOf(file);
    const own: UploadOptions = {
      contentType: file.type || undefined,
      ...options,
      path,
      key: typeof key === 'function' ? () => key(file, path) : key,
      ...optionsFor?.(file),
    };
    return startUpload(uploader, file.data as Blob, own.path || path, own);
  }

  #watch(id: string, task: UploadTask): void {
    this.#tasks.set(id, task);
    follow(task, {
      onProgress: () => this.#emitProgress(id, task),
      onSuccess: (result) => {
        this.#emit(id, task, 'upload-success', { status: 200, uploadURL: result.url, body: { ...result } });
        this.#tasks.delete(id);
      },
      onError: (error) => this.#emit(id, task, 'upload-error', error),
      onWait: (reason) => {
        const message = this.opts.waiting?.[reason] ?? WAITING[reason];
        const file = this.#fileOf(id);
        if (file && message) this.#uppy.emit('upload-stalled', { message }, [file]);
      },
      onAbort: () => {
        this.#emit(id, task, 'upload-error', new DOMException('The upload was aborted', 'AbortError'));
        this.#tasks.delete(id);
      },
    });
  }

  #emitProgress(id: string, task: UploadTask): void {
    const { loaded, total } = task.getSnapshot().progress;
    const { isRestored, progress } = this.#fileOf(id) ?? {};
    // A restored file shows the progress at which it stopped: correct again as soon as the checkpoint is found.
    if (isRestored && loaded === 0) return;
    this.#emit(id, task, 'upload-progress', { uploadStarted: progress?.uploadStarted, bytesUploaded: loaded, bytesTotal: total });
  }

  #emit(id: string, task: UploadTask, event: string, detail: unknown): void {
    if (this.#tasks.get(id) !== task) return;
    const file = this.#fileOf(id);
    if (file) this.#uppy.emit(event, file, detail);
    // `uppy.clear()` removes files without an event.
    else this.#abort(id);
  }

  #abort(id: string): void {
    const task = this.#tasks.get(id);
    this.#tasks.delete(id);
    void task?.abort();
  }
}

/** The folders as dropped or selected, and the name as edited. A dropped folder's path begins with a slash. */
function pathOf({ name, meta }: OssUploadFile): string {
  const { relativePath } = meta;
  const folders = typeof relativePath === 'string' ? relativePath.slice(0, relativePath.lastIndexOf('/') + 1) : '';
  return (folders + (meta.name || name)).replace(/^\/+/, '');
}
