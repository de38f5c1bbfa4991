import { uploadAborted, within, withPatience } from '../core/abortable.js';
import type { Pool } from '../core/pool.js';
import type { TaskState, UploadResult, UploadWarning } from '../core/task-state.js';
import { CallbackError } from '../errors.js';
import type { UploadConfig } from '../options/types.js';
import type { Clock } from '../ports.js';
import type { Runner } from './run-upload.js';
import type { TaskContext } from './running-task.js';
import { createTaskCore, type TaskCore } from './task-core.js';
import type { TaskMemory } from './task-memory.js';
import { createTaskRuns, type EnterLine } from './task-runs.js';
import { createTurn } from './turn.js';

/** The upload of one file. */
export interface UploadTask {
  /** Unique within the page. */
  readonly id: string;
  /** What is uploaded. */
  readonly file: Blob;
  /** The file's path in its folder, or its name. */
  readonly path: string;
  /** The object's key, as soon as it is known. */
  readonly key: string | undefined;
  /**
   * The state now: the same object until something changes.
   * @example
   * const state = task.getSnapshot();
   * if (state.status === 'failed') show(state.error.message);
   */
  getSnapshot(): TaskState;
  /**
   * Calls back after each change, at most about ten times a second for progress.
   * @returns the unsubscriber
   * @example
   * const unsubscribe = task.subscribe(() => render(task.getSnapshot()));
   */
  subscribe(listener: () => void): () => void;
  /**
   * Stops sending. Resolves when no request is in flight and the checkpoint is saved, within a second in any case. No effect once
   * completing or settled.
   * @example
   * await task.pause();
   */
  pause(): Promise<void>;
  /**
   * Continues after a pause, or tries again after a resumable failure, in the same task.
   * @example
   * retryButton.onclick = () => task.resume();
   */
  resume(): void;
  /**
   * Stops the upload, aborts it on the server and forgets its checkpoint. Resolves within a second; what the server
   * has not answered by then continues in the background, and is tried again at a later start if need be.
   * @example
   * cancelButton.onclick = () => task.abort();
   */
  abort(): Promise<void>;
  /**
   * How it ends. Rejects with an {@link UploadError}, or with an `AbortError` after `abort()`, or with the reason of
   * `signal`. After `resume()` of a failed task this is a new promise. An unhandled rejection is never reported.
   */
  readonly result: Promise<UploadResult>;
}

/** A task, as its uploader sees it. */
export interface ManagedTask extends UploadTask {
  /**
   * As `abort()`, for one that is not done; resolves when the server has answered, or can't be reached.
   * @throws {CheckpointError | OssError} as `discard()` does
   */
  giveUp(): Promise<void>;
  /** Stops locally and keeps the checkpoint. */
  stop(reason: unknown): Promise<void>;
  warn(warning: UploadWarning): void;
}

/** Milliseconds that a pause, an abort or a stop waits at most for what is under way. */
const PATIENCE = 800;
/** Milliseconds in which the checkpoint of an aborted upload is searched for. */
const FIND_PATIENCE = 8_000;

/**
 * @param isTaken whether another task works on an upload
 * @param turns its turn is a slot of these
 */
