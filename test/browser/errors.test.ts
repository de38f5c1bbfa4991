/** Errors that an application sees: CORS, invalid options, odd keys. */
import { expect, test, vi } from 'vitest';
import { createUploader } from '../../src/index.js';
import { makeFile } from '../helpers/make-file.js';
import { PART } from '../helpers/sizes.js';
import { failureOf } from '../helpers/waits.js';
import { allRows } from './helpers/database-rows.js';
import { control, ossUrl, storedObject } from './helpers/service.js';
import { fetchCredentials, leaveUnfinished, makeUploader, newKey } from './helpers/uploads.js';
import { acknowledgedParts, lines, requestCount } from './helpers/wire.js';

const rule = { allowedOrigins: ['*'], allowedMethods: ['PUT', 'POST', 'GET', 'HEAD', 'DELETE'], allowedHeaders: ['*'] };

test('a bucket that doesn’t expose ETag fails the first part, with an error that names the header', async () => {
  await control.setCors([{ ...rule, exposeHeaders: ['x-oss-request-id'] }], 'cors-bucket');
  const key = newKey();
  const error = await failureOf(makeUploader({ bucket: 'cors-bucket', parallel: 1 }).upload(makeFile(5 * PART), { key }).result);
  expect(error).toMatchObject({ name: 'CorsError', code: 'EtagNotExposed', resumable: true });
  expect(error.message).toContain('ExposeHeader');
  expect((await lines(key)).filter((line) => line.startsWith('UploadPart'))).toHaveLength(1);
});

test('a bucket that hides the CRC-64 still receives the file, unverified, with one warning that names the header', async () => {
  await control.setCors([{ ...rule, exposeHeaders: ['ETag'] }], 'cors-bucket');
  const key = newKey();
  const task = makeUploader({ bucket: 'cors-bucket' }).upload(makeFile(4 * PART), { key });
  expect((await task.result).verified).toBe(false);
  expect(task.getSnapshot().warnings).toMatchObject([
    { code: 'crc64-not-exposed', message: expect.stringContaining('x-oss-hash-crc64ecma') },
  ]);
});

test('where the CRC-64 header is hidden, ListParts still reveals a corrupted part', async () => {
  await control.setCors([{ ...rule, exposeHeaders: ['ETag'] }], 'cors-bucket');
  const key = newKey();
  await control.addFault({ key, operation: 'UploadPart', partNumber: 2, fault: { kind: 'corrupt' } });
  await makeUploader({ bucket: 'cors-bucket' }).upload(makeFile(4 * PART), { key }).result;
  expect((await lines(key)).filter((line) => line.startsWith('UploadPart 2'))).toHaveLength(2);
});

test('a bucket without CORS rules for this origin is distinguished from an unreachable one', async () => {
  await control.setCors([{ ...rule, allowedOrigins: ['https://elsewhere.example'] }], 'cors-bucket');
  const error = await failureOf(makeUploader({ bucket: 'cors-bucket' }).upload(makeFile(2 * PART), { key: newKey() }).result);
  expect(error).toMatchObject({ name: 'CorsError', code: 'CorsRefused' });
  expect(error.message).toContain(location.origin);
});

test('the error about an endpoint that doesn’t answer names both causes, the network and CORS', async () => {
  const error = await failureOf(makeUploader({ endpoint: 'http://localhost:9' }).upload(makeFile(2 * PART), { key: newKey() }).result);
  expect(error).toMatchObject({ name: 'NetworkError', resumable: true });
  expect(error.message).toContain('http://localhost:9');
  expect(error.message).toMatch(/network.*CORS/s);
});

test.each([
  ['region', { region: '' }],
  ['region', { region: 'cn hangzhou' }],
  ['bucket', { bucket: 'Bad_Name' }],
  ['credentials', { credentials: undefined }],
  ['endpoint', { endpoint: 'https://oss.example/path' }],
  ['endpoint', { endpoint: 'http://127.0.0.1:9000' }],
  ['parallel', { parallel: 0 }],
  ['partSize', { partSize: 1 }],
  ['partSize', { partSize: 6 * 1024 ** 3 }],
  ['retry.limit', { retry: { limit: -1 } }],
  ['stallTimeout', { stallTimeout: -1 }],
])('an invalid %s is refused at the call, by name', (name, options) => {
  expect(() => makeUploader(options as object)).toThrow(name);
});

test.each(['', '/a', '\\a', 'a/../b', './a', 'a/.', 'x'.repeat(1024), '\ud800'])('the key %j is refused at the call', (key) => {
  expect(() => makeUploader().upload(makeFile(1), { key })).toThrow(TypeError);
});

