/** Uploads resumed after a reload. */
import { expect, test, vi } from 'vitest';
import type { Clock } from '../../src/index.js';
import { crcOf, makeFile } from '../helpers/make-file.js';
import { recordStatuses } from '../helpers/record-statuses.js';
import { PART } from '../helpers/sizes.js';
import { failureOf, sleep, until } from '../helpers/waits.js';
import { deleteParts } from './helpers/database-rows.js';
import { control, openUploads, storedObject } from './helpers/service.js';
import { leaveUnfinished, makeUploader, newDatabase, newKey } from './helpers/uploads.js';
import { acknowledgedParts, lines, requestCount, transcript } from './helpers/wire.js';

test('resumes where it stopped: sends no acknowledged part again', async () => {
  const key = newKey();
  const file = makeFile(8 * PART + 5);
  const { again, acknowledged } = await leaveUnfinished(file, key, 4);
  await control.clearLog();
  const result = await again().upload(file, { key }).result;
  expect(result).toMatchObject({ verified: true, crc64: await crcOf(file) });
  const sentNow = await acknowledgedParts(key);
  expect(sentNow.filter((part) => acknowledged.includes(part))).toEqual([]);
  expect([...acknowledged, ...sentNow].sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect((await lines(key))[0]).toBe('ListParts → 200');
});

test('within a scope a renamed file still resumes, and the key function is not called again', async () => {
  const file = makeFile(6 * PART, { name: 'before.bin' });
  const key = newKey();
  const checkpoint = newDatabase();
  const first = makeUploader({ checkpoint, parallel: 1 });
  await control.addFault({ key, operation: 'UploadPart', skip: 3, times: null, fault: { kind: 'stall' } });
  const makeKey = vi.fn(() => key);
  const task = first.upload(file, { key: makeKey, scope: 'films' });
  await until(task, ({ progress }) => progress.parts.done === 3);
  await first.dispose();
  await control.removeFault();
  const renamed = new File([file], 'after.bin', { lastModified: file.lastModified });
  const result = await makeUploader({ checkpoint }).upload(renamed, { key: makeKey, scope: 'films' }).result;
  expect(makeKey).toHaveBeenCalledTimes(1);
  expect(result).toMatchObject({ key, verified: true });
  expect((await acknowledgedParts(key)).sort()).toEqual([1, 2, 3, 4, 5, 6]);
});

test('the checkpoint decides the part size, not today’s options', async () => {
  const key = newKey();
  const file = makeFile(6 * PART);
  const { again } = await leaveUnfinished(file, key, 2);
  const result = await again({ partSize: 2 * PART }).upload(file, { key }).result;
  expect(result.verified).toBe(true);
  expect((await acknowledgedParts(key)).sort()).toEqual([1, 2, 3, 4, 5, 6]);
});

test('doesn’t splice files that differ only in the middle: the parts that differ are sent again', async () => {
  const key = newKey();
  const bytes = new Uint8Array(await makeFile(40 * PART).arrayBuffer());
  const before = new File([bytes], 'file.bin', { lastModified: 1 });
  const { again, acknowledged } = await leaveUnfinished(before, key, 20);
  // Size, modification time and all samples of the fingerprint are the same: only a hash of the whole content differs.
  const changed = bytes.slice();
  const victim = acknowledged[9] as number;
  const position = (victim - 1) * PART + 777;
  changed[position] = (changed[position] as number) ^ 1;
  const after = new File([changed], 'file.bin', { lastModified: 1 });
  const uploader = again();
  expect(await uploader.unfinished()).toHaveLength(1);
  const result = await uploader.upload(after, { key }).result;
  expect(result).toMatchObject({ verified: true, crc64: await crcOf(after) });
  expect(await storedObject(key)).toMatchObject({ crc64: await crcOf(after) });
  expect(await requestCount(key, 'InitiateMultipartUpload')).toBe(1);
  expect((await acknowledgedParts(key)).filter((part) => part === victim)).toEqual([victim, victim]);
});

test('another file doesn’t resume from the checkpoint, even under the same key', async () => {
  const key = newKey();
  const { again } = await leaveUnfinished(makeFile(6 * PART, { seed: 1 }), key, 3);
  const other = makeFile(6 * PART, { seed: 2 });
  const result = await again().upload(other, { key }).result;
  expect(result.crc64).toBe(await crcOf(other));
  expect(await requestCount(key, 'InitiateMultipartUpload')).toBe(2);
});

test('accepts a part missing from the record if its CRC-64 equals the local slice’s', async () => {
  const key = newKey();
  const file = makeFile(6 * PART);
  const { again, acknowledged, checkpoint } = await leaveUnfinished(file, key, 3);
  const uploader = again();
  const { id } = (await uploader.unfinished())[0]!;
  // As if the tab had died between a part’s answer and its record.
  await deleteParts(checkpoint.name, id, acknowledged);
  await control.clearLog();
  await uploader.upload(file, { key }).result;
  expect((await acknowledgedParts(key)).filter((part) => acknowledged.includes(part))).toEqual([]);
});

test('starts afresh under the same key when the upload no longer exists on the server', async () => {
  const key = newKey();
  const file = makeFile(5 * PART);
  const { again } = await leaveUnfinished(file, key, 2);
  await control.addFault({ key, operation: 'ListParts', fault: { kind: 'status', status: 404, code: 'NoSuchUpload' } });
  const result = await again().upload(file, { key }).result;
  expect(result).toMatchObject({ key, verified: true });
});

test('finds its own finished object when Complete succeeded but the answer was lost', async () => {
  const key = newKey();
  const file = makeFile(3 * PART);
  const checkpoint = newDatabase();
  const first = makeUploader({ checkpoint });
  await control.addFault({ key, operation: 'CompleteMultipartUpload', fault: { kind: 'drop-response' } });
  await control.addFault({ key, operation: ['HeadObject', 'CompleteMultipartUpload'], times: null, fault: { kind: 'stall' } });
  const task = first.upload(file, { key });
  await expect.poll(() => storedObject(key)).toBeDefined();
  await first.dispose();
  await control.removeFault();
  await control.clearLog();
  expect(task.getSnapshot().status).toBe('aborted');
  const result = await makeUploader({ checkpoint }).upload(file, { key }).result;
  expect(result).toMatchObject({ key, verified: true, crc64: await crcOf(file) });
  expect((await lines(key)).filter((line) => !line.startsWith('HeadObject'))).toEqual(['ListParts → 404 NoSuchUpload']);
});

test('lists more than one page of parts when it resumes', async () => {
  const key = newKey();
  const file = makeFile(1205 * PART);
  const { again } = await leaveUnfinished(file, key, 1200, { parallel: 6 });
  await control.clearLog();
  const result = await again({ parallel: 6 }).upload(file, { key }).result;
  expect(result.verified).toBe(true);
  expect(
    (await transcript(key)).filter(({ operation }) => operation === 'ListParts').map(({ query }) => query['part-number-marker']),
  ).toEqual([undefined, '1000']);
  expect((await acknowledgedParts(key)).length).toBeLessThanOrEqual(6 + 5);
}, 120_000);

test('lists the unfinished upload after a reload, and nothing once it is done', async () => {
  const key = newKey();
  const file = makeFile(6 * PART, { name: 'holiday.mp4', type: 'video/mp4' });
  const { again } = await leaveUnfinished(file, key, 3);
  const uploader = again();
  expect(await uploader.unfinished()).toMatchObject([
    {
      key,
      file: { name: 'holiday.mp4', size: file.size, lastModified: file.lastModified, type: 'video/mp4' },
      confirmed: 3 * PART,
      total: file.size,
    },
  ]);
  await uploader.upload(file, { key }).result;
  expect(await uploader.unfinished()).toEqual([]);
});

test('an upload that another uploader of this page is sending waits for this page, and then has the same result', async () => {
  const key = newKey();
  const file = makeFile(6 * PART);
  const checkpoint = newDatabase();
  const slow = await control.addFault({ key, operation: 'UploadPart', times: null, fault: { kind: 'delay', milliseconds: 300 } });
  const first = makeUploader({ checkpoint, parallel: 1 }).upload(file, { key });
  await until(first, ({ status }) => status === 'uploading');
  const second = makeUploader({ checkpoint }).upload(file, { key });
  const statuses = recordStatuses(second);
  await until(second, (state) => state.status === 'waiting' && state.reason === 'this-page');
  await control.removeFault(slow.id);
  expect(await second.result).toEqual(await first.result);
  expect(statuses).toEqual(['preparing', 'waiting', 'preparing', 'done']);
  expect(await requestCount(key, 'CompleteMultipartUpload')).toBe(1);
});

test('marks unfinished uploads that another uploader of this page is working on, and refuses to discard them', async () => {
  const key = newKey();
  const file = makeFile(6 * PART);
  const { again } = await leaveUnfinished(file, key, 2);
  const slow = await control.addFault({ key, operation: 'UploadPart', times: null, fault: { kind: 'delay', milliseconds: 300 } });
  const task = again({ parallel: 1 }).upload(file, { key });
  await until(task, ({ status }) => status === 'uploading');
  const elsewhere = again();
  const [upload] = await elsewhere.unfinished();
  expect(upload).toMatchObject({ key, isInUse: true, isInUseHere: true });
  expect(await failureOf(elsewhere.discard(upload!.id))).toMatchObject({
    name: 'CheckpointError',
    code: 'InUse',
    message: expect.stringContaining('this page'),
  });
  await control.removeFault(slow.id);
  expect((await task.result).verified).toBe(true);
});

test('discarding aborts the upload on the server and forgets it', async () => {
  const key = newKey();
  const { again } = await leaveUnfinished(makeFile(6 * PART), key, 3);
  const uploader = again();
  const { id } = (await uploader.unfinished())[0]!;
  await uploader.discard(id);
  expect(await uploader.unfinished()).toEqual([]);
  expect(await openUploads(key)).toEqual([]);
});

test('aborts uploads on the server that are older than maxAge', async () => {
  const key = newKey();
  const { again, checkpoint } = await leaveUnfinished(makeFile(6 * PART), key, 3);
  const uploader = again({ checkpoint: { ...checkpoint, maxAge: 1 } });
  await uploader.unfinished();
  await expect.poll(() => openUploads(key), { timeout: 10_000 }).toEqual([]);
  expect(await uploader.unfinished()).toEqual([]);
});

test('a device whose clock is a year ahead aborts no recent upload', async () => {
  const key = newKey();
  const { again } = await leaveUnfinished(makeFile(6 * PART), key, 3);
  const uploader = again({ ports: { clock: clockOfNextYear } });
  await uploader.unfinished();
  // The sweep asks for the age of the parts and learns the service’s time from the answer.
  await expect.poll(() => lines(key), { timeout: 10_000 }).toContain('ListParts → 200');
  await sleep(500);
  expect(await openUploads(key)).toHaveLength(1);
  expect(await uploader.unfinished()).toHaveLength(1);
});

test('with `checkpoint: false` nothing is stored, and a paused upload still resumes', async () => {
  const key = newKey();
  const file = makeFile(6 * PART);
  const uploader = makeUploader({ checkpoint: false, parallel: 1 });
  const fault = await control.addFault({ key, operation: 'UploadPart', skip: 3, times: null, fault: { kind: 'stall' } });
  const task = uploader.upload(file, { key });
  await until(task, ({ progress }) => progress.parts.done === 3);
  await task.pause();
  expect(await uploader.unfinished()).toEqual([]);
  await control.removeFault(fault.id);
  task.resume();
  expect((await task.result).verified).toBe(true);
  expect(await acknowledgedParts(key)).toEqual([1, 2, 3, 4, 5, 6]);
});

/** A clock a year ahead, which makes everything old. Its timers run 20 times as fast, so that the test needn’t wait for the sweep. */
const clockOfNextYear: Clock = {
  now: () => Date.now() + 365 * 86_400_000,
  after(milliseconds, callback) {
    const timer = setTimeout(callback, milliseconds / 20);
    return () => clearTimeout(timer);
  },
};
