/** Whole uploads under faults of the service, the network, the clock and the database. */
import { expect, test, vi } from 'vitest';
import { type CheckpointStore, type Clock, createUploader, type Credentials, type Network } from '../../src/index.js';
import { crcOf, makeFile } from '../helpers/make-file.js';
import { PART } from '../helpers/sizes.js';
import { oneTo, partNumbers } from '../helpers/transcript.js';
import { failureOf, sleep, until } from '../helpers/waits.js';
import { control, ossUrl, slow, storedObject } from './helpers/service.js';
import { fetchCredentials, makeUploader, newKey } from './helpers/uploads.js';
import { acknowledgedParts, lines, transcript } from './helpers/wire.js';

test.each([
  ['500 InternalError', { kind: 'status', status: 500, code: 'InternalError' }],
  ['503 ServiceUnavailable', { kind: 'status', status: 503, code: 'ServiceUnavailable' }],
  ['400 RequestTimeout', { kind: 'status', status: 400, code: 'RequestTimeout' }],
  ['502 with a proxy’s HTML', { kind: 'raw', status: 502, contentType: 'text/html', body: '<html>Bad gateway' }],
  ['a connection reset in the middle of the body', { kind: 'reset', afterBytes: 50_000 }],
  ['an answer lost after the part was stored', { kind: 'drop-response' }],
] as const)('repeats a part after %s, and sends its siblings once', async (_name, fault) => {
  const key = newKey();
  const file = makeFile(4 * PART);
  await control.addFault({ key, operation: 'UploadPart', partNumber: 2, times: 2, fault });
  const result = await makeUploader({ parallel: 2 }).upload(file, { key }).result;
  expect(result).toMatchObject({ verified: true, crc64: await crcOf(file) });
  const sent = partNumbers(await transcript(key));
  expect(sent.filter((part) => part === 2).length).toBeGreaterThanOrEqual(3);
  expect(sent.filter((part) => part !== 2).sort()).toEqual([1, 3, 4]);
});

test('repeats Initiate and Complete after a 503', async () => {
  const key = newKey();
  await control.addFault({ key, operation: 'InitiateMultipartUpload', fault: { kind: 'status', status: 503, code: 'ServiceUnavailable' } });
  await control.addFault({ key, operation: 'CompleteMultipartUpload', fault: { kind: 'status', status: 503, code: 'ServiceUnavailable' } });
  expect((await makeUploader().upload(makeFile(2 * PART), { key }).result).verified).toBe(true);
});

test('repeats an Initiate whose answer was cut off', async () => {
  const key = newKey();
  await control.addFault({
    key,
    operation: 'InitiateMultipartUpload',
    fault: {
      kind: 'raw',
      status: 200,
      contentType: 'application/xml',
      body: '<?xml version="1.0"?><InitiateMultipartUploadResult><Bucket>demo',
    },
  });
  expect((await makeUploader().upload(makeFile(2 * PART), { key }).result).verified).toBe(true);
});

test('gives up after the last attempt with a resumable error that says what happened', async () => {
  const key = newKey();
  await control.addFault({ key, operation: 'UploadPart', times: null, fault: { kind: 'status', status: 500, code: 'InternalError' } });
  const error = await failureOf(
    makeUploader({ parallel: 1, retry: { limit: 2, baseDelay: 5 } }).upload(makeFile(2 * PART), { key }).result,
  );
  expect(error).toMatchObject({ name: 'OssError', code: 'InternalError', status: 500, resumable: true, partNumber: 1 });
  expect(error.message).toContain('UploadPart 1');
  expect(error.message).toContain(error.requestId);
  expect((await lines(key)).filter((line) => line.startsWith('UploadPart 1'))).toHaveLength(3);
});

