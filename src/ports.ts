/**
 * The platform interfaces that the core depends on. Types only: `browser/` and `hash/` implement them,
 * `uploader.ts` wires them, and `UploaderOptions.ports` replaces any of them.
 */
/** Bytes in memory of their own. Named so, because TypeScript before 5.7 doesn't know what is behind an array. */
export type Bytes = ReturnType<TextEncoder['encode']>;

/** The host's clock. Every time in this library is in milliseconds. */
export interface Clock {
  /** Milliseconds since the epoch on the local clock, which may be wrong. */
  now(): number;
  /** Calls back once after `milliseconds`, 24.8 days at the latest; the returned function cancels. */
  after(milliseconds: number, callback: () => void): () => void;
}

/** Selects digests. */
export interface WantedDigests {
  /** CRC-64/XZ. */
  crc64: boolean;
  /** MD5, which costs several times as much. */
  md5: boolean;
}

/** Digests of one slice, in the forms OSS uses on the wire. */
export interface Digests {
  /** CRC-64/XZ as unsigned decimal text, as in `x-oss-hash-crc64ecma`. */
  crc64?: string | undefined;
  /** MD5 as base64, as in `Content-MD5`. */
  md5?: string | undefined;
}

/** Hashes off the main thread. Rejects with the DOMException of the failed read when a slice can't be read. */
export interface Hasher {
  /** The wanted digests of one slice, or of bytes that were read already: they are not changed. */
  digest(slice: Blob | Bytes, wanted: WantedDigests, signal?: AbortSignal): Promise<Digests>;
  /** The versioned fingerprint of a file, in constant time whatever its size. */
  fingerprint(file: Blob, signal?: AbortSignal): Promise<string>;
  /** Ends the worker. Pending calls reject. */
  dispose(): void;
}

/** Exclusive access across the tabs of one origin. */
export interface Locks {
  /** False where the platform has no lock API: then the newest claim in the checkpoint wins. */
  readonly exclusive: boolean;
  /**
   * Runs `hold` while this caller alone holds `name`, and releases when its promise settles. `lost` is aborted when the lock is
   * stolen meanwhile. `onWait` is called if somebody else holds it, and again whenever {@link Locks.isHeldHere} changes meanwhile.
   * Rejects with `signal.reason` when aborted while waiting.
   */
  request<T>(name: string, options: { signal: AbortSignal; onWait(): void }, hold: (lost?: AbortSignal) => Promise<T>): Promise<T>;
  /** Whether somebody waits for `name` now. */
  isAwaited(name: string): Promise<boolean>;
  /** Whether somebody holds `name` now. */
  isHeld(name: string): Promise<boolean>;
  /** Whether an uploader of this page holds `name` now. @default every holder counts as another tab */
  isHeldHere?(name: string): boolean;
}

/** What the platform knows about the network. */
export interface Network {
  /** False only when the platform is sure to be offline. */
  isOnline(): boolean;
  /** Calls back on each change. Listens to the platform only while somebody is subscribed. */
  subscribe(listener: (online: boolean) => void): () => void;
}

/**
 * The record of an upload, without its parts: written once and then rarely updated. JSON-able. Times are by the service's clock, in
 * milliseconds since the epoch.
 */
