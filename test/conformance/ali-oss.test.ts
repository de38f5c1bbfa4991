/** ali-oss 6.23.0, an independent client, against the running server. */
import { createHash, randomBytes } from 'node:crypto';
import { Agent } from 'node:http';
import type { LookupFunction } from 'node:net';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import OSS, { type Checkpoint } from 'ali-oss';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { crc64 } from '../../src/hash/crc64.js';
import { startTestOss, type TestOss } from '../helpers/embedded-oss.js';
import { sleep } from '../helpers/waits.js';
import { type Field, formBody, post } from './form.js';

let oss: TestOss;
let folder: string;
let file: string;
const content = randomBytes(1_234_567);
const md5 = (bytes: Buffer): string => createHash('md5').update(bytes).digest('hex').toUpperCase();

/** Browsers resolve `{bucket}.localhost` to loopback; Node asks the system's resolver, which may not. */
const toLoopback: LookupFunction = (_host, options, callback) => {
  if (options.all === true) callback(null, [{ address: '127.0.0.1', family: 4 }]);
  else callback(null, '127.0.0.1', 4);
};
const agent = new Agent({ keepAlive: true, lookup: toLoopback });

/** How ali-oss addresses a bucket under each of its options (protocol §1.2). */
const STYLES: Record<string, () => Record<string, unknown>> = {
  'IP endpoint, bucket in the Host header': () => ({ endpoint: `http://127.0.0.1:${oss.port}` }),
  'sldEnable, bucket in the Host header and in the path': () => ({ endpoint: `http://127.0.0.1:${oss.port}`, sldEnable: true }),
  'virtual host under localhost': () => ({ endpoint: `http://localhost:${oss.port}`, agent }),
  'path style under localhost': () => ({ endpoint: `http://localhost:${oss.port}`, agent, sldEnable: true }),
  'custom domain': () => ({ endpoint: `http://files.example.test:${oss.port}`, agent, cname: true }),
};

function connect(options: Record<string, unknown> = {}, seconds?: number): OSS {
  const { AccessKeyId, AccessKeySecret, SecurityToken } = oss.control.assumeRole(seconds).Credentials;
  return new OSS({
    region: 'oss-cn-hangzhou',
    bucket: 'demo-bucket',
    accessKeyId: AccessKeyId,
    accessKeySecret: AccessKeySecret,
    stsToken: SecurityToken,
    authorizationV4: true,
    // Suppresses its advice to set refreshSTSToken.
    refreshSTSTokenInterval: 3_600_000,
    ...(STYLES['IP endpoint, bucket in the Host header']?.() ?? {}),
    ...options,
  });
}

beforeAll(async () => {
  oss = await startTestOss({
    cnames: { 'files.example.test': 'demo-bucket' },
    accessKeys: [{ accessKeyId: 'LTAIconformance', accessKeySecret: 'permanent-secret' }],
  });
  folder = await mkdtemp(join(tmpdir(), 'ali-oss-'));
  file = join(folder, 'content.bin');
  await writeFile(file, content);
});
afterEach(() => oss.control.reset({ data: true }));
afterAll(async () => {
  agent.destroy();
  await oss.cleanup();
  await rm(folder, { recursive: true, force: true });
});

describe.each(Object.keys(STYLES))('%s', (style) => {
  const client = (): OSS => connect(STYLES[style]?.());

  test('puts, heads, gets and deletes an object under an awkward name', async () => {
    const name = "目录/a b+c&d!'()*~.txt";
    const put = await client().put(name, Buffer.from('hello oss'), { mime: 'text/plain', meta: { origin: 'test' } });
    expect(put.res.headers['etag']).toBe(`"${md5(Buffer.from('hello oss'))}"`);
    expect(put.res.headers['x-oss-hash-crc64ecma']).toBe('15021467531229347219');
    const head = await client().head(name);
    expect(head.meta).toEqual({ origin: 'test' });
    expect(head.res.headers).toMatchObject({ 'content-length': '9', 'content-type': 'text/plain', 'x-oss-object-type': 'Normal' });
    expect((await client().get(name)).content.toString()).toBe('hello oss');
    await client().delete(name);
    await expect(client().head(name)).rejects.toMatchObject({ status: 404 });
  });

  test('uploads in parts and reads back the same bytes', async () => {
    const name = 'uploads/中文 file+1.bin';
    const done = await client().multipartUpload(name, file, { partSize: 200 * 1024, parallel: 3 });
    expect(done.etag).toMatch(/^"[0-9A-F]{32}-7"$/);
    expect(done.res.headers['x-oss-hash-crc64ecma']).toBe(crc64(content));
    const got = await client().get(name);
    expect(md5(got.content)).toBe(md5(content));
    expect(got.res.headers['x-oss-object-type']).toBe('Multipart');
    expect(oss.control.uploads()).toEqual([]);
  });
});

