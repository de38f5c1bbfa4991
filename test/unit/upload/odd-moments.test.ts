/** Moments that nobody plans for: what comes in between, twice, or to somebody else. */
import { describe, expect, test, vi } from 'vitest';
import { withMemoryFallback } from '../../../src/browser/checkpoints.js';
import { createLocks } from '../../../src/browser/locks.js';
import { lockName } from '../../../src/checkpoint/lock.js';
import { NetworkError } from '../../../src/errors.js';
import { createUploader } from '../../../src/uploader.js';
import { createQueue } from '../../../src/upload/task-list.js';
import type { Checkpoint } from '../../../src/ports.js';
import { crcOf, makeFile } from '../../helpers/make-file.js';
import { ossError } from '../../helpers/scripted-faults.js';
import { PART } from '../../helpers/sizes.js';
import { eventually, settle } from '../../helpers/turns.js';
import { failureOf, gate, until } from '../../helpers/waits.js';
import { createWorld, leaveUnfinished, type World } from './world.js';

const KEY = 'dir/a.bin';
const FILE = makeFile(4 * PART);
const isWaitingForTab = (state: { status: string; reason?: string }): boolean => state.status === 'waiting' && state.reason === 'other-tab';

/** As the browser's: every grant and refusal comes in a later turn; those of `ifAvailable` after `answered`. */
function createLockManager(answered: Promise<void>) {
  const held = new Set<string>();
  const waiting: { name: string; enter(): void }[] = [];
  async function run(name: string, callback: (lock: object | null) => unknown): Promise<unknown> {
    held.add(name);
    try {
      return await callback({ name });
    } finally {
      const next = waiting.findIndex((entry) => entry.name === name);
      if (next < 0) held.delete(name);
      else waiting.splice(next, 1)[0]?.enter();
    }
  }
  return {
    async request(name: string, ...more: any[]): Promise<unknown> {
      const callback = more.pop() as (lock: object | null) => unknown;
      const { ifAvailable, signal } = (more[0] ?? {}) as { ifAvailable?: boolean; signal?: AbortSignal };
      signal?.throwIfAborted();
      if (ifAvailable) await answered;
      if (!held.has(name)) return run(name, callback);
      if (ifAvailable) return callback(null);
      await new Promise<void>((resolve, reject) => {
        waiting.push({ name, enter: resolve });
        signal?.addEventListener('abort', () => reject(signal.reason));
      });
      return run(name, callback);
    },
    query: async () => ({ held: [...held].map((name) => ({ name })), pending: waiting.map(({ name }) => ({ name })) }),
  };
}

/** A task that was paused with two parts there. */
async function pausedTask(world: World, tab: Pick<World, 'upload'> = world, options: object = { key: KEY }, file = FILE) {
  world.service.fault('UploadPart', { part: 3, after: new Promise(() => {}) });
  const before = world.service.acknowledged().length;
  const task = tab.upload(file, options);
  await eventually(() => world.service.acknowledged().length === before + 2);
  await settle();
  await task.pause();
  return task;
}

