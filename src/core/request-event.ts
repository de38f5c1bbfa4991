import type { WaitReason } from './task-state.js';

/** One attempt of one request, when it has ended: for telemetry. It contains no secret. */
export interface RequestEvent {
  /** Such as `UploadPart`. */
  readonly operation: string;
  /** The object's key. */
  readonly key: string;
  /** 1..10000, of `UploadPart`. */
  readonly partNumber: number | undefined;
  /** 1 for the first attempt of a request, 2 for its first repetition. */
  readonly attempt: number;
  /** `aborted`: by a pause, for example. `failed` also when OSS refused. */
  readonly outcome: 'answered' | 'failed' | 'aborted';
  /** HTTP status; `undefined` without an answer. */
  readonly status: number | undefined;
  /** Code of the error. */
  readonly code: string | undefined;
  /** For Alibaba Cloud's support. */
  readonly requestId: string | undefined;
  /** OSS's finer error number. */
  readonly ec: string | undefined;
  /** What it has waited for since the attempt before it ended, or during it; `undefined` if for nothing but its answer. */
  readonly waitReason: WaitReason | undefined;
  /** Bytes of the body that were handed to the network. */
  readonly sentBytes: number;
  /** Milliseconds spent on credentials or the signer before it was sent. */
  readonly queuedMs: number;
  /** Milliseconds from there to the beginning of the answer; `undefined` without one. */
  readonly firstByteMs: number | undefined;
  /** Milliseconds in all. */
  readonly totalMs: number;
}
