import { describe, expect, test, vi } from 'vitest';
import { discard, sweepOrphans } from '../../../src/upload/discard.js';
import { lockName } from '../../../src/upload/lock.js';
import { createWorld, failureOf, gate, leaveUnfinished, makeFile, ossError, PART, type World } from './world.js';

const FILE = makeFile(4 * PART);
const WEEK = 7 * 86_400_000;

const sweep = (world: World): Promise<void> => sweepOrphans(world.environment, new AbortController().signal);

describe('discard', () => {
  test('aborts the upload on the server, and forgets record, parts and handle', async () => {
    const world = createWorld();
    const { id } = await leaveUnfinished(world, FILE, 2);
    await world.fileHandles.save(id, {} as FileSystemFileHandle);
    await discard(world.environment, id);
    expect([world.service.log, world.service.uploads.size]).toEqual([['Abort'], 0]);
    expect([await world.records(), await world.partsOf(id), world.fileHandles.handles.size, world.locks.held.size]).toEqual([[], [], 0, 0]);
  });

  test('a corrupt record is just forgotten', async () => {
    const world = createWorld();
    const record = await leaveUnfinished(world, FILE, 2);
    await world.store.save({ ...record, uploadId: '' });
    await discard(world.environment, record.id);
    expect([await world.records(), world.service.log]).toEqual([[], []]);
  });

  test('what can’t be aborted stays, marked', async () => {
    const world = createWorld();
    const record = await leaveUnfinished(world, FILE, 2);
    world.service.fault('Abort', { error: ossError('ServiceUnavailable', 503) });
    await discard(world.environment, record.id);
    expect(await world.records()).toEqual([{ ...record, discarded: true }]);
  });

  test('handles that can’t be removed trouble nobody', async () => {
    const world = createWorld();
    const { id } = await leaveUnfinished(world, FILE, 2);
    vi.spyOn(world.fileHandles, 'remove').mockRejectedValue(new Error('no'));
    await discard(world.environment, id);
    expect(await world.records()).toEqual([]);
  });

  test('what another tab is uploading is refused, and left alone', async () => {
    const world = createWorld();
    const { id } = await leaveUnfinished(world, FILE, 2);
    const hold = gate();
    const elsewhere = world.locks.request(lockName(id), { signal: new AbortController().signal, onWait() {} }, () => hold.opened);
    const error = await failureOf(discard(world.environment, id));
    expect(error).toMatchObject({ name: 'CheckpointError', code: 'InUse' });
    expect(error.message).toMatch(/Another tab/);
    hold.open();
    await elsewhere;
    expect([(await world.records()).length, world.service.log]).toEqual([1, []]);
  });

  test('a store that fails is told, not taken for "in use"', async () => {
    const world = createWorld();
    const { id } = await leaveUnfinished(world, FILE, 2);
    vi.spyOn(world.store, 'load').mockRejectedValue(new Error('disk'));
    expect(await failureOf(discard(world.environment, id))).toMatchObject({ message: 'disk' });
  });
});

describe('sweepOrphans', () => {
  test('aborts and forgets what nobody has touched for maxAge, and not a moment younger', async () => {
    const world = createWorld();
    const record = await leaveUnfinished(world, FILE, 2);
    world.clock.pass(WEEK);
    await sweep(world);
    expect([(await world.records()).length, world.service.log]).toEqual([1, []]);
    world.clock.pass(1);
    await sweep(world);
    expect([await world.records(), world.service.log, world.service.uploads.has(record.uploadId)]).toEqual([
      [],
      ['ListParts', 'Abort'],
      false,
    ]);
  });

  test('tells the server of what was discarded without it, whatever its age', async () => {
    const world = createWorld();
    const record = await leaveUnfinished(world, FILE, 2);
    await world.store.save({ ...record, discarded: true });
    await sweep(world);
    expect([await world.records(), world.service.log]).toEqual([[], ['Abort']]);
  });

  test.each([{ bucket: 'another-bucket' }, { region: 'cn-beijing' }])(
    'leaves other buckets alone: their credentials are not at hand (%j)',
    async (change) => {
      const world = createWorld();
      const record = await leaveUnfinished(world, FILE, 2);
      await world.store.save({ ...record, ...change, discarded: true });
      await sweep(world);
      expect([(await world.records()).length, world.service.log]).toEqual([1, []]);
    },
  );

  test('corrupt records don’t disturb it', async () => {
    const world = createWorld();
    const record = await leaveUnfinished(world, FILE, 2);
    await world.store.save({ ...record, discarded: true });
    await world.store.save({ ...record, id: 'corrupt', partSize: 1, discarded: true });
    await sweep(world);
    expect((await world.records()).map(({ id }) => id)).toEqual(['corrupt']);
  });

  test('leaves alone what a tab is working on', async () => {
    const world = createWorld();
    const { id } = await leaveUnfinished(world, FILE, 2);
    world.clock.pass(2 * WEEK);
    const hold = gate();
    const elsewhere = world.locks.request(lockName(id), { signal: new AbortController().signal, onWait() {} }, () => hold.opened);
    await sweep(world);
    expect(world.service.log).toEqual([]);
    hold.open();
    await elsewhere;
  });

  test('does twenty at a time: what the user waits for goes first', async () => {
    const world = createWorld();
    const record = await leaveUnfinished(world, FILE, 2);
    for (let index = 0; index < 25; index += 1) await world.store.save({ ...record, id: `orphan-${index}`, discarded: true });
    await sweep(world);
    expect(world.service.count('Abort')).toBe(20);
    expect(await world.records()).toHaveLength(6);
  });
});
