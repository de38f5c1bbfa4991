/** PostObject at the running service: fields, conditions, answers, errors, streaming and CORS. */
import { createHash, randomBytes } from 'node:crypto';
import { createConnection } from 'node:net';
import { describe, expect, test } from 'vitest';
import { crc64 } from '../../src/hash/crc64.js';
import type { AssumeRoleReply, Fault, FaultRule, PolicyDocument } from '../../src/emulator/index.js';
import { startTestOss } from '../helpers/embedded-oss.js';
import { BOUNDARY, type Field, formBody, type FormReply, post, type PostedFile, signedFields, signPolicy } from './form.js';
import { oss, renewWire, serveTests, wire } from './service.js';

serveTests({ cnames: { 'files.example.com': 'demo-bucket' } });

const FILE: PostedFile = { content: 'hello oss', filename: 'hello.txt', type: 'text/plain' };
const CRC = '15021467531229347219';
const ETAG = '"337B33C02F89493026843983FF272A30"';

const credentials = (policy?: PolicyDocument): AssumeRoleReply['Credentials'] => oss.control.assumeRole(600, policy).Credentials;
const signed = (more: Parameters<typeof signedFields>[1] = {}): Field[] => signedFields(credentials(), more);
const send = (fields: readonly Field[], file: PostedFile | undefined = FILE, headers: Record<string, string> = {}): Promise<FormReply> =>
  post(oss.port, formBody(fields, file), headers);
const verdict = ({ status, xml }: FormReply): unknown[] => [status, xml('Code'), xml('EC')];

