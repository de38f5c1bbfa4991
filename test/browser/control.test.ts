/** Pause, resume, abort, dispose and signals of whole uploads. */
import { expect, test, vi } from 'vitest';
import { isAbortError, type Locks, type TaskState } from '../../src/index.js';
import { makeFile } from '../helpers/make-file.js';
import { PART } from '../helpers/sizes.js';
import { failureOf, sleep, until } from '../helpers/waits.js';
import { control, openUploads, slow, storedObject } from './helpers/service.js';
import { makeUploader, newDatabase, newKey } from './helpers/uploads.js';
import { acknowledgedParts, lines, transcript } from './helpers/wire.js';

const slowParts = (key: string): Promise<{ id: string }> => slow(key, 'UploadPart', 40);

test('pausing aborts the requests in flight and sends nothing more; resuming sends each remaining part once', async () => {
  const key = newKey();
  await slowParts(key);
  const task = makeUploader({ parallel: 2 }).upload(makeFile(10 * PART), { key });
  await until(task, ({ progress }) => progress.parts.done >= 3);
  await task.pause();
  expect(task.getSnapshot().status).toBe('paused');
  const requests = (await transcript(key)).length;
  await sleep(200);
  expect((await transcript(key)).length).toBe(requests);
  const recorded = task.getSnapshot().progress.parts.done;
  task.resume();
  expect((await task.result).verified).toBe(true);
  const acknowledged = await acknowledgedParts(key);
  expect(new Set(acknowledged).size).toBe(10);
  // Parts in flight at the pause may have arrived although their answers were lost; no other part is sent twice.
  expect(acknowledged.length).toBeLessThanOrEqual(10 + 2);
  expect(recorded).toBeGreaterThanOrEqual(3);
});

test('pause and an immediate resume complete once', async () => {
  const key = newKey();
  await slowParts(key);
  const task = makeUploader({ parallel: 3 }).upload(makeFile(8 * PART), { key });
  await until(task, ({ progress }) => progress.parts.done >= 2);
  void task.pause();
  task.resume();
  await task.result;
  expect((await lines(key)).filter((line) => line.startsWith('Complete'))).toEqual(['CompleteMultipartUpload → 200']);
  expect((await lines(key)).filter((line) => line.startsWith('Initiate'))).toHaveLength(1);
});

test('a task paused before it began sends nothing until it is resumed', async () => {
  const key = newKey();
  const task = makeUploader().upload(makeFile(2 * PART), { key });
  await task.pause();
  await sleep(100);
  expect(await transcript(key)).toEqual([]);
  task.resume();
  expect((await task.result).key).toBe(key);
});

test('aborting stops the requests, aborts the upload on the server and forgets the checkpoint', async () => {
  const key = newKey();
  await slowParts(key);
  const uploader = makeUploader({ parallel: 2 });
  const task = uploader.upload(makeFile(10 * PART), { key });
  const failure = failureOf(task.result);
  await until(task, ({ progress }) => progress.parts.done >= 2);
  await task.abort();
  expect(task.getSnapshot().status).toBe('aborted');
  expect(isAbortError(await failure)).toBe(true);
  expect((await lines(key)).at(-1)).toBe('AbortMultipartUpload → 204');
  expect(await openUploads(key)).toEqual([]);
  expect(await uploader.unfinished()).toEqual([]);
});

test('aborting a paused task aborts its upload on the server too', async () => {
  const key = newKey();
  await slowParts(key);
  const task = makeUploader({ parallel: 2 }).upload(makeFile(10 * PART), { key });
  await until(task, ({ progress }) => progress.parts.done >= 2);
  await task.pause();
  await task.abort();
  expect(await openUploads(key)).toEqual([]);
});

