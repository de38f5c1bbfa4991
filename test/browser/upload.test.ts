/** Whole uploads without faults. */
import { expect, test } from 'vitest';
import { CallbackError, type RequestEvent, type TaskState } from '../../src/index.js';
import { crcOf, makeFile } from '../helpers/make-file.js';
import { KiB, PART } from '../helpers/sizes.js';
import { parts } from '../helpers/transcript.js';
import { failureOf, gate } from '../helpers/waits.js';
import { control, ossUrl, slow, storedObject } from './helpers/service.js';
import { makeUploader, newKey } from './helpers/uploads.js';
import { acknowledgedParts, lines, transcript } from './helpers/wire.js';

test('uploads a file in parts: initiate, every part once, one complete; the object equals the file', async () => {
  const key = newKey();
  const file = makeFile(3 * PART + 17);
  const task = makeUploader({ parallel: 1 }).upload(file, { key });
  const result = await task.result;
  expect(result).toMatchObject({ key, verified: true, size: file.size, crc64: await crcOf(file), callbackBody: undefined });
  expect(await storedObject(key)).toMatchObject({ size: file.size, crc64: result.crc64 });
  expect(await lines(key)).toEqual([
    'InitiateMultipartUpload → 200',
    'UploadPart 1 → 200',
    'UploadPart 2 → 200',
    'UploadPart 3 → 200',
    'UploadPart 4 → 200',
    'CompleteMultipartUpload → 200',
  ]);
  expect(task.getSnapshot()).toMatchObject({
    status: 'done',
    progress: { loaded: file.size, confirmed: file.size, total: file.size, parts: { done: 4, total: 4 } },
  });
});

test('observe() hears of each attempt what the service has logged of it', async () => {
  const key = newKey();
  const uploader = makeUploader({ parallel: 1, retry: { baseDelay: 1 } });
  const heard: RequestEvent[] = [];
  const stop = uploader.observe((event) => heard.push(event));
  await control.addFault({ key, operation: 'UploadPart', skip: 1, fault: { kind: 'status', status: 503, code: 'ServiceUnavailable' } });
  await uploader.upload(makeFile(2 * PART), { key }).result;
  stop();
  await uploader.upload(makeFile(1), { key: newKey() }).result;
  expect(heard.map(({ operation, partNumber = '', status }) => [operation, partNumber, status].join(' '))).toEqual([
    'InitiateMultipartUpload  200',
    'UploadPart 1 200',
    'UploadPart 2 503',
    'UploadPart 2 200',
    'CompleteMultipartUpload  200',
  ]);
  expect(heard.map(({ attempt }) => attempt)).toEqual([1, 1, 1, 2, 1]);
  expect(new Set(heard.map(({ requestId }) => requestId)).size).toBe(5);
  expect(heard.filter(({ operation }) => operation === 'UploadPart').map(({ sentBytes }) => sentBytes)).toEqual([PART, PART, PART]);
});

test.each([0, 1, 100 * KiB])('sends a file of %i bytes as one form', async (size) => {
  const key = newKey();
  const file = makeFile(size);
  const result = await makeUploader({ partSize: 'auto' }).upload(file, { key }).result;
  expect(result).toMatchObject({ verified: true, size, crc64: await crcOf(file) });
  expect(await lines(key)).toEqual(['PostObject → 200']);
});

test('keeps as many parts in flight as `parallel` says, and no more', async () => {
  const key = newKey();
  await slow(key, 'UploadPart', 60);
  await makeUploader({ parallel: 4 }).upload(makeFile(16 * PART), { key }).result;
  const spans = parts(await transcript(key)).map(({ time, durationMs }) => ({
    start: Date.parse(time),
    end: Date.parse(time) + durationMs,
  }));
  const inFlightAt = (moment: number): number => spans.filter(({ start, end }) => start <= moment && moment < end).length;
  const most = Math.max(...spans.map(({ start }) => inFlightAt(start)));
  expect(most).toBe(4);
});

