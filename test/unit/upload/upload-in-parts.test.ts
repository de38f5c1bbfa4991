import { describe, expect, test, vi } from 'vitest';
import { CallbackError, CorsError, NetworkError } from '../../../src/errors.js';
import { Md5 } from '../../../src/hash/md5.js';
import { crcOf, makeFile } from '../../helpers/make-file.js';
import { START } from '../../helpers/manual-clock.js';
import { ossError } from '../../helpers/scripted-faults.js';
import { PART } from '../../helpers/sizes.js';
import { eventually, settle } from '../../helpers/turns.js';
import { failureOf, gate, until } from '../../helpers/waits.js';
import { objectOf } from './scenes.js';
import { createWorld } from './world.js';

const KEY = 'dir/a.bin';
const FILE = makeFile(3 * PART + 17);

describe('an upload in parts', () => {
  test('initiates, sends every part once, completes once; nothing is left behind', async () => {
    const world = createWorld({ parallel: 1 });
    const task = world.upload(FILE, { key: KEY, metadata: { a: 'b' }, acl: 'private', trafficLimit: 819_200 });
    const result = await task.result;
    expect(world.service.log).toEqual(['Initiate', 'UploadPart 1', 'UploadPart 2', 'UploadPart 3', 'UploadPart 4', 'Complete']);
    expect(result).toEqual({
      bucket: 'examplebucket',
      key: KEY,
      url: 'https://examplebucket.oss-cn-hangzhou.aliyuncs.com/dir/a.bin',
      size: FILE.size,
      etag: '"upload-1-4"',
      crc64: await crcOf(FILE),
      verified: true,
      versionId: 'V1',
      callbackBody: undefined,
    });
    expect(world.service.objects.get(KEY)).toMatchObject({ size: FILE.size, crc64: result.crc64 });
    expect(Object.fromEntries(world.service.sent.map(({ operation, headers }) => [operation, headers]))).toEqual({
      Initiate: { 'content-type': 'application/octet-stream', 'x-oss-meta-a': 'b' },
      UploadPart: { 'x-oss-traffic-limit': '819200' },
      Complete: { 'x-oss-object-acl': 'private' },
    });
    await settle();
    expect([await world.records(), world.locks.held.size, world.clock.timers.size, world.pool.busy]).toEqual([[], 0, 0, 0]);
    expect(task.getSnapshot()).toMatchObject({
      status: 'done',
      warnings: [],
      progress: { loaded: FILE.size, parts: { done: 4, total: 4 } },
    });
  });

  test('each part holds its bytes of the file, the last one the rest', async () => {
    const world = createWorld();
    const hold = gate();
    world.service.fault('Complete', { after: hold.opened });
    const task = world.upload(FILE, { key: KEY });
    await until(task, ({ status }) => status === 'completing');
    const [upload] = [...world.service.uploads.values()];
    for (const number of [1, 2, 3, 4])
      expect(upload?.parts.get(number)?.crc64).toBe(await crcOf(FILE.slice((number - 1) * PART, number * PART)));
    hold.open();
    await task.result;
  });

  test.each([1, 2, 3])('keeps %i requests in flight, over one file and over several', async (parallel) => {
    const world = createWorld({ parallel });
    const hold = gate();
    world.service.fault('UploadPart', { times: 99, after: hold.opened });
    const tasks = [1, 2].map((seed) => world.upload(makeFile(6 * PART, { seed, name: `${seed}` })));
    await settle();
    hold.open();
    await Promise.all(tasks.map((task) => task.result));
    expect(world.service.mostInFlight).toBe(parallel);
  });

  test("a file's own `parallel` bounds it, and leaves the other slots to others", async () => {
    const world = createWorld({ parallel: 4 });
    const hold = gate();
    world.service.fault('UploadPart', { times: 99, after: hold.opened });
    const task = world.upload(makeFile(8 * PART), { key: KEY, parallel: 2 });
    await settle();
    expect([world.service.mostInFlight, world.pool.busy]).toEqual([2, 2]);
    hold.open();
    await task.result;
    expect(world.service.mostInFlight).toBe(2);
  });

  test('the record is there from Initiate on, and each part as soon as it is acknowledged', async () => {
    const world = createWorld({ parallel: 1 });
    const hold = gate();
    world.service.fault('UploadPart', { part: 3, after: hold.opened });
    const file = makeFile(3 * PART, { name: 'a.mp4', type: 'video/mp4', lastModified: 7 });
    const task = world.upload(file, { key: KEY });
    await eventually(() => world.service.acknowledged().length === 2);
    await settle();
    const [record] = await world.records();
    expect(record).toEqual({
      version: 2,
      id: task.getSnapshot().checkpointId,
      fingerprint: await world.hasher.fingerprint(file),
      region: 'cn-hangzhou',
      bucket: 'examplebucket',
      key: KEY,
      uploadId: 'upload-1',
      file: { name: 'a.mp4', size: 3 * PART, lastModified: 7, type: 'video/mp4' },
      partSize: PART,
      createdAt: START,
      updatedAt: START,
      owner: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect(await world.store.parts(record?.id ?? '')).toEqual([
      { number: 1, etag: '"Eupload-1-1"', size: PART, crc64: await crcOf(file.slice(0, PART)) },
      { number: 2, etag: '"Eupload-1-2"', size: PART, crc64: await crcOf(file.slice(PART, 2 * PART)) },
    ]);
    hold.open();
    await task.result;
    expect(await world.partsOf(record?.id ?? '')).toEqual([]);
  });

  test('half a minute after it was last touched the record gets younger, so that nobody takes it for an orphan', async () => {
    const world = createWorld({ parallel: 1 });
    const holds = [gate(), gate(), gate()];
    for (const part of [2, 3, 4]) world.service.fault('UploadPart', { part, after: holds[part - 2]?.opened as Promise<void> });
    const task = world.upload(makeFile(4 * PART), { key: KEY });
    const updatedAt = async (): Promise<number | undefined> => (await world.records())[0]?.updatedAt;
    await eventually(() => world.service.acknowledged().length === 1);
    world.clock.pass(29_999);
    holds[0]?.open();
    await eventually(() => world.service.acknowledged().length === 2);
    await settle();
    expect(await updatedAt()).toBe(START);
    world.clock.pass(1);
    holds[1]?.open();
    await eventually(() => world.service.acknowledged().length === 3);
    await settle();
    expect(await updatedAt()).toBe(START + 30_000);
    holds[2]?.open();
    await task.result;
  });

  test('the key is what its function makes of the file, once; nothing else is asked for one', async () => {
    const world = createWorld();
    const makeKey = vi.fn(async () => 'made/key');
    const task = world.upload(FILE, { key: makeKey });
    expect(task.key).toBeUndefined();
    expect((await task.result).key).toBe('made/key');
    expect(makeKey.mock.calls).toEqual([[FILE, FILE.name]]);
    expect(task.key).toBe('made/key');
  });

  test.each<[string, () => string]>([
    ['fails', () => JSON.parse('{')],
    ['makes one that OSS refuses', () => '/a'],
    ['makes none', () => undefined as unknown as string],
  ])('a key function that %s is an error that names the file, before anything is sent', async (_, key) => {
    const world = createWorld();
    const error = await failureOf(world.upload(FILE, { key, path: 'folder/x.bin' }).result);
    expect(error).toMatchObject({ code: 'InvalidKey', cause: expect.anything() });
    expect(error.message).toContain('folder/x.bin');
    expect(world.service.log).toEqual([]);
  });

  test('without a key the path is the key', async () => {
    const world = createWorld();
    expect((await world.upload(FILE, { path: 'folder/x.bin' }).result).key).toBe('folder/x.bin');
  });
});

describe('proof by CRC-64', () => {
  test('a part that arrives damaged is sent again, its siblings are not', async () => {
    const world = createWorld({ parallel: 1 });
    world.service.fault('UploadPart', { part: 2, reply: (answer) => ({ ...answer, crc64: '1' }) });
    const task = world.upload(FILE, { key: KEY });
    expect((await task.result).verified).toBe(true);
    expect(world.service.acknowledged()).toEqual([1, 2, 2, 3, 4]);
    expect(task.getSnapshot().progress).toMatchObject({ confirmed: FILE.size, parts: { done: 4, total: 4 } });
  });

  test('what was damaged does not count, and is not in the record, until it has come well', async () => {
    const world = createWorld({ parallel: 1 });
    const hold = gate();
    world.service.fault('UploadPart', { part: 2, reply: (answer) => ({ ...answer, crc64: '1' }) });
    world.service.fault('UploadPart', { part: 2, after: hold.opened });
    const task = world.upload(FILE, { key: KEY });
    await eventually(() => world.service.acknowledged().length === 2);
    await settle();
    world.clock.pass(100);
    expect(task.getSnapshot().progress).toMatchObject({ confirmed: PART, parts: { done: 1, total: 4 } });
    expect(await world.partsOf(task.getSnapshot().checkpointId as string)).toEqual([1]);
    hold.open();
    await task.result;
  });

  test('a part that arrives damaged four times is an IntegrityError with key and part; the object is not made', async () => {
    const world = createWorld({ parallel: 1 });
    world.service.fault('UploadPart', { part: 2, times: 99, reply: (answer) => ({ ...answer, crc64: '1' }) });
    const error = await failureOf(world.upload(FILE, { key: KEY }).result);
    expect(error).toMatchObject({ name: 'IntegrityError', code: 'PartMismatch', key: KEY, partNumber: 2 });
    expect(error.message).toMatch(/Part 2 of "dir\/a.bin".*4 times/);
    expect(world.service.acknowledged().filter((part) => part === 2)).toHaveLength(4);
    expect([world.service.count('Complete'), world.pool.busy]).toEqual([0, 0]);
  });

  test('where replies hide it ListParts tells it: one look at the end, one warning, and what differs is sent again', async () => {
    const world = createWorld({ parallel: 1 });
    world.service.fault('UploadPart', { times: 99, reply: (answer) => ({ ...answer, crc64: undefined }) });
    world.service.fault('ListParts', {
      reply: (parts: { number: number }[]) => parts.map((part) => (part.number === 3 ? { ...part, crc64: '1' } : part)),
    });
    const task = world.upload(FILE, { key: KEY });
    await task.result;
    expect(world.service.log).toEqual([
      'Initiate',
      ...['UploadPart 1', 'UploadPart 2', 'UploadPart 3', 'UploadPart 4', 'ListParts', 'UploadPart 3', 'ListParts', 'Complete'],
    ]);
    expect(task.getSnapshot().warnings).toEqual([
      { code: 'crc64-not-exposed', message: expect.stringMatching(/x-oss-hash-crc64ecma.*ExposeHeader/) },
    ]);
  });

  test('where nothing tells it the upload ends unverified, not in a loop', async () => {
    const world = createWorld({ parallel: 1 });
    const hide = (answer: object): object => ({ ...answer, crc64: undefined });
    world.service.fault('UploadPart', { times: 99, reply: hide });
    world.service.fault('ListParts', { times: 99, reply: (parts: object[]) => parts.map(hide) });
    world.service.fault('Complete', { reply: hide });
    const result = await world.upload(FILE, { key: KEY }).result;
    expect(result).toMatchObject({ verified: false, crc64: await crcOf(FILE) });
    expect(world.service.count('ListParts')).toBe(1);
  });

  test('an object that differs is an IntegrityError that names both sums, and there is nothing to go on from', async () => {
    const world = createWorld();
    world.service.fault('Complete', { reply: (answer) => ({ ...answer, crc64: '1' }) });
    const error = await failureOf(world.upload(FILE, { key: KEY }).result);
    expect(error).toMatchObject({ name: 'IntegrityError', code: 'ObjectMismatch', key: KEY });
    expect(error.message).toContain(await crcOf(FILE));
    expect(await world.records()).toEqual([]);
  });

  test('switched off, nothing is hashed or warned of; the result says what OSS says, and that it is not verified', async () => {
    const world = createWorld({ integrity: { crc64: false } });
    world.service.fault('UploadPart', { part: 1, reply: (answer) => ({ ...answer, crc64: '1' }) });
    world.service.fault('UploadPart', { part: 2, reply: (answer) => ({ ...answer, crc64: undefined }) });
    const task = world.upload(FILE, { key: KEY });
    expect(await task.result).toMatchObject({ verified: false, crc64: await crcOf(FILE) });
    expect(task.getSnapshot().warnings).toEqual([]);
    expect([world.hasher.digests, world.service.count('ListParts')]).toEqual([[], 0]);
  });

  test.each([true, false])('Content-MD5 goes with each part, and one read does for both sums (CRC-64: %s)', async (crc64) => {
    const world = createWorld({ parallel: 2, integrity: { crc64, md5: true } });
    await world.upload(FILE, { key: KEY }).result;
    const sums = world.service.sent.filter(({ operation }) => operation === 'UploadPart').map(({ headers }) => headers['content-md5']);
    expect(sums).toHaveLength(4);
    for (const sum of sums) expect(sum).toMatch(/^[A-Za-z0-9+/]{22}==$/);
    expect(new Set(sums).size).toBe(4);
    expect(world.hasher.digests).toEqual([PART, PART, PART, 17]);
  });

  test('MD5s are computed ahead, but no further than there are requests', async () => {
    const world = createWorld({ parallel: 2, integrity: { md5: true } });
    const hold = gate();
    world.hasher.hold = hold.opened;
    const task = world.upload(makeFile(8 * PART), { key: KEY });
    await settle();
    expect(world.hasher.digests).toHaveLength(2);
    hold.open();
    await task.result;
  });

  test('hashing that falls behind slows sending down', async () => {
    const world = createWorld({ parallel: 2 });
    const hold = gate();
    world.hasher.hold = hold.opened;
    const task = world.upload(makeFile(20 * PART), { key: KEY });
    await settle();
    expect(world.service.acknowledged()).toHaveLength(6);
    hold.open();
    expect((await task.result).verified).toBe(true);
  });
});

describe('when a part fails', () => {
  test('those in flight finish and are recorded, no other is begun, and the task stays resumable', async () => {
    const world = createWorld({ parallel: 3 });
    const [refuse, hold] = [gate(), gate()];
    world.service.fault('UploadPart', { part: 1, after: refuse.opened, error: ossError('AccessDenied', 403) });
    for (const part of [2, 3]) world.service.fault('UploadPart', { part, after: hold.opened });
    const task = world.upload(makeFile(9 * PART), { key: KEY });
    const failure = failureOf(task.result);
    await settle();
    refuse.open();
    await settle();
    expect(task.getSnapshot().status).toBe('uploading');
    hold.open();
    expect(await failure).toMatchObject({ code: 'AccessDenied' });
    expect(world.service.acknowledged().sort()).toEqual([2, 3]);
    expect(await world.partsOf(task.getSnapshot().checkpointId as string)).toEqual([2, 3]);
    expect(task.getSnapshot()).toMatchObject({ status: 'failed', resumable: true, progress: { confirmed: 2 * PART } });
    expect([world.pool.busy, world.locks.held.size, world.clock.timers.size]).toEqual([0, 0, 0]);
  });

  test('its siblings are asked to give up rather than to try for minutes', async () => {
    const world = createWorld({ parallel: 2 });
    const [refuse, hold] = [gate(), gate()];
    const givingUp: boolean[] = [];
    const uploadPart = world.service.client.uploadPart.bind(world.service.client);
    vi.spyOn(world.service.client, 'uploadPart').mockImplementation(async (part, headers, context) => {
      if (part.partNumber === 2) {
        givingUp.push(context.givingUp?.aborted ?? false);
        await hold.opened;
        givingUp.push(context.givingUp?.aborted ?? false);
      }
      return uploadPart(part, headers, context);
    });
    world.service.fault('UploadPart', { part: 1, after: refuse.opened, error: ossError('AccessDenied', 403) });
    const failure = failureOf(world.upload(makeFile(4 * PART), { key: KEY }).result);
    await settle();
    refuse.open();
    await settle();
    hold.open();
    await failure;
    expect(givingUp).toEqual([false, true]);
  });

  test('the first error is the one that is told', async () => {
    const world = createWorld({ parallel: 2 });
    const [early, late] = [gate(), gate()];
    world.service.fault('UploadPart', { part: 1, after: late.opened, error: ossError('Late', 400) });
    world.service.fault('UploadPart', { part: 2, after: early.opened, error: ossError('Early', 400) });
    const failure = failureOf(world.upload(FILE, { key: KEY }).result);
    await settle();
    early.open();
    await settle();
    late.open();
    expect((await failure).code).toBe('Early');
  });

  test('what the failure was stays what it was: CORS, network', async () => {
    for (const error of [new CorsError('EtagNotExposed', 'm'), new NetworkError('NetworkError', 'm')]) {
      const world = createWorld();
      world.service.fault('UploadPart', { error });
      expect(await failureOf(world.upload(FILE, { key: KEY }).result)).toBe(error);
    }
  });

  test.each([
    ['NotReadableError', 'FileChanged'],
    ['NotFoundError', 'FileUnreadable'],
    ['SecurityError', 'FileChanged'],
  ])('a slice that can’t be read (%s) is the file’s fault, with key and part', async (name, code) => {
    const world = createWorld({ parallel: 1 });
    const task = world.upload(FILE, { key: KEY });
    await eventually(() => world.service.acknowledged().length === 1);
    world.hasher.fail = new DOMException('gone', name);
    const error = await failureOf(task.result);
    expect(error).toMatchObject({ code, key: KEY, resumable: true, partNumber: expect.any(Number) });
  });

  test('a file that can’t be read at all fails before anything is sent', async () => {
    const world = createWorld();
    world.hasher.fail = new DOMException('gone', 'NotFoundError');
    expect(await failureOf(world.upload(FILE, { key: KEY }).result)).toMatchObject({ code: 'FileUnreadable', key: KEY });
    expect(world.service.log).toEqual([]);
  });
});

describe('the upload vanishes or changes behind our back', () => {
  test('NoSuchUpload for a part: a new upload begins under the same key, with every part', async () => {
    const world = createWorld({ parallel: 1 });
    world.service.fault('UploadPart', { part: 3, error: ossError('NoSuchUpload', 404) });
    const makeKey = vi.fn(() => KEY);
    const task = world.upload(FILE, { key: makeKey });
    expect((await task.result).verified).toBe(true);
    expect(world.service.acknowledged()).toEqual([1, 2, 1, 2, 3, 4]);
    expect([world.service.count('Initiate'), makeKey.mock.calls.length]).toEqual([2, 1]);
    expect(task.getSnapshot().progress.parts).toEqual({ done: 4, total: 4 });
  });

  test('again and again is no way: the fourth time it is an error', async () => {
    const world = createWorld({ parallel: 1 });
    world.service.fault('UploadPart', { part: 2, times: 99, error: ossError('NoSuchUpload', 404) });
    expect((await failureOf(world.upload(FILE, { key: KEY }).result)).code).toBe('NoSuchUpload');
    expect(world.service.count('Initiate')).toBe(4);
  });

  test.each(['InvalidPart', 'InvalidPartOrder', 'EntityTooSmall'])(
    '%s at the end: looks at the parts again, and sends what differs',
    async (code) => {
      const world = createWorld({ parallel: 1 });
      world.service.fault('Complete', { error: ossError(code, 400) });
      world.service.fault('ListParts', { reply: (parts: { number: number }[]) => parts.filter(({ number }) => number !== 2) });
      expect((await world.upload(FILE, { key: KEY }).result).verified).toBe(true);
      expect(world.service.log.slice(5)).toEqual([`Complete ✗ ${code}`, 'ListParts', 'UploadPart 2', 'Complete']);
    },
  );

  test('another refusal of Complete is an error, and everything is kept to go on from', async () => {
    const world = createWorld();
    world.service.fault('Complete', { error: ossError('AccessDenied', 403) });
    const task = world.upload(FILE, { key: KEY });
    expect((await failureOf(task.result)).code).toBe('AccessDenied');
    task.resume();
    await task.result;
    expect(world.service.acknowledged().sort()).toEqual([1, 2, 3, 4]);
  });
});

describe('Complete whose answer is lost', () => {
  test('is a success when the object is there and equal: HEAD tells', async () => {
    const world = createWorld();
    world.service.fault('Complete', { error: ossError('NoSuchUpload', 404), isDone: true });
    const result = await world.upload(FILE, { key: KEY }).result;
    expect(result).toMatchObject({ key: KEY, verified: true, etag: '"upload-1-4"', versionId: 'V1' });
    expect(world.service.log.slice(-2)).toEqual(['Complete ✗ NoSuchUpload', 'Head']);
    expect(await world.records()).toEqual([]);
  });

  test('also where the object may not be overwritten, which then is in its own way', async () => {
    const world = createWorld();
    world.service.fault('Complete', { error: ossError('FileAlreadyExists', 409), isDone: true });
    expect((await world.upload(FILE, { key: KEY, forbidOverwrite: true }).result).verified).toBe(true);
  });

  test('is a success when another device stored an equal object meanwhile; the upload doesn’t remain on the server', async () => {
    const world = createWorld({ parallel: 1 });
    const object = await objectOf(FILE, { lastModified: 1 });
    const task = world.upload(FILE, { key: KEY, forbidOverwrite: true });
    // After this upload's Initiate.
    await eventually(() => world.service.acknowledged().length > 0);
    world.service.objects.set(KEY, object);
    await task.result;
    await settle();
    expect([task.getSnapshot().status, world.service.uploads.size, await world.records()]).toEqual(['done', 0, []]);
  });

  test("somebody else's object in the way stays an error", async () => {
    const world = createWorld();
    world.service.objects.set(KEY, {
      size: FILE.size,
      crc64: '1',
      etag: '"other"',
      versionId: undefined,
      lastModified: START,
      headers: {},
    });
    world.service.fault('Complete', { error: ossError('FileAlreadyExists', 409) });
    expect(await failureOf(world.upload(FILE, { key: KEY }).result)).toMatchObject({ code: 'FileAlreadyExists' });
    expect(world.service.objects.get(KEY)?.etag).toBe('"other"');
  });

  test.each<[string, object]>([
    ['another size', { size: 1 }],
    ['another CRC-64', { crc64: '1' }],
  ])('an object of %s is somebody else’s: begins anew', async (_, change) => {
    const world = createWorld();
    world.service.fault('Complete', { error: ossError('NoSuchUpload', 404), isDone: true });
    world.service.fault('Head', { reply: (head) => ({ ...head, ...change }) });
    const task = world.upload(FILE, { key: KEY });
    await task.result;
    expect(world.service.count('Initiate')).toBe(2);
  });

  test('an equal CRC-64 is a proof where the answer shows no length', async () => {
    const world = createWorld();
    world.service.fault('Complete', { error: ossError('NoSuchUpload', 404), isDone: true });
    world.service.fault('Head', { reply: (head) => ({ ...head, size: undefined }) });
    expect((await world.upload(FILE, { key: KEY }).result).verified).toBe(true);
    expect(world.service.count('Initiate')).toBe(1);
  });

  /** As OSS makes it of the parts' ETags. */
  const etagOf = (uploadId: string): string => {
    const etags = [1, 2, 3, 4].map((number) => `E${uploadId}-${number}`.toUpperCase());
    return `${new Md5()
      .update(new TextEncoder().encode(etags.join('')))
      .hex()
      .toUpperCase()}-4`;
  };

  test.each<[string, object, boolean]>([
    ['the ETag that Complete makes of our parts', { etag: `"${etagOf('upload-1')}"` }, true],
    ['another ETag, however young it is', { etag: '"ANOTHER-4"' }, false],
    ['no ETag', { etag: undefined }, false],
  ])('without a CRC-64, an object with %s: %j', async (_, change, isOurs) => {
    for (const integrity of [{ crc64: true }, { crc64: false }]) {
      const world = createWorld({ integrity });
      world.service.fault('Complete', { error: ossError('NoSuchUpload', 404), isDone: true });
      world.service.fault('Head', { reply: (head) => ({ ...head, crc64: undefined, ...change }) });
      const { result } = world.upload(FILE, { key: KEY });
      if (isOurs) expect(await result).toMatchObject({ key: KEY, verified: false });
      else expect(await failureOf(result)).toMatchObject({ code: 'Unconfirmed', resumable: true });
      expect(world.service.count('Initiate')).toBe(1);
    }
  });

  test('without a CRC-64, somebody else’s object in the way stays in the way', async () => {
    const world = createWorld();
    world.service.fault('Complete', { error: ossError('FileAlreadyExists', 409), isDone: true });
    world.service.fault('Head', { reply: (head) => ({ ...head, crc64: undefined, etag: '"ANOTHER-4"' }) });
    expect(await failureOf(world.upload(FILE, { key: KEY, forbidOverwrite: true }).result)).toMatchObject({ code: 'FileAlreadyExists' });
  });

  test('that can’t be looked for says so, and what to allow, and sends nothing again', async () => {
    const world = createWorld();
    world.service.fault('Complete', { error: ossError('NoSuchUpload', 404), isDone: true });
    world.service.fault('Head', { error: ossError('AccessDenied', 403) });
    const task = world.upload(FILE, { key: KEY });
    const error = await failureOf(task.result);
    expect(error).toMatchObject({ code: 'Unconfirmed', key: KEY, resumable: true, cause: { code: 'AccessDenied' } });
    expect(error.message).toMatch(/can't be confirmed.*oss:GetObject/);
    expect((await world.records())[0]).toMatchObject({ completing: true });
    task.resume();
    expect((await task.result).verified).toBe(true);
    expect(world.service.count('Initiate')).toBe(1);
  });

  test('a network that fails while looking is the network’s error', async () => {
    const world = createWorld();
    world.service.fault('Complete', { error: ossError('NoSuchUpload', 404), isDone: true });
    const down = new NetworkError('NetworkError', 'down');
    world.service.fault('Head', { error: down });
    expect(await failureOf(world.upload(FILE, { key: KEY }).result)).toBe(down);
  });
});

describe('callbacks', () => {
  const callback = { callbackUrl: 'https://app.example/cb', callbackBody: 'a=b' };

  test.each([
    ['{"Status":"OK"}', { Status: 'OK' }],
    ['plain words', 'plain words'],
  ])('the application server’s answer %s is handed over', async (body, expected) => {
    const world = createWorld();
    world.service.answer.body = body;
    expect((await world.upload(FILE, { key: KEY, callback }).result).callbackBody).toEqual(expected);
  });

  test('an answer nobody asked for is not', async () => {
    const world = createWorld();
    world.service.answer.body = '<CompleteMultipartUploadResult/>';
    expect((await world.upload(FILE, { key: KEY }).result).callbackBody).toBeUndefined();
  });

  test('a failed one rejects with the result: the object is there, nothing is to be uploaded again', async () => {
    const world = createWorld();
    world.service.answer.callbackFailure = 'Response body is not valid json.';
    const task = world.upload(FILE, { key: KEY, callback });
    const error = await failureOf(task.result);
    expect(error).toBeInstanceOf(CallbackError);
    expect(error).toMatchObject({
      key: KEY,
      requestId: 'REQUEST',
      resumable: false,
      result: { key: KEY, verified: true, callbackBody: undefined },
    });
    expect(error.message).toMatch(/is stored.*not valid json\. \(request ID REQUEST\)/);
    expect([await world.records(), task.getSnapshot().checkpointId]).toEqual([[], undefined]);
  });
});
