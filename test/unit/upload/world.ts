/**
 * One origin in memory: a service, a clock, and the locks and checkpoints that its tabs share. The uploads, the checkpoints and
 * the hashes are the real ones.
 */
import { createMemoryCheckpointStore } from '../../../src/browser/checkpoints.js';
import { discard, sweepOrphans } from '../../../src/checkpoint/discard.js';
import { createPool, type Pool } from '../../../src/core/pool.js';
import { normalizeOptions, normalizeUploadOptions } from '../../../src/options/normalize.js';
import type { UploaderConfig, UploaderOptions, UploadOptions } from '../../../src/options/types.js';
import { createServiceClock, type ServiceClock } from '../../../src/oss/clock-skew.js';
import type { Checkpoint, CheckpointStore, FileHandles, Locks } from '../../../src/ports.js';
import type { Host } from '../../../src/upload/host.js';
import { isWorkingOn, type Queue } from '../../../src/upload/task-list.js';
import { createTask, type ManagedTask } from '../../../src/upload/task.js';
import { ManualClock } from '../../helpers/manual-clock.js';
import { createService, type Service } from '../../helpers/scripted-service.js';
import { PART } from '../../helpers/sizes.js';
import { createTabLocks, type TabLocks } from '../../helpers/tab-locks.js';
import { createTestHasher, type TestHasher } from '../../helpers/test-hasher.js';

export interface WorldOptions extends Partial<UploaderOptions> {
  /** False as on platforms without a lock API. @default true */
  exclusive?: boolean;
}

/** What a tab may have of its own. */
interface TabOptions extends Partial<UploaderOptions> {
  store?: CheckpointStore;
  locks?: Locks;
}

/** One tab, or one page load: its own request slots, everything else shared. */
export interface Tab {
  config: UploaderConfig;
  pool: Pool;
  serviceClock: ServiceClock;
  upload(file: Blob, options?: UploadOptions): ManagedTask;
  /** As {@link Tab.upload}, but the task belongs to a list. */
  addTo(list: Queue, file: Blob, options?: UploadOptions): ManagedTask;
  discard(id: string, opened?: Checkpoint): Promise<void>;
  sweep(signal?: AbortSignal): Promise<void>;
}

/** Everything that one origin's tabs share, and a first tab. */
export interface World extends Tab {
  clock: ManualClock;
  service: Service;
  store: CheckpointStore;
  locks: TabLocks;
  hasher: TestHasher;
  fileHandles: TestFileHandles;
  /** How often an upload has reported that the endpoint has answered. */
  trusted: number[];
  openTab(options?: TabOptions): Tab;
  /** Checkpoints of unfinished uploads. */
  records(): Promise<Checkpoint[]>;
  /** What finished uploads left for other tabs. */
  outcomes(): Promise<unknown[]>;
  /** Numbers of the parts recorded for a checkpoint. */
  partsOf(id: string): Promise<number[]>;
}

export function createWorld({ exclusive = true, ...options }: WorldOptions = {}): World {
  const clock = new ManualClock();
  const shared = {
    clock,
    service: createService(clock),
    store: createMemoryCheckpointStore(),
    locks: createTabLocks(exclusive),
    hasher: createTestHasher(),
    fileHandles: createTestFileHandles(),
    trusted: [] as number[],
  };
  const { store } = shared;
  const openTab = (more: TabOptions = {}): Tab => createTab(shared, { ...options, ...more });
  return {
    ...shared,
    openTab,
    ...openTab(),
    records: async () => ((await store.list()) as Checkpoint[]).filter(({ outcome }) => outcome === undefined),
    outcomes: async () => ((await store.list()) as Checkpoint[]).flatMap(({ outcome }) => outcome ?? []),
    partsOf: async (id) => ((await store.parts(id)) as { number: number }[]).map(({ number }) => number),
  };
}

type Shared = Pick<World, 'clock' | 'service' | 'store' | 'locks' | 'hasher' | 'fileHandles' | 'trusted'>;

function createTab(shared: Shared, { store, locks, ...options }: TabOptions): Tab {
  const config = normalizeOptions({
    region: 'cn-hangzhou',
    bucket: 'examplebucket',
    credentials: { accessKeyId: 'STS.id', accessKeySecret: 'secret' },
    partSize: PART,
    parallel: 2,
    ...options,
  });
  const host: Host = {
    config,
    client: shared.service.client,
    pool: createPool(config.parallel),
    hasher: shared.hasher,
    clock: shared.clock,
    serviceClock: createServiceClock(shared.clock),
    locks: locks ?? shared.locks,
    store: store ?? shared.store,
    fileHandles: shared.fileHandles,
    trustEndpoint: () => void shared.trusted.push(1),
  };
  const turns = createPool(config.parallel + 2);
  const tasks: ManagedTask[] = [];
  return {
    config,
    pool: host.pool,
    serviceClock: host.serviceClock,
    upload(file, uploadOptions = {}) {
      const owner = {};
      const task: ManagedTask = createTask('1', {
        host,
        upload: normalizeUploadOptions(file, uploadOptions, config),
        isTaken: (id) => tasks.some((other) => other !== task && isWorkingOn(other.getSnapshot(), id)),
        takeTurn: (signal) => turns.acquire(owner, signal),
      });
      tasks.push(task);
      return task;
    },
    addTo: (list, file, uploadOptions = {}) => list.add(normalizeUploadOptions(file, uploadOptions, config), host),
    discard: (id, opened) => discard(host, id, opened),
    sweep: (signal = new AbortController().signal) => sweepOrphans(host, signal),
  };
}

type TestFileHandles = FileHandles & { handles: Map<string, unknown> };

function createTestFileHandles(): TestFileHandles {
  const handles = new Map<string, unknown>();
  return {
    handles,
    save: async (id, handle) => void handles.set(id, handle),
    load: async (id) => handles.get(id) as FileSystemFileHandle | undefined,
    remove: async (id) => void handles.delete(id),
  };
}
