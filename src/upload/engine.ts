/**
 * Between what is there with the page (tasks, their queue, the uploader) and what runs uploads, which is loaded apart.
 * Types only.
 */
import type { Ledger } from '../core/progress.js';
import type { TaskEvent, UploadResult } from '../core/state.js';
import type { UploadError } from '../errors.js';
import type { OssClient } from '../oss/client.js';
import type { ServiceClock } from '../oss/clock-skew.js';
import type { ObjectHeaders } from '../oss/object-headers.js';
import type { UploadConfig, UploaderConfig } from '../options.js';
import type { CheckpointStore, Clock, FileHandles, Locks } from '../ports.js';

/** What an uploader has before anything is uploaded. */
export interface Host {
  config: UploaderConfig;
  clock: Clock;
  /** The service's time, once an answer has told it. */
  serviceClock: ServiceClock;
  locks: Locks;
  /** Checkpoints: they outlive the page, or with `checkpoint: false` only pauses. */
  store: CheckpointStore;
  fileHandles: FileHandles;
  /** Waits for the engine, and rejects when the signal is aborted before it is there. */
  client: Pick<OssClient, 'abort'>;
}

/** One run of one upload: from a start or a resume to its end, a pause or a failure. */
export interface Run extends Host {
  upload: UploadConfig;
  headers: ObjectHeaders;
  signal: AbortSignal;
  ledger: Ledger;
  dispatch(event: TaskEvent): void;
  /** What outlives a pause: parts whose local CRC-64 is known, and the checkpoint's ID. */
  memory: RunMemory;
  /** Whether the run ends because the user gave the upload up. */
  isDiscarding(): boolean;
  /** Lets another file have this one's turn while this one waits, and takes it back. */
  turn: { give(): void; take(): Promise<void> };
}

export interface RunMemory {
  checkpointId: string | undefined;
  key: string | undefined;
  /** By part number: the ETag under which the server holds what the local slice was found equal to. */
  verified: Map<number, { etag: string; crc64: string | undefined }>;
}

/** What runs uploads. */
export interface Engine {
  upload(run: Run): Promise<UploadResult>;
  client: OssClient;
  /** Ends the worker. */
  dispose(): void;
}

/**
 * Waits for the engine. `onWait` is called when it can't be had for now.
 * @throws {UploadError} `ScriptNotLoaded`
 * @throws `signal.reason` when aborted
 */
export type LoadEngine = (signal: AbortSignal, onWait?: (error: UploadError) => void) => Promise<Engine>;