describe('control', () => {
  test('pause() and resume() while the lock is asked for: the upload runs on, and is not left waiting with no run', async () => {
    const asking = gate();
    vi.stubGlobal('navigator', { locks: createLockManager(asking.opened) });
    try {
      const world = createWorld({ parallel: 1 });
      const elsewhere = gate();
      const tab = world.openTab({ locks: createLocks() });
      const id = JSON.stringify(['cn-hangzhou', 'examplebucket', await world.hasher.fingerprint(FILE), 'key', KEY]);
      void navigator.locks.request(lockName(id), () => elsewhere.opened);
      const task = tab.upload(FILE, { key: KEY });
      await until(task, ({ status }) => status === 'preparing');
      await settle();
      void task.pause();
      task.resume();
      asking.open();
      await settle();
      elsewhere.open();
      await settle();
      expect(task.getSnapshot().status).toBe('done');
    } finally {
      vi.unstubAllGlobals();
    }
  });

  test('pause() and resume() while another tab’s result is adopted: done once, and nothing is sent again', async () => {
    const world = createWorld({ parallel: 1 });
    const paused = await pausedTask(world, world.openTab());
    await world.openTab().upload(FILE, { key: KEY }).result;
    world.service.log.splice(0);
    const removing = gate();
    const remove = world.store.remove.bind(world.store);
    const spy = vi.spyOn(world.store, 'remove').mockImplementation(async (id) => {
      await removing.opened;
      return remove(id);
    });
    paused.resume();
    await eventually(() => spy.mock.calls.length === 1);
    void paused.pause();
    paused.resume();
    removing.open();
    await paused.result;
    await settle();
    expect([paused.getSnapshot().status, world.service.log]).toEqual(['done', []]);
  });

  test('the same while a stored object is found by HEAD', async () => {
    const world = createWorld({ parallel: 1 });
    world.service.fault('Complete', { isDone: true, error: new NetworkError('NetworkError', 'down') });
    await failureOf(world.openTab().upload(FILE, { key: KEY }).result);
    world.service.log.splice(0);
    const asked = gate();
    const spy = vi.spyOn(world.locks, 'isAwaited').mockImplementation(async () => {
      await asked.opened;
      return false;
    });
    const task = world.openTab().upload(FILE, { key: KEY });
    await eventually(() => spy.mock.calls.length === 1);
    void task.pause();
    task.resume();
    asked.open();
    await task.result;
    await settle();
    expect([task.getSnapshot().status, world.service.log.filter((line) => line === 'Complete')]).toEqual(['done', []]);
  });

  test('pause() and resume() from the listener that sees the last progress of a small file: one put', async () => {
    const world = createWorld();
    const task = world.upload(makeFile(10), { key: KEY });
    let isOver = false;
    task.subscribe(() => {
      const { status, progress } = task.getSnapshot();
      if (isOver || status !== 'uploading' || progress.loaded === 0) return;
      isOver = true;
      void task.pause();
      task.resume();
    });
    await task.result;
    await settle();
    expect([task.getSnapshot().status, world.service.count('Put')]).toEqual(['done', 1]);
  });

  test.each(['load', 'save', 'remove'] as const)(
    'a store whose %s() hangs once: the task continues after pause() and resume()',
    async (method) => {
      const world = createWorld();
      vi.spyOn(world.store, method).mockReturnValueOnce(new Promise<never>(() => {}));
      const task = world.upload(FILE, { key: KEY });
      await settle();
      void task.pause();
      await settle();
      world.clock.pass(60_000);
      await settle();
      task.resume();
      await settle();
      world.clock.pass(60_000);
      await settle();
      expect(task.getSnapshot().status).toBe('done');
    },
  );

  test('a store whose list() hangs keeps no small file from its one request', async () => {
    const world = createWorld();
    vi.spyOn(world.store, 'list').mockReturnValue(new Promise<never>(() => {}));
    const task = world.upload(makeFile(PART + 5), { key: KEY, partSize: 2 * PART } as never);
    await settle();
    world.clock.pass(120_000);
    await settle();
    expect(task.getSnapshot().status).toBe('done');
  });
});