test('a key function that returns an invalid key fails the task with a clear error', async () => {
  const error = await failureOf(makeUploader().upload(makeFile(2 * PART), { key: () => '../up' }).result);
  expect(error).toMatchObject({ code: 'InvalidKey' });
});

test('a value that isn’t a file is refused at the call', () => {
  expect(() => makeUploader().upload('text' as unknown as Blob)).toThrow('File or a Blob');
  expect(() => makeUploader().upload(new Blob(['x']))).toThrow('key is required');
});

test('without a secure context createUploader throws an error that says what to do', () => {
  vi.stubGlobal('crypto', { getRandomValues: crypto.getRandomValues.bind(crypto), randomUUID: crypto.randomUUID.bind(crypto) });
  try {
    expect(() => makeUploader()).toThrow(/https, or from localhost/);
  } finally {
    vi.unstubAllGlobals();
  }
});

test('a missing bucket fails at once', async () => {
  const uploader = createUploader({
    region: 'cn-hangzhou',
    bucket: 'missing-bucket',
    endpoint: ossUrl,
    credentials: fetchCredentials,
    checkpoint: false,
  });
  const error = await failureOf(uploader.upload(makeFile(10), { key: newKey() }).result);
  expect(['NoSuchBucket', 'CorsRefused']).toContain(error.code);
});

test('keys that a browser can send arrive unchanged', async () => {
  for (const key of [
    "a!b'c(d)e*f~g%h?i#j&k=l+m@n:o;p,q$r[s]t u",
    '目录/中文 文件名.txt',
    'a//b/',
    'emoji-😀',
    'é-combining',
    'a/%2E%2e/b',
  ]) {
    const unique = `${crypto.randomUUID()}/${key}`;
    expect((await makeUploader().upload(makeFile(2 * PART), { key: unique }).result).verified).toBe(true);
    expect(await storedObject(unique)).toBeDefined();
  }
});

test.each(['a\u000bb', 'a\ufffe'])('a key that XML can’t carry (%j) is stored and resumed: one Initiate', async (odd) => {
  const key = `${crypto.randomUUID()}/${odd}`;
  const file = makeFile(4 * PART, { seed: 6 });
  const { again, acknowledged } = await leaveUnfinished(file, key, 2);
  expect(acknowledged).toHaveLength(2);
  expect((await again().upload(file, { key }).result).verified).toBe(true);
  expect(await storedObject(key)).toMatchObject({ size: file.size });
  expect(await requestCount(key, 'InitiateMultipartUpload')).toBe(1);
  expect((await acknowledgedParts(key)).sort()).toEqual([1, 2, 3, 4]);
});

test('path style works too', async () => {
  const key = newKey();
  expect(
    (await makeUploader({ pathStyle: true, endpoint: ossUrl.replace('localhost', '127.0.0.1') }).upload(makeFile(2 * PART), { key }).result)
      .verified,
  ).toBe(true);
});

test('no secret reaches an error, a URL or the database', async () => {
  const key = newKey();
  const secrets: string[] = [];
  const urls: string[] = [];
  const send = XMLHttpRequest.prototype.open;
  vi.spyOn(XMLHttpRequest.prototype, 'open').mockImplementation(function (this: XMLHttpRequest, ...args: unknown[]) {
    urls.push(String(args[1]));
    return (send as (...args: unknown[]) => void).apply(this, args);
  } as never);
  const credentials = async (context: { signal: AbortSignal }): Promise<any> => {
    const answer: any = await fetchCredentials(context);
    secrets.push(answer.Credentials.AccessKeySecret, answer.Credentials.SecurityToken);
    return answer;
  };
  const name = `test-${crypto.randomUUID()}`;
  await control.addFault({
    key,
    operation: 'UploadPart',
    partNumber: 3,
    times: null,
    fault: { kind: 'status', status: 403, code: 'SignatureDoesNotMatch', message: 'no' },
  });
  const error = await failureOf(
    makeUploader({ credentials, checkpoint: { name }, parallel: 1 }).upload(makeFile(4 * PART), { key }).result,
  );
  vi.restoreAllMocks();
  const rows = await allRows(name);
  expect(rows.length).toBeGreaterThan(1);
  const everything = JSON.stringify([rows, urls, error, error.message, error.stack, String(error.cause)]);
  expect(secrets.length).toBeGreaterThan(0);
  for (const secret of secrets) expect(everything).not.toContain(secret);
});
