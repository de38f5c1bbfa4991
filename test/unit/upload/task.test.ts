import { describe, expect, test, vi } from 'vitest';
import { createMemoryCheckpointStore } from '../../../src/checkpoint/memory-store.js';
import { withMemoryFallback } from '../../../src/checkpoint/with-memory-fallback.js';
import { abortable } from '../../../src/core/abortable.js';
import { isAbortError, NetworkError } from '../../../src/errors.js';
import type { RequestContext } from '../../../src/oss/operation.js';
import type { Checkpoint } from '../../../src/ports.js';
import type { ManagedTask } from '../../../src/upload/task.js';
import { makeFile } from '../../helpers/make-file.js';
import { recordStatuses } from '../../helpers/record-statuses.js';
import { ossError } from '../../helpers/scripted-faults.js';
import { PART } from '../../helpers/sizes.js';
import { eventually, settle } from '../../helpers/turns.js';
import { failureOf, gate, until } from '../../helpers/waits.js';
import { leaveUnfinished, pausedTask, randomKeysInScope, untilAcknowledged } from './scenes.js';
import { createWorld, type World } from './world.js';

const KEY = 'dir/a.bin';
const FILE = makeFile(4 * PART);

describe('a task', () => {
  test('knows file, path and key from the start, and starts in a later turn', async () => {
    const world = createWorld();
    const task = world.upload(FILE, { key: KEY, path: 'folder/file.bin' });
    expect(task).toMatchObject({ id: '1', file: FILE, path: 'folder/file.bin', key: KEY });
    expect(task.getSnapshot()).toMatchObject({ key: KEY, checkpointId: undefined });
    const before = task.getSnapshot().status;
    const statuses = recordStatuses(task);
    await task.result;
    expect([before, ...statuses]).toEqual(['queued', 'preparing', 'uploading', 'completing', 'done']);
  });

  test('updates its progress ten times a second, and notifies nobody when nothing moves', async () => {
    const world = createWorld({ parallel: 1 });
    const holds = [gate(), gate()];
    world.service.fault('UploadPart', { part: 2, after: holds[0]?.opened as Promise<void> });
    world.service.fault('UploadPart', { part: 3, after: holds[1]?.opened as Promise<void> });
    const task = world.upload(FILE, { key: KEY });
    await untilAcknowledged(world, 1);
    const listener = vi.fn();
    task.subscribe(listener);
    world.clock.pass(99);
    expect(listener).not.toHaveBeenCalled();
    world.clock.pass(1);
    expect(task.getSnapshot().progress).toMatchObject({ loaded: PART, confirmed: PART, parts: { done: 1, total: 4 } });
    expect(task.getSnapshot().progress.speed).toBeGreaterThan(0);
    holds[0]?.open();
    await untilAcknowledged(world, 2);
    world.clock.pass(100);
    expect(task.getSnapshot().progress.confirmed).toBe(2 * PART);
    // Until the speed has dropped to zero, too.
    for (let second = 0; second < 120; second += 1) world.clock.pass(1_000);
    const before = listener.mock.calls.length;
    world.clock.pass(10_000);
    expect(listener.mock.calls.length).toBe(before);
    holds[1]?.open();
    await task.result;
    expect(world.clock.timers.size).toBe(0);
  });

  test('counts bytes of parts in flight as loaded, not as confirmed', async () => {
    const world = createWorld({ parallel: 1 });
    const hold = gate();
    vi.spyOn(world.service.handlers, 'uploadPart').mockImplementation(async (_part, _headers, context) => {
      context.onSent?.(1_000);
      await hold.opened;
      throw ossError('AccessDenied', 403);
    });
    const task = world.upload(FILE, { key: KEY });
    await settle();
    world.clock.pass(100);
    expect(task.getSnapshot().progress).toMatchObject({ loaded: 1_000, confirmed: 0 });
    hold.open();
    await failureOf(task.result);
  });

  test('wraps a foreign error in an UploadError with path, key and cause', async () => {
    const world = createWorld();
    const cause = new RangeError('out of luck');
    world.service.fault('UploadPart', { error: cause });
    const task = world.upload(FILE, { key: KEY, path: 'folder/x' });
    const error = await failureOf(task.result);
    expect(error).toMatchObject({ name: 'UploadError', code: 'Unexpected', key: KEY, cause, resumable: true });
    expect(error.message).toMatch(/folder\/x.*out of luck/);
    expect(task.getSnapshot()).toMatchObject({ status: 'failed', error });
  });

  test.each([
    ['text', /failed: text/],
    [null, /failed: null/],
  ])('wraps a thrown value that isn’t an error: %j', async (thrown, message) => {
    const world = createWorld();
    world.service.fault('Initiate', { error: thrown });
    expect((await failureOf(world.upload(FILE, { key: KEY }).result)).message).toMatch(message);
  });

  test('shows warnings in its state', () => {
    const task = createWorld().upload(FILE, { key: KEY });
    task.warn({ code: 'checkpoint-in-memory', message: 'm' });
    expect(task.getSnapshot().warnings).toEqual([{ code: 'checkpoint-in-memory', message: 'm' }]);
  });

  test('raises no unhandled rejection when nobody listens to its result', async () => {
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    const world = createWorld();
    world.service.fault('Initiate', { error: ossError('AccessDenied', 403) });
    const task = world.upload(FILE, { key: KEY });
    await until(task, ({ status }) => status === 'failed');
    await world.upload(FILE, { key: KEY }).abort();
    await settle();
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });
});

