/** Settings of account and bucket: the endpoints that are served, the payer, and session policies. */
import { request as httpRequest } from 'node:http';
import { describe, expect, test } from 'vitest';
import { startTestOss } from '../helpers/embedded-oss.js';
import { createControl } from '../helpers/oss-control.js';
import { oss, serveTests, wire } from './service.js';
import { createWire, type WireReply } from './wire.js';

serveTests({ cnames: { 'files.example.com': 'demo-bucket' } });

const codeOf = ({ status, xml }: WireReply): [number, string | undefined] => [status, xml('Code')];

/** Sends a request that is signed for the bucket to another host: the signature doesn't depend on it. */
async function statusAt(host: string, method: string, path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    httpRequest({ host: '127.0.0.1', port: oss.port, method, path, headers: { Host: host } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });
}

describe('the public endpoint', () => {
  test('is open by default', async () => {
    expect((await wire.send('PUT', 'a', { body: 'x' })).status).toBe(200);
    expect(await createControl(oss.url.replace('localhost', '127.0.0.1')).rules()).toEqual({
      forbidPublicEndpoint: false,
      requesterPays: false,
      versioning: 'Off',
      cnames: { 'cname.localhost': 'demo-bucket', 'files.example.com': 'demo-bucket' },
    });
  });

  test.each([
    ['PUT', 'a', undefined],
    ['POST', 'a', { uploads: '' }],
    ['HEAD', 'a', undefined],
    ['GET', null, { 'list-type': '2' }],
  ] as const)('closed, %s %s is refused with a message that names the remedy', async (method, key, query) => {
    await createControl(oss.url.replace('localhost', '127.0.0.1')).setRules({ forbidPublicEndpoint: true });
    const reply = await wire.send(method, key, { ...(query && { query }) });
    expect([reply.status, reply.headers['x-oss-ec']]).toEqual([400, '0048-00000401']);
    if (method === 'HEAD') return;
    expect(reply.xml('Code')).toBe('PublicEndpointForbidden');
    expect(reply.xml('Message')).toBe('Not allowed using the OSS public endpoint, please use CNAME instead.');
  });

  test.each([
    ['cname.localhost', ''],
    ['files.example.com', ''],
    ['demo-bucket.oss-cn-hangzhou-internal.aliyuncs.com', ''],
  ])('closed, %s still serves', async (host) => {
    await wire.send('PUT', 'a', { body: 'x' });
    oss.control.setRules({ forbidPublicEndpoint: true });
    expect(await statusAt(host, 'GET', wire.presign('GET', 'a'))).toBe(200);
    expect(await statusAt('demo-bucket.oss-cn-hangzhou.aliyuncs.com', 'GET', wire.presign('GET', 'a'))).toBe(400);
  });

  test('a custom domain can be bound at run time, and a reset restores the defaults', async () => {
    await wire.send('PUT', 'a', { body: 'x' });
    oss.control.setRules({ forbidPublicEndpoint: true, cnames: { 'new.example.com': 'demo-bucket' } });
    expect(await statusAt('new.example.com', 'GET', wire.presign('GET', 'a'))).toBe(200);
    await oss.control.reset();
    expect((await wire.send('GET', 'a')).status).toBe(200);
    expect(await statusAt('new.example.com', 'GET', '/a')).not.toBe(200);
  });
});

test('the first bucket’s own domain can’t be given to another one', async () => {
  const two = await startTestOss({ buckets: ['one-bucket', 'two-bucket'] });
  expect(() => two.control.setRules({ cnames: { 'CNAME.localhost': 'two-bucket' } })).toThrow(
    'cname.localhost is always the bucket one-bucket.',
  );
  expect(two.control.rules().cnames).toEqual({ 'cname.localhost': 'one-bucket' });
  await two.cleanup();
});

test('custom domains match in any case, beside that of the first bucket, and no inherited name is one', async () => {
  await wire.send('PUT', 'a', { body: 'x' });
  const { cnames } = oss.control.setRules({ cnames: { 'IMG.example.com': 'demo-bucket' } });
  expect(cnames).toEqual({ 'cname.localhost': 'demo-bucket', 'img.example.com': 'demo-bucket' });
  for (const host of ['img.example.com', 'Img.Example.COM:80', 'cname.localhost']) {
    expect(await statusAt(host, 'GET', wire.presign('GET', 'a'))).toBe(200);
  }
  // Read as path style, whose bucket `a` is none.
  for (const host of ['constructor', '__proto__', 'toString']) expect(await statusAt(host, 'GET', '/a')).toBe(400);
});

