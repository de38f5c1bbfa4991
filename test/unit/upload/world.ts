/**
 * One origin in memory: a service, a clock, and the locks and checkpoints that its tabs share. The uploads, the checkpoints and
 * the hashes are the real ones.
 */
import { createMemoryCheckpointStore } from '../../../src/checkpoint/memory-store.js';
import type { Checkpoints } from '../../../src/checkpoint/checkpoints.js';
import { sweepOrphans } from '../../../src/checkpoint/sweep.js';
import { createPace } from '../../../src/core/pace.js';
import { createPool, type Pool } from '../../../src/core/pool.js';
import { normalizeOptions, normalizeUploadOptions } from '../../../src/options/normalize.js';
import type { UploaderConfig, UploaderOptions, UploadOptions } from '../../../src/options/types.js';
import { createBackgroundRequests } from '../../../src/oss/background-requests.js';
import { createServiceClock, type ServiceClock } from '../../../src/oss/service-clock.js';
import type { Checkpoint, CheckpointStore, FileHandles, Locks } from '../../../src/ports.js';
import { createRunner } from '../../../src/upload/run-upload.js';
import { isWorkingOn, type TaskList } from '../../../src/upload/task-list.js';
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
  addTo(list: TaskList, file: Blob, options?: UploadOptions): ManagedTask;
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

type Shared = Pick<World, 'clock' | 'service' | 'store' | 'locks' | 'hasher' | 'fileHandles'>;

function createTab(shared: Shared, { store, locks, ...options }: TabOptions): Tab {
  const config = normalizeOptions({
    region: 'cn-hangzhou',
    bucket: 'examplebucket',
    credentials: { accessKeyId: 'STS.id', accessKeySecret: 'secret' },
    partSize: PART,
    parallel: 2,
    ...options,
  });
  const { clock, hasher, fileHandles } = shared;
  const { requester } = shared.service;
  const pool = createPool(config.parallel);
  const serviceClock = createServiceClock(clock);
  const checkpoints: Checkpoints = {
    place: config,
    store: store ?? shared.store,
    locks: locks ?? shared.locks,
    fileHandles,
    serviceClock,
    background: createBackgroundRequests(requester, clock),
  };
  const runner = createRunner(requester, pool, createPace(config.parallel, clock), hasher, checkpoints, clock);
  const turns = createPool(config.parallel + 2);
  const tasks: ManagedTask[] = [];
  const isTaken = (id: string, except?: ManagedTask): boolean =>
    tasks.some((task) => task !== except && isWorkingOn(task.getSnapshot(), id));
  return {
    config,
    pool,
    serviceClock,
    upload(file, uploadOptions = {}) {
      const isTakenByOthers = (id: string): boolean => isTaken(id, task);
      const task: ManagedTask = createTask('1', normalizeUploadOptions(file, uploadOptions, config), runner, clock, isTakenByOthers, turns);
      tasks.push(task);
      return task;
    },
    addTo: (list, file, uploadOptions = {}) => list.add(normalizeUploadOptions(file, uploadOptions, config), runner),
    discard: (id, opened) => runner.discard(id, opened),
    sweep: (signal = new AbortController().signal) => sweepOrphans(checkpoints, config.checkpoint.maxAge, isTaken, signal),
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
