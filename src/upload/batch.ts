import { uploadAborted } from '../core/abortable.js';
import { createEmitter } from '../core/emitter.js';
import { isSettled, type TaskState, type UploadResult } from '../core/state.js';
import { isAbortError } from '../errors.js';
import { createTurns } from '../core/yield-to-page.js';
import type { UploadTask } from './task.js';

/** Many files, told as one. Sizes in bytes. */
export interface BatchState {
  /** Bytes handed to the network. */
  readonly loaded: number;
  /** Bytes in parts that OSS has acknowledged. */
  readonly confirmed: number;
  /** Sizes of the files so far. */
  readonly total: number;
  /** Bytes a second. */
  readonly speed: number;
  /** Milliseconds left; `undefined` while unknown. */
  readonly eta: number | undefined;
  /** Numbers of files; `isAdding` is true while more files may come. */
  readonly files: { readonly done: number; readonly failed: number; readonly total: number; readonly isAdding: boolean };
}

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
   * Gives all of them up, as {@link UploadTask.abort} does; files that are still to come are not begun.
   * @example
   * cancelButton.onclick = () => batch.abort();
   */
  abort(): Promise<void>;
  /**
   * How each file ended, in the order of the items. Resolves at the first moment when no more files may come and none is under way:
   * what has failed and was resumed by then counts as it ended at last. Rejects only if iterating the items fails.
   */
  readonly results: Promise<PromiseSettledResult<UploadResult>[]>;
}

/**
 * Follows a sequence of files: each is handed to `prepare`, which refuses what can't be, and then begun.
 *
 * Of a list that is at hand nothing is begun when one item can't be: the call throws. Of items that come one by one the
 * others go on, and the results tell which one failed.
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
  const outcomes: (() => Promise<UploadResult>)[] = [];
  const changes = createEmitter();
  const sum: Share = { loaded: 0, confirmed: 0, total: 0, speed: 0, left: 0, done: 0, failed: 0, files: 0 };
  const shares = new Map<UploadTask, Share>();
  let state: BatchState | undefined;
  let isOpen = true;
  let isPaused = false;
  let isStopped = false;
  let stop = (): void => {};
  const stopped = new Promise<undefined>((resolve) => {
    stop = () => {
      isStopped = true;
      resolve(undefined);
    };
  });
  signal?.addEventListener('abort', stop, { once: true });

  const changed = (): void => {
    state = undefined;
    changes.emit();
  };
  /** Counts what has changed, not all files anew: with 20,000 of them there are thousands of changes a second. */
  const count = (task: UploadTask): void => {
    const [before, now] = [shares.get(task), shareOf(task.getSnapshot())];
    for (const name of Object.keys(sum) as (keyof Share)[]) sum[name] += now[name] - (before?.[name] ?? 0);
    shares.set(task, now);
    changed();
  };
  const add = (start: () => UploadTask): void => {
    try {
      const task = start();
      if (isPaused) void task.pause();
      task.subscribe(() => count(task));
      tasks.push(task);
      outcomes.push(() => task.result);
      count(task);
    } catch (error) {
      const refused = Promise.reject<UploadResult>(error);
      refused.catch(() => {});
      outcomes.push(() => refused);
      sum.files += 1;
      // What was given up before it was begun has not failed, as little as what was given up later.
      if (!isAbortError(error)) sum.failed += 1;
      changed();
    }
  };

  async function addAsync(source: AsyncIterable<Item>): Promise<void> {
    const iterator = source[Symbol.asyncIterator]();
    for (;;) {
      // A source that has nothing to give for hours doesn't keep an aborted batch open.
      const next = await Promise.race([iterator.next(), stopped]);
      if (next === undefined || isStopped) return void iterator.return?.()?.catch(() => {});
      if (next.done) return;
      add(() => prepare(next.value)());
    }
  }

  /** A task that failed may be resumed while others are under way: its promise is another one then. */
  async function settleAll(): Promise<PromiseSettledResult<UploadResult>[]> {
    for (;;) {
      const results = outcomes.map((outcome) => outcome());
      const settled = await Promise.allSettled(results);
      if (outcomes.every((outcome, index) => outcome() === results[index])) return settled;
    }
  }

  async function addList(starts: (() => UploadTask)[]): Promise<void> {
    const turns = createTurns();
    for (const start of starts) {
      if (turns.isOver()) await turns.next();
      add(isStopped ? refuse : start);
    }
  }

  const added = Symbol.asyncIterator in items ? addAsync(items) : addList(Array.from(items, prepare));
  const closed = added.finally(() => {
    signal?.removeEventListener('abort', stop);
    isOpen = false;
    changed();
  });
  const results = closed.then(settleAll);
  results.catch(() => {});

  return {
    tasks,
    results,
    subscribe: changes.subscribe,
    getSnapshot() {
      const { left, done, failed, files, ...bytes } = sum;
      const eta = sum.speed > 0 ? (left / sum.speed) * 1000 : undefined;
      state ??= { ...bytes, eta, files: { done, failed, total: files, isAdding: isOpen } };
      return state;
    },
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

/** Of a file that was not begun when the batch was given up. */
function refuse(): never {
  throw uploadAborted();
}

/** What one file adds to the whole. */
interface Share {
  loaded: number;
  confirmed: number;
  total: number;
  speed: number;
  /** Bytes still to be moved. */
  left: number;
  done: number;
  failed: number;
  files: number;
}

function shareOf(state: TaskState): Share {
  const { loaded, confirmed, total, speed } = state.progress;
  const isMoving = !isSettled(state);
  return {
    loaded,
    confirmed,
    total,
    // Whole numbers add up to what they were made of.
    speed: isMoving ? Math.round(speed) : 0,
    left: isMoving ? total - loaded : 0,
    done: Number(state.status === 'done'),
    failed: Number(state.status === 'failed'),
    files: 1,
  };
}