describe('requester pays', () => {
  const payer = { 'x-oss-request-payer': 'requester' };
  const operations: [string, string, string, Record<string, string>?][] = [
    ['PutObject', 'PUT', 'a'],
    ['InitiateMultipartUpload', 'POST', 'a', { uploads: '' }],
    ['UploadPart', 'PUT', 'big', { partNumber: '1', uploadId: 'ID' }],
    ['ListParts', 'GET', 'big', { uploadId: 'ID' }],
    ['CompleteMultipartUpload', 'POST', 'big', { uploadId: 'ID' }],
    ['AbortMultipartUpload', 'DELETE', 'big', { uploadId: 'ID' }],
    ['HeadObject', 'HEAD', 'stored'],
  ];

  test.each(operations)('%s is accepted with the header and refused without it', async (_name, method, key, query = {}) => {
    await wire.send('PUT', 'stored', { body: 'x' });
    const uploadId = await wire.initiate('big');
    await wire.part('big', uploadId, 1, 'x');
    const etag = (await wire.send('GET', 'big', { query: { uploadId } })).xml('ETag') ?? '';
    oss.control.setRules({ requesterPays: true });
    const request = {
      query: { ...query, ...('uploadId' in query && { uploadId }) },
      ...(method === 'POST' &&
        'uploadId' in query && {
          body: `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${etag}</ETag></Part></CompleteMultipartUpload>`,
        }),
    };
    expect((await wire.send(method, key, request)).status).toBe(403);
    expect((await wire.send(method, key, { ...request, headers: payer })).status).toBeLessThan(300);
  });

  test('no other value is accepted', async () => {
    expect(codeOf(await wire.send('PUT', 'a', { body: 'x', headers: { 'x-oss-request-payer': 'me' } }))).toEqual([400, 'InvalidArgument']);
  });
});

test('a token for a prefix is refused elsewhere, even for listing the parts of an upload', async () => {
  const { Credentials } = (await (await fetch(`http://127.0.0.1:${oss.port}/sts?prefix=users%2Fb%2F`)).json()) as ReturnType<
    typeof oss.control.assumeRole
  >;
  const b = createWire(oss, Credentials);
  const uploadId = await wire.initiate('users/a/film.mp4');
  expect(codeOf(await b.send('GET', 'users/a/film.mp4', { query: { uploadId } }))).toEqual([403, 'AccessDenied']);
  expect(codeOf(await b.send('DELETE', 'users/a/film.mp4', { query: { uploadId } }))).toEqual([403, 'AccessDenied']);
  expect((await b.send('PUT', 'users/b/film.mp4', { body: 'x' })).status).toBe(200);
  b.close();
});

describe('keys that XML can’t carry', () => {
  const key = 'odd/\u000b\ufffe and\u0001.bin';
  const encoded = 'odd%2F%0B%EF%BF%BE%20and%01.bin';

  test('are encoded with encoding-type', async () => {
    const query = { 'encoding-type': 'url' };
    const initiated = await wire.send('POST', key, { query: { ...query, uploads: '' } });
    expect([initiated.xml('EncodingType'), initiated.xml('Key')]).toEqual(['url', encoded]);
    const uploadId = initiated.xml('UploadId') ?? '';
    const { headers } = await wire.part(key, uploadId, 1, 'x');
    const listed = await wire.send('GET', key, { query: { ...query, uploadId } });
    expect([listed.xml('EncodingType'), listed.xml('Key')]).toEqual(['url', encoded]);
    const completed = await wire.complete(key, uploadId, [[1, String(headers.etag)]], { query });
    expect([completed.xml('EncodingType'), completed.xml('Key')]).toEqual(['url', encoded]);
    expect(completed.xml('Location')).toContain(encoded);
  });

  test('make the document ill-formed without it', async () => {
    const { text } = await wire.send('POST', key, { query: { uploads: '' } });
    expect(text).toContain('<Key>odd/&#11;&#65534; and&#1;.bin</Key>');
  });
});

describe('caching', () => {
  test('an object has the headers by which a browser caches it', async () => {
    await wire.send('PUT', 'a', { body: 'x', headers: { 'Cache-Control': 'max-age=3600' } });
    for (const method of ['HEAD', 'GET']) {
      expect((await wire.send(method, 'a')).headers).toMatchObject({
        'cache-control': 'max-age=3600',
        etag: expect.stringMatching(/^"\w{32}"$/),
        'last-modified': expect.stringMatching(/GMT$/),
      });
    }
  });

  test('an unchanged object is not sent again', async () => {
    const put = await wire.send('PUT', 'a', { body: 'x' });
    const { 'last-modified': since = '' } = (await wire.send('HEAD', 'a')).headers;
    for (const method of ['HEAD', 'GET']) {
      expect((await wire.send(method, 'a', { headers: { 'If-None-Match': String(put.headers.etag) } })).status).toBe(304);
      expect((await wire.send(method, 'a', { headers: { 'If-None-Match': '"other"' } })).status).toBe(200);
      expect((await wire.send(method, 'a', { headers: { 'If-Modified-Since': since } })).status).toBe(304);
      expect((await wire.send(method, 'a', { headers: { 'If-Modified-Since': 'Thu, 01 Jan 2015 00:00:00 GMT' } })).status).toBe(200);
    }
  });
});
