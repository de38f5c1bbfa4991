/** The uploads of one element, and what becomes of each. */
import type { CollectedFile, TaskState, Uploader, UploadError, UploadResult, UploadTask } from '../index.js';
import { type Batch, Batches } from './batches.js';
import type { StoredFile } from './links.js';
import type { Naming } from './object-keys.js';
import type { StoredItem } from './stored-item.js';
import { StoredItems } from './stored-items.js';
import { type Stoppable, Stops } from './stops.js';
import { Totals, type UploadTotals } from './totals.js';
import { createTurns } from './turns.js';
import { type RowContext, UploadItem } from './upload-item.js';
import type { Uploaders } from './uploaders.js';
import type { AllAction } from './view/head.js';

/** Milliseconds after which an element that was removed from the page is not being moved elsewhere. */
const MOVE_TIME = 1000;

export interface UploadsListener {
  /** @param isOver the application's upload had ended before: whoever followed it has reported that */
  onAdded(item: UploadItem | StoredItem, isOver?: boolean): void;
  /** A status or a progress has changed. Called before the callbacks for that status. @param isNew the status has changed */
  onChange(item?: UploadItem, isNew?: boolean): void;
  /** @param isOver as in {@link onAdded} */
  onDone(task: UploadTask, result: UploadResult, isOver?: boolean): void;
  onFailed(task: UploadTask, error: UploadError): void;
  /**
   * An upload was cancelled, stopped, or removed from the list.
   * @param isStored its object exists
   * @param isReplaced by an upload that is done, and will be reported with it
   */
  onRemoved(item: UploadItem | StoredItem, isStored: boolean, isReplaced?: boolean): void;
  /** All uploads that were removed by a reset have stopped. */
  onStopped(): void;
}

interface Followed extends Stoppable {
  item: UploadItem;
  /** In the totals. */
  counted: TaskState | undefined;
  /** As reported; empty before its first state. */
  status: string;
  unsubscribe(): void;
  /** `undefined` for an upload that the application has started. */
  stop: AbortController | undefined;
  naming: Naming | undefined;
}

/**
 * Which elements may show a task of a shared uploader: those whose key prefix the function returns, none if it returns `undefined`.
 * Tasks that are not in the map belong to the application: all elements may show them.
 */
const adopters = new WeakMap<UploadTask, () => string | undefined>();

