import { describe, expect, it, test, vi } from 'vitest';
import { createHandler, type Grant, type HandlerOptions } from '../../../src/server/index.js';
import { ask, HANDLER, part, post, put, SECRET, verdict } from './handler.js';

const UPLOAD = { uploadId: 'ID' };

describe('options', () => {
  it.each<[object, RegExp]>([
    [{ region: '' }, /^region must be/],
    [{ region: undefined }, /^region must be/],
    [{ bucket: 'A' }, /^bucket must be/],
    [{ credentials: 'key' }, /^credentials must be/],
    [{ credentials: null }, /^credentials must be/],
    [{ allow: undefined }, /^allow must be/],
    [{ origins: ['*'] }, /^origins must be/],
    [{ origins: ['https://app.example.com/'] }, /^origins must be/],
    [{ callbackSecret: 'short' }, /^callbackSecret must be/],
    [{ assumeRole: {} }, /^assumeRole must be/],
    [{ onError: 1 }, /^onError must be/],
    [{ fetch: 1 }, /^fetch must be/],
    [{ endpoint: 'https://x/y' }, /^endpoint must be/],
    [{ cname: true }, /^cname needs endpoint/],
  ])('%j is a TypeError at the call', (change, message) => {
    expect(() => createHandler({ ...HANDLER, ...change } as HandlerOptions)).toThrow(message);
  });

  it('are needed at all', () => {
    expect(() => createHandler(undefined as never)).toThrow(TypeError);
  });
});

