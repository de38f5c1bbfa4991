import { createEmitter } from '../core/emitter.js';
import { createLedger } from '../core/progress.js';
import {
  initialState,
  isSettled,
  type TaskEvent,
  type TaskState,
  transition,
  type UploadResult,
  type UploadWarning,
} from '../core/state.js';
import { isUploadError, UploadError } from '../errors.js';
import type { ObjectHeaders } from '../oss/object-headers.js';
import type { UploadConfig } from '../options.js';
import { discard } from './discard.js';
import type { Host, LoadEngine, RunMemory } from './engine.js';

/** One file on its way. */
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
   * Stops sending. Resolves when no request is in flight and the checkpoint is saved. No effect once completing or settled.
   * @example
   * await task.pause();
   */
  pause(): Promise<void>;
  /**
   * Goes on after a pause, or tries again after a resumable failure, in place.
   * @example
   * retryButton.onclick = () => task.resume();
   */
  resume(): void;
  /**
   * Gives the upload up: stops it, aborts it on the server and forgets its checkpoint.
   * @example
   * cancelButton.onclick = () => task.abort();
   */
  abort(): Promise<void>;
  /**
   * How it ends. Rejects with an {@link UploadError}, or with an `AbortError` after `abort()`, or with the reason of
   * `signal`. After `resume()` of a failed task this is a new promise. Nobody has to listen.
   */
  readonly result: Promise<UploadResult>;
}

/** What the uploader knows of a task beyond its users. */
export interface ManagedTask extends UploadTask {
  /** Where its checkpoint is, while it has one. */
  readonly checkpointId: string | undefined;
  /** Stops locally and keeps the checkpoint. */
  stop(reason: unknown): Promise<void>;
  warn(warning: UploadWarning): void;
}

export interface TaskDependencies {
  host: Host;
  loadEngine: LoadEngine;
  upload: UploadConfig;
  headers: ObjectHeaders;
  /** Waits until it is this task's turn; the returned function ends it. */
  takeTurn(signal: AbortSignal): Promise<() => void>;
}

/** Milliseconds between two looks at the progress. */
const TICK = 100;