describe('a form', () => {
  test('is stored, and the answer has its ETag and CRC-64', async () => {
    const reply = await send([['key', '目录/a b.txt'], ...signed()]);
    expect([reply.status, reply.text]).toEqual([204, '']);
    expect(reply.headers).toMatchObject({ etag: ETAG, 'x-oss-hash-crc64ecma': CRC, 'x-oss-request-id': expect.stringMatching(/^\w{24}$/) });
    const get = await wire.send('GET', '目录/a b.txt');
    expect([get.text, get.headers['content-type'], get.headers['x-oss-object-type']]).toEqual(['hello oss', 'text/plain', 'Normal']);
    expect(oss.control.log().at(0)).toMatchObject({ operation: 'PostObject', key: '目录/a b.txt', status: 204 });
  });

  test('of the browser’s FormData is stored, under a custom domain, in path style and behind a query', async () => {
    for (const [index, host] of ['files.example.com', `127.0.0.1:${oss.port}/demo-bucket`].entries()) {
      const form = new FormData();
      for (const [name, value] of [['key', `form-${index}`] as const, ...signed()]) form.append(name, value);
      form.append('file', new Blob(['x'.repeat(1000)], { type: 'image/png' }), 'photo "1".png');
      const request = new Request('http://unused/', { method: 'POST', body: form });
      const [name = '', path = ''] = host.split('/');
      const reply = await post(
        oss.port,
        Buffer.from(await request.arrayBuffer()),
        { Host: name, 'Content-Type': request.headers.get('content-type') ?? '' },
        `/${path}`,
      );
      expect([reply.status, reply.text]).toEqual([204, '']);
    }
    expect(oss.control.objects()).toMatchObject([
      { key: 'form-0', size: 1000, contentType: 'image/png' },
      { key: 'form-1', size: 1000, contentType: 'image/png' },
    ]);
  });

  test.each([
    ['200', 200],
    ['201', 201],
    ['204', 204],
    ['302', 204],
    ['', 204],
  ])('with success_action_status %j is answered %i', async (value, status) => {
    const reply = await send([['key', 'a&b.txt'], ['success_action_status', value], ...signed()]);
    expect(reply.status).toBe(status);
    if (status !== 201) return expect(reply.text).toBe('');
    expect(['Bucket', 'Key', 'ETag', 'Location'].map(reply.xml)).toEqual([
      'demo-bucket',
      'a&b.txt',
      ETAG,
      `http://demo-bucket.localhost:${oss.port}/a%26b.txt`,
    ]);
  });

  test('in path style Location names the bucket, so that it leads to the object', async () => {
    const form = formBody([['key', 'a b'], ['success_action_status', '201'], ...signed()], { content: 'x' });
    const reply = await post(oss.port, form, { Host: `localhost:${oss.port}` }, '/demo-bucket');
    expect(reply.xml('Location')).toBe(`http://localhost:${oss.port}/demo-bucket/a%20b`);
  });

  test('with success_action_redirect leads there, whatever the status; a failure doesn’t', async () => {
    const redirect: Field[] = [
      ['success_action_redirect', 'https://app.example.com/done?x=1'],
      ['success_action_status', '200'],
    ];
    const reply = await send([['key', 'a'], ...redirect, ...signed()]);
    expect([reply.status, reply.headers.location, reply.headers.etag]).toEqual([303, 'https://app.example.com/done?x=1', ETAG]);
    const failed = await send([['key', 'a'], ...redirect, ...signed({ conditions: [['eq', '$key', 'b']] })]);
    expect([failed.status, failed.headers.location]).toEqual([403, undefined]);
    const invalid = await send([['key', 'b'], ['success_action_redirect', 'done.html'], ...signed()]);
    expect(verdict(invalid).slice(0, 2)).toEqual([400, 'InvalidArgument']);
    expect(oss.control.objects()).toHaveLength(1);
  });

  test('stores its headers, in any language, and its field names in any case', async () => {
    await send([
      ['Key', 'a.pdf'],
      ['x-oss-content-type', 'application/pdf'],
      ['Content-Type', 'image/png'],
      ['Cache-Control', 'max-age=30'],
      ['Content-Disposition', 'attachment; filename="报告.pdf"'],
      ['Expires', 'Sun, 22 Nov 2026 09:00:00 GMT'],
      ['x-oss-meta-Author', '王小明'],
      ['x-oss-storage-class', 'IA'],
      ['x-oss-object-acl', 'public-read'],
      ['x-oss-server-side-encryption', 'AES256'],
      ...signed(),
    ]);
    const { headers } = await wire.send('HEAD', 'a.pdf', { sign: false });
    expect(headers).toMatchObject({
      'content-type': 'application/pdf',
      'cache-control': 'max-age=30',
      expires: 'Sun, 22 Nov 2026 09:00:00 GMT',
      'x-oss-storage-class': 'IA',
      'x-oss-server-side-encryption': 'AES256',
    });
    const decode = (value: unknown): string => Buffer.from(String(value), 'latin1').toString();
    expect([decode(headers['content-disposition']), decode(headers['x-oss-meta-author'])]).toEqual([
      'attachment; filename="报告.pdf"',
      '王小明',
    ]);
  });

  test('takes its type from the field, else from the file, else from the request', async () => {
    await send([['key', 'a'], ['Content-Type', 'image/gif'], ...signed()]);
    await send([['key', 'b'], ...signed()]);
    await send([['key', 'c'], ...signed()], { content: 'x' });
    expect(oss.control.objects().map((object) => object.contentType)).toEqual([
      'image/gif',
      'text/plain',
      `multipart/form-data; boundary=${BOUNDARY}`,
    ]);
  });

  test('may name the file in its key, which the policy sees before', async () => {
    const conditions = [['eq', '$key', 'user/\\${filename}']];
    expect((await send([['key', 'user/${filename}'], ...signed({ conditions })])).status).toBe(204);
    expect((await send([['key', '$&/${filename}/${filename}'], ...signed()], { ...FILE, filename: '$1 $& 照片.png' })).status).toBe(204);
    expect(oss.control.objects().map(({ key }) => key)).toEqual(['user/hello.txt', '$&/$1 $& 照片.png/$1 $& 照片.png']);
  });

  test.each([
    ['no name', { content: 'x' }],
    ['an empty name', { content: 'x', filename: '' }],
  ])('whose key would be empty, because the file has %s, is refused', async (_, file) => {
    expect(verdict(await send([['key', '${filename}'], ...signed()], file))).toEqual([400, 'InvalidObjectName', undefined]);
    expect(oss.control.objects()).toEqual([]);
  });

  test('whose key is no UTF-8, by itself or by the file’s name, is refused', async () => {
    const inLatin1 = (fields: Field[], file: PostedFile): Promise<FormReply> =>
      post(oss.port, Buffer.from(formBody(fields, file).toString('latin1').replace('UMLAUT', '\u00fc'), 'latin1'));
    for (const reply of [
      await inLatin1([['key', 'UMLAUT'], ...signed()], FILE),
      await inLatin1([['key', 'a/${filename}'], ...signed()], { ...FILE, filename: 'UMLAUT' }),
    ]) {
      expect(verdict(reply)).toEqual([400, 'InvalidObjectName', undefined]);
    }
    expect((await inLatin1([['key', 'k'], ...signed()], { ...FILE, filename: 'UMLAUT' })).status).toBe(204);
    expect(oss.control.objects()).toMatchObject([{ key: 'k' }]);
  });

  test('calls back, with a field for each variable', async () => {
    const callback = (url: string): Field => [
      'callback',
      Buffer.from(JSON.stringify({ callbackUrl: url, callbackBody: 'object=${object}&crc=${crc64}&my=${x:my}&op=${operation}' })).toString(
        'base64',
      ),
    ];
    const fields = (key: string, url = `http://127.0.0.1:${oss.port}/_callback`): Field[] => [
      ['key', key],
      callback(url),
      ['x:my', '4 2'],
      ...signed(),
    ];
    const reply = await send(fields('a'));
    expect([reply.status, JSON.parse(reply.text)]).toEqual([200, { Status: 'OK', body: `object=a&crc=${CRC}&my=4%202&op=PostObject` }]);
    expect(reply.headers).toMatchObject({ etag: ETAG, 'x-oss-hash-crc64ecma': CRC });
    oss.control.setCallbackReply({ status: 500 });
    expect(verdict(await send(fields('b')))).toEqual([203, 'CallbackFailed', '0007-00000203']);
    expect(verdict(await send(fields('c', 'no url'))).slice(0, 2)).toEqual([400, 'InvalidArgument']);
    expect(oss.control.objects().map(({ key }) => key)).toEqual(['a', 'b']);
  });

  test('may be followed by a submit button, and is closed by its boundary only', async () => {
    expect((await post(oss.port, formBody([['key', 'a'], ...signed()], FILE, [['submit', 'Upload']]))).status).toBe(204);
    const tricky = `\r\n--${BOUNDARY.slice(0, -1)}\r\n--\r\n--${BOUNDARY}`.slice(0, -1);
    await send([['key', 'b'], ...signed()], { content: tricky });
    expect((await wire.send('GET', 'b')).text).toBe(tricky);
  });

  test('forbids an overwrite', async () => {
    const fields = (): Field[] => [['key', 'once'], ['x-oss-forbid-overwrite', 'true'], ...signed()];
    expect((await send(fields())).status).toBe(204);
    expect(verdict(await send(fields())).slice(0, 2)).toEqual([409, 'FileAlreadyExists']);
  });

  test('is slowed down by its x-oss-traffic-limit', async () => {
    const content = Buffer.alloc(300_000);
    const started = performance.now();
    expect((await send([['key', 'slow'], ['x-oss-traffic-limit', '819200'], ...signed()], { content })).status).toBe(204);
    expect(performance.now() - started).toBeGreaterThan(2000);
    expect(verdict(await send([['key', 'b'], ['x-oss-traffic-limit', '1'], ...signed()])).slice(0, 2)).toEqual([400, 'InvalidArgument']);
  });
});

