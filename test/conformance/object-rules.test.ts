/** Objects, keys and callbacks of the embedded OSS. */
import { createHash } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import { close, listen } from '../helpers/sts-stand-in.js';
import { oss, renewWire, serveTests, wire } from './service.js';
import { createWire } from './wire.js';

serveTests();

const md5 = (text: string): string => createHash('md5').update(text).digest('base64');
const UNREACHABLE = 'Error status : -1. OSS can not connect to your callbackUrl, please check it.';
const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64');

describe('Put, Head, Get', () => {
  test('an object is returned with its bytes and headers', async () => {
    const put = await wire.send('PUT', 'small.txt', {
      body: 'hello oss',
      headers: { 'Content-Type': 'text/plain', 'Content-MD5': md5('hello oss'), 'x-oss-meta-origin': 'web', 'x-oss-storage-class': 'IA' },
    });
    expect(put.headers).toMatchObject({
      etag: '"337B33C02F89493026843983FF272A30"',
      'content-md5': 'M3szwC+JSTAmhDmD/ycqMA==',
      'x-oss-hash-crc64ecma': '15021467531229347219',
    });
    const head = await wire.send('HEAD', 'small.txt');
    expect(head.headers).toMatchObject({
      'content-length': '9',
      'content-type': 'text/plain',
      etag: '"337B33C02F89493026843983FF272A30"',
      'content-md5': 'M3szwC+JSTAmhDmD/ycqMA==',
      'x-oss-object-type': 'Normal',
      'x-oss-storage-class': 'IA',
      'x-oss-hash-crc64ecma': '15021467531229347219',
      'x-oss-meta-origin': 'web',
    });
    expect(head.headers['last-modified']).toMatch(/GMT$/);
    expect((await wire.send('GET', 'small.txt')).text).toBe('hello oss');
  });

  test('an empty object has CRC-64 0', async () => {
    expect((await wire.send('PUT', 'empty', { body: '' })).headers['x-oss-hash-crc64ecma']).toBe('0');
    expect((await wire.send('GET', 'empty')).headers['content-length']).toBe('0');
  });

  test.each([
    ['bytes=0-4', 206, 'hello', 'bytes 0-4/9'],
    ['bytes=6-', 206, 'oss', 'bytes 6-8/9'],
    ['bytes=-3', 206, 'oss', 'bytes 6-8/9'],
    ['bytes=4-100', 206, 'o oss', 'bytes 4-8/9'],
    ['bytes=5-2', 200, 'hello oss', undefined],
    ['lines=1-2', 200, 'hello oss', undefined],
  ])('range %s', async (Range, status, text, contentRange) => {
    await wire.send('PUT', 'small.txt', { body: 'hello oss' });
    const reply = await wire.send('GET', 'small.txt', { headers: { Range } });
    expect([reply.status, reply.text, reply.headers['content-range']]).toEqual([status, text, contentRange]);
    expect(reply.headers['x-oss-hash-crc64ecma']).toBe('15021467531229347219');
  });

  test('a range behind the end is 416', async () => {
    await wire.send('PUT', 'small.txt', { body: 'hello oss' });
    expect((await wire.send('GET', 'small.txt', { headers: { Range: 'bytes=9-' } })).status).toBe(416);
  });

  test('a missing object is NoSuchKey; for HEAD the document is in x-oss-err', async () => {
    const get = await wire.send('GET', 'missing.txt');
    expect([get.status, get.xml('Code'), get.xml('Key'), get.headers['x-oss-ec']]).toEqual([
      404,
      'NoSuchKey',
      'missing.txt',
      '0026-00000001',
    ]);
    const head = await wire.send('HEAD', 'missing.txt');
    expect([head.status, head.text, head.headers['x-oss-ec']]).toEqual([404, '', '0026-00000001']);
    const document = Buffer.from(String(head.headers['x-oss-err']), 'base64').toString();
    expect(document).toContain('<Code>NoSuchKey</Code>');
    expect(document).toContain(`<RequestId>${head.headers['x-oss-request-id']}</RequestId>`);
  });

  test('without Content-Length, 411 and nothing is stored', async () => {
    const reply = await wire.send('PUT', 'chunked.txt', { body: 'x', chunked: true });
    expect([reply.status, reply.xml('Code')]).toEqual([411, 'MissingContentLength']);
    expect(oss.control.objects()).toEqual([]);
  });

  test('forbid-overwrite protects an existing object', async () => {
    const headers = { 'x-oss-forbid-overwrite': 'true' };
    expect((await wire.send('PUT', 'once', { body: '1', headers })).status).toBe(200);
    expect((await wire.send('PUT', 'once', { body: '2', headers })).xml('Code')).toBe('FileAlreadyExists');
    expect((await wire.send('GET', 'once')).text).toBe('1');
    expect((await wire.send('PUT', 'once', { body: '2' })).status).toBe(200);
  });

  test('delete answers 204, even for a missing object', async () => {
    await wire.send('PUT', 'gone', { body: '1' });
    expect((await wire.send('DELETE', 'gone')).status).toBe(204);
    expect((await wire.send('DELETE', 'gone')).status).toBe(204);
    expect((await wire.send('HEAD', 'gone')).status).toBe(404);
  });

  test('a presigned PUT works without any header, until it expires', async () => {
    expect((await wire.send('PUT', 'presigned', { body: 'x', presign: 60 })).status).toBe(200);
    const late = await wire.send('PUT', 'presigned', { body: 'x', presign: 60, at: Date.now() - 61_000 });
    expect([late.status, late.xml('Code'), late.xml('Message')]).toEqual([403, 'AccessDenied', 'Request has expired.']);
  });
});

