import { describe, expect, test, vi } from 'vitest';
import { createLocks } from '../../../src/browser/locks.js';
import { lockName } from '../../../src/checkpoint/lock.js';
import { chooseCheckpoint } from '../../../src/checkpoint/match.js';
import { CallbackError } from '../../../src/errors.js';
import type { UploadOptions } from '../../../src/options/types.js';
import type { ManagedTask } from '../../../src/upload/task.js';
import { createLockManager } from '../../helpers/lock-manager.js';
import { crcOf, makeFile } from '../../helpers/make-file.js';
import { recordStatuses } from '../../helpers/record-statuses.js';
import { ossError } from '../../helpers/scripted-faults.js';
import { PART } from '../../helpers/sizes.js';
import { eventually, settle } from '../../helpers/turns.js';
import { failureOf, gate, until } from '../../helpers/waits.js';
import {
  holdElsewhere,
  isWaitingForTab,
  leaveUnfinished,
  letLockBeStolen,
  pausedTask,
  randomKeysInScope,
  untilAcknowledged,
} from './scenes.js';
import { createWorld, type World } from './world.js';

const KEY = 'dir/a.bin';
const FILE = makeFile(4 * PART);
const CALLBACK = { callbackUrl: 'u', callbackBody: 'b' };

/** Two tabs upload the file: the first is held up while it is `uploading` or `completing`, the second waits for it. */
async function twoTabs(
  world: World,
  status: 'uploading' | 'completing' = 'uploading',
  options: UploadOptions = { key: KEY },
): Promise<{ first: ManagedTask; second: ManagedTask; letFirstContinue(): void }> {
  const hold = gate();
  world.service.fault(status === 'uploading' ? 'UploadPart' : 'Complete', { times: 9, after: hold.opened });
  const first = world.openTab().upload(FILE, options);
  await until(first, (state) => state.status === status);
  const second = world.openTab().upload(FILE, options);
  await until(second, isWaitingForTab);
  return { first, second, letFirstContinue: hold.open };
}