describe('abort() and discard()', () => {
  test('abort() of a task that failed before it opened anything leaves a later task’s paused upload alone', async () => {
    const world = createWorld({ parallel: 1 });
    world.service.fault('Initiate', { error: ossError('AccessDenied', 403) });
    const failed = world.upload(FILE, { key: KEY });
    await failureOf(failed.result);
    const other = await pausedTask(world);
    await failed.abort();
    expect([world.service.uploads.size, world.service.count('Abort')]).toEqual([1, 0]);
    other.resume();
    await other.result;
    expect(world.service.acknowledged()).toEqual([1, 2, 3, 4]);
  });

  test('abort() of a task that its signal or dispose() has ended leaves a later task’s paused upload alone', async () => {
    const world = createWorld({ parallel: 1 });
    const controller = new AbortController();
    const ended = world.upload(FILE, { key: KEY, signal: controller.signal });
    controller.abort(new Error('closed'));
    await failureOf(ended.result);
    await pausedTask(world);
    await ended.abort();
    expect([world.service.uploads.size, world.service.count('Abort')]).toEqual([1, 0]);
  });

  test('abort() of a failed callback’s task, whose object is stored, leaves a later task’s paused upload alone', async () => {
    const world = createWorld({ parallel: 1 });
    const options = { key: KEY, callback: { callbackUrl: 'u', callbackBody: 'b' } };
    world.service.answer.callbackFailure = 'no';
    const failed = world.upload(FILE, options);
    await failureOf(failed.result);
    world.service.answer.callbackFailure = undefined;
    await pausedTask(world, world, options);
    await failed.abort();
    expect([world.service.uploads.size, world.service.count('Abort')]).toEqual([1, 0]);
  });

  test('abort() of a second task of the file, before its turn, leaves the first one’s paused upload alone', async () => {
    const world = createWorld({ parallel: 1 });
    await pausedTask(world);
    const second = world.upload(FILE, { key: KEY });
    await second.abort();
    expect([world.service.uploads.size, world.service.count('Abort')]).toEqual([1, 0]);
  });

  test('abort() in a scope, before it began, leaves the paused upload of a copy under another path alone', async () => {
    const world = createWorld({ parallel: 1 });
    let count = 0;
    const inScope = (path: string) => ({ path, scope: 'films', key: () => `random/${(count += 1)}` });
    await pausedTask(world, world, inScope('x/same.bin'));
    const copy = world.upload(FILE, inScope('y/same.bin'));
    await copy.abort();
    expect([world.service.uploads.size, world.service.count('Abort')]).toEqual([1, 0]);
  });

  test('discard() of another bucket’s ID leaves its record alone', async () => {
    const world = createWorld({ parallel: 1 });
    const record = await leaveUnfinished(world, FILE, 2);
    await world
      .openTab({ bucket: 'another-bucket' })
      .discard(record.id)
      .catch(() => {});
    expect(await world.records()).toEqual([record]);
  });

  test('abort() asks no key function that the task has not asked', async () => {
    const world = createWorld({ parallel: 1 });
    await leaveUnfinished(world, FILE, 2);
    const key = vi.fn(() => 'random/1');
    const task = world.openTab().upload(FILE, { key });
    await task.abort();
    await settle();
    expect(key).not.toHaveBeenCalled();
    expect(task.key).toBeUndefined();
  });
});

describe('a result that is not this upload’s', () => {
  test('the outcome of an earlier upload is not the result of one that was waited for and never began', async () => {
    const world = createWorld({ parallel: 1 });
    // Resumed and completed: the outcome stays for ten minutes.
    await leaveUnfinished(world, FILE, 2);
    await world.openTab().upload(FILE, { key: KEY }).result;
    // Something else is stored under the key since.
    const other = makeFile(10, { seed: 9, name: 'other' });
    await world.openTab().upload(other, { key: KEY }).result;
    // Two tabs upload the first file again; the one that works on it is closed before it has begun.
    world.service.fault('Initiate', { after: new Promise(() => {}) });
    const first = world.openTab().upload(FILE, { key: KEY });
    await eventually(() => world.service.sent.at(-1)?.operation === 'Initiate');
    const second = world.openTab().upload(FILE, { key: KEY });
    await until(second, isWaitingForTab);
    const stopping = first.stop(new Error('closed'));
    await settle();
    world.clock.pass(500);
    await stopping;
    const result = await second.result;
    expect(world.service.objects.get(KEY)?.crc64).toBe(result.crc64);
  });

  test('two copies in one scope are two objects, also after a reload that left one of them', async () => {
    const world = createWorld({ parallel: 1 });
    let count = 0;
    const inScope = (path: string) => ({ path, scope: 'films', key: () => `random/${(count += 1)}` });
    await leaveUnfinished(world, FILE, 2, inScope('x/same.bin'));
    const tab = world.openTab();
    const y = tab.upload(FILE, inScope('y/same.bin'));
    await eventually(() => y.getSnapshot().status === 'uploading');
    const x = tab.upload(FILE, inScope('x/same.bin'));
    const results = await Promise.all([y.result, x.result]);
    expect(new Set(results.map(({ key }) => key)).size).toBe(2);
  });

  test('in a scope the copy of a paused task’s file is an object of its own', async () => {
    const world = createWorld({ parallel: 1 });
    let count = 0;
    const inScope = (path: string) => ({ path, scope: 'films', key: () => `random/${(count += 1)}` });
    const tab = world.openTab();
    const x = await pausedTask(world, tab, inScope('x/same.bin'));
    const y = await tab.upload(FILE, inScope('y/same.bin')).result;
    x.resume();
    expect((await x.result).key).not.toBe(y.key);
  });
});

