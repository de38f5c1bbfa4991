import { describe, expect, test } from 'vitest';
import { NetworkError } from '../../../src/errors.js';
import { crcOf, makeFile } from '../../helpers/make-file.js';
import { ossError } from '../../helpers/scripted-faults.js';
import { PART } from '../../helpers/sizes.js';
import { eventually, settle } from '../../helpers/turns.js';
import { failureOf, gate } from '../../helpers/waits.js';
import { objectOf } from './scenes.js';
import { createWorld } from './world.js';

const KEY = 'dir/small.txt';
const FILE = makeFile(1_000);

describe('a file of one part', () => {
  test.each([0, 1, PART])('of %i bytes is sent as one PutObject, without a record', async (size) => {
    const world = createWorld();
    const file = makeFile(size);
    const task = world.upload(file, { key: KEY });
    const result = await task.result;
    expect(world.service.log).toEqual(['Put']);
    expect(result).toMatchObject({ key: KEY, size, crc64: await crcOf(file), verified: true, etag: '"PUT"', versionId: 'V1' });
    expect(task.getSnapshot()).toMatchObject({ status: 'done', warnings: [], progress: { loaded: size, parts: { done: 1, total: 1 } } });
    expect([await world.records(), world.pool.busy, world.clock.timers.size]).toEqual([[], 0, 0]);
  });

  test('with one more byte is sent in parts', async () => {
    const world = createWorld();
    await world.upload(makeFile(PART + 1), { key: KEY }).result;
    expect(world.service.count('UploadPart')).toBe(2);
  });

  test('is sent with all headers', async () => {
    const world = createWorld();
    await world.upload(FILE, { key: KEY, metadata: { a: 'b' }, acl: 'private', trafficLimit: 819_200 }).result;
    expect(world.service.sent[0]?.headers).toEqual({
      'content-type': 'application/octet-stream',
      'x-oss-meta-a': 'b',
      'x-oss-object-acl': 'private',
      'x-oss-traffic-limit': '819200',
    });
  });

  test('is `uploading` while it is sent, with progress in bytes', async () => {
    const world = createWorld();
    const hold = gate();
    const put = world.service.handlers.putObject.bind(world.service.handlers);
    world.service.handlers.putObject = async (key, body, headers, context) => {
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

  test('that is corrupted is sent up to four times, then fails with an IntegrityError', async () => {
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

  test('whose CRC-64 is hidden is stored unverified, with a warning', async () => {
    const world = createWorld();
    world.service.fault('Put', { reply: (answer) => ({ ...answer, crc64: undefined }) });
    const task = world.upload(FILE, { key: KEY });
    expect(await task.result).toMatchObject({ verified: false, crc64: await crcOf(FILE) });
    expect(task.getSnapshot().warnings.map(({ code }) => code)).toEqual(['crc64-not-exposed']);
  });

  test('is not read with hashing off', async () => {
    const world = createWorld({ integrity: { crc64: false } });
    const task = world.upload(FILE, { key: KEY });
    expect(await task.result).toMatchObject({ verified: false, crc64: await crcOf(FILE) });
    expect([world.hasher.digests, task.getSnapshot().warnings]).toEqual([[], []]);
    expect(world.service.sent[0]?.headers).not.toHaveProperty('content-md5');
  });

  test.each([true, false])('is sent with Content-MD5 when `integrity.md5` is on (CRC-64: %s)', async (crc64) => {
    const world = createWorld({ integrity: { md5: true, crc64 } });
    expect((await world.upload(FILE, { key: KEY }).result).verified).toBe(crc64);
    expect(world.service.sent[0]?.headers['content-md5']).toMatch(/^[A-Za-z0-9+/]{22}==$/);
    expect(world.hasher.digests).toEqual([1_000]);
  });

  test('calls its key function once, even after a failure', async () => {
    const world = createWorld();
    let calls = 0;
    world.service.fault('Put', { error: ossError('AccessDenied', 403) });
    const task = world.upload(FILE, { key: () => `key-${(calls += 1)}` });
    await failureOf(task.result);
    task.resume();
    expect((await task.result).key).toBe('key-1');
  });

  test('passes the file and its path to the key function', async () => {
    const { upload } = createWorld();
    const { key } = await upload(FILE, { path: 'holiday/day 1.jpg', key: ({ size }, path) => `uploads/${size}/${path}` }).result;
    expect(key).toBe('uploads/1000/holiday/day 1.jpg');
  });

  test('that can’t be read fails with a file error', async () => {
    const world = createWorld();
    world.hasher.fail = new DOMException('changed', 'NotReadableError');
    expect(await failureOf(world.upload(FILE, { key: KEY }).result)).toMatchObject({ code: 'FileChanged', key: KEY });
    expect(world.pool.busy).toBe(0);
  });

  test('fails with Unexpected, not with a file error, when the hasher breaks', async () => {
    const world = createWorld();
    world.hasher.fail = new Error('worker');
    expect(await failureOf(world.upload(FILE, { key: KEY }).result)).toMatchObject({ code: 'Unexpected' });
  });

  test('releases its slot after an error', async () => {
    const world = createWorld({ parallel: 1 });
    world.service.fault('Put', { error: ossError('AccessDenied', 403) });
    expect((await failureOf(world.upload(FILE, { key: KEY }).result)).code).toBe('AccessDenied');
    expect(world.pool.busy).toBe(0);
  });
});

describe('a small file with forbidOverwrite', () => {
  const options = { key: KEY, forbidOverwrite: true };
  test('is refused at once where an object exists, even an equal one', async () => {
    const world = createWorld();
    world.service.objects.set(KEY, await objectOf(FILE));
    expect(await failureOf(world.upload(FILE, options).result)).toMatchObject({ code: 'FileAlreadyExists', resumable: true });
    expect(world.service.log).toEqual(['Head', 'Put ✗ FileAlreadyExists']);
  });

  test('is not preceded by HEAD without forbidOverwrite', async () => {
    const world = createWorld();
    await world.upload(FILE, { key: KEY }).result;
    expect(world.service.log).toEqual(['Put']);
  });

  test('is not refused because of its own first attempt whose answer was lost', async () => {
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
  ])('is refused where HEAD then shows %s', async (_, reply) => {
    const world = createWorld();
    world.service.fault('Head', { times: 2, reply });
    world.service.fault('Put', { error: ossError('FileAlreadyExists', 409), isDone: true });
    expect((await failureOf(world.upload(FILE, options).result)).code).toBe('FileAlreadyExists');
  });

  test('is refused when hashing is off: nothing proves that the object is its own', async () => {
    const world = createWorld({ integrity: { crc64: false } });
    world.service.fault('Put', { error: ossError('FileAlreadyExists', 409), isDone: true });
    expect((await failureOf(world.upload(FILE, options).result)).code).toBe('FileAlreadyExists');
    expect(world.service.log).toEqual(['Head', 'Put ✗ FileAlreadyExists']);
  });

  test('replaces its own corrupted first attempt', async () => {
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

  test('keeps an object that replaced its corrupted first attempt', async () => {
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

  test('is not refused because of its own object after a pause during the answer', async () => {
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

  test('fails with any other refusal as it is', async () => {
    const world = createWorld();
    world.service.fault('Put', { error: ossError('AccessDenied', 403) });
    expect((await failureOf(world.upload(FILE, options).result)).code).toBe('AccessDenied');
    expect(world.service.log).toEqual(['Head', 'Put ✗ AccessDenied']);
  });

  test('relies on the answer to PutObject where HEAD is forbidden', async () => {
    const world = createWorld();
    world.service.fault('Head', { error: ossError('AccessDenied', 403) });
    expect((await world.upload(FILE, options).result).verified).toBe(true);
    world.service.fault('Head', { error: ossError('AccessDenied', 403) });
    expect((await failureOf(world.upload(FILE, options).result)).code).toBe('FileAlreadyExists');
  });

  test.each<[string, unknown, string]>([
    ['may not be read any more', ossError('AccessDenied', 403), 'FileAlreadyExists'],
    ['is in a state that forbids it', ossError('InvalidObjectState', 403), 'Unconfirmed'],
    ['can’t be reached', new NetworkError('NetworkError', 'down'), 'NetworkError'],
  ])('whose own object %s fails: %s', async (_, error, code) => {
    const world = createWorld();
    world.service.fault('Head', { skip: 1, error });
    world.service.fault('Put', { error: ossError('FileAlreadyExists', 409), isDone: true });
    expect((await failureOf(world.upload(FILE, options).result)).code).toBe(code);
  });

  test('paused during HEAD, sends nothing', async () => {
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

test('without hashing, a file that was truncated meanwhile is not `done`: Firefox sends what is left of it', async () => {
  const world = createWorld({ partSize: 80 * PART, integrity: { crc64: false } });
  const left = new Blob([new Uint8Array(11 * PART)]);
  class Truncated extends Blob {
    override get size(): number {
      return 30 * PART;
    }
    override slice(start = 0): Blob {
      return start < 0 ? new Blob() : left;
    }
  }
  expect(await failureOf(world.upload(new Truncated(), { key: KEY }).result)).toMatchObject({ code: 'FileChanged', key: KEY });
});