test('waits as long as Retry-After says', async () => {
  const key = newKey();
  await control.addFault({
    key,
    operation: 'UploadPart',
    partNumber: 1,
    fault: { kind: 'status', status: 503, code: 'ServiceUnavailable', headers: { 'Retry-After': '1' } },
  });
  await makeUploader({ parallel: 1 }).upload(makeFile(2 * PART), { key }).result;
  const [refused, repeated] = (await transcript(key)).filter(({ partNumber }) => partNumber === 1);
  expect(Date.parse(repeated!.time) - Date.parse(refused!.time)).toBeGreaterThanOrEqual(990);
});

test('a fatal refusal ends the upload at once, although a sibling was asked to wait for minutes', async () => {
  const key = newKey();
  const file = makeFile(4 * PART);
  await control.addFault({
    key,
    operation: 'UploadPart',
    partNumber: 1,
    fault: { kind: 'status', status: 503, code: 'ServiceUnavailable', headers: { 'Retry-After': '240' } },
  });
  await control.addFault({ key, operation: 'UploadPart', partNumber: 3, fault: { kind: 'status', status: 403, code: 'AccessDenied' } });
  const task = makeUploader({ parallel: 2 }).upload(file, { key });
  expect(await failureOf(task.result)).toMatchObject({ code: 'AccessDenied', partNumber: 3, resumable: true });
  task.resume();
  expect(await task.result).toMatchObject({ verified: true, crc64: await crcOf(file) });
  expect(await acknowledgedParts(key)).toHaveLength(4);
});

test('a stalled part is cancelled after stallTimeout and sent again', async () => {
  const key = newKey();
  await control.addFault({ key, operation: 'UploadPart', partNumber: 2, fault: { kind: 'stall', afterBytes: 1000 } });
  const result = await makeUploader({ parallel: 2, stallTimeout: 300 }).upload(makeFile(3 * PART), { key }).result;
  expect(result.verified).toBe(true);
  expect((await transcript(key)).filter(({ partNumber }) => partNumber === 2).map(({ status }) => status)).toEqual([null, 200]);
});

