/** Controls called in quick succession: in one turn, from listeners, and at every stage of an upload. */
import { expect, test } from 'vitest';
import { isAbortError, type UploadTask } from '../../src/index.js';
import { makeFile } from '../helpers/make-file.js';
import { KiB, PART } from '../helpers/sizes.js';
import { oneTo } from '../helpers/transcript.js';
import { failureOf, sleep, until } from '../helpers/waits.js';
import { control, openUploads, removeFaults, slow, storedObject } from './helpers/service.js';
import { makeUploader, newDatabase, newKey } from './helpers/uploads.js';
import { acknowledgedParts, requestCount, transcript } from './helpers/wire.js';

const FILE = 6 * PART;

/** One run sent everything once. */
async function expectOneRun(key: string, parts = FILE / PART): Promise<void> {
  expect(await requestCount(key, 'InitiateMultipartUpload')).toBe(1);
  expect(await requestCount(key, 'CompleteMultipartUpload')).toBe(1);
  expect((await acknowledgedParts(key)).sort((a, b) => a - b)).toEqual(oneTo(parts));
}

/** Whether it settles within five seconds; it should within one, but the machine may be busy. */
const settles = (promise: Promise<unknown>): Promise<boolean> => Promise.race([promise.then(() => true), sleep(5_000).then(() => false)]);

function once(task: UploadTask, status: string, act: () => void): void {
  const off = task.subscribe(() => {
    if (task.getSnapshot().status !== status) return;
    off();
    act();
  });
}

for (const [what, options] of [
  ['with a checkpoint', {}],
  ['without a checkpoint', { checkpoint: false }],
] as const) {
  test(`upload, pause and resume in one turn make one run, ${what}`, async () => {
    const key = newKey();
    await slow(key, 'InitiateMultipartUpload', 60);
    const task = makeUploader(options).upload(makeFile(FILE), { key });
    void task.pause();
    task.resume();
    expect((await task.result).verified).toBe(true);
    await sleep(300);
    await expectOneRun(key);
  });

  test(`a small file paused and resumed in one turn is sent once, ${what}`, async () => {
    const key = newKey();
    await slow(key, 'PostObject', 60);
    const task = makeUploader(options).upload(makeFile(50 * KiB), { key });
    void task.pause();
    task.resume();
    expect((await task.result).verified).toBe(true);
    await sleep(300);
    expect(await requestCount(key, 'PostObject')).toBe(1);
  });

  test(`an upload paused and resumed in one turn midway continues as one run, ${what}`, async () => {
    const key = newKey();
    await slow(key, 'UploadPart', 60);
    const task = makeUploader({ ...options, parallel: 2 }).upload(makeFile(FILE), { key });
    await until(task, ({ progress }) => progress.parts.done >= 2);
    for (let times = 0; times < 3; times += 1) {
      void task.pause();
      task.resume();
    }
    expect((await task.result).verified).toBe(true);
    await sleep(300);
    expect(await requestCount(key, 'CompleteMultipartUpload')).toBe(1);
    expect(await openUploads(key)).toEqual([]);
  });
}

test('a batch paused and resumed in one turn sends each of its files once', async () => {
  const keys = [newKey(), newKey(), newKey()];
  for (const key of keys) await slow(key, 'InitiateMultipartUpload', 60);
  const files = keys.map((key, index) => ({ file: makeFile(FILE, { seed: index + 1, name: `${index}.bin` }), key }));
  const batch = makeUploader().uploadAll(files);
  await until(batch.tasks[0]!, ({ status }) => status === 'preparing');
  void batch.pause();
  batch.resume();
  await batch.results;
  for (const key of keys) await expectOneRun(key);
});

test('resume() from a listener that sees the pause starts one run', async () => {
  const key = newKey();
  await slow(key, 'UploadPart', 60);
  const task = makeUploader({ parallel: 2 }).upload(makeFile(FILE), { key });
  await until(task, ({ progress }) => progress.parts.done >= 1);
  once(task, 'paused', () => task.resume());
  void task.pause();
  await task.result;
  expect(await requestCount(key, 'InitiateMultipartUpload')).toBe(1);
  expect(await requestCount(key, 'CompleteMultipartUpload')).toBe(1);
});

test('resume() from a listener at the moment of failure: the old promise rejects, the new one belongs to the new run', async () => {
  const key = newKey();
  await control.addFault({ key, operation: 'UploadPart', partNumber: 3, fault: { kind: 'status', status: 403, code: 'AccessDenied' } });
  const task = makeUploader({ parallel: 1 }).upload(makeFile(FILE), { key });
  const first = task.result;
  let second: Promise<unknown> | undefined;
  once(task, 'failed', () => {
    task.resume();
    second = task.result;
  });
  expect(await failureOf(first)).toMatchObject({ code: 'AccessDenied' });
  expect(second).not.toBe(first);
  expect(await second).toMatchObject({ key, verified: true });
  expect(await requestCount(key, 'CompleteMultipartUpload')).toBe(1);
});

