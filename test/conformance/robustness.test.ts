/** Requests that nobody should send, at the running service: each is answered without an internal error, and the next one is served. */
import { createConnection } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BOUNDARY, formBody } from './form.js';
import { oss, serveTests, wire } from './service.js';

serveTests();

/** Sends bytes, and returns the status of each answer until the connection ends. */
function sendRaw(bytes: Buffer): Promise<number[]> {
  return new Promise((resolve) => {
    let text = '';
    const done = (): void => resolve([...text.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map((match) => Number(match[1])));
    const socket = createConnection(oss.port, '127.0.0.1', () => socket.end(bytes));
    socket.setTimeout(2000, () => socket.destroy());
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
    });
    socket.on('error', done);
    socket.on('close', done);
  });
}

const word = (...words: string[]): fc.Arbitrary<string> => fc.constantFrom(...words);
const text = fc.string({ unit: 'binary', maxLength: 12 }).map((value) => value.replace(/[\u0000-\u0020]/g, '_'));
const piece = (...words: string[]): fc.Arbitrary<string> =>
  fc.array(fc.oneof({ weight: 3, arbitrary: word(...words) }, text), { maxLength: 5 }).map((pieces) => pieces.join(''));

const path = piece(
  'demo-bucket/',
  'a',
  '?',
  '&',
  'uploads',
  'uploadId=1',
  'partNumber=1',
  '%FF',
  '%E7',
  'response-expires=%0A',
  'prefix=%00',
  'x-oss-signature',
  '..',
  'sts',
  'list-type=2',
  'max-keys=0',
);
const header = fc.tuple(
  word(
    'Authorization',
    'x-oss-date',
    'x-oss-meta-a',
    'If-Match',
    'If-Modified-Since',
    'Range',
    'Content-Type',
    'Content-MD5',
    'Origin',
    'Access-Control-Request-Method',
    'Access-Control-Request-Headers',
    'Expect',
    'Transfer-Encoding',
    'x-oss-callback',
    'x-oss-tagging',
  ),
  piece(
    'OSS4-HMAC-SHA256 ',
    'Credential=a/b/c/d/e',
    ',',
    'Signature=0',
    'bytes=0-',
    '-5',
    'PUT',
    `multipart/form-data; boundary=${BOUNDARY}`,
    'chunked',
    '100-continue',
    '*',
    '年',
    'OSS a:b',
    '%ZZ=1&=',
  ),
);

test('no request ends in an internal error', async () => {
  const body = fc.oneof(text, fc.constant(formBody([['key', 'a']], { content: 'x' }).toString()), fc.constant('5\r\nabc\r\n0\r\n\r\n'));
  const host = word('localhost', 'demo-bucket.localhost', 'cname.localhost', '127.0.0.1', '[::1]:99999', 'x.y.localhost', '');
  const method = word('GET', 'PUT', 'POST', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH', 'TRACE', 'FOO');
  await fc.assert(
    fc.asyncProperty(method, path, host, fc.array(header, { maxLength: 4 }), body, async (verb, target, name, headers, content) => {
      const lines = [
        `${verb} /${target} HTTP/1.1`,
        `Host: ${name}`,
        'Connection: close',
        ...headers.map(([key, value]) => `${key}: ${value}`),
      ];
      const bytes = Buffer.from(content);
      const statuses = await sendRaw(
        Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\nContent-Length: ${bytes.length}\r\n\r\n`), bytes]),
      );
      for (const status of statuses) expect(status).not.toBe(500);
    }),
    { numRuns: 250 },
  );
  expect((await wire.send('PUT', 'after', { body: 'x' })).status).toBe(200);
}, 60_000);

test('no signed request ends in an internal error, whatever its key, query and headers', async () => {
  const value = fc.oneof(
    text,
    fc.string({ unit: 'binary', maxLength: 8 }),
    word('', '0', '-1', '1', '1001', '99999999999', 'url', '\r\n', '\u0000', '%', '年', 'yes', 'true'),
  );
  const query = fc.dictionary(
    word(
      'uploads',
      'uploadId',
      'partNumber',
      'max-parts',
      'part-number-marker',
      'max-uploads',
      'key-marker',
      'upload-id-marker',
      'prefix',
      'delimiter',
      'encoding-type',
      'list-type',
      'continuation-token',
      'max-keys',
      'marker',
      'response-content-type',
      'response-expires',
      'response-x',
      'callback',
      'callback-var',
      'x-oss-traffic-limit',
      'versionId',
      'sequential',
      'acl',
    ),
    value,
    { maxKeys: 4 },
  );
  const headers = fc.dictionary(
    word(
      'Content-Type',
      'Cache-Control',
      'Content-Encoding',
      'Expires',
      'x-oss-meta-a',
      'x-oss-tagging',
      'x-oss-object-acl',
      'x-oss-storage-class',
      'x-oss-server-side-encryption',
      'x-oss-forbid-overwrite',
      'x-oss-callback',
      'x-oss-callback-var',
      'x-oss-complete-all',
      'x-oss-traffic-limit',
      'x-oss-request-payer',
      'Content-MD5',
      'Range',
      'If-Match',
      'If-None-Match',
      'If-Modified-Since',
      'If-Unmodified-Since',
    ),
    value.map((words) =>
      Buffer.from(words.replace(/[\u0000-\u001f\u007f]/g, ''))
        .toString('latin1')
        .trim(),
    ),
    { maxKeys: 4 },
  );
  const key = fc.oneof(
    fc.constantFrom('stored', 'open', null),
    fc.string({ unit: 'binary', maxLength: 10 }).filter((name) => name !== ''),
  );
  const counts = new Map<number, number>();
  await fc.assert(
    fc.asyncProperty(word('GET', 'PUT', 'POST', 'DELETE', 'HEAD'), key, query, headers, async (method, name, asked, given) => {
      await wire.send('PUT', 'stored', { body: 'hello' });
      const id = await wire.initiate('open');
      const full = 'uploadId' in asked && name === 'open' ? { ...asked, uploadId: id } : asked;
      const reply = await wire.send(method, name, { query: full, headers: given, body: method === 'GET' || method === 'HEAD' ? '' : 'x' });
      counts.set(reply.status, (counts.get(reply.status) ?? 0) + 1);
      expect(reply.status).not.toBe(500);
    }),
    { numRuns: 250 },
  );
  // It reaches the operations: not all of it is refused.
  expect(counts.get(200)).toBeGreaterThan(20);
}, 60_000);

test.each([
  ['a header of 100 KB', `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`],
  ['10,000 headers', `GET / HTTP/1.1\r\nHost: localhost\r\n${'X: y\r\n'.repeat(10_000)}\r\n`],
  ['no HTTP at all', '\u0016\u0003\u0001'],
  ['two lengths', 'PUT /demo-bucket/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx'],
  [
    'a form whose part has a name of 1 MB',
    `POST /demo-bucket HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000000\r\n\r\n--b\r\n${'x'.repeat(999_993)}`,
  ],
])('%s is refused, and the next request is served', async (_, bytes) => {
  for (const status of await sendRaw(Buffer.from(bytes, 'latin1'))) expect(status).toBeGreaterThanOrEqual(400);
  expect((await wire.send('PUT', 'after', { body: 'x' })).status).toBe(200);
});
