import type { UploadError } from '../errors.js';
import type { UploadResult } from './upload-result.js';

export type { UploadResult };

/** How far one upload is. All sizes in bytes. */
export interface Progress {
  /** Bytes handed to the network. Never decreases; equals `total` only when the object is complete. */
  readonly loaded: number;
  /** Bytes in parts that OSS has acknowledged. */
  readonly confirmed: number;
  /** The file's size. */
  readonly total: number;
  /** Bytes a second, an exponential moving average; 0 while nothing moves. */
  readonly speed: number;
  /** Seconds left at this speed; `undefined` while unknown. */
  readonly eta: number | undefined;
  /** Numbers of parts; `total` is 0 until the parts are planned. */
  readonly parts: { readonly done: number; readonly total: number };
}

/** Something the page may want to tell, which does not stop the upload. */
export interface UploadWarning {
  /**
   * The checkpoint is lost with the page; the bucket's CORS rule hides what the result would be proved by; or the object is
   * stored, but the answer was lost that told what the application server said to OSS's callback.
   */
  readonly code: 'checkpoint-in-memory' | 'crc64-not-exposed' | 'callback-unknown';
  /** For people, in English. */
  readonly message: string;
}

/** What an upload waits for: a network that is gone, a service that refuses for now, another tab, the credentials function. */
export type WaitReason = 'network' | 'service' | 'other-tab' | 'credentials';

interface Common {
  readonly progress: Progress;
  readonly warnings: readonly UploadWarning[];
  /** The object's key, as soon as it is known. */
  readonly key: string | undefined;
  /** Where the checkpoint is, as in `unfinished()`, while there is one. */
  readonly checkpointId: string | undefined;
}

/** The state of one upload: immutable, replaced at each change. */
export type TaskState = Common &
  (
    | { readonly status: 'queued' | 'preparing' | 'uploading' | 'paused' | 'completing' | 'aborted' }
    /** `error` is what is being waited out; there is none while another tab or a slow credentials function is waited for. */
    | { readonly status: 'waiting'; readonly reason: WaitReason; readonly error: UploadError | undefined }
    | { readonly status: 'done'; readonly result: UploadResult }
    | { readonly status: 'failed'; readonly error: UploadError; readonly resumable: boolean }
  );

/** The words that tell the states apart. */
export type TaskStatus = TaskState['status'];

/** What can happen to an upload. */
export type TaskEvent =
  | { readonly type: 'queue' | 'prepare' | 'upload' | 'complete' | 'pause' | 'abort' }
  | { readonly type: 'wait'; readonly reason: WaitReason; readonly error?: UploadError | undefined }
  | { readonly type: 'progress'; readonly progress: Progress }
  | { readonly type: 'identify'; readonly key: string | undefined; readonly checkpointId: string | undefined }
  | { readonly type: 'warn'; readonly warning: UploadWarning }
  | { readonly type: 'finish'; readonly result: UploadResult }
  | { readonly type: 'fail'; readonly error: UploadError };

type StatusEvent = Exclude<TaskEvent['type'], 'progress' | 'warn' | 'identify'>;

/** The status that each event leads to, where it is accepted. */
const leadsTo = {
  queue: 'queued',
  prepare: 'preparing',
  upload: 'uploading',
  complete: 'completing',
  wait: 'waiting',
  pause: 'paused',
  abort: 'aborted',
  finish: 'done',
  fail: 'failed',
} as const satisfies Record<StatusEvent, TaskStatus>;

/** Which events each status accepts, besides `progress` and `warn`, which every unsettled one does, and `identify`. */
const accepts: Record<TaskStatus, readonly StatusEvent[]> = {
  // Finish: an answer that was on its way when the user paused or resumed may say that all is there. What is done is done.
  queued: ['finish', 'abort', 'fail', 'pause', 'wait', 'prepare'],
  preparing: ['finish', 'abort', 'fail', 'pause', 'wait', 'upload', 'complete'],
  uploading: ['finish', 'abort', 'fail', 'pause', 'wait', 'prepare', 'complete'],
  waiting: ['finish', 'abort', 'fail', 'pause', 'wait', 'prepare', 'upload', 'complete'],
  // Not to be paused: an interrupted Complete may have won, and finding out needs a permission not everybody gives.
  completing: ['finish', 'abort', 'fail', 'wait', 'prepare', 'upload'],
  paused: ['finish', 'abort', 'fail', 'queue'],
  failed: ['queue', 'abort'],
  done: [],
  aborted: [],
};

/** The state before anything has happened. */
export function initialState(total: number, key?: string): TaskState {
  const progress: Progress = { loaded: 0, confirmed: 0, total, speed: 0, eta: undefined, parts: { done: 0, total: 0 } };
  return { status: 'queued', progress, warnings: [], key, checkpointId: undefined };
}

/**
 * The next state, or the same object when the event changes nothing: an event that the current status does not
 * accept is late news (a part that ended after a pause, say) and is ignored.
 */
export function transition(state: TaskState, event: TaskEvent): TaskState {
  const { progress, warnings, key, checkpointId } = state;
  if (event.type === 'progress') return isSettled(state) ? state : { ...state, progress: fitting(state.status, event.progress) };
  if (event.type === 'warn') {
    const known = isSettled(state) || warnings.some((warning) => warning.code === event.warning.code);
    return known ? state : { ...state, warnings: [...warnings, event.warning] };
  }
  if (event.type === 'identify') {
    const isKnown = event.key === key && event.checkpointId === checkpointId;
    return isKnown ? state : { ...state, key: event.key, checkpointId: event.checkpointId };
  }
  if (!accepts[state.status].includes(event.type)) return state;
  if (event.type === 'queue' && state.status === 'failed' && !state.resumable) return state;
  const next = { progress: fitting(leadsTo[event.type], progress), warnings, key, checkpointId };
  switch (event.type) {
    case 'wait':
      if (state.status === 'waiting' && state.reason === event.reason) return state;
      return { ...next, status: 'waiting', reason: event.reason, error: event.error };
    case 'finish': {
      const { total, parts } = progress;
      const complete = { loaded: total, confirmed: total, total, speed: 0, eta: 0, parts: { done: parts.total, total: parts.total } };
      return { ...next, status: 'done', result: event.result, progress: complete };
    }
    case 'fail':
      return { ...next, status: 'failed', error: event.error, resumable: event.error.resumable };
    default:
      return { ...next, status: leadsTo[event.type] };
  }
}

/** Whether nothing more will happen by itself. A resumable failure settles until `resume()`. */
export function isSettled(state: TaskState): boolean {
  return state.status === 'done' || state.status === 'failed' || state.status === 'aborted';
}

/** Only where bytes may move is there a speed. */
function fitting(status: TaskStatus, progress: Progress): Progress {
  const isMoving = status === 'preparing' || status === 'uploading' || status === 'completing';
  return isMoving || (progress.speed === 0 && progress.eta === undefined) ? progress : { ...progress, speed: 0, eta: undefined };
}
