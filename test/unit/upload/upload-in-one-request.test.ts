import { describe, expect, test } from 'vitest';
import { NetworkError } from '../../../src/errors.js';
import { crcOf, makeFile } from '../../helpers/make-file.js';
import { START } from '../../helpers/manual-clock.js';
import { ossError } from '../../helpers/scripted-faults.js';
import { PART } from '../../helpers/sizes.js';
import { eventually, settle } from '../../helpers/turns.js';
import { failureOf, gate } from '../../helpers/waits.js';
import { createWorld } from './world.js';

const KEY = 'dir/small.txt';
const FILE = makeFile(1_000);

describe('a file of one part', () => {
  test.each([0, 1, PART])('of %i bytes goes as one PutObject, without a record', async (size) => {
    const world = createWorld();
    const file = makeFile(size);
    const task = world.upload(file, { key: KEY });
    const result = await task.result;
    expect(world.service.log).toEqual(['Put']);
    expect(result).toMatchObject({ key: KEY, size, crc64: await crcOf(file), verified: true, etag: '"PUT"', versionId: 'V1' });
    expect(task.getSnapshot()).toMatchObject({ status: 'done', warnings: [], progress: { loaded: size, parts: { done: 1, total: 1 } } });
    expect([await world.records(), world.pool.busy, world.clock.timers.size]).toEqual([[], 0, 0]);
  });

  test('one byte more has parts', async () => {
    const world = createWorld();
    await world.upload(makeFile(PART + 1), { key: KEY }).result;
    expect(world.service.count('UploadPart')).toBe(2);
  });

  test('carries all headers at once', async () => {
    const world = createWorld();
    await world.upload(FILE, { key: KEY, metadata: { a: 'b' }, acl: 'private', trafficLimit: 819_200 }).result;
    expect(world.service.sent[0]?.headers).toEqual({
      'content-type': 'application/octet-stream',
      'x-oss-meta-a': 'b',
      'x-oss-object-acl': 'private',
      'x-oss-traffic-limit': '819200',
    });
  });

  test('is uploading while it is sent, and tells the bytes', async () => {
    const world = createWorld();
    const hold = gate();
    const put = world.service.client.putObject.bind(world.service.client);
    world.service.client.putObject = async (key, body, headers, context) => {
      context.onSent?.(400);
      await hold.opened;
      return put(key, body, headers, context);
    };
    const task = world.upload(FILE, { key: KEY });
    await settle();
    world.clock.pass(100);
    expect(task.getSnapshot()).toMatchObject({ status: 'uploading', progress: { loaded: 400, parts: { done: 0, total: 1 } } });
    hold.open();
    await task.result;
  });

  test('that arrives damaged is sent again, four times in all, and then an IntegrityError', async () => {
    const world = createWorld();
    const damage = (answer: object): object => ({ ...answer, crc64: '1' });
    world.service.fault('Put', { times: 3, reply: damage });
    expect((await world.upload(FILE, { key: KEY }).result).verified).toBe(true);
    expect(world.service.count('Put')).toBe(4);
    world.service.fault('Put', { times: 4, reply: damage });
    const error = await failureOf(world.upload(FILE, { key: KEY }).result);
    expect(error).toMatchObject({ name: 'IntegrityError', code: 'ObjectMismatch', key: KEY });
    expect(error.message).toMatch(/4 times/);
    expect(world.service.count('Put')).toBe(8);
  });

  test('whose CRC-64 is hidden is stored, not verified, with a warning', async () => {
    const world = createWorld();
    world.service.fault('Put', { reply: (answer) => ({ ...answer, crc64: undefined }) });
    const task = world.upload(FILE, { key: KEY });
    expect(await task.result).toMatchObject({ verified: false, crc64: await crcOf(FILE) });
    expect(task.getSnapshot().warnings.map(({ code }) => code)).toEqual(['crc64-not-exposed']);
  });

  test('is not even read with hashing off', async () => {
    const world = createWorld({ integrity: { crc64: false } });
    const task = world.upload(FILE, { key: KEY });
    expect(await task.result).toMatchObject({ verified: false, crc64: await crcOf(FILE) });
    expect([world.hasher.digests, task.getSnapshot().warnings]).toEqual([[], []]);
    expect(world.service.sent[0]?.headers).not.toHaveProperty('content-md5');
  });

  test.each([true, false])('goes with its Content-MD5 when that is asked for (CRC-64: %s)', async (crc64) => {
    const world = createWorld({ integrity: { md5: true, crc64 } });
    expect((await world.upload(FILE, { key: KEY }).result).verified).toBe(crc64);
    expect(world.service.sent[0]?.headers['content-md5']).toMatch(/^[A-Za-z0-9+/]{22}==$/);
    expect(world.hasher.digests).toEqual([1_000]);
  });

  test('its key function is asked once, also over a failure', async () => {
    const world = createWorld();
    let calls = 0;
    world.service.fault('Put', { error: ossError('AccessDenied', 403) });
    const task = world.upload(FILE, { key: () => `key-${(calls += 1)}` });
    await failureOf(task.result);
    task.resume();
    expect((await task.result).key).toBe('key-1');
  });

  test('its key function is given the file and its path in its folder', async () => {
    const { upload } = createWorld();
    const { key } = await upload(FILE, { path: 'holiday/day 1.jpg', key: ({ size }, path) => `uploads/${size}/${path}` }).result;
    expect(key).toBe('uploads/1000/holiday/day 1.jpg');
  });

  test('that can’t be read is the file’s fault', async () => {
    const world = createWorld();
    world.hasher.fail = new DOMException('changed', 'NotReadableError');
    expect(await failureOf(world.upload(FILE, { key: KEY }).result)).toMatchObject({ code: 'FileChanged', key: KEY });
    expect(world.pool.busy).toBe(0);
  });

  test('a hasher that breaks is no fault of the file', async () => {
    const world = createWorld();
    world.hasher.fail = new Error('worker');
    expect(await failureOf(world.upload(FILE, { key: KEY }).result)).toMatchObject({ code: 'Unexpected' });
  });

  test('an error gives the slot back', async () => {
    const world = createWorld({ parallel: 1 });
    world.service.fault('Put', { error: ossError('AccessDenied', 403) });
    expect((await failureOf(world.upload(FILE, { key: KEY }).result)).code).toBe('AccessDenied');
    expect(world.pool.busy).toBe(0);
  });
});

