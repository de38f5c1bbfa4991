import { createEmitter } from '../core/emitter.js';
import { isSettled, type TaskState } from '../core/task-state.js';
import type { UploadTask } from './task.js';

/** The combined state of many uploads. Sizes in bytes. */
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

/** Adds up the states of a batch's tasks. */
export interface BatchTotals {
  getSnapshot(): BatchState;
  subscribe(listener: () => void): () => void;
  /** Adds a task, and follows it. */
  follow(task: UploadTask): void;
  /** Adds a file that was not begun. */
  addUnbegun(hasFailed: boolean): void;
  /** No more files come. */
  close(): void;
}

export function createBatchTotals(): BatchTotals {
  const changes = createEmitter();
  const sum: Share = { loaded: 0, confirmed: 0, total: 0, speed: 0, left: 0, done: 0, failed: 0, files: 0 };
  const shares = new Map<UploadTask, Share>();
  let isAdding = true;
  let state: BatchState | undefined;

  function changed(): void {
    state = undefined;
    changes.emit();
  }

  /** Counts what has changed, not all files anew: with 20,000 of them there are thousands of changes a second. */
  function count(task: UploadTask): void {
    const [before, now] = [shares.get(task), shareOf(task.getSnapshot())];
    for (const name of Object.keys(sum) as (keyof Share)[]) sum[name] += now[name] - (before?.[name] ?? 0);
    shares.set(task, now);
    changed();
  }

  return {
    subscribe: changes.subscribe,
    getSnapshot() {
      const { left, done, failed, files: total, ...bytes } = sum;
      const eta = sum.speed > 0 ? (left / sum.speed) * 1000 : undefined;
      state ??= { ...bytes, eta, files: { done, failed, total, isAdding } };
      return state;
    },
    follow(task) {
      task.subscribe(() => count(task));
      count(task);
    },
    addUnbegun(hasFailed) {
      sum.files += 1;
      sum.failed += Number(hasFailed);
      changed();
    },
    close() {
      isAdding = false;
      changed();
    },
  };
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
