/** The uploads of one element: which uploader runs them, and what becomes of each. */
import {
  type CollectedFile,
  createUploader,
  type Uploader,
  type UploaderOptions,
  type UploadError,
  type UploadResult,
  type UploadTask,
} from '../index.js';
import type { Naming } from './object-keys.js';
import { createUploadItem, type UploadItem } from './upload-item.js';

/** Milliseconds after which an element that was removed from the page is not being moved elsewhere. */
const MOVE_TIME = 1000;

/** The combined state of all uploads. Sizes in bytes. */
export interface UploadTotals {
  /** Bytes handed to the network. */
  readonly loaded: number;
  /** Bytes of all files. */
  readonly total: number;
  /** Bytes a second. */
  readonly speed: number;
  /** Milliseconds left; `undefined` while unknown. */
  readonly eta: number | undefined;
  /** Numbers of files. `open`: neither done nor failed. `moving`: of these, neither paused nor completing. */
  readonly files: Record<'done' | 'failed' | 'paused' | 'moving' | 'open' | 'total', number>;
}

/** An action on all uploads at once. */
export type AllAction = 'pause' | 'resume' | 'retry' | 'cancel' | 'clear';

export interface UploadsListener {
  onAdded(item: UploadItem): void;
  /** A status or a progress has changed. Called before the callbacks for that status. */
  onChange(): void;
  onDone(task: UploadTask, result: UploadResult): void;
  onFailed(task: UploadTask, error: UploadError): void;
  /**
   * An upload was cancelled, stopped, or removed from the list.
   * @param isStored its object exists
   * @param isReplaced by an upload that is done, and will be reported with it
   */
  onRemoved(item: UploadItem, isStored: boolean, isReplaced?: boolean): void;
}

interface Followed {
  item: UploadItem;
  /** As counted: `added` before its first state, empty before it is listed and after it was removed. */
  status: string;
  uploader: Uploader;
  unsubscribe(): void;
  /** Stops the upload and keeps the uploaded parts; `undefined` for an upload that the application has started. */
  stop: AbortController | undefined;
  naming: Naming | undefined;
}

/**
 * Which elements may show a task of a shared uploader: those whose key prefix the function returns, none if it returns `undefined`.
 * Tasks that are not in the map belong to the application: all elements may show them.
 */
const adopters = new WeakMap<UploadTask, () => string | undefined>();

export class Uploads {
  readonly #readOptions: () => UploaderOptions;
  readonly #readPrefix: () => string;
  readonly #listener: UploadsListener;
  readonly #followed = new Map<UploadTask, Followed>();
  /** By status. */
  readonly #counts: Record<string, number> = {};
  /** Created from the element's options, for the next file. */
  #own: Uploader | undefined;
  /** Where it uploads to. */
  #place = '';
  /** All of them that aren't disposed, with the number of uploads that are not done: uploads end where they were started. */
  readonly #created = new Map<Uploader, number>();
  /** Given by the application. */
  #external: Uploader | undefined;
  #isOutdated = false;
  #isConnected = false;
  #unsubscribe = (): void => {};

  constructor(readOptions: () => UploaderOptions, readPrefix: () => string, listener: UploadsListener) {
    this.#readOptions = readOptions;
    this.#readPrefix = readPrefix;
    this.#listener = listener;
  }

