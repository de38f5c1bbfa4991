import { createEmitter } from '../core/emitter.js';
import { createLedger, type Ledger } from '../core/progress.js';
import { initialState, type TaskEvent, type TaskState, transition, type UploadResult } from '../core/task-state.js';
import { isUploadError, UploadError } from '../errors.js';
import type { UploadConfig } from '../options/types.js';
import type { Clock } from '../ports.js';
import { createResultPromise } from './result-promise.js';
import { createTaskMemory, type TaskMemory } from './task-memory.js';

/**
 * A task without its runs: its state, its progress, what it remembers, and how it ends. Without getters, which would give each of
 * thousands of objects a hidden class of its own: a kilobyte of memory.
 */
export interface TaskCore {
  ledger(): Ledger;
  memory(): TaskMemory;
  result(): Promise<UploadResult>;
  getSnapshot(): TaskState;
  subscribe(listener: () => void): () => void;
  /** @returns whether the state has changed; listeners may have changed it again by then */
  dispatch(event: TaskEvent): boolean;
  /** Reports the progress about ten times a second. The returned function ends that. */
  reportProgress(): () => void;
  finish(result: UploadResult): void;
  fail(error: unknown): void;
  /** @returns whether it was not settled before */
  abort(reason: unknown): boolean;
  /** @returns whether there is anything to resume */
  resume(): boolean;
}

/** Milliseconds between two progress events. */
const TICK = 100;

/** @param onAbort called when the caller's signal is aborted */
export function createTaskCore({ file, path, key, signal }: UploadConfig, clock: Clock, onAbort: (reason: unknown) => void): TaskCore {
  const changes = createEmitter();
  const knownKey = typeof key === 'string' ? key : undefined;
  const ending = createResultPromise(signal, onAbort);
  let state = initialState(file.size, knownKey);
  // Made when the upload begins: thousands of files may wait for their turn.
  let knownLedger: Ledger | undefined;
  let memory: TaskMemory | undefined;

  function dispatch(event: TaskEvent): boolean {
    const next = transition(state, event);
    if (next === state) return false;
    state = next;
    changes.emit();
    return true;
  }

  const accepts = (type: 'queued' | 'aborted'): boolean => transition(state, { type }) !== state;
  const count = (): boolean => dispatch({ type: 'progress', progress: ledger().snapshot(clock.now()) });

  function ledger(): Ledger {
    knownLedger ??= createLedger(file.size);
    return knownLedger;
  }

  return {
    ledger,
    memory() {
      memory ??= createTaskMemory(knownKey, dispatch);
      return memory;
    },
    result: ending.ask,
    getSnapshot: () => state,
    subscribe: changes.subscribe,
    dispatch,
    reportProgress() {
      let cancel = (): void => {};
      const report = (): void => {
        const progress = ledger().snapshot(clock.now());
        if (JSON.stringify(progress) !== JSON.stringify(state.progress)) dispatch({ type: 'progress', progress });
        cancel = clock.after(TICK, report);
      };
      report();
      return () => {
        cancel();
        ledger().rest();
      };
    },
    // The promise settles before listeners hear of it: one that calls resume() gets a new one.
    finish(result) {
      count();
      ending.resolve(result);
      dispatch({ type: 'done', result });
    },
    fail(cause) {
      count();
      const message = `Uploading "${path}" failed: ${(cause as Error)?.message ?? cause}`;
      const error = isUploadError(cause) ? cause : new UploadError('Unexpected', message, { key: state.key, cause });
      ending.reject(error);
      dispatch({ type: 'failed', error });
    },
    abort(reason) {
      if (!accepts('aborted')) return false;
      ending.reject(reason);
      return dispatch({ type: 'aborted' });
    },
    resume() {
      if (!accepts('queued')) return false;
      if (state.status === 'failed') ending.renew();
      return dispatch({ type: 'queued' });
    },
  };
}
