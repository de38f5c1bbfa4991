/**
 * What uploads meet, in memory: a service that keeps OSS's rules, a clock that stands still, tabs that share locks and
 * checkpoints. The uploads themselves, the checkpoints and the hashes are the real ones.
 */
import { createMemoryCheckpointStore } from '../../../src/browser/checkpoints.js';
import { combineCrc64 } from '../../../src/core/crc64-combine.js';
import { createPool } from '../../../src/core/pool.js';
import type { TaskState } from '../../../src/core/state.js';
import { OssError } from '../../../src/errors.js';
import { crc64 } from '../../../src/hash/crc64.js';
import { Md5 } from '../../../src/hash/md5.js';
import { normalizeOptions, normalizeUploadOptions, type UploaderOptions, type UploadOptions } from '../../../src/options/types.js';
import type { ObjectHead, OssClient, Stored } from '../../../src/oss/client.js';
import { createServiceClock } from '../../../src/oss/clock-skew.js';
import type { RequestContext } from '../../../src/oss/request.js';
import type { Checkpoint, CheckpointStore, Clock, FileHandles, Hasher, Locks } from '../../../src/ports.js';
import type { Host } from '../../../src/upload/host.js';
import { isWorkingOn } from '../../../src/upload/task-list.js';
import { createTask, type ManagedTask } from '../../../src/upload/task.js';

/** The smallest part OSS takes. */
export const PART = 102_400;
export const START: number = Date.UTC(2026, 10, 22, 8);

/** A file of bytes that differ from part to part. */
export function makeFile(size: number, { seed = 1, name = 'file.bin', lastModified = 1_700_000_000_000, type = '' } = {}): File {
  const bytes = new Uint8Array(size);
  for (let index = 0; index < size; index += 97) bytes[index] = (index * seed + (index >> 8)) & 255;
  return new File([bytes], name, { lastModified, type });
}

export async function crcOf(blob: Blob): Promise<string> {
  return crc64(new Uint8Array(await blob.arrayBuffer()));
}

export type Operation = 'Initiate' | 'UploadPart' | 'ListParts' | 'Complete' | 'Abort' | 'Put' | 'Head';

/** What goes wrong, or is held up, with a request. */
export interface Fault {
  /** Counted per part where it is given. */
  part?: number;
  /** How many requests pass unharmed first, and how many it concerns. @default 0, 1 */
  skip?: number;
  times?: number;
  /** Thrown instead of an answer. */
  error?: unknown;
  /** Whether the service has done its work before. @default false */
  isDone?: boolean;
  /** The answer comes after this. */
  after?: Promise<unknown>;
  /** Changes what the answer says. */
  reply?: (answer: any) => unknown;
}

interface ServerPart {
  etag: string;
  size: number;
  crc64: string;
  lastModified: number;
}

export interface ServerObject extends ObjectHead {
  headers: Record<string, string>;
}

/** An error as OSS answers it. */
export function ossError(code: string, status: number, operation = 'Operation'): OssError {
  return new OssError(code, `${operation} failed with ${status} ${code}`, { status, operation });
}