test('resumes from its checkpoint and sends no finished part again', async () => {
  let saved: Checkpoint | undefined;
  const first = connect();
  const stopped = first.multipartUpload('resumed.bin', file, {
    partSize: 102_400,
    parallel: 1,
    progress: (_fraction: number, checkpoint: Checkpoint) => {
      saved = structuredClone({ ...checkpoint, file });
      if (checkpoint.doneParts.length === 5) first.cancel();
    },
  });
  await expect(stopped).rejects.toMatchObject({ name: 'cancel' });
  expect(saved?.doneParts).toHaveLength(5);

  oss.control.clearLog();
  await connect().multipartUpload('resumed.bin', file, { parallel: 2, checkpoint: saved });
  const sent = oss.control
    .log()
    .filter((entry) => entry.operation === 'UploadPart')
    .map((entry) => entry.partNumber);
  expect(sent.sort((a = 0, b = 0) => a - b)).toEqual([6, 7, 8, 9, 10, 11, 12, 13]);
  expect(md5((await connect().get('resumed.bin')).content)).toBe(md5(content));
});

test('lists parts page by page, lists uploads, and aborts', async () => {
  const client = connect();
  const { uploadId } = await client.initMultipartUpload('listed.bin');
  for (const number of [3, 1, 2]) await client.uploadPart('listed.bin', uploadId, number, file, (number - 1) * 102_400, number * 102_400);

  const page = await client.listParts('listed.bin', uploadId, { 'max-parts': 2 });
  expect(page.parts).toMatchObject([
    { PartNumber: '1', ETag: `"${md5(content.subarray(0, 102_400))}"`, Size: '102400' },
    { PartNumber: '2' },
  ]);
  expect(page).toMatchObject({ isTruncated: 'true', nextPartNumberMarker: '2' });
  const rest = await client.listParts('listed.bin', uploadId, { 'max-parts': 2, 'part-number-marker': page.nextPartNumberMarker });
  expect(rest).toMatchObject({ parts: { PartNumber: '3' }, isTruncated: 'false' });

  expect((await client.listUploads({ 'max-uploads': 10 })).uploads).toMatchObject([{ name: 'listed.bin', uploadId }]);
  await client.abortMultipartUpload('listed.bin', uploadId);
  await expect(client.listParts('listed.bin', uploadId)).rejects.toMatchObject({ code: 'NoSuchUpload', status: 404 });
  await expect(client.abortMultipartUpload('listed.bin', uploadId)).rejects.toMatchObject({ code: 'NoSuchUpload' });
});

test('lists uploads page by page, by prefix', async () => {
  const client = connect();
  for (const name of ['a', 'dir/1', 'dir/2', 'dir/1', 'dir/3']) await client.initMultipartUpload(name);
  const names: string[] = [];
  for (let marker = {}; ; ) {
    const page = await client.listUploads({ prefix: 'dir/', 'max-uploads': 2, ...marker });
    names.push(...page.uploads.map(({ name }) => name));
    if (String(page.isTruncated) === 'false') break;
    marker = { 'key-marker': page.nextKeyMarker, 'upload-id-marker': page.nextUploadIdMarker };
  }
  expect(names).toEqual(['dir/1', 'dir/1', 'dir/2', 'dir/3']);
});

