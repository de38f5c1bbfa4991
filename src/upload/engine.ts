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
  client: Pick<OssClient, 'abort' | 'listParts'>;
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
  /** Lets another file have this one's turn while this one waits, and takes it back. */
  turn: { give(): void; take(): Promise<void> };
}

/** What a task knows from one run to the next. */
export interface RunMemory {
  /** The object's key, as soon as it is known. */
  key: string | undefined;
  /** The upload that the task works on; whatever else there is belongs to others. */
  opened: { id: string; uploadId: string; owner: string } | undefined;
  /** By part number: the ETag under which the server holds what the local slice was found equal to. */
  verified: Map<number, { etag: string; crc64: string | undefined }>;
  /** Of a small file that may not overwrite: whether no object was there before the first try. */
  wasFree: boolean | undefined;
}

/** What runs uploads. */
export interface Engine {
  upload(run: Run): Promise<UploadResult>;
  /** The ID of the checkpoint that an upload would resume, if there is one. */
  findCheckpoint(run: Run): Promise<string | undefined>;
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
