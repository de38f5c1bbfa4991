import { createHash } from 'node:crypto';
import { describe, expect, test, vi } from 'vitest';
import { withMemoryFallback } from '../../../src/checkpoint/with-memory-fallback.js';
import { NetworkError } from '../../../src/errors.js';
import type { UploadOptions } from '../../../src/options/types.js';
import type { Checkpoint } from '../../../src/ports.js';
import { crcOf, makeFile } from '../../helpers/make-file.js';
import { START } from '../../helpers/manual-clock.js';
import { ossError } from '../../helpers/scripted-faults.js';
import type { ServerObject } from '../../helpers/scripted-service.js';
import { PART } from '../../helpers/sizes.js';
import { eventually, settle } from '../../helpers/turns.js';
import { failureOf, gate, until } from '../../helpers/waits.js';
import { leaveUnfinished, objectOf, pausedTask, untilAcknowledged } from './scenes.js';
import { createWorld, type World } from './world.js';

const KEY = 'dir/a.bin';
const FILE = makeFile(4 * PART + 17);

describe('an unfinished upload of an earlier page load', () => {
  test('resumes where it stopped: lists, sends the missing parts, completes', async () => {
    const world = createWorld({ parallel: 1 });
    await leaveUnfinished(world, FILE, 2);
    world.clock.pass(60_000);
    const result = await world.openTab().upload(FILE, { key: KEY }).result;
    expect(result).toMatchObject({ key: KEY, verified: true, crc64: await crcOf(FILE) });
    expect(world.service.log).toEqual(['ListParts', 'UploadPart 3', 'UploadPart 4', 'UploadPart 5', 'Complete']);
    // The parts that were there are hashed from the file in hand, too.
    expect([...world.hasher.digests].sort((a, b) => a - b)).toEqual([17, PART, PART, PART, PART]);
    expect(await world.records()).toEqual([]);
  });

  test('keeps its creation time and gets a new time of change when it is resumed', async () => {
    const world = createWorld({ parallel: 1 });
    await leaveUnfinished(world, FILE, 2);
    world.clock.pass(60_000);
    const hold = gate();
    world.service.fault('UploadPart', { after: hold.opened });
    const task = world.upload(FILE, { key: KEY });
    await until(task, ({ status }) => status === 'uploading');
    await settle();
    expect((await world.records())[0]).toMatchObject({ createdAt: START, updatedAt: START + 60_000, completing: false });
    expect(world.service.trusted).toHaveLength(1);
    hold.open();
    await task.result;
  });

  test('counts carried-over parts as confirmed at once, until a part turns out to differ', async () => {
    const world = createWorld({ parallel: 1 });
    await leaveUnfinished(world, FILE, 3);
    const [hold, hashed] = [gate(), gate()];
    world.hasher.hold = hashed.opened;
    world.service.fault('UploadPart', { times: 9, after: hold.opened });
    const other = new File([FILE.slice(0, PART + 5), new Uint8Array([255]), FILE.slice(PART + 6)], FILE.name, {
      lastModified: FILE.lastModified,
    });
    const task = world.openTab({ parallel: 1 }).upload(other, { key: KEY });
    await eventually(() => world.hasher.digests.length > 0);
    world.clock.pass(100);
    expect(task.getSnapshot().progress).toMatchObject({ confirmed: 3 * PART, parts: { done: 3, total: 5 } });
    hashed.open();
    await settle();
    world.clock.pass(100);
    expect(task.getSnapshot().progress).toMatchObject({ confirmed: 2 * PART, parts: { done: 2, total: 5 } });
    hold.open();
    expect(await task.result).toMatchObject({ verified: true, crc64: await crcOf(other) });
    expect(world.service.acknowledged().sort()).toEqual([2, 4, 5]);
  });

  test('sends no part when only Complete is missing', async () => {
    const world = createWorld({ parallel: 1 });
    world.service.fault('Complete', { error: new NetworkError('NetworkError', 'down') });
    await failureOf(world.upload(FILE, { key: KEY }).result);
    world.service.log.splice(0);
    await world.openTab().upload(FILE, { key: KEY }).result;
    expect(world.service.log).toEqual(['ListParts', 'Complete']);
  });

  test('within a scope keeps its own key and part size', async () => {
    const world = createWorld({ parallel: 1 });
    const record = await leaveUnfinished(world, FILE, 2, { key: () => KEY, scope: 'films' });
    const makeKey = vi.fn(() => 'another');
    const task = world.openTab({ partSize: 2 * PART }).upload(FILE, { key: makeKey, scope: 'films' });
    expect((await task.result).key).toBe(KEY);
    expect(makeKey).not.toHaveBeenCalled();
    expect(world.service.acknowledged()).toEqual([3, 4, 5]);
    expect(record.key).toBe(KEY);
  });

  test('is found under another file name', async () => {
    const world = createWorld({ parallel: 1 });
    await leaveUnfinished(world, FILE, 2, { key: KEY });
    await world.openTab().upload(new File([FILE], 'renamed', { lastModified: FILE.lastModified }), { key: KEY }).result;
    expect(world.service.count('Initiate')).toBe(0);
  });

  test('is found by the key that a key function returns at the start', async () => {
    const world = createWorld({ parallel: 1 });
    await leaveUnfinished(world, FILE, 2, { key: () => 'user-a/film' });
    expect((await world.openTab().upload(FILE, { key: () => 'user-b/film' }).result).key).toBe('user-b/film');
    expect(world.service.log).not.toContain('ListParts');
    expect((await world.openTab().upload(FILE, { key: async () => 'user-a/film' }).result).key).toBe('user-a/film');
    expect(world.service.count('Initiate')).toBe(1);
  });

  test('is not found without a key when the path differs: the path is the key', async () => {
    const world = createWorld({ parallel: 1 });
    await leaveUnfinished(world, FILE, 2, { path: 'x/same.bin' });
    expect((await world.openTab().upload(FILE, { path: 'y/same.bin' }).result).key).toBe('y/same.bin');
    expect([world.service.count('Initiate'), (await world.records()).map(({ key }) => key)]).toEqual([1, ['x/same.bin']]);
  });

  test('is found over another endpoint', async () => {
    const world = createWorld({ parallel: 1 });
    await leaveUnfinished(world, FILE, 2);
    await world.openTab({ endpoint: 'https://files.example.com', cname: true }).upload(FILE, { key: KEY }).result;
    expect([world.service.count('Initiate'), world.service.acknowledged()]).toEqual([0, [3, 4, 5]]);
  });

  test('is resumed from a record of version 1', async () => {
    const world = createWorld({ parallel: 1 });
    const { region: _, ...record } = await leaveUnfinished(world, FILE, 2);
    await world.store.save({ ...record, version: 1, endpoint: 'https://oss-cn-hangzhou.aliyuncs.com' } as never);
    expect((await world.openTab().upload(FILE, { key: KEY }).result).verified).toBe(true);
    expect([world.service.count('Initiate'), world.service.acknowledged()]).toEqual([0, [3, 4, 5]]);
  });

  test('is resumed although with today’s part size the file would be a single part', async () => {
    const world = createWorld({ parallel: 1 });
    await leaveUnfinished(world, FILE, 2);
    expect((await world.openTab({ partSize: 100 * PART }).upload(FILE, { key: KEY }).result).verified).toBe(true);
    expect(world.service.log).toEqual(['ListParts', 'UploadPart 3', 'UploadPart 4', 'UploadPart 5', 'Complete']);
  });

  test('lists one page although its record has parts with impossible numbers', async () => {
    const world = createWorld({ parallel: 1 });
    const { id } = await leaveUnfinished(world, FILE, 2);
    for (const number of [3_000_000, 2 ** 50]) await world.store.savePart(id, { number, etag: '"E"', size: PART, crc64: '1' });
    expect((await world.openTab().upload(FILE, { key: KEY }).result).verified).toBe(true);
    expect(world.service.count('ListParts')).toBe(1);
  });

  test('is not found under another explicit key', async () => {
    const world = createWorld({ parallel: 1 });
    await leaveUnfinished(world, FILE, 2, { key: KEY });
    expect((await world.openTab().upload(FILE, { key: 'another/key' }).result).key).toBe('another/key');
    expect(world.service.log).not.toContain('ListParts');
  });

  test('of several in a scope, the one with the same path is resumed', async () => {
    const world = createWorld({ parallel: 1 });
    const options = { path: 'a/x.bin', key: () => 'random/1', scope: 'films' };
    const record = await leaveUnfinished(world, FILE, 2, options);
    // A copy of the file in another folder, started later.
    const copy = { ...record, id: 'copy', key: 'random/2', file: { ...record.file, name: 'b/x.bin' }, updatedAt: START + 1_000 };
    await world.store.save(copy);
    expect((await world.openTab().upload(FILE, options).result).key).toBe('random/1');
  });

  test('sends parts again that the server lacks or has in another size', async () => {
    const world = createWorld({ parallel: 1 });
    await leaveUnfinished(world, FILE, 3);
    world.service.fault('ListParts', {
      reply: (parts: { number: number }[]) =>
        parts.filter(({ number }) => number !== 1).map((part) => (part.number === 2 ? { ...part, size: 5 } : part)),
    });
    await world.openTab().upload(FILE, { key: KEY }).result;
    expect(world.service.acknowledged()).toEqual([1, 2, 4, 5]);
  });

  test('accepts parts missing from the record if their CRC-64 equals the local slice’s', async () => {
    const world = createWorld({ parallel: 1 });
    const { id } = await leaveUnfinished(world, FILE, 3);
    for (const number of [1, 2, 3]) await world.store.removePart(id, number);
    await world.openTab().upload(FILE, { key: KEY }).result;
    expect(world.service.acknowledged()).toEqual([4, 5]);
  });

  test('uses the recorded CRC-64 where the server shows none, for the same ETag only', async () => {
    const world = createWorld({ parallel: 1 });
    const { id } = await leaveUnfinished(world, FILE, 3);
    world.service.fault('ListParts', { reply: (parts: object[]) => parts.map((part) => ({ ...part, crc64: undefined })) });
    await world.store.savePart(id, { number: 2, etag: '"REPLACED"', size: PART, crc64: await crcOf(FILE.slice(PART, 2 * PART)) });
    await world.openTab().upload(FILE, { key: KEY }).result;
    expect(world.service.acknowledged()).toEqual([2, 4, 5]);
  });

  test('is kept when another file is uploaded to the same key', async () => {
    const world = createWorld({ parallel: 1 });
    await leaveUnfinished(world, FILE, 2);
    const other = makeFile(4 * PART + 17, { seed: 3 });
    expect((await world.openTab().upload(other, { key: KEY }).result).crc64).toBe(await crcOf(other));
    expect(world.service.log).not.toContain('ListParts');
    expect(await world.records()).toHaveLength(1);
  });

  test('is replaced without a warning when its record is corrupt', async () => {
    const world = createWorld({ parallel: 1 });
    const record = await leaveUnfinished(world, FILE, 2);
    await world.store.save({ ...record, partSize: 1 });
    const task = world.openTab().upload(FILE, { key: KEY });
    expect((await task.result).verified).toBe(true);
    expect([world.service.count('Initiate'), task.getSnapshot().warnings]).toEqual([1, []]);
  });

  test('is not resumed when the record of the same ID has another fingerprint', async () => {
    const world = createWorld({ parallel: 1 });
    const record = await leaveUnfinished(world, FILE, 2);
    await world.store.save({ ...record, fingerprint: 'v1:other' });
    expect((await world.openTab().upload(FILE, { key: KEY }).result).verified).toBe(true);
    expect([world.service.count('Initiate'), world.service.count('ListParts')]).toEqual([1, 0]);
  });

  test('that was discarded stays marked until it is aborted on the server; a new upload starts', async () => {
    const world = createWorld({ parallel: 1 });
    const record = await leaveUnfinished(world, FILE, 2);
    await world.store.save({ ...record, discarded: true });
    expect((await world.openTab().upload(FILE, { key: KEY }).result).verified).toBe(true);
    expect([world.service.count('Initiate'), world.service.count('ListParts')]).toEqual([1, 0]);
    expect(world.service.acknowledged()).toEqual([1, 2, 3, 4, 5]);
    expect(await world.records()).toEqual([{ ...record, discarded: true }]);
  });

  test('that these credentials may not list is left alone as another user’s; a new upload starts', async () => {
    const world = createWorld({ parallel: 1 });
    const record = await leaveUnfinished(world, FILE, 2);
    world.service.fault('ListParts', { error: ossError('AccessDenied', 403) });
    const task = world.openTab().upload(FILE, { key: KEY });
    expect((await task.result).verified).toBe(true);
    expect(world.service.log).toEqual([
      'ListParts ✗ AccessDenied',
      'Initiate',
      ...[1, 2, 3, 4, 5].map((part) => `UploadPart ${part}`),
      'Complete',
    ]);
    expect([await world.records(), await world.partsOf(record.id)]).toEqual([[record], [1, 2]]);
  });

  test('of another user in a scope doesn’t pass on its key', async () => {
    const world = createWorld({ parallel: 1 });
    const record = await leaveUnfinished(world, FILE, 2, { key: () => 'users/a/1', scope: 'films' });
    world.service.fault('ListParts', { error: ossError('AccessDenied', 403) });
    const result = await world.openTab().upload(FILE, { key: () => 'users/b/2', scope: 'films' }).result;
    expect([result.key, await world.records()]).toEqual(['users/b/2', [record]]);
  });

  test('of two users with the same file: each finds their own', async () => {
    const world = createWorld({ parallel: 1 });
    const first = await leaveUnfinished(world, FILE, 2);
    world.service.fault('ListParts', { error: ossError('AccessDenied', 403) });
    const second = await leaveUnfinished(world, FILE, 3);
    expect((await world.records()).map(({ uploadId }) => uploadId)).toEqual(['upload-1', 'upload-2']);
    expect(first.id).not.toBe((await world.records())[1]?.id);
    // The first user's credentials don't allow listing the second's upload, which is younger.
    world.clock.pass(1);
    await world.store.save({ ...(await world.records())[1]!, updatedAt: world.clock.now() });
    world.service.fault('ListParts', { error: ossError('AccessDenied', 403) });
    expect((await world.openTab().upload(FILE, { key: KEY }).result).verified).toBe(true);
    expect([world.service.count('Initiate'), world.service.acknowledged()]).toEqual([0, [3, 4, 5]]);
    expect(second).toBeDefined();
  });

  test('of the task itself is an error when it may no longer be listed', async () => {
    const world = createWorld({ parallel: 1 });
    const task = await pausedTask(world, FILE, { key: KEY });
    world.service.fault('ListParts', { error: ossError('AccessDenied', 403) });
    task.resume();
    expect((await failureOf(task.result)).code).toBe('AccessDenied');
    task.resume();
    await task.result;
    expect([world.service.count('Initiate'), world.service.acknowledged()]).toEqual([1, [1, 2, 3, 4, 5]]);
  });

  test('its record survives a store that rejects once', async () => {
    const world = createWorld({ parallel: 1 });
    await leaveUnfinished(world, FILE, 2);
    vi.spyOn(world.store, 'list').mockRejectedValueOnce(new Error('busy'));
    const task = world.openTab({ store: withMemoryFallback(world.store, world.clock, () => {}) }).upload(FILE, { key: KEY });
    await task.result;
    const known = ((await world.store.list()) as Checkpoint[]).map(({ uploadId }) => uploadId);
    expect([...world.service.uploads.keys()].filter((uploadId) => !known.includes(uploadId))).toEqual([]);
  });
});

