import { createCheckpointStore, createMemoryCheckpointStore, withMemoryFallback } from './browser/checkpoints.js';
import { createClock } from './browser/clock.js';
import { createFileHandles } from './browser/file-handles.js';
import { createLocks } from './browser/locks.js';
import { createNetwork } from './browser/network.js';
import { preconnect } from './browser/preconnect.js';
import { guardUnload } from './browser/unload-guard.js';
import { createWakeLock } from './browser/wake-lock.js';
import { createPool } from './core/pool.js';
import type { UploadWarning } from './core/state.js';
import { UploadError } from './errors.js';
import { createHasher } from './hash/hasher.js';
import {
  normalizeOptions,
  normalizeUploadOptions,
  type UnfinishedUpload,
  type UploadItem,
  type UploadOptions,
  type UploaderOptions,
} from './options.js';
import { objectUrl } from './oss/address.js';
import { createOssClient } from './oss/client.js';
import { createServiceClock } from './oss/clock-skew.js';
import { createCredentialsCache } from './oss/credentials.js';
import { objectHeaders } from './oss/object-headers.js';
import { createRequester } from './oss/request.js';
import { createSigner } from './oss/sign.js';
import { createXhrFetch } from './oss/xhr-fetch.js';
import type { CheckpointStore, Locks } from './ports.js';
import { createBatch, type UploadBatch } from './upload/batch.js';
import { readCheckpoint, readParts } from './upload/checkpoint.js';
import { discard, sweepOrphans } from './upload/discard.js';
import type { Environment } from './upload/job.js';
import { lockName } from './upload/lock.js';
import { createQueue } from './upload/queue.js';
import type { UploadTask } from './upload/task.js';

/** Uploads to one bucket. */
export interface Uploader {
  /**
   * Uploads a file, or goes on with it where an earlier upload of the same content stopped.
   * @throws {TypeError | RangeError} for options that can't be, naming the option and what is accepted
   */
  upload(file: Blob, options?: UploadOptions): UploadTask;
  /**
   * Uploads many files over the same slots. `options` are for all; an item's own come first.
   * @param items files, or files with options; may be asynchronous, as `collectFiles()` is
   * @throws {TypeError | RangeError} as `upload` does, before anything is begun; what an asynchronous sequence yields
   * can only fail on its own, in `results`
   */
  uploadAll(
    items: Iterable<Blob | UploadItem> | AsyncIterable<Blob | UploadItem>,
    options?: Omit<UploadOptions, 'path' | 'fileHandle'>,
  ): UploadBatch;
  /** Uploads that an earlier page load has left: select the same file again to go on. Newest first. */
  unfinished(): Promise<UnfinishedUpload[]>;
  /**
   * Aborts an unfinished upload on the server and forgets it.
   * @param id from `unfinished()`
   * @throws {CheckpointError} `InUse` when another tab is uploading it
   */
  discard(id: string): Promise<void>;
  /** All tasks, oldest first: the same array until one is added or cleared. */
  getSnapshot(): readonly UploadTask[];
  /** Calls back when a task changes, is added or cleared. Returns the unsubscriber. */
  subscribe(listener: () => void): () => void;
  /** Lets go of the tasks that are done, aborted, or failed for good. */
  clear(): void;
  /** Stops all tasks, keeps their checkpoints, and ends the worker and all connections. */
  dispose(): Promise<void>;
}

/** Milliseconds after first use before orphans are looked after: what the user waits for goes first. */
const SWEEP_DELAY = 5_000;

/**
 * Makes an uploader for one bucket. Nothing is sent, and no worker started, before the first upload.
 *
 * @throws {TypeError | RangeError} for options that can't be, naming the option and what is accepted
 * @throws {UploadError} `InsecureContext` where the page has no WebCrypto
 * @example
 * const uploader = createUploader({
 *   region: 'cn-hangzhou',
 *   bucket: 'examplebucket',
 *   credentials: ({ signal }) => fetch('/sts', { signal }).then((response) => response.json()),
 * });
 * const { key, crc64, verified } = await uploader.upload(file).result;
 */
