import { normalizeOptions, normalizeUploadOptions } from './options/normalize.js';
import type { UnfinishedUpload, UploadItem, UploadOptions, UploaderConfig, UploaderOptions } from './options/types.js';
import type { Clock, Hasher, Network } from './ports.js';
import { createEmitter, type Emitter } from './core/emitter.js';
import { isBlob } from './core/is-blob.js';
import { planParts } from './core/plan.js';
import { createPace } from './core/pace.js';
import { createPool } from './core/pool.js';
import type { RequestEvent } from './core/request-event.js';
import type { UploadWarning } from './core/task-state.js';
import { type Authorizer, createAuthorizer } from './oss/authorize.js';
import { createLateAuthorizer } from './oss/late-authorizer.js';
import { createBackgroundRequests } from './oss/background-requests.js';
import { createCredentialsCache } from './oss/credentials.js';
import { createRequester, type Requester } from './oss/request.js';
import { createServiceClock, type ServiceClock } from './oss/service-clock.js';
import { createSigner } from './oss/sign.js';
import { browserFetch } from './oss/xhr-fetch.js';
import { createHasher } from './hash/hasher.js';
import type { Checkpoints } from './checkpoint/checkpoints.js';
import { discard } from './checkpoint/discard.js';
import { NO_LOCKS } from './checkpoint/lock.js';
import { createMemoryCheckpointStore } from './checkpoint/memory-store.js';
import { withMemoryFallback } from './checkpoint/with-memory-fallback.js';
import { sweepLater } from './checkpoint/sweep.js';
import { listUnfinished } from './checkpoint/unfinished.js';
import { createCheckpointStore } from './browser/checkpoint-store.js';
import { createClock } from './browser/clock.js';
import { createFileHandles } from './browser/file-handles.js';
import { createLocks } from './browser/locks.js';
import { createNetwork } from './browser/network.js';
import { createPageHold, type PageHold } from './browser/page-hold.js';
import { createWakeLock } from './browser/wake-lock.js';
import { createBatch, type UploadBatch } from './upload/batch.js';
import { createRunner } from './upload/run-upload.js';
import { createTaskList } from './upload/task-list.js';
import type { UploadTask } from './upload/task.js';
import { UploadError } from './errors.js';

/** Uploads to one bucket. */
export interface Uploader {
  /**
   * Uploads a file. Resumes an earlier, unfinished upload of the same content under the same key, if there is one.
   * @throws {TypeError | RangeError} if an option is invalid; the message names the option and the accepted values
   * @example
   * const task = uploader.upload(file, { key: `uploads/user-42/${file.name}` });
   * task.subscribe(() => render(task.getSnapshot()));
   * const { key, verified } = await task.result;
   */
  upload(file: Blob, options?: UploadOptions): UploadTask;
  /**
   * Uploads many files over the same slots. `options` apply to every file; options of a single item override them.
   * @param items files, or files with options; may be asynchronous, as `collectFiles()` is
   * @throws {TypeError | RangeError} as `upload` does, before anything is begun. An invalid item of an asynchronous sequence
   * fails on its own, in `results`
   * @example
   * const batch = uploader.uploadAll(collectFiles(event.dataTransfer), { storageClass: 'IA' });
   * for (const outcome of await batch.results) if (outcome.status === 'rejected') report(outcome.reason);
   */
  uploadAll(
    items: Iterable<Blob | UploadItem> | AsyncIterable<Blob | UploadItem>,
    options?: Omit<UploadOptions, 'path' | 'fileHandle'>,
  ): UploadBatch;
  /**
   * Lists uploads left unfinished by earlier page loads, newest first. To resume one, upload the same file again.
   * @example
   * for (const { file, confirmed, total } of await uploader.unfinished()) {
   *   list(`${file.name}: ${confirmed} of ${total} bytes are there. Select it again to resume.`);
   * }
   */
  unfinished(): Promise<UnfinishedUpload[]>;
  /**
   * Aborts an unfinished upload on the server and forgets it.
   * @param id from `unfinished()`
   * @throws {CheckpointError} `InUse` when another tab, or another uploader of this page, is uploading it
   * @throws {OssError} if these credentials may not abort it: somebody else may have begun it, and it stays
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
   * Calls back after each attempt of each request, for telemetry; nothing is measured while nobody listens. Returns the unsubscriber.
   * @example
   * const stop = uploader.observe(({ operation, partNumber, status, totalMs }) => console.log(operation, partNumber, status, totalMs));
   */
  observe(listener: (event: RequestEvent) => void): () => void;
  /**
   * Removes tasks that are done, aborted or failed permanently from the list.
   * @example
   * clearButton.onclick = () => uploader.clear();
   */
  clear(): void;
  /**
   * Removes one settled task from the list; no effect on one that is still under way or paused. The object stays where it is.
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

/**
 * Makes an uploader for one bucket. Nothing is sent, and no worker started, before the first upload; only the script for a
 * `signer` is loaded at once.
 *
 * @throws {TypeError | RangeError} if an option is invalid; the message names the option and the accepted values
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
  requireWebCrypto();
  const events = createEmitter<RequestEvent>();
  const { clock, requester, hasher, checkpoints, page } = compose(config, events, (warning) => {
    memoryWarning = warning;
    for (const task of tasks.getTasks()) task.warn(warning);
  });
  const pool = createPool(config.parallel);
  const pace = createPace(config.parallel, clock);
  const tasks = createTaskList(config.parallel, clock, (busy) => (busy ? page.acquire() : page.release()));
  const disposal = new AbortController();
  let memoryWarning: UploadWarning | undefined;
  let isSweeping = false;

  function sweepOnce(): void {
    if (config.checkpoint.enabled && !isSweeping) sweepLater(checkpoints, config.checkpoint.maxAge, tasks.isTaken, clock, disposal.signal);
    isSweeping = true;
  }

  function checkInUse(): void {
    if (disposal.signal.aborted) throw new TypeError('The uploader was disposed: create a new one');
  }

  /** Checks now what can be checked without a look at the file, which takes the browser half a millisecond. */
  function prepare(file: Blob, uploadOptions: UploadOptions = {}): () => UploadTask {
    checkInUse();
    const upload = normalizeUploadOptions(file, uploadOptions, config);
    return () => {
      checkInUse();
      planParts(file.size, upload.partSize);
      sweepOnce();
      const own = config.checkpoint.enabled ? checkpoints : { ...checkpoints, store: createMemoryCheckpointStore(), locks: NO_LOCKS };
      const task = tasks.add(upload, createRunner(requester, pool, pace, hasher, own, clock));
      if (memoryWarning) task.warn(memoryWarning);
      return task;
    };
  }