  /** @throws {TypeError | RangeError} if an option is missing or invalid */
  uploader(): Uploader {
    if (this.#external) return this.#external;
    const options = this.#readOptions();
    const place = [options.region, options.bucket, options.endpoint].join();
    // A file goes where the options say now. Other options wait for a quiet moment: frameworks set them anew at each render.
    if (place !== this.#place || (this.#isOutdated && !this.files().open)) {
      this.#own = undefined;
      this.#disposeIdle();
    }
    if (!this.#own) {
      this.#own = createUploader(options);
      this.#created.set(this.#own, 0);
      this.#place = place;
      this.#isOutdated = false;
    }
    return this.#own;
  }

  /** Uses the application's uploader from now on, which the application disposes; `undefined` for one of the element's own again. */
  use(uploader: Uploader | undefined): void {
    this.#unsubscribe();
    this.#external = uploader;
    if (this.#isConnected && uploader) this.#unsubscribe = uploader.subscribe(() => this.#listener.onChange());
  }

  /** The element was added to the page: follows the application's uploader. */
  connect(): void {
    this.#isConnected = true;
    this.use(this.#external);
    for (const [task, followed] of [...this.#followed]) {
      if (this.#created.has(followed.uploader)) continue;
      followed.unsubscribe();
      followed.unsubscribe = task.subscribe(() => this.#update(task, followed));
      // It may have ended meanwhile.
      this.#update(task, followed);
    }
  }

  /**
   * The element was removed from the page, and may come back. Uploads of its own uploader continue and are followed; the uploader is
   * disposed when all of them are done. Uploads of the application's uploader are not followed until then.
   */
  disconnect(): void {
    this.#isConnected = false;
    this.#unsubscribe();
    for (const followed of this.#followed.values()) if (!this.#created.has(followed.uploader)) followed.unsubscribe();
    setTimeout(() => this.#disposeIdle(), MOVE_TIME);
  }

  /** Options have changed. */
  markOutdated(): void {
    this.#isOutdated = true;
  }

  /** Throws if the file can't be uploaded. @param naming released with the upload's row */
  add(found: CollectedFile, naming: Naming): UploadTask {
    const stop = new AbortController();
    const { options } = naming;
    const signal = options.signal ? AbortSignal.any([stop.signal, options.signal]) : stop.signal;
    const uploader = this.uploader();
    let task: UploadTask;
    try {
      task = uploader.upload(found.file, { ...found, ...options, signal });
    } catch (error) {
      naming.release(false);
      throw error;
    }
    const prefix = this.#readPrefix();
    adopters.set(task, () => (this.#isConnected ? undefined : prefix));
    this.#follow(task, uploader, stop, naming);
    return task;
  }

  /** Follows uploads that the application, or an element of the same prefix that is gone, has started on the shared uploader. */
  adopt(): void {
    const uploader = this.#external;
    if (!this.#isConnected || !uploader) return;
    const prefix = this.#readPrefix();
    for (const task of uploader.getSnapshot()) {
      const adopter = adopters.get(task);
      if (adopter && adopter() !== prefix) continue;
      if (!this.#followed.has(task) && task.getSnapshot().status !== 'aborted') this.#follow(task, uploader);
    }
  }

  tasks(): UploadTask[] {
    return [...this.#followed.keys()];
  }

  /** The keys of the stored files, in the order of the list; each once, although two rows of one file may have one object. */
  keys(): string[] {
    const states = this.tasks().map((task) => task.getSnapshot());
    return [...new Set(states.flatMap((state) => (state.status === 'done' ? state.result.key : [])))];
  }

  /** Whether the application itself uploads under this key, on its own uploader. */
  isForeign(key: string): boolean {
    const tasks = this.#external?.getSnapshot();
    return Boolean(tasks?.some((task) => !this.#followed.get(task)?.stop && (task.key ?? task.path) === key));
  }

  files(): UploadTotals['files'] {
    const { done = 0, failed = 0, paused = 0, completing = 0 } = this.#counts;
    const total = this.#followed.size;
    const open = total - done - failed;
    return { done, failed, paused, moving: open - paused - completing, open, total };
  }

  totals(): UploadTotals {
    const sum = { loaded: 0, total: 0, speed: 0 };
    let left = 0;
    for (const [task, { status }] of this.#followed) {
      const { loaded, total, speed } = task.getSnapshot().progress;
      sum.loaded += loaded;
      sum.total += total;
      sum.speed += speed;
      if (status !== 'failed') left += total - loaded;
    }
    return { ...sum, eta: sum.speed ? (left / sum.speed) * 1000 : undefined, files: this.files() };
  }

  actOnAll(action: AllAction): void {
    for (const task of this.tasks()) {
      const { status } = task.getSnapshot();
      if (action === 'pause') void task.pause();
      if (action === 'resume' && status === 'paused') task.resume();
      if (action === 'retry' && status === 'failed') task.resume();
      if (action === 'cancel' && status !== 'done' && status !== 'failed') void task.abort();
      if (action === 'clear' && status === 'done') this.#remove(task);
    }
  }

  /** Removes the uploads that a finished one replaces: those that are done or have failed. */
  keepOnly(task: UploadTask): void {
    for (const [other, { status }] of [...this.#followed]) {
      if (other !== task && (status === 'done' || status === 'failed')) this.#remove(other, true);
    }
  }

  /** Stops all uploads, which stay resumable, and empties the list. */
  reset(): void {
    for (const [task, { stop, status }] of [...this.#followed]) {
      stop?.abort();
      // A failed upload no longer listens to its signal.
      if (status === 'done' || (stop && status === 'failed')) this.#remove(task);
    }
  }

  #follow(task: UploadTask, uploader: Uploader, stop?: AbortController, naming?: Naming): void {
    const item = createUploadItem(task, () => this.#remove(task));
    const unsubscribe = task.subscribe(() => this.#update(task, followed));
    const followed: Followed = { item, status: '', uploader, stop, naming, unsubscribe };
    this.#followed.set(task, followed);
    this.#count(followed, 'added');
    this.#listener.onAdded(item);
    this.#update(task, followed);
  }

  #update(task: UploadTask, followed: Followed): void {
    const state = task.getSnapshot();
    const isSame = state.status === followed.status;
    if (!isSame) this.#count(followed, state.status);
    this.#listener.onChange();
    if (isSame) return;
    if (state.status === 'aborted') this.#remove(task);
    if (state.status === 'done') this.#listener.onDone(task, state.result);
    if (state.status === 'failed') this.#listener.onFailed(task, state.error);
    this.#disposeIdle();
  }

  /** Removes an upload from the list, and from its uploader's unless the application may still need it. */
  #remove(task: UploadTask, isReplaced?: boolean): void {
    const followed = this.#followed.get(task);
    if (!followed) return;
    const isStored = task.getSnapshot().status === 'done';
    followed.unsubscribe();
    followed.naming?.release(isStored);
    this.#count(followed, '');
    this.#followed.delete(task);
    this.#listener.onChange();
    this.#listener.onRemoved(followed.item, isStored, isReplaced);
    if (isReplaced && !followed.stop) adopters.set(task, () => undefined);
    else followed.uploader.remove(task);
    this.#disposeIdle();
  }

  #count(followed: Followed, status: string): void {
    this.#counts[followed.status] = (this.#counts[followed.status] ?? 0) - 1;
    this.#counts[status] = (this.#counts[status] ?? 0) + 1;
    const open = this.#created.get(followed.uploader);
    if (open !== undefined) this.#created.set(followed.uploader, open + Number(isOpen(status)) - Number(isOpen(followed.status)));
    followed.status = status;
  }

  /** An uploader with nothing to do keeps no worker and no connections, unless the next file gets it. A failed upload may be retried. */
  #disposeIdle(): void {
    for (const [uploader, open] of this.#created) {
      const isOwn = uploader === this.#own;
      if (open > 0 || (isOwn && this.#isConnected && !this.#external)) continue;
      if (isOwn) this.#own = undefined;
      this.#created.delete(uploader);
      void uploader.dispose();
    }
  }
}

/** Whether an upload in the list needs its uploader. */
function isOpen(status: string): boolean {
  return status !== '' && status !== 'done';
}