for (const [stage, operation] of [
  ['queued or fingerprinting', undefined],
  ['listing its parts', 'ListParts'],
  ['sending parts', 'UploadPart'],
] as const) {
  test(`abort() of a resumed task that is ${stage} leaves nothing behind`, async () => {
    const key = newKey();
    await slow(key, 'UploadPart', 60);
    const uploader = makeUploader({ parallel: 2 });
    // Progress is reported ten times a second: enough parts must be left by then.
    const task = uploader.upload(makeFile(2 * FILE), { key });
    const failure = failureOf(task.result);
    await until(task, ({ progress }) => progress.parts.done >= 2);
    await task.pause();
    if (operation) await slow(key, operation, 300);
    const known = (await transcript(key)).length;
    task.resume();
    if (operation) {
      await expect.poll(async () => (await transcript(key)).slice(known).some((entry) => entry.operation === operation)).toBe(true);
    }
    expect(await settles(task.abort())).toBe(true);
    expect(isAbortError(await failure)).toBe(true);
    await expect.poll(() => openUploads(key)).toEqual([]);
    expect(await uploader.unfinished()).toEqual([]);
  });
}

for (const calls of ['abort', 'pause, abort', 'abort, abort'] as const) {
  test(`${calls} during Initiate leaves no upload on the server`, async () => {
    const key = newKey();
    await slow(key, 'InitiateMultipartUpload', 200);
    // The work is done at once, the answer arrives late.
    await control.addFault({ key, operation: 'InitiateMultipartUpload', times: null, fault: { kind: 'trickle', milliseconds: 400 } });
    const uploader = makeUploader();
    const task = uploader.upload(makeFile(FILE), { key });
    const failure = failureOf(task.result);
    await expect.poll(() => requestCount(key, 'InitiateMultipartUpload')).toBe(1);
    const ends = calls.split(', ').map((name) => (name === 'pause' ? task.pause() : task.abort()));
    expect(await settles(Promise.all(ends))).toBe(true);
    expect(isAbortError(await failure)).toBe(true);
    await expect.poll(() => openUploads(key)).toEqual([]);
    // A late answer must not bring the upload back either.
    await sleep(500);
    expect(await openUploads(key)).toEqual([]);
    expect(await uploader.unfinished()).toEqual([]);
  });
}

test('pause() during Initiate, then resume(): one upload, and nothing is left at the end', async () => {
  const key = newKey();
  await control.addFault({ key, operation: 'InitiateMultipartUpload', fault: { kind: 'trickle', milliseconds: 300 } });
  const task = makeUploader().upload(makeFile(FILE), { key });
  await expect.poll(() => requestCount(key, 'InitiateMultipartUpload')).toBe(1);
  expect(await settles(task.pause())).toBe(true);
  task.resume();
  expect((await task.result).verified).toBe(true);
  await expect.poll(() => openUploads(key)).toEqual([]);
});

test('dispose() settles at every stage, and the next uploader resumes what was recorded', async () => {
  for (const operation of ['InitiateMultipartUpload', 'UploadPart', 'CompleteMultipartUpload'] as const) {
    const key = newKey();
    const checkpoint = newDatabase();
    await slow(key, operation, 300);
    const uploader = makeUploader({ checkpoint, parallel: 2 });
    const task = uploader.upload(makeFile(FILE), { key });
    const failure = failureOf(task.result);
    await expect.poll(() => requestCount(key, operation)).toBeGreaterThan(0);
    expect(await settles(uploader.dispose()), operation).toBe(true);
    expect(isAbortError(await failure)).toBe(true);
    await removeFaults(key);
    expect((await makeUploader({ checkpoint }).upload(makeFile(FILE), { key }).result).verified, operation).toBe(true);
    expect((await storedObject(key))?.size).toBe(FILE);
  }
});

test('a paused task is done when another tab completes its upload, and sends nothing again', async () => {
  const key = newKey();
  await slow(key, 'UploadPart', 60);
  const checkpoint = newDatabase();
  const paused = makeUploader({ checkpoint, parallel: 2 }).upload(makeFile(FILE), { key });
  await until(paused, ({ progress }) => progress.parts.done >= 2);
  await paused.pause();
  const other = makeUploader({ checkpoint, parallel: 2 }).upload(makeFile(FILE), { key });
  const result = await other.result;
  const sent = await requestCount(key, 'UploadPart');
  paused.resume();
  expect(await paused.result).toMatchObject({ key, crc64: result.crc64, verified: true });
  expect(await requestCount(key, 'UploadPart')).toBe(sent);
  expect(await requestCount(key, 'InitiateMultipartUpload')).toBe(1);
});

test("abort() of a task that is done leaves another task's upload of the same file alone", async () => {
  const key = newKey();
  const uploader = makeUploader({ parallel: 2 });
  const first = uploader.upload(makeFile(FILE), { key });
  await first.result;
  await slow(key, 'UploadPart', 60);
  const second = uploader.upload(makeFile(FILE), { key });
  await until(second, ({ progress }) => progress.parts.done >= 1);
  await first.abort();
  expect((await second.result).verified).toBe(true);
  expect(await requestCount(key, 'AbortMultipartUpload')).toBe(0);
});

test('nothing changes on the server after pause(), whichever request is in flight', async () => {
  for (const operation of ['InitiateMultipartUpload', 'UploadPart'] as const) {
    const key = newKey();
    await slow(key, operation, 100);
    const task = makeUploader({ parallel: 2 }).upload(makeFile(FILE), { key });
    await expect.poll(() => requestCount(key, operation)).toBeGreaterThan(0);
    expect(await settles(task.pause()), operation).toBe(true);
    const known = await requestCount(key, 'UploadPart');
    await sleep(400);
    expect(await requestCount(key, 'UploadPart'), operation).toBe(known);
    task.resume();
    await task.result;
    expect(await requestCount(key, 'CompleteMultipartUpload'), operation).toBe(1);
  }
});