export function createTask(
  id: string,
  upload: UploadConfig,
  runner: Runner,
  clock: Clock,
  isTaken: (checkpointId: string) => boolean,
  turns: Pool,
): ManagedTask {
  const core = createTaskCore(upload, clock, end);
  const { getSnapshot, dispatch } = core;
  const isQueued = (): boolean => getSnapshot().status === 'queued';
  const enterLine: EnterLine = (begin) => turns.enter(core, begin);
  const runs = createTaskRuns(isQueued, enterLine, (...run) => runOnce(core, runner, contextOf(...run)));
  let discarding: Promise<void> | undefined;

  function contextOf(signal: AbortSignal, endTurn?: () => void): TaskContext {
    return {
      signal,
      upload,
      memory: core.memory(),
      ledger: core.ledger(),
      turn: createTurn(() => turns.acquire(core, signal), endTurn),
      isTaken,
      // A run that has ended no longer decides the task's state; what it has learned about the upload is true.
      dispatch(event) {
        if (!signal.aborted || event.type === 'identify' || event.type === 'warn') dispatch(event);
      },
    };
  }

  /** Ends the run under way and settles the task as aborted. */
  function end(reason: unknown): void {
    if (core.abort(reason)) runs.stop(reason);
  }

  function giveUp(): Promise<void> {
    const search = isOver(getSnapshot()) ? undefined : contextOf;
    end(uploadAborted());
    discarding ??= discardOwn(runs.ended(), runner, core.memory(), search, clock).finally(() => {
      discarding = undefined;
    });
    return discarding;
  }

  runs.drive();
  return Object.assign(new Shown(id, upload, core), {
    pause() {
      const ended = runs.ended();
      if (dispatch({ type: 'paused' })) runs.stop();
      return patiently(ended, clock);
    },
    resume() {
      if (core.resume()) runs.drive();
    },
    async abort() {
      if (getSnapshot().status !== 'done')
        await patiently(
          giveUp().catch(() => {}),
          clock,
        );
    },
    giveUp,
    stop(reason: unknown) {
      const ended = runs.ended();
      end(reason);
      return patiently(ended, clock);
    },
    warn: (warning: UploadWarning) => void dispatch({ type: 'warn', warning }),
  });
}

/** What a task shows. A class, because of the getters: in an object literal they cost each of thousands of tasks a kilobyte. */
class Shown {
  readonly id: string;
  readonly file: Blob;
  readonly path: string;
  readonly getSnapshot: UploadTask['getSnapshot'];
  readonly subscribe: UploadTask['subscribe'];
  /** Not `#core`: a task may be behind a Proxy, as in Vue's `reactive()`. */
  private readonly core: TaskCore;

  constructor(id: string, { file, path }: UploadConfig, core: TaskCore) {
    this.id = id;
    this.file = file;
    this.path = path;
    this.getSnapshot = core.getSnapshot;
    this.subscribe = core.subscribe;
    this.core = core;
  }

  get key(): string | undefined {
    return this.core.getSnapshot().key;
  }
  get result(): Promise<UploadResult> {
    return this.core.result();
  }
}

/** Whether a task has nothing to discard but what it has opened itself. A failure that can't be resumed leaves no upload. */
function isOver(state: TaskState): boolean {
  return state.status === 'failed' ? !state.resumable : state.status === 'aborted';
}

async function patiently(ending: Promise<void> | undefined, clock: Clock): Promise<void> {
  if (ending) await within(ending, PATIENCE, clock);
}

async function runOnce(core: TaskCore, runner: Runner, context: TaskContext): Promise<void> {
  const { signal, turn } = context;
  let stopReporting = (): void => {};
  try {
    // Out of the turn of whoever has left the line.
    await undefined;
    signal.throwIfAborted();
    core.dispatch({ type: 'preparing' });
    stopReporting = core.reportProgress();
    core.finish(await runner.run(context));
  } catch (error) {
    // A pause, an abort or a stop has already said what state the task is in. But what is stored is stored.
    if (!signal.aborted || error instanceof CallbackError) core.fail(error);
  } finally {
    turn.release();
    stopReporting();
  }
}

/** Once its run has ended, discards the upload that a task has opened; or else the one that it would have resumed, which an earlier page load left. */
async function discardOwn(
  ended: Promise<void> | undefined,
  runner: Runner,
  memory: TaskMemory,
  contextOf: ((signal: AbortSignal) => TaskContext) | undefined,
  clock: Clock,
): Promise<void> {
  await ended;
  const { opened } = memory;
  let id = opened?.id;
  if (id === undefined && contextOf) id = await withPatience(FIND_PATIENCE, clock, (signal) => runner.findCheckpoint(contextOf(signal)));
  memory.close();
  if (id !== undefined) await runner.discard(id, opened);
}
