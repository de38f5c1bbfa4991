import { describe, expect, test, vi } from 'vitest';
import { NetworkError } from '../../../src/errors.js';
import { makeFile } from '../../helpers/make-file.js';
import { ossError } from '../../helpers/scripted-faults.js';
import { PART } from '../../helpers/sizes.js';
import { holdElsewhere, leaveUnfinished } from '../upload/scenes.js';
import { createWorld } from '../upload/world.js';

const FILE = makeFile(4 * PART);
const WEEK = 7 * 86_400_000;

describe('the age of an upload', () => {
  test.each([-3_650, 3_650])('counts as minutes on a device whose clock is %i days off', async (days) => {
    const world = createWorld();
    const record = await leaveUnfinished(world, FILE, 2);
    // Written by a device whose clock shows another year.
    await world.store.save({ ...record, updatedAt: record.updatedAt + days * 86_400_000 });
    world.clock.pass(60_000);
    await world.sweep();
    expect([(await world.records()).length, world.service.uploads.size, world.service.count('Abort')]).toEqual([1, 1, 0]);
  });

  test('is computed again when OSS corrects the clock during the sweep', async () => {
    const world = createWorld();
    await leaveUnfinished(world, FILE, 2);
    const now = world.clock.now();
    world.clock.pass(2 * WEEK);
    world.service.fault('ListParts', {
      reply: (parts) => {
        world.serviceClock.learn(now + 60_000);
        return parts;
      },
    });
    await world.sweep();
    expect([(await world.records()).length, world.service.count('Abort')]).toEqual([1, 0]);
  });

  test('is that of its youngest part, even if another device sent it', async () => {
    const world = createWorld();
    const record = await leaveUnfinished(world, FILE, 2);
    world.clock.pass(2 * WEEK);
    world.service.uploads
      .get(record.uploadId)
      ?.parts.set(3, { etag: '"E"', size: PART, crc64: '1', lastModified: world.clock.now() - 1_000 });
    await world.sweep();
    expect((await world.records()).length).toBe(1);
  });

  test('doesn’t matter when the upload no longer exists on the server: the record is removed', async () => {
    const world = createWorld();
    const record = await leaveUnfinished(world, FILE, 2);
    world.service.uploads.delete(record.uploadId);
    world.clock.pass(2 * WEEK);
    await world.sweep();
    expect(await world.records()).toEqual([]);
  });
});

