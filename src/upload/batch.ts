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
 * Follows a sequence of files: each is handed to `prepare`, which refuses what can't be, and then begun.
 *
 * Of a list that is at hand nothing is begun when one item can't be: the call throws. Of items that come one by one the
 * others go on, and the results tell which one failed.
 *
 * @param items may be asynchronous: uploading begins before the last one is known
 */
export function createBatch<Item>(items: Iterable<Item> | AsyncIterable<Item>, prepare: (item: Item) => () => UploadTask): UploadBatch {
  const tasks: UploadTask[] = [];
  const outcomes: (() => Promise<UploadResult>)[] = [];
  let refused = 0;
  const changes = createEmitter();
  let state: BatchState | undefined;
  let isOpen = true;
  let isStopped = false;

  const changed = (): void => {
    state = undefined;
    changes.emit();
  };
  const add = (start: () => UploadTask): void => {
    const task = start();
    task.subscribe(changed);
    tasks.push(task);
    outcomes.push(() => task.result);
    changed();
  };

  async function addAsync(source: AsyncIterable<Item>): Promise<void> {
    for await (const item of source) {
      if (isStopped) return;
      try {
        add(prepare(item));
      } catch (error) {
        outcomes.push(() => Promise.reject(error));
        refused += 1;
        changed();
      }
    }
  }

  let added: Promise<void> = Promise.resolve();
  if (Symbol.asyncIterator in items) added = addAsync(items);
  else for (const start of Array.from(items, prepare)) add(start);
  const closed = added.finally(() => {
    isOpen = false;
    changed();
  });
  const results = closed.then(() => Promise.allSettled(outcomes.map((outcome) => outcome())));
  results.catch(() => {});

  return {
    tasks,
    results,
    subscribe: changes.subscribe,
    getSnapshot() {
      state ??= summarize(tasks, refused, isOpen);
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

function summarize(tasks: readonly UploadTask[], refused: number, open: boolean): BatchState {
  const sum = { loaded: 0, confirmed: 0, total: 0, speed: 0 };
  /** Bytes of the files that still move. */
  let left = 0;
  const files = { done: 0, failed: refused, total: tasks.length + refused, open };
  for (const task of tasks) {
    const state = task.getSnapshot();
    const { loaded, confirmed, total, speed } = state.progress;
    sum.loaded += loaded;
    sum.confirmed += confirmed;
    sum.total += total;
    if (!isSettled(state)) {
      sum.speed += speed;
      left += total - loaded;
    }
    files.done += Number(state.status === 'done');
    files.failed += Number(state.status === 'failed');
  }
  return { ...sum, eta: sum.speed > 0 ? left / sum.speed : undefined, files };
}