export function createUploader(options: UploaderOptions): Uploader {
  const config = normalizeOptions(options);
  if (!globalThis.crypto?.subtle) {
    throw new UploadError(
      'InsecureContext',
      'Signing needs WebCrypto, which browsers offer only to secure contexts: serve the page over https, or from localhost.',
      { resumable: false },
    );
  }
  const { ports = {} } = options;
  const clock = ports.clock ?? createClock();
  const hasher = ports.hasher ?? createHasher(options.workerFactory ? { workerFactory: options.workerFactory } : {});
  const wakeLock = ports.wakeLock ?? createWakeLock();
  const serviceClock = createServiceClock(clock);
  const requester = createRequester({
    config,
    clock,
    network: ports.network ?? createNetwork(),
    transport: options.fetch ?? (typeof XMLHttpRequest === 'undefined' ? (url, init) => fetch(url, init) : createXhrFetch(clock)),
    signer: createSigner(config.region),
    credentials: createCredentialsCache(config.credentials, clock, serviceClock),
    serviceClock,
  });
  const environment: Environment = {
    config,
    client: createOssClient(requester),
    trustEndpoint: requester.trust,
    pool: createPool(config.parallel),
    hasher,
    clock,
    locks: ports.locks ?? createLocks(),
    store: createStore(),
    fileHandles: ports.fileHandles ?? createFileHandles(),
  };
  const queue = createQueue(config.parallel, holdPage);
  let warning: UploadWarning | undefined;
  let releasePage = (): void => {};
  let cancelSweep: (() => void) | undefined;
  let isConnected = false;
  let isDisposed = false;

  function createStore(): CheckpointStore {
    const lasting = config.checkpoint.store ?? ports.checkpoints ?? createCheckpointStore({ name: config.checkpoint.name });
    return withMemoryFallback(lasting, () => {
      const message =
        'Checkpoints can not be stored (private mode, a full disk, blocked storage, or a store that failed): uploads go on, but can not be resumed after a reload.';
      warning = { code: 'checkpoint-in-memory', message };
      for (const task of queue.getTasks()) task.warn(warning);
    });
  }

  /** While bytes move, the screen stays on and leaving the page is asked about, as far as the options want it. */
  function holdPage(busy: boolean): void {
    releasePage();
    const holds = busy ? [config.wakeLock && wakeLock.acquire(), config.unloadGuard && guardUnload()] : [];
    releasePage = () => {
      for (const release of holds) if (release) release();
    };
  }

  function connectOnce(): void {
    if (!isConnected && !options.fetch) preconnect(objectUrl(config, ''));
    isConnected = true;
  }

  function sweepOnce(): void {
    if (!config.checkpoint.enabled) return;
    cancelSweep ??= clock.after(SWEEP_DELAY, () => void sweepOrphans(environment).catch(() => {}));
  }

  /** Checks everything now, so that what is begun later can't be refused. */
  function prepare(file: Blob, uploadOptions: UploadOptions = {}): () => UploadTask {
    if (isDisposed) throw new TypeError('This uploader was disposed: make a new one');
    const uploadConfig = normalizeUploadOptions(file, uploadOptions, config);
    const headers = objectHeaders(uploadOptions, file.type);
    return () => {
      connectOnce();
      sweepOnce();
      const own = config.checkpoint.enabled ? environment : { ...environment, store: createMemoryCheckpointStore(), locks: NO_LOCKS };
      const task = queue.add(uploadConfig, headers, own);
      if (warning) task.warn(warning);
      return task;
    };
  }

  return {
    upload: (file, uploadOptions) => prepare(file, uploadOptions)(),
    uploadAll(items, shared = {}) {
      if (typeof shared.key === 'string')
        throw new TypeError('uploadAll() needs a key for each file: give a function, give each item its own, or none to take the paths');
      return createBatch(items, (item) => {
        if (item instanceof Blob) return prepare(item, shared);
        const { file, ...own } = item;
        return prepare(file, { ...shared, ...own });
      });
    },
    async unfinished() {
      sweepOnce();
      const { store, fileHandles, locks } = environment;
      // Tasks of this page show themselves; one that was stopped is over, and what it left is unfinished again.
      const shown = queue.getTasks().filter((task) => task.getSnapshot().status !== 'aborted');
      const own = new Set(shown.map((task) => task.checkpointId));
      const records = (await store.list())
        .map(readCheckpoint)
        .filter((record) => record !== undefined)
        .filter(
          ({ id, endpoint, bucket, discarded }) => !own.has(id) && !discarded && endpoint === config.endpoint && bucket === config.bucket,
        )
        .sort((a, b) => b.updatedAt - a.updatedAt);
      return Promise.all(
        records.map(async ({ id, key, file, updatedAt }) => {
          const parts = readParts(await store.parts(id));
          const confirmed = [...parts.values()].reduce((sum, { size }) => sum + size, 0);
          return {
            id,
            key,
            file,
            confirmed,
            total: file.size,
            updatedAt,
            isInUse: await locks.isHeld(lockName(id)),
            fileHandle: await fileHandles.load(id).catch(() => undefined),
          };
        }),
      );
    },
    async discard(id) {
      const task = queue.getTasks().find(({ checkpointId }) => checkpointId === id);
      await (task ? task.abort() : discard(environment, id));
    },
    getSnapshot: queue.getTasks,
    subscribe: queue.subscribe,
    clear: queue.clear,
    async dispose() {
      isDisposed = true;
      cancelSweep?.();
      await Promise.all(queue.getTasks().map((task) => task.stop(new DOMException('The uploader was disposed', 'AbortError'))));
      releasePage();
      hasher.dispose();
      environment.store.close?.();
    },
  };
}

/** For uploads without a checkpoint: nobody else can know of them. */
const NO_LOCKS: Locks = {
  exclusive: true,
  request: (_name, _options, hold) => hold(),
  isAwaited: () => Promise.resolve(false),
  isHeld: () => Promise.resolve(false),
};
