import {
  type CollectedFile,
  createUploader,
  type Uploader,
  type UploaderOptions,
  type UploadError,
  type UploadOptions,
  type UploadResult,
  type UploadTask,
} from '../index.js';
import { createUploadItem, type UploadItem } from './upload-item.js';

/** Milliseconds after which an element that was taken off the page is not about to be put elsewhere. */
const MOVE = 1000;

/** All uploads of the widget, told as one. Sizes in bytes. */
export interface UploadTotals {
  /** Handed to the network. */
  readonly loaded: number;
  /** Of all files. */
  readonly total: number;
  /** Bytes a second. */
  readonly speed: number;
  /** Milliseconds left; `undefined` while unknown. */
  readonly eta: number | undefined;
  /** `open` ones are neither done nor failed; `moving` ones are neither paused either. */
  readonly files: Record<'done' | 'failed' | 'paused' | 'moving' | 'open' | 'total', number>;
}

/** What the widget hears of its uploads. */
export interface UploadsListener {
  added(item: UploadItem): void;
  /** Something is different: a status, or how far one is. Told before what follows from it. */
  changed(): void;
  done(task: UploadTask, result: UploadResult): void;
  failed(task: UploadTask, error: UploadError): void;
  /**
   * Cancelled, stopped or taken off the list.
   * @param isReplaced by one that is done: what is told of that, tells this too
   */
  gone(item: UploadItem, isReplaced: boolean): void;
}

interface Followed {
  item: UploadItem;
  status: string;
  /** Who has it. */
  uploader: Uploader;
  unsubscribe(): void;
  /** Stops it here and keeps what the service has; none for what the page began by itself. */
  stop: AbortController | undefined;
}

/** The uploads of one element: which uploader makes them, and what becomes of each. */
export interface Uploads {
  /** @throws {TypeError | RangeError} when the options don't do */
  uploader(): Uploader;
  /** From now on this one, which is the page's to dispose of; `undefined` for one of our own again. */
  use(uploader: Uploader | undefined): void;
  /** The element is on the page: what the page's uploader does is followed. */
  connect(): void;
  /**
   * The element is off the page, and may come back. What its own uploader does continues, and is followed; when all of it is done, the
   * uploader is let go. What the page's uploader does is the page's business until then.
   */
  disconnect(): void;
  /** The options have changed: the next file has a new uploader made of them, unless the one there is has something to do. */
  review(): void;
  add(file: CollectedFile, options: UploadOptions): UploadTask;
  /** Follows what the page has begun on its own uploader, or an element of the same prefix that is gone. */
  adopt(): void;
  tasks(): UploadTask[];
  /** Of what is done, in the order of the list. */
  keys(): string[];
  /** Whether the page uploads something under this key by itself, on its own uploader. */
  isForeign(key: string): boolean;
  files(): UploadTotals['files'];
  totals(): UploadTotals;
  /** Takes what is done off the list. */
  clear(): void;
  /** Leaves this one alone, which is done: what was done before or has failed is off the list. */
  keepOnly(task: UploadTask): void;
  /** Stops what is not done, here only, and takes all off the list. */
  reset(): void;
}

/**
 * The key prefix of the elements that may begin to show an upload of a page's uploader; none of what another element shows, or has taken
 * off its list. All may where nothing is said here.
 */
const heirs = new WeakMap<UploadTask, () => string | undefined>();

