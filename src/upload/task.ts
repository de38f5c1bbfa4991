import { uploadAborted } from '../core/abortable.js';
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
import { CallbackError, isUploadError, UploadError } from '../errors.js';
import type { UploadConfig } from '../options/types.js';
import { discard } from '../checkpoint/discard.js';
import type { Host, Run, RunMemory } from './host.js';
import { findCheckpoint, runUpload } from './run-upload.js';

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
   * Stops sending. Resolves when no request is in flight and the checkpoint is saved, within a second in any case. No effect once
   * completing or settled.
   * @example
   * await task.pause();
   */
  pause(): Promise<void>;
  /**
   * Continues after a pause, or tries again after a resumable failure, in place.
   * @example
   * retryButton.onclick = () => task.resume();
   */
  resume(): void;
  /**
   * Gives the upload up: stops it, aborts it on the server and forgets its checkpoint. Resolves within a second; what the server
   * has not answered by then continues in the background, and is tried again at a later start if need be.
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
  /**
   * As `abort()`, for one that is not done; resolves when the server has heard of it, or can't be reached.
   * @throws {CheckpointError | OssError} as `discard()` does
   */
  giveUp(): Promise<void>;
  /** Stops locally and keeps the checkpoint. */
  stop(reason: unknown): Promise<void>;
  warn(warning: UploadWarning): void;
}

export interface TaskDependencies {
  host: Host;
  upload: UploadConfig;
  isTaken: Run['isTaken'];
  /** Waits until it is this task's turn; the returned function ends it. */
  takeTurn(signal: AbortSignal): Promise<() => void>;
}

/** Milliseconds between two looks at the progress. */
const TICK = 100;
/** Milliseconds that a pause, an abort or a stop waits at most for what is under way. */
const PATIENCE = 800;