test('gets ranges across part borders', async () => {
  await connect().multipartUpload('ranges.bin', file, { partSize: 102_400 });
  for (const [start, end] of [
    [0, 9],
    [102_390, 102_410],
    [204_799, 409_700],
    [1_234_560, 1_234_566],
  ] as const) {
    const { content: got, res } = await connect().get('ranges.bin', { headers: { Range: `bytes=${start}-${end}` } });
    expect(res.status).toBe(206);
    expect(res.headers['content-range']).toBe(`bytes ${start}-${end}/1234567`);
    expect(got.equals(content.subarray(start, end + 1))).toBe(true);
  }
});

test('lists objects, in pages and by delimiter', async () => {
  for (const name of ['a.txt', 'dir/b.txt', 'dir/c.txt', 'z.txt']) await connect().put(name, Buffer.from(name));
  expect((await connect().listV2({ 'max-keys': 10 })).objects?.map((object) => object.name)).toEqual([
    'a.txt',
    'dir/b.txt',
    'dir/c.txt',
    'z.txt',
  ]);
  const { objects, prefixes } = await connect().list({ delimiter: '/', 'max-keys': 10 });
  expect([objects?.map((object) => object.name), prefixes]).toEqual([['a.txt', 'z.txt'], ['dir/']]);
});

test('is refused when its token has expired, its secret is wrong or its key unknown', async () => {
  const client = connect();
  await client.put('before.txt', Buffer.from('1'));
  oss.control.expireTokens();
  await expect(client.put('after.txt', Buffer.from('2'))).rejects.toMatchObject({ code: 'SecurityTokenExpired', status: 403 });
  await expect(connect({ accessKeySecret: 'wrong' }).put('x', Buffer.from('2'))).rejects.toMatchObject({ code: 'SignatureDoesNotMatch' });
  await expect(connect({ accessKeyId: 'STS.unknown' }).put('x', Buffer.from('2'))).rejects.toMatchObject({ code: 'InvalidAccessKeyId' });
  await expect(connect({ stsToken: 'CAISwrong' }).put('x', Buffer.from('2'))).rejects.toMatchObject({ code: 'InvalidSecurityToken' });
});

test('refreshes its token with refreshSTSToken', async () => {
  const { Credentials: second } = oss.control.assumeRole();
  let refreshed = 0;
  const client = connect(
    {
      refreshSTSToken: async () => {
        refreshed++;
        return { accessKeyId: second.AccessKeyId, accessKeySecret: second.AccessKeySecret, stsToken: second.SecurityToken };
      },
      refreshSTSTokenInterval: 0,
    },
    1,
  );
  await sleep(2_100);
  await client.put('late.txt', Buffer.from('1'));
  expect(refreshed).toBeGreaterThan(0);
});

test('is refused as skewed when its clock is an hour ahead', async () => {
  oss.control.setClock(-3_600_000);
  await expect(connect().put('skewed.txt', Buffer.from('1'))).rejects.toMatchObject({ code: 'RequestTimeTooSkewed', status: 403 });
});

test('works with a permanent key without a token', async () => {
  await connect({ accessKeyId: 'LTAIconformance', accessKeySecret: 'permanent-secret', stsToken: undefined }).put(
    'own.txt',
    Buffer.from('1'),
  );
  expect(oss.control.objects()).toMatchObject([{ key: 'own.txt', size: 1 }]);
});

test('presigns a PUT and a GET that plain fetch can use', async () => {
  const client = connect({ endpoint: `http://localhost:${oss.port}`, sldEnable: true });
  const put = await client.signatureUrlV4('PUT', 60, { headers: { 'content-type': 'text/plain' } }, 'signed url.txt');
  const local = (url: string): string => url.replace('//localhost', '//127.0.0.1');
  const sent = await fetch(local(put), { method: 'PUT', body: 'presigned', headers: { 'content-type': 'text/plain' } });
  expect(sent.status).toBe(200);
  const get = await client.signatureUrlV4('GET', 60, undefined, 'signed url.txt');
  expect(await (await fetch(local(get))).text()).toBe('presigned');
  expect((await fetch(local(put), { method: 'PUT', body: 'x', headers: { 'content-type': 'text/html' } })).status).toBe(403);
});

