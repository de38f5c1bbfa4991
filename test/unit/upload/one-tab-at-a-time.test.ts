import { describe, expect, test, vi } from 'vitest';
import { CallbackError } from '../../../src/errors.js';
import { chooseCheckpoint } from '../../../src/checkpoint/match.js';
import { lockName } from '../../../src/checkpoint/lock.js';
import { makeFile } from '../../helpers/make-file.js';
import { ossError } from '../../helpers/scripted-faults.js';
import { PART } from '../../helpers/sizes.js';
import { eventually, settle } from '../../helpers/turns.js';
import { failureOf, gate, until } from '../../helpers/waits.js';
import { createWorld, leaveUnfinished } from './world.js';

const KEY = 'dir/a.bin';
const FILE = makeFile(4 * PART);
const isWaitingForTab = (state: { status: string; reason?: string }): boolean => state.status === 'waiting' && state.reason === 'other-tab';

describe('two tabs with the same file', () => {
  test('the second waits, visibly, and is done with the first one’s result, without a byte sent', async () => {
    const world = createWorld();
    const hold = gate();
    world.service.fault('UploadPart', { times: 9, after: hold.opened });
    const first = world.openTab().upload(FILE, { key: KEY });
    await until(first, ({ status }) => status === 'uploading');
    const second = world.openTab().upload(FILE, { key: KEY });
    await until(second, isWaitingForTab);
    hold.open();
    expect(await second.result).toEqual(await first.result);
    expect([world.service.count('Initiate'), world.service.count('Complete'), world.service.acknowledged().length]).toEqual([1, 1, 4]);
    expect([second.getSnapshot().status, world.locks.held.size]).toEqual(['done', 0]);
    // The word that was left for it is cleared away.
    await settle();
    expect(await world.store.list()).toEqual([]);
  });

  test('the second takes over when the first is closed, and sends what is missing', async () => {
    const world = createWorld({ parallel: 1 });
    world.service.fault('UploadPart', { skip: 2, after: new Promise(() => {}) });
    const first = world.openTab().upload(FILE, { key: KEY });
    await eventually(() => world.service.acknowledged().length === 2);
    await settle();
    const second = world.openTab().upload(FILE, { key: KEY });
    await until(second, isWaitingForTab);
    const statuses: string[] = [];
    second.subscribe(() => statuses.push(second.getSnapshot().status));
    await first.stop(new Error('closed'));
    expect((await second.result).verified).toBe(true);
    expect(world.service.acknowledged()).toEqual([1, 2, 3, 4]);
    expect(statuses.filter((status, index) => status !== statuses[index - 1])).toEqual(['preparing', 'uploading', 'completing', 'done']);
  });

  test('three tabs: the word stays until the last one has heard it', async () => {
    const world = createWorld();
    const hold = gate();
    world.service.fault('Complete', { after: hold.opened });
    const first = world.openTab().upload(FILE, { key: KEY });
    await until(first, ({ status }) => status === 'completing');
    const others = [world.openTab().upload(FILE, { key: KEY }), world.openTab().upload(FILE, { key: KEY })];
    for (const other of others) await until(other, isWaitingForTab);
    hold.open();
    const result = await first.result;
    for (const other of others) expect(await other.result).toEqual(result);
    expect(world.service.count('Complete')).toBe(1);
    expect(await world.store.list()).toEqual([]);
  });

  test('nobody leaves word when nobody waits', async () => {
    const world = createWorld();
    await world.upload(FILE, { key: KEY }).result;
    expect(await world.store.list()).toEqual([]);
  });

  test('a lock manager that can’t say who waits makes no stored object a failure', async () => {
    const world = createWorld();
    vi.spyOn(world.locks, 'isAwaited').mockRejectedValue(new Error('no'));
    expect((await world.upload(FILE, { key: KEY }).result).verified).toBe(true);
  });

  test('a stolen lock ends the upload that held it, resumably', async () => {
    const world = createWorld({ parallel: 1 });
    const request = world.locks.request.bind(world.locks);
    const stolen = new AbortController();
    vi.spyOn(world.locks, 'request').mockImplementationOnce((name, options, hold) => request(name, options, () => hold(stolen.signal)));
    world.service.fault('UploadPart', { part: 3, after: new Promise(() => {}) });
    const task = world.upload(FILE, { key: KEY });
    await eventually(() => world.service.acknowledged().length === 2);
    await settle();
    stolen.abort();
    expect(await failureOf(task.result)).toMatchObject({ code: 'TakenOver', resumable: true, key: KEY });
    expect([world.service.count('Complete'), world.locks.held.size]).toEqual([0, 0]);
    task.resume();
    expect((await task.result).verified).toBe(true);
    expect(world.service.acknowledged()).toEqual([1, 2, 3, 4]);
  });

  test('one that was paused is done when another tab has completed its upload meanwhile, without a byte sent', async () => {
    const world = createWorld({ parallel: 1 });
    world.service.fault('UploadPart', { part: 3, after: new Promise(() => {}) });
    const paused = world.openTab().upload(FILE, { key: KEY });
    await eventually(() => world.service.acknowledged().length === 2);
    await settle();
    await paused.pause();
    const other = await world.openTab().upload(FILE, { key: KEY }).result;
    world.service.log.splice(0);
    paused.resume();
    expect(await paused.result).toEqual(other);
    expect(world.service.log).toEqual([]);
  });

  test('the same is found out by HEAD when the record is swept by then', async () => {
    const world = createWorld({ parallel: 1 });
    world.service.fault('UploadPart', { part: 3, after: new Promise(() => {}) });
    const paused = world.openTab().upload(FILE, { key: KEY });
    await eventually(() => world.service.acknowledged().length === 2);
    await settle();
    await paused.pause();
    await world.openTab().upload(FILE, { key: KEY }).result;
    world.clock.pass(600_001);
    await world.sweep();
    expect(await world.store.list()).toEqual([]);
    world.service.log.splice(0);
    paused.resume();
    expect(await paused.result).toMatchObject({ key: KEY, verified: true });
    expect(world.service.log).toEqual(['ListParts ✗ NoSuchUpload', 'Head']);
  });

  test('what the application server answered is kept for tabs that wait, and for nobody else', async () => {
    const world = createWorld({ parallel: 1 });
    const options = { key: KEY, callback: { callbackUrl: 'u', callbackBody: 'b' } };
    world.service.answer.body = '{"secret":1}';
    await leaveUnfinished(world, FILE, 2, options);
    const task = world.openTab().upload(FILE, options);
    expect((await task.result).callbackBody).toEqual({ secret: 1 });
    expect(JSON.stringify(await world.outcomes())).not.toContain('secret');
  });

  test('nobody adopts the result of another key: copies become objects of their own', async () => {
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

  test('a failed callback is told to those who wait as well: the object is there', async () => {
    const world = createWorld();
    const hold = gate();
    world.service.answer.callbackFailure = 'no';
    world.service.fault('Complete', { after: hold.opened });
    const options = { key: KEY, callback: { callbackUrl: 'u', callbackBody: 'b' } };
    const first = world.openTab().upload(FILE, options);
    const failure = failureOf(first.result);
    await until(first, ({ status }) => status === 'completing');
    const second = world.openTab().upload(FILE, options);
    await until(second, isWaitingForTab);
    hold.open();
    expect(await failure).toBeInstanceOf(CallbackError);
    expect(await second.result).toMatchObject({ key: KEY, verified: true });
    expect(world.service.count('Complete')).toBe(1);
  });

  test.each<[string, unknown]>([
    ['of another key', { key: 'another' }],
    ['without a key', {}],
    ['that is no result at all', 'text'],
  ])('an outcome %s is not believed', async (_, outcome) => {
    const world = createWorld({ parallel: 1 });
    world.service.fault('UploadPart', { skip: 1, after: new Promise(() => {}) });
    const first = world.openTab().upload(FILE, { key: KEY });
    await eventually(() => world.service.acknowledged().length === 1);
    await settle();
    const second = world.openTab().upload(FILE, { key: KEY });
    await until(second, isWaitingForTab);
    await world.store.save({ ...(await world.records())[0]!, outcome });
    await first.stop(new Error('closed'));
    expect((await second.result).verified).toBe(true);
    expect(world.service.count('Complete')).toBe(1);
  });

  test('an earlier upload’s outcome is nobody’s who has not waited for it', async () => {
    const world = createWorld({ parallel: 1 });
    const record = await leaveUnfinished(world, FILE, 2);
    await world.store.save({ ...record, outcome: { key: KEY } });
    expect((await world.openTab().upload(FILE, { key: KEY }).result).verified).toBe(true);
    expect([world.service.count('Initiate'), await world.store.list()]).toEqual([1, []]);
  });

  test('waiting gives the turn to other files, and takes it back', async () => {
    const world = createWorld({ parallel: 1 });
    const held = gate();
    const id = await idOf(world);
    const elsewhere = world.locks.request(lockName(id), { signal: new AbortController().signal, onWait() {} }, () => held.opened);
    // Three turns there are: more waiting files than that, and one that could go on.
    const waiting = [1, 2, 3, 4].map(() => world.upload(FILE, { key: KEY }));
    const free = world.upload(makeFile(2 * PART, { name: 'free' }), { key: 'free' });
    expect((await free.result).verified).toBe(true);
    held.open();
    await elsewhere;
    const results = await Promise.all(waiting.map((task) => task.result));
    expect(new Set(results.map(({ etag }) => etag)).size).toBe(1);
    expect([world.service.count('Complete'), world.locks.held.size]).toEqual([2, 0]);
  });

  test('aborting one that waits leaves the other’s upload alone', async () => {
    const world = createWorld();
    const hold = gate();
    world.service.fault('UploadPart', { times: 9, after: hold.opened });
    const first = world.openTab().upload(FILE, { key: KEY });
    await until(first, ({ status }) => status === 'uploading');
    const second = world.openTab().upload(FILE, { key: KEY });
    await until(second, isWaitingForTab);
    await second.abort();
    expect(second.getSnapshot().status).toBe('aborted');
    hold.open();
    expect((await first.result).verified).toBe(true);
    expect(world.service.count('Abort')).toBe(0);
  });
});

describe('in a scope, checkpoints of other paths', () => {
  let count = 0;
  const inScope = (path: string) => ({ path, scope: 'films', key: () => `random/${(count += 1)}` });

  test('are resumed when nobody else does', async () => {
    const world = createWorld({ parallel: 1 });
    const { key } = await leaveUnfinished(world, FILE, 2, inScope('a/x.bin'));
    const result = await world.openTab().upload(FILE, inScope('b/x.bin')).result;
    expect([result.key, world.service.count('Initiate')]).toEqual([key, 0]);
  });

  test('are left alone while another task has them: a copy becomes an object of its own', async () => {
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

  test('of the same path go first: while another tab has that one, it is waited for, and no other taken', async () => {
    const world = createWorld({ parallel: 1 });
    const record = await leaveUnfinished(world, FILE, 2, inScope('a/x.bin'));
    await world.store.save({ ...record, id: 'other', key: 'other', file: { ...record.file, name: 'b/x.bin' } });
    const hold = gate();
    const elsewhere = world.locks.request(lockName(record.id), { signal: new AbortController().signal, onWait() {} }, () => hold.opened);
    const task = world.openTab().upload(FILE, inScope('a/x.bin'));
    await until(task, isWaitingForTab);
    hold.open();
    await elsewhere;
    expect((await task.result).key).toBe(record.key);
  });

  test('an error in what was taken over is not taken for "somebody has it"', async () => {
    const world = createWorld({ parallel: 1 });
    await leaveUnfinished(world, FILE, 2, inScope('a/x.bin'));
    world.service.fault('ListParts', { error: ossError('InternalError', 500) });
    expect((await failureOf(world.openTab().upload(FILE, inScope('b/x.bin')).result)).code).toBe('InternalError');
    expect(world.service.count('Initiate')).toBe(0);
  });

  test('two tabs: the second is done with the first one’s key and result', async () => {
    const world = createWorld({ parallel: 1 });
    const hold = gate();
    world.service.fault('Complete', { after: hold.opened });
    const first = world.openTab().upload(FILE, inScope('a/x.bin'));
    await until(first, ({ status }) => status === 'completing');
    const second = world.openTab().upload(FILE, inScope('a/x.bin'));
    await until(second, isWaitingForTab);
    hold.open();
    expect(await second.result).toEqual(await first.result);
  });
});

describe('a key', () => {
  test('that the caller names is uploaded once, as a text or by a function', async () => {
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

describe('where there is no lock API', () => {
  test('the newest claim wins; the older tab says so, stays resumable and completes nothing', async () => {
    const world = createWorld({ parallel: 1, exclusive: false });
    const hold = gate();
    world.service.fault('UploadPart', { part: 2, after: hold.opened });
    const older = world.openTab().upload(FILE, { key: KEY });
    const failure = failureOf(older.result);
    await eventually(() => world.service.acknowledged().length === 1);
    await settle();
    const newer = world.openTab().upload(FILE, { key: KEY });
    await until(newer, ({ status }) => status === 'uploading');
    hold.open();
    expect((await newer.result).verified).toBe(true);
    const error = await failure;
    expect(error).toMatchObject({ name: 'CheckpointError', code: 'TakenOver', key: KEY, resumable: true });
    expect(world.service.count('Complete')).toBe(1);
  });

  test('one tab alone is not disturbed by its own claim, and each claim has a name of its own', async () => {
    const world = createWorld({ exclusive: false });
    const hold = gate();
    world.service.fault('Complete', { after: hold.opened });
    const task = world.upload(FILE, { key: KEY });
    await until(task, ({ status }) => status === 'completing');
    expect((await world.records())[0]?.owner).toMatch(/^[0-9a-f-]{36}$/);
    hold.open();
    expect((await task.result).verified).toBe(true);
  });

  test('a claim that came after the last part is noticed before Complete', async () => {
    const world = createWorld({ parallel: 1, exclusive: false });
    const hold = gate();
    world.hasher.hold = hold.opened;
    const task = world.upload(FILE, { key: KEY });
    await eventually(() => world.service.acknowledged().length === 3);
    await settle();
    const [record] = await world.records();
    await world.store.save({ ...record, owner: 'another tab' } as never);
    hold.open();
    expect(await failureOf(task.result)).toMatchObject({ code: 'TakenOver' });
    expect(world.service.count('Complete')).toBe(0);
  });

  test('with locks there is no claim to look at', async () => {
    const world = createWorld();
    const hold = gate();
    world.service.fault('Complete', { after: hold.opened });
    const task = world.upload(FILE, { key: KEY });
    await until(task, ({ status }) => status === 'completing');
    await world.store.save({ ...(await world.records())[0]!, owner: 'another tab' });
    hold.open();
    expect((await task.result).verified).toBe(true);
  });
});

/** The ID under which FILE goes to KEY. */
async function idOf(world: ReturnType<typeof createWorld>): Promise<string> {
  const fingerprint = await world.hasher.fingerprint(FILE);
  return chooseCheckpoint([], world.config, { fingerprint, key: KEY }, new Set()).id;
}