export function createTask(id: string, { host, upload, isTaken, takeTurn }: TaskDependencies): ManagedTask {
  const { clock } = host;
  const { file, path } = upload;
  const changes = createEmitter();
  const ledger = createLedger(file.size);
  const memory: RunMemory = {
    key: typeof upload.key === 'string' ? upload.key : undefined,
    opened: undefined,
    verified: new Map(),
    wasFree: undefined,
    damaged: undefined,
  };
  let state = initialState(file.size, memory.key);
  let outcome = createOutcome();
  /** The run under way, if any. */
  let run: { controller: AbortController; ended: Promise<void> } | undefined;
  let isDriving = false;
  let discarding: Promise<void> | undefined;

  /** @returns whether the state has changed; listeners may have changed it again by then */
  function dispatch(event: TaskEvent): boolean {
    const next = transition(state, event);
    if (next === state) return false;
    state = next;
    changes.emit();
    return true;
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

  /** The only place that starts a run: there is one at a time, however pauses and resumes follow each other. */
  async function drive(): Promise<void> {
    if (isDriving) return;
    isDriving = true;
    // Out of the caller's turn: whoever called has subscribed by now.
    await undefined;
    while (state.status === 'queued') {
      const controller = new AbortController();
      run = { controller, ended: execute(controller.signal) };
      await run.ended;
      run = undefined;
    }
    isDriving = false;
  }

  async function execute(signal: AbortSignal): Promise<void> {
    let giveTurn = (): void => {};
    let stopTicking = (): void => {};
    try {
      giveTurn = await takeTurn(signal);
      signal.throwIfAborted();
      dispatch({ type: 'prepare' });
      stopTicking = tick();
      const take = async (): Promise<void> => {
        giveTurn = await takeTurn(signal);
      };
      finish(await runUpload(createRun(signal, { give: () => giveTurn(), take })));
    } catch (error) {
      // A pause, an abort or a stop has already said what state the task is in. But what is stored is stored.
      if (!signal.aborted || error instanceof CallbackError) fail(error);
    } finally {
      giveTurn();
      stopTicking();
    }
  }

  function createRun(signal: AbortSignal, turn: Run['turn']): Run {
    // A run that has ended has nothing to say about the task's state; what it has learned about the upload is true.
    const dispatchOfRun = (event: TaskEvent): void => {
      if (!signal.aborted || event.type === 'identify' || event.type === 'warn') dispatch(event);
    };
    return { ...host, upload, headers: upload.headers, signal, ledger, dispatch: dispatchOfRun, memory, isTaken, turn };
  }

  // In both, the promise settles before listeners hear of it: one that calls resume() gets a new one.
  function finish(result: UploadResult): void {
    outcome.resolve(result);
    // What a quick upload has done since the last look, or since ever.
    dispatch({ type: 'progress', progress: ledger.snapshot(clock.now()) });
    dispatch({ type: 'finish', result });
    letGoOfSignal();
  }

  function fail(error: unknown): void {
    const uploadError = isUploadError(error)
      ? error
      : new UploadError('Unexpected', `Uploading "${path}" failed: ${(error as Error)?.message ?? error}`, {
          key: memory.key,
          cause: error,
        });
    dispatch({ type: 'progress', progress: ledger.snapshot(clock.now()) });
    outcome.reject(uploadError);
    letGoOfSignal();
    dispatch({ type: 'fail', error: uploadError });
  }

  /** Ends the run under way and settles the task as aborted. */
  function end(reason: unknown): void {
    if (transition(state, { type: 'abort' }) === state) return;
    const ending = run;
    outcome.reject(reason);
    letGoOfSignal();
    dispatch({ type: 'abort' });
    ending?.controller.abort(reason);
  }

  /** @param isLive nothing had ended the task before: there may be an upload of an earlier page load that it has not found yet */
  async function discardOwn(isLive: boolean): Promise<void> {
    await run?.ended;
    const { opened } = memory;
    const id = opened?.id ?? (isLive ? await findUnopened() : undefined);
    memory.opened = undefined;
    if (id !== undefined) await discard(host, id, opened);
  }

  async function findUnopened(): Promise<string | undefined> {
    const patience = new AbortController();
    const cancel = clock.after(10 * PATIENCE, () => patience.abort());
    try {
      return await findCheckpoint(createRun(patience.signal, { give() {}, take: async () => {} }));
    } finally {
      cancel();
    }
  }

  function giveUp(): Promise<void> {
    const isLive = !isSettled(state);
    end(uploadAborted());
    discarding ??= discardOwn(isLive);
    return discarding;
  }

  async function patiently(ending: Promise<unknown> | undefined): Promise<void> {
    let cancel = (): void => {};
    const enough = new Promise<void>((resolve) => {
      cancel = clock.after(PATIENCE, resolve);
    });
    await Promise.race([ending, enough]).finally(() => cancel());
  }

  const onSignal = (): void => end(upload.signal?.reason);
  const holdOnToSignal = (): void => {
    if (upload.signal?.aborted) queueMicrotask(onSignal);
    upload.signal?.addEventListener('abort', onSignal, { once: true });
  };
  /** The caller's signal may live as long as the page: nothing that is settled hangs on it. */
  const letGoOfSignal = (): void => upload.signal?.removeEventListener('abort', onSignal);

  holdOnToSignal();
  void drive();

  return {
    id,
    file,
    path,
    get key() {
      return state.key;
    },
    get result() {
      return outcome.promise;
    },
    getSnapshot: () => state,
    subscribe: changes.subscribe,
    async pause() {
      const pausing = run;
      if (dispatch({ type: 'pause' })) pausing?.controller.abort(new DOMException('The upload was paused', 'AbortError'));
      await patiently(pausing?.ended);
    },
    resume() {
      if (transition(state, { type: 'queue' }) === state) return;
      if (state.status === 'failed') {
        outcome = createOutcome();
        holdOnToSignal();
      }
      dispatch({ type: 'queue' });
      void drive();
    },
    async abort() {
      if (state.status !== 'done') await patiently(giveUp().catch(() => {}));
    },
    giveUp,
    async stop(reason) {
      const stopping = run?.ended;
      end(reason);
      await patiently(stopping);
    },
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