describe('a form is refused', () => {
  const nothingStored = (): void => expect(oss.control.objects()).toEqual([]);

  test.each<[string, () => Promise<FormReply>, unknown[]]>([
    [
      'without a file',
      () => post(oss.port, formBody([['key', 'a'], ...signed()])),
      [400, 'IncorrectNumberOfFilesInPOSTRequest', '0006-00000107'],
    ],
    [
      'with two files',
      () => post(oss.port, formBody([['key', 'a'], ...signed()], FILE, [['file', 'x']])),
      [400, 'IncorrectNumberOfFilesInPOSTRequest', '0006-00000107'],
    ],
    ['without a key', () => send(signed()), [400, 'InvalidArgument', undefined]],
    ['with its key behind the file', () => post(oss.port, formBody(signed(), FILE, [['key', 'a']])), [400, 'InvalidArgument', undefined]],
    ['with a key that is none', () => send([['key', '/a'], ...signed()]), [400, 'InvalidObjectName', undefined]],
    [
      'without its last boundary',
      () => post(oss.port, formBody([['key', 'a'], ...signed()], FILE).subarray(0, -BOUNDARY.length - 8)),
      [400, 'MalformedPOSTRequest', '0006-00000104'],
    ],
    [
      'with a part that has no Content-Disposition',
      () => post(oss.port, Buffer.from(`--${BOUNDARY}\r\nX: y\r\n\r\nv\r\n--${BOUNDARY}--\r\n`)),
      [400, 'MalformedPOSTRequest', '0006-00000109'],
    ],
    [
      'without a boundary',
      () => send([['key', 'a'], ...signed()], FILE, { 'Content-Type': 'multipart/form-data' }),
      [400, 'MalformedPOSTRequest', undefined],
    ],
    [
      'of another type',
      () => send([['key', 'a'], ...signed()], FILE, { 'Content-Type': 'application/json' }),
      [400, 'MalformedPOSTRequest', undefined],
    ],
    [
      'with a field name above 8 KB',
      () => send([['key', 'a'], ['x'.repeat(9000), 'v'], ...signed()]),
      [400, 'FieldItemTooLong', '0006-00000110'],
    ],
    [
      'with a value above 2 MB',
      () => send([['key', 'a'], ['x-oss-meta-a', 'v'.repeat(2 ** 21 + 1)], ...signed()]),
      [400, 'FieldItemTooLong', undefined],
    ],
    [
      'with values above 8 MB together',
      () => send([['key', 'a'], ...[1, 2, 3, 4, 5].map((n): Field => [`x${n}`, 'v'.repeat(2 ** 21)]), ...signed()]),
      [400, 'FieldItemTooLong', undefined],
    ],
    [
      'with a wrong Content-MD5 of its whole body',
      () => send([['key', 'a'], ...signed()], FILE, { 'Content-MD5': 'M3szwC+JSTAmhDmD/ycqMA==' }),
      [400, 'InvalidDigest', undefined],
    ],
    ['with tags', () => send([['key', 'a'], ['x-oss-tagging', 'a=b'], ...signed()]), [400, 'InvalidArgument', undefined]],
    [
      'with a header value that holds a line end',
      () => send([['key', 'a'], ['Cache-Control', 'a\r\nX-Evil: 1'], ...signed()]),
      [400, 'InvalidArgument', undefined],
    ],
    [
      'with metadata whose name is no header',
      () => send([['key', 'a'], ['x-oss-meta-a b', 'x'], ...signed()]),
      [400, 'InvalidArgument', undefined],
    ],
    [
      'with more than 8 KB of metadata',
      () => send([['key', 'a'], ['x-oss-meta-a', 'x'.repeat(8200)], ...signed()]),
      [400, 'InvalidArgument', undefined],
    ],
    [
      'with an unknown storage class',
      () => send([['key', 'a'], ['x-oss-storage-class', 'Cheap'], ...signed()]),
      [400, 'InvalidArgument', undefined],
    ],
    [
      'with an unknown encryption',
      () => send([['key', 'a'], ['x-oss-server-side-encryption', 'ROT13'], ...signed()]),
      [400, 'InvalidEncryptionAlgorithmError', undefined],
    ],
    ['anonymously', () => send([['key', 'a']]), [403, 'AccessDenied', '0003-00000001']],
    [
      'with a signature by V1',
      () =>
        send([
          ['key', 'a'],
          ['OSSAccessKeyId', 'LTAI'],
          ['policy', 'e30='],
          ['Signature', 'x'],
        ]),
      [400, 'InvalidArgument', undefined],
    ],
    [
      'with a signature but no policy',
      () => send([['key', 'a'], ...signed().filter(([name]) => name !== 'policy')]),
      [400, 'InvalidArgument', '0002-00000702'],
    ],
    [
      'with another version',
      () => send([['key', 'a'], ...signed().filter(([name]) => name !== 'x-oss-signature-version')]),
      [400, 'InvalidArgument', '0002-00000701'],
    ],
    [
      'without a signature',
      () => send([['key', 'a'], ...signed().filter(([name]) => name !== 'x-oss-signature')]),
      [400, 'InvalidArgument', '0002-00000703'],
    ],
    [
      'with an empty signature',
      () => send([['key', 'a'], ...signed().map(([name, value]): Field => [name, name === 'x-oss-signature' ? '' : value])]),
      [400, 'InvalidArgument', '0002-00000704'],
    ],
    [
      'with a credential that is none',
      () => send([['key', 'a'], ...signed().map(([name, value]): Field => [name, name === 'x-oss-credential' ? 'LTAI' : value])]),
      [400, 'InvalidArgument', '0002-00000710'],
    ],
    [
      'with a credential of S3',
      () =>
        send([['key', 'a'], ...signed().map(([name, value]): Field => [name, value.replace('oss/aliyun_v4_request', 's3/aws4_request')])]),
      [400, 'InvalidArgument', '0002-00000711'],
    ],
    [
      'with another region',
      () => send([['key', 'a'], ...signed().map(([name, value]): Field => [name, value.replace('cn-hangzhou', 'cn-beijing')])]),
      [400, 'InvalidArgument', '0002-00000715'],
    ],
    [
      'signed an hour ahead',
      () => send([['key', 'a'], ...signed({ at: Date.now() + 3_600_000 })]),
      [403, 'RequestTimeTooSkewed', '0002-00000709'],
    ],
    [
      'signed eight days ago',
      () => send([['key', 'a'], ...signed({ at: Date.now() - 8 * 86_400_000, seconds: 9 * 86_400 })]),
      [403, 'RequestTimeTooSkewed', '0002-00000709'],
    ],
    [
      'after its policy has expired',
      () => send([['key', 'a'], ...signed({ at: Date.now() - 700_000 })]),
      [403, 'AccessDenied', '0006-00000213'],
    ],
    [
      'whose policy leaves out the token',
      () => send([['key', 'a'], ...signed({ without: 'x-oss-security-token' })]),
      [403, 'AccessDenied', '0006-00000228'],
    ],
    [
      'against a condition',
      () => send([['key', 'a'], ...signed({ conditions: [['starts-with', '$key', 'uploads/']] })]),
      [403, 'AccessDenied', '0006-00000227'],
    ],
    [
      'above the size',
      () => send([['key', 'a'], ...signed({ conditions: [['content-length-range', 0, 8]] })]),
      [400, 'EntityTooLarge', '0006-00000003'],
    ],
    [
      'below the size',
      () => send([['key', 'a'], ...signed({ conditions: [['content-length-range', 10, 20]] })]),
      [400, 'EntityTooSmall', '0006-00000004'],
    ],
  ])('%s', async (_, attempt, expected) => {
    expect(verdict(await attempt())).toEqual(expected);
    nothingStored();
  });

  test('with credentials that have expired, or that nobody knows', async () => {
    const fields: Field[] = [['key', 'a'], ...signed()];
    oss.control.expireTokens();
    expect(verdict(await send(fields)).slice(0, 2)).toEqual([403, 'SecurityTokenExpired']);
    const unknown = { ...credentials(), AccessKeyId: 'STS.unknown' };
    expect(verdict(await send([['key', 'a'], ...signedFields(unknown)])).slice(0, 2)).toEqual([403, 'InvalidAccessKeyId']);
    nothingStored();
    renewWire();
  });

  test('whose policy is signed but isn’t JSON', async () => {
    const by = credentials();
    const [version, credential, date, token] = signedFields(by) as [Field, Field, Field, Field];
    const fields = [version, credential, date, token, ...signPolicy('{expiration}', by.AccessKeySecret, date[1].slice(0, 8))];
    const reply = await send([['key', 'a'], ...fields]);
    expect([reply.status, reply.xml('Code'), reply.xml('Message')]).toEqual([
      400,
      'InvalidPolicyDocument',
      'Invalid Policy: Invalid JSON: unknown char e',
    ]);
    nothingStored();
  });

  test('by a session that may not put there, set an ACL, or use the endpoint', async () => {
    const scoped = (resource: string): AssumeRoleReply['Credentials'] =>
      credentials({
        Version: '1',
        Statement: [{ Effect: 'Allow', Action: 'oss:PutObject', Resource: `acs:oss:*:*:demo-bucket/${resource}` }],
      });
    const by = (fields: Field[]): Promise<FormReply> => send([...fields, ...signedFields(scoped('uploads/*'))]);
    expect((await by([['key', 'uploads/a']])).status).toBe(204);
    expect(verdict(await by([['key', 'other/a']]))).toEqual([403, 'AccessDenied', '0003-00000301']);
    expect(
      verdict(
        await by([
          ['key', 'uploads/a'],
          ['x-oss-object-acl', 'public-read'],
        ]),
      ),
    ).toEqual([403, 'AccessDenied', '0003-00000301']);
    oss.control.setRules({ forbidPublicEndpoint: true });
    expect(verdict(await by([['key', 'uploads/a']]))).toEqual([400, 'PublicEndpointForbidden', '0048-00000401']);
    oss.control.setRules({ forbidPublicEndpoint: false, requesterPays: true });
    expect((await by([['key', 'uploads/a']])).status).toBe(403);
    expect(
      (
        await by([
          ['key', 'uploads/a'],
          ['x-oss-request-payer', 'requester'],
        ])
      ).status,
    ).toBe(204);
  });

  test('POST to a key is no form, and ?delete is another operation', async () => {
    const body = formBody([['key', 'a'], ...signed()], FILE);
    expect((await post(oss.port, body, {}, '/a')).status).not.toBe(204);
    expect((await wire.send('POST', null, { query: { delete: '' }, body: '<Delete/>' })).xml('Code')).toBe('NotImplemented');
    nothingStored();
  });
});