export class Uploads {
  readonly batches: Batches = new Batches(() => this.#listener.onChange());
  readonly #uploaders: Uploaders;
  readonly #readPrefix: () => string;
  readonly #context: RowContext;
  readonly #listener: UploadsListener;
  readonly #followed = new Map<UploadTask, Followed>();
  readonly #stored: StoredItems;
  /** Bytes of the uploads. */
  #size = 0;
  readonly #totals = new Totals();
  readonly #stops = new Stops();
  #unsubscribe = (): void => {};

  constructor(uploaders: Uploaders, readPrefix: () => string, context: RowContext, listener: UploadsListener) {
    this.#uploaders = uploaders;
    this.#readPrefix = readPrefix;
    this.#context = context;
    this.#listener = listener;
    this.#stored = new StoredItems(context.linkOf, listener);
  }

  /** @throws {TypeError | RangeError} if an option is missing or invalid */
  uploader(): Uploader {
    return this.#uploaders.next(!this.files().open);
  }

  /** Uses the application's uploader from now on, which the application disposes; `undefined` for one of the element's own again. */
  use(uploader: Uploader | undefined): void {
    this.#unsubscribe();
    this.#uploaders.external = uploader;
    if (this.#uploaders.isConnected && uploader) this.#unsubscribe = uploader.subscribe(() => this.#listener.onChange());
  }

  /** The element was added to the page: follows the application's uploader. */
  connect(): void {
    this.#uploaders.isConnected = true;
    this.use(this.#uploaders.external);
    for (const [task, followed] of [...this.#followed]) {
      if (this.#uploaders.isOwn(followed.uploader)) continue;
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
    this.#uploaders.isConnected = false;
    this.#unsubscribe();
    for (const followed of this.#followed.values()) if (!this.#uploaders.isOwn(followed.uploader)) followed.unsubscribe();
    setTimeout(() => this.#uploaders.disposeIdle(), MOVE_TIME);
  }

  /** Throws if the file can't be uploaded. @param naming released with the upload's row. @param batch that it belongs to */
  add(found: CollectedFile, naming: Naming, batch?: Batch): UploadTask {
    const stop = this.#stops.next();
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
    adopters.set(task, () => (this.#uploaders.isConnected ? undefined : prefix));
    if (batch?.isPaused) void task.pause();
    this.#follow(task, uploader, stop, naming);
    return task;
  }

  /** Follows uploads that the application, or an element of the same prefix that is gone, has started on the shared uploader. */
  adopt(): void {
    const { external: uploader, isConnected } = this.#uploaders;
    if (!isConnected || !uploader) return;
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

  /** The stored files, those of before first, otherwise in the order of the list. */
  stored(): StoredFile[] {
    const uploaded = this.tasks().flatMap((task) => {
      const state = task.getSnapshot();
      return state.status === 'done' ? { key: state.result.key, name: task.path, size: task.file.size } : [];
    });
    return [...this.#stored.files(), ...uploaded];
  }

  /** Their keys; each once, although two rows of one file may have one object. */
  keys(): string[] {
    return [...new Set(this.stored().map(({ key }) => key))];
  }

  /** Shows files that were stored before, instead of those shown until now. No change of the value by the user. */
  showStored(files: readonly StoredFile[]): void {
    this.#stored.replace();
    const uploaded = new Set(this.keys());
    // The page may have saved what was uploaded here: its row is there.
    for (const file of files) if (!uploaded.has(file.key)) this.#stored.add(file);
  }

  /** Number of stored files. */
  get storedCount(): number {
    return this.files().done + this.#stored.count;
  }

  /** Number of all files in the list, which limits apply to. */
  get count(): number {
    return this.#followed.size + this.#stored.count;
  }

  /** Bytes of all files in the list. */
  get size(): number {
    return this.#size + this.#stored.size;
  }

  /** Whether the application itself uploads under this key, on its own uploader. */
  isForeign(key: string): boolean {
    const tasks = this.#uploaders.external?.getSnapshot();
    return Boolean(
      tasks?.some((task) => !this.#followed.get(task)?.stop && !this.#stops.isStopping(task) && (task.key ?? task.path) === key),
    );
  }

  files(): UploadTotals['files'] {
    return this.#totals.files();
  }

  totals(): UploadTotals {
    return this.#totals.read();
  }

  actOnAll(action: AllAction): void {
    this.batches.actOnAll(action);
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
    this.#stored.replace();
  }

  /** Empties the list at once, and stops all uploads, which stay resumable: thousands are stopped bit by bit. */
  reset(): void {
    const pageTurn = createTurns();
    this.batches.actOnAll('cancel');
    const removed = [...this.#followed.values()].filter(({ stop, status }) => stop || status === 'done');
    for (const followed of removed) this.#forget(followed);
    this.#listener.onChange();
    void this.#stops.stop(removed, pageTurn).then(() => this.#listener.onStopped());
  }

  #follow(task: UploadTask, uploader: Uploader, stop?: AbortController, naming?: Naming): void {
    const item = new UploadItem(task, this.#context, () => this.#remove(task));
    const unsubscribe = task.subscribe(() => this.#update(task, followed));
    const followed: Followed = { task, item, counted: undefined, status: '', uploader, stop, naming, unsubscribe };
    this.#followed.set(task, followed);
    this.#size += task.file.size;
    this.#count(followed, task.getSnapshot());
    const isOver = !stop && ['done', 'failed'].includes(task.getSnapshot().status);
    this.#listener.onAdded(item, isOver);
    this.#update(task, followed, isOver);
  }

  /** @param isOver it had ended before it was followed */
  #update(task: UploadTask, followed: Followed, isOver?: boolean): void {
    // A listener to its start may have removed it.
    if (this.#followed.get(task) !== followed) return;
    const state = task.getSnapshot();
    const isSame = state.status === followed.status;
    followed.status = state.status;
    this.#count(followed, state);
    followed.item.update();
    this.#listener.onChange(followed.item, !isSame);
    if (isSame) return;
    if (state.status === 'aborted') this.#remove(task);
    if (state.status === 'done') {
      this.#stored.replace(state.result.key);
      this.#listener.onDone(task, state.result, isOver);
    }
    if (state.status === 'failed' && !isOver) this.#listener.onFailed(task, state.error);
    this.#uploaders.disposeIdle();
  }

  /** Removes an upload from the list, and from its uploader's unless the application may still need it. */
  #remove(task: UploadTask, isReplaced?: boolean): void {
    const followed = this.#followed.get(task);
    if (followed) this.#forget(followed, isReplaced);
    this.#listener.onChange();
  }

  #forget(followed: Followed, isReplaced?: boolean): void {
    const { task } = followed;
    const isStored = task.getSnapshot().status === 'done';
    followed.unsubscribe();
    followed.naming?.release(isStored);
    this.#count(followed, undefined);
    this.#followed.delete(task);
    this.#size -= task.file.size;
    this.#listener.onRemoved(followed.item, isStored, isReplaced);
    if (isReplaced && !followed.stop) adopters.set(task, () => undefined);
    else followed.uploader.remove(task);
    this.#uploaders.disposeIdle();
  }

  #count(followed: Followed, state: TaskState | undefined): void {
    const { counted } = followed;
    if (counted) this.#totals.add(counted, -1);
    if (state) this.#totals.add(state);
    this.#uploaders.count(followed.uploader, Number(isOpen(state)) - Number(isOpen(counted)));
    followed.counted = state;
  }
}

/** Whether an upload in the list needs its uploader. */
const isOpen = (state: TaskState | undefined): boolean => state !== undefined && state.status !== 'done';