test('aborting one upload leaves the others of the uploader alone', async () => {
  const [doomed, other] = [newKey(), newKey()];
  await slowParts(doomed);
  const uploader = makeUploader({ parallel: 2 });
  const first = uploader.upload(makeFile(10 * PART, { seed: 1 }), { key: doomed });
  const second = uploader.upload(makeFile(6 * PART, { seed: 2 }), { key: other });
  await until(first, ({ progress }) => progress.parts.done >= 1);
  await first.abort();
  expect((await second.result).verified).toBe(true);
  expect(await storedObject(doomed)).toBeUndefined();
});

test('an aborted signal stops the upload with its reason and keeps the checkpoint', async () => {
  const key = newKey();
  await slowParts(key);
  const checkpoint = newDatabase();
  const controller = new AbortController();
  const uploader = makeUploader({ parallel: 2, checkpoint });
  const task = uploader.upload(makeFile(10 * PART), { key, signal: controller.signal });
  const failure = failureOf(task.result);
  await until(task, ({ progress }) => progress.parts.done >= 2);
  const reason = new Error('the user left');
  controller.abort(reason);
  expect(await failure).toBe(reason);
  expect((await lines(key)).filter((line) => line.startsWith('Abort'))).toEqual([]);
  await expect.poll(async () => (await makeUploader({ checkpoint }).unfinished()).map((upload) => upload.key)).toEqual([key]);
  // The page that stopped it sees it too.
  expect((await uploader.unfinished()).map((upload) => upload.key)).toEqual([key]);
});

test('a signal that is already aborted prevents the upload from starting', async () => {
  const key = newKey();
  const task = makeUploader().upload(makeFile(2 * PART), { key, signal: AbortSignal.abort(new Error('too late')) });
  expect((await failureOf(task.result)).message).toBe('too late');
  expect(await transcript(key)).toEqual([]);
});

test('a failed, resumable task resumes in place: same task, same listeners, a new result', async () => {
  const key = newKey();
  await control.addFault({
    key,
    operation: 'UploadPart',
    partNumber: 3,
    times: 1,
    fault: { kind: 'status', status: 403, code: 'AccessDenied' },
  });
  const task = makeUploader({ parallel: 1 }).upload(makeFile(5 * PART), { key });
  const statuses: string[] = [];
  task.subscribe(() => {
    const { status } = task.getSnapshot();
    if (statuses.at(-1) !== status) statuses.push(status);
  });
  const error = await failureOf(task.result);
  expect(error).toMatchObject({ name: 'OssError', code: 'AccessDenied', status: 403, resumable: true, key, partNumber: 3 });
  task.resume();
  expect((await task.result).verified).toBe(true);
  expect(statuses).toEqual(['preparing', 'uploading', 'failed', 'queued', 'preparing', 'uploading', 'completing', 'done']);
  expect(await acknowledgedParts(key)).toEqual([1, 2, 3, 4, 5]);
});

test('one failed part does not discard its siblings: those in flight finish and are recorded', async () => {
  const key = newKey();
  const checkpoint = newDatabase();
  // The last of the four parallel parts: the others are in flight when it fails, also on a slow machine.
  await control.addFault({ key, operation: 'UploadPart', partNumber: 4, fault: { kind: 'status', status: 403, code: 'AccessDenied' } });
  for (const partNumber of [1, 2, 3])
    await control.addFault({ key, operation: 'UploadPart', partNumber, fault: { kind: 'delay', milliseconds: 1_500 } });
  const uploader = makeUploader({ parallel: 4, checkpoint });
  await failureOf(uploader.upload(makeFile(9 * PART), { key }).result);
  expect((await acknowledgedParts(key)).sort()).toEqual([1, 2, 3]);
  await uploader.dispose();
  expect(await makeUploader({ checkpoint }).unfinished()).toMatchObject([{ confirmed: 3 * PART }]);
});

test('a result without a listener raises no unhandled rejection', async () => {
  const unhandled = vi.fn((event: Event) => event.preventDefault());
  addEventListener('unhandledrejection', unhandled);
  const key = newKey();
  await control.addFault({ key, times: null, fault: { kind: 'status', status: 403, code: 'AccessDenied' } });
  const task = makeUploader().upload(makeFile(2 * PART), { key });
  await until(task, ({ status }) => status === 'failed');
  await sleep(50);
  removeEventListener('unhandledrejection', unhandled);
  expect(unhandled).not.toHaveBeenCalled();
});