describe('sweepOrphans', () => {
  test('aborts and removes uploads older than maxAge, and no younger ones', async () => {
    const world = createWorld();
    const record = await leaveUnfinished(world, FILE, 2);
    world.clock.pass(WEEK);
    await world.sweep();
    expect([(await world.records()).length, world.service.log]).toEqual([1, []]);
    world.clock.pass(1);
    await world.sweep();
    expect([await world.records(), world.service.log, world.service.uploads.has(record.uploadId)]).toEqual([
      [],
      ['ListParts', 'Abort'],
      false,
    ]);
  });

  test('aborts discarded uploads on the server, whatever their age', async () => {
    const world = createWorld();
    const record = await leaveUnfinished(world, FILE, 2);
    await world.store.save({ ...record, discarded: true });
    await world.sweep();
    expect([await world.records(), world.service.log]).toEqual([[], ['Abort']]);
  });

  test.each([{ bucket: 'another-bucket' }, { region: 'cn-beijing' }])(
    'leaves other buckets alone, for which there are no credentials (%j)',
    async (change) => {
      const world = createWorld();
      const record = await leaveUnfinished(world, FILE, 2);
      await world.store.save({ ...record, ...change, discarded: true });
      await world.sweep();
      expect([(await world.records()).length, world.service.log]).toEqual([1, []]);
    },
  );

  test('ignores corrupt records', async () => {
    const world = createWorld();
    const record = await leaveUnfinished(world, FILE, 2);
    await world.store.save({ ...record, discarded: true });
    await world.store.save({ ...record, id: 'corrupt', partSize: 1, discarded: true });
    await world.sweep();
    expect((await world.records()).map(({ id }) => id)).toEqual(['corrupt']);
  });

  test('leaves an upload alone that a tab is working on', async () => {
    const world = createWorld();
    const { id } = await leaveUnfinished(world, FILE, 2);
    world.clock.pass(2 * WEEK);
    const release = holdElsewhere(world, id);
    await world.sweep();
    expect(world.service.log).toEqual([]);
    await release();
  });

  test('aborts at most twenty uploads, so as not to delay the user’s own', async () => {
    const world = createWorld();
    const record = await leaveUnfinished(world, FILE, 2);
    for (let index = 0; index < 25; index += 1) await world.store.save({ ...record, id: `orphan-${index}`, discarded: true });
    await world.sweep();
    expect(world.service.count('Abort')).toBe(20);
    expect(await world.records()).toHaveLength(6);
  });

  test('checks again under the lock: an upload that was resumed meanwhile stays', async () => {
    const world = createWorld();
    const record = await leaveUnfinished(world, FILE, 2);
    world.clock.pass(2 * WEEK);
    const load = world.store.load.bind(world.store);
    vi.spyOn(world.store, 'load').mockImplementation(async (id) => {
      await world.store.save({ ...record, updatedAt: world.clock.now() });
      return load(id);
    });
    await world.sweep();
    expect([(await world.records()).length, world.service.log]).toEqual([1, []]);
  });

  test('continues after uploads that may not be listed', async () => {
    const world = createWorld();
    const record = await leaveUnfinished(world, FILE, 2);
    for (let index = 0; index < 40; index += 1) await world.store.save({ ...record, id: `foreign-${index}`, uploadId: `foreign-${index}` });
    const list = world.service.handlers.listParts;
    vi.spyOn(world.service.handlers, 'listParts').mockImplementation((key, uploadId, headers, context) =>
      uploadId.startsWith('foreign') ? Promise.reject(ossError('AccessDenied', 403)) : list(key, uploadId, headers, context),
    );
    world.clock.pass(2 * WEEK);
    await world.sweep();
    expect([(await world.records()).length, world.service.uploads.size]).toEqual([40, 0]);
  });

  test('doesn’t count uploads that may not be aborted: an upload of one’s own, listed after forty of them, is aborted', async () => {
    const world = createWorld();
    const record = await leaveUnfinished(world, FILE, 2);
    await world.store.remove(record.id);
    for (let index = 0; index < 40; index += 1)
      await world.store.save({ ...record, id: `foreign-${index}`, uploadId: `foreign-${index}`, discarded: true });
    await world.store.save(record);
    const abort = world.service.handlers.abort;
    const spy = vi
      .spyOn(world.service.handlers, 'abort')
      .mockImplementation((key, uploadId, headers, context) =>
        uploadId.startsWith('foreign') ? Promise.reject(ossError('AccessDenied', 403)) : abort(key, uploadId, headers, context),
      );
    // In the order of the list.
    const random = vi.spyOn(Math, 'random').mockReturnValue(0.5);
    world.clock.pass(2 * WEEK);
    await world.sweep();
    random.mockRestore();
    expect([spy.mock.calls.length, world.service.uploads.size]).toEqual([41, 0]);
    expect(await world.records()).toHaveLength(40);
  });

  test('continues after a record that no request can be made of', async () => {
    const world = createWorld();
    const record = await leaveUnfinished(world, FILE, 2);
    await world.store.save({ ...record, id: 'corrupt' });
    world.service.fault('ListParts', { error: new TypeError('value.trim is not a function') });
    world.clock.pass(2 * WEEK);
    await world.sweep();
    expect([(await world.records()).length, world.service.uploads.size]).toEqual([1, 0]);
  });

  test('ends when the network is down, and keeps everything for the next start', async () => {
    const world = createWorld();
    const record = await leaveUnfinished(world, FILE, 2);
    for (let index = 0; index < 5; index += 1) await world.store.save({ ...record, id: `orphan-${index}` });
    world.service.fault('ListParts', { times: 99, error: new NetworkError('NetworkError', 'down') });
    world.clock.pass(2 * WEEK);
    await world.sweep();
    expect([(await world.records()).length, world.service.count('ListParts')]).toEqual([6, 1]);
  });

  test('ends when its signal is aborted', async () => {
    const world = createWorld();
    const record = await leaveUnfinished(world, FILE, 2);
    for (let index = 0; index < 5; index += 1) await world.store.save({ ...record, id: `orphan-${index}`, discarded: true });
    const disposal = new AbortController();
    world.service.fault('Abort', { reply: () => disposal.abort() });
    await world.sweep(disposal.signal);
    expect(world.service.count('Abort')).toBe(1);
  });

  test('removes records of finished uploads ten minutes later', async () => {
    const world = createWorld();
    const record = await leaveUnfinished(world, FILE, 2);
    await world.store.save({ ...record, outcome: { key: 'dir/a.bin' } });
    await world.sweep();
    expect(await world.store.list()).toHaveLength(1);
    world.clock.pass(600_001);
    await world.sweep();
    expect([await world.store.list(), world.service.log]).toEqual([[], []]);
  });

  test('removes records of finished uploads that are dated ten years ahead', async () => {
    const world = createWorld();
    const record = await leaveUnfinished(world, FILE, 2);
    await world.store.save({ ...record, updatedAt: world.clock.now() + 3_650 * 86_400_000, outcome: { key: 'dir/a.bin' } });
    await world.sweep();
    expect([await world.store.list(), world.service.log]).toEqual([[], []]);
  });
});