describe('keys and buckets', () => {
  test.each(['a//b/./c/../d/', ' lead', 'a!b\'c(d)e*f~g%h?i#j&k=l+m@n:o;p,q$r[s]t{u}v|w\\x"y<z>^`.txt', 'e\u0301', '😀'.repeat(255)])(
    'key %j is stored byte by byte',
    async (key) => {
      expect((await wire.send('PUT', key, { body: 'x' })).status).toBe(200);
      expect(oss.control.objects().map((object) => object.key)).toEqual([key]);
    },
  );

  test.each(['/lead', '\\lead', 'x'.repeat(1024)])('key %j is InvalidObjectName', async (key) => {
    const reply = await wire.send('PUT', key, { body: 'x' });
    expect([reply.status, reply.xml('Code'), reply.xml('ObjectName')]).toEqual([400, 'InvalidObjectName', key]);
  });

  test('an unknown bucket is reported before an unknown key ID; an invalid name is InvalidBucketName', async () => {
    const unknown = createWire(oss, { ...oss.control.assumeRole().Credentials, AccessKeyId: 'STS.unknown' });
    expect((await unknown.send('GET', 'x', { bucket: 'no-such-bucket' })).xml('Code')).toBe('NoSuchBucket');
    expect((await unknown.send('GET', 'x')).xml('Code')).toBe('InvalidAccessKeyId');
    unknown.close();
    expect((await wire.send('GET', 'x', { bucket: 'bad_name' })).xml('Code')).toBe('InvalidBucketName');
  });

  test('anonymous requests, other methods and sub-resources are refused', async () => {
    expect((await wire.send('PUT', 'x', { body: 'x', sign: false })).xml('Code')).toBe('AccessDenied');
    const patch = await wire.send('PATCH', 'x');
    expect([patch.status, patch.xml('Code'), patch.xml('Method')]).toEqual([405, 'MethodNotAllowed', 'PATCH']);
    expect((await wire.send('GET', 'x', { query: { acl: '' } })).xml('Code')).toBe('NotImplemented');
    const copy = await wire.send('PUT', 'x', { headers: { 'x-oss-copy-source': '/demo-bucket/y' } });
    expect([copy.xml('Code'), copy.xml('Header')]).toEqual(['NotImplemented', 'x-oss-copy-source']);
  });

  test('an error echoes an expired token, but not a valid one', async () => {
    oss.control.expireTokens();
    const reply = await wire.send('GET', 'x');
    expect([reply.status, reply.xml('Code'), reply.headers['x-oss-ec']]).toEqual([403, 'SecurityTokenExpired', '0002-00000007']);
    expect(reply.xml('SecurityToken')).toMatch(/^CAIS/);
    renewWire();
    expect((await wire.send('GET', 'x')).text).not.toContain('CAIS');
  });
});

