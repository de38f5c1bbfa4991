import { createEmitter } from '../core/emitter.js';
import { createPool } from '../core/pool.js';
import { isSettled, type TaskState } from '../core/task-state.js';
import type { UploadConfig } from '../options/types.js';
import type { Clock } from '../ports.js';
import type { Runner } from './run-upload.js';
import { createTask, type ManagedTask, type UploadTask } from './task.js';

/** The tasks of an uploader, and whose turn it is. */
export interface TaskList {
  add(upload: UploadConfig, runner: Runner): ManagedTask;
  /** All tasks, oldest first: the same array until one is added or cleared. */
  getTasks(): readonly ManagedTask[];
  /** Whether a task works on an upload, be it paused. @param except not this one */
  isTaken(checkpointId: string, except?: ManagedTask): boolean;
  /** Calls back when a task changes, is added or cleared. */
  subscribe(listener: () => void): () => void;
  /** Removes the tasks that are done, aborted, or failed permanently. */
  clear(): void;
  /** Removes one task, if it is settled. */
  remove(task: UploadTask): void;
}

/**
 * Files worked on at a time beyond the requests in flight: while one is fingerprinted or completed, the next one's
 * parts fill the slots.
 */
const AHEAD = 2;

/** @param onBusy called when the first task begins to move, and when the last one stops */
export function createTaskList(parallel: number, clock: Clock, onBusy: (busy: boolean) => void): TaskList {
  const changes = createEmitter();
  const turns = createPool(parallel + AHEAD);
  const tasks = new Set<ManagedTask>();
  const busy = new Set<ManagedTask>();
  let snapshot: readonly ManagedTask[] | undefined;
  let count = 0;

  function changed(): void {
    snapshot = undefined;
    changes.emit();
  }

  function follow(task: ManagedTask): void {
    const wasBusy = busy.size > 0;
    // One that was removed after it had failed is resumed.
    if (!isSettled(task.getSnapshot()) && !tasks.has(task)) {
      tasks.add(task);
      snapshot = undefined;
    }
    if (isBusy(task.getSnapshot())) busy.add(task);
    else busy.delete(task);
    if (wasBusy !== busy.size > 0) onBusy(!wasBusy);
    changes.emit();
  }

  const isTaken: TaskList['isTaken'] = (id, except) => [...tasks].some((task) => task !== except && isWorkingOn(task.getSnapshot(), id));

  return {
    add(upload, runner) {
      count += 1;
      const task = createTask(String(count), upload, runner, clock, (id) => isTaken(id, task), turns);
      task.subscribe(() => follow(task));
      tasks.add(task);
      changed();
      return task;
    },
    getTasks() {
      snapshot ??= [...tasks];
      return snapshot;
    },
    isTaken,
    subscribe: changes.subscribe,
    clear() {
      for (const task of tasks) {
        const state = task.getSnapshot();
        if (isSettled(state) && !(state.status === 'failed' && state.resumable)) tasks.delete(task);
      }
      changed();
    },
    remove(task) {
      if (isSettled(task.getSnapshot()) && tasks.delete(task as ManagedTask)) changed();
    },
  };
}

/** A task that has failed may be resumed. */
export function isWorkingOn({ status, checkpointId }: TaskState, id: string): boolean {
  return checkpointId === id && status !== 'done' && status !== 'aborted';
}

function isBusy({ status }: TaskState): boolean {
  return status === 'preparing' || status === 'uploading' || status === 'waiting' || status === 'completing';
}