test('gives each of several files its share of the slots', async () => {
  const uploader = makeUploader({ parallel: 2 });
  const [big, small] = [newKey(), newKey()];
  await slow(big, 'UploadPart', 20);
  const first = uploader.upload(makeFile(30 * PART, { seed: 2, name: 'big' }), { key: big });
  const second = uploader.upload(makeFile(3 * PART, { seed: 3, name: 'small' }), { key: small });
  await second.result;
  expect(first.getSnapshot().status).not.toBe('done');
  await first.result;
});

test('puts each header on the operation it belongs to and on no other', async () => {
  const key = newKey();
  await makeUploader({ parallel: 1 }).upload(makeFile(2 * PART, { type: 'video/mp4' }), {
    key,
    metadata: { Origin: 'web' },
    cacheControl: 'no-cache',
    contentDisposition: 'attachment',
    storageClass: 'IA',
    tagging: { a: '1', 'b c': '2&3' },
    acl: 'private',
    serverSideEncryption: 'AES256',
    trafficLimit: 838_860_800,
    forbidOverwrite: true,
  }).result;
  const sent = Object.fromEntries((await transcript(key)).map(({ operation, headers }) => [operation, headers]));
  const own = (headers: Record<string, string> = {}): Record<string, string> =>
    Object.fromEntries(
      Object.entries(headers).filter(([name]) =>
        /^(content-type|content-disposition|x-oss-(?!date|content-sha256|security-token))/.test(name),
      ),
    );
  expect(own(sent.InitiateMultipartUpload)).toEqual({
    'content-type': 'video/mp4',
    'content-disposition': 'attachment',
    'x-oss-meta-origin': 'web',
    'x-oss-storage-class': 'IA',
    'x-oss-tagging': 'a=1&b%20c=2%263',
    'x-oss-server-side-encryption': 'AES256',
    'x-oss-forbid-overwrite': 'true',
  });
  expect(own(sent.UploadPart)).toEqual({ 'x-oss-traffic-limit': '838860800' });
  expect(own(sent.CompleteMultipartUpload)).toEqual({
    'content-type': 'application/xml',
    'x-oss-object-acl': 'private',
    'x-oss-forbid-overwrite': 'true',
  });
});

test('returns what the application server answered to the callback', async () => {
  const key = newKey();
  const { callbackBody } = await makeUploader().upload(makeFile(2 * PART), {
    key,
    callback: { callbackUrl: `${ossUrl}/_callback`, callbackBody: 'object=${object}&size=${size}&user=${x:user}' },
    callbackVar: { 'x:user': '42' },
  }).result;
  expect(callbackBody).toMatchObject({ Status: 'OK' });
  const received = (await control.callbacks()).find(({ body }) => body.includes(encodeURIComponent(key)) || body.includes(key));
  expect(received?.body).toContain('user=42');
});

test('rejects with a CallbackError that carries the result when the object is stored but the callback fails', async () => {
  const key = newKey();
  const task = makeUploader().upload(makeFile(2 * PART), { key, callback: { callbackUrl: `${ossUrl}/_nobody-here`, callbackBody: 'a=b' } });
  const error = await failureOf(task.result);
  expect(error).toBeInstanceOf(CallbackError);
  expect(error).toMatchObject({ code: 'CallbackFailed', resumable: false, result: { key, verified: true } });
  expect(error.message).toContain('is stored');
  expect(await storedObject(key)).toBeDefined();
});

test('sends Content-MD5 with every part when `integrity.md5` is on', async () => {
  const key = newKey();
  await makeUploader({ integrity: { md5: true } }).upload(makeFile(3 * PART), { key }).result;
  expect(parts(await transcript(key)).map(({ headers }) => headers['content-md5'])).toEqual(
    Array(3).fill(expect.stringMatching(/^[A-Za-z0-9+/]{22}==$/)),
  );
});