  return {
    upload: (file, uploadOptions) => prepare(file, uploadOptions)(),
    uploadAll(items, shared = {}) {
      checkInUse();
      if (typeof shared.key === 'string') {
        throw new TypeError('uploadAll() needs a key function, or a key on each item');
      }
      const prepareItem = (item: Blob | UploadItem): (() => UploadTask) => {
        const { file, ...own } = isBlob(item) ? { file: item } : item;
        const given = Object.entries(own).filter(([, value]) => value !== undefined);
        return prepare(file, { ...shared, ...Object.fromEntries(given) });
      };
      return createBatch(items, prepareItem, disposal.signal);
    },
    unfinished() {
      sweepOnce();
      return listUnfinished(checkpoints, tasks.isTaken);
    },
    async discard(id) {
      const own = tasks.getTasks().filter((task) => task.getSnapshot().checkpointId === id && task.getSnapshot().status !== 'done');
      // One that was stopped may still hold the lock.
      await Promise.all(own.map((task) => task.giveUp()));
      await discard(checkpoints, id);
    },
    getSnapshot: tasks.getTasks,
    subscribe: tasks.subscribe,
    observe: events.subscribe,
    clear: tasks.clear,
    remove: tasks.remove,
    async dispose() {
      const disposed = new DOMException('The uploader was disposed', 'AbortError');
      disposal.abort(disposed);
      await Promise.all(tasks.getTasks().map((task) => task.stop(disposed)));
      page.release();
      hasher.dispose();
      checkpoints.store.close?.();
    },
  };
}

function requireWebCrypto(): void {
  if (globalThis.crypto?.subtle) return;
  const message = 'No WebCrypto: serve the page over https, or from localhost.';
  throw new UploadError('InsecureContext', message, { resumable: false });
}

/** By the credentials of the page, or by a server that has them. */
function createAuthority(
  { region, bucket, credentials, signer, parallel }: UploaderConfig,
  network: Network,
  clock: Clock,
  serviceClock: ServiceClock,
): Authorizer {
  if (signer) return createLateAuthorizer(signer, parallel, network, clock, serviceClock);
  return createAuthorizer(bucket, createSigner(region), createCredentialsCache(credentials!, clock, serviceClock), serviceClock);
}

/** What all uploads of one uploader share, on this platform or on the ports that replace it. */
interface Shared {
  clock: Clock;
  requester: Requester;
  hasher: Hasher;
  checkpoints: Checkpoints;
  page: PageHold;
}

/** @param onMemoryOnly called when checkpoints can't be stored: from then on they are lost with the page */
function compose(config: UploaderConfig, events: Emitter<RequestEvent>, onMemoryOnly: (warning: UploadWarning) => void): Shared {
  const { ports } = config;
  const clock = ports.clock ?? createClock();
  const network = ports.network ?? createNetwork();
  const serviceClock = createServiceClock(clock);
  const authorizer = createAuthority(config, network, clock, serviceClock);
  const requester = createRequester(config, config.transport ?? browserFetch, authorizer, network, clock, events);
  const lasting = config.checkpoint.store ?? createCheckpointStore(config.checkpoint.name, clock);
  return {
    clock,
    requester,
    hasher: ports.hasher ?? createHasher(clock, network, config.workerFactory),
    checkpoints: {
      place: config,
      store: withMemoryFallback(lasting, clock, () => {
        const message = "Checkpoints can't be stored: a reload loses them.";
        onMemoryOnly({ code: 'checkpoint-in-memory', message });
      }),
      locks: ports.locks ?? createLocks(),
      fileHandles: ports.fileHandles ?? createFileHandles(undefined, clock),
      serviceClock,
      background: createBackgroundRequests(requester, clock),
    },
    page: createPageHold(config.wakeLock ? (ports.wakeLock ?? createWakeLock()) : undefined, config.unloadGuard),
  };
}
