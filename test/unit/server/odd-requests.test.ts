/** What a page may try, and what may fail around the handler. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createHandler, sessionPolicy } from '../../../src/server/index.js';
import { ask, type Answer, HANDLER, part, post, put, verdict } from './handler.js';

const form = (change: object = {}): object => ({ operation: 'PostObject', key: 'users/42/a.bin', size: 5, headers: {}, ...change });
const keyOf = ({ body }: Answer): string | undefined => body.signatures?.[0]?.key;

afterEach(() => vi.useRealTimers());

describe('a form', () => {
  test('is signed for the one key that it names: not where OSS would fill in the file’s name', async () => {
    const keyFor = ({ key }: { key: string }): string => `users/42/1-${key}`;
    expect(verdict(await ask(form({ key: '${filename}' }), { keyFor }))).toEqual([403, 'OperationNotAllowed']);
    expect(verdict(await ask(form({ key: 'users/42/${filename}' })))).toEqual([403, 'OperationNotAllowed']);
    expect(keyOf(await ask(form({ key: 'a.bin' }), { keyFor }))).toBe('users/42/1-a.bin');
  });

  test('is not signed where the type matters: a field of the page’s own would outweigh it', async () => {
    const image = { headers: { 'content-type': 'image/png' } };
    expect(verdict(await ask(form(image), { contentTypes: ['image/*'] }))).toEqual([403, 'OperationNotAllowed']);
    expect((await ask(put(image), { contentTypes: ['image/*'] })).status).toBe(200);
  });
});

describe('content types', () => {
  test.each([
    'image/png;,text/html',
    'image/png; a=",text/html"',
    'image/png; a=b,text/html',
    'image/png, text/html',
    'image/(x',
    'image/@',
    'image/"x',
    'image/png;;',
    'image/ png',
    'image/',
  ])('refuses %s, which a browser may read as another type or as none', async (type) => {
    const answer = await ask(put({ headers: { 'content-type': type } }), { contentTypes: ['image/*'] });
    expect(verdict(answer)).toEqual([403, 'ContentTypeNotAllowed']);
  });

  test.each([
    'image/png',
    'IMAGE/PNG',
    'image/svg+xml; charset=utf-8',
    'image/png;q="a b"; v=1',
    // What recorders of Chromium and Firefox say.
    'video/webm;codecs=vp8,opus',
    'video/webm; codecs="vp8, opus"',
  ])('takes %s', async (type) => {
    expect((await ask(put({ headers: { 'content-type': type } }), { contentTypes: ['image/*', 'video/*'] })).status).toBe(200);
  });
});

describe('keyFor', () => {
  test('refuses by returning undefined, and with what is unsafe in the proposal: the page is not to ask again', async () => {
    const keyFor = ({ key }: { key: string }): string | undefined => (key.endsWith('.exe') ? undefined : `users/42/7-${key}`);
    expect(verdict(await ask(put({ key: 'a.exe' }), { keyFor }))).toEqual([403, 'KeyNotAllowed']);
    expect(verdict(await ask(put({ key: '100%25.bin' }), { keyFor }))).toEqual([403, 'KeyNotAllowed']);
    expect(verdict(await ask(put({ key: 'a.bin' }), { keyFor: () => 'elsewhere/a.bin' }))).toEqual([500, 'ServerFailed']);
  });
});

describe('metadata of a grant', () => {
  test('is text, which may be empty', async () => {
    const answer = await ask(put(), { metadata: { note: '' } });
    expect(answer.body.signatures?.[0]?.headers).toMatchObject({ 'x-oss-meta-note': '' });
    const onError = vi.fn();
    expect((await ask(put(), { metadata: { user: 42 } as never }, { onError })).status).toBe(500);
    expect(String(onError.mock.calls[0]?.[0])).toMatch(/TypeError: metadata must/);
  });
});

describe('a page of the handler’s own origin', () => {
  const verdictFor = async (url: string, headers: Record<string, string>): Promise<unknown> => {
    const body = JSON.stringify({ requests: [put()] });
    const request = new Request(url, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } });
    return (await createHandler(HANDLER)(request)).status;
  };

  test.each<[string, string, Record<string, string>]>([
    ['by the URL', 'https://app.example.com/oss', { origin: 'https://app.example.com' }],
    ['behind a proxy that ends TLS', 'http://app.example.com/oss', { origin: 'https://app.example.com' }],
    [
      'where the framework shows the address that it listens on',
      'http://0.0.0.0:3000/oss',
      { origin: 'https://app.example.com', host: 'app.example.com' },
    ],
    ['by the address of this machine', 'http://localhost:3000/oss', { origin: 'http://192.168.1.5:3000', host: '192.168.1.5:3000' }],
    ['as the browser says', 'http://inner:8080/oss', { origin: 'https://app.example.com', 'sec-fetch-site': 'same-origin' }],
  ])('is known %s', async (_, url, headers) => {
    expect(await verdictFor(url, headers)).toBe(200);
  });

  test.each<[string, string, Record<string, string>]>([
    ['of another host', 'https://app.example.com/oss', { origin: 'https://evil.example', host: 'app.example.com' }],
    ['of the same site', 'https://app.example.com/oss', { origin: 'https://other.example.com', 'sec-fetch-site': 'same-site' }],
    ['without TLS, where the handler has it', 'https://app.example.com/oss', { origin: 'http://app.example.com', host: 'app.example.com' }],
    ['that is opaque', 'https://app.example.com/oss', { origin: 'null' }],
  ])('is not one %s', async (_, url, headers) => {
    expect(await verdictFor(url, headers)).toBe(403);
  });
});

test('origins of apps may be configured', async () => {
  const origins = ['capacitor://localhost', 'tauri://localhost', 'chrome-extension://abcdefgh'];
  const answer = await post({ requests: [put()] }, { origins }, { origin: 'capacitor://localhost' });
  expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([200, 'capacitor://localhost']);
  for (const wrong of ['capacitor://', 'capacitor://a/b', 'https://*.example.com', 'https://a.example.com/', 'javascript:alert(1)', '*']) {
    expect(() => createHandler({ ...HANDLER, origins: [wrong] }), wrong).toThrow('origins must be a list');
  }
});

describe('the server’s keys', () => {
  const keys = (minutes: number): object => ({
    accessKeyId: 'STS.id',
    accessKeySecret: 'secret',
    securityToken: 'token',
    expiration: new Date(Date.now() + minutes * 60_000).toISOString(),
  });

  test('a call that hangs is given up after ten seconds, and the next request makes another one', async () => {
    vi.useFakeTimers();
    const credentials = vi.fn<() => Promise<never>>().mockReturnValueOnce(new Promise(() => {}));
    credentials.mockImplementation(async () => keys(60) as never);
    const handler = createHandler({ ...HANDLER, credentials });
    const request = (): Request =>
      new Request('https://app.example.com/oss', {
        method: 'POST',
        body: JSON.stringify({ requests: [put()] }),
        headers: { 'content-type': 'application/json' },
      });
    const first = handler(request());
    await vi.advanceTimersByTimeAsync(10_000);
    expect((await first).status).toBe(500);
    expect((await handler(request())).status).toBe(200);
  });

  test('that can’t be renewed are used as long as a signature of theirs is good', async () => {
    vi.useFakeTimers();
    const credentials = vi.fn<() => Promise<never>>().mockImplementationOnce(async () => keys(21) as never);
    credentials.mockRejectedValue(new Error('STS is down'));
    const handler = createHandler({ ...HANDLER, credentials });
    const statusAfter = async (minutes: number): Promise<number> => {
      await vi.advanceTimersByTimeAsync(minutes * 60_000);
      const headers = { 'content-type': 'application/json' };
      const body = JSON.stringify({ requests: [put()] });
      return (await handler(new Request('https://app.example.com/oss', { method: 'POST', body, headers }))).status;
    };
    expect([await statusAfter(0), await statusAfter(2), await statusAfter(5)]).toEqual([200, 200, 500]);
  });

  test('that are incomplete are refused at the call', () => {
    expect(() => createHandler({ ...HANDLER, credentials: { accessKeyId: 'LTAI' } as never })).toThrow(
      new TypeError('credentials must have an accessKeyId and an accessKeySecret'),
    );
  });
});

test.each([
  [
    'throws',
    () => {
      throw new Error('no log');
    },
  ],
  ['rejects', async () => Promise.reject(new Error('no log'))],
])('an onError that %s changes no answer', async (_, onError) => {
  const unhandled = vi.fn();
  process.on('unhandledRejection', unhandled);
  const allow = (): never => {
    throw new Error('no session');
  };
  const answer = await post({ requests: [part()] }, { allow, onError: onError as () => void });
  await new Promise((resolve) => setTimeout(resolve, 10));
  process.off('unhandledRejection', unhandled);
  expect([...verdict(answer), unhandled.mock.calls.length]).toEqual([500, 'ServerFailed', 0]);
});

test('a session policy allows the headers that a grant does', () => {
  const actions = (...headers: string[]): string[] => JSON.parse(sessionPolicy('b-1', 'users/42/', headers)).Statement[0].Action;
  expect(actions()).not.toContain('oss:PutObjectAcl');
  expect(actions('x-oss-object-acl')).toContain('oss:PutObjectAcl');
  expect(actions('x-oss-tagging')).toContain('oss:PutObjectTagging');
});