describe('left behind', () => {
  test('Complete is refused because an equal object is there: done, and the upload is not left on the server', async () => {
    const world = createWorld({ parallel: 1 });
    const object = { size: FILE.size, etag: '"X"', crc64: await crcOf(FILE), versionId: undefined, lastModified: 1, headers: {} };
    const task = world.upload(FILE, { key: KEY, forbidOverwrite: true });
    // Stored by another device, after this upload's Initiate.
    await eventually(() => world.service.acknowledged().length > 0);
    world.service.objects.set(KEY, object);
    await task.result;
    await settle();
    expect([task.getSnapshot().status, world.service.uploads.size, await world.records()]).toEqual(['done', 0, []]);
  });

  test('a store that rejects once: the unfinished upload’s record is not destroyed', async () => {
    const world = createWorld({ parallel: 1 });
    const record = await leaveUnfinished(world, FILE, 2);
    vi.spyOn(world.store, 'list').mockRejectedValueOnce(new Error('busy'));
    const task = world.openTab({ store: withMemoryFallback(world.store, () => {}) }).upload(FILE, { key: KEY });
    await task.result;
    const known = ((await world.store.list()) as Checkpoint[]).map(({ uploadId }) => uploadId);
    expect([...world.service.uploads.keys()].filter((uploadId) => !known.includes(uploadId))).toEqual([]);
    void record;
  });

  test('the database is cleared while a task is paused: its upload is not left on the server', async () => {
    const world = createWorld({ parallel: 1 });
    const task = await pausedTask(world);
    await world.store.remove((await world.records())[0]!.id);
    task.resume();
    await task.result;
    expect(world.service.uploads.size).toBe(0);
  });

  test('the database is cleared while a task is paused: abort() aborts its upload', async () => {
    const world = createWorld({ parallel: 1 });
    const task = await pausedTask(world);
    await world.store.remove((await world.records())[0]!.id);
    await task.abort();
    await settle();
    expect(world.service.uploads.size).toBe(0);
  });

  test('without locks, two tabs that begin at the same time leave no upload behind', async () => {
    const world = createWorld({ parallel: 1, exclusive: false });
    const tasks = [world.openTab().upload(FILE, { key: KEY }), world.openTab().upload(FILE, { key: KEY })];
    await Promise.allSettled(tasks.map((task) => task.result));
    await settle();
    expect([world.service.count('Initiate') > 0, world.service.uploads.size]).toEqual([true, 0]);
  });

  test('a file that is small today and has changed in hand: its old upload is given up', async () => {
    const world = createWorld({ parallel: 1 });
    await leaveUnfinished(world, FILE, 2);
    const task = await pausedSmall(world);
    vi.spyOn(world.hasher, 'fingerprint').mockResolvedValue('v1:another');
    task.resume();
    await task.result;
    await settle();
    expect([world.service.uploads.size, task.getSnapshot().checkpointId]).toEqual([0, undefined]);
  });

  /** A file begun in parts, small by today's part size, paused. */
  async function pausedSmall(world: World) {
    world.service.fault('UploadPart', { part: 3, after: new Promise(() => {}) });
    const task = world.openTab({ partSize: 8 * PART }).upload(FILE, { key: KEY });
    await eventually(() => task.getSnapshot().status === 'uploading');
    await settle();
    await task.pause();
    world.service.clearFaults();
    return task;
  }

  test('a file that is small today, resumed, paused, and completed by another tab: done, and nothing is sent again', async () => {
    const world = createWorld({ parallel: 1 });
    await leaveUnfinished(world, FILE, 2);
    const task = await pausedSmall(world);
    await world.openTab({ partSize: 8 * PART }).upload(FILE, { key: KEY }).result;
    world.service.log.splice(0);
    task.resume();
    await task.result;
    expect(world.service.log).toEqual([]);
  });

  test('the same with forbidOverwrite is no failure', async () => {
    const world = createWorld({ parallel: 1 });
    const options = { key: KEY, forbidOverwrite: true };
    await leaveUnfinished(world, FILE, 2, options);
    world.service.fault('UploadPart', { part: 3, after: new Promise(() => {}) });
    const task = world.openTab({ partSize: 8 * PART }).upload(FILE, options);
    await eventually(() => task.getSnapshot().status === 'uploading');
    await settle();
    await task.pause();
    world.service.clearFaults();
    await world.openTab({ partSize: 8 * PART }).upload(FILE, options).result;
    task.resume();
    expect(await task.result).toMatchObject({ key: KEY, verified: true });
  });
});

