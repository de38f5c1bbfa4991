import { describe, expect, test, vi } from 'vitest';
import { isAbortError } from '../../../src/errors.js';
import { makeFile } from '../../helpers/make-file.js';
import { ossError } from '../../helpers/scripted-faults.js';
import { PART } from '../../helpers/sizes.js';
import { eventually, settle } from '../../helpers/turns.js';
import { failureOf, gate, until } from '../../helpers/waits.js';
import { createWorld, leaveUnfinished } from './world.js';

const KEY = 'dir/a.bin';
const FILE = makeFile(4 * PART);

describe('a task', () => {
  test('knows its file and path, its key from the first, and begins in a later turn', async () => {
    const world = createWorld();
    const task = world.upload(FILE, { key: KEY, path: 'folder/file.bin' });
    expect(task).toMatchObject({ id: '1', file: FILE, path: 'folder/file.bin', key: KEY });
    expect(task.getSnapshot()).toMatchObject({ key: KEY, checkpointId: undefined });
    const states: string[] = [task.getSnapshot().status];
    task.subscribe(() => states.push(task.getSnapshot().status));
    await task.result;
    expect(states.filter((status, index) => status !== states[index - 1])).toEqual([
      ...['queued', 'preparing', 'uploading', 'completing', 'done'],
    ]);
  });

  test('looks at its progress ten times a second while it runs, and not at all when nothing moves', async () => {
    const world = createWorld({ parallel: 1 });
    const holds = [gate(), gate()];
    world.service.fault('UploadPart', { part: 2, after: holds[0]?.opened as Promise<void> });
    world.service.fault('UploadPart', { part: 3, after: holds[1]?.opened as Promise<void> });
    const task = world.upload(FILE, { key: KEY });
    await eventually(() => world.service.acknowledged().length === 1);
    await settle();
    const listener = vi.fn();
    task.subscribe(listener);
    world.clock.pass(99);
    expect(listener).not.toHaveBeenCalled();
    world.clock.pass(1);
    expect(task.getSnapshot().progress).toMatchObject({ loaded: PART, confirmed: PART, parts: { done: 1, total: 4 } });
    expect(task.getSnapshot().progress.speed).toBeGreaterThan(0);
    holds[0]?.open();
    await eventually(() => world.service.acknowledged().length === 2);
    await settle();
    world.clock.pass(100);
    expect(task.getSnapshot().progress.confirmed).toBe(2 * PART);
    // Everything has come to rest, the speed too.
    for (let second = 0; second < 120; second += 1) world.clock.pass(1_000);
    const before = listener.mock.calls.length;
    world.clock.pass(10_000);
    expect(listener.mock.calls.length).toBe(before);
    holds[1]?.open();
    await task.result;
    expect(world.clock.timers.size).toBe(0);
  });

  test('tells bytes of parts in flight as loaded, not as confirmed', async () => {
    const world = createWorld({ parallel: 1 });
    const hold = gate();
    vi.spyOn(world.service.client, 'uploadPart').mockImplementation(async (_part, _headers, context) => {
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

  test('an error that is none of ours is told as one, with the path, the key and the cause', async () => {
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
  ])('so is what is no error at all: %j', async (thrown, message) => {
    const world = createWorld();
    world.service.fault('Initiate', { error: thrown });
    expect((await failureOf(world.upload(FILE, { key: KEY }).result)).message).toMatch(message);
  });

  test('takes warnings', () => {
    const task = createWorld().upload(FILE, { key: KEY });
    task.warn({ code: 'checkpoint-in-memory', message: 'm' });
    expect(task.getSnapshot().warnings).toEqual([{ code: 'checkpoint-in-memory', message: 'm' }]);
  });

  test('nobody has to listen to its result', async () => {
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
  test('pausing ends the requests, resolves when none is left, and keeps the record; resuming goes on in place', async () => {
    const world = createWorld({ parallel: 2 });
    world.service.fault('UploadPart', { skip: 2, times: 2, after: new Promise(() => {}) });
    const task = world.upload(FILE, { key: KEY });
    const { result } = task;
    await eventually(() => world.service.acknowledged().length === 2);
    await settle();
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

  test('resuming at once begins the next run only when the one before has ended', async () => {
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

  test('resuming twice, or what runs, or what is done, changes nothing', async () => {
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

  test('completing is not to be paused: pausing resolves when it is done', async () => {
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

  test('a failed task goes on in place: a new result, the same listeners; the old result stays rejected', async () => {
    const world = createWorld({ parallel: 1 });
    world.service.fault('UploadPart', { part: 3, error: ossError('AccessDenied', 403) });
    const task = world.upload(FILE, { key: KEY });
    const statuses: string[] = [];
    task.subscribe(() => statuses.push(task.getSnapshot().status));
    const first = task.result;
    await failureOf(first);
    task.resume();
    expect(task.result).not.toBe(first);
    await task.result;
    expect(await failureOf(first)).toMatchObject({ code: 'AccessDenied' });
    expect(statuses.filter((status, index) => status !== statuses[index - 1])).toEqual([
      ...['preparing', 'uploading', 'failed', 'queued', 'preparing', 'uploading', 'completing', 'done'],
    ]);
    expect(world.service.acknowledged()).toEqual([1, 2, 3, 4]);
  });

  test('a failure that is final is not tried again', async () => {
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
  const once = (world: ReturnType<typeof createWorld>): number[] => [world.service.count('Initiate'), world.service.count('Complete')];

  test('upload, pause and resume in one turn', async () => {
    const world = createWorld();
    const task = world.upload(FILE, { key: KEY });
    void task.pause();
    task.resume();
    expect((await task.result).verified).toBe(true);
    await settle();
    expect([once(world), world.service.acknowledged().sort()]).toEqual([
      [1, 1],
      [1, 2, 3, 4],
    ]);
  });

  test('pause and resume, again and again, in one turn', async () => {
    const world = createWorld({ parallel: 1 });
    const task = world.upload(FILE, { key: KEY });
    await eventually(() => world.service.acknowledged().length >= 1);
    for (let times = 0; times < 5; times += 1) {
      void task.pause();
      task.resume();
    }
    await task.result;
    await settle();
    expect([once(world), world.locks.held.size, world.pool.busy]).toEqual([[1, 1], 0, 0]);
  });

  test('resume() from a listener that sees the pause', async () => {
    const world = createWorld({ parallel: 1 });
    const task = world.upload(FILE, { key: KEY });
    task.subscribe(() => task.getSnapshot().status === 'paused' && task.resume());
    await eventually(() => world.service.acknowledged().length >= 1);
    await task.pause();
    await task.result;
    await settle();
    expect(once(world)).toEqual([1, 1]);
  });

  test('resume() from a listener at the moment of failure: the old promise gets the error, the new one the result', async () => {
    const world = createWorld({ parallel: 1 });
    world.service.fault('UploadPart', { part: 2, error: ossError('AccessDenied', 403) });
    const task = world.upload(FILE, { key: KEY });
    const first = task.result;
    task.subscribe(() => task.getSnapshot().status === 'failed' && task.resume());
    expect(await failureOf(first)).toMatchObject({ code: 'AccessDenied' });
    expect(task.result).not.toBe(first);
    expect((await task.result).verified).toBe(true);
    expect(once(world)).toEqual([1, 1]);
  });

  test('what an answer says after a pause is true: a small file that is stored is done', async () => {
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
});

describe('waits end', () => {
  const never = new Promise<never>(() => {});
  /** What a user waits for at most, by the clock of the world. */
  async function withinASecond(world: ReturnType<typeof createWorld>, ending: Promise<unknown>): Promise<void> {
    let isOver = false;
    void ending.then(() => {
      isOver = true;
    });
    await settle();
    world.clock.pass(1_000);
    await settle();
    expect(isOver).toBe(true);
  }

  test.each<[string, (world: ReturnType<typeof createWorld>) => void, object]>([
    ['a key function', () => {}, { key: () => never }],
    ['a fingerprint', (world) => vi.spyOn(world.hasher, 'fingerprint').mockReturnValue(never), { key: KEY }],
    ['a database', (world) => vi.spyOn(world.store, 'list').mockReturnValue(never), { key: KEY }],
    ['a database that saves', (world) => vi.spyOn(world.store, 'save').mockReturnValue(never), { key: KEY }],
    ['an Initiate', (world) => world.service.fault('Initiate', { after: never }), { key: KEY }],
    ['a part', (world) => world.service.fault('UploadPart', { times: 9, after: never }), { key: KEY }],
    ['a lock', (world) => vi.spyOn(world.locks, 'request').mockReturnValue(never), { key: KEY }],
  ])('%s that hangs keeps no pause, abort or stop waiting', async (_, hang, options) => {
    for (const end of ['pause', 'abort', 'stop'] as const) {
      const world = createWorld();
      hang(world);
      const task = world.upload(FILE, options);
      await settle();
      await withinASecond(world, task[end](new Error('closed')));
      expect(task.getSnapshot().status).toBe(end === 'pause' ? 'paused' : 'aborted');
      if (end !== 'pause') await failureOf(task.result);
    }
  });

  test('a server that hangs keeps no abort waiting; the abort continues in the background', async () => {
    const world = createWorld({ parallel: 1 });
    const hold = gate();
    world.service.fault('UploadPart', { part: 2, after: never });
    world.service.fault('Abort', { after: hold.opened });
    const task = world.upload(FILE, { key: KEY });
    await eventually(() => world.service.acknowledged().length === 1);
    await settle();
    await withinASecond(world, task.abort());
    expect(world.service.uploads.size).toBe(1);
    hold.open();
    await eventually(async () => (await world.records()).length === 0);
    expect(world.service.uploads.size).toBe(0);
  });
});

describe('an Initiate that is on its way', () => {
  test.each(['pause', 'abort'] as const)('when the upload is stopped by %s leaves nothing on the server that nobody knows', async (end) => {
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

  test('and is answered late is aborted in the background', async () => {
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
  test('stops the requests, aborts the upload on the server, forgets the record, and rejects with an AbortError', async () => {
    const world = createWorld();
    world.service.fault('UploadPart', { skip: 2, times: 9, after: new Promise(() => {}) });
    const task = world.upload(FILE, { key: KEY, fileHandle: {} as FileSystemFileHandle });
    const failure = failureOf(task.result);
    await eventually(() => world.service.acknowledged().length === 2);
    await settle();
    await task.abort();
    expect(isAbortError(await failure)).toBe(true);
    expect(task.getSnapshot().status).toBe('aborted');
    expect(world.service.log.at(-1)).toBe('Abort');
    expect([world.service.uploads.size, await world.records(), world.fileHandles.handles.size]).toEqual([0, [], 0]);
    expect([world.locks.held.size, world.clock.timers.size, world.pool.busy]).toEqual([0, 0, 0]);
  });

  test.each(['pause', 'fail'])('after a %s the upload is aborted on the server too', async (how) => {
    const world = createWorld({ parallel: 1 });
    world.service.fault(
      'UploadPart',
      how === 'fail' ? { part: 2, error: ossError('AccessDenied', 403) } : { part: 2, after: new Promise(() => {}) },
    );
    const task = world.upload(FILE, { key: KEY });
    const failure = failureOf(task.result);
    await eventually(() => world.service.acknowledged().length === 1);
    await settle();
    if (how === 'pause') await task.pause();
    await task.abort();
    expect([world.service.count('Abort'), world.service.uploads.size, await world.records()]).toEqual([1, 0, []]);
    expect(task.getSnapshot().status).toBe('aborted');
    expect((await failure).name).toBe(how === 'fail' ? 'OssError' : 'AbortError');
  });

  test('before it began there is nothing to take back', async () => {
    const world = createWorld();
    const task = world.upload(FILE, { key: KEY });
    await task.abort();
    await settle();
    expect([world.service.log, task.getSnapshot().status]).toEqual([[], 'aborted']);
    expect(isAbortError(await failureOf(task.result))).toBe(true);
  });

  test('after the end it changes nothing: the object stays', async () => {
    const world = createWorld();
    const task = world.upload(FILE, { key: KEY });
    const result = await task.result;
    await task.abort();
    expect([task.getSnapshot().status, world.service.count('Abort'), world.service.objects.has(KEY)]).toEqual(['done', 0, true]);
    expect(await task.result).toBe(result);
  });

  test('a server that can’t be told is told later: the record stays, marked, and shows as gone', async () => {
    const world = createWorld();
    world.service.fault('UploadPart', { skip: 1, times: 9, after: new Promise(() => {}) });
    world.service.fault('Abort', { error: ossError('ServiceUnavailable', 503) });
    const task = world.upload(FILE, { key: KEY });
    await eventually(() => world.service.acknowledged().length === 1);
    await settle();
    await task.abort();
    expect(await world.records()).toMatchObject([{ key: KEY, discarded: true }]);
  });
});

describe('abort, whenever it comes', () => {
  const left = async (world: ReturnType<typeof createWorld>): Promise<unknown[]> => [world.service.uploads.size, await world.records()];

  async function pausedTask(world: ReturnType<typeof createWorld>) {
    world.service.fault('UploadPart', { part: 3, after: new Promise(() => {}) });
    const task = world.upload(FILE, { key: KEY });
    await eventually(() => world.service.acknowledged().length === 2);
    await settle();
    await task.pause();
    return task;
  }

  test.each<[string, (world: ReturnType<typeof createWorld>) => unknown]>([
    ['in the same turn', () => {}],
    ['while it reads the file', (world) => vi.spyOn(world.hasher, 'fingerprint').mockReturnValue(new Promise(() => {}))],
    ['while it lists the parts', (world) => world.service.fault('ListParts', { after: new Promise(() => {}) })],
    ['while it sends', (world) => world.service.fault('UploadPart', { times: 9, after: new Promise(() => {}) })],
  ])('after resume(), %s, leaves nothing', async (when, hang) => {
    const world = createWorld({ parallel: 1 });
    const task = await pausedTask(world);
    hang(world);
    task.resume();
    if (when !== 'in the same turn') await settle();
    await task.abort();
    expect(await left(world)).toEqual([0, []]);
    expect([world.locks.held.size, world.pool.busy]).toEqual([0, 0]);
  });

  test('twice, or after the first has ended, it aborts once', async () => {
    const world = createWorld({ parallel: 1 });
    const task = await pausedTask(world);
    await Promise.all([task.abort(), task.abort()]);
    await task.abort();
    expect([await left(world), world.service.count('Abort')]).toEqual([[0, []], 1]);
  });

  test.each(['before it began', 'while it reads the file'])(
    '%s, what an earlier page load has left of this file goes too',
    async (when) => {
      const world = createWorld({ parallel: 1 });
      await leaveUnfinished(world, FILE, 2, { key: KEY });
      const fingerprint = world.hasher.fingerprint.bind(world.hasher);
      if (when !== 'before it began')
        vi.spyOn(world.hasher, 'fingerprint')
          .mockReturnValueOnce(new Promise(() => {}))
          .mockImplementation(fingerprint);
      const task = world.openTab().upload(FILE, { key: KEY });
      if (when !== 'before it began') await settle();
      await task.abort();
      expect(await left(world)).toEqual([0, []]);
    },
  );

  test('of a failed task leaves the upload alone that another task has resumed since', async () => {
    const world = createWorld({ parallel: 1 });
    world.service.fault('UploadPart', { part: 2, error: ossError('AccessDenied', 403) });
    const failed = world.upload(FILE, { key: KEY });
    await failureOf(failed.result);
    const other = await pausedTask(world);
    await failed.abort();
    expect([world.service.uploads.size, world.service.count('Abort')]).toEqual([1, 0]);
    other.resume();
    expect((await other.result).verified).toBe(true);
    expect(world.service.acknowledged()).toEqual([1, 2, 3, 4]);
  });

  test('the key function of a hanging start is asked once more at the most, and nothing else is looked for', async () => {
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
});

describe('the caller’s signal', () => {
  test('stops the upload with its own reason, and keeps the record and the server’s upload', async () => {
    const world = createWorld();
    const controller = new AbortController();
    world.service.fault('UploadPart', { skip: 1, times: 9, after: new Promise(() => {}) });
    const task = world.upload(FILE, { key: KEY, signal: controller.signal });
    const failure = failureOf(task.result);
    await eventually(() => world.service.acknowledged().length === 1);
    await settle();
    const reason = new Error('the user left');
    controller.abort(reason);
    expect(await failure).toBe(reason);
    await settle();
    expect(task.getSnapshot().status).toBe('aborted');
    expect([(await world.records()).length, world.service.uploads.size, world.service.count('Abort')]).toEqual([1, 1, 0]);
  });

  test('that was aborted before keeps everything from beginning', async () => {
    const world = createWorld();
    const reason = new Error('too late');
    const task = world.upload(FILE, { key: KEY, signal: AbortSignal.abort(reason) });
    expect(await failureOf(task.result)).toBe(reason);
    await settle();
    expect([world.service.log, task.getSnapshot().status]).toEqual([[], 'aborted']);
  });

  test('is let go of when the task is stopped otherwise', async () => {
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

describe('a settled task holds no listener on the caller’s signal', () => {
  const listeners = (signal: AbortSignal) => {
    const add = vi.spyOn(signal, 'addEventListener');
    const remove = vi.spyOn(signal, 'removeEventListener');
    return () => add.mock.calls.length - new Set(remove.mock.calls.map(([, listener]) => listener)).size * add.mock.calls.length;
  };

  test.each(['done', 'failed', 'aborted'])('%s', async (end) => {
    const world = createWorld();
    const { signal } = new AbortController();
    const count = listeners(signal);
    if (end === 'failed') world.service.fault('Initiate', { error: ossError('AccessDenied', 403) });
    const task = world.upload(FILE, { key: KEY, signal });
    if (end === 'aborted') await task.abort();
    await task.result.catch(() => {});
    expect([task.getSnapshot().status, count()]).toEqual([end, 0]);
  });

  test('and one that is resumed after a failure obeys it again', async () => {
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

test('stopping keeps what is there for the next page load', async () => {
  const world = createWorld();
  const record = await leaveUnfinished(world, FILE, 2);
  expect(await world.partsOf(record.id)).toEqual([1, 2]);
  expect([world.service.uploads.size, world.locks.held.size]).toEqual([1, 0]);
});

test('waiting for its turn a task can be paused and aborted, and gives no turn back that it never had', async () => {
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