test('signs the policy of a form that is stored, and refused for another key', async () => {
  const client = connect({ accessKeyId: 'LTAIconformance', accessKeySecret: 'permanent-secret', stsToken: undefined });
  const date = new Date();
  const stamp = `${date.toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
  const required = {
    'x-oss-signature-version': 'OSS4-HMAC-SHA256',
    'x-oss-credential': `LTAIconformance/${stamp.slice(0, 8)}/cn-hangzhou/oss/aliyun_v4_request`,
    'x-oss-date': stamp,
  };
  const policy = {
    expiration: new Date(date.getTime() + 60_000).toISOString(),
    conditions: [
      { bucket: 'demo-bucket' },
      ...Object.entries(required).map(([name, value]) => ({ [name]: value })),
      ['eq', '$key', 'form.txt'],
    ],
  };
  const signed: Field[] = [
    ...Object.entries(required),
    ['policy', Buffer.from(JSON.stringify(policy)).toString('base64')],
    ['x-oss-signature', client.signPostObjectPolicyV4(policy, date)],
  ];
  expect((await post(oss.port, formBody([['key', 'form.txt'], ...signed], { content: 'by form' }))).status).toBe(204);
  expect((await client.get('form.txt')).content.toString()).toBe('by form');
  expect((await post(oss.port, formBody([['key', 'other.txt'], ...signed], { content: 'x' }))).status).toBe(403);
});

describe('its STS client', () => {
  const assumeRole = (policy?: object | string): Promise<{ credentials: Record<string, string> }> =>
    new OSS.STS({
      accessKeyId: 'LTAIconformance',
      accessKeySecret: 'permanent-secret',
      endpoint: `http://127.0.0.1:${oss.port}/sts`,
    }).assumeRole('acs:ram::1234567890123456:role/uploader', policy, 900, 'session-1');

  test('gets credentials that a session policy narrows to one prefix', async () => {
    const { credentials } = await assumeRole({
      Version: '1',
      Statement: [{ Effect: 'Allow', Action: ['oss:PutObject', 'oss:ListParts'], Resource: ['acs:oss:*:*:demo-bucket/users/a/*'] }],
    });
    const client = connect({
      accessKeyId: credentials['AccessKeyId'],
      accessKeySecret: credentials['AccessKeySecret'],
      stsToken: credentials['SecurityToken'],
    });
    await client.multipartUpload('users/a/film.bin', file, { partSize: 200 * 1024 });
    const denied = { status: 403, code: 'AccessDenied', message: "Access denied by authorizer's policy." };
    await expect(client.put('users/b/film.bin', Buffer.from('x'))).rejects.toMatchObject(denied);
    await expect(client.head('users/a/film.bin')).rejects.toMatchObject({ status: 403 });
    await expect(client.listUploads({ 'max-uploads': 10 })).rejects.toMatchObject(denied);
  });

  test('is refused a policy that isn’t one', async () => {
    await expect(assumeRole({ Version: '1', Statement: [] })).rejects.toMatchObject({
      status: 400,
      code: 'InvalidParameter.PolicyGrammar',
    });
  });
});

test('returns the callback answer, and fails on a failed callback although the object is stored', async () => {
  const callback = {
    url: `http://127.0.0.1:${oss.port}/_callback`,
    body: 'bucket=${bucket}&object=${object}&my=${x:my}',
    customValue: { my: '42' },
  };
  const done = await connect().multipartUpload('called.bin', file, { partSize: 1024 * 1024, callback });
  expect(done.data).toEqual({ Status: 'OK', body: 'bucket=demo-bucket&object=called.bin&my=42' });
  oss.control.setCallbackReply({ status: 500 });
  await expect(connect().put('failed.txt', Buffer.from('1'), { callback })).rejects.toMatchObject({ code: 'CallbackFailed', status: 203 });
  expect(oss.control.objects().map((object) => object.key)).toEqual(['called.bin', 'failed.txt']);
});