describe('forbidOverwrite', () => {
  test('a small file’s damaged try, paused before it was replaced, is still this upload’s own', async () => {
    const world = createWorld();
    world.service.fault('Put', {
      reply: (answer: { crc64: string }) => {
        const object = world.service.objects.get(KEY)!;
        world.service.objects.set(KEY, { ...object, crc64: '1' });
        return { ...answer, crc64: '1' };
      },
    });
    world.service.fault('Head', { skip: 1, after: new Promise(() => {}) });
    const file = makeFile(10);
    const task = world.upload(file, { key: KEY, forbidOverwrite: true });
    await eventually(() => world.service.sent.filter(({ operation }) => operation === 'Head').length === 2);
    await task.pause();
    task.resume();
    expect(await task.result).toMatchObject({ verified: true, crc64: await crcOf(file) });
  });
});

describe('the list', () => {
  test('a failed task that was removed from the list and is resumed is stopped with the rest', async () => {
    const world = createWorld();
    const queue = createQueue(2, () => {});
    world.service.fault('Initiate', { error: ossError('AccessDenied', 403) });
    const task = world.addTo(queue, FILE, { key: KEY });
    await failureOf(task.result);
    queue.remove(task);
    world.service.fault('UploadPart', { times: 9, after: new Promise(() => {}) });
    task.resume();
    await until(task, ({ status }) => status === 'uploading');
    // As dispose() does.
    await Promise.all(queue.getTasks().map((each) => each.stop(new Error('disposed'))));
    expect(task.getSnapshot().status).toBe('aborted');
  });
});

describe('an uploader', () => {
  function open(world: World, fetch: (url: string, init: { method: string }) => Promise<Response> = () => new Promise<never>(() => {})) {
    const { hasher, locks, fileHandles, store: checkpoints, clock } = { ...world };
    return createUploader({
      region: 'cn-hangzhou',
      bucket: 'examplebucket',
      credentials: { accessKeyId: 'STS.id', accessKeySecret: 'secret', securityToken: 'token' },
      fetch,
      parallel: 1,
      wakeLock: false,
      unloadGuard: false,
      ports: { hasher, locks, fileHandles, checkpoints, clock, network: { isOnline: () => true, subscribe: () => () => {} } },
    } as never);
  }

  test('disposed of while a source of files has nothing to give: the batch ends', async () => {
    const uploader = open(createWorld());
    const batch = uploader.uploadAll(
      (async function* () {
        yield FILE;
        await new Promise(() => {});
      })(),
    );
    await settle();
    await uploader.dispose();
    const ended = await Promise.race([batch.results, settle().then(() => 'open')]);
    expect(ended).not.toBe('open');
  });

  const answer = (status: number, body: string, headers = {}) =>
    new Response(body || null, { status, headers: { 'x-oss-request-id': 'R', ...headers } });
  const LISTED = '<ListPartsResult><IsTruncated>false</IsTruncated></ListPartsResult>';
  const DENIED = '<Error><Code>AccessDenied</Code><Message>no</Message><RequestId>R</RequestId></Error>';

  test('discard() of an own task’s upload that these credentials may not abort says so', async () => {
    const world = createWorld({ parallel: 1 });
    const { id } = await leaveUnfinished(world, FILE, 2);
    const uploader = open(world, async (_url, { method }) => {
      if (method === 'GET') return answer(200, LISTED);
      if (method === 'DELETE') return answer(403, DENIED);
      return new Promise<never>(() => {});
    });
    const task = uploader.upload(FILE, { key: KEY });
    await eventually(() => task.getSnapshot().status === 'uploading');
    await task.pause();
    expect(task.getSnapshot().checkpointId).toBe(id);
    expect(await failureOf(uploader.discard(id))).toMatchObject({ code: 'AccessDenied' });
  });

  test('discard() of an own task’s upload that takes its time to stop is not refused as another tab’s', async () => {
    const world = createWorld({ parallel: 1 });
    const { id } = await leaveUnfinished(world, FILE, 2);
    const uploader = open(world, async (_url, { method }) => {
      if (method === 'GET') return answer(200, LISTED);
      if (method === 'DELETE') return answer(204, '');
      return answer(200, '', { ETag: '"E"' });
    });
    const saved = gate();
    const spy = vi.spyOn(world.store, 'savePart').mockReturnValue(saved.opened);
    const task = uploader.upload(FILE, { key: KEY });
    await eventually(() => spy.mock.calls.length > 0);
    const discarded = uploader.discard(id).then(
      () => 'discarded',
      (error) => error.code,
    );
    await settle();
    world.clock.pass(1_000);
    await settle();
    saved.open();
    expect(await discarded).toBe('discarded');
    expect(task.getSnapshot().status).toBe('aborted');
  });
});

