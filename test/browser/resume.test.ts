import { expect, test, vi } from 'vitest';
import type { Clock, Uploader, UploaderOptions } from '../../src/index.js';
import { crcOf, makeFile } from '../helpers/make-file.js';
import { PART } from '../helpers/sizes.js';
import { failureOf, until } from '../helpers/waits.js';
import { acknowledgedParts, control, lines, makeUploader, newKey, storedObject, transcript } from './helpers/wire.js';

/** An upload that an earlier page load has left: some parts acknowledged and recorded, nothing running any more. */
async function leaveUnfinished(
  file: File,
  key: string,
  parts: number,
  options: Partial<UploaderOptions> = {},
): Promise<{ again(more?: Partial<UploaderOptions>): Uploader; acknowledged: number[]; checkpoint: { name: string } }> {
  const checkpoint = { name: `test-${crypto.randomUUID()}` };
  const uploader = makeUploader({ checkpoint, parallel: 2, ...options });
  await control.addFault({ key, operation: 'UploadPart', skip: parts, times: null, fault: { kind: 'stall' } });
  const task = uploader.upload(file, { key });
  await until(task, ({ progress }) => progress.parts.done === parts);
  await uploader.dispose();
  for (const { id, key: faulty } of await control.faults()) if (faulty === key) await control.removeFault(id);
  const acknowledged = await acknowledgedParts(key);
  return { again: (more = {}) => makeUploader({ checkpoint, parallel: 2, ...options, ...more }), acknowledged, checkpoint };
}

test('goes on where it stopped: sends no acknowledged part again', async () => {
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

test('within a scope a renamed file still resumes, and a key function is not asked again', async () => {
  const file = makeFile(6 * PART, { name: 'before.bin' });
  const key = newKey();
  const checkpoint = { name: `test-${crypto.randomUUID()}` };
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

test('does not splice files that differ in the middle only: what differs is sent again', async () => {
  const key = newKey();
  const bytes = new Uint8Array(await makeFile(40 * PART).arrayBuffer());
  const before = new File([bytes], 'file.bin', { lastModified: 1 });
  const { again, acknowledged } = await leaveUnfinished(before, key, 20);
  // Size, modification time and all samples of the fingerprint stay as they are: only a hash of everything can tell.
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
  expect((await transcript(key)).filter(({ operation }) => operation === 'InitiateMultipartUpload')).toHaveLength(1);
  expect((await acknowledgedParts(key)).filter((part) => part === victim)).toEqual([victim, victim]);
});

test('another file does not go on with the checkpoint, also under the same key', async () => {
  const key = newKey();
  const { again } = await leaveUnfinished(makeFile(6 * PART, { seed: 1 }), key, 3);
  const other = makeFile(6 * PART, { seed: 2 });
  const result = await again().upload(other, { key }).result;
  expect(result.crc64).toBe(await crcOf(other));
  expect((await transcript(key)).filter(({ operation }) => operation === 'InitiateMultipartUpload')).toHaveLength(2);
});

test('accepts a part the record does not know, once its CRC-64 equals the local slice’s', async () => {
  const key = newKey();
  const file = makeFile(6 * PART);
  const { again, acknowledged } = await leaveUnfinished(file, key, 3);
  const uploader = again();
  const { id } = (await uploader.unfinished())[0]!;
  // The tab died between the answer to a part and its record.
  await forgetParts(id, acknowledged);
  await control.clearLog();
  await uploader.upload(file, { key }).result;
  expect((await acknowledgedParts(key)).filter((part) => acknowledged.includes(part))).toEqual([]);
});

test('starts afresh under the same key when the server knows the upload no more', async () => {
  const key = newKey();
  const file = makeFile(5 * PART);
  const { again } = await leaveUnfinished(file, key, 2);
  await control.addFault({ key, operation: 'ListParts', fault: { kind: 'status', status: 404, code: 'NoSuchUpload' } });
  const result = await again().upload(file, { key }).result;
  expect(result).toMatchObject({ key, verified: true });
});

test('finds its own finished object when Complete won but nobody heard of it', async () => {
  const key = newKey();
  const file = makeFile(3 * PART);
  const checkpoint = { name: `test-${crypto.randomUUID()}` };
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

test('shows what is unfinished after a reload, and nothing once it is done', async () => {
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

test('tells which unfinished uploads another tab is working on, and does not discard those', async () => {
  const key = newKey();
  const file = makeFile(6 * PART);
  const { again } = await leaveUnfinished(file, key, 2);
  const slow = await control.addFault({ key, operation: 'UploadPart', times: null, fault: { kind: 'delay', milliseconds: 300 } });
  const task = again({ parallel: 1 }).upload(file, { key });
  await until(task, ({ status }) => status === 'uploading');
  const elsewhere = again();
  const [upload] = await elsewhere.unfinished();
  expect(upload).toMatchObject({ key, isInUse: true });
  expect(await failureOf(elsewhere.discard(upload!.id))).toMatchObject({ name: 'CheckpointError', code: 'InUse' });
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
  expect((await control.uploads()).filter((upload) => upload.key === key)).toEqual([]);
});

test('aborts on the server what nobody has touched for maxAge', async () => {
  const key = newKey();
  const { again, checkpoint } = await leaveUnfinished(makeFile(6 * PART), key, 3);
  const uploader = again({ checkpoint: { ...checkpoint, maxAge: 1 } });
  await uploader.unfinished();
  await expect.poll(async () => (await control.uploads()).filter((upload) => upload.key === key), { timeout: 10_000 }).toEqual([]);
  expect(await uploader.unfinished()).toEqual([]);
});

test('a device whose clock is a year fast aborts nothing that was touched just now', async () => {
  const key = newKey();
  const { again } = await leaveUnfinished(makeFile(6 * PART), key, 3);
  const uploader = again({ ports: { clock: clockOfNextYear } });
  await uploader.unfinished();
  // The sweep has asked for the age of the parts, and has learnt what time it is.
  await expect.poll(() => lines(key), { timeout: 10_000 }).toContain('ListParts → 200');
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect((await control.uploads()).filter((upload) => upload.key === key)).toHaveLength(1);
  expect(await uploader.unfinished()).toHaveLength(1);
});

test('with `checkpoint: false` nothing is kept, and pausing still resumes', async () => {
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

/** A clock a year ahead, so that everything is old, and quick, so that nobody has to wait for it. */
const clockOfNextYear: Clock = {
  now: () => Date.now() + 365 * 86_400_000,
  after(milliseconds, callback) {
    const timer = setTimeout(callback, Math.min(milliseconds, 50));
    return () => clearTimeout(timer);
  },
};

/** Deletes parts from the record behind the library's back. */
async function forgetParts(id: string, parts: readonly number[]): Promise<void> {
  for (const { name } of await indexedDB.databases()) {
    if (!name?.startsWith('test-')) continue;
    const database = await new Promise<IDBDatabase>((resolve, reject) => {
      const request = indexedDB.open(name);
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    const transaction = database.transaction('checkpoints', 'readwrite');
    for (const part of parts) transaction.objectStore('checkpoints').delete(['part', id, part]);
    await new Promise((resolve) => {
      transaction.oncomplete = resolve;
    });
    database.close();
  }
}
