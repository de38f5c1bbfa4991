/** The state machine of one upload: its states, the events, and the transitions between them. */
import type { UploadError } from '../errors.js';
import type { UploadResult } from './upload-result.js';

export type { UploadResult };

/** Progress of one upload. Sizes in bytes. */
export interface Progress {
  /** Bytes handed to the network. Never decreases, and equals `total` only when the object is complete. */
  readonly loaded: number;
  /** Bytes in parts that OSS has acknowledged. */
  readonly confirmed: number;
  /** The file's size. */
  readonly total: number;
  /** Bytes per second, an exponential moving average; 0 while no data is transferred. */
  readonly speed: number;
  /** Milliseconds left at this speed; `undefined` while unknown. */
  readonly eta: number | undefined;
  /** Numbers of parts; `total` is 0 until the parts are planned. */
  readonly parts: { readonly done: number; readonly total: number };
}

/** A problem worth showing to the user that doesn't stop the upload. */
export interface UploadWarning {
  /**
   * `checkpoint-in-memory`: the checkpoint is lost with the page. `crc64-not-exposed`: the bucket's CORS rules hide the CRC-64, so
   * the result is not verified. `callback-unknown`: the object is stored, but the application server's answer to OSS's callback
   * was lost. `discovery-refused`: open uploads could not be listed, so the upload began anew.
   */
  readonly code: 'checkpoint-in-memory' | 'crc64-not-exposed' | 'callback-unknown' | 'discovery-refused';
  /** For people, in English. */
  readonly message: string;
}

/**
 * Why an upload waits: the network is gone, the service is busy, another tab or another task of this page uploads the file,
 * credentials are being fetched.
 */
export type WaitReason = 'network' | 'service' | 'other-tab' | 'this-page' | 'credentials';

interface Common {
  readonly progress: Progress;
  readonly warnings: readonly UploadWarning[];
  /** The object's key, as soon as it is known. */
  readonly key: string | undefined;
  /** ID of the checkpoint, as in `unfinished()`, while there is one. */
  readonly checkpointId: string | undefined;
  /**
   * What an unfinished upload was found by: this browser's checkpoint, or the server's list (option `discover`); `undefined` for a new
   * one.
   */
  readonly resumedFrom: 'checkpoint' | 'server' | undefined;
}

/** The state of one upload: immutable, replaced at each change. */
export type TaskState = Common &
  (
    | { readonly status: 'queued' | 'preparing' | 'uploading' | 'paused' | 'completing' | 'aborted' }
    /** `error` caused the wait; `undefined` while waiting for another tab, another task or slow credentials. */
    | { readonly status: 'waiting'; readonly reason: WaitReason; readonly error: UploadError | undefined }
    | { readonly status: 'done'; readonly result: UploadResult }
    | { readonly status: 'failed'; readonly error: UploadError; readonly resumable: boolean }
  );

/** All values of `state.status`. */
export type TaskStatus = TaskState['status'];

/** Events of an upload: the status that it reaches, or what is learned meanwhile. */
export type TaskEvent =
  | { readonly type: 'queued' | 'preparing' | 'uploading' | 'completing' | 'paused' | 'aborted' }
  | { readonly type: 'waiting'; readonly reason: WaitReason; readonly error?: UploadError | undefined }
  | { readonly type: 'progress'; readonly progress: Progress }
  | {
      readonly type: 'identify';
      readonly key: string | undefined;
      readonly checkpointId: string | undefined;
      readonly resumedFrom: TaskState['resumedFrom'];
    }
  | { readonly type: 'warn'; readonly warning: UploadWarning }
  | { readonly type: 'done'; readonly result: UploadResult }
  | { readonly type: 'failed'; readonly error: UploadError };

/** Where each status may lead. Every unsettled one also accepts `progress` and `warn`; all accept `identify`. */
const leadsTo: Record<TaskStatus, readonly TaskStatus[]> = {
  // Done: an answer that was under way when the user paused or resumed may report that the object is complete.
  queued: ['done', 'aborted', 'failed', 'paused', 'waiting', 'preparing'],
  preparing: ['done', 'aborted', 'failed', 'paused', 'waiting', 'uploading', 'completing'],
  uploading: ['done', 'aborted', 'failed', 'paused', 'waiting', 'preparing', 'completing'],
  waiting: ['done', 'aborted', 'failed', 'paused', 'waiting', 'preparing', 'uploading', 'completing'],
  // Not paused: an interrupted Complete may have succeeded, and finding out needs a permission that not everybody grants.
  completing: ['done', 'aborted', 'failed', 'waiting', 'preparing', 'uploading'],
  paused: ['done', 'aborted', 'failed', 'queued'],
  failed: ['queued', 'aborted'],
  done: [],
  aborted: [],
};

/** The state before anything has happened. */
export function initialState(total: number, key?: string): TaskState {
  const progress: Progress = { loaded: 0, confirmed: 0, total, speed: 0, eta: undefined, parts: { done: 0, total: 0 } };
  return { status: 'queued', progress, warnings: [], key, checkpointId: undefined, resumedFrom: undefined };
}

/**
 * The next state, or the same object when the event changes nothing. An event that the current status does not accept comes
 * too late (a part that ended after a pause, for example) and is ignored.
 */
export function transition(state: TaskState, event: TaskEvent): TaskState {
  const { progress, warnings, key, checkpointId, resumedFrom } = state;
  if (event.type === 'progress') return isSettled(state) ? state : { ...state, progress: fitting(state.status, event.progress) };
  if (event.type === 'warn') {
    const known = isSettled(state) || warnings.some((warning) => warning.code === event.warning.code);
    return known ? state : { ...state, warnings: [...warnings, event.warning] };
  }
  if (event.type === 'identify') {
    const { type: _, ...identity } = event;
    const isKnown = event.key === key && event.checkpointId === checkpointId && event.resumedFrom === resumedFrom;
    return isKnown ? state : { ...state, ...identity };
  }
  if (!leadsTo[state.status].includes(event.type)) return state;
  if (event.type === 'queued' && state.status === 'failed' && !state.resumable) return state;
  const next = { progress: fitting(event.type, progress), warnings, key, checkpointId, resumedFrom };
  switch (event.type) {
    case 'waiting':
      if (state.status === 'waiting' && state.reason === event.reason) return state;
      return { ...next, status: 'waiting', reason: event.reason, error: event.error };
    case 'done': {
      const { total, parts } = progress;
      const complete = { loaded: total, confirmed: total, total, speed: 0, eta: 0, parts: { done: parts.total, total: parts.total } };
      return { ...next, status: 'done', result: event.result, progress: complete };
    }
    case 'failed':
      return { ...next, status: 'failed', error: event.error, resumable: event.error.resumable };
    default:
      return { ...next, status: event.type };
  }
}

/** Whether nothing more will happen automatically. A resumable failure is settled until `resume()`. */
export function isSettled(state: TaskState): boolean {
  return state.status === 'done' || state.status === 'failed' || state.status === 'aborted';
}

/** Clears the speed in a status in which no data is transferred. */
function fitting(status: TaskStatus, progress: Progress): Progress {
  const isMoving = status === 'preparing' || status === 'uploading' || status === 'completing';
  return isMoving || (progress.speed === 0 && progress.eta === undefined) ? progress : { ...progress, speed: 0, eta: undefined };
}