describe('pause and resume', () => {
  test('pause() cancels the requests, resolves when they have ended, and keeps the record; resume() continues in place', async () => {
    const world = createWorld({ parallel: 2 });
    world.service.fault('UploadPart', { skip: 2, times: 2, after: new Promise(() => {}) });
    const task = world.upload(FILE, { key: KEY });
    const { result } = task;
    await untilAcknowledged(world, 2);
    await task.pause();
    expect(task.getSnapshot()).toMatchObject({ status: 'paused', progress: { speed: 0 } });
    expect(world.service.log.slice(-2)).toEqual(['UploadPart 3 ✗ aborted', 'UploadPart 4 ✗ aborted']);
    const parts = world.service.sent.filter(({ operation }) => operation === 'UploadPart');
    expect(parts.every(({ signal }) => isAbortError(signal.reason))).toBe(true);
    expect([world.locks.held.size, world.clock.timers.size, world.pool.busy]).toEqual([0, 0, 0]);
    expect((await world.records()).map(({ key }) => key)).toEqual([KEY]);
    task.resume();
    expect(task.getSnapshot().status).toBe('queued');
    await task.result;
    expect(task.result).toBe(result);
    expect(world.service.acknowledged()).toEqual([1, 2, 3, 4]);
  });

  test('a task paused before it began sends nothing until it is resumed', async () => {
    const world = createWorld();
    const task = world.upload(FILE, { key: KEY });
    await task.pause();
    await settle();
    expect([world.service.log, task.getSnapshot().status]).toEqual([[], 'paused']);
    task.resume();
    await task.result;
  });

  test('calls a key function again that has hung, and takes no notice of its late answer', async () => {
    const world = createWorld();
    const late = gate();
    const key = vi.fn(async () => KEY).mockImplementationOnce(() => late.opened.then(() => 'late'));
    const task = world.upload(FILE, { key });
    await eventually(() => key.mock.calls.length === 1);
    await task.pause();
    expect(task.getSnapshot().status).toBe('paused');
    task.resume();
    await until(task, ({ status }) => status === 'uploading');
    late.open();
    expect((await task.result).key).toBe(KEY);
    expect([task.getSnapshot().status, task.key, key.mock.calls.length, world.service.count('Initiate')]).toEqual(['done', KEY, 2, 1]);
  });

  test('resume() right after pause() starts the next run only when the previous one has ended', async () => {
    const world = createWorld({ parallel: 2 });
    const slow = gate();
    const save = world.store.savePart.bind(world.store);
    vi.spyOn(world.store, 'savePart').mockImplementation(async (id, part) => {
      await slow.opened;
      return save(id, part);
    });
    const task = world.upload(FILE, { key: KEY });
    world.service.fault('UploadPart', { skip: 2, after: new Promise(() => {}) });
    await eventually(() => world.service.acknowledged().length >= 2);
    await settle();
    void task.pause();
    task.resume();
    await settle();
    expect([task.getSnapshot().status, world.service.count('ListParts')]).toEqual(['queued', 0]);
    slow.open();
    await task.result;
    expect([world.service.count('Complete'), world.service.count('Initiate')]).toEqual([1, 1]);
  });

  test('resume() twice, while running or when done, changes nothing', async () => {
    const world = createWorld();
    const task = world.upload(FILE, { key: KEY });
    task.resume();
    await until(task, ({ status }) => status === 'uploading');
    task.resume();
    await task.pause();
    task.resume();
    task.resume();
    await task.result;
    const { result } = task;
    task.resume();
    await settle();
    expect(task.result).toBe(result);
    expect([task.getSnapshot().status, world.service.count('Complete'), world.service.count('Initiate')]).toEqual(['done', 1, 1]);
  });

  test('pause() while completing has no effect and resolves when the upload is done', async () => {
    const world = createWorld();
    const hold = gate();
    world.service.fault('Complete', { after: hold.opened });
    const task = world.upload(FILE, { key: KEY });
    await until(task, ({ status }) => status === 'completing');
    let isOver = false;
    const paused = task.pause().then(() => {
      isOver = true;
    });
    await settle();
    expect([isOver, task.getSnapshot().status]).toEqual([false, 'completing']);
    hold.open();
    await paused;
    expect(task.getSnapshot().status).toBe('done');
  });

  test('a failed task resumes in place: a new result, the same listeners; the old result stays rejected', async () => {
    const world = createWorld({ parallel: 1 });
    world.service.fault('UploadPart', { part: 3, error: ossError('AccessDenied', 403) });
    const task = world.upload(FILE, { key: KEY });
    const statuses = recordStatuses(task);
    const first = task.result;
    await failureOf(first);
    task.resume();
    expect(task.result).not.toBe(first);
    await task.result;
    expect(await failureOf(first)).toMatchObject({ code: 'AccessDenied' });
    expect(statuses).toEqual(['preparing', 'uploading', 'failed', 'queued', 'preparing', 'uploading', 'completing', 'done']);
    expect(world.service.acknowledged()).toEqual([1, 2, 3, 4]);
  });

  test('a final failure is not retried', async () => {
    const world = createWorld();
    world.service.answer.callbackFailure = 'no';
    const task = world.upload(FILE, { key: KEY, callback: { callbackUrl: 'u', callbackBody: 'b' } });
    await failureOf(task.result);
    task.resume();
    await settle();
    expect([task.getSnapshot().status, world.service.count('Complete')]).toEqual(['failed', 1]);
  });
});