describe('two tabs with the same file', () => {
  test('the second waits visibly and gets the first one’s result without sending a byte', async () => {
    const world = createWorld();
    const { first, second, letFirstContinue } = await twoTabs(world);
    letFirstContinue();
    expect(await second.result).toEqual(await first.result);
    expect([world.service.count('Initiate'), world.service.count('Complete'), world.service.acknowledged().length]).toEqual([1, 1, 4]);
    expect([second.getSnapshot().status, world.locks.held.size]).toEqual(['done', 0]);
    // The note for the second tab is removed.
    await settle();
    expect(await world.store.list()).toEqual([]);
  });

  test('where OSS shows no CRC-64, neither is verified: that the local files are equal proves nothing about the object', async () => {
    const world = createWorld();
    const hide = (answer: object): object => ({ ...answer, crc64: undefined });
    for (const operation of ['UploadPart', 'Complete'] as const) world.service.fault(operation, { times: 99, reply: hide });
    world.service.fault('ListParts', { times: 99, reply: (parts: object[]) => parts.map(hide) });
    const first = world.openTab().upload(FILE, { key: KEY });
    await until(first, ({ status }) => status === 'uploading');
    const second = world.openTab().upload(FILE, { key: KEY });
    await until(second, isWaitingForTab);
    expect(await first.result).toMatchObject({ verified: false, crc64: await crcOf(FILE) });
    expect(await second.result).toEqual(await first.result);
    expect(world.service.count('Initiate')).toBe(1);
  });

  test('the second takes over when the first is closed, and sends what is missing', async () => {
    const world = createWorld({ parallel: 1 });
    world.service.fault('UploadPart', { skip: 2, after: new Promise(() => {}) });
    const first = world.openTab().upload(FILE, { key: KEY });
    await untilAcknowledged(world, 2);
    const second = world.openTab().upload(FILE, { key: KEY });
    await until(second, isWaitingForTab);
    const statuses = recordStatuses(second);
    await first.stop(new Error('closed'));
    expect((await second.result).verified).toBe(true);
    expect(world.service.acknowledged()).toEqual([1, 2, 3, 4]);
    expect(statuses).toEqual(['preparing', 'uploading', 'completing', 'done']);
  });

  test('three tabs: the note about the result stays until the last tab has read it', async () => {
    const world = createWorld();
    const { first, second, letFirstContinue } = await twoTabs(world, 'completing');
    const third = world.openTab().upload(FILE, { key: KEY });
    await until(third, isWaitingForTab);
    letFirstContinue();
    const result = await first.result;
    for (const other of [second, third]) expect(await other.result).toEqual(result);
    expect(world.service.count('Complete')).toBe(1);
    expect(await world.store.list()).toEqual([]);
  });

  test('leaves no note when nobody waits', async () => {
    const world = createWorld();
    await world.upload(FILE, { key: KEY }).result;
    expect(await world.store.list()).toEqual([]);
  });

  test('a lock manager that fails to list who waits doesn’t turn a stored object into a failure', async () => {
    const world = createWorld();
    vi.spyOn(world.locks, 'isAwaited').mockRejectedValue(new Error('no'));
    expect((await world.upload(FILE, { key: KEY }).result).verified).toBe(true);
  });

  test('a lock manager that fails to list who waits doesn’t keep a waiting tab from another tab’s result', async () => {
    const world = createWorld();
    const { first, second, letFirstContinue } = await twoTabs(world, 'completing');
    // The first tab learns that the second one waits; the second one learns nothing, and leaves the result for others.
    const spy = vi.spyOn(world.locks, 'isAwaited').mockResolvedValueOnce(true).mockRejectedValue(new Error('no'));
    letFirstContinue();
    expect(await second.result).toEqual(await first.result);
    expect([spy.mock.calls.length, world.service.count('Complete')]).toEqual([2, 1]);
    expect(await world.outcomes()).toMatchObject([{ key: KEY }]);
  });

  test('a waiting tab gets the first one’s result although the clock was set back by an hour meanwhile', async () => {
    const world = createWorld();
    const { first, second, letFirstContinue } = await twoTabs(world);
    world.clock.time -= 3_600_000;
    letFirstContinue();
    expect(await second.result).toEqual(await first.result);
    expect([world.service.count('Initiate'), world.service.count('Complete'), world.service.acknowledged().length]).toEqual([1, 1, 4]);
  });

  test('a tab whose key function hangs holds no lock: another one uploads the file under that key without waiting', async () => {
    const world = createWorld();
    const chosen = gate();
    const hanging = world.openTab().upload(FILE, { key: () => chosen.opened.then(() => KEY) });
    await until(hanging, ({ status }) => status === 'preparing');
    await settle();
    expect(world.locks.held.size).toBe(0);
    const other = world.openTab().upload(FILE, { key: KEY });
    const statuses = recordStatuses(other);
    await other.result;
    expect(statuses).toEqual(['preparing', 'uploading', 'completing', 'done']);
    expect(hanging.getSnapshot().status).toBe('preparing');
    chosen.open();
    expect((await hanging.result).key).toBe(KEY);
  });

  test('a stolen lock ends the upload that held it with a resumable error', async () => {
    const world = createWorld({ parallel: 1 });
    const stealLock = letLockBeStolen(world);
    world.service.fault('UploadPart', { part: 3, after: new Promise(() => {}) });
    const task = world.upload(FILE, { key: KEY });
    await untilAcknowledged(world, 2);
    stealLock();
    expect(await failureOf(task.result)).toMatchObject({ code: 'TakenOver', resumable: true, key: KEY });
    expect([world.service.count('Complete'), world.locks.held.size]).toEqual([0, 0]);
    task.resume();
    expect((await task.result).verified).toBe(true);
    expect(world.service.acknowledged()).toEqual([1, 2, 3, 4]);
  });

  test('a paused task is done without sending a byte when another tab has completed its upload', async () => {
    const world = createWorld({ parallel: 1 });
    const paused = await pausedTask(world, FILE, { key: KEY }, world.openTab());
    const other = await world.openTab().upload(FILE, { key: KEY }).result;
    world.service.log.splice(0);
    paused.resume();
    expect(await paused.result).toEqual(other);
    expect(world.service.log).toEqual([]);
  });

  test('a paused task finds the completed object by HEAD when the record has been swept', async () => {
    const world = createWorld({ parallel: 1 });
    const paused = await pausedTask(world, FILE, { key: KEY }, world.openTab());
    await world.openTab().upload(FILE, { key: KEY }).result;
    world.clock.pass(600_001);
    await world.sweep();
    expect(await world.store.list()).toEqual([]);
    world.service.log.splice(0);
    paused.resume();
    expect(await paused.result).toMatchObject({ key: KEY, verified: true });
    expect(world.service.log).toEqual(['ListParts ✗ NoSuchUpload', 'Head']);
  });

  test('the application server’s answer is stored only for tabs that wait', async () => {
    const world = createWorld({ parallel: 1 });
    const options = { key: KEY, callback: CALLBACK };
    world.service.answer.body = '{"secret":1}';
    await leaveUnfinished(world, FILE, 2, options);
    const task = world.openTab().upload(FILE, options);
    expect((await task.result).callbackBody).toEqual({ secret: 1 });
    expect(JSON.stringify(await world.outcomes())).not.toContain('secret');
  });

  test('no task adopts the result of another key: copies become separate objects', async () => {
    const world = createWorld({ parallel: 2 });
    const hold = gate();
    world.service.fault('UploadPart', { times: 99, after: hold.opened });
    const first = world.upload(FILE, { key: () => 'invoices/a' });
    await until(first, ({ status }) => status === 'uploading');
    const second = world.upload(FILE, { key: () => 'contracts/a' });
    hold.open();
    expect([(await first.result).key, (await second.result).key]).toEqual(['invoices/a', 'contracts/a']);
    expect([...world.service.objects.keys()].sort()).toEqual(['contracts/a', 'invoices/a']);
  });

  test('after a failed callback the waiting tab is done: the object is stored', async () => {
    const world = createWorld();
    world.service.answer.callbackFailure = 'no';
    const { first, second, letFirstContinue } = await twoTabs(world, 'completing', { key: KEY, callback: CALLBACK });
    const failure = failureOf(first.result);
    letFirstContinue();
    expect(await failure).toBeInstanceOf(CallbackError);
    expect(await second.result).toMatchObject({ key: KEY, verified: true });
    expect(world.service.count('Complete')).toBe(1);
  });

  test.each<[string, unknown]>([
    ['of another key', { key: 'another' }],
    ['without a key', {}],
    ['that isn’t a result', 'text'],
  ])('ignores an outcome %s', async (_, outcome) => {
    const world = createWorld({ parallel: 1 });
    world.service.fault('UploadPart', { skip: 1, after: new Promise(() => {}) });
    const first = world.openTab().upload(FILE, { key: KEY });
    await untilAcknowledged(world, 1);
    const second = world.openTab().upload(FILE, { key: KEY });
    await until(second, isWaitingForTab);
    await world.store.save({ ...(await world.records())[0]!, outcome });
    await first.stop(new Error('closed'));
    expect((await second.result).verified).toBe(true);
    expect(world.service.count('Complete')).toBe(1);
  });

  test('a task that hasn’t waited ignores the outcome of an earlier upload', async () => {
    const world = createWorld({ parallel: 1 });
    const record = await leaveUnfinished(world, FILE, 2);
    await world.store.save({ ...record, outcome: { key: KEY } });
    expect((await world.openTab().upload(FILE, { key: KEY }).result).verified).toBe(true);
    expect([world.service.count('Initiate'), await world.store.list()]).toEqual([1, []]);
  });

  test('a waiting task releases its turn to other files and acquires it again', async () => {
    const world = createWorld({ parallel: 1 });
    const release = holdElsewhere(world, await idOf(world));
    // There are three turns: more waiting files than that, and one that could continue.
    const waiting = [1, 2, 3, 4].map(() => world.upload(FILE, { key: KEY }));
    const free = world.upload(makeFile(2 * PART, { name: 'free' }), { key: 'free' });
    expect((await free.result).verified).toBe(true);
    await release();
    const results = await Promise.all(waiting.map((task) => task.result));
    expect(new Set(results.map(({ etag }) => etag)).size).toBe(1);
    expect([world.service.count('Complete'), world.locks.held.size]).toEqual([2, 0]);
  });

  test('aborting a waiting task leaves the other tab’s upload alone', async () => {
    const world = createWorld();
    const { first, second, letFirstContinue } = await twoTabs(world);
    await second.abort();
    expect(second.getSnapshot().status).toBe('aborted');
    letFirstContinue();
    expect((await first.result).verified).toBe(true);
    expect(world.service.count('Abort')).toBe(0);
  });

  test('a lock stolen during Initiate: the late answer doesn’t replace the record of the new holder', async () => {
    const world = createWorld({ parallel: 1 });
    const stealLock = letLockBeStolen(world);
    const answered = gate();
    world.service.fault('Initiate', { after: answered.opened });
    const task = world.upload(FILE, { key: KEY });
    await eventually(() => world.service.sent.length === 1);
    // The thief starts and records its upload.
    const other = world.openTab({ parallel: 1, locks: { ...world.locks, request: (_name, _options, hold) => hold() } });
    world.service.fault('UploadPart', { part: 2, times: 9, after: new Promise(() => {}) });
    stealLock();
    other.upload(FILE, { key: KEY });
    await eventually(async () => (await world.records()).length === 1);
    const [record] = await world.records();
    answered.open();
    await failureOf(task.result);
    await settle();
    expect(await world.records()).toMatchObject([{ uploadId: record?.uploadId, owner: record?.owner }]);
    expect(world.service.uploads.size).toBe(1);
  });

  test('pause() and resume() while the lock is requested: the upload continues when the lock is granted', async () => {
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

  test('a task that waits says whether this page or another tab holds the lock, also when that changes', async () => {
    vi.stubGlobal('navigator', { locks: createLockManager(Promise.resolve()) });
    try {
      const world = createWorld({ parallel: 1 });
      const elsewhere = gate();
      const hold = gate();
      world.service.fault('UploadPart', { times: 9, after: hold.opened });
      const id = await idOf(world);
      void navigator.locks.request(lockName(id), () => elsewhere.opened);
      const tasks = [1, 2].map(() => world.openTab({ locks: createLocks() }).upload(FILE, { key: KEY }));
      for (const task of tasks) await until(task, isWaitingForTab);
      elsewhere.open();
      await until(tasks[0]!, ({ status }) => status === 'uploading');
      expect(tasks[1]!.getSnapshot()).toMatchObject({ status: 'waiting', reason: 'this-page' });
      hold.open();
      expect(await tasks[1]!.result).toEqual(await tasks[0]!.result);
    } finally {
      vi.unstubAllGlobals();
    }
  });

  test('pause() and resume() while another tab’s result is adopted: done once, and nothing is sent again', async () => {
    const world = createWorld({ parallel: 1 });
    const paused = await pausedTask(world, FILE, { key: KEY }, world.openTab());
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

  test('a tab that arrives while the first one records its end gets its result and sends nothing again', async () => {
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

  test('ignores the outcome of an earlier upload when the tab that it waited for never started', async () => {
    const world = createWorld({ parallel: 1 });
    // Resumed and completed: the outcome is kept for ten minutes.
    await leaveUnfinished(world, FILE, 2);
    await world.openTab().upload(FILE, { key: KEY }).result;
    // Since then, another file was stored under the key.
    const other = makeFile(10, { seed: 9, name: 'other' });
    await world.openTab().upload(other, { key: KEY }).result;
    // Two tabs upload the first file again; the first of them is closed before its Initiate is answered.
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
});

describe('an outcome from before the upload began', () => {
  test('nor is one of the file’s earlier content', async () => {
    const world = createWorld({ parallel: 1 });
    const task = await pausedTask(world, FILE, { key: KEY });
    world.service.clearFaults();
    await world.openTab().upload(FILE, { key: KEY }).result;
    const { length } = world.service.log;
    vi.spyOn(world.hasher, 'fingerprint').mockResolvedValue('v1:409600:1:changed');
    task.resume();
    await task.result;
    expect(world.service.log.slice(length)).not.toEqual([]);
  });

  test('is no result of it, although it has waited for a tab that was closed', async () => {
    const world = createWorld();
    const left = await leaveUnfinished(world, FILE, 2, { key: KEY });
    await world.openTab().upload(FILE, { key: KEY }).result;
    expect(await world.outcomes()).toHaveLength(1);
    // The application deletes the object.
    world.service.objects.clear();
    const release = holdElsewhere(world, left.id);
    const task = world.openTab().upload(FILE, { key: KEY });
    await until(task, isWaitingForTab);
    await release();
    await task.result;
    expect(world.service.objects.has(KEY)).toBe(true);
  });

  test('is none in a scope, where the tab that was waited for has failed over its key', async () => {
    const world = createWorld();
    let count = 0;
    const options: UploadOptions = { path: 'p.bin', scope: 's', key: async () => `random/${(count += 1)}` };
    await leaveUnfinished(world, FILE, 2, options);
    await world.openTab().upload(FILE, options).result;
    world.service.objects.clear();
    const hold = gate();
    const failing = async (): Promise<string> => {
      await hold.opened;
      throw new Error('503');
    };
    const first = world.openTab().upload(FILE, { ...options, key: failing });
    await settle();
    const second = world.openTab().upload(FILE, options);
    await until(second, isWaitingForTab);
    hold.open();
    await failureOf(first.result);
    expect(world.service.objects.has((await second.result).key)).toBe(true);
  });
});

describe('without locks, of two tabs that begin at the same moment, the one that lost', () => {
  test.each(['aborted', 'paused and resumed'])('leaves no upload that no record speaks of: %s', async (how) => {
    const world = createWorld({ exclusive: false });
    const hold = gate();
    world.service.fault('Initiate', { times: 2, after: hold.opened });
    world.service.fault('UploadPart', { times: 4, after: new Promise(() => {}) });
    const one = world.upload(FILE, { key: KEY });
    const two = world.openTab().upload(FILE, { key: KEY });
    await eventually(() => world.service.sent.filter(({ operation }) => operation === 'Initiate').length === 2);
    hold.open();
    await until(two, ({ status }) => status === 'uploading');
    await settle();
    if (how === 'aborted') await one.abort();
    else {
      await Promise.all([one.pause(), two.pause()]);
      world.service.clearFaults();
      one.resume();
      await one.result;
    }
    await settle();
    const recorded = (await world.records()).map(({ uploadId }) => uploadId);
    expect([...world.service.uploads.keys()].filter((id) => !recorded.includes(id))).toEqual([]);
  });
});

describe('in a scope, checkpoints of other paths', () => {
  const inScope = randomKeysInScope();

  test('are resumed when no other task has them', async () => {
    const world = createWorld({ parallel: 1 });
    const { key } = await leaveUnfinished(world, FILE, 2, inScope('a/x.bin'));
    const result = await world.openTab().upload(FILE, inScope('b/x.bin')).result;
    expect([result.key, world.service.count('Initiate')]).toEqual([key, 0]);
  });

  test('are left alone while another task has them: a copy becomes a separate object', async () => {
    const world = createWorld({ parallel: 2 });
    const hold = gate();
    world.service.fault('UploadPart', { times: 99, after: hold.opened });
    const first = world.upload(FILE, inScope('a/x.bin'));
    await until(first, ({ status }) => status === 'uploading');
    const second = world.upload(FILE, inScope('b/x.bin'));
    await settle();
    expect(second.getSnapshot().status).not.toBe('waiting');
    hold.open();
    expect((await first.result).key).not.toBe((await second.result).key);
  });

  test('come after one of the same path: while another tab holds that one, the task waits and takes no other', async () => {
    const world = createWorld({ parallel: 1 });
    const record = await leaveUnfinished(world, FILE, 2, inScope('a/x.bin'));
    await world.store.save({ ...record, id: 'other', key: 'other', file: { ...record.file, name: 'b/x.bin' } });
    const release = holdElsewhere(world, record.id);
    const task = world.openTab().upload(FILE, inScope('a/x.bin'));
    await until(task, isWaitingForTab);
    await release();
    expect((await task.result).key).toBe(record.key);
  });

  test('an error while resuming one is reported, not mistaken for a lock held elsewhere', async () => {
    const world = createWorld({ parallel: 1 });
    await leaveUnfinished(world, FILE, 2, inScope('a/x.bin'));
    world.service.fault('ListParts', { error: ossError('InternalError', 500) });
    expect((await failureOf(world.openTab().upload(FILE, inScope('b/x.bin')).result)).code).toBe('InternalError');
    expect(world.service.count('Initiate')).toBe(0);
  });

  test('two tabs: the second gets the first one’s key and result', async () => {
    const world = createWorld({ parallel: 1 });
    const { first, second, letFirstContinue } = await twoTabs(world, 'completing', inScope('a/x.bin'));
    letFirstContinue();
    expect(await second.result).toEqual(await first.result);
  });

  test('two copies become two objects, also after a reload that left one of them unfinished', async () => {
    const world = createWorld({ parallel: 1 });
    await leaveUnfinished(world, FILE, 2, inScope('x/same.bin'));
    const tab = world.openTab();
    const y = tab.upload(FILE, inScope('y/same.bin'));
    await eventually(() => y.getSnapshot().status === 'uploading');
    const x = tab.upload(FILE, inScope('x/same.bin'));
    const results = await Promise.all([y.result, x.result]);
    expect(new Set(results.map(({ key }) => key)).size).toBe(2);
  });

  test('a copy of a paused task’s file becomes a separate object', async () => {
    const world = createWorld({ parallel: 1 });
    const tab = world.openTab();
    const x = await pausedTask(world, FILE, inScope('x/same.bin'), tab);
    const y = await tab.upload(FILE, inScope('y/same.bin')).result;
    x.resume();
    expect((await x.result).key).not.toBe(y.key);
  });
});

describe('a key', () => {
  test('is uploaded once, whether it is a text or the result of a function', async () => {
    const world = createWorld({ parallel: 1 });
    await leaveUnfinished(world, FILE, 2, { path: 'a/x.bin', key: () => KEY });
    const hold = gate();
    world.service.fault('UploadPart', { after: hold.opened });
    const first = world.openTab({ parallel: 1 }).upload(FILE, { path: 'a/x.bin', key: () => KEY });
    await until(first, ({ status }) => status === 'uploading');
    const second = world.openTab().upload(FILE, { key: KEY });
    await until(second, isWaitingForTab);
    hold.open();
    expect(await second.result).toEqual(await first.result);
  });
});

describe('without a lock API', () => {
  test('the newest claim wins; the older tab fails resumably with TakenOver and completes nothing', async () => {
    const world = createWorld({ parallel: 1, exclusive: false });
    const hold = gate();
    world.service.fault('UploadPart', { part: 2, after: hold.opened });
    const older = world.openTab().upload(FILE, { key: KEY });
    const failure = failureOf(older.result);
    await untilAcknowledged(world, 1);
    const newer = world.openTab().upload(FILE, { key: KEY });
    await until(newer, ({ status }) => status === 'uploading');
    hold.open();
    expect((await newer.result).verified).toBe(true);
    const error = await failure;
    expect(error).toMatchObject({ name: 'CheckpointError', code: 'TakenOver', key: KEY, resumable: true });
    expect(world.service.count('Complete')).toBe(1);
  });

  test('a single tab isn’t disturbed by its own claim, whose owner is unique', async () => {
    const world = createWorld({ exclusive: false });
    const hold = gate();
    world.service.fault('Complete', { after: hold.opened });
    const task = world.upload(FILE, { key: KEY });
    await until(task, ({ status }) => status === 'completing');
    expect((await world.records())[0]?.owner).toMatch(/^[0-9a-f-]{36}$/);
    hold.open();
    expect((await task.result).verified).toBe(true);
  });

  test('a claim made after the last part is noticed before Complete', async () => {
    const world = createWorld({ parallel: 1, exclusive: false });
    const hold = gate();
    world.hasher.hold = hold.opened;
    const task = world.upload(FILE, { key: KEY });
    await untilAcknowledged(world, 3);
    const [record] = await world.records();
    await world.store.save({ ...record, owner: 'another tab' } as never);
    hold.open();
    expect(await failureOf(task.result)).toMatchObject({ code: 'TakenOver' });
    expect(world.service.count('Complete')).toBe(0);
  });

  test('two tabs that start at the same time leave no upload behind', async () => {
    const world = createWorld({ parallel: 1, exclusive: false });
    const tasks = [world.openTab().upload(FILE, { key: KEY }), world.openTab().upload(FILE, { key: KEY })];
    await Promise.allSettled(tasks.map((task) => task.result));
    await settle();
    expect([world.service.count('Initiate') > 0, world.service.uploads.size]).toEqual([true, 0]);
  });
});

test('with locks the owner in the record is not checked', async () => {
  const world = createWorld();
  const hold = gate();
  world.service.fault('Complete', { after: hold.opened });
  const task = world.upload(FILE, { key: KEY });
  await until(task, ({ status }) => status === 'completing');
  await world.store.save({ ...(await world.records())[0]!, owner: 'another tab' });
  hold.open();
  expect((await task.result).verified).toBe(true);
});

test.each(['another tab', 'another task of the page'])(
  'a file that only resembles the one that %s is sending waits, is compared, and is sent',
  async (who) => {
    const world = createWorld();
    const other = new Uint8Array(await FILE.arrayBuffer());
    other[2 * PART]! ^= 255;
    const newer = new File([other], FILE.name, { lastModified: FILE.lastModified });
    expect(await world.hasher.fingerprint(newer)).toBe(await world.hasher.fingerprint(FILE));
    const hold = gate();
    world.service.fault('UploadPart', { part: 1, after: hold.opened });
    const tab = world.openTab();
    const first = tab.upload(FILE, { key: KEY });
    await until(first, ({ status }) => status === 'uploading');
    const second = (who === 'another tab' ? world.openTab() : tab).upload(newer, { key: KEY });
    await until(second, ({ status }) => status === 'waiting');
    hold.open();
    await first.result;
    expect(await second.result).toMatchObject({ verified: true, crc64: await crcOf(newer) });
    expect(world.service.objects.get(KEY)?.crc64).toBe(await crcOf(newer));
  },
);

test('in a scope, a copy that took a paused upload over keeps its key: the other one gets a new one', async () => {
  const world = createWorld();
  const optionsFor = randomKeysInScope();
  const paused = await pausedTask(world, FILE, optionsFor('b.bin'));
  world.service.clearFaults();
  const copy = await world.openTab().upload(FILE, optionsFor('a.bin')).result;
  paused.resume();
  const result = await paused.result;
  expect(result.key).not.toBe(copy.key);
  expect([...world.service.objects.keys()].sort()).toEqual([copy.key, result.key].sort());
});

/** The ID under which FILE goes to KEY. */
async function idOf(world: World): Promise<string> {
  const fingerprint = await world.hasher.fingerprint(FILE);
  return chooseCheckpoint([], world.config, { fingerprint, key: KEY }, new Set()).id;
}