export function createTask(id: string, { host, loadEngine, upload, headers, takeTurn }: TaskDependencies): ManagedTask {
  const { clock } = host;
  const { file, path } = upload;
  const changes = createEmitter();
  const ledger = createLedger(file.size);
  const memory: RunMemory = { checkpointId: undefined, key: typeof upload.key === 'string' ? upload.key : undefined, verified: new Map() };
  let state = initialState(file.size);
  let outcome = createOutcome();
  /** The run under way, if any: a pause ends it, a resume begins the next. */
  let run: { controller: AbortController; ended: Promise<void> } | undefined;
  let isDiscarding = false;

  function dispatch(event: TaskEvent): void {
    const next = transition(state, event);
    if (next === state) return;
    state = next;
    changes.emit();
  }

  function tick(): () => void {
    let cancel = (): void => {};
    const look = (): void => {
      const progress = ledger.snapshot(clock.now());
      if (!isSame(progress, state.progress)) dispatch({ type: 'progress', progress });
      cancel = clock.after(TICK, look);
    };
    look();
    return () => {
      cancel();
      ledger.rest();
    };
  }

  function start(): void {
    const controller = new AbortController();
    const previous = run?.ended;
    run = { controller, ended: execute(controller.signal, previous) };
  }

  async function execute(signal: AbortSignal, previous: Promise<void> | undefined): Promise<void> {
    // Also keeps the start out of the caller's turn: whoever called has subscribed by now.
    await previous;
    let giveTurn = (): void => {};
    let stopTicking = (): void => {};
    try {
      giveTurn = await takeTurn(signal);
      signal.throwIfAborted();
      dispatch({ type: 'prepare' });
      stopTicking = tick();
      const engine = await loadEngine(signal, (error) => dispatch({ type: 'wait', for: 'network', error }));
      dispatch({ type: 'prepare' });
      const result = await engine.upload({
        ...host,
        upload,
        headers,
        signal,
        ledger,
        dispatch,
        memory,
        isDiscarding: () => isDiscarding,
        turn: {
          give: () => giveTurn(),
          take: async () => {
            giveTurn = await takeTurn(signal);
          },
        },
      });
      // What a quick upload has done since the last look, or since ever.
      dispatch({ type: 'progress', progress: ledger.snapshot(clock.now()) });
      dispatch({ type: 'finish', result });
      outcome.resolve(result);
    } catch (error) {
      // A pause, an abort or a stop has already said what state the task is in.
      if (!signal.aborted) fail(error);
    } finally {
      giveTurn();
      stopTicking();
      if (run?.controller.signal === signal) run = undefined;
    }
  }

  function fail(error: unknown): void {
    const uploadError = isUploadError(error)
      ? error
      : new UploadError('Unexpected', `Uploading "${path}" failed: ${(error as Error)?.message ?? error}`, {
          key: memory.key,
          cause: error,
        });
    dispatch({ type: 'progress', progress: ledger.snapshot(clock.now()) });
    dispatch({ type: 'fail', error: uploadError });
    outcome.reject(uploadError);
  }

  /** Ends the run under way and settles the task as aborted. */
  async function end(reason: unknown): Promise<void> {
    if (isSettled(state) && state.status !== 'failed') return run?.ended;
    dispatch({ type: 'abort' });
    outcome.reject(reason);
    upload.signal?.removeEventListener('abort', onSignal);
    run?.controller.abort(reason);
    await run?.ended;
  }

  const onSignal = (): void => void end(upload.signal?.reason);
  if (upload.signal?.aborted) queueMicrotask(onSignal);
  upload.signal?.addEventListener('abort', onSignal, { once: true });
  queueMicrotask(() => {
    if (state.status === 'queued') start();
  });

  return {
    id,
    file,
    path,
    get key() {
      return memory.key;
    },
    get checkpointId() {
      return memory.checkpointId;
    },
    get result() {
      return outcome.promise;
    },
    getSnapshot: () => state,
    subscribe: changes.subscribe,
    async pause() {
      dispatch({ type: 'pause' });
      if (state.status === 'paused') run?.controller.abort(new DOMException('The upload was paused', 'AbortError'));
      await run?.ended;
    },
    resume() {
      const { status } = state;
      dispatch({ type: 'queue' });
      if (state.status !== 'queued' || status === 'queued') return;
      if (status === 'failed') outcome = createOutcome();
      start();
    },
    async abort() {
      isDiscarding = true;
      // A run discards the upload itself, while it still holds the lock.
      const isRunning = run !== undefined;
      await end(new DOMException('The upload was aborted', 'AbortError'));
      const { checkpointId } = memory;
      if (!isRunning && checkpointId !== undefined) await discard(host, checkpointId).catch(() => {});
    },
    stop: end,
    warn: (warning) => dispatch({ type: 'warn', warning }),
  };
}

interface Outcome {
  promise: Promise<UploadResult>;
  resolve(result: UploadResult): void;
  reject(reason: unknown): void;
}

function createOutcome(): Outcome {
  let settle: Omit<Outcome, 'promise'> | undefined;
  const promise = new Promise<UploadResult>((resolve, reject) => {
    settle = { resolve, reject };
  });
  // The state tells it too: a page that listens there is not to be bothered with an unhandled rejection.
  promise.catch(() => {});
  return { promise, ...(settle as Omit<Outcome, 'promise'>) };
}

function isSame(a: TaskState['progress'], b: TaskState['progress']): boolean {
  return (
    a.loaded === b.loaded &&
    a.confirmed === b.confirmed &&
    a.speed === b.speed &&
    a.parts.done === b.parts.done &&
    a.parts.total === b.parts.total
  );
}
