/**
 * What the core asks of the world. Types only: `browser/` and `hash/` implement them,
 * `uploader.ts` wires them, and `UploaderOptions.ports` replaces any of them.
 */

/** Time. Every time in this library is in milliseconds. */
export interface Clock {
  /** Milliseconds since the epoch on the local clock, which may be wrong. */
  now(): number;
  /** Calls back once after `milliseconds`; the returned function cancels. */
  after(milliseconds: number, callback: () => void): () => void;
}

/** Which digests of a slice are wanted. */
export interface WantedDigests {
  /** CRC-64/XZ. */
  crc64: boolean;
  /** MD5, which costs several times as much. */
  md5: boolean;
}

/** Digests of one slice, in the forms OSS uses on the wire. */
export interface Digests {
  /** CRC-64/XZ as unsigned decimal text, as in `x-oss-hash-crc64ecma`. */
  crc64?: string;
  /** MD5 as base64, as in `Content-MD5`. */
  md5?: string;
}

/** Hashing off the main thread. Rejects with the DOMException of the failed read when a slice can't be read. */
export interface Hasher {
  /** The wanted digests of one slice. */
  digest(slice: Blob, wanted: WantedDigests, signal?: AbortSignal): Promise<Digests>;
  /** The versioned fingerprint of a file: constant time whatever its size. */
  fingerprint(file: Blob, signal?: AbortSignal): Promise<string>;
  /** Ends the worker. Pending calls reject. */
  dispose(): void;
}

/** Exclusive access across the tabs of one origin. */
export interface Locks {
  /** False where the platform has no lock API: then the newest claim in the checkpoint wins. */
  readonly exclusive: boolean;
  /**
   * Runs `hold` while this caller alone holds `name`, and releases when its promise settles. Its signal is aborted when the lock is
   * taken away meanwhile. `onWait` is called once when somebody else holds it. Rejects with `signal.reason` when aborted while waiting.
   */
  request<T>(name: string, options: { signal: AbortSignal; onWait(): void }, hold: (lost?: AbortSignal) => Promise<T>): Promise<T>;
  /** Whether somebody waits for `name` now. */
  isAwaited(name: string): Promise<boolean>;
  /** Whether somebody holds `name` now. */
  isHeld(name: string): Promise<boolean>;
}

/** Connectivity, as far as the platform knows. */
export interface Network {
  /** False only when the platform is sure. */
  isOnline(): boolean;
  /** Calls back on each change; listens to the platform only while somebody is subscribed. */
  subscribe(listener: (online: boolean) => void): () => void;
}

/**
 * The part of a checkpoint that is written once and then only touched rarely. JSON-able. Times are by the service's clock, in
 * milliseconds since the epoch, as far as an answer has told it.
 */
export interface Checkpoint {
  /** Of this form of record. Version 1, which named an endpoint instead of a region, is read too; others are ignored. */
  version: 2;
  /** Unique among all records. */
  id: string;
  /** Of the file: size, modification time and samples of the content, not its name. */
  fingerprint: string;
  /** The bucket's region, such as `cn-hangzhou`. The endpoint is no part of a checkpoint: an upload resumes over any. */
  region: string;
  /** The bucket's name. */
  bucket: string;
  /** The object's key. */
  key: string;
  /** The group in which this key was chosen at random: see `UploadOptions.scope`. */
  scope?: string;
  /** OSS's name for the multipart upload. */
  uploadId: string;
  /** What the page can show of the file; `size` in bytes, `lastModified` in milliseconds since the epoch. */
  file: { name: string; size: number; lastModified: number; type: string };
  /** Bytes a part; every part but the last has exactly this size. */
  partSize: number;
  /** When the upload began. */
  createdAt: number;
  /** When the last part was recorded. */
  updatedAt: number;
  /** Who worked on it last: one run of one task. */
  owner?: string;
  /** Headers of every request about this upload: who pays for them. */
  headers?: Record<string, string>;
  /** Complete was sent; if the upload no longer exists, it may have succeeded. */
  completing?: boolean;
  /** Given up by the user, but still to be aborted on the server. */
  discarded?: boolean;
  /** It was given up by somebody whom the service has not let look at it: it may be another user's. */
  isUnproved?: boolean;
  /** The upload is complete: what it came to, for tabs that wait or were paused, until the record is swept. */
  outcome?: unknown;
}

/** One finished part. */
export interface CheckpointPart {
  /** 1..10000. */
  number: number;
  /** As OSS sent it, in quotes. */
  etag: string;
  /** Bytes. */
  size: number;
  /** Unsigned decimal text; absent when neither side computed it. */
  crc64?: string;
}

/**
 * Where checkpoints live. Implementations keep JSON-able values only, make `savePart` cost the same for the
 * 2nd part and the 10,000th, and make `parts` one read. What they return may be old or corrupt: callers check.
 *
 * A method that rejects never fails an upload: from the first rejection on, the uploader keeps its checkpoints in memory, and
 * tasks show the warning `checkpoint-in-memory`. Resolve a write only when it will survive a crash.
 */
export interface CheckpointStore {
  /** Every record, in any order, without parts. */
  list(): Promise<unknown[]>;
  /** One record without parts; `undefined` when there is none. */
  load(id: string): Promise<unknown>;
  /** Adds a record, or replaces the one of the same id; its parts stay. */
  save(record: Checkpoint): Promise<void>;
  /** Forgets the record and its parts. */
  remove(id: string): Promise<void>;
  /** All parts of a record, in any order. */
  parts(id: string): Promise<unknown[]>;
  /** Adds one part, or replaces the one of the same number. */
  savePart(id: string, part: CheckpointPart): Promise<void>;
  /** Forgets one part. */
  removePart(id: string, number: number): Promise<void>;
  /** Ends listeners and connections. */
  close?(): void;
}

/** Keeps the screen, and with it the network, awake while bytes move. */
export interface WakeLock {
  /** The returned function releases. Never throws: a refusal changes nothing. */
  acquire(): () => void;
}

/** Handles of dropped or picked files (Chromium), so that a page can go on after a reload with one click. */
export interface FileHandles {
  /** Keeps the handle for the checkpoint `id`. */
  save(id: string, handle: FileSystemFileHandle): Promise<void>;
  /** The handle kept for it, if there is one. */
  load(id: string): Promise<FileSystemFileHandle | undefined>;
  /** Forgets it. */
  remove(id: string): Promise<void>;
}

/** Everything the library uses of its host. */
export interface Ports {
  /** @default the page's clock and timers */
  clock: Clock;
  /** @default a worker, or the page where there can be none */
  hasher: Hasher;
  /** @default Web Locks */
  locks: Locks;
  /** @default `navigator.onLine` and its events */
  network: Network;
  /** @default Screen Wake Lock */
  wakeLock: WakeLock;
  /** @default IndexedDB */
  fileHandles: FileHandles;
}