describe('callback', () => {
  const callbackUrl = (): string => `http://127.0.0.1:${oss.port}/_callback`;
  const fields = (more: object = {}): Record<string, string> => ({
    'x-oss-callback': base64({
      callbackUrl: callbackUrl(),
      callbackBody: 'bucket=${bucket}&object=${object}&size=${size}&my=${x:my}',
      ...more,
    }),
  });

  test('the application server receives the rendered body, and its answer replaces the reply', async () => {
    const reply = await wire.send('PUT', 'a&b.txt', {
      body: 'hello oss',
      headers: { ...fields(), 'x-oss-callback-var': base64({ 'x:my': '4 2' }) },
    });
    const body = 'bucket=demo-bucket&object=a%26b.txt&size=9&my=4%202';
    expect([reply.status, JSON.parse(reply.text)]).toEqual([200, { Status: 'OK', body }]);
    expect(reply.headers).toMatchObject({
      'content-type': 'application/json',
      etag: '"337B33C02F89493026843983FF272A30"',
      'x-oss-hash-crc64ecma': '15021467531229347219',
    });
    expect(oss.control.callbacks()).toMatchObject([{ contentType: 'application/x-www-form-urlencoded', body }]);
  });

  test('in a JSON body texts are quoted and numbers are not', async () => {
    const headers = fields({ callbackBody: '{"object":${object},"size":${size},"etag":${etag}}', callbackBodyType: 'application/json' });
    await wire.send('PUT', 'a"b.txt', { body: 'hello oss', headers });
    expect(JSON.parse(oss.control.callbacks()[0]?.body ?? '')).toEqual({
      object: 'a"b.txt',
      size: 9,
      etag: '337B33C02F89493026843983FF272A30',
    });
  });

  test.each([
    ['500', { status: 500 }, 'Error status : 500.'],
    ['301', { status: 301 }, 'Error status : 301.'],
    ['no JSON', { status: 200, body: '<html>' }, 'Response body is not valid json format.'],
  ])('an answer with %s is 203 CallbackFailed, and the object is stored', async (_, answer, message) => {
    oss.control.setCallbackReply(answer);
    const id = await wire.initiate('stored.bin');
    const etag = String((await wire.part('stored.bin', id, 1, 'tail')).headers.etag);
    const reply = await wire.complete('stored.bin', id, [[1, etag]], { headers: fields() });
    expect([reply.status, reply.xml('Code'), reply.xml('Message'), reply.xml('EC')]).toEqual([
      203,
      'CallbackFailed',
      message,
      '0007-00000203',
    ]);
    expect(reply.headers.etag).toMatch(/-1"$/);
    expect((await wire.send('GET', 'stored.bin')).text).toBe('tail');
  });

  test.each([
    [
      'no Content-Length',
      (response: ServerResponse) => response.writeHead(200, { 'Transfer-Encoding': 'chunked' }).end('{}'),
      'User server missing content-length.',
    ],
    [
      'more than a megabyte',
      (response: ServerResponse) => response.writeHead(200, { 'Content-Length': 1024 * 1024 + 1 }).end(Buffer.alloc(1024 * 1024 + 1)),
      'User server return too long content-length value.',
    ],
    ['a broken connection', (response: ServerResponse) => response.destroy(), UNREACHABLE],
  ])('an application server that answers with %s is named so', async (_, answer, message) => {
    const server = createServer((request, response) => {
      request.resume();
      answer(response);
    });
    const callbackUrl = `http://${await listen(server)}/`;
    const reply = await wire.send('PUT', 'x', { body: 'x', headers: fields({ callbackUrl }) });
    await close(server);
    expect([reply.status, reply.xml('Message')]).toEqual([203, message]);
  });

  test('an application server that is not there is named so', async () => {
    const reply = await wire.send('PUT', 'x', { body: 'x', headers: fields({ callbackUrl: 'http://127.0.0.1:1/' }) });
    expect([reply.status, reply.xml('Message')]).toEqual([203, UNREACHABLE]);
  });

  test('the next URL is tried when one fails; 5 seconds without an answer are a failure', async () => {
    const two = await wire.send('PUT', 'x', { body: 'x', headers: fields({ callbackUrl: `http://127.0.0.1:1/;${callbackUrl()}` }) });
    expect(two.status).toBe(200);
    oss.control.setCallbackReply({ status: 200, delayMilliseconds: 6000 });
    const late = await wire.send('PUT', 'y', { body: 'y', headers: fields() });
    expect([late.status, late.xml('Message')]).toEqual([203, expect.stringContaining(' reply timeout, cost: 5000 MS, timeout: 5000 MS')]);
  });

  test.each([
    ['not base64', { 'x-oss-callback': '%%%' }, {}],
    ['not JSON', { 'x-oss-callback': Buffer.from('hello').toString('base64') }, {}],
    ['no URL', { 'x-oss-callback': base64({ callbackBody: 'x' }) }, {}],
    ['no body', { 'x-oss-callback': base64({ callbackUrl: 'http://127.0.0.1/' }) }, {}],
    [
      'an upper-case variable',
      { 'x-oss-callback': base64({ callbackUrl: 'http://a/', callbackBody: 'b' }), 'x-oss-callback-var': base64({ 'x:My': '1' }) },
      {},
    ],
    ['header and query', { 'x-oss-callback': base64({ callbackUrl: 'http://a/', callbackBody: 'b' }) }, { callback: 'e30=' }],
  ])('%s is InvalidArgument and stores nothing', async (_, headers, query) => {
    const reply = await wire.send('PUT', 'bad', {
      body: 'x',
      headers: headers as unknown as Record<string, string>,
      query: query as unknown as Record<string, string>,
    });
    expect([reply.status, reply.xml('Code')]).toEqual([400, 'InvalidArgument']);
    expect(oss.control.objects()).toEqual([]);
  });
});

describe('lists', () => {
  test.each([
    ['aa', 'x'],
    ['aa', ''],
    ['aa', 'xa'],
    ['//', 'x/'],
    ['/', 'x/'],
  ])('by delimiter %j and prefix %j are the same in pages of one as in a whole', async (delimiter, prefix) => {
    for (const key of ['x/', 'x//', 'x///', 'x///y', 'xa', 'xaa', 'xaaa', 'xaaab', 'xaab', 'xab', 'xz'])
      await wire.send('PUT', key, { body: '' });
    const list = async (max: string, marker: string): Promise<{ found: string[]; next: string }> => {
      const { text, xml } = await wire.send('GET', null, { query: { delimiter, prefix, 'max-keys': max, marker } });
      const found = [...text.matchAll(/<(?:Key|CommonPrefixes>\s*<Prefix)>([^<]+)</g)].map(([, name]) => name as string);
      return { found, next: xml('NextMarker') ?? '' };
    };
    const paged: string[] = [];
    for (let marker = ''; ; ) {
      const { found, next } = await list('1', marker);
      paged.push(...found);
      if (next === '') break;
      marker = next;
    }
    expect(paged.sort()).toEqual((await list('1000', '')).found.sort());
  });
});

describe('what the service has and this one has not', () => {
  test.each<[string, string | null, string, string]>([
    ...['stat', 'location', 'logging', 'bucketInfo', 'versioning', 'never-heard-of'].map((name): [string, null, string, string] => [
      'GET',
      null,
      name,
      '',
    ]),
    ['GET', 'x', 'x-oss-process', 'image/resize,w_1'],
    ['GET', 'x', 'objectMeta', ''],
    ['PUT', 'x', 'sealAppend', ''],
    ['PUT', 'x', 'cleanRestoredObject', ''],
    ['DELETE', 'x', 'tagging', ''],
    ['POST', null, 'delete', ''],
  ])('%s %s ?%s=%s is refused by name, and changes nothing', async (method, key, name, value) => {
    await wire.send('PUT', 'x', { body: 'kept' });
    const reply = await wire.send(method, key, { query: { [name]: value }, ...(method === 'PUT' && { body: 'lost' }) });
    expect([reply.status, reply.xml('Code'), reply.xml('ArgumentName')]).toEqual([400, 'NotImplemented', name]);
    expect(reply.xml('Message')).toContain(`The query parameter ${name} implies`);
    expect(oss.control.log().at(-1)).toMatchObject({ operation: 'Unknown' });
    expect((await wire.send('GET', 'x')).text).toBe('kept');
  });

  test('a parameter of the application’s own, with a value, counts for nothing', async () => {
    await wire.send('PUT', 'x', { body: 'kept' });
    expect((await wire.send('GET', 'x', { query: { v: '2' } })).text).toBe('kept');
  });
});
