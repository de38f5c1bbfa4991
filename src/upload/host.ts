/** What uploads work with: what all of one uploader share, and what one run of one task has besides. Types only. */
import type { Pool } from '../core/pool.js';
import type { Ledger } from '../core/progress.js';
import type { TaskEvent } from '../core/state.js';
import type { OssClient } from '../oss/client.js';
import type { ServiceClock } from '../oss/clock-skew.js';
import type { ObjectHeaders, UploadConfig, UploaderConfig } from '../options/types.js';
import type { Checkpoint, CheckpointStore, Clock, FileHandles, Hasher, Locks } from '../ports.js';

/** What all uploads of one uploader share. */
export interface Host {
  config: UploaderConfig;
  clock: Clock;
  /** The service's time, once an answer has told it. */
  serviceClock: ServiceClock;
  locks: Locks;
  /** Checkpoints: they outlive the page, or with `checkpoint: false` only pauses. */
  store: CheckpointStore;
  fileHandles: FileHandles;
  client: OssClient;
  pool: Pool;
  hasher: Hasher;
  /** The endpoint has answered before: silence now means the network. */
  trustEndpoint(): void;
}

/** One run of one upload: from a start or a resume to its end, a pause or a failure. */
export interface Run extends Host {
  upload: UploadConfig;
  headers: ObjectHeaders;
  signal: AbortSignal;
  ledger: Ledger;
  dispatch(event: TaskEvent): void;
  /** What outlives a pause. */
  memory: RunMemory;
  /** Whether another task of this uploader works on an upload, be it paused. */
  isTaken(checkpointId: string): boolean;
  /** Lets another file have this one's turn while this one waits, and takes it back. */
  turn: { give(): void; take(): Promise<void> };
}

/** What a task knows from one run to the next. */
export interface RunMemory {
  /** The object's key, as soon as it is known. */
  key: string | undefined;
  /** The upload that the task works on, as it was claimed; whatever else there is belongs to others. */
  opened: Checkpoint | undefined;
  /** By part number: the ETag under which the server holds what the local slice was found equal to. */
  verified: Map<number, { etag: string; crc64: string | undefined }>;
  /** Of a small file that may not overwrite: whether no object was there before the first try. */
  wasFree: boolean | undefined;
  /** The same file's: the CRC-64 of what has arrived damaged, and is still to be replaced. */
  damaged: string | undefined;
}