describe('what is signed', () => {
  test.each<[string, object]>([
    ['InitiateMultipartUpload', { method: 'POST', query: { uploads: '' } }],
    ['UploadPart', { method: 'PUT', query: { ...UPLOAD, partNumber: '10000' }, size: 5 }],
    ['ListParts', { method: 'GET', query: { ...UPLOAD, 'max-parts': '1000', 'part-number-marker': '1000' } }],
    ['CompleteMultipartUpload', { method: 'POST', query: UPLOAD }],
    ['AbortMultipartUpload', { method: 'DELETE', query: UPLOAD }],
    ['PutObject', { method: 'PUT', query: {}, size: 0 }],
    ['HeadObject', { method: 'HEAD', query: {} }],
  ])('%s', async (operation, request) => {
    const { status, body, text } = await ask({ operation, key: 'users/42/a.bin', ...request });
    expect([status, body]).toEqual([200, { signatures: [{ key: 'users/42/a.bin', headers: expect.any(Object) }] }]);
    expect(body.signatures?.[0]?.headers['authorization']).toMatch(/^OSS4-HMAC-SHA256 Credential=LTAIserver\//);
    expect(text).not.toContain(SECRET);
  });

  it('includes the size of parts and objects, which the page does not send itself', async () => {
    for (const request of [part(), put()]) {
      const headers = (await ask(request)).body.signatures?.[0]?.headers ?? {};
      expect(headers['authorization']).toContain(',AdditionalHeaders=content-length,');
      expect(Object.keys(headers)).not.toContain('content-length');
    }
  });

  it('has the token of temporary credentials, and only the headers that the page did not propose', async () => {
    const credentials = { accessKeyId: 'STS.x', accessKeySecret: SECRET, securityToken: 'TOKEN' };
    const { body } = await ask(put({ headers: { 'content-type': 'image/png' } }), {}, { credentials: async () => credentials });
    expect(Object.keys(body.signatures?.[0]?.headers ?? {}).sort()).toEqual([
      'authorization',
      'x-oss-content-sha256',
      'x-oss-date',
      'x-oss-security-token',
    ]);
  });

  it('uses credentials until near their end, and fetches them once for many requests', async () => {
    const fetchCredentials = (life: number) =>
      vi.fn(async () => ({ accessKeyId: 'STS.x', accessKeySecret: 's', securityToken: 't', expiration: Date.now() + life }));
    for (const [life, calls] of [
      [3_600_000, 1],
      [600_000, 2],
    ] as const) {
      const credentials = fetchCredentials(life);
      const handler = createHandler({ ...HANDLER, credentials: credentials as never });
      const send = () =>
        handler(
          new Request('http://app.example.com/oss', {
            method: 'POST',
            body: JSON.stringify({ requests: [put()] }),
            headers: { 'content-type': 'application/json' },
          }),
        );
      await Promise.all([send(), send()]);
      await send();
      expect(credentials).toHaveBeenCalledTimes(calls);
    }
  });
});

describe('keys', () => {
  it.each([
    'users/43/a',
    'users/42',
    'users/42/',
    'users/42a',
    'users/4',
    'Users/42/a',
    '/users/42/a',
    ' users/42/a',
    'users/42/../43/a',
    'users/42/./a',
    'users/42/a/..',
    'users/42/%2e%2e/43/a',
    'users/42/.%2E/a',
    'users/42/%252e%252e/a',
    'users/42/..%2f43/a',
    'users/42/..\\43',
    'users/42/%5c..',
    'users/42//a',
    'users/42/a/',
    'users/42/a\0',
    'users/42/a\nb',
    'users/42/a\u007f',
    'users/42/a\u0085',
    'users\u2215' + '42/a',
    'users\uFF0F42/a',
    'us\u0435rs/42/a',
    'users/42\u200b/a',
    'users/\uFF14\uFF12/a',
    `users/42/${'a'.repeat(1023)}`,
    'users/42/\ud800',
    '',
  ])('%j is refused', async (key) => {
    for (const request of [part({ key }), put({ key })]) expect(verdict(await ask(request))).toEqual([403, 'KeyNotAllowed']);
    expect(verdict(await post({ discover: { key } }, { allow: () => ({ prefix: 'users/42/', discover: true }) }))).toEqual([
      403,
      'KeyNotAllowed',
    ]);
  });

  it.each(['users/42/a b+c.bin', 'users/42/目录/照片 😀.jpg', 'users/42/..a', 'users/42/a..', 'users/42/100%'])(
    '%j is signed',
    async (key) => {
      expect((await ask(put({ key }))).body.signatures?.[0]?.key).toBe(key);
    },
  );

  it('of the server replace the proposals for new objects, and no others', async () => {
    const keyFor = vi.fn(() => 'users/42/chosen');
    const chosen = await ask(put({ key: '../any', headers: { 'Content-Type': 'image/png' } }), { keyFor });
    expect(chosen.body.signatures?.[0]?.key).toBe('users/42/chosen');
    expect(keyFor).toHaveBeenCalledExactlyOnceWith({ key: '../any', size: 5, contentType: 'image/png' });
    expect((await ask(part(), { keyFor })).body.signatures?.[0]?.key).toBe('users/42/a.bin');
    expect(verdict(await ask(part({ key: 'users/43/a' }), { keyFor }))).toEqual([403, 'KeyNotAllowed']);
    expect(verdict(await ask(put(), { keyFor: () => 'users/43/a' }))).toEqual([500, 'ServerFailed']);
  });
});

describe('a request is refused', () => {
  it.each<[unknown[], object]>([
    [[403, 'OperationNotAllowed'], part({ operation: 'DeleteObject' })],
    [[403, 'OperationNotAllowed'], part({ operation: 'GetObject' })],
    [[403, 'OperationNotAllowed'], part({ operation: 'toString' })],
    [[403, 'OperationNotAllowed'], part({ operation: undefined })],
    [[403, 'OperationNotAllowed'], part({ method: 'DELETE' })],
    [[403, 'QueryNotAllowed'], part({ query: { partNumber: '0', uploadId: 'ID' } })],
    [[403, 'QueryNotAllowed'], part({ query: { partNumber: '10001', uploadId: 'ID' } })],
    [[403, 'QueryNotAllowed'], part({ query: { partNumber: '01', uploadId: 'ID' } })],
    [[403, 'QueryNotAllowed'], part({ query: { partNumber: '1.5', uploadId: 'ID' } })],
    [[403, 'QueryNotAllowed'], part({ query: { partNumber: '1' } })],
    [[403, 'QueryNotAllowed'], part({ query: { partNumber: '1', uploadId: '' } })],
    [[403, 'QueryNotAllowed'], part({ query: { partNumber: '1', uploadId: 'a&acl' } })],
    [[403, 'QueryNotAllowed'], part({ query: { partNumber: '1', uploadId: 'ID', acl: '' } })],
    [[403, 'QueryNotAllowed'], put({ query: { acl: '' } })],
    [[403, 'QueryNotAllowed'], put({ query: { symlink: '' } })],
    [[403, 'QueryNotAllowed'], put({ query: { callback: 'x' } })],
    [[403, 'QueryNotAllowed'], put({ query: { 'x-oss-process': 'x' } })],
    [[403, 'QueryNotAllowed'], put({ query: { constructor: '' } })],
    [[403, 'HeaderNotAllowed'], part({ headers: { 'x-oss-copy-source': '/b/k' } })],
    [[403, 'HeaderNotAllowed'], put({ headers: { 'X-OSS-Copy-Source': '/b/k' } })],
    [[403, 'HeaderNotAllowed'], part({ headers: { 'x-oss-copy-source-range': 'bytes=0-1' } })],
    [[403, 'HeaderNotAllowed'], put({ headers: { 'x-oss-object-acl': 'public-read' } })],
    [[403, 'HeaderNotAllowed'], put({ headers: { 'x-oss-symlink-target': 'k' } })],
    [[403, 'HeaderNotAllowed'], put({ headers: { 'x-oss-tagging': 'a=b' } })],
    [[403, 'HeaderNotAllowed'], put({ headers: { 'x-oss-callback': 'e30=' } })],
    [[403, 'HeaderNotAllowed'], put({ headers: { 'x-oss-callback-var': 'e30=' } })],
    [[403, 'HeaderNotAllowed'], put({ headers: { 'x-oss-security-token': 'x' } })],
    [[403, 'HeaderNotAllowed'], put({ headers: { authorization: 'x' } })],
    [[403, 'HeaderNotAllowed'], put({ headers: { 'content-length': '9' } })],
    [[403, 'HeaderNotAllowed'], put({ headers: { 'Content-Type': 'a/b', 'content-type': 'c/d' } })],
    [[403, 'HeaderNotAllowed'], part({ headers: { 'x-oss-meta-a': 'b' } })],
    [[400, 'InvalidRequest'], put({ headers: { 'content-type': 'a/b\nx-oss-object-acl:public-read' } })],
    [[400, 'InvalidRequest'], put({ headers: { 'content-type': 5 } })],
    [[400, 'InvalidRequest'], put({ headers: [] })],
    [[400, 'InvalidRequest'], put({ size: undefined })],
    [[400, 'InvalidRequest'], put({ size: -1 })],
    [[400, 'InvalidRequest'], put({ size: 1.5 })],
    [[400, 'InvalidRequest'], part({ size: 5 * 1024 ** 3 + 1 })],
    [[400, 'InvalidRequest'], put({ key: 5 })],
    [[400, 'InvalidRequest'], null as never],
  ])('with %j: %j', async (expected, request) => {
    expect(verdict(await ask(request))).toEqual(expected);
  });

  it('together with all others of its batch', async () => {
    expect(verdict(await post({ requests: [put(), put({ key: 'users/43/a' })] }))).toEqual([403, 'KeyNotAllowed']);
  });

  it('when there are more than a hundred, or none', async () => {
    const many = (count: number) => post({ requests: Array.from({ length: count }, () => part()) });
    expect((await many(100)).status).toBe(200);
    for (const count of [0, 101]) expect(verdict(await many(count))).toEqual([400, 'InvalidRequest']);
  });

  it.each(['', 'x', '[]', '5', '{}', '{"requests":[],"discover":{}}', '{"requests":{}}'])('when the body is %j', async (body) => {
    expect(verdict(await post(body))).toEqual([400, 'InvalidRequest']);
  });

  it('when the body has more than 1 MiB', async () => {
    expect(verdict(await post(' '.repeat(1024 * 1024 + 1)))).toEqual([413, 'RequestTooLarge']);
  });

  it('when it is not JSON, which a form of any page could send', async () => {
    expect(verdict(await post({ requests: [put()] }, {}, { 'content-type': 'text/plain' }))).toEqual([415, 'UnsupportedMediaType']);
  });

  it('when it is no POST', async () => {
    const response = await createHandler(HANDLER)(new Request('http://app.example.com/oss'));
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST, OPTIONS']);
  });

  it('when nothing is allowed', async () => {
    expect(verdict(await ask(put(), {}, { allow: () => undefined }))).toEqual([403, 'NotAllowed']);
  });
});

describe('limits', () => {
  it('of bytes hold for objects and for parts', async () => {
    for (const request of [part, put]) {
      expect((await ask(request({ size: 5 }), { maxBytes: 5 })).status).toBe(200);
      expect(verdict(await ask(request({ size: 6 }), { maxBytes: 5 }))).toEqual([413, 'TooLarge']);
    }
  });

  it('of bytes need the parts of a Complete, and one Complete at a time', async () => {
    const complete = { operation: 'CompleteMultipartUpload', key: 'users/42/a', query: UPLOAD };
    expect(verdict(await ask(complete, { maxBytes: 5 }))).toEqual([400, 'InvalidRequest']);
    const parts = [{ number: 1, etag: 'A' }];
    const two = { requests: [complete, complete].map((each) => ({ ...each, parts })) };
    expect(verdict(await post(two, { allow: () => ({ prefix: 'users/42/', maxBytes: 5 }) }))).toEqual([400, 'InvalidRequest']);
  });

  it.each([
    [[]],
    [[{ number: 0, etag: 'A' }]],
    [
      [
        { number: 2, etag: 'A' },
        { number: 1, etag: 'A' },
      ],
    ],
    [[{ number: 1, etag: '<' }]],
    ['x'],
  ])('refuse the parts %j', async (parts) => {
    expect(verdict(await ask({ operation: 'CompleteMultipartUpload', key: 'users/42/a', query: UPLOAD, parts }))).toEqual([
      400,
      'InvalidRequest',
    ]);
  });

  it.each([
    ['image/png', true],
    ['IMAGE/PNG', true],
    ['image/png; charset=x', true],
    ['application/pdf', true],
    ['image/', false],
    ['image/*', false],
    ['imagex/png', false],
    ['text/html', false],
    ['text/html, image/png', false],
    [undefined, false],
  ])('of types: %j is allowed: %j', async (type, isAllowed) => {
    const headers = type === undefined ? {} : { 'content-type': type };
    const { status } = await ask(put({ headers }), { contentTypes: ['image/*', 'application/pdf'] });
    expect(status).toBe(isAllowed ? 200 : 403);
  });

  it('set metadata and forbid replacing, whatever the page proposes', async () => {
    const grant: Partial<Grant> = { overwrite: false, metadata: { owner: '42' } };
    const headers = { 'x-oss-meta-owner': '43', 'x-oss-forbid-overwrite': 'false' };
    expect((await ask(put({ headers }), grant)).body.signatures?.[0]?.headers).toMatchObject({
      'x-oss-meta-owner': '42',
      'x-oss-forbid-overwrite': 'true',
    });
  });

  it('let through the headers that the grant names', async () => {
    const request = put({ headers: { 'x-oss-tagging': 'a=b' } });
    expect((await ask(request, { headers: ['x-oss-tagging'] })).status).toBe(200);
    expect(verdict(await ask(request, { headers: ['x-oss-object-acl'] }))).toEqual([403, 'HeaderNotAllowed']);
  });

  it('add the callback to what stores an object, and nowhere else', async () => {
    const grant: Partial<Grant> = { callback: { url: 'https://app.example.com/cb', user: '42' } };
    const options = { callbackSecret: 's'.repeat(32) };
    const names = async (request: object) => Object.keys((await ask(request, grant, options)).body.signatures?.[0]?.headers ?? {});
    expect(await names(put())).toContain('x-oss-callback-var');
    expect(await names({ operation: 'CompleteMultipartUpload', key: 'users/42/a', query: UPLOAD })).toContain('x-oss-callback');
    expect(await names(part())).not.toContain('x-oss-callback');
    expect(await names({ operation: 'InitiateMultipartUpload', key: 'users/42/a', query: { uploads: '' } })).not.toContain(
      'x-oss-callback',
    );
  });

  const callTo = (url: string, onError = vi.fn()) =>
    ask(put(), { callback: { url, user: '42' } }, { callbackSecret: 's'.repeat(32), onError });

  it.each(["/?name=it's", '/?a="x"', '/?a=<x>', '?a=<x>', '/a/./cb', '/a/../cb', '/%2e%2E/cb', '/.', '\\cb', '/目录'])(
    'have no callback to %s: servers see it otherwise than OSS signs it',
    async (target) => {
      const onError = vi.fn();
      expect(verdict(await callTo(`https://app.example.com${target}`, onError))).toEqual([500, 'ServerFailed']);
      expect(onError.mock.calls.map(String)).toEqual([expect.stringMatching(/^TypeError: callback\.url must be as/)]);
    },
  );

  it.each(['https://app.example.com', 'https://App.example.com:443?a', 'http://a:b@127.0.0.1/?', 'https://a/b%20c//d?e=%27f|g&h=/./'])(
    'may have a callback to %s',
    async (url) => {
      expect(verdict(await callTo(url))).toEqual([200, undefined]);
    },
  );

  it.each<[object]>([
    [{ prefix: '' }],
    [{ prefix: 'users/42' }],
    [{ prefix: '../' }],
    [{ maxBytes: -1 }],
    [{ contentTypes: ['*/*'] }],
    [{ overwrite: 'no' }],
    [{ keyFor: 'x' }],
    [{ metadata: { 'A b': 'c' } }],
    [{ headers: ['x-oss-callback'] }],
    [{ callback: { url: 'https://app.example.com', user: '42' } }],
  ])('that are mistakes, such as %j, are reported to the server only', async (grant) => {
    const onError = vi.fn();
    expect(verdict(await ask(put(), grant, { onError }))).toEqual([500, 'ServerFailed']);
    expect(onError).toHaveBeenCalledExactlyOnceWith(expect.any(TypeError));
  });
});

describe('origins', () => {
  const from = (origin: string, options: Partial<HandlerOptions> = {}) => post({ requests: [put()] }, options, { origin });

  it('are the own one, also behind a proxy that ends TLS, and configured ones', async () => {
    expect((await from('http://app.example.com')).status).toBe(200);
    expect((await from('https://app.example.com')).status).toBe(200);
    const other = await from('https://other.example.com', { origins: ['https://other.example.com'] });
    expect([other.status, other.headers.get('access-control-allow-origin')]).toEqual([200, 'https://other.example.com']);
  });

  it.each([
    'https://evil.example.com',
    'null',
    'http://app.example.com.evil.example',
    'http://app.example.com:81',
    'http://sub.app.example.com',
  ])('%s is refused without CORS headers', async (origin) => {
    const answer = await from(origin, { origins: ['https://other.example.com'] });
    expect([...verdict(answer), answer.headers.get('access-control-allow-origin')]).toEqual([403, 'OriginNotAllowed', null]);
  });

  it('are not hidden by leaving out the header', async () => {
    expect(verdict(await post({ requests: [put()] }, {}, { 'sec-fetch-site': 'cross-site' }))).toEqual([403, 'OriginNotAllowed']);
  });

  it('get an answer to their preflight', async () => {
    const handler = createHandler({ ...HANDLER, origins: ['https://other.example.com'] });
    const preflight = (origin: string) =>
      handler(
        new Request('http://app.example.com/oss', {
          method: 'OPTIONS',
          headers: { origin, 'access-control-request-headers': 'authorization,content-type' },
        }),
      );
    const { status, headers } = await preflight('https://other.example.com');
    expect([status, headers.get('access-control-allow-headers')]).toEqual([204, 'authorization,content-type']);
    expect((await preflight('https://evil.example.com')).status).toBe(403);
  });

  it('see refusals, too', async () => {
    const answer = await post({ requests: [] }, { origins: ['https://o.example.com'] }, { origin: 'https://o.example.com' });
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([400, 'https://o.example.com']);
  });
});

describe('credentials', () => {
  const issued = { AccessKeyId: 'STS.a', AccessKeySecret: 'b', SecurityToken: 'c', Expiration: '2030-01-01T00:00:00Z' };

  it('are narrowed to the prefix by a session policy', async () => {
    const assumeRole = vi.fn(async () => ({ Credentials: issued }));
    const { body } = await post({ credentials: {} }, { assumeRole });
    expect(body.credentials).toEqual({
      accessKeyId: 'STS.a',
      accessKeySecret: 'b',
      securityToken: 'c',
      expiration: '2030-01-01T00:00:00.000Z',
      prefix: 'users/42/',
    });
    const [[{ policy }]] = assumeRole.mock.calls as unknown as [[{ policy: string }]];
    expect(JSON.parse(policy).Statement[0].Resource).toEqual(['acs:oss:*:*:examplebucket/users/42/*']);
  });

  it.each<[Partial<Grant>]>([
    [{ maxBytes: 1 }],
    [{ contentTypes: [] }],
    [{ overwrite: false }],
    [{ metadata: {} }],
    [{ keyFor: () => 'users/42/x' }],
    [{ callback: { url: 'https://a.example.com', user: '' } }],
  ])('are refused where %j could not be kept', async (grant) => {
    const answer = await post({ credentials: {} }, { assumeRole: async () => issued, allow: () => ({ prefix: 'users/42/', ...grant }) });
    expect(verdict(answer)).toEqual([403, 'CredentialsNotAllowed']);
  });

  it('are refused without assumeRole', async () => {
    expect(verdict(await post({ credentials: {} }))).toEqual([403, 'CredentialsNotAllowed']);
  });

  it('never are a key without a token, and a failure stays on the server', async () => {
    const onError = vi.fn();
    for (const assumeRole of [async () => ({ ...issued, SecurityToken: '' }), async () => Promise.reject(new Error(SECRET))]) {
      const answer = await post({ credentials: {} }, { assumeRole: assumeRole as never, onError });
      expect(verdict(answer)).toEqual([502, 'ServiceFailed']);
      expect(answer.text).not.toContain(SECRET);
    }
    expect(onError).toHaveBeenCalledTimes(2);
  });

  it('of a prefix with wildcards are refused', async () => {
    const answer = await post({ credentials: {} }, { assumeRole: async () => issued, allow: () => ({ prefix: 'users/*/' }) });
    expect(verdict(answer)).toEqual([500, 'ServerFailed']);
  });
});

it('what fails inside is not shown', async () => {
  const onError = vi.fn();
  const answer = await ask(put(), {}, { allow: () => Promise.reject(new Error(SECRET)), onError });
  expect(verdict(answer)).toEqual([500, 'ServerFailed']);
  expect(answer.text).not.toContain(SECRET);
  expect(onError).toHaveBeenCalledOnce();
});

it('discovery is refused unless the grant allows it', async () => {
  expect(verdict(await post({ discover: { key: 'users/42/a' } }))).toEqual([403, 'DiscoveryNotAllowed']);
});

describe('forms', () => {
  const form = { operation: 'PostObject', key: 'users/42/a.png', size: 5, headers: { 'content-type': 'image/png' } };

  it('are signed for the key, the size and the type', async () => {
    expect((await ask(form)).body.signatures?.[0]).toMatchObject({ fields: { key: 'users/42/a.png', 'content-type': 'image/png' } });
  });

  it('are refused where the grant says so', async () => {
    expect(verdict(await ask(form, { forms: false }))).toEqual([403, 'OperationNotAllowed']);
  });
});

describe('what OSS refuses this server', () => {
  const refusing = (status: number) => async (): Promise<Response> => new Response('<Error><Code>AccessDenied</Code></Error>', { status });

  it.each([
    [403, 403, 'ServiceRefused'],
    [500, 502, 'ServiceFailed'],
    [429, 502, 'ServiceFailed'],
  ])('with %i is answered with %i %s, and onError is called', async (status, answered, code) => {
    const onError = vi.fn();
    const allow = () => ({ prefix: 'users/42/', discover: true });
    const answer = await post({ discover: { key: 'users/42/a' } }, { allow, fetch: refusing(status), onError });
    expect(verdict(answer)).toEqual([answered, code]);
    expect(onError).toHaveBeenCalledOnce();
  });
});
