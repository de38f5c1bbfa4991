import { createEmitter } from '../core/emitter.js';
import { isSettled, type UploadResult } from '../core/state.js';
import type { UploadTask } from './task.js';

/** Many files, told as one. Sizes in bytes. */
export interface BatchState {
  readonly loaded: number;
  readonly confirmed: number;
  readonly total: number;
  /** Bytes a second. */
  readonly speed: number;
  /** Seconds; `undefined` while unknown. */
  readonly eta: number | undefined;
  /** `open` is true while more files may come. */
  readonly files: { readonly done: number; readonly failed: number; readonly total: number; readonly open: boolean };
}

/** What `uploadAll` returns. */
export interface UploadBatch {
  /** The tasks so far, in the order of the items. */
  readonly tasks: readonly UploadTask[];
  getSnapshot(): BatchState;
  subscribe(listener: () => void): () => void;
  /** Resolves as {@link UploadTask.pause} does, for all. */
  pause(): Promise<void>;
  /** Goes on with everything that is paused, and tries again what failed. */
  resume(): void;
  abort(): Promise<void>;
  /** How each file ended, in the order of the items; rejects only when the items themselves can't be had. */
  readonly results: Promise<PromiseSettledResult<UploadResult>[]>;
}

/**
 * Follows a sequence of files: each is handed to `start` as it comes.
 * @param items may be asynchronous: uploading begins before the last one is known
 */
export function createBatch<Item>(items: Iterable<Item> | AsyncIterable<Item>, start: (item: Item) => UploadTask): UploadBatch {
  const tasks: UploadTask[] = [];
  const changes = createEmitter();
  let state: BatchState | undefined;
  let isOpen = true;
  let isStopped = false;

  const changed = (): void => {
    state = undefined;
    changes.emit();
  };
  const add = (item: Item): void => {
    const task = start(item);
    task.subscribe(changed);
    tasks.push(task);
    changed();
  };

  async function addAsync(source: AsyncIterable<Item>): Promise<void> {
    for await (const item of source) {
      if (isStopped) return;
      add(item);
    }
  }

  let added: Promise<void> = Promise.resolve();
  // A list's bad item throws at the call, like a bad file given to upload().
  if (Symbol.asyncIterator in items) added = addAsync(items);
  else for (const item of items) add(item);
  const closed = added.finally(() => {
    isOpen = false;
    changed();
  });
  const results = closed.then(() => Promise.allSettled(tasks.map((task) => task.result)));
  results.catch(() => {});

  return {
    tasks,
    results,
    subscribe: changes.subscribe,
    getSnapshot() {
      state ??= summarize(tasks, isOpen);
      return state;
    },
    async pause() {
      await Promise.all(tasks.map((task) => task.pause()));
    },
    resume() {
      for (const task of tasks) task.resume();
    },
    async abort() {
      isStopped = true;
      await Promise.all(tasks.map((task) => task.abort()));
    },
  };
}

function summarize(tasks: readonly UploadTask[], open: boolean): BatchState {
  const sum = { loaded: 0, confirmed: 0, total: 0, speed: 0 };
  const files = { done: 0, failed: 0, total: tasks.length, open };
  for (const task of tasks) {
    const state = task.getSnapshot();
    const { loaded, confirmed, total, speed } = state.progress;
    sum.loaded += loaded;
    sum.confirmed += confirmed;
    sum.total += total;
    if (!isSettled(state)) sum.speed += speed;
    files.done += Number(state.status === 'done');
    files.failed += Number(state.status === 'failed');
  }
  return { ...sum, eta: sum.speed > 0 ? (sum.total - sum.loaded) / sum.speed : undefined, files };
}
