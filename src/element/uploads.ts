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

/** All uploads of the widget, told as one. Sizes in bytes. */
export interface UploadTotals {
  /** Handed to the network. */
  readonly loaded: number;
  /** Of all files. */
  readonly total: number;
  /** Bytes a second. */
  readonly speed: number;
  /** Seconds; `undefined` while unknown. */
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
  /** Cancelled, stopped or taken off the list. */
  gone(item: UploadItem): void;
}

interface Followed {
  item: UploadItem;
  status: string;
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
  /** The options have changed: the next file has a new uploader made of them, unless the one there is has something to do. */
  review(): void;
  add(file: CollectedFile, options: UploadOptions): UploadTask;
  /** Follows what the page has begun on its own uploader. */
  adopt(): void;
  tasks(): UploadTask[];
  /** Of what is done, in the order of the list. */
  keys(): string[];
  files(): UploadTotals['files'];
  totals(): UploadTotals;
  /** Takes what is done off the list. */
  clear(): void;
  /** Stops what is not done, here only, and takes all off the list. */
  reset(): void;
  /** Ends our own uploader, and with it what is under way; what the page's uploader does goes on. */
  dispose(): void;
}

export function createUploads(readOptions: () => UploaderOptions, listener: UploadsListener): Uploads {
  const followed = new Map<UploadTask, Followed>();
  const counts: Record<string, number> = {};
  let [own, external]: (Uploader | undefined)[] = [];
  let isOutdated = false;
  let unsubscribe = (): void => {};

  function count(one: Followed, status: string): void {
    counts[one.status] = (counts[one.status] ?? 0) - 1;
    counts[status] = (counts[status] ?? 0) + 1;
    one.status = status;
  }

  function follow(task: UploadTask, stop?: AbortController): void {
    const item = createUploadItem(task, () => drop(task));
    const one: Followed = { item, status: '', stop, unsubscribe: task.subscribe(look) };
    followed.set(task, one);
    listener.added(item);
    look();

    function look(): void {
      const state = task.getSnapshot();
      const isSame = state.status === one.status;
      if (!isSame) count(one, state.status);
      listener.changed();
      if (isSame) return;
      if (state.status === 'aborted') drop(task);
      if (state.status === 'done') listener.done(task, state.result);
      if (state.status === 'failed') listener.failed(task, state.error);
    }
  }

  function drop(task: UploadTask): void {
    const one = followed.get(task);
    if (!one) return;
    one.unsubscribe();
    count(one, '');
    followed.delete(task);
    listener.changed();
    listener.gone(one.item);
    // Or what the page's uploader still has would be followed again.
    (external ?? own)?.clear();
  }

  function files(): UploadTotals['files'] {
    const { done = 0, failed = 0, paused = 0, completing = 0 } = counts;
    const total = followed.size;
    const open = total - done - failed;
    return { done, failed, paused, moving: open - paused - completing, open, total };
  }

  const uploads: Uploads = {
    uploader() {
      const { done, total } = files();
      if (isOutdated && done === total) uploads.dispose();
      return external ?? (own ??= createUploader(readOptions()));
    },
    use(uploader) {
      unsubscribe();
      external = uploader;
      unsubscribe = uploader?.subscribe(listener.changed) ?? (() => {});
    },
    review() {
      isOutdated = true;
    },
    add(found, options) {
      const stop = new AbortController();
      const signal = AbortSignal.any([stop.signal, ...(options.signal ? [options.signal] : [])]);
      const task = uploads.uploader().upload(found.file, { ...found, ...options, signal });
      follow(task, stop);
      return task;
    },
    adopt() {
      for (const task of external?.getSnapshot() ?? []) if (!followed.has(task) && task.getSnapshot().status !== 'aborted') follow(task);
    },
    tasks: () => [...followed.keys()],
    keys: () =>
      uploads.tasks().flatMap((task) => {
        const state = task.getSnapshot();
        return state.status === 'done' ? state.result.key : [];
      }),
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
      return { loaded, total, speed, eta: speed ? left / speed : undefined, files: files() };
    },
    clear() {
      for (const [task, { status }] of [...followed]) if (status === 'done') drop(task);
    },
    reset() {
      for (const { stop } of [...followed.values()]) stop?.abort();
      uploads.clear();
    },
    dispose() {
      void own?.dispose();
      own = undefined;
      isOutdated = false;
    },
  };
  return uploads;
}