describe('a large file', () => {
  test('is stored whole, and its digests are those of its bytes', async () => {
    const content = randomBytes(16 * 1024 * 1024);
    const md5 = createHash('md5').update(content).digest('hex').toUpperCase();
    const body = formBody([['key', 'large'], ...signed()], { content });
    const reply = await post(oss.port, body, { 'Content-MD5': createHash('md5').update(body).digest('base64') });
    expect([reply.status, reply.headers.etag, reply.headers['x-oss-hash-crc64ecma']]).toEqual([204, `"${md5}"`, crc64(content)]);
  });

  test('takes only a little memory while it arrives', async () => {
    const MiB = 1024 * 1024;
    const content = Buffer.alloc(MiB, 'x');
    const [head = '', tail = ''] = formBody([['key', 'streamed'], ...signed()], { content: '\u0000' })
      .toString()
      .split('\u0000');
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = createConnection(oss.port, '127.0.0.1', async () => {
        const length = head.length + 100 * MiB + tail.length;
        socket.write(
          `POST / HTTP/1.1\r\nHost: demo-bucket.localhost\r\nContent-Type: multipart/form-data; boundary=${BOUNDARY}\r\nConnection: close\r\n`,
        );
        socket.write(`Content-Length: ${length}\r\n\r\n${head}`);
        for (let sent = 0; sent < 100; sent++) {
          most = Math.max(most, process.memoryUsage().arrayBuffers - before);
          if (!socket.write(content)) await new Promise((resume) => socket.once('drain', resume));
        }
        socket.write(tail);
      });
      socket.on('data', (chunk) => resolve(chunk.toString()));
      socket.on('error', reject);
    });
    expect(answer).toMatch(/^HTTP\/1.1 204/);
    expect(oss.control.objects()).toMatchObject([{ size: 100 * MiB }]);
    expect(most).toBeLessThan(48 * MiB);
  });

  test('is refused at the byte that is too much, and the client still reads the answer', async () => {
    const reply = await send([['key', 'large'], ...signed({ conditions: [['content-length-range', 0, 1000]] })], {
      content: Buffer.alloc(20_000_000),
    });
    expect(verdict(reply)).toEqual([400, 'EntityTooLarge', '0006-00000003']);
    expect(oss.control.objects()).toEqual([]);
  });

  test('that arrives byte by byte is the same', async () => {
    const body = formBody([['key', 'bytes'], ...signed()], { content: 'hello\r\n--oss' });
    const head = `POST / HTTP/1.1\r\nHost: demo-bucket.localhost\r\nConnection: close\r\nContent-Type: multipart/form-data; boundary="${BOUNDARY}"\r\nContent-Length: ${body.length}\r\n\r\n`;
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = createConnection(oss.port, '127.0.0.1', async () => {
        socket.write(head);
        for (const byte of body) {
          socket.write(Buffer.of(byte));
          await new Promise((next) => setImmediate(next));
        }
      });
      let text = '';
      socket.setNoDelay(true);
      socket.on('data', (chunk) => {
        text += chunk.toString();
      });
      socket.on('end', () => resolve(text));
      socket.on('error', reject);
    });
    expect(answer).toMatch(/^HTTP\/1.1 204/);
    expect((await wire.send('GET', 'bytes')).text).toBe('hello\r\n--oss');
  });

  test('whose sender leaves stores nothing, and the next one is stored', async () => {
    const body = formBody([['key', 'gone'], ...signed()], { content: Buffer.alloc(1_000_000) });
    await new Promise<void>((resolve) => {
      const socket = createConnection(oss.port, '127.0.0.1', () => {
        socket.write(
          `POST / HTTP/1.1\r\nHost: demo-bucket.localhost\r\nContent-Type: multipart/form-data; boundary=${BOUNDARY}\r\nContent-Length: ${body.length}\r\n\r\n`,
        );
        socket.write(body.subarray(0, 500_000), () => setTimeout(() => socket.destroy(), 50));
      });
      socket.on('close', () => resolve());
    });
    expect((await send([['key', 'next'], ...signed()])).status).toBe(204);
    expect(oss.control.objects().map(({ key }) => key)).toEqual(['next']);
  });
});