test('a Complete whose answer is lost is a success, found by HEAD', async () => {
  const key = newKey();
  const file = makeFile(3 * PART);
  await control.addFault({ key, operation: 'CompleteMultipartUpload', fault: { kind: 'drop-response' } });
  const result = await makeUploader().upload(file, { key }).result;
  expect(result).toMatchObject({ verified: true, crc64: await crcOf(file), etag: expect.stringMatching(/-3"$/) });
  expect((await lines(key)).slice(-2)).toEqual(['CompleteMultipartUpload → 404 NoSuchUpload', 'HeadObject → 200']);
});

test('reports that a lost Complete can’t be confirmed when the credentials don’t allow HEAD, and uploads nothing again', async () => {
  const key = newKey();
  await control.addFault({ key, operation: 'CompleteMultipartUpload', fault: { kind: 'drop-response' } });
  const blind = await control.addFault({
    key,
    operation: 'HeadObject',
    times: null,
    fault: { kind: 'status', status: 403, code: 'AccessDenied' },
  });
  const task = makeUploader().upload(makeFile(3 * PART), { key });
  const error = await failureOf(task.result);
  expect(error).toMatchObject({ code: 'Unconfirmed', resumable: true });
  expect(error.message).toContain('oss:GetObject');
  task.resume();
  expect(await failureOf(task.result)).toMatchObject({ code: 'Unconfirmed' });
  await control.removeFault(blind.id);
  task.resume();
  expect((await task.result).verified).toBe(true);
  expect((await acknowledgedParts(key)).sort()).toEqual([1, 2, 3]);
});

test('a failing checkpoint store of the application doesn’t fail the upload', async () => {
  const key = newKey();
  const fail = async (): Promise<never> => {
    throw new Error('disk full');
  };
  const checkpoint: CheckpointStore = {
    list: async () => [],
    load: async () => undefined,
    save: async () => {},
    remove: fail,
    parts: async () => [],
    savePart: fail,
    removePart: fail,
  };
  const task = makeUploader({ checkpoint }).upload(makeFile(3 * PART), { key });
  expect((await task.result).verified).toBe(true);
  expect(task.getSnapshot().warnings.map(({ code }) => code)).toEqual(['checkpoint-in-memory']);
});

test('starts again under the same key when the upload vanishes midway', async () => {
  const key = newKey();
  const file = makeFile(6 * PART);
  await control.addFault({ key, operation: 'UploadPart', partNumber: 4, fault: { kind: 'status', status: 404, code: 'NoSuchUpload' } });
  const result = await makeUploader({ parallel: 1 }).upload(file, { key }).result;
  expect(result).toMatchObject({ key, verified: true });
  expect((await lines(key)).filter((line) => line.startsWith('Initiate'))).toHaveLength(2);
});

test('lists the parts again when Complete finds one that was replaced', async () => {
  const key = newKey();
  await control.addFault({ key, operation: 'CompleteMultipartUpload', fault: { kind: 'status', status: 400, code: 'InvalidPart' } });
  expect((await makeUploader().upload(makeFile(4 * PART), { key }).result).verified).toBe(true);
  expect((await acknowledgedParts(key)).sort()).toEqual([1, 2, 3, 4]);
});

test('when tokens expire midway, all parts together request new credentials once, and only refused parts are sent again', async () => {
  const key = newKey();
  const credentials = vi.fn(fetchCredentials);
  await control.addFault({
    key,
    operation: 'UploadPart',
    skip: 2,
    times: 4,
    fault: { kind: 'status', status: 403, code: 'SecurityTokenExpired' },
  });
  const result = await makeUploader({ parallel: 4, credentials }).upload(makeFile(12 * PART), { key }).result;
  expect(result.verified).toBe(true);
  expect(credentials.mock.calls.length).toBeLessThanOrEqual(3);
  expect(credentials.mock.calls.length).toBeGreaterThanOrEqual(2);
  expect((await acknowledgedParts(key)).sort((a, b) => a - b)).toEqual(oneTo(12));
});

test('tokens that expire for real are renewed without an interruption', async () => {
  const key = newKey();
  const fault = await slow(key, 'UploadPart', 150);
  const credentials = async ({ signal }: { signal: AbortSignal }): Promise<Credentials> =>
    (await fetch(`${ossUrl}/sts?duration=1`, { signal })).json();
  const result = await makeUploader({ parallel: 2, credentials }).upload(makeFile(30 * PART), { key }).result;
  expect(result.verified).toBe(true);
  await control.removeFault(fault.id);
});

test('a failing credentials function makes the upload wait visibly; it continues when the function works again', async () => {
  const key = newKey();
  let isBroken = true;
  const credentials = async (context: { signal: AbortSignal }): Promise<Credentials> => {
    if (isBroken) throw new Error('STS is down');
    return fetchCredentials(context);
  };
  const task = makeUploader({ credentials }).upload(makeFile(2 * PART), { key });
  await until(task, (state) => state.status === 'waiting' && state.reason === 'credentials');
  isBroken = false;
  expect((await task.result).verified).toBe(true);
});

test('credentials without a secret are refused with a message that names the missing field', async () => {
  const error = await failureOf(
    makeUploader({ credentials: () => ({ accessKeyId: 'STS.abc' }) as Credentials }).upload(makeFile(2 * PART), { key: newKey() }).result,
  );
  expect(error).toMatchObject({ name: 'CredentialsError', code: 'InvalidCredentials' });
  expect(error.message).toContain('accessKeySecret');
  expect(error.message).not.toContain('STS.abc');
});

test.each([-86_400_000, -3_600_000, 3_600_000, 86_400_000])(
  'a clock that is off by %i ms is corrected from the service’s answer',
  async (offset) => {
    const key = newKey();
    const clock: Clock = {
      now: () => Date.now() + offset,
      after(milliseconds, callback) {
        const timer = setTimeout(callback, milliseconds);
        return () => clearTimeout(timer);
      },
    };
    const credentials = vi.fn(fetchCredentials);
    const result = await makeUploader({ parallel: 1, ports: { clock }, credentials }).upload(makeFile(3 * PART), { key }).result;
    expect(result.verified).toBe(true);
    expect((await lines(key)).filter((line) => line.includes('RequestTimeTooSkewed'))).toHaveLength(1);
    expect(credentials).toHaveBeenCalledTimes(1);
  },
);

test('a service that always reports a wrong clock is believed only a few times', async () => {
  const key = newKey();
  await control.addFault({
    key,
    times: null,
    fault: { kind: 'status', status: 403, code: 'RequestTimeTooSkewed', extra: { ServerTime: new Date().toISOString() } },
  });
  const error = await failureOf(makeUploader().upload(makeFile(2 * PART), { key }).result);
  expect(error.code).toBe('RequestTimeTooSkewed');
  expect((await transcript(key)).length).toBeLessThanOrEqual(3);
});

test('offline parks the upload without spending attempts; it resumes when the network is back', async () => {
  const key = newKey();
  let isOnline = true;
  const listeners = new Set<(online: boolean) => void>();
  const network = {
    isOnline: () => isOnline,
    subscribe(listener: (online: boolean) => void) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  // The network is gone for everything, plain probes included.
  const ask = globalThis.fetch;
  const asking = vi
    .spyOn(globalThis, 'fetch')
    .mockImplementation((url, init) => (init?.mode === 'no-cors' ? Promise.reject(new TypeError()) : ask(url, init)));
  const fault = await control.addFault({ key, operation: 'UploadPart', times: null, fault: { kind: 'reset' } });
  const task = makeUploader({ parallel: 2, retry: { limit: 0 }, ports: { network } }).upload(makeFile(5 * PART), { key });
  await vi.waitFor(async () => expect((await lines(key)).length).toBeGreaterThan(1), { timeout: 5_000 });
  isOnline = false;
  for (const listener of listeners) listener(false);
  await until(task, (state) => state.status === 'waiting' && state.reason === 'network');
  await control.removeFault(fault.id);
  asking.mockRestore();
  isOnline = true;
  for (const listener of listeners) listener(true);
  expect((await task.result).verified).toBe(true);
  expect(listeners.size).toBe(0);
});

test('an onLine that is always false while everything works costs no time and hides no missing CORS rule', async () => {
  const network: Network = { isOnline: () => false, subscribe: () => () => {} };
  const key = newKey();
  await control.addFault({ key, operation: 'UploadPart', partNumber: 2, times: 2, fault: { kind: 'reset' } });
  const started = performance.now();
  expect((await makeUploader({ ports: { network } }).upload(makeFile(4 * PART), { key }).result).verified).toBe(true);
  expect(performance.now() - started).toBeLessThan(15_000);
  await control.setCors([{ allowedOrigins: ['https://elsewhere.example'], allowedMethods: ['PUT'], allowedHeaders: ['*'] }], 'cors-bucket');
  const error = await failureOf(
    makeUploader({ bucket: 'cors-bucket', ports: { network } }).upload(makeFile(2 * PART), { key: newKey() }).result,
  );
  expect(error).toMatchObject({ name: 'CorsError', code: 'CorsRefused' });
});

test('a task paused by the user while offline stays paused when the network returns', async () => {
  const key = newKey();
  let wake: (online: boolean) => void = () => {};
  const network: Network = {
    isOnline: () => false,
    subscribe(listener) {
      wake = listener;
      return () => {};
    },
  };
  await control.addFault({ key, operation: 'UploadPart', times: null, fault: { kind: 'reset' } });
  const task = makeUploader({ parallel: 1, ports: { network } }).upload(makeFile(5 * PART), { key });
  await until(task, (state) => state.status === 'waiting');
  await task.pause();
  wake(true);
  await sleep(100);
  expect(task.getSnapshot().status).toBe('paused');
});

test('a corrupted part is detected by its CRC-64 and sent again', async () => {
  const key = newKey();
  const file = makeFile(4 * PART);
  await control.addFault({ key, operation: 'UploadPart', partNumber: 3, fault: { kind: 'corrupt' } });
  const result = await makeUploader().upload(file, { key }).result;
  expect(result).toMatchObject({ verified: true, crc64: await crcOf(file) });
  expect((await acknowledgedParts(key)).sort()).toEqual([1, 2, 3, 3, 4]);
});

test('a corrupted small file is sent again too', async () => {
  const key = newKey();
  await control.addFault({ key, operation: 'PostObject', fault: { kind: 'corrupt' } });
  expect((await makeUploader().upload(makeFile(1000), { key }).result).verified).toBe(true);
  expect(await lines(key)).toEqual(['PostObject → 200', 'PostObject → 200']);
});

test('a part that is corrupted every time is an IntegrityError, never a success', async () => {
  const key = newKey();
  await control.addFault({ key, operation: 'UploadPart', partNumber: 2, times: null, fault: { kind: 'corrupt' } });
  const error = await failureOf(makeUploader().upload(makeFile(3 * PART), { key }).result);
  expect(error).toMatchObject({ name: 'IntegrityError', code: 'PartMismatch', partNumber: 2 });
  expect(await storedObject(key)).toBeUndefined();
});

test('an object whose CRC-64 is not the file’s is an IntegrityError', async () => {
  const key = newKey();
  await control.addFault({
    key,
    operation: 'CompleteMultipartUpload',
    fault: { kind: 'response-headers', set: { 'x-oss-hash-crc64ecma': '1' } },
  });
  const error = await failureOf(makeUploader().upload(makeFile(3 * PART), { key }).result);
  expect(error).toMatchObject({ name: 'IntegrityError', code: 'ObjectMismatch' });
});

test('forbidOverwrite refuses to replace an object, at once', async () => {
  const key = newKey();
  const uploader = makeUploader();
  await uploader.upload(makeFile(2 * PART), { key }).result;
  for (const size of [2 * PART, 100]) {
    const error = await failureOf(uploader.upload(makeFile(size), { key, forbidOverwrite: true }).result);
    expect(error).toMatchObject({ code: 'FileAlreadyExists', status: 409, resumable: false });
  }
});

test('a small file whose answer was lost isn’t refused by its own forbidOverwrite', async () => {
  const key = newKey();
  await control.addFault({ key, operation: 'PostObject', fault: { kind: 'drop-response' } });
  expect((await makeUploader().upload(makeFile(1000), { key, forbidOverwrite: true }).result).verified).toBe(true);
});

test('without a working IndexedDB the upload continues, with one warning', async () => {
  const key = newKey();
  const open = vi.spyOn(indexedDB, 'open').mockImplementation(() => {
    throw new DOMException('denied', 'SecurityError');
  });
  const task = makeUploader().upload(makeFile(4 * PART), { key });
  const { verified } = await task.result;
  open.mockRestore();
  expect(verified).toBe(true);
  expect(task.getSnapshot().warnings.map(({ code }) => code)).toEqual(['checkpoint-in-memory']);
});

test('the application’s fetch can replace the transport', async () => {
  const key = newKey();
  const spy = vi.fn((url: RequestInfo | URL, init?: RequestInit) => fetch(url, init));
  const uploader = createUploader({
    region: 'cn-hangzhou',
    bucket: 'demo-bucket',
    endpoint: ossUrl,
    credentials: fetchCredentials,
    partSize: PART,
    fetch: spy as typeof fetch,
    checkpoint: false,
  });
  expect((await uploader.upload(makeFile(3 * PART), { key }).result).verified).toBe(true);
  expect(spy).toHaveBeenCalledTimes(5);
});
