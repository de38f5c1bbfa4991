import { describe, expect, test, vi } from 'vitest';
import { CallbackError } from '../../../src/errors.js';
import { checkpointId } from '../../../src/upload/checkpoint.js';
import { lockName } from '../../../src/upload/lock.js';
import { createWorld, eventually, failureOf, gate, leaveUnfinished, makeFile, ossError, PART, settle, START, until } from './world.js';

const KEY = 'dir/a.bin';
const FILE = makeFile(4 * PART);
const isWaitingForTab = (state: { status: string; for?: string }): boolean => state.status === 'waiting' && state.for === 'other-tab';

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
    expect(await world.store.loadOutcome(await idOf(world))).toBeUndefined();
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
    expect(await world.store.loadOutcome(await idOf(world))).toBeUndefined();
  });

  test('nobody leaves word when nobody waits', async () => {
    const world = createWorld();
    const save = vi.spyOn(world.store, 'saveOutcome');
    await world.upload(FILE, { key: KEY }).result;
    expect(save.mock.calls.filter(([, outcome]) => outcome !== undefined)).toEqual([]);
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
    ['older than the wait', { result: { key: KEY }, at: START - 1 }],
    ['of no time', { result: { key: KEY } }],
    ['without a result', { at: START }],
    ['that is no record at all', 'text'],
  ])('a word %s is not believed', async (_, outcome) => {
    const world = createWorld({ parallel: 1 });
    world.service.fault('UploadPart', { skip: 1, after: new Promise(() => {}) });
    const first = world.openTab().upload(FILE, { key: KEY });
    await eventually(() => world.service.acknowledged().length === 1);
    await settle();
    const second = world.openTab().upload(FILE, { key: KEY });
    await until(second, isWaitingForTab);
    await world.store.saveOutcome(first.checkpointId as string, outcome);
    await first.stop(new Error('closed'));
    expect((await second.result).verified).toBe(true);
    expect(world.service.count('Complete')).toBe(1);
  });

  test('an earlier upload’s word is cleared away before the next begins', async () => {
    const world = createWorld();
    await world.store.saveOutcome(await idOf(world), { result: { key: 'old' }, at: START });
    await world.upload(FILE, { key: KEY }).result;
    expect(await world.store.loadOutcome(await idOf(world))).toBeUndefined();
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

describe('checkpoints of other paths', () => {
  test('are gone on with when nobody else does', async () => {
    const world = createWorld({ parallel: 1 });
    await leaveUnfinished(world, FILE, 2, { path: 'a/x.bin' });
    const result = await world.openTab().upload(FILE, { path: 'b/x.bin' }).result;
    expect([result.key, world.service.count('Initiate')]).toEqual(['a/x.bin', 0]);
  });

  test('are left alone while another task has them: a copy becomes an object of its own', async () => {
    const world = createWorld({ parallel: 2 });
    const hold = gate();
    world.service.fault('UploadPart', { times: 99, after: hold.opened });
    const first = world.upload(FILE, { path: 'a/x.bin' });
    await until(first, ({ status }) => status === 'uploading');
    const second = world.upload(FILE, { path: 'b/x.bin' });
    await settle();
    expect(second.getSnapshot().status).not.toBe('waiting');
    hold.open();
    expect([(await first.result).key, (await second.result).key]).toEqual(['a/x.bin', 'b/x.bin']);
  });

  test('of the same path go first: while another tab has that one, it is waited for, and no other taken', async () => {
    const world = createWorld({ parallel: 1 });
    const record = await leaveUnfinished(world, FILE, 2, { path: 'a/x.bin' });
    const identity = { ...record, key: undefined };
    await world.store.save({ ...record, id: checkpointId({ ...identity, path: 'b/x.bin' }), key: 'b/x.bin' });
    const hold = gate();
    const elsewhere = world.locks.request(lockName(record.id), { signal: new AbortController().signal, onWait() {} }, () => hold.opened);
    const task = world.openTab().upload(FILE, { path: 'a/x.bin' });
    await until(task, isWaitingForTab);
    hold.open();
    await elsewhere;
    expect((await task.result).key).toBe('a/x.bin');
  });

  test('an error in what was taken over is not taken for "somebody has it"', async () => {
    const world = createWorld({ parallel: 1 });
    await leaveUnfinished(world, FILE, 2, { path: 'a/x.bin' });
    world.service.fault('ListParts', { error: ossError('AccessDenied', 403) });
    expect((await failureOf(world.openTab().upload(FILE, { path: 'b/x.bin' }).result)).code).toBe('AccessDenied');
    expect(world.service.count('Initiate')).toBe(0);
  });

  test('a key that the caller names is uploaded once, under whatever path it was begun', async () => {
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
    expect((await world.records())[0]).not.toHaveProperty('owner');
    hold.open();
    await task.result;
  });
});

/** The ID under which FILE goes to KEY. */
async function idOf(world: ReturnType<typeof createWorld>): Promise<string> {
  const fingerprint = await world.hasher.fingerprint(FILE);
  return checkpointId({ endpoint: world.config.endpoint, bucket: world.config.bucket, fingerprint, key: KEY, path: FILE.name });
}