describe('CORS', () => {
  test('a simple form post gets the headers that let its page read the answer, an error too', async () => {
    const headers = { Origin: 'https://app.example.com' };
    for (const [fields, status] of [
      [[['key', 'a'], ...signed()], 204],
      [[['key', 'a']], 403],
    ] as [Field[], number][]) {
      const reply = await send(fields, FILE, headers);
      expect(reply.status).toBe(status);
      expect(reply.headers['access-control-allow-origin']).toBe('*');
      expect(reply.headers['access-control-expose-headers']).toMatch(/ETag.*x-oss-hash-crc64ecma/);
    }
  });

  test('without a rule it is carried out all the same, without those headers', async () => {
    oss.control.setCors(null);
    const reply = await send([['key', 'a'], ...signed()], FILE, { Origin: 'https://app.example.com' });
    expect([reply.status, reply.headers['access-control-allow-origin']]).toEqual([204, undefined]);
    expect(oss.control.objects()).toHaveLength(1);
  });

  test('upload listeners force a preflight that asks for no header: origin and POST are enough', async () => {
    oss.control.setCors([{ allowedOrigins: ['https://app.example.com'], allowedMethods: ['POST'] }]);
    const headers = { Origin: 'https://app.example.com', 'Access-Control-Request-Method': 'POST' };
    expect((await wire.send('OPTIONS', null, { sign: false, headers })).status).toBe(200);
    const asks = { ...headers, 'Access-Control-Request-Headers': 'x-oss-date' };
    expect((await wire.send('OPTIONS', null, { sign: false, headers: asks })).status).toBe(403);
  });
});