describe('a small file that may not overwrite', () => {
  const options = { key: KEY, forbidOverwrite: true };
  const existing = async (): Promise<any> => ({
    size: 1_000,
    crc64: await crcOf(FILE),
    etag: '"THERE"',
    versionId: undefined,
    headers: {},
  });

  test('is refused where an object is, at once, equal or not', async () => {
    const world = createWorld();
    world.service.objects.set(KEY, { ...(await existing()), lastModified: START });
    expect(await failureOf(world.upload(FILE, options).result)).toMatchObject({ code: 'FileAlreadyExists', resumable: true });
    expect(world.service.log).toEqual(['Head', 'Put ✗ FileAlreadyExists']);
  });

  test('only then is it looked for first', async () => {
    const world = createWorld();
    await world.upload(FILE, { key: KEY }).result;
    expect(world.service.log).toEqual(['Put']);
  });

  test('is no victim of its own first try, whose answer was lost', async () => {
    const world = createWorld({ parallel: 1 });
    world.service.fault('Put', { error: ossError('FileAlreadyExists', 409), isDone: true });
    expect(await world.upload(FILE, options).result).toMatchObject({ verified: true, etag: '"PUT"' });
    expect(world.service.log).toEqual(['Head', 'Put ✗ FileAlreadyExists', 'Head']);
    expect(world.pool.busy).toBe(0);
  });

  test.each<[string, (head: any) => unknown]>([
    ['other bytes', (head) => head && { ...head, crc64: '1' }],
    ['another size', (head) => head && { ...head, size: 1 }],
    ['nothing', () => undefined],
  ])('is refused where meanwhile somebody else has put %s', async (_, reply) => {
    const world = createWorld();
    world.service.fault('Head', { times: 2, reply });
    world.service.fault('Put', { error: ossError('FileAlreadyExists', 409), isDone: true });
    expect((await failureOf(world.upload(FILE, options).result)).code).toBe('FileAlreadyExists');
  });

  test('is refused without a proof when hashing is off', async () => {
    const world = createWorld({ integrity: { crc64: false } });
    world.service.fault('Put', { error: ossError('FileAlreadyExists', 409), isDone: true });
    expect((await failureOf(world.upload(FILE, options).result)).code).toBe('FileAlreadyExists');
    expect(world.service.log).toEqual(['Head', 'Put ✗ FileAlreadyExists']);
  });

  test('a first try that arrived damaged is replaced: it is this upload’s own', async () => {
    const world = createWorld();
    world.service.fault('Put', {
      reply: (answer) => {
        const damaged = world.service.objects.get(KEY)!;
        world.service.objects.set(KEY, { ...damaged, crc64: '1' });
        return { ...answer, crc64: '1' };
      },
    });
    expect((await world.upload(FILE, options).result).verified).toBe(true);
    expect(world.service.log).toEqual(['Head', 'Put', 'Head', 'Put']);
    expect(world.service.objects.get(KEY)?.crc64).toBe(await crcOf(FILE));
  });

  test('what somebody else has put in the place of a damaged try stays', async () => {
    const world = createWorld();
    world.service.fault('Put', {
      reply: (answer) => {
        world.service.objects.set(KEY, { ...world.service.objects.get(KEY)!, crc64: '2' });
        return { ...answer, crc64: '1' };
      },
    });
    expect((await failureOf(world.upload(FILE, options).result)).code).toBe('FileAlreadyExists');
    expect(world.service.objects.get(KEY)?.crc64).toBe('2');
  });

  test('paused while its answer was on its way, it is no victim of its own object', async () => {
    const world = createWorld({ parallel: 1 });
    const task = world.upload(FILE, options);
    world.service.fault('Put', { isDone: true, error: new DOMException('paused', 'AbortError') });
    const paused = eventually(() => world.service.objects.size === 1).then(() => task.pause());
    await paused;
    task.resume();
    expect((await task.result).verified).toBe(true);
    expect(world.service.log.map((line) => line.replace(/✗ (aborted|20)$/, '✗ paused'))).toEqual([
      'Head',
      'Put ✗ paused',
      'Put ✗ FileAlreadyExists',
      'Head',
    ]);
  });

  test('replaces its own corrupted first attempt after a pause, too', async () => {
    const world = createWorld();
    world.service.fault('Put', {
      reply: (answer: { crc64: string }) => {
        const object = world.service.objects.get(KEY)!;
        world.service.objects.set(KEY, { ...object, crc64: '1' });
        return { ...answer, crc64: '1' };
      },
    });
    world.service.fault('Head', { skip: 1, after: new Promise(() => {}) });
    const file = makeFile(10);
    const task = world.upload(file, { key: KEY, forbidOverwrite: true });
    await eventually(() => world.service.sent.filter(({ operation }) => operation === 'Head').length === 2);
    await task.pause();
    task.resume();
    expect(await task.result).toMatchObject({ verified: true, crc64: await crcOf(file) });
  });

  test('another refusal is what it is', async () => {
    const world = createWorld();
    world.service.fault('Put', { error: ossError('AccessDenied', 403) });
    expect((await failureOf(world.upload(FILE, options).result)).code).toBe('AccessDenied');
    expect(world.service.log).toEqual(['Head', 'Put ✗ AccessDenied']);
  });

  test('where nobody may look, the put itself tells', async () => {
    const world = createWorld();
    world.service.fault('Head', { error: ossError('AccessDenied', 403) });
    expect((await world.upload(FILE, options).result).verified).toBe(true);
    world.service.fault('Head', { error: ossError('AccessDenied', 403) });
    expect((await failureOf(world.upload(FILE, options).result)).code).toBe('FileAlreadyExists');
  });

  test.each<[string, unknown, string]>([
    ['may not be looked at any more', ossError('AccessDenied', 403), 'FileAlreadyExists'],
    ['is in a state that forbids it', ossError('InvalidObjectState', 403), 'Unconfirmed'],
    ['can’t be reached', new NetworkError('NetworkError', 'down'), 'NetworkError'],
  ])('whose own object %s: %s', async (_, error, code) => {
    const world = createWorld();
    world.service.fault('Head', { skip: 1, error });
    world.service.fault('Put', { error: ossError('FileAlreadyExists', 409), isDone: true });
    expect((await failureOf(world.upload(FILE, options).result)).code).toBe(code);
  });

  test('paused while it looks, it sends nothing', async () => {
    const world = createWorld();
    world.service.fault('Head', { after: new Promise(() => {}) });
    const task = world.upload(FILE, options);
    await eventually(() => world.service.sent.length === 1);
    await task.pause();
    await settle();
    expect(world.service.log).toEqual(['Head ✗ aborted']);
    task.resume();
    await task.result;
  });
});