describe('when the upload no longer exists on the server', () => {
  test('the ETag of recorded parts proves nothing about another file of equal samples', async () => {
    const world = createWorld();
    const file = makeFile(4 * PART);
    world.service.fault('Complete', { isDone: true, error: new NetworkError('NetworkError', 'lost') });
    await failureOf(world.upload(file, { key: KEY }).result);
    const [{ etag, crc64: _, ...object }] = [...world.service.objects.values()] as [ServerObject];
    const ofParts = `"${createHash('md5').update('EUPLOAD-1-1EUPLOAD-1-2EUPLOAD-1-3EUPLOAD-1-4').digest('hex').toUpperCase()}-4"`;
    world.service.objects.set(KEY, { ...object, etag: ofParts, crc64: undefined });
    const bytes = new Uint8Array(await file.arrayBuffer());
    bytes[2 * PART + 5]! ^= 1;
    const other = new File([bytes], file.name, { lastModified: file.lastModified });
    expect(etag).not.toBe(ofParts);
    expect(await failureOf(world.openTab().upload(other, { key: KEY }).result)).toMatchObject({ code: 'Unconfirmed' });
  });

  const gone = { error: ossError('NoSuchUpload', 404) };

  test('and neither does the object: starts again with the same key, and hashes nothing needlessly', async () => {
    const world = createWorld({ parallel: 1 });
    await leaveUnfinished(world, FILE, 2);
    world.service.fault('ListParts', gone);
    const task = world.openTab().upload(FILE, { key: KEY });
    expect((await task.result).key).toBe(KEY);
    expect(world.service.log.slice(0, 3)).toEqual(['ListParts ✗ NoSuchUpload', 'Head', 'Initiate']);
    expect(world.hasher.digests).not.toContain(FILE.size);
    expect(await world.store.parts(task.getSnapshot().checkpointId ?? 'none')).toEqual([]);
  });

  test('because an earlier Complete succeeded: its object is the result, without a byte sent', async () => {
    const world = createWorld({ parallel: 1 });
    const record = await leaveUnfinished(world, FILE, 2);
    const { crc64 } = await createWorld().upload(FILE, { key: KEY }).result;
    world.service.objects.set(KEY, await objectOf(FILE, { crc64, etag: '"WON"', versionId: 'V7' }));
    world.service.uploads.delete(record.uploadId);
    const task = world.openTab().upload(FILE, { key: KEY });
    expect(await task.result).toMatchObject({ key: KEY, verified: true, etag: '"WON"', versionId: 'V7', crc64 });
    expect(world.service.log).toEqual(['ListParts ✗ NoSuchUpload', 'Head']);
    expect([await world.records(), task.getSnapshot().checkpointId]).toEqual([[], undefined]);
  });

  test.each<[string, object]>([
    ['other bytes', { crc64: '1' }],
    ['another size', { size: 5 }],
    ['no CRC-64 to prove it by', { crc64: undefined }],
  ])('and the object has %s: starts again', async (_, change) => {
    const world = createWorld({ parallel: 1 });
    await leaveUnfinished(world, FILE, 2);
    world.service.objects.set(KEY, await objectOf(FILE, change));
    world.service.fault('ListParts', gone);
    await world.openTab().upload(FILE, { key: KEY }).result;
    expect(world.service.count('Initiate')).toBe(1);
  });

  test('and HEAD is forbidden: starts again, since Complete was never sent', async () => {
    const world = createWorld({ parallel: 1 });
    await leaveUnfinished(world, FILE, 2);
    world.service.fault('ListParts', gone);
    world.service.fault('Head', { error: ossError('AccessDenied', 403) });
    expect((await world.openTab().upload(FILE, { key: KEY }).result).verified).toBe(true);
  });

  test('and HEAD is forbidden, but Complete was sent: fails with Unconfirmed', async () => {
    const world = createWorld({ parallel: 1 });
    const record = await leaveUnfinished(world, FILE, 2);
    await world.store.save({ ...record, completing: true });
    world.service.fault('ListParts', gone);
    world.service.fault('Head', { error: ossError('AccessDenied', 403) });
    expect(await failureOf(world.openTab().upload(FILE, { key: KEY }).result)).toMatchObject({ code: 'Unconfirmed', key: KEY });
    expect(world.service.count('Initiate')).toBe(0);
  });

  test('and HEAD fails otherwise: fails with that error, and starts nothing', async () => {
    const world = createWorld({ parallel: 1 });
    await leaveUnfinished(world, FILE, 2);
    world.service.fault('ListParts', gone);
    world.service.fault('Head', { error: ossError('InternalError', 500) });
    expect((await failureOf(world.openTab().upload(FILE, { key: KEY }).result)).code).toBe('InternalError');
    expect(world.service.count('Initiate')).toBe(0);
  });

  test('and the file can’t be read for the comparison: fails with FileUnreadable', async () => {
    const world = createWorld({ parallel: 1 });
    await leaveUnfinished(world, FILE, 2);
    world.service.objects.set(KEY, await objectOf(FILE, { crc64: '1' }));
    const hold = gate();
    world.service.fault('ListParts', { ...gone, after: hold.opened });
    const task = world.openTab().upload(FILE, { key: KEY });
    await settle();
    world.hasher.fail = new DOMException('gone', 'NotFoundError');
    hold.open();
    expect(await failureOf(task.result)).toMatchObject({ code: 'FileUnreadable', key: KEY });
  });
});

