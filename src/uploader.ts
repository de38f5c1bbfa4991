import { createCheckpointStore, createMemoryCheckpointStore, withMemoryFallback } from './browser/checkpoints.js';
import { createClock } from './browser/clock.js';
import { createFileHandles } from './browser/file-handles.js';
import { createLocks } from './browser/locks.js';
import { createNetwork } from './browser/network.js';
import { guardUnload } from './browser/unload-guard.js';
import { createWakeLock } from './browser/wake-lock.js';
import { preconnect } from './browser/preconnect.js';
import { isBlob } from './core/is-blob.js';
import { createPool } from './core/pool.js';
import { createHasher } from './hash/hasher.js';
import { createAuthorizer } from './oss/authorize.js';
import { createOssClient } from './oss/client.js';
import { createCredentialsCache } from './oss/credentials.js';
import { createRequester } from './oss/request.js';
import { createSigner } from './oss/sign.js';
import { browserFetch } from './oss/xhr-fetch.js';
import { planParts } from './core/plan.js';
import type { UploadWarning } from './core/state.js';
import { UploadError } from './errors.js';
import { normalizeOptions, normalizeUploadOptions } from './options/normalize.js';
import type { UnfinishedUpload, UploadItem, UploadOptions, UploaderOptions } from './options/types.js';
import { createServiceClock } from './oss/clock-skew.js';
import type { CheckpointStore, Locks } from './ports.js';
import { createBatch, type UploadBatch } from './upload/batch.js';
import { discard, sweepOrphans } from './checkpoint/discard.js';
import type { Host } from './upload/host.js';
import { lockName } from './checkpoint/lock.js';
import { createQueue, isWorkingOn } from './upload/task-list.js';
import { readCheckpoints, readParts } from './checkpoint/read.js';
import type { UploadTask } from './upload/task.js';