describe('one run at a time', () => {
  const initiatesAndCompletes = (world: World): number[] => [world.service.count('Initiate'), world.service.count('Complete')];

  test('after upload, pause and resume in one turn', async () => {
    const world = createWorld();
    const task = world.upload(FILE, { key: KEY });
    void task.pause();
    task.resume();
    expect((await task.result).verified).toBe(true);
    await settle();
    expect([initiatesAndCompletes(world), world.service.acknowledged().sort()]).toEqual([
      [1, 1],
      [1, 2, 3, 4],
    ]);
  });

  test('after repeated pauses and resumes in one turn', async () => {
    const world = createWorld({ parallel: 1 });
    const task = world.upload(FILE, { key: KEY });
    await eventually(() => world.service.acknowledged().length >= 1);
    for (let times = 0; times < 5; times += 1) {
      void task.pause();
      task.resume();
    }
    await task.result;
    await settle();
    expect([initiatesAndCompletes(world), world.locks.held.size, world.pool.busy]).toEqual([[1, 1], 0, 0]);
  });

  test('after resume() from a listener that sees the pause', async () => {
    const world = createWorld({ parallel: 1 });
    const task = world.upload(FILE, { key: KEY });
    task.subscribe(() => task.getSnapshot().status === 'paused' && task.resume());
    await eventually(() => world.service.acknowledged().length >= 1);
    await task.pause();
    await task.result;
    await settle();
    expect(initiatesAndCompletes(world)).toEqual([1, 1]);
  });

  test('after resume() from a listener at the moment of failure: the old promise gets the error, the new one the result', async () => {
    const world = createWorld({ parallel: 1 });
    world.service.fault('UploadPart', { part: 2, error: ossError('AccessDenied', 403) });
    const task = world.upload(FILE, { key: KEY });
    const first = task.result;
    task.subscribe(() => task.getSnapshot().status === 'failed' && task.resume());
    expect(await failureOf(first)).toMatchObject({ code: 'AccessDenied' });
    expect(task.result).not.toBe(first);
    expect((await task.result).verified).toBe(true);
    expect(initiatesAndCompletes(world)).toEqual([1, 1]);
  });

  test('an answer that arrives after a pause counts: a small file that is stored is done', async () => {
    const world = createWorld();
    const hold = gate();
    world.service.fault('Put', { after: hold.opened });
    const task = world.upload(makeFile(10), { key: KEY });
    await eventually(() => world.service.sent.length === 1);
    const { signal } = world.service.sent[0]!;
    vi.spyOn(signal, 'addEventListener');
    hold.open();
    await eventually(() => world.service.log.includes('Put'));
    await task.pause();
    await settle();
    expect(task.getSnapshot().status).toBe('done');
  });

  test('after pause() and resume() while a stored object is found by HEAD', async () => {
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

  test('after pause() and resume() from the listener that sees the last progress of a small file', async () => {
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
});

describe('pause(), abort() and stop() settle within a second', () => {
  const never = new Promise<never>(() => {});
  /** Expects the promise to settle within a second of the world's clock. */
  async function expectWithinASecond(world: World, ending: Promise<unknown>): Promise<void> {
    let isOver = false;
    void ending.then(() => {
      isOver = true;
    });
    await settle();
    world.clock.pass(1_000);
    await settle();
    expect(isOver).toBe(true);
  }

  test.each<[string, (world: World) => void, object]>([
    ['a key function', () => {}, { key: () => never }],
    ['a fingerprint', (world) => vi.spyOn(world.hasher, 'fingerprint').mockReturnValue(never), { key: KEY }],
    ['a database', (world) => vi.spyOn(world.store, 'list').mockReturnValue(never), { key: KEY }],
    ['a save into the database', (world) => vi.spyOn(world.store, 'save').mockReturnValue(never), { key: KEY }],
    ['an Initiate', (world) => world.service.fault('Initiate', { after: never }), { key: KEY }],
    ['a part', (world) => world.service.fault('UploadPart', { times: 9, after: never }), { key: KEY }],
    ['a lock', (world) => vi.spyOn(world.locks, 'request').mockReturnValue(never), { key: KEY }],
  ])('although %s hangs', async (_, hang, options) => {
    for (const end of ['pause', 'abort', 'stop'] as const) {
      const world = createWorld();
      hang(world);
      const task = world.upload(FILE, options);
      await settle();
      await expectWithinASecond(world, task[end](new Error('closed')));
      expect(task.getSnapshot().status).toBe(end === 'pause' ? 'paused' : 'aborted');
      if (end !== 'pause') await failureOf(task.result);
    }
  });

  test('although the server hangs; the abort continues in the background', async () => {
    const world = createWorld({ parallel: 1 });
    const hold = gate();
    world.service.fault('UploadPart', { part: 2, after: never });
    world.service.fault('Abort', { after: hold.opened });
    const task = world.upload(FILE, { key: KEY });
    await untilAcknowledged(world, 1);
    await expectWithinASecond(world, task.abort());
    expect(world.service.uploads.size).toBe(1);
    hold.open();
    await eventually(async () => (await world.records()).length === 0);
    expect(world.service.uploads.size).toBe(0);
  });
});

describe('an Initiate in flight', () => {
  test.each(['pause', 'abort'] as const)('leaves no unknown upload on the server after %s()', async (end) => {
    const world = createWorld();
    const hold = gate();
    world.service.fault('Initiate', { after: hold.opened });
    const task = world.upload(FILE, { key: KEY });
    await eventually(() => world.service.sent.length === 1);
    const ending = task[end]();
    await settle();
    hold.open();
    await ending;
    if (end === 'abort') expect([world.service.uploads.size, await world.records()]).toEqual([0, []]);
    else expect((await world.records()).map(({ uploadId }) => uploadId)).toEqual([...world.service.uploads.keys()]);
  });

  test('is recorded after pause() with the handle of its file', async () => {
    const world = createWorld();
    const hold = gate();
    world.service.fault('Initiate', { after: hold.opened });
    const task = world.upload(FILE, { key: KEY, fileHandle: {} as FileSystemFileHandle });
    await eventually(() => world.service.sent.length === 1);
    const pausing = task.pause();
    await settle();
    hold.open();
    await pausing;
    expect([...world.fileHandles.handles.keys()]).toEqual((await world.records()).map(({ id }) => id));
  });

  test('that is answered late is aborted in the background', async () => {
    const world = createWorld();
    const hold = gate();
    world.service.fault('Initiate', { after: hold.opened });
    const task = world.upload(FILE, { key: KEY });
    await eventually(() => world.service.sent.length === 1);
    const paused = task.pause();
    await settle();
    world.clock.pass(1_000);
    await paused;
    hold.open();
    await eventually(() => world.service.log.includes('Abort'));
    await settle();
    expect([world.service.uploads.size, await world.records(), world.clock.timers.size]).toEqual([0, [], 0]);
    task.resume();
    expect((await task.result).verified).toBe(true);
  });
});

describe('abort', () => {
  test('of a task that failed before it could open the upload of an earlier visit aborts that', async () => {
    const world = createWorld();
    await leaveUnfinished(world, FILE, 2, { key: KEY });
    world.service.fault('ListParts', { error: ossError('InternalError', 500) });
    const task = world.upload(FILE, { key: KEY });
    expect(await failureOf(task.result)).toMatchObject({ code: 'InternalError' });
    await task.abort();
    await settle();
    expect([world.service.uploads.size, await world.records()]).toEqual([0, []]);
  });

  test('of a task whose callback failed leaves the upload that another tab has begun since alone', async () => {
    const world = createWorld();
    world.service.answer.callbackFailure = 'no';
    const task = world.upload(FILE, { key: KEY, callback: { callbackUrl: 'u', callbackBody: 'b' } });
    expect(await failureOf(task.result)).toMatchObject({ code: 'CallbackFailed' });
    const other = await pausedTask(world, FILE, { key: KEY }, world.openTab());
    await task.abort();
    await settle();
    expect([other.getSnapshot().status, world.service.uploads.size]).toEqual(['paused', 1]);
  });

  test('from a listener of the last progress leaves state and result in agreement', async () => {
    const world = createWorld();
    const task = world.upload(FILE, { key: KEY });
    task.subscribe(() => {
      const { status, progress } = task.getSnapshot();
      if (status === 'completing' && progress.confirmed === FILE.size) void task.abort();
    });
    const ended = await task.result.then(
      () => 'done',
      () => 'aborted',
    );
    await settle();
    expect(task.getSnapshot().status).toBe(ended);
  });

  test('of two tasks that have worked on one upload aborts it on the server', async () => {
    const world = createWorld();
    const one = await pausedTask(world, FILE, { key: KEY });
    world.service.clearFaults();
    world.service.fault('UploadPart', { times: 100, after: new Promise(() => {}) });
    const two = world.upload(FILE, { key: KEY });
    await until(two, ({ status }) => status === 'uploading');
    await settle();
    await two.pause();
    world.service.clearFaults();
    await Promise.all([one.abort(), two.abort()]);
    await settle();
    expect([world.service.uploads.size, await world.records()]).toEqual([0, []]);
  });

  test('while the claim of a resumed upload is being written aborts it on the server', async () => {
    const world = createWorld();
    const memory = createMemoryCheckpointStore();
    let hold: Promise<void> | undefined;
    const slow = {
      ...memory,
      save: async (record: Checkpoint) => {
        await hold;
        await memory.save(record);
      },
    };
    const tab = world.openTab({ store: withMemoryFallback(slow, world.clock, () => {}) });
    world.service.fault('UploadPart', { part: 3, after: new Promise(() => {}) });
    const task = tab.upload(FILE, { key: KEY });
    await untilAcknowledged(world, 2);
    await task.pause();
    const disk = gate();
    hold = disk.opened;
    task.resume();
    await eventually(() => world.service.count('ListParts') === 1);
    await settle();
    const aborting = task.abort();
    await settle();
    disk.open();
    await aborting;
    await settle();
    expect([world.service.uploads.size, await memory.list()]).toEqual([0, []]);
  });

  test('cancels the requests, aborts the upload on the server, removes the record, and rejects with an AbortError', async () => {
    const world = createWorld();
    world.service.fault('UploadPart', { skip: 2, times: 9, after: new Promise(() => {}) });
    const task = world.upload(FILE, { key: KEY, fileHandle: {} as FileSystemFileHandle });
    const failure = failureOf(task.result);
    await untilAcknowledged(world, 2);
    await task.abort();
    expect(isAbortError(await failure)).toBe(true);
    expect(task.getSnapshot().status).toBe('aborted');
    expect(world.service.log.at(-1)).toBe('Abort');
    expect([world.service.uploads.size, await world.records(), world.fileHandles.handles.size]).toEqual([0, [], 0]);
    expect([world.locks.held.size, world.clock.timers.size, world.pool.busy]).toEqual([0, 0, 0]);
  });

  test.each(['pause', 'failure'])('after a %s aborts the upload on the server too', async (how) => {
    const world = createWorld({ parallel: 1 });
    world.service.fault(
      'UploadPart',
      how === 'failure' ? { part: 2, error: ossError('AccessDenied', 403) } : { part: 2, after: new Promise(() => {}) },
    );
    const task = world.upload(FILE, { key: KEY });
    const failure = failureOf(task.result);
    await untilAcknowledged(world, 1);
    if (how === 'pause') await task.pause();
    await task.abort();
    expect([world.service.count('Abort'), world.service.uploads.size, await world.records()]).toEqual([1, 0, []]);
    expect(task.getSnapshot().status).toBe('aborted');
    expect((await failure).name).toBe(how === 'failure' ? 'OssError' : 'AbortError');
  });

  test('before the start sends nothing', async () => {
    const world = createWorld();
    const task = world.upload(FILE, { key: KEY });
    await task.abort();
    await settle();
    expect([world.service.log, task.getSnapshot().status]).toEqual([[], 'aborted']);
    expect(isAbortError(await failureOf(task.result))).toBe(true);
  });

  test('after the end changes nothing: the object stays', async () => {
    const world = createWorld();
    const task = world.upload(FILE, { key: KEY });
    const result = await task.result;
    await task.abort();
    expect([task.getSnapshot().status, world.service.count('Abort'), world.service.objects.has(KEY)]).toEqual(['done', 0, true]);
    expect(await task.result).toBe(result);
  });

  test('keeps the record, marked as discarded, when the server can’t be reached', async () => {
    const world = createWorld();
    world.service.fault('UploadPart', { skip: 1, times: 9, after: new Promise(() => {}) });
    world.service.fault('Abort', { error: ossError('ServiceUnavailable', 503) });
    const task = world.upload(FILE, { key: KEY });
    await untilAcknowledged(world, 1);
    await task.abort();
    expect(await world.records()).toMatchObject([{ key: KEY, discarded: true }]);
  });
});

describe('abort() at every stage', () => {
  /** Uploads on the server, and records. */
  const remains = async (world: World): Promise<unknown[]> => [world.service.uploads.size, await world.records()];

  test.each<[string, (world: World) => unknown]>([
    ['in the same turn', () => {}],
    ['while the file is read', (world) => vi.spyOn(world.hasher, 'fingerprint').mockReturnValue(new Promise(() => {}))],
    ['while the parts are listed', (world) => world.service.fault('ListParts', { after: new Promise(() => {}) })],
    ['while parts are sent', (world) => world.service.fault('UploadPart', { times: 9, after: new Promise(() => {}) })],
  ])('after resume(), %s, leaves nothing behind', async (when, hang) => {
    const world = createWorld({ parallel: 1 });
    const task = await pausedTask(world, FILE, { key: KEY });
    hang(world);
    task.resume();
    if (when !== 'in the same turn') await settle();
    await task.abort();
    expect(await remains(world)).toEqual([0, []]);
    expect([world.locks.held.size, world.pool.busy]).toEqual([0, 0]);
  });

  test('called twice, or again after the end, aborts once', async () => {
    const world = createWorld({ parallel: 1 });
    const task = await pausedTask(world, FILE, { key: KEY });
    await Promise.all([task.abort(), task.abort()]);
    await task.abort();
    expect([await remains(world), world.service.count('Abort')]).toEqual([[0, []], 1]);
  });

  test.each(['before the start', 'while the file is read'])(
    '%s also removes the unfinished upload that an earlier page load left of this file',
    async (when) => {
      const world = createWorld({ parallel: 1 });
      await leaveUnfinished(world, FILE, 2, { key: KEY });
      const fingerprint = world.hasher.fingerprint.bind(world.hasher);
      if (when !== 'before the start')
        vi.spyOn(world.hasher, 'fingerprint')
          .mockReturnValueOnce(new Promise(() => {}))
          .mockImplementation(fingerprint);
      const task = world.openTab().upload(FILE, { key: KEY });
      if (when !== 'before the start') await settle();
      await task.abort();
      expect(await remains(world)).toEqual([0, []]);
    },
  );

  test('of a failed task leaves its former upload alone once another task has resumed it', async () => {
    const world = createWorld({ parallel: 1 });
    world.service.fault('UploadPart', { part: 2, error: ossError('AccessDenied', 403) });
    const failed = world.upload(FILE, { key: KEY });
    await failureOf(failed.result);
    world.service.fault('UploadPart', { part: 3, after: new Promise(() => {}) });
    const other = world.upload(FILE, { key: KEY });
    await untilAcknowledged(world, 2);
    await other.pause();
    await failed.abort();
    expect([world.service.uploads.size, world.service.count('Abort')]).toEqual([1, 0]);
    other.resume();
    expect((await other.result).verified).toBe(true);
    expect(world.service.acknowledged()).toEqual([1, 2, 3, 4]);
  });

  test('with a key function that hangs calls it at most once more and sends nothing', async () => {
    const world = createWorld();
    const key = vi.fn(() => new Promise<string>(() => {}));
    const task = world.upload(FILE, { key });
    await settle();
    const aborted = task.abort();
    await settle();
    world.clock.pass(10_000);
    await aborted;
    await settle();
    expect([key.mock.calls.length, world.service.log, world.clock.timers.size]).toEqual([1, [], 0]);
  });

  test('of a task that failed before Initiate leaves a later task’s paused upload alone', async () => {
    const world = createWorld({ parallel: 1 });
    world.service.fault('Initiate', { error: ossError('AccessDenied', 403) });
    const failed = world.upload(FILE, { key: KEY });
    await failureOf(failed.result);
    const other = await pausedTask(world, FILE, { key: KEY });
    await failed.abort();
    expect([world.service.uploads.size, world.service.count('Abort')]).toEqual([1, 0]);
    other.resume();
    await other.result;
    expect(world.service.acknowledged()).toEqual([1, 2, 3, 4]);
  });

  test('of a task ended by its signal leaves a later task’s paused upload alone', async () => {
    const world = createWorld({ parallel: 1 });
    const controller = new AbortController();
    const ended = world.upload(FILE, { key: KEY, signal: controller.signal });
    controller.abort(new Error('closed'));
    await failureOf(ended.result);
    await pausedTask(world, FILE, { key: KEY });
    await ended.abort();
    expect([world.service.uploads.size, world.service.count('Abort')]).toEqual([1, 0]);
  });

  test('of a task whose callback failed leaves a later task’s paused upload alone', async () => {
    const world = createWorld({ parallel: 1 });
    const options = { key: KEY, callback: { callbackUrl: 'u', callbackBody: 'b' } };
    world.service.answer.callbackFailure = 'no';
    const failed = world.upload(FILE, options);
    await failureOf(failed.result);
    world.service.answer.callbackFailure = undefined;
    await pausedTask(world, FILE, options);
    await failed.abort();
    expect([world.service.uploads.size, world.service.count('Abort')]).toEqual([1, 0]);
  });

  test('of a second task of the file, before its turn, leaves the first one’s paused upload alone', async () => {
    const world = createWorld({ parallel: 1 });
    await pausedTask(world, FILE, { key: KEY });
    const second = world.upload(FILE, { key: KEY });
    await second.abort();
    expect([world.service.uploads.size, world.service.count('Abort')]).toEqual([1, 0]);
  });

  test('in a scope, before the start, leaves the paused upload of a copy under another path alone', async () => {
    const world = createWorld({ parallel: 1 });
    const inScope = randomKeysInScope();
    await pausedTask(world, FILE, inScope('x/same.bin'));
    const copy = world.upload(FILE, inScope('y/same.bin'));
    await copy.abort();
    expect([world.service.uploads.size, world.service.count('Abort')]).toEqual([1, 0]);
  });

  test('doesn’t call a key function that the task hasn’t called', async () => {
    const world = createWorld({ parallel: 1 });
    await leaveUnfinished(world, FILE, 2);
    const key = vi.fn(() => 'random/1');
    const task = world.openTab().upload(FILE, { key });
    await task.abort();
    await settle();
    expect(key).not.toHaveBeenCalled();
    expect(task.key).toBeUndefined();
  });

  test('of a paused task aborts its upload although the database was cleared', async () => {
    const world = createWorld({ parallel: 1 });
    const task = await pausedTask(world, FILE, { key: KEY });
    await world.store.remove((await world.records())[0]!.id);
    await task.abort();
    await settle();
    expect(world.service.uploads.size).toBe(0);
  });
});

describe.each<Parameters<RequestContext['onWait']>>([
  ['credentials'],
  ['service', ossError('ServiceUnavailable', 503)],
  ['network', new NetworkError('NetworkError', 'down')],
])('abort() of a resumed task that waits for %s', (...reason) => {
  /** A task with two parts on the server, resumed: from then on, no request is answered before `answer()`. */
  async function waitingTask(world: World): Promise<{ task: ManagedTask; answer(): void }> {
    const answered = gate();
    const task = await pausedTask(world, FILE, { key: KEY });
    const wait = ({ signal, onWait }: RequestContext): Promise<void> => abortable(answered.opened, signal).finally(onWait(...reason));
    const { listParts, abort } = world.service.handlers;
    vi.spyOn(world.service.handlers, 'listParts').mockImplementation((...args) => wait(args[3]).then(() => listParts(...args)));
    vi.spyOn(world.service.handlers, 'abort').mockImplementation((...args) => wait(args[3]).then(() => abort(...args)));
    task.resume();
    await until(task, (state) => state.status === 'waiting' && state.reason === reason[0]);
    return { task, answer: answered.open };
  }

  /** Calls `abort()`, and lets the second pass that it may take. */
  async function abortPatiently(world: World, task: ManagedTask): Promise<void> {
    const aborted = task.abort();
    await settle();
    world.clock.pass(1_000);
    await aborted;
  }

  test('leaves nothing behind once the service answers', async () => {
    const world = createWorld({ parallel: 1 });
    const { task, answer } = await waitingTask(world);
    await abortPatiently(world, task);
    expect(task.getSnapshot().status).toBe('aborted');
    expect([world.service.uploads.size, await world.records()]).toEqual([1, [expect.objectContaining({ key: KEY, discarded: true })]]);
    answer();
    await settle();
    expect([world.service.uploads.size, await world.records()]).toEqual([0, []]);
    expect([world.locks.held.size, world.clock.timers.size, world.pool.busy]).toEqual([0, 0, 0]);
  });

  test('leaves the rest to a later sweep when the service doesn’t answer in time', async () => {
    const world = createWorld({ parallel: 1 });
    const { task, answer } = await waitingTask(world);
    await abortPatiently(world, task);
    world.clock.pass(15_000);
    await settle();
    expect([world.locks.held.size, world.clock.timers.size]).toEqual([0, 0]);
    answer();
    await settle();
    expect([world.service.uploads.size, await world.records()]).toEqual([1, [expect.objectContaining({ key: KEY, discarded: true })]]);
    await world.openTab().sweep();
    expect([world.service.uploads.size, await world.records()]).toEqual([0, []]);
  });
});

describe('the application’s signal', () => {
  test('stops the upload with its own reason, and keeps the record and the server’s upload', async () => {
    const world = createWorld();
    const controller = new AbortController();
    world.service.fault('UploadPart', { skip: 1, times: 9, after: new Promise(() => {}) });
    const task = world.upload(FILE, { key: KEY, signal: controller.signal });
    const failure = failureOf(task.result);
    await untilAcknowledged(world, 1);
    const reason = new Error('the user left');
    controller.abort(reason);
    expect(await failure).toBe(reason);
    await settle();
    expect(task.getSnapshot().status).toBe('aborted');
    expect([(await world.records()).length, world.service.uploads.size, world.service.count('Abort')]).toEqual([1, 1, 0]);
  });

  test('prevents the start when it is already aborted', async () => {
    const world = createWorld();
    const reason = new Error('too late');
    const task = world.upload(FILE, { key: KEY, signal: AbortSignal.abort(reason) });
    expect(await failureOf(task.result)).toBe(reason);
    await settle();
    expect([world.service.log, task.getSnapshot().status]).toEqual([[], 'aborted']);
  });

  test('has no listener left once the task was stopped in another way', async () => {
    const world = createWorld();
    const controller = new AbortController();
    const remove = vi.spyOn(controller.signal, 'removeEventListener');
    const task = world.upload(FILE, { key: KEY, signal: controller.signal });
    const reason = new Error('disposed');
    await task.stop(reason);
    controller.abort(new Error('later'));
    expect(await failureOf(task.result)).toBe(reason);
    expect(remove).toHaveBeenCalledWith('abort', expect.any(Function));
  });
});

describe('a settled task has no listener on the application’s signal', () => {
  const listeners = (signal: AbortSignal) => {
    const add = vi.spyOn(signal, 'addEventListener');
    const remove = vi.spyOn(signal, 'removeEventListener');
    return () => add.mock.calls.length - new Set(remove.mock.calls.map(([, listener]) => listener)).size * add.mock.calls.length;
  };

  test.each(['done', 'failed', 'aborted'])('when it is %s', async (end) => {
    const world = createWorld();
    const { signal } = new AbortController();
    const count = listeners(signal);
    if (end === 'failed') world.service.fault('Initiate', { error: ossError('AccessDenied', 403) });
    const task = world.upload(FILE, { key: KEY, signal });
    if (end === 'aborted') await task.abort();
    await task.result.catch(() => {});
    expect([task.getSnapshot().status, count()]).toEqual([end, 0]);
  });

  test('a task resumed after a failure obeys it again', async () => {
    const world = createWorld();
    const controller = new AbortController();
    world.service.fault('Initiate', { error: ossError('AccessDenied', 403) });
    const task = world.upload(FILE, { key: KEY, signal: controller.signal });
    await failureOf(task.result);
    task.resume();
    controller.abort(new Error('left'));
    expect(await failureOf(task.result)).toMatchObject({ message: 'left' });
  });
});

test('stop() keeps record and parts for the next page load', async () => {
  const world = createWorld();
  const record = await leaveUnfinished(world, FILE, 2);
  expect(await world.partsOf(record.id)).toEqual([1, 2]);
  expect([world.service.uploads.size, world.locks.held.size]).toEqual([1, 0]);
});

test('a task that waits for its turn can be paused and aborted, and releases no turn that it never had', async () => {
  const world = createWorld({ parallel: 1 });
  const hold = gate();
  world.service.fault('Initiate', { times: 9, after: hold.opened });
  const running = [1, 2, 3].map((seed) => world.upload(makeFile(2 * PART, { seed, name: `${seed}` })));
  const [paused, aborted, last] = [4, 5, 6].map((seed) => world.upload(makeFile(2 * PART, { seed, name: `${seed}` })));
  await settle();
  expect(last?.getSnapshot().status).toBe('queued');
  await paused?.pause();
  await aborted?.abort();
  hold.open();
  await Promise.all([...running, last].map((task) => task?.result));
  expect(world.service.count('Complete')).toBe(4);
  expect(paused?.getSnapshot().status).toBe('paused');
});

test.each(['load', 'save', 'remove'] as const)(
  'a task continues after pause() and resume() although the store’s %s() hung once',
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

test('a small file is sent although the store’s list() hangs', async () => {
  const world = createWorld();
  vi.spyOn(world.store, 'list').mockReturnValue(new Promise<never>(() => {}));
  const task = world.upload(makeFile(PART + 5), { key: KEY, partSize: 2 * PART } as never);
  await settle();
  world.clock.pass(120_000);
  await settle();
  expect(task.getSnapshot().status).toBe('done');
});

test('the sweep leaves alone what a paused task works on, however short `maxAge` is', async () => {
  const world = createWorld({ checkpoint: { maxAge: 1_000 } });
  const task = await pausedTask(world, FILE, { key: KEY });
  world.service.clearFaults();
  world.clock.pass(5_000);
  await world.sweep();
  task.resume();
  await task.result;
  expect(world.service.count('Initiate')).toBe(1);
});

test('`result` asked for after an abort says the same as the state, although the object was stored', async () => {
  const world = createWorld();
  const hold = gate();
  const { remove } = world.store;
  let removals = 0;
  vi.spyOn(world.store, 'remove').mockImplementation(async (id) => {
    removals += 1;
    if (removals > 1) await hold.opened;
    return remove(id);
  });
  const task = world.upload(FILE, { key: KEY });
  await eventually(() => removals > 1);
  void task.abort();
  hold.open();
  await settle();
  expect(task.getSnapshot().status).toBe('aborted');
  expect(isAbortError(await failureOf(task.result))).toBe(true);
});