/** OSS's multipart protocol in memory, and a transcript. */
export function createService(clock: Clock) {
  const uploads = new Map<string, { key: string; headers: Record<string, string>; parts: Map<number, ServerPart> }>();
  const objects = new Map<string, ServerObject>();
  const log: string[] = [];
  const sent: { operation: Operation; headers: Record<string, string>; signal: AbortSignal }[] = [];
  const faults: (Fault & { operation: Operation })[] = [];
  let inFlight = 0;
  let mostInFlight = 0;
  let lastId = 0;
  /** What PutObject and Complete tell besides. */
  const answer = { body: '', callbackFailure: undefined as string | undefined, requestId: 'REQUEST' };

  async function request<T>(
    operation: Operation,
    part: number | undefined,
    context: RequestContext,
    headers: Record<string, string>,
    work: () => Promise<T>,
  ): Promise<T> {
    context.signal.throwIfAborted();
    sent.push({ operation, headers, signal: context.signal });
    const line = part === undefined ? operation : `${operation} ${part}`;
    const fault = faults.find(
      (candidate) => candidate.operation === operation && (candidate.part === undefined || candidate.part === part),
    );
    let active: Fault | undefined;
    if (fault) {
      if ((fault.skip ?? 0) > 0) fault.skip = (fault.skip as number) - 1;
      else {
        active = fault;
        fault.times = (fault.times ?? 1) - 1;
        if (fault.times <= 0) faults.splice(faults.indexOf(fault), 1);
      }
    }
    inFlight += 1;
    mostInFlight = Math.max(mostInFlight, inFlight);
    try {
      if (active?.after) await untilAborted(active.after, context.signal);
      if (active && 'error' in active && !active.isDone) throw active.error;
      const result = await work();
      if (active && 'error' in active) throw active.error;
      context.signal.throwIfAborted();
      log.push(line);
      return active?.reply ? ((await active.reply(result)) as T) : result;
    } catch (error) {
      log.push(`${line} ✗ ${context.signal.aborted ? 'aborted' : ((error as { code?: string } | null)?.code ?? 'failed')}`);
      throw error;
    } finally {
      inFlight -= 1;
    }
  }

  function find(uploadId: string) {
    const upload = uploads.get(uploadId);
    if (!upload) throw ossError('NoSuchUpload', 404);
    return upload;
  }

  function store(key: string, object: Omit<ServerObject, 'lastModified' | 'versionId'>): Stored {
    if (object.headers['x-oss-forbid-overwrite'] && objects.has(key)) throw ossError('FileAlreadyExists', 409);
    objects.set(key, { ...object, lastModified: clock.now(), versionId: 'V1' });
    return { ...answer, etag: object.etag, crc64: object.crc64, versionId: 'V1' };
  }

  const client: OssClient = {
    initiate: (key, headers, context) =>
      request('Initiate', undefined, context, headers, async () => {
        lastId += 1;
        uploads.set(`upload-${lastId}`, { key, headers, parts: new Map() });
        return `upload-${lastId}`;
      }),
    uploadPart: ({ uploadId, partNumber, body }, headers, context) =>
      request('UploadPart', partNumber, context, headers, async () => {
        const { parts } = find(uploadId);
        const blob = body();
        context.onSent?.(blob.size);
        const part = { etag: `"E${uploadId}-${partNumber}"`, size: blob.size, crc64: await crcOf(blob), lastModified: clock.now() };
        parts.set(partNumber, part);
        return { etag: part.etag, crc64: part.crc64 };
      }),
    urlOf: (key) => `https://examplebucket.oss-cn-hangzhou.aliyuncs.com/${key}`,
    listParts: (_key, uploadId, headers, context) =>
      request('ListParts', undefined, context, headers, async () =>
        [...find(uploadId).parts].sort(([a], [b]) => a - b).map(([number, part]) => ({ number, ...part })),
      ),
    complete: (key, uploadId, parts, headers, context) =>
      request('Complete', undefined, context, headers, async () => {
        const upload = find(uploadId);
        let size = 0;
        let whole = '0';
        for (const { number, etag } of parts) {
          const part = upload.parts.get(number);
          if (!part || part.etag !== etag) throw ossError('InvalidPart', 400);
          whole = combineCrc64(whole, part.crc64, part.size);
          size += part.size;
        }
        const stored = store(key, {
          size,
          etag: `"${uploadId}-${parts.length}"`,
          crc64: whole,
          headers: { ...upload.headers, ...headers },
        });
        uploads.delete(uploadId);
        return stored;
      }),
    abort: (_key, uploadId, headers, context) => request('Abort', undefined, context, headers, async () => void uploads.delete(uploadId)),
    putObject: (key, body, headers, context) =>
      request('Put', undefined, context, headers, async () => {
        context.onSent?.(body.size);
        return store(key, { size: body.size, etag: '"PUT"', crc64: await crcOf(body), headers });
      }),
    headObject: (key, headers, context) => request('Head', undefined, context, headers, async () => objects.get(key)),
  };

  return {
    client,
    uploads,
    objects,
    log,
    sent,
    answer,
    fault: (operation: Operation, fault: Fault) => void faults.push({ operation, ...fault }),
    clearFaults: () => void faults.splice(0),
    get mostInFlight() {
      return mostInFlight;
    },
    /** Numbers of the parts acknowledged so far. */
    acknowledged: () => log.filter((line) => /^UploadPart \d+$/.test(line)).map((line) => Number(line.split(' ')[1])),
    /** Lines of one operation. */
    count: (operation: Operation) => log.filter((line) => line.startsWith(operation)).length,
  };
}