describe('file handles', () => {
  const handle = { kind: 'file' } as FileSystemFileHandle;

  test('are stored with the checkpoint, even if the file is dropped only the second time, and removed with it', async () => {
    const world = createWorld({ parallel: 1 });
    const { id } = await leaveUnfinished(world, FILE, 2);
    expect(world.fileHandles.handles.size).toBe(0);
    const hold = gate();
    world.service.fault('UploadPart', { after: hold.opened });
    const task = world.openTab({ parallel: 1 }).upload(FILE, { key: KEY, fileHandle: handle });
    await until(task, ({ status }) => status === 'uploading');
    expect(world.fileHandles.handles).toEqual(new Map([[id, handle]]));
    hold.open();
    await task.result;
    expect(world.fileHandles.handles.size).toBe(0);
  });

  test('that can’t be stored or removed don’t disturb the upload', async () => {
    const world = createWorld();
    for (const method of ['save', 'remove'] as const) vi.spyOn(world.fileHandles, method).mockRejectedValue(new Error('no'));
    expect((await world.upload(FILE, { key: KEY, fileHandle: handle }).result).verified).toBe(true);
  });
});

describe('after a pause', () => {
  test('parts that were compared before are not hashed again, unless the server has replaced them', async () => {
    const world = createWorld({ parallel: 1 });
    const hold = gate();
    world.service.fault('UploadPart', { part: 3, after: hold.opened });
    const task = world.upload(FILE, { key: KEY });
    await untilAcknowledged(world, 2);
    await task.pause();
    world.hasher.digests.splice(0);
    world.service.log.splice(0);
    world.service.fault('ListParts', {
      reply: (parts: { number: number }[]) => parts.map((part) => (part.number === 2 ? { ...part, etag: '"NEW"' } : part)),
    });
    world.service.fault('Complete', { error: ossError('AccessDenied', 403) });
    task.resume();
    await failureOf(task.result);
    expect(world.service.log[0]).toBe('ListParts');
    expect(world.service.acknowledged()).toEqual([3, 4, 5]);
    expect(world.hasher.digests.sort((a, b) => a - b)).toEqual([17, PART, PART, PART]);
  });

  test('leaves no upload on the server when the database was cleared meanwhile', async () => {
    const world = createWorld({ parallel: 1 });
    const task = await pausedTask(world, FILE, { key: KEY });
    await world.store.remove((await world.records())[0]!.id);
    task.resume();
    await task.result;
    expect(world.service.uploads.size).toBe(0);
  });

  test.each<[string, object]>([
    ['corrupt', { partSize: 1 }],
    ['one of a later version', { version: 3 }],
  ])('its upload is resumed although its record is %s by now', async (_what, change) => {
    const world = createWorld({ parallel: 1 });
    const task = await pausedTask(world, FILE, { key: KEY });
    const [record] = await world.records();
    await world.store.save({ ...record!, ...change });
    task.resume();
    await task.result;
    expect([world.service.count('Initiate'), world.service.uploads.size, await world.records()]).toEqual([1, 0, []]);
  });

  test('abort() aborts its upload although its record is corrupt by now', async () => {
    const world = createWorld({ parallel: 1 });
    const task = await pausedTask(world, FILE, { key: KEY });
    const [record] = await world.records();
    await world.store.save({ ...record!, partSize: 1 });
    await task.abort();
    expect([world.service.uploads.size, await world.records()]).toEqual([0, []]);
  });
});