describe('a fault that names the key of a form', () => {
  const rule = (fault: Fault, more: Partial<FaultRule> = {}): { id: string } => oss.control.addFault({ key: 'a', ...more, fault });
  const statusOf = async (key: string, file = FILE): Promise<number | string> =>
    (await send([['key', key], ...signed()], file).catch(() => ({ status: 'cut' as const }))).status;
  const BIG: PostedFile = { content: Buffer.alloc(1_000_000, 7), filename: 'big.bin' };

  test('strikes that form and no other, once, and counts each only once', async () => {
    rule({ kind: 'status', status: 503 }, { operation: 'PostObject', skip: 1 });
    expect([await statusOf('b'), await statusOf('a'), await statusOf('a'), await statusOf('a')]).toEqual([204, 204, 503, 204]);
    expect(oss.control.log().map(({ fault }) => fault)).toEqual([undefined, undefined, 'status', undefined]);
  });

  test('leaves those without a key alone: they strike as the form begins', async () => {
    oss.control.addFault({ operation: 'PostObject', skip: 1, times: 1, fault: { kind: 'status', status: 503 } });
    expect([await statusOf('a'), await statusOf('a'), await statusOf('a')]).toEqual([204, 503, 204]);
  });

  test.each<[string, Fault, number | string, number]>([
    ['answers in its place', { kind: 'raw', status: 502, body: '' }, 502, 0],
    ['cuts it off', { kind: 'reset' }, 'cut', 0],
    ['cuts it off at a byte', { kind: 'reset', afterBytes: 500_000 }, 'cut', 0],
    ['stalls it', { kind: 'stall', milliseconds: 50 }, 'cut', 0],
    ['delays it', { kind: 'delay', milliseconds: 50 }, 204, 1],
    ['drops its answer', { kind: 'drop-response' }, 'cut', 1],
    ['answers after the work', { kind: 'html', afterWork: true }, 200, 1],
  ])('%s', async (_, fault, status, stored) => {
    for (const file of [FILE, BIG]) {
      rule(fault);
      expect(await statusOf('a', file)).toBe(status);
      expect(oss.control.objects()).toHaveLength(stored);
      expect(oss.control.faults()).toEqual([]);
      await oss.control.reset({ data: true });
    }
  });

  test('corrupts one bit of the file, never of the form around it', async () => {
    for (const [key, file] of [
      ['a', FILE],
      ['a', BIG],
    ] as const) {
      rule({ kind: 'corrupt' });
      expect(await statusOf(key, file)).toBe(204);
      const stored = (await wire.send('GET', key)).body;
      const sent = Buffer.from(file.content);
      expect(stored.length).toBe(sent.length);
      expect(stored.filter((byte, index) => byte !== sent[index])).toHaveLength(1);
    }
  });
});

test('a permanent key signs a form without a token', async () => {
  const server = await startTestOss({ accessKeys: [{ accessKeyId: 'LTAIform', accessKeySecret: 'secret' }] });
  const own = { AccessKeyId: 'LTAIform', AccessKeySecret: 'secret', SecurityToken: '', Expiration: '' };
  expect((await post(server.port, formBody([['key', 'a'], ...signedFields(own)], FILE))).status).toBe(204);
  await server.cleanup();
});
