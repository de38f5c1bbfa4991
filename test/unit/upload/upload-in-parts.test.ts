import { describe, expect, test, vi } from 'vitest';
import { CallbackError, CorsError, NetworkError } from '../../../src/errors.js';
import { Md5 } from '../../../src/hash/md5.js';
import { crcOf, makeFile } from '../../helpers/make-file.js';
import { START } from '../../helpers/manual-clock.js';
import { recordStatuses } from '../../helpers/record-statuses.js';
import { ossError } from '../../helpers/scripted-faults.js';
import { PART } from '../../helpers/sizes.js';
import { eventually, settle } from '../../helpers/turns.js';
import { failureOf, gate, until } from '../../helpers/waits.js';
import { objectOf, untilAcknowledged } from './scenes.js';
import { createWorld } from './world.js';

const KEY = 'dir/a.bin';
const FILE = makeFile(3 * PART + 17);
/** Milliseconds. */
const YEAR = 365 * 86_400_000;

describe('an upload in parts', () => {
  test('initiates, sends every part once, completes once, and leaves nothing behind', async () => {
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

  test('sends in each part its slice of the file', async () => {
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

  test.each([1, 2, 3])('keeps at most %i requests in flight over all files', async (parallel) => {
    const world = createWorld({ parallel });
    const hold = gate();
    world.service.fault('UploadPart', { times: 99, after: hold.opened });
    const tasks = [1, 2].map((seed) => world.upload(makeFile(6 * PART, { seed, name: `${seed}` })));
    await settle();
    hold.open();
    await Promise.all(tasks.map((task) => task.result));
    expect(world.service.mostInFlight).toBe(parallel);
  });

  test("a file's own `parallel` limits it, and leaves the other slots to other files", async () => {
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

  test('stores the record after Initiate, and each part as soon as it is acknowledged', async () => {
    const world = createWorld({ parallel: 1 });
    const hold = gate();
    world.service.fault('UploadPart', { part: 3, after: hold.opened });
    const file = makeFile(3 * PART, { name: 'a.mp4', type: 'video/mp4', lastModified: 7 });
    const task = world.upload(file, { key: KEY });
    await untilAcknowledged(world, 2);
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
      headers: {},
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

  test('renews the record’s time every half minute, so that it isn’t swept as abandoned', async () => {
    const world = createWorld({ parallel: 1 });
    const holds = [gate(), gate(), gate()];
    for (const part of [2, 3, 4]) world.service.fault('UploadPart', { part, after: holds[part - 2]?.opened as Promise<void> });
    const task = world.upload(makeFile(4 * PART), { key: KEY });
    const updatedAt = async (): Promise<number | undefined> => (await world.records())[0]?.updatedAt;
    await eventually(() => world.service.acknowledged().length === 1);
    world.clock.pass(29_999);
    holds[0]?.open();
    await untilAcknowledged(world, 2);
    expect(await updatedAt()).toBe(START);
    world.clock.pass(1);
    holds[1]?.open();
    await untilAcknowledged(world, 3);
    expect(await updatedAt()).toBe(START + 30_000);
    holds[2]?.open();
    await task.result;
  });

  test('calls the key function once, with the file and its path', async () => {
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
    ['returns a key that OSS refuses', () => '/a'],
    ['returns none', () => undefined as unknown as string],
  ])('a key function that %s fails the upload before anything is sent, with an error that names the file', async (_, key) => {
    const world = createWorld();
    const error = await failureOf(world.upload(FILE, { key, path: 'folder/x.bin' }).result);
    expect(error).toMatchObject({ code: 'InvalidKey', cause: expect.anything() });
    expect(error.message).toContain('folder/x.bin');
    expect(world.service.log).toEqual([]);
  });

  test.each<[unknown, string]>([
    ['out of names', 'failed: out of names'],
    [null, 'failed: null'],
  ])('a key function may throw any value: %j', async (thrown, message) => {
    const key = (): string => {
      throw thrown;
    };
    const error = await failureOf(createWorld().upload(FILE, { key }).result);
    expect([error.code, error.message]).toEqual(['InvalidKey', expect.stringContaining(message)]);
  });

  test('uses the path as the key if there is none', async () => {
    const world = createWorld();
    expect((await world.upload(FILE, { path: 'folder/x.bin' }).result).key).toBe('folder/x.bin');
  });
});

describe('proof by CRC-64', () => {
  test('an object that differs leaves neither record nor file handle', async () => {
    const world = createWorld();
    world.service.fault('Complete', { reply: (stored) => ({ ...stored, crc64: '1' }) });
    const task = world.upload(FILE, { key: KEY, fileHandle: { kind: 'file', getFile: async () => FILE } as never });
    expect(await failureOf(task.result)).toMatchObject({ code: 'ObjectMismatch' });
    await settle();
    expect([await world.records(), world.fileHandles.handles.size]).toEqual([[], 0]);
  });

  test('a corrupted part is sent again, its siblings are not', async () => {
    const world = createWorld({ parallel: 1 });
    world.service.fault('UploadPart', { part: 2, reply: (answer) => ({ ...answer, crc64: '1' }) });
    const task = world.upload(FILE, { key: KEY });
    expect((await task.result).verified).toBe(true);
    expect(world.service.acknowledged()).toEqual([1, 2, 2, 3, 4]);
    expect(task.getSnapshot().progress).toMatchObject({ confirmed: FILE.size, parts: { done: 4, total: 4 } });
  });

  test('a corrupted part is neither counted nor recorded until it has arrived intact', async () => {
    const world = createWorld({ parallel: 1 });
    const hold = gate();
    world.service.fault('UploadPart', { part: 2, reply: (answer) => ({ ...answer, crc64: '1' }) });
    world.service.fault('UploadPart', { part: 2, after: hold.opened });
    const task = world.upload(FILE, { key: KEY });
    await untilAcknowledged(world, 2);
    world.clock.pass(100);
    expect(task.getSnapshot().progress).toMatchObject({ confirmed: PART, parts: { done: 1, total: 4 } });
    expect(await world.partsOf(task.getSnapshot().checkpointId as string)).toEqual([1]);
    hold.open();
    await task.result;
  });

  test('a part that is corrupted four times is an IntegrityError with key and part; no object is created', async () => {
    const world = createWorld({ parallel: 1 });
    world.service.fault('UploadPart', { part: 2, times: 99, reply: (answer) => ({ ...answer, crc64: '1' }) });
    const error = await failureOf(world.upload(FILE, { key: KEY }).result);
    expect(error).toMatchObject({ name: 'IntegrityError', code: 'PartMismatch', key: KEY, partNumber: 2 });
    expect(error.message).toMatch(/Part 2 of "dir\/a.bin".*4 times/);
    expect(world.service.acknowledged().filter((part) => part === 2)).toHaveLength(4);
    expect([world.service.count('Complete'), world.pool.busy]).toEqual([0, 0]);
  });

  test('where the answers hide it, parts are compared by one ListParts at the end, with one warning, and sent again if they differ', async () => {
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

  test('where ListParts hides it, too, the upload ends unverified, without a loop', async () => {
    const world = createWorld({ parallel: 1 });
    const hide = (answer: object): object => ({ ...answer, crc64: undefined });
    world.service.fault('UploadPart', { times: 99, reply: hide });
    world.service.fault('ListParts', { times: 99, reply: (parts: object[]) => parts.map(hide) });
    world.service.fault('Complete', { reply: hide });
    const result = await world.upload(FILE, { key: KEY }).result;
    expect(result).toMatchObject({ verified: false, crc64: await crcOf(FILE) });
    expect(world.service.count('ListParts')).toBe(1);
  });

  test('an object that differs is an IntegrityError that names the sums, and the record is removed', async () => {
    const world = createWorld();
    world.service.fault('Complete', { reply: (answer) => ({ ...answer, crc64: '1' }) });
    const error = await failureOf(world.upload(FILE, { key: KEY }).result);
    expect(error).toMatchObject({ name: 'IntegrityError', code: 'ObjectMismatch', key: KEY });
    expect(error.message).toContain(await crcOf(FILE));
    expect(await world.records()).toEqual([]);
  });

  test('switched off, nothing is hashed and no warning is given; the result has OSS’s CRC-64 and is unverified', async () => {
    const world = createWorld({ integrity: { crc64: false } });
    world.service.fault('UploadPart', { part: 1, reply: (answer) => ({ ...answer, crc64: '1' }) });
    world.service.fault('UploadPart', { part: 2, reply: (answer) => ({ ...answer, crc64: undefined }) });
    const task = world.upload(FILE, { key: KEY });
    expect(await task.result).toMatchObject({ verified: false, crc64: await crcOf(FILE) });
    expect(task.getSnapshot().warnings).toEqual([]);
    expect([world.hasher.digests, world.service.count('ListParts')]).toEqual([[], 0]);
  });

  test.each([true, false])('Content-MD5 is sent with each part, and one read serves both sums (CRC-64: %s)', async (crc64) => {
    const world = createWorld({ parallel: 2, integrity: { crc64, md5: true } });
    await world.upload(FILE, { key: KEY }).result;
    const sums = world.service.sent.filter(({ operation }) => operation === 'UploadPart').map(({ headers }) => headers['content-md5']);
    expect(sums).toHaveLength(4);
    for (const sum of sums) expect(sum).toMatch(/^[A-Za-z0-9+/]{22}==$/);
    expect(new Set(sums).size).toBe(4);
    expect(world.hasher.digests).toEqual([PART, PART, PART, 17]);
  });

  test('MD5s are computed ahead for as many parts as there are requests', async () => {
    const world = createWorld({ parallel: 2, integrity: { md5: true } });
    const hold = gate();
    world.hasher.hold = hold.opened;
    const task = world.upload(makeFile(8 * PART), { key: KEY });
    await settle();
    expect(world.hasher.digests).toHaveLength(2);
    hold.open();
    await task.result;
  });

  test('slow hashing slows the sending down', async () => {
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
  test('parts in flight finish and are recorded, no other part is started, and the task stays resumable', async () => {
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

  test('its siblings stop retrying', async () => {
    const world = createWorld({ parallel: 2 });
    const [refuse, hold] = [gate(), gate()];
    const givingUp: boolean[] = [];
    const uploadPart = world.service.handlers.uploadPart.bind(world.service.handlers);
    vi.spyOn(world.service.handlers, 'uploadPart').mockImplementation(async (part, headers, context) => {
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

  test('the task fails with the first error', async () => {
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

  test('the task fails with that error as it is: CORS, network', async () => {
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
  ])('a slice that can’t be read (%s) is a file error with key and part', async (name, code) => {
    const world = createWorld({ parallel: 1 });
    const task = world.upload(FILE, { key: KEY });
    await eventually(() => world.service.acknowledged().length === 1);
    world.hasher.fail = new DOMException('gone', name);
    const error = await failureOf(task.result);
    expect(error).toMatchObject({ code, key: KEY, resumable: true, partNumber: expect.any(Number) });
  });

  test('an unreadable file fails before anything is sent', async () => {
    const world = createWorld();
    world.hasher.fail = new DOMException('gone', 'NotFoundError');
    expect(await failureOf(world.upload(FILE, { key: KEY }).result)).toMatchObject({ code: 'FileUnreadable', key: KEY });
    expect(world.service.log).toEqual([]);
  });
});

describe('an upload that is aborted or changed elsewhere', () => {
  test('NoSuchUpload for a part starts a new upload under the same key, with every part', async () => {
    const world = createWorld({ parallel: 1 });
    world.service.fault('UploadPart', { part: 3, error: ossError('NoSuchUpload', 404) });
    const makeKey = vi.fn(() => KEY);
    const task = world.upload(FILE, { key: makeKey });
    expect((await task.result).verified).toBe(true);
    expect(world.service.acknowledged()).toEqual([1, 2, 1, 2, 3, 4]);
    expect([world.service.count('Initiate'), makeKey.mock.calls.length]).toEqual([2, 1]);
    expect(task.getSnapshot().progress.parts).toEqual({ done: 4, total: 4 });
  });

  test('a new upload is visible as another preparation', async () => {
    const world = createWorld({ parallel: 1 });
    world.service.fault('UploadPart', { part: 2, error: ossError('NoSuchUpload', 404) });
    const task = world.upload(FILE, { key: KEY });
    const statuses = recordStatuses(task);
    await task.result;
    expect(statuses).toEqual(['preparing', 'uploading', 'preparing', 'uploading', 'completing', 'done']);
  });

  test('NoSuchUpload for a part is a success when another device has completed the upload: nothing is sent again', async () => {
    const world = createWorld({ parallel: 1 });
    const object = await objectOf(FILE);
    const task = world.upload(FILE, { key: KEY });
    await eventually(() => world.service.acknowledged().length === 2);
    world.service.uploads.clear();
    world.service.objects.set(KEY, object);
    expect((await task.result).verified).toBe(true);
    expect([world.service.count('Initiate'), world.service.count('Complete')]).toEqual([1, 0]);
  });

  test('NoSuchUpload is an error the fourth time', async () => {
    const world = createWorld({ parallel: 1 });
    world.service.fault('UploadPart', { part: 2, times: 99, error: ossError('NoSuchUpload', 404) });
    expect((await failureOf(world.upload(FILE, { key: KEY }).result)).code).toBe('NoSuchUpload');
    expect(world.service.count('Initiate')).toBe(4);
  });

  test.each(['InvalidPart', 'InvalidPartOrder', 'EntityTooSmall'])(
    '%s for Complete lists the parts again, and sends those that differ',
    async (code) => {
      const world = createWorld({ parallel: 1 });
      world.service.fault('Complete', { error: ossError(code, 400) });
      world.service.fault('ListParts', { reply: (parts: { number: number }[]) => parts.filter(({ number }) => number !== 2) });
      expect((await world.upload(FILE, { key: KEY }).result).verified).toBe(true);
      expect(world.service.log.slice(5)).toEqual([`Complete ✗ ${code}`, 'ListParts', 'UploadPart 2', 'Complete']);
    },
  );

  test('another refusal of Complete is an error; all parts are kept', async () => {
    const world = createWorld();
    world.service.fault('Complete', { error: ossError('AccessDenied', 403) });
    const task = world.upload(FILE, { key: KEY });
    expect((await failureOf(task.result)).code).toBe('AccessDenied');
    task.resume();
    await task.result;
    expect(world.service.acknowledged().sort()).toEqual([1, 2, 3, 4]);
  });
});

describe('a file that changes while it is sent', () => {
  test('is noticed before Complete, so that no object mixes two versions', async () => {
    const world = createWorld({ parallel: 1 });
    const fingerprint = world.hasher.fingerprint.bind(world.hasher);
    let calls = 0;
    vi.spyOn(world.hasher, 'fingerprint').mockImplementation(async (file) => {
      calls += 1;
      return calls === 1 ? fingerprint(file) : 'v1:changed';
    });
    const error = await failureOf(world.upload(FILE, { key: KEY }).result);
    expect(error).toMatchObject({ name: 'FileChangedError', key: KEY, resumable: true });
    expect(world.service.count('Complete')).toBe(0);
  });

  test('is an error with its key when it can’t be read any more', async () => {
    const world = createWorld({ parallel: 1 });
    const fingerprint = world.hasher.fingerprint.bind(world.hasher);
    let calls = 0;
    vi.spyOn(world.hasher, 'fingerprint').mockImplementation(async (file) => {
      calls += 1;
      if (calls === 1) return fingerprint(file);
      throw new DOMException('gone', 'NotFoundError');
    });
    expect(await failureOf(world.upload(FILE, { key: KEY }).result)).toMatchObject({ code: 'FileUnreadable', key: KEY });
    expect(world.service.count('Complete')).toBe(0);
  });
});

describe('Complete whose answer is lost', () => {
  test('is a success when HEAD shows an equal object', async () => {
    const world = createWorld();
    world.service.fault('Complete', { error: ossError('NoSuchUpload', 404), isDone: true });
    const result = await world.upload(FILE, { key: KEY }).result;
    expect(result).toMatchObject({ key: KEY, verified: true, etag: '"upload-1-4"', versionId: 'V1' });
    expect(world.service.log.slice(-2)).toEqual(['Complete ✗ NoSuchUpload', 'Head']);
    expect(await world.records()).toEqual([]);
  });

  test('is a success with forbidOverwrite, too, although its own object now exists', async () => {
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

  test('is an error when the existing object differs', async () => {
    const world = createWorld();
    world.service.objects.set(KEY, await objectOf(FILE, { crc64: '1', etag: '"other"' }));
    world.service.fault('Complete', { error: ossError('FileAlreadyExists', 409) });
    expect(await failureOf(world.upload(FILE, { key: KEY }).result)).toMatchObject({ code: 'FileAlreadyExists' });
    expect(world.service.objects.get(KEY)?.etag).toBe('"other"');
  });

  test.each<[string, object]>([
    ['another size', { size: 1 }],
    ['another CRC-64', { crc64: '1' }],
  ])('starts again when HEAD shows %s', async (_, change) => {
    const world = createWorld();
    world.service.fault('Complete', { error: ossError('NoSuchUpload', 404), isDone: true });
    world.service.fault('Head', { times: 2, reply: (head) => ({ ...head, ...change }) });
    const task = world.upload(FILE, { key: KEY });
    await task.result;
    expect(world.service.count('Initiate')).toBe(2);
  });

  test('is a success when HEAD shows an equal CRC-64 and no length', async () => {
    const world = createWorld();
    world.service.fault('Complete', { error: ossError('NoSuchUpload', 404), isDone: true });
    world.service.fault('Head', { reply: (head) => ({ ...head, size: undefined }) });
    expect((await world.upload(FILE, { key: KEY }).result).verified).toBe(true);
    expect(world.service.count('Initiate')).toBe(1);
  });

  /** The ETag that OSS computes from the ETags of the parts. */
  const etagOf = (uploadId: string): string => {
    const etags = [1, 2, 3, 4].map((number) => `E${uploadId}-${number}`.toUpperCase());
    return `${new Md5()
      .update(new TextEncoder().encode(etags.join('')))
      .hex()
      .toUpperCase()}-4`;
  };

  test.each<[string, object, boolean]>([
    ['the ETag that Complete computes from our parts', { etag: `"${etagOf('upload-1')}"` }, true],
    ['another ETag, however new the object is', { etag: '"ANOTHER-4"' }, false],
    ['no ETag', { etag: undefined }, false],
  ])('with a HEAD without CRC-64 but with %s: %j, whatever year this device’s clock shows', async (_, change, isOurs) => {
    for (const integrity of [{ crc64: true }, { crc64: false }]) {
      for (const lastModified of [START - YEAR, START, START + YEAR]) {
        const world = createWorld({ integrity });
        world.service.fault('Complete', { error: ossError('NoSuchUpload', 404), isDone: true });
        world.service.fault('Head', { reply: (head) => ({ ...head, crc64: undefined, lastModified, ...change }) });
        const { result } = world.upload(FILE, { key: KEY });
        if (isOurs) expect(await result).toMatchObject({ key: KEY, verified: false });
        else expect(await failureOf(result)).toMatchObject({ code: 'Unconfirmed', resumable: true });
        expect(world.service.count('Initiate')).toBe(1);
      }
    }
  });

  test('is FileAlreadyExists when HEAD shows another ETag and no CRC-64', async () => {
    const world = createWorld();
    world.service.fault('Complete', { error: ossError('FileAlreadyExists', 409), isDone: true });
    world.service.fault('Head', { reply: (head) => ({ ...head, crc64: undefined, etag: '"ANOTHER-4"' }) });
    expect(await failureOf(world.upload(FILE, { key: KEY, forbidOverwrite: true }).result)).toMatchObject({ code: 'FileAlreadyExists' });
  });

  test('is Unconfirmed when HEAD is forbidden: the error names the permission, and nothing is sent again', async () => {
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

  test('is the service’s error when HEAD fails with one', async () => {
    const world = createWorld();
    world.service.fault('Complete', { error: ossError('NoSuchUpload', 404), isDone: true });
    world.service.fault('Head', { error: ossError('InternalError', 500) });
    expect((await failureOf(world.upload(FILE, { key: KEY }).result)).code).toBe('InternalError');
  });

  test('is the network’s error when HEAD fails without an answer', async () => {
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
  ])('the result contains the application server’s answer %s', async (body, expected) => {
    const world = createWorld();
    world.service.answer.body = body;
    expect((await world.upload(FILE, { key: KEY, callback }).result).callbackBody).toEqual(expected);
  });

  test('the result contains no answer without a callback', async () => {
    const world = createWorld();
    world.service.answer.body = '<CompleteMultipartUploadResult/>';
    expect((await world.upload(FILE, { key: KEY }).result).callbackBody).toBeUndefined();
  });

  test('a failed callback rejects with an error that carries the result: the object is stored', async () => {
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