test('the snapshot is the same object until something changes', async () => {
  const key = newKey();
  const uploader = makeUploader();
  const task = uploader.upload(makeFile(2 * PART), { key });
  expect(task.getSnapshot()).toBe(task.getSnapshot());
  expect(uploader.getSnapshot()).toBe(uploader.getSnapshot());
  const before: TaskState = task.getSnapshot();
  await task.result;
  expect(task.getSnapshot()).not.toBe(before);
  expect(before.status).toBe('queued');
  uploader.clear();
  expect(uploader.getSnapshot()).toEqual([]);
});

test('disposing stops all uploads locally and keeps the checkpoints', async () => {
  const key = newKey();
  await slowParts(key);
  const checkpoint = newDatabase();
  const uploader = makeUploader({ checkpoint, parallel: 1 });
  const task = uploader.upload(makeFile(6 * PART), { key });
  await until(task, ({ progress }) => progress.parts.done >= 2);
  await uploader.dispose();
  expect(task.getSnapshot().status).toBe('aborted');
  expect(() => uploader.upload(makeFile(1))).toThrow('disposed');
  expect(await makeUploader({ checkpoint }).unfinished()).toHaveLength(1);
});

test('asks for confirmation before the page is left, only during a transfer', async () => {
  const key = newKey();
  await slowParts(key);
  const isAsking = (): boolean => !dispatchEvent(new Event('beforeunload', { cancelable: true }));
  const task = makeUploader({ unloadGuard: true, parallel: 1 }).upload(makeFile(4 * PART), { key });
  expect(isAsking()).toBe(false);
  await until(task, ({ status }) => status === 'uploading');
  expect(isAsking()).toBe(true);
  await task.pause();
  expect(isAsking()).toBe(false);
  task.resume();
  await task.result;
  expect(isAsking()).toBe(false);
});

test('without a lock API the newest tab takes over the upload, and the older one fails with TakenOver', async () => {
  const key = newKey();
  await slowParts(key);
  const locks: Locks = {
    exclusive: false,
    request: (_name, _options, hold) => hold(),
    isAwaited: async () => false,
    isHeld: async () => false,
  };
  const checkpoint = newDatabase();
  const older = makeUploader({ checkpoint, parallel: 1, ports: { locks } }).upload(makeFile(8 * PART), { key });
  const failure = failureOf(older.result);
  await until(older, ({ progress }) => progress.parts.done >= 2);
  const newer = makeUploader({ checkpoint, parallel: 1, ports: { locks } }).upload(makeFile(8 * PART), { key });
  expect((await newer.result).verified).toBe(true);
  expect(await failure).toMatchObject({ name: 'CheckpointError', code: 'TakenOver', resumable: true });
  expect((await lines(key)).filter((line) => line.startsWith('Complete'))).toEqual(['CompleteMultipartUpload → 200']);
});

test('an upload discarded while the server was unreachable is aborted with the next upload of the file', async () => {
  const key = newKey();
  const fault = await slowParts(key);
  const checkpoint = newDatabase();
  const first = makeUploader({ checkpoint, parallel: 1, retry: { limit: 0 } });
  const task = first.upload(makeFile(6 * PART), { key });
  await until(task, ({ progress }) => progress.parts.done >= 2);
  await control.addFault({ key, operation: 'AbortMultipartUpload', fault: { kind: 'status', status: 503, code: 'ServiceUnavailable' } });
  await task.abort();
  expect(await first.unfinished()).toEqual([]);
  expect(await openUploads(key)).toHaveLength(1);
  await control.removeFault(fault.id);
  await makeUploader({ checkpoint }).upload(makeFile(6 * PART), { key }).result;
  await expect.poll(() => openUploads(key)).toEqual([]);
});