test('`loaded` never decreases, and reaches the total only with the finished object', async () => {
  const key = newKey();
  await control.addFault({
    key,
    operation: 'UploadPart',
    partNumber: 2,
    times: 2,
    fault: { kind: 'status', status: 503, code: 'ServiceUnavailable' },
  });
  await slow(key, 'UploadPart', 30);
  const file = makeFile(8 * PART);
  const task = makeUploader({ parallel: 2 }).upload(file, { key });
  const states: TaskState[] = [];
  task.subscribe(() => states.push(task.getSnapshot()));
  await task.result;
  const loaded = states.map(({ progress }) => progress.loaded);
  expect(loaded).toEqual([...loaded].sort((a, b) => a - b));
  expect(states.filter(({ progress }) => progress.loaded === file.size).map(({ status }) => status)).toEqual(['done']);
});

test('uploadAll uploads every file under its path and reports each result', async () => {
  const prefix = crypto.randomUUID();
  const uploader = makeUploader();
  const files = [2 * PART, 0, 10, 3 * PART].map((size, index) => ({
    file: makeFile(size, { seed: index + 1, name: `${index}` }),
    path: `${prefix}/${index}.bin`,
  }));
  const batch = uploader.uploadAll(files, { metadata: { batch: 'x' } });
  const results = await batch.results;
  expect(results.map(({ status }) => status)).toEqual(Array(4).fill('fulfilled'));
  expect(batch.getSnapshot()).toMatchObject({
    loaded: 5 * PART + 10,
    total: 5 * PART + 10,
    files: { done: 4, failed: 0, total: 4, isAdding: false },
  });
  for (const { path, file } of files) expect(await storedObject(path)).toMatchObject({ size: file.size });
});

test('uploadAll starts uploading before the source has yielded its last file', async () => {
  const prefix = crypto.randomUUID();
  const second = gate();
  async function* walk(): AsyncGenerator<{ file: File; path: string }> {
    yield { file: makeFile(10), path: `${prefix}/1` };
    await second.opened;
    yield { file: makeFile(10), path: `${prefix}/2` };
  }
  const batch = makeUploader().uploadAll(walk());
  await expect.poll(() => batch.tasks[0]?.getSnapshot().status).toBe('done');
  expect(batch.getSnapshot().files).toMatchObject({ total: 1, isAdding: true });
  second.open();
  expect(await batch.results).toHaveLength(2);
});

test('a file of more than 48.8 TB is refused at the call', () => {
  const file = Object.defineProperty(makeFile(1), 'size', { value: 10_000 * 5 * 1024 ** 3 + 1 });
  expect(() => makeUploader().upload(file, { key: newKey() })).toThrow(/48.8 TB/);
});

test('copies of one file in two folders become two objects', async () => {
  const prefix = crypto.randomUUID();
  const file = makeFile(3 * PART);
  const results = await makeUploader({ parallel: 2 }).uploadAll([
    { file, path: `${prefix}/a/x.bin` },
    { file, path: `${prefix}/b/x.bin` },
  ]).results;
  expect(results.map((result) => result.status === 'fulfilled' && result.value.key)).toEqual([`${prefix}/a/x.bin`, `${prefix}/b/x.bin`]);
});

test('the same file passed twice is uploaded once, and both tasks are done', async () => {
  const key = newKey();
  const uploader = makeUploader();
  const tasks = [uploader.upload(makeFile(4 * PART), { key }), uploader.upload(makeFile(4 * PART), { key })];
  const [first, second] = await Promise.all(tasks.map((task) => task.result));
  expect(second).toEqual(first);
  expect((await acknowledgedParts(key)).sort()).toEqual([1, 2, 3, 4]);
  expect((await lines(key)).filter((line) => line.startsWith('Complete'))).toEqual(['CompleteMultipartUpload → 200']);
});

test('a small file costs one request: no preflight', async () => {
  const key = newKey();
  await makeUploader({ partSize: 'auto' }).upload(makeFile(50 * KiB), { key }).result;
  expect((await control.log(key)).map(({ operation }) => operation)).toEqual(['PostObject']);
  const other = newKey();
  await makeUploader({ partSize: 'auto' }).upload(makeFile(50 * KiB), { key: other, tagging: { a: 'b' } }).result;
  expect(
    (await control.log(other)).map(({ operation }) => operation),
    'the log shows preflights',
  ).toEqual(['Preflight', 'PutObject']);
});
