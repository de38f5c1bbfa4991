import { afterEach, describe, expect, test, vi } from 'vitest';
import { normalizeOptions } from '../../../src/options/normalize.js';
import { createServiceClock } from '../../../src/oss/service-clock.js';
import type { CredentialsCache } from '../../../src/oss/credentials.js';
import { createAuthorizer } from '../../../src/oss/authorize.js';
import type { Operation, RequestContext } from '../../../src/oss/operation.js';
import { createRequester, type Requester } from '../../../src/oss/request.js';
import { createSigner } from '../../../src/oss/sign.js';
import type { Transport } from '../../../src/oss/xhr-fetch.js';
import type { Clock } from '../../../src/ports.js';

describe('when no answer arrives', () => {
  afterEach(() => void vi.unstubAllGlobals());

  const SECRETS = ['very-secret-key', 'CAIS-token-of-the-user'];

  function makeRequester(transport: Transport, { limit = 0 } = {}): Requester {
    const clock: Clock = {
      now: () => Date.UTC(2026, 10, 22),
      after: (milliseconds, callback) => {
        // What is waited for is over at once; nothing stalls.
        if (milliseconds < 60_000) queueMicrotask(callback);
        return () => {};
      },
    };
    const keys = { accessKeyId: 'STS.id', accessKeySecret: SECRETS[0] as string, securityToken: SECRETS[1], expiration: undefined };
    const config = normalizeOptions({
      region: 'cn-hangzhou',
      bucket: 'examplebucket',
      credentials: keys as never,
      retry: { limit, baseDelay: 0 },
    });
    const credentials: CredentialsCache = { get: async () => keys, refuse: () => {} };
    const authorizer = createAuthorizer('examplebucket', createSigner('cn-hangzhou'), credentials, createServiceClock(clock));
    return createRequester(config, transport, authorizer, { isOnline: () => true, subscribe: () => () => {} }, clock);
  }

  const part: Operation<true> = {
    operation: 'UploadPart',
    method: 'PUT',
    key: 'dir/a.bin',
    partNumber: 3,
    query: { partNumber: '3', uploadId: 'U' },
    body: new Blob(['x']),
    read: () => true,
  };
  const context = (): RequestContext => ({ signal: new AbortController().signal, onWait: () => () => {} });
  const silent: Transport = () => Promise.reject(new TypeError('Failed to fetch'));

  async function failureOf(requester: Requester, operation: Operation<true> = part): Promise<any> {
    return requester.send(operation, context()).then(
      () => expect.unreachable(),
      (error: unknown) => error,
    );
  }

  test('from an endpoint that has answered before: operation, part and key, and that nothing is lost', async () => {
    const requester = makeRequester(silent);
    requester.trust();
    const error = await failureOf(requester);
    expect(error).toMatchObject({ name: 'NetworkError', code: 'NetworkError', key: 'dir/a.bin', partNumber: 3, resumable: true });
    expect(error.message).toBe('UploadPart 3 of "dir/a.bin": the connection failed before an answer arrived. Uploaded parts are kept.');
  });

  test('because no data was transferred: says for how long', async () => {
    const requester = makeRequester(() => Promise.reject(new DOMException('no data was transferred for 60 s', 'TimeoutError')));
    requester.trust();
    expect(await failureOf(requester)).toMatchObject({
      name: 'NetworkError',
      code: 'Stalled',
      message: expect.stringContaining('UploadPart 3 of "dir/a.bin": no data was transferred for 60 s'),
    });
  });

  test('because the file changed meanwhile: that is said, not the network', async () => {
    const changed = new Blob(['x']);
    changed.slice = () => ({ arrayBuffer: () => Promise.reject(new DOMException('changed', 'NotReadableError')) }) as Blob;
    const requester = makeRequester(silent);
    expect(await failureOf(requester, { ...part, body: changed })).toMatchObject({
      name: 'FileChangedError',
      key: 'dir/a.bin',
      partNumber: 3,
    });
  });

  test('to the very first request, and not without CORS either: names endpoint, bucket, origin and every likely cause', async () => {
    vi.stubGlobal('fetch', silent);
    vi.stubGlobal('location', { origin: 'https://app.example.com' });
    const error = await failureOf(makeRequester(silent));
    expect(error).toMatchObject({ name: 'NetworkError', key: 'dir/a.bin' });
    for (const word of [
      'https://oss-cn-hangzhou.aliyuncs.com',
      '"examplebucket"',
      'region',
      'CORS',
      'https://app.example.com',
      'Content-Security-Policy',
    ])
      expect(error.message).toContain(word);
  });

  test('to the very first request, but without CORS: a CorsError that says which rule is missing', async () => {
    vi.stubGlobal('fetch', async () => new Response());
    vi.stubGlobal('location', { origin: 'https://app.example.com' });
    const error = await failureOf(makeRequester(silent));
    expect(error).toMatchObject({ name: 'CorsError', code: 'CorsRefused' });
    for (const word of [
      'https://oss-cn-hangzhou.aliyuncs.com',
      '"examplebucket"',
      'https://app.example.com',
      'PUT, POST, GET, HEAD, DELETE',
      '(*)',
    ])
      expect(error.message).toContain(word);
  });

  test('the look without CORS carries no key, no signature and no cookie', async () => {
    const look = vi.fn<(url: string, init: RequestInit) => Promise<Response>>(async () => new Response());
    vi.stubGlobal('fetch', look);
    await failureOf(makeRequester(silent));
    expect(look.mock.calls).toEqual([
      [
        'https://examplebucket.oss-cn-hangzhou.aliyuncs.com/',
        { mode: 'no-cors', credentials: 'omit', cache: 'no-store', signal: expect.any(AbortSignal) },
      ],
    ]);
  });

  test('a 2xx that is not OSS’s is a fault of the way, and says so', async () => {
    const requester = makeRequester(async () => new Response('<html>Welcome to the hotel</html>'));
    const error = await failureOf(requester, { ...part, read: () => undefined });
    expect(error).toMatchObject({ name: 'NetworkError', code: 'UnreadableAnswer', partNumber: 3 });
    expect(error.message).toContain('UploadPart 3 of "dir/a.bin"');
    expect(error.message).not.toContain('hotel');
  });

  test('no error tells a secret: not in its message, its fields or its causes', async () => {
    const transports: Transport[] = [
      silent,
      async () => new Response('not OSS'),
      () => Promise.reject(new DOMException('no data was transferred for 0 s', 'TimeoutError')),
    ];
    for (const transport of transports) {
      const requester = makeRequester(transport);
      requester.trust();
      const error = await failureOf(requester, { ...part, read: () => undefined });
      for (let current = error; current instanceof Error; current = current.cause) {
        const told = JSON.stringify([
          current.message,
          current.stack,
          ...Object.getOwnPropertyNames(current).map((name) => String(Reflect.get(current, name))),
        ]);
        for (const secret of SECRETS) expect(told).not.toContain(secret);
        expect(told).not.toContain('Signature=');
      }
    }
  });
});