describe('a file begun in parts that today’s part size makes small', () => {
  /** Resumed with the larger part size, then paused. */
  async function pausedSmall(world: World, options: UploadOptions = { key: KEY }) {
    world.service.fault('UploadPart', { part: 3, after: new Promise(() => {}) });
    const task = world.openTab({ partSize: 8 * PART }).upload(FILE, options);
    await eventually(() => task.getSnapshot().status === 'uploading');
    await settle();
    await task.pause();
    world.service.clearFaults();
    return task;
  }

  test('its old upload is aborted when the file has changed meanwhile', async () => {
    const world = createWorld({ parallel: 1 });
    await leaveUnfinished(world, FILE, 2);
    const task = await pausedSmall(world);
    vi.spyOn(world.hasher, 'fingerprint').mockResolvedValue('v1:another');
    task.resume();
    await task.result;
    await settle();
    expect([world.service.uploads.size, task.getSnapshot().checkpointId]).toEqual([0, undefined]);
  });

  test('is done, and sends nothing again, when another tab has completed its upload during a pause', async () => {
    const world = createWorld({ parallel: 1 });
    await leaveUnfinished(world, FILE, 2);
    const task = await pausedSmall(world);
    await world.openTab({ partSize: 8 * PART }).upload(FILE, { key: KEY }).result;
    world.service.log.splice(0);
    task.resume();
    await task.result;
    expect(world.service.log).toEqual([]);
  });

  test('is done in that case with forbidOverwrite, too', async () => {
    const world = createWorld({ parallel: 1 });
    const options = { key: KEY, forbidOverwrite: true };
    await leaveUnfinished(world, FILE, 2, options);
    const task = await pausedSmall(world, options);
    await world.openTab({ partSize: 8 * PART }).upload(FILE, options).result;
    task.resume();
    expect(await task.result).toMatchObject({ key: KEY, verified: true });
  });
});