/** Uploads to one bucket. */
export interface Uploader {
  /**
   * Uploads a file, or goes on with it where an earlier upload of the same content stopped.
   * @throws {TypeError | RangeError} for options that can't be, naming the option and what is accepted
   * @example
   * const task = uploader.upload(file, { key: `uploads/user-42/${file.name}` });
   * task.subscribe(() => render(task.getSnapshot()));
   * const { key, verified } = await task.result;
   */
  upload(file: Blob, options?: UploadOptions): UploadTask;
  /**
   * Uploads many files over the same slots. `options` are for all; an item's own come first.
   * @param items files, or files with options; may be asynchronous, as `collectFiles()` is
   * @throws {TypeError | RangeError} as `upload` does, before anything is begun; what an asynchronous sequence yields
   * can only fail on its own, in `results`
   * @example
   * const batch = uploader.uploadAll(collectFiles(event.dataTransfer), { storageClass: 'IA' });
   * for (const outcome of await batch.results) if (outcome.status === 'rejected') report(outcome.reason);
   */
  uploadAll(
    items: Iterable<Blob | UploadItem> | AsyncIterable<Blob | UploadItem>,
    options?: Omit<UploadOptions, 'path' | 'fileHandle'>,
  ): UploadBatch;
  /**
   * Uploads that an earlier page load has left: select the same file again to go on. Newest first.
   * @example
   * for (const { file, confirmed, total } of await uploader.unfinished()) {
   *   list(`${file.name}: ${confirmed} of ${total} bytes are there. Select it again to go on.`);
   * }
   */
  unfinished(): Promise<UnfinishedUpload[]>;
  /**
   * Aborts an unfinished upload on the server and forgets it.
   * @param id from `unfinished()`
   * @throws {CheckpointError} `InUse` when another tab is uploading it
   * @throws {OssError} when these credentials may not abort it: somebody else may have begun it, and it stays
   * @example
   * for (const { id, isInUse } of await uploader.unfinished()) if (!isInUse) await uploader.discard(id);
   */
  discard(id: string): Promise<void>;
  /**
   * All tasks, oldest first: the same array until one is added or cleared.
   * @example
   * const isBusy = uploader.getSnapshot().some((task) => task.getSnapshot().status === 'uploading');
   */
  getSnapshot(): readonly UploadTask[];
  /**
   * Calls back when a task changes, is added or cleared. Returns the unsubscriber.
   * @example
   * const unsubscribe = uploader.subscribe(() => render(uploader.getSnapshot()));
   */
  subscribe(listener: () => void): () => void;
  /**
   * Lets go of the tasks that are done, aborted, or failed for good.
   * @example
   * clearButton.onclick = () => uploader.clear();
   */
  clear(): void;
  /**
   * Removes one settled task from the list; no effect on one that is still under way or paused. What it uploaded stays where it is.
   * @example
   * if (task.getSnapshot().status === 'done') uploader.remove(task);
   */
  remove(task: UploadTask): void;
  /**
   * Stops all tasks, keeps their checkpoints, and ends the worker and all connections.
   * @example
   * await uploader.dispose();
   */
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
    throw new UploadError('InsecureContext', 'Signing needs WebCrypto: serve the page over https, or from localhost.', {
      resumable: false,
    });
  }
  const { ports } = config;
  const clock = ports.clock ?? createClock();
  const network = ports.network ?? createNetwork();
  const wakeLock = ports.wakeLock ?? createWakeLock();
  const serviceClock = createServiceClock(clock);
  const hasher = ports.hasher ?? createHasher(clock, network, config.workerFactory);
  const credentials = createCredentialsCache(config.credentials, clock, serviceClock);
  const authorizer = createAuthorizer(config.bucket, createSigner(config.region), credentials, serviceClock);
  const requester = createRequester(config, config.transport ?? browserFetch, authorizer, network, clock);
  const host: Host = {
    config,
    clock,
    serviceClock,
    locks: ports.locks ?? createLocks(),
    store: createStore(),
    fileHandles: ports.fileHandles ?? createFileHandles(undefined, clock),
    client: createOssClient(requester),
    pool: createPool(config.parallel),
    hasher,
    trustEndpoint: requester.trust,
  };
  const disposal = new AbortController();
  const queue = createQueue(config.parallel, holdPage);
  let warning: UploadWarning | undefined;
  let releasePage = (): void => {};
  let isDisposed = false;
  let isConnected = false;
  let cancelSweep: (() => void) | undefined;

  function createStore(): CheckpointStore {
    const lasting = config.checkpoint.store ?? createCheckpointStore(config.checkpoint.name, clock);
    return withMemoryFallback(lasting, () => {
      const message = 'Checkpoints can not be stored (private mode, full disk): after a reload, nothing can be resumed.';
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
    if (!isConnected && !config.transport) preconnect(host.client.urlOf(''));
    isConnected = true;
  }

  function sweepOnce(): void {
    if (!config.checkpoint.enabled) return;
    cancelSweep ??= clock.after(SWEEP_DELAY, () => void sweepOrphans(host, disposal.signal).catch(() => {}));
  }

  function checkInUse(): void {
    if (isDisposed) throw new TypeError('This uploader was disposed: make a new one');
  }

  /** Checks now what can be checked without a look at the file, which takes the browser half a millisecond. */
  function prepare(file: Blob, uploadOptions: UploadOptions = {}): () => UploadTask {
    checkInUse();
    const uploadConfig = normalizeUploadOptions(file, uploadOptions, config);
    return () => {
      checkInUse();
      planParts(file.size, uploadConfig.partSize);
      connectOnce();
      sweepOnce();
      const own = config.checkpoint.enabled ? host : { ...host, store: createMemoryCheckpointStore(), locks: NO_LOCKS };
      const task = queue.add(uploadConfig, own);
      if (warning) task.warn(warning);
      return task;
    };
  }

  return {
    upload: (file, uploadOptions) => prepare(file, uploadOptions)(),
    uploadAll(items, shared = {}) {
      if (typeof shared.key === 'string')
        throw new TypeError('uploadAll() needs a key for each file: pass a function, or set key on each item');
      return createBatch(
        items,
        (item) => {
          if (isBlob(item)) return prepare(item, shared);
          const { file, ...own } = item;
          return prepare(file, { ...shared, ...own });
        },
        disposal.signal,
      );
    },
    async unfinished() {
      sweepOnce();
      const { store, fileHandles, locks } = host;
      // Tasks of this page show themselves; one that was stopped is over, and what it left is unfinished again.
      const shown = queue.getTasks().filter((task) => task.getSnapshot().status !== 'aborted');
      const own = new Set(shown.map((task) => task.getSnapshot().checkpointId));
      const records = readCheckpoints(await store.list(), config)
        .filter(({ id, discarded, outcome }) => !own.has(id) && !discarded && outcome === undefined)
        .sort((a, b) => b.updatedAt - a.updatedAt);
      return Promise.all(
        records.map(async ({ id, key, scope, file, updatedAt }) => {
          const parts = readParts(await store.parts(id));
          const confirmed = [...parts.values()].reduce((sum, { size }) => sum + size, 0);
          return {
            id,
            key,
            scope,
            file,
            confirmed,
            total: file.size,
            updatedAt,
            isInUse: await locks.isHeld(lockName(id)).catch(() => false),
            fileHandle: await fileHandles.load(id).catch(() => undefined),
          };
        }),
      );
    },
    async discard(id) {
      const tasks = queue.getTasks().filter((task) => isWorkingOn(task.getSnapshot(), id));
      await Promise.all(tasks.map((task) => task.giveUp()));
      if (tasks.length === 0) await discard(host, id);
    },
    getSnapshot: queue.getTasks,
    subscribe: queue.subscribe,
    clear: queue.clear,
    remove: queue.remove,
    async dispose() {
      const disposed = new DOMException('The uploader was disposed', 'AbortError');
      isDisposed = true;
      cancelSweep?.();
      disposal.abort(disposed);
      await Promise.all(queue.getTasks().map((task) => task.stop(disposed)));
      releasePage();
      hasher.dispose();
      host.store.close?.();
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
