import { abortable, uploadAborted } from '../core/abortable.js';
import type { UploadResult } from '../core/task-state.js';
import { createTurns } from '../core/yield-to-page.js';
import { isAbortError } from '../errors.js';
import { type BatchState, createBatchTotals } from './batch-totals.js';
import type { UploadTask } from './task.js';

/** What `uploadAll` returns. */
export interface UploadBatch {
  /** The tasks so far, in the order of the items: all of a short list at once, of a long one in the course of a few tasks. */
  readonly tasks: readonly UploadTask[];
  /**
   * The state now: the same object until something changes.
   * @example
   * const { files, loaded, total } = batch.getSnapshot();
   */
  getSnapshot(): BatchState;
  /**
   * Calls back after each change. Returns the unsubscriber.
   * @example
   * const unsubscribe = batch.subscribe(() => render(batch.getSnapshot()));
   */
  subscribe(listener: () => void): () => void;
  /**
   * Resolves as {@link UploadTask.pause} does, for all.
   * @example
   * await batch.pause();
   */
  pause(): Promise<void>;
  /**
   * Resumes everything that is paused, and tries again what failed.
   * @example
   * retryButton.onclick = () => batch.resume();
   */
  resume(): void;
  /**
   * Aborts all of them, as {@link UploadTask.abort} does; files that are still to come are not begun.
   * @example
   * cancelButton.onclick = () => batch.abort();
   */
  abort(): Promise<void>;
  /**
   * How each file ended, in the order of the items. Resolves as soon as no more files may come and none is under way.
   * A failed task that was resumed by then counts as it ended. Rejects only if iterating the items fails.
   */
  readonly results: Promise<PromiseSettledResult<UploadResult>[]>;
}

/**
 * Uploads a sequence of files. Each is handed to `prepare`, which refuses invalid ones, and then begun.
 *
 * If one item of a list is invalid, nothing is begun: the call throws. Of items that come one by one, the
 * others continue, and the results say which one failed.
 *
 * @param items may be asynchronous: uploading begins before the last one is known
 * @param signal aborted when nothing more may be begun
 */
export function createBatch<Item>(
  items: Iterable<Item> | AsyncIterable<Item>,
  prepare: (item: Item) => () => UploadTask,
  signal?: AbortSignal,
): UploadBatch {
  const tasks: UploadTask[] = [];
  const results: (() => Promise<UploadResult>)[] = [];
  const totals = createBatchTotals();
  let isPaused = false;
  const stopping = new AbortController();
  const stop = (): void => stopping.abort();
  signal?.addEventListener('abort', stop, { once: true });

  function add(start: () => UploadTask): void {
    try {
      if (stopping.signal.aborted) throw uploadAborted();
      const task = start();
      if (isPaused) void task.pause();
      tasks.push(task);
      results.push(() => task.result);
      totals.follow(task);
    } catch (error) {
      const refused = Promise.reject<UploadResult>(error);
      refused.catch(() => {});
      results.push(() => refused);
      // A file that was aborted before it was begun doesn't count as failed, like one that is aborted later.
      totals.addUnbegun(!isAbortError(error));
    }
  }

  const isAsync = Symbol.asyncIterator in items;
  const adding = isAsync ? addEach(items, (item) => add(() => prepare(item)()), stopping.signal) : addAll(Array.from(items, prepare), add);
  const settled = adding
    .finally(() => {
      signal?.removeEventListener('abort', stop);
      totals.close();
    })
    .then(() => allSettled(results));
  settled.catch(() => {});

  return {
    tasks,
    results: settled,
    subscribe: totals.subscribe,
    getSnapshot: totals.getSnapshot,
    async pause() {
      isPaused = true;
      await Promise.all(tasks.map((task) => task.pause()));
    },
    resume() {
      isPaused = false;
      for (const task of tasks) task.resume();
    },
    async abort() {
      stop();
      await Promise.all(tasks.map((task) => task.abort()));
    },
  };
}

/** Adds a list bit by bit, so that the page stays responsive. */
async function addAll(starts: (() => UploadTask)[], add: (start: () => UploadTask) => void): Promise<void> {
  const pageTurn = createTurns();
  for (const start of starts) {
    const wait = pageTurn();
    if (wait) await wait;
    add(start);
  }
}

async function addEach<Item>(source: AsyncIterable<Item>, add: (item: Item) => void, stopped: AbortSignal): Promise<void> {
  const iterator = source[Symbol.asyncIterator]();
  try {
    for (;;) {
      // A source that has nothing to give for hours doesn't keep an aborted batch open.
      const next = await abortable(Promise.resolve(iterator.next()), stopped);
      stopped.throwIfAborted();
      if (next.done) return;
      add(next.value);
    }
  } catch (error) {
    if (!stopped.aborted) throw error;
    void iterator.return?.()?.catch(() => {});
  }
}

/** A task that failed may be resumed while others are under way: its promise is another one then. */
async function allSettled(results: readonly (() => Promise<UploadResult>)[]): Promise<PromiseSettledResult<UploadResult>[]> {
  for (;;) {
    const promises = results.map((result) => result());
    const settled = await Promise.allSettled(promises);
    if (results.every((result, index) => result() === promises[index])) return settled;
  }
}