describe('a record that is not what it says', () => {
  test('of a smaller file: the whole file is sent', async () => {
    const world = createWorld();
    const record = await leaveUnfinished(world, FILE, 1);
    await world.store.save({ ...record, file: { ...record.file, size: 3 * PART } });
    await world.openTab().upload(FILE, { key: KEY }).result;
    expect(world.service.objects.get(KEY)?.crc64).toBe(await crcOf(FILE));
  });

  test('of another ID than it was asked for: it is ignored', async () => {
    const world = createWorld();
    const record = await leaveUnfinished(world, FILE, 1);
    vi.spyOn(world.store, 'load').mockResolvedValue({ ...record, id: 'other', discarded: true });
    expect(await world.openTab().upload(FILE, { key: KEY }).result).toMatchObject({ key: KEY, verified: true });
  });

  test('with a CRC-64 that is no number: nothing is believed of the part', async () => {
    const world = createWorld();
    const { id, uploadId } = await leaveUnfinished(world, FILE, 2);
    for (const number of [1, 2, 3, 4, 5]) await world.store.savePart(id, { number, etag: '"E"', size: PART, crc64: 'oops' });
    world.service.uploads.delete(uploadId);
    world.service.objects.set(KEY, await objectOf(FILE, { crc64: '1' }));
    expect(await world.openTab().upload(FILE, { key: KEY }).result).toMatchObject({ key: KEY, crc64: await crcOf(FILE) });
  });
});

