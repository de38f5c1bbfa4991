/** Uploads whose file is cut anew on the way: what is kept of them, whoever resumes. */
import { expect, test, vi } from 'vitest';
import { createMemoryCheckpointStore } from '../../../src/checkpoint/memory-store.js';
import { crcOf, makeFile } from '../../helpers/make-file.js';
import { KiB, MiB } from '../../helpers/sizes.js';
import { eventually, settle } from '../../helpers/turns.js';
import { gate } from '../../helpers/waits.js';
import { untilAcknowledged } from './scenes.js';
import { createWorld } from './world.js';

const KEY = 'dir/a.bin';
const NEVER = new Promise<void>(() => {});

/** A world in which a part takes as long as its promise here; without one, it arrives at once. */
function slowWorld(options: Parameters<typeof createWorld>[0] = {}) {
  const world = createWorld({ parallel: 3, partSize: 'auto', ...options });
  const { uploadPart } = world.service.handlers;
  const hold = new Map<number, Promise<void>>();
  /** Numbers of the parts that were begun, repetitions included. */
  const begun: number[] = [];
  world.service.handlers.uploadPart = async (part, headers, context) => {
    begun.push(part.partNumber);
    const blob = part.body();
    context.onSent?.(1);
    const ended = new Promise<void>((_, reject) => context.signal.addEventListener('abort', () => reject(context.signal.reason)));
    await Promise.race([hold.get(part.partNumber), ended, ...(hold.has(part.partNumber) ? [] : [Promise.resolve()])]);
    return uploadPart({ ...part, body: () => blob }, headers, context);
  };
  return { world, hold, begun };
}

/** Of 8 MiB, part 1 has arrived after 200 ms, and the file was cut anew; 2..5 are still on their way. */
async function cutAnew({ world, hold, begun }: ReturnType<typeof slowWorld>) {
  const file = makeFile(8 * MiB);
  const first = gate();
  hold.set(1, first.opened);
  for (const part of [2, 3, 4, 5]) hold.set(part, NEVER);
  const task = world.upload(file, { key: KEY });
  await eventually(() => begun.includes(3));
  world.clock.pass(200);
  first.open();
  await untilAcknowledged(world, 1);
  await eventually(async () => (await world.records())[0]?.recuts !== undefined);
  expect((await world.records())[0]).toMatchObject({ partSize: 192 * KiB, recuts: [{ from: expect.any(Number) }] });
  return { file, task };
}

test('paused while parts before the cut are on their way: it resumes, and cuts again', async () => {
  const slow = slowWorld();
  const { hold, begun } = slow;
  const { file, task } = await cutAnew(slow);
  await task.pause();
  hold.clear();
  task.resume();
  expect(await task.result).toMatchObject({ verified: true, crc64: await crcOf(file) });
  expect(begun.filter((number) => number === 1)).toHaveLength(1);
});

test('closed then: the next page resumes', async () => {
  const slow = slowWorld();
  const { world, hold } = slow;
  const { file, task } = await cutAnew(slow);
  await task.stop(new Error('closed'));
  hold.clear();
  const result = await world.openTab().upload(file, { key: KEY }).result;
  expect(result).toMatchObject({ verified: true, crc64: await crcOf(file) });
  expect(world.service.objects.get(KEY)?.crc64).toBe(await crcOf(file));
  expect(world.service.count('Initiate')).toBe(1);
});

test('without locks, a tab that was overtaken doesn’t claim the upload back when it cuts anew', async () => {
  const { world, hold, begun } = slowWorld({ exclusive: false });
  const file = makeFile(8 * MiB);
  const first = gate();
  for (const part of [1, 2, 3]) hold.set(part, first.opened);
  const overtaken = world.upload(file, { key: KEY });
  await eventually(() => begun.includes(3));
  world.clock.pass(200);
  const other = world.openTab().upload(file, { key: KEY });
  await eventually(() => world.service.count('ListParts') === 1);
  await settle();
  const { load } = world.store;
  vi.spyOn(world.store, 'load').mockImplementation(async (id) => {
    const value = await load(id);
    await settle();
    return value;
  });
  first.open();
  await expect(overtaken.result).rejects.toMatchObject({ code: 'TakenOver' });
  expect(await other.result).toMatchObject({ verified: true, crc64: await crcOf(file) });
});

test('another device finds the upload although the first part of the new size is missing', async () => {
  const { world, hold, begun } = slowWorld();
  const file = makeFile(8 * MiB);
  const first = gate();
  for (const part of [1, 2, 3]) hold.set(part, first.opened);
  for (const part of [5, 9, 10]) hold.set(part, NEVER);
  world.service.requester.openUploads = async () => [];
  const task = world.upload(file, { key: KEY, discover: true });
  await eventually(() => begun.includes(3));
  world.clock.pass(200);
  first.open();
  await eventually(() => begun.includes(8));
  await settle();
  await task.stop(new Error('closed'));
  hold.clear();
  world.service.requester.openUploads = async () => [{ uploadId: 'upload-1', parts: undefined }];
  const result = await world.openTab({ store: createMemoryCheckpointStore() }).upload(file, { key: KEY, discover: true }).result;
  expect(result).toMatchObject({ verified: true, crc64: await crcOf(file) });
  expect(world.service.count('Initiate')).toBe(1);
});