describe('between two tabs', () => {
  test('a lock stolen during Initiate: the answer that comes late replaces no record of the new holder', async () => {
    const world = createWorld({ parallel: 1 });
    const request = world.locks.request.bind(world.locks);
    const stolen = new AbortController();
    vi.spyOn(world.locks, 'request').mockImplementationOnce((name, options, hold) => request(name, options, () => hold(stolen.signal)));
    const answered = gate();
    world.service.fault('Initiate', { after: answered.opened });
    const task = world.upload(FILE, { key: KEY });
    await eventually(() => world.service.sent.length === 1);
    // The thief has begun, and recorded its upload.
    const other = world.openTab({ parallel: 1, locks: { ...world.locks, request: (_name, _options, hold) => hold() } });
    world.service.fault('UploadPart', { part: 2, times: 9, after: new Promise(() => {}) });
    stolen.abort();
    other.upload(FILE, { key: KEY });
    await eventually(async () => (await world.records()).length === 1);
    const [thiefs] = await world.records();
    answered.open();
    await failureOf(task.result);
    await settle();
    expect(await world.records()).toMatchObject([{ uploadId: thiefs?.uploadId, owner: thiefs?.owner }]);
    expect(world.service.uploads.size).toBe(1);
  });

  test('one that comes while the first records its end is done with it, and sends nothing again', async () => {
    const world = createWorld();
    const recorded = gate();
    const remove = world.store.remove.bind(world.store);
    const first = world.openTab().upload(FILE, { key: KEY });
    await until(first, ({ status }) => status === 'completing');
    const spy = vi.spyOn(world.store, 'remove').mockImplementationOnce(async (id) => {
      await recorded.opened;
      return remove(id);
    });
    await eventually(() => spy.mock.calls.length === 1);
    const second = world.openTab().upload(FILE, { key: KEY });
    await until(second, isWaitingForTab);
    recorded.open();
    await Promise.all([first.result, second.result]);
    expect([world.service.count('Initiate'), world.service.count('Complete')]).toEqual([1, 1]);
  });

  test('what these credentials may not abort, discarded while the service was unreachable, is its owner’s again', async () => {
    const world = createWorld({ parallel: 1 });
    const record = await leaveUnfinished(world, FILE, 2);
    world.service.fault('Abort', { error: ossError('ServiceUnavailable', 503) });
    await world.discard(record.id);
    world.service.fault('Abort', { error: ossError('AccessDenied', 403) });
    await world.sweep();
    // The owner signs in, and selects the file.
    await world.openTab().upload(FILE, { key: KEY }).result;
    expect(world.service.count('Initiate')).toBe(0);
  });
});