describe('a signer that chooses the key', () => {
  /** It puts keys below `users/1/`. @returns what it is asked for */
  function chooseKeys(world: World): string[] {
    const asked: string[] = [];
    const { requester, uploads } = world.service;
    const { send } = requester;
    vi.spyOn(requester, 'send').mockImplementation(async (operation, context) => {
      const answer = await send(operation, context);
      if (operation.operation !== 'InitiateMultipartUpload') return answer;
      asked.push(operation.key);
      const key = `users/1/${operation.key}`;
      const begun = answer as { uploadId: string };
      uploads.get(begun.uploadId)!.key = key;
      return { ...begun, key } as never;
    });
    return asked;
  }

  test('is asked with the proposed key again after the object arrived wrong', async () => {
    const world = createWorld();
    const asked = chooseKeys(world);
    world.service.fault('Complete', { reply: (answer) => ({ ...answer, crc64: '1' }) });
    const task = world.upload(FILE, { key: KEY });
    expect(await failureOf(task.result)).toMatchObject({ code: 'ObjectMismatch' });
    task.resume();
    expect((await task.result).key).toBe(`users/1/${KEY}`);
    expect(asked).toEqual([KEY, KEY]);
  });

  test('is asked with the proposed key again after the upload was discarded in another tab', async () => {
    const world = createWorld();
    const asked = chooseKeys(world);
    const task = await pausedTask(world, FILE, { key: KEY });
    world.service.clearFaults();
    const [record] = await world.records();
    await world.store.save({ ...record!, discarded: true });
    task.resume();
    expect((await task.result).key).toBe(`users/1/${KEY}`);
    expect(asked).toEqual([KEY, KEY]);
  });
});