export interface Checkpoint {
  /** Version of this format. Version 1, which named an endpoint instead of a region, is read, too; others are ignored. */
  version: 2;
  /** Unique among all records. */
  id: string;
  /** Fingerprint of the file: size, modification time and samples of the content, not its name. */
  fingerprint: string;
  /** The bucket's region, such as `cn-hangzhou`. The endpoint is not recorded: an upload resumes over any. */
  region: string;
  /** The bucket's name. */
  bucket: string;
  /** The object's key. */
  key: string;
  /** The key that was asked for, if the signer has chosen another one. */
  proposedKey?: string | undefined;
  /** The group in which this key was chosen at random: see `UploadOptions.scope`. */
  scope?: string | undefined;
  /** OSS's ID of the multipart upload. */
  uploadId: string;
  /** The file, for display; `size` in bytes, `lastModified` in milliseconds since the epoch. */
  file: { name: string; size: number; lastModified: number; type: string };
  /** Bytes per part; every part but the last has exactly this size, up to the first of `recuts`. */
  partSize: number;
  /** Where the part size changes, ascending: the speed of the line was learnt. */
  recuts?: readonly Recut[] | undefined;
  /** When the upload began. */
  createdAt: number;
  /** When the last part was recorded. */
  updatedAt: number;
  /** ID of the run that worked on it last. */
  owner?: string;
  /** It was found on the server, begun by another device or tool perhaps: it is never aborted. */
  isFound?: boolean;
  /** Headers of every request about this upload, such as `x-oss-request-payer`. */
  headers?: Record<string, string>;
  /** Complete was sent; if the upload no longer exists, it may have succeeded. */
  completing?: boolean;
  /** The user discarded it, but it still has to be aborted on the server. */
  discarded?: boolean;
  /** It was discarded with credentials that OSS has not accepted for it: it may be another user's. */
  isUnproved?: boolean;
  /** The result of a completed upload, for tabs that wait or were paused, until the record is swept. */
  outcome?: unknown;
}

/** From a part on, parts have another size. */
export interface Recut {
  /** The part's number. */
  from: number;
  /** Bytes per part from there on. */
  partSize: number;
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
  crc64?: string | undefined;
}

/**
 * Stores checkpoints. Implementations store JSON-able values only, make `savePart` cost the same for the 2nd part and the
 * 10,000th, and make `parts` one read. They may return old or corrupt values: callers check.
 *
 * A method that rejects never fails an upload: from the first rejection on, the uploader keeps its checkpoints in memory, and
 * tasks show the warning `checkpoint-in-memory`. Resolve a write only when it will survive a crash.
 */
export interface CheckpointStore {
  /** Every record, in any order, without parts. */
  list(): Promise<unknown[]>;
  /** One record without parts; `undefined` when there is none. */
  load(id: string): Promise<unknown>;
  /** Adds a record, or replaces the one with the same ID; its parts stay. */
  save(record: Checkpoint): Promise<void>;
  /** Deletes the record and its parts. */
  remove(id: string): Promise<void>;
  /** All parts of a record, in any order. */
  parts(id: string): Promise<unknown[]>;
  /** Adds one part, or replaces the one with the same number. */
  savePart(id: string, part: CheckpointPart): Promise<void>;
  /** Deletes one part. */
  removePart(id: string, number: number): Promise<void>;
  /** Ends listeners and connections. */
  close?(): void;
}

/** Keeps the screen, and with it the network, awake during uploads. */
export interface WakeLock {
  /** Returns the release. Never throws: without the lock, uploads continue. */
  acquire(): () => void;
}

/** Stores handles of dropped or picked files (Chromium), so that a page can resume after a reload with one click. */
export interface FileHandles {
  /** Stores the handle of the checkpoint `id`. */
  save(id: string, handle: FileSystemFileHandle): Promise<void>;
  /** The stored handle, if there is one. */
  load(id: string): Promise<FileSystemFileHandle | undefined>;
  /** Deletes it. */
  remove(id: string): Promise<void>;
}

/** All platform interfaces. */
export interface Ports {
  /** Time and timers. @default the page's */
  clock: Clock;
  /** Hashing. @default a worker, or the main thread if none can start */
  hasher: Hasher;
  /** Locks across tabs. @default Web Locks */
  locks: Locks;
  /** Connectivity. @default `navigator.onLine` and its events */
  network: Network;
  /** Wake lock. @default Screen Wake Lock */
  wakeLock: WakeLock;
  /** File handles. @default IndexedDB */
  fileHandles: FileHandles;
}
