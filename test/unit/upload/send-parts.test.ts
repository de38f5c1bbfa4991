import { describe, expect, test, vi } from 'vitest';
import { makeFile } from '../../helpers/make-file.js';
import { ossError } from '../../helpers/scripted-faults.js';
import { PART } from '../../helpers/sizes.js';
import { failureOf, gate } from '../../helpers/waits.js';
import { leaveUnfinished, untilAcknowledged } from './scenes.js';
import { createWorld } from './world.js';

const KEY = 'dir/a.bin';
const FILE = makeFile(4 * PART);

describe('hashing', () => {
  test('stops at a pause, even when every part is sent', async () => {
    const world = createWorld({ parallel: 2 });
    world.hasher.hold = new Promise(() => {});
    const task = world.upload(FILE, { key: KEY });
    await untilAcknowledged(world, 4);
    await task.pause();
    expect([task.getSnapshot().status, world.locks.held.size]).toEqual(['paused', 0]);
    world.hasher.hold = undefined;
    task.resume();
    expect((await task.result).verified).toBe(true);
    expect(world.service.acknowledged()).toHaveLength(4);
  });

  test('computes only the wanted digests', async () => {
    const world = createWorld({ parallel: 1 });
    await leaveUnfinished(world, FILE, 2);
    const digest = vi.spyOn(world.hasher, 'digest');
    await world.openTab().upload(FILE, { key: KEY }).result;
    expect(digest.mock.calls.map(([, wanted]) => wanted)).toEqual(Array(4).fill({ crc64: true, md5: false }));
  });
});

test('a carried-over part that can’t be read for the comparison is a file error with its number', async () => {
  const world = createWorld({ parallel: 1 });
  await leaveUnfinished(world, FILE, 4);
  vi.spyOn(world.hasher, 'digest').mockRejectedValue(new DOMException('gone', 'NotFoundError'));
  const error = await failureOf(world.openTab().upload(FILE, { key: KEY }).result);
  expect(error).toMatchObject({ code: 'FileUnreadable', key: KEY, partNumber: 1 });
  expect(world.service.count('Complete')).toBe(0);
});

test('without locks, a record that has disappeared means that another tab has taken over', async () => {
  const world = createWorld({ parallel: 1, exclusive: false });
  const hold = gate();
  world.service.fault('UploadPart', { part: 2, after: hold.opened });
  const task = world.upload(FILE, { key: KEY });
  await untilAcknowledged(world, 1);
  await world.store.remove(task.getSnapshot().checkpointId as string);
  hold.open();
  const error = await failureOf(task.result);
  expect(error).toMatchObject({ code: 'TakenOver' });
  expect(error.message).toContain(KEY);
});

test('where CORS hides the CRC-64 and the credentials may not list parts, the upload completes, unverified', async () => {
  const world = createWorld();
  world.service.fault('UploadPart', { times: 9, reply: (answer) => ({ ...answer, crc64: undefined }) });
  world.service.fault('Complete', { reply: (answer) => ({ ...answer, crc64: undefined }) });
  world.service.fault('ListParts', { times: 9, error: ossError('AccessDenied', 403) });
  const task = world.upload(FILE, { key: KEY });
  expect(await task.result).toMatchObject({ key: KEY, verified: false });
  expect(task.getSnapshot().warnings).toMatchObject([{ code: 'crc64-not-exposed' }]);
});