export function createUploads(readOptions: () => UploaderOptions, readPrefix: () => string, listener: UploadsListener): Uploads {
  const followed = new Map<UploadTask, Followed>();
  const counts: Record<string, number> = {};
  let [own, external]: (Uploader | undefined)[] = [];
  let isConnected = false;
  let isOutdated = false;
  let unsubscribe = (): void => {};

  function count(one: Followed, status: string): void {
    counts[one.status] = (counts[one.status] ?? 0) - 1;
    counts[status] = (counts[status] ?? 0) + 1;
    one.status = status;
  }

  function follow(task: UploadTask, uploader: Uploader, stop?: AbortController): void {
    const item = createUploadItem(task, () => drop(task));
    const one: Followed = { item, status: '', uploader, stop, unsubscribe: task.subscribe(() => look(task, one)) };
    followed.set(task, one);
    listener.added(item);
    look(task, one);
  }

  function look(task: UploadTask, one: Followed): void {
    const state = task.getSnapshot();
    const isSame = state.status === one.status;
    if (!isSame) count(one, state.status);
    listener.changed();
    if (isSame) return;
    if (state.status === 'aborted') drop(task);
    if (state.status === 'done') listener.done(task, state.result);
    if (state.status === 'failed') listener.failed(task, state.error);
    releaseIdle();
  }

  /** Takes it off the list, and off its uploader's, unless the page may still want it. */
  function drop(task: UploadTask, isReplaced = false): void {
    const one = followed.get(task);
    if (!one) return;
    one.unsubscribe();
    count(one, '');
    followed.delete(task);
    listener.changed();
    listener.gone(one.item, isReplaced);
    if (isReplaced && !one.stop) heirs.set(task, () => undefined);
    else one.uploader.remove(task);
  }

  /** Keeps no worker and no connections for an element that is off the page and has nothing to do. */
  function releaseIdle(): void {
    if (!isConnected && isIdle()) dispose();
  }

  function isIdle(): boolean {
    const { done, total } = files();
    return done === total;
  }

  function dispose(): void {
    void own?.dispose();
    own = undefined;
    isOutdated = false;
  }

  function files(): UploadTotals['files'] {
    const { done = 0, failed = 0, paused = 0, completing = 0 } = counts;
    const total = followed.size;
    const open = total - done - failed;
    return { done, failed, paused, moving: open - paused - completing, open, total };
  }

  const uploads: Uploads = {
    uploader() {
      if (isOutdated && isIdle()) dispose();
      return external ?? (own ??= createUploader(readOptions()));
    },
    use(uploader) {
      unsubscribe();
      external = uploader;
      if (isConnected && uploader) unsubscribe = uploader.subscribe(listener.changed);
    },
    connect() {
      isConnected = true;
      uploads.use(external);
      for (const [task, one] of [...followed]) {
        if (one.uploader === own) continue;
        one.unsubscribe();
        one.unsubscribe = task.subscribe(() => look(task, one));
        // It may have ended meanwhile.
        look(task, one);
      }
    },
    disconnect() {
      isConnected = false;
      unsubscribe();
      for (const one of followed.values()) if (one.uploader !== own) one.unsubscribe();
      setTimeout(releaseIdle, MOVE);
    },
    review() {
      isOutdated = true;
    },
    add(found, options) {
      const stop = new AbortController();
      const signal = AbortSignal.any([stop.signal, ...(options.signal ? [options.signal] : [])]);
      const uploader = uploads.uploader();
      const task = uploader.upload(found.file, { ...found, ...options, signal });
      const prefix = readPrefix();
      heirs.set(task, () => (isConnected ? undefined : prefix));
      follow(task, uploader, stop);
      return task;
    },
    adopt() {
      if (!isConnected || !external) return;
      for (const task of external.getSnapshot()) {
        const heir = heirs.get(task) ?? readPrefix;
        if (heir() === readPrefix() && !followed.has(task) && task.getSnapshot().status !== 'aborted') follow(task, external);
      }
    },
    tasks: () => [...followed.keys()],
    // Two rows of one file may have one object.
    keys() {
      const states = uploads.tasks().map((task) => task.getSnapshot());
      return [...new Set(states.flatMap((state) => (state.status === 'done' ? state.result.key : [])))];
    },
    isForeign(key) {
      const others = external?.getSnapshot().filter((task) => !followed.get(task)?.stop) ?? [];
      return others.some((task) => (task.key ?? task.path) === key);
    },
    files,
    totals() {
      let [loaded, total, speed, left] = [0, 0, 0, 0];
      for (const [task, { status }] of followed) {
        const { progress } = task.getSnapshot();
        loaded += progress.loaded;
        total += progress.total;
        speed += progress.speed;
        if (status !== 'failed') left += progress.total - progress.loaded;
      }
      return { loaded, total, speed, eta: speed ? (left / speed) * 1000 : undefined, files: files() };
    },
    clear() {
      for (const [task, { status }] of [...followed]) if (status === 'done') drop(task);
    },
    keepOnly(task) {
      for (const [other, { status }] of [...followed]) {
        if (other !== task && (status === 'done' || status === 'failed')) drop(other, true);
      }
    },
    reset() {
      for (const [task, { stop, status }] of [...followed]) {
        stop?.abort();
        // One that has failed hears no signal any more.
        if (status === 'done' || (stop && status === 'failed')) drop(task);
      }
    },
  };
  return uploads;
}
