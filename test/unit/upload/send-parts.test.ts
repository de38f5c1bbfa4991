import { describe, expect, test, vi } from 'vitest';
import { makeFile } from '../../helpers/make-file.js';
import { PART } from '../../helpers/sizes.js';
import { eventually, settle } from '../../helpers/turns.js';
import { failureOf, gate } from '../../helpers/waits.js';
import { leaveUnfinished } from './scenes.js';
import { createWorld } from './world.js';

const KEY = 'dir/a.bin';
const FILE = makeFile(4 * PART);

describe('hashes that are still computed', () => {
  test('end with a pause, also when every part is sent', async () => {
    const world = createWorld({ parallel: 2 });
    world.hasher.hold = new Promise(() => {});
    const task = world.upload(FILE, { key: KEY });
    await eventually(() => world.service.acknowledged().length === 4);
    await settle();
    await task.pause();
    expect([task.getSnapshot().status, world.locks.held.size]).toEqual(['paused', 0]);
    world.hasher.hold = undefined;
    task.resume();
    expect((await task.result).verified).toBe(true);
    expect(world.service.acknowledged()).toHaveLength(4);
  });

  test('are of no sum that nobody asked for', async () => {
    const world = createWorld({ parallel: 1 });
    await leaveUnfinished(world, FILE, 2);
    const digest = vi.spyOn(world.hasher, 'digest');
    await world.openTab().upload(FILE, { key: KEY }).result;
    expect(digest.mock.calls.map(([, wanted]) => wanted)).toEqual(Array(4).fill({ crc64: true, md5: false }));
  });
});

test('a part that was carried over and can’t be read to compare is the file’s fault, with its number', async () => {
  const world = createWorld({ parallel: 1 });
  await leaveUnfinished(world, FILE, 4);
  vi.spyOn(world.hasher, 'digest').mockRejectedValue(new DOMException('gone', 'NotFoundError'));
  const error = await failureOf(world.openTab().upload(FILE, { key: KEY }).result);
  expect(error).toMatchObject({ code: 'FileUnreadable', key: KEY, partNumber: 1 });
  expect(world.service.count('Complete')).toBe(0);
});

test('where there are no locks, a record that is gone was taken away by another tab', async () => {
  const world = createWorld({ parallel: 1, exclusive: false });
  const hold = gate();
  world.service.fault('UploadPart', { part: 2, after: hold.opened });
  const task = world.upload(FILE, { key: KEY });
  await eventually(() => world.service.acknowledged().length === 1);
  await settle();
  await world.store.remove(task.getSnapshot().checkpointId as string);
  hold.open();
  const error = await failureOf(task.result);
  expect(error).toMatchObject({ code: 'TakenOver' });
  expect(error.message).toContain(KEY);
});
