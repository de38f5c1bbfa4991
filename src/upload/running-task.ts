import type { Ledger } from '../core/progress.js';
import type { TaskEvent } from '../core/task-state.js';
import type { UploadConfig } from '../options/types.js';
import type { TaskMemory } from './task-memory.js';
import type { StatusReporter } from './status-reporter.js';
import type { Turn } from './turn.js';

/** What a task gives to each of its runs: from a start or a resume to its end, a pause or a failure. */
export interface TaskContext {
  /** Aborted when the run has to end. */
  readonly signal: AbortSignal;
  readonly upload: UploadConfig;
  readonly memory: TaskMemory;
  readonly ledger: Ledger;
  readonly turn: Turn;
  dispatch(event: TaskEvent): void;
  /** Whether another task of this uploader works on an upload, be it paused. */
  isTaken(checkpointId: string): boolean;
}

/** A task while one of its runs is under way. */
export interface RunningTask extends TaskContext {
  readonly status: StatusReporter;
  /** Ends the run, which fails with this error. */
  end(error: Error): void;
}
