import type { UploadOptions, UploadTask, Uploader, WaitReason } from '../index.js';
import { follow, goOn } from './follow.js';
import { startUpload } from './start-upload.js';

/** A file as Uppy has it: what is looked at here. */
export interface OssUploadFile {
  /** Uppy's. */
  readonly id: string;
  /** As selected; an edited one is in `meta`. */
  readonly name: string;
  /** MIME type, which Uppy knows for more extensions than browsers do. */
  readonly type: string;
  /** Bytes; `null` while unknown, which local files never are. */
  readonly size: number | null;
  /** Uppy's own `name` and `relativePath`, and the fields of the application. */
  readonly meta: Readonly<Record<string, unknown>>;
  /** Nothing in a ghost: a file of an earlier page load that has to be selected again. */
  readonly data: Blob | { readonly size: number | null } | undefined;
  /** Of a cloud drive: not to be uploaded from here. */
  readonly isRemote: boolean;
  /** To be selected again. */
  readonly isGhost: boolean;
  /** By Golden Retriever. */
  readonly isRestored?: boolean;
  /** Why its last upload failed. */
  readonly error?: string | null;
  /** Times in milliseconds since the epoch. */
  readonly progress: { readonly uploadStarted?: number | null; readonly uploadComplete?: boolean };
}

/** What is used of Uppy's core, the same in Uppy 5 and 6. */
export interface UppyCore {
  /** Listens to an event. */
  on(event: string, listener: (...args: never[]) => void): unknown;
  /** Listens no more. */
  off(event: string, listener: (...args: never[]) => void): unknown;
  /** Tells of an event. */
  emit(event: string, ...args: unknown[]): void;
  /** Typed by the application where it is asked for: its fields need no index signature. */
  getFile(id: string): (Omit<OssUploadFile, 'meta'> & { readonly meta: object }) | undefined;
  /** Uppy's state. */
  getState(): { capabilities: object };
  /** Changes Uppy's state. */
  setState(patch: object): void;
  /** Has a function called for each upload. */
  addUploader(run: (ids: string[]) => Promise<unknown>): void;
  /** Undoes `addUploader`. */
  removeUploader(run: (ids: string[]) => Promise<unknown>): unknown;
}

/** Options of {@link OssUpload}: an uploader, and what each upload is made with. */
export interface OssUploadOptions extends Omit<UploadOptions, 'key' | 'path' | 'fileHandle'> {
  /** Made by `createUploader()`; the page disposes of it. */
  uploader: Uploader;
  /** The plugin's name within Uppy. @default 'OssUpload' */
  id?: string | undefined;
  /**
   * The object's key. A function is given Uppy's file and the file's path in its folder. Random keys need a `scope` to be resumed.
   * @default the path: the file's folders, if any, and its name as the user may have edited it; of a further file of that path,
   *   `name (2).jpg`
   */
  key?: string | ((file: OssUploadFile, path: string) => string | Promise<string>) | undefined;
  /** What differs from file to file, such as metadata made of Uppy's fields. Comes before the options for all. */
  optionsFor?: ((file: OssUploadFile) => UploadOptions) | undefined;
  /** What Uppy's informer says while an upload waits. @default English sentences; an empty one says nothing */
  waiting?: Partial<Record<WaitReason, string>> | undefined;
}

const WAITING: Record<WaitReason, string> = {
  network: 'Waiting for the network',
  service: 'The storage service asks to wait',
  'other-tab': 'Another tab is uploading this file',
  credentials: 'Waiting for credentials',
};

/**
 * Uploader plugin for Uppy 5 and 6: resumable uploads to OSS, with pause, resume, cancel and retry of one file or all.
 *
 * Removing a file, cancelling, and `uppy.destroy()` abort its upload on the server too, as Uppy means it; a reload or a
 * closed tab leaves it resumable. The result is Uppy's `response.body`.
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
  /** What kind of plugin Uppy takes it for. */
  readonly type: string = 'uploader';
  /** Changed by `setOptions`. */
  opts: OssUploadOptions;

  /** What Uppy's types ask of a plugin and its core never does. */
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
  /** By Uppy's file ID: what is under way, paused, or failed. */
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
    // Also what cancelling all comes to.
    'file-removed': ({ id }) => this.#giveUp(id),
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

  /** Called by Uppy. What is under way continues. */
  uninstall(): void {
    this.#uppy.removeUploader(this.#run);
    for (const [event, listener] of Object.entries(this.#listeners)) this.#uppy.off(event, listener);
    this.#setCapability(false);
  }

  /** Called by Uppy at each change of its state. */
  update(): void {}

  /** Changes options; uploads that are under way keep theirs. */
  setOptions(options: Partial<OssUploadOptions>): void {
    this.opts = { ...this.opts, ...options };
  }

  /** The task of a file that is under way, paused or failed. @param id of Uppy's file */
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

  /** Resolves when the upload has ended, however: Uppy hears of it by events. */
  async #upload(file: OssUploadFile): Promise<void> {
    const { id } = file;
    const known = this.#tasks.get(id);
    let task: UploadTask;
    try {
      if (file.isRemote) throw new TypeError('Files of remote providers can not be uploaded from the browser.');
      if (file.isGhost) throw new TypeError('Select the file again to go on.');
      task = goOn(known, file.data, () => this.#start(file));
    } catch (error) {
      this.#uppy.emit('upload-error', file, error);
      return;
    }
    if (task !== known) this.#watch(id, task);
    // The Dashboard shows a file's buttons from the first percentage on.
    this.#tellProgress(id, task);
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
      onProgress: () => this.#tellProgress(id, task),
      onSuccess: (result) => {
        this.#tell(id, task, 'upload-success', { status: 200, uploadURL: result.url, body: { ...result } });
        this.#tasks.delete(id);
      },
      onError: (error) => this.#tell(id, task, 'upload-error', error),
      onWait: (reason) => {
        const message = this.opts.waiting?.[reason] ?? WAITING[reason];
        const file = this.#fileOf(id);
        if (file && message) this.#uppy.emit('upload-stalled', { message }, [file]);
      },
      onAbort: () => {
        this.#tell(id, task, 'upload-error', new DOMException('The upload was aborted', 'AbortError'));
        this.#tasks.delete(id);
      },
    });
  }

  #tellProgress(id: string, task: UploadTask): void {
    const { loaded, total } = task.getSnapshot().progress;
    const { isRestored, progress } = this.#fileOf(id) ?? {};
    // What a restored file shows is where it stopped: true again as soon as the checkpoint is found.
    if (isRestored && loaded === 0) return;
    this.#tell(id, task, 'upload-progress', { uploadStarted: progress?.uploadStarted, bytesUploaded: loaded, bytesTotal: total });
  }

  #tell(id: string, task: UploadTask, event: string, detail: unknown): void {
    if (this.#tasks.get(id) !== task) return;
    const file = this.#fileOf(id);
    if (file) this.#uppy.emit(event, file, detail);
    // `uppy.clear()` takes files away without a word.
    else this.#giveUp(id);
  }

  #giveUp(id: string): void {
    const task = this.#tasks.get(id);
    this.#tasks.delete(id);
    void task?.abort();
  }
}

/** Folders as they were dropped or picked, and the name as it was edited. A dropped folder's path begins with a slash. */
function pathOf({ name, meta }: OssUploadFile): string {
  const { relativePath } = meta;
  const folders = typeof relativePath === 'string' ? relativePath.slice(0, relativePath.lastIndexOf('/') + 1) : '';
  return (folders + (meta.name || name)).replace(/^\/+/, '');
}