export type Service = ReturnType<typeof createService>;

function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = (): void => reject(signal.reason);
    signal.addEventListener('abort', leave, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
  });
}

/** A clock that stands still until told otherwise. */
export class ManualClock implements Clock {
  time: number = START;
  timers = new Set<{ at: number; callback: () => void }>();

  now(): number {
    return this.time;
  }

  after(milliseconds: number, callback: () => void): () => void {
    const timer = { at: this.time + milliseconds, callback };
    this.timers.add(timer);
    return () => void this.timers.delete(timer);
  }

  /** Lets time pass, and everything happen that becomes due on the way. */
  pass(milliseconds: number): void {
    const end = this.time + milliseconds;
    for (;;) {
      const next = [...this.timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.timers.delete(next);
      this.time = next.at;
      next.callback();
    }
    this.time = end;
  }
}

/** Locks of the tabs of one origin. */
export function createTabLocks(exclusive = true): Locks & { readonly held: Set<string> } {
  const held = new Set<string>();
  const waiting: { name: string; enter(): void }[] = [];
  return {
    exclusive,
    held,
    async request(name, { signal, onWait }, hold) {
      signal.throwIfAborted();
      if (!exclusive) return hold();
      if (held.has(name)) {
        onWait();
        await new Promise<void>((resolve, reject) => {
          const entry = { name, enter: resolve };
          waiting.push(entry);
          const leave = (): void => {
            waiting.splice(waiting.indexOf(entry), 1);
            reject(signal.reason);
          };
          if (signal.aborted) leave();
          else signal.addEventListener('abort', leave, { once: true });
        });
      }
      held.add(name);
      try {
        return await hold();
      } finally {
        const next = waiting.findIndex((entry) => entry.name === name);
        if (next < 0) held.delete(name);
        else waiting.splice(next, 1)[0]?.enter();
      }
    },
    isHeld: async (name) => held.has(name),
    isAwaited: async (name) => waiting.some((entry) => entry.name === name),
  };
}

/** Hashes for real, in order; `fail` makes the next reading fail, `hold` keeps digests waiting. */
export function createTestHasher(): Hasher & { digests: number[]; fail: unknown; hold: Promise<unknown> | undefined } {
  const hasher: Hasher & { digests: number[]; fail: unknown; hold: Promise<unknown> | undefined } = {
    digests: [],
    fail: undefined,
    hold: undefined,
    async digest(slice, wanted, signal) {
      hasher.digests.push(slice.size);
      if (hasher.hold) await (signal ? untilAborted(hasher.hold, signal) : hasher.hold);
      signal?.throwIfAborted();
      if (hasher.fail !== undefined) throw hasher.fail;
      const bytes = new Uint8Array(await slice.arrayBuffer());
      return { ...(wanted.crc64 && { crc64: crc64(bytes) }), ...(wanted.md5 && { md5: new Md5().update(bytes).base64() }) };
    },
    async fingerprint(file) {
      if (hasher.fail !== undefined) throw hasher.fail;
      const sample = new Uint8Array(await file.slice(0, 1000).arrayBuffer());
      return `v1:${file.size}:${(file as Partial<File>).lastModified}:${new Md5().update(sample).hex()}`;
    },
    dispose() {},
  };
  return hasher;
}

export function createTestFileHandles(): FileHandles & { handles: Map<string, unknown> } {
  const handles = new Map<string, unknown>();
  return {
    handles,
    save: async (id, handle) => void handles.set(id, handle),
    load: async (id) => handles.get(id) as FileSystemFileHandle | undefined,
    remove: async (id) => void handles.delete(id),
  };
}

export interface WorldOptions extends Partial<UploaderOptions> {
  /** Without it, platforms that have no lock API. @default true */
  exclusive?: boolean;
}

/** Everything one origin's tabs share, and a first tab. */
export function createWorld({ exclusive = true, ...options }: WorldOptions = {}) {
  const clock = new ManualClock();
  const service = createService(clock);
  const store = createMemoryCheckpointStore();
  const locks = createTabLocks(exclusive);
  const hasher = createTestHasher();
  const fileHandles = createTestFileHandles();
  const trusted: number[] = [];

  /** One tab, or one page load: its own slots, everything else in common. */
  function openTab(more: Partial<UploaderOptions> & { store?: CheckpointStore } = {}) {
    const { store: own, ...own2 } = more;
    const config = normalizeOptions({
      region: 'cn-hangzhou',
      bucket: 'examplebucket',
      credentials: {},
      partSize: PART,
      parallel: 2,
      ...options,
      ...own2,
    });
    const environment: Host = {
      config,
      client: service.client,
      pool: createPool(config.parallel),
      hasher,
      clock,
      serviceClock: createServiceClock(clock),
      locks,
      store: own ?? store,
      fileHandles,
      trustEndpoint: () => void trusted.push(1),
    };
    const turns = createPool(config.parallel + 2);
    const tasks: ManagedTask[] = [];
    return {
      config,
      environment,
      upload(file: Blob, uploadOptions: UploadOptions = {}): ManagedTask {
        const owner = {};
        const task: ManagedTask = createTask('1', {
          host: environment,
          upload: normalizeUploadOptions(file, uploadOptions, config),
          isTaken: (id) => tasks.some((other) => other !== task && isWorkingOn(other.getSnapshot(), id)),
          takeTurn: (signal) => turns.acquire(owner, signal),
        });
        tasks.push(task);
        return task;
      },
    };
  }

  const tab = openTab();
  return {
    clock,
    service,
    store,
    locks,
    hasher,
    fileHandles,
    trusted,
    openTab,
    ...tab,
    /** Of unfinished uploads. */
    records: async () => ((await store.list()) as Checkpoint[]).filter(({ outcome }) => outcome === undefined),
    /** What finished uploads have left for other tabs. */
    outcomes: async () => ((await store.list()) as Checkpoint[]).flatMap(({ outcome }) => outcome ?? []),
    partsOf: async (id: string) => ((await store.parts(id)) as { number: number }[]).map(({ number }) => number),
  };
}

export type World = ReturnType<typeof createWorld>;

/** A promise and its keys. */
export function gate(): { opened: Promise<void>; open(): void } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

/** Resolves when the task's state satisfies `check`, at once if it does now. */
export function until(task: ManagedTask, check: (state: TaskState) => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (!check(task.getSnapshot())) return;
      off();
      resolve();
    };
    const off = task.subscribe(look);
    look();
  });
}

/** Lets everything happen that only waits for its turn. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 30; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Lets things happen until `check` holds. */
export async function eventually(check: () => boolean | Promise<boolean>): Promise<void> {
  for (let turn = 0; turn < 2_000; turn += 1) {
    if (await check()) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error('it did not happen');
}

/** The error a promise rejects with. */
export async function failureOf(promise: Promise<unknown>): Promise<any> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('did not reject');
}

/** An upload that an earlier page load has left, of which the first `done` parts are there. */
export async function leaveUnfinished(
  world: World,
  file: File,
  done: number,
  options: UploadOptions = { key: 'dir/a.bin' },
): Promise<Checkpoint> {
  world.service.fault('UploadPart', { skip: done, times: 100, after: new Promise(() => {}) });
  const task = world.openTab({ parallel: 1 }).upload(file, options);
  await eventually(() => world.service.acknowledged().length === done);
  await settle();
  await task.stop(new Error('the tab was closed'));
  world.service.clearFaults();
  world.service.log.splice(0);
  world.service.sent.splice(0);
  world.hasher.digests.splice(0);
  return (await world.records())[0] as Checkpoint;
}
