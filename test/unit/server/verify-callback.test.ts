import { describe, expect, it, vi } from 'vitest';
import { constants, createSign, generateKeyPairSync } from 'node:crypto';
import { type CallbackOptions, verifyCallback } from '../../../src/server/verify-callback.js';
import { readPublicKey, verifyRsaMd5 } from '../../../src/server/rsa-md5.js';
import vectors from '../../vectors/callback-verify.json' with { type: 'json' };
import { ask, put } from './handler.js';

const SECRET = 'a secret that only the servers know';
const URL_OF_KEY = 'https://gosspublic.alicdn.com/';
const pair = generateKeyPairSync('rsa', {
  modulusLength: 1024,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
let keys = 0;

const pems = vectors.publicKeys as Record<string, string>;

/** A callback as OSS sends it, signed with our key, each time at another URL: keys are cached. */
function callback(body: string, { signed = body, url = `${URL_OF_KEY}k${(keys += 1)}.pem` } = {}): Request {
  const authorization = createSign('RSA-MD5')
    .update(`/cb\n${signed}`)
    .sign({ key: pair.privateKey, padding: constants.RSA_PKCS1_PADDING }, 'base64');
  return new Request('http://app.example.com/cb', { method: 'POST', body, headers: { authorization, 'x-oss-pub-key-url': btoa(url) } });
}
const own: CallbackOptions = { secret: SECRET, fetch: async () => new Response(pair.publicKey) };

describe.each(vectors.vectors)('the vector $id', ({ publicKey, input, expect: expected }) => {
  it(`is ${expected.valid ? 'accepted' : 'refused'}`, async () => {
    const fetch = vi.fn(async () => new Response(pems[publicKey]));
    // The cache is the module's: each vector has one of its own.
    vi.resetModules();
    const fresh = await import('../../../src/server/verify-callback.js');
    const request = new Request(`http://app.example.com${input.target}`, {
      method: 'POST',
      body: input.body,
      headers: input.headers as [string, string][],
    });
    const verified = await fresh.verifyCallback(request, { fetch });
    expect(verified).toEqual(
      expected.valid ? { ok: true, body: input.body } : { ok: false, reason: ('reason' in expected && expected.reason) || 'signature' },
    );
    expect(fetch).toHaveBeenCalledTimes('reason' in expected && expected.reason === 'key-url' ? 0 : 1);
  });
});

describe('the public key', () => {
  it.each([
    'http://gosspublic.alicdn.com:8080/k.pem',
    'file:///k.pem',
    'https://gosspublic.alicdn.com',
    `${URL_OF_KEY}../k`,
    `${URL_OF_KEY}k?x`,
    `${URL_OF_KEY}./k`,
    `${URL_OF_KEY}k/.`,
    `${URL_OF_KEY}/k`,
    `${URL_OF_KEY}k/`,
    `${URL_OF_KEY}${'k'.repeat(300)}`,
    '',
  ])('is not fetched from %s', async (url) => {
    const fetch = vi.fn();
    expect(await verifyCallback(callback('{}', { url }), { fetch })).toEqual({ ok: false, reason: 'key-url' });
    expect(fetch).not.toHaveBeenCalled();
  });

  it('is fetched once, by https, and not again after a failure was repaired', async () => {
    const fetch = vi.fn(async () => new Response('gone', { status: 500 }));
    const url = 'http://gosspublic.alicdn.com/once.pem';
    expect(await verifyCallback(callback('{}', { url }), { fetch })).toEqual({ ok: false, reason: 'key' });
    fetch.mockImplementation(async () => new Response(pair.publicKey));
    for (let time = 0; time < 3; time += 1) expect((await verifyCallback(callback('{}', { url }), { fetch })).ok).toBe(true);
    expect(fetch.mock.calls.map(([called]: unknown[]) => called)).toEqual([1, 2].map(() => 'https://gosspublic.alicdn.com/once.pem'));
  });

  it('is kept, however many others strangers have named', async () => {
    const fetch = vi.fn(async () => new Response(pair.publicKey));
    const judge = async (url: string) => expect((await verifyCallback(callback('{}', { url }), { fetch })).ok).toBe(true);
    for (let other = 0; other < 20; other += 1) await judge(`${URL_OF_KEY}other${other}.pem`);
    fetch.mockClear();
    for (let time = 0; time < 3; time += 1) await judge(`${URL_OF_KEY}ours.pem`);
    expect(fetch).toHaveBeenCalledTimes(1);
    // No more than eight are.
    await judge(`${URL_OF_KEY}other13.pem`);
    expect(fetch).toHaveBeenCalledTimes(1);
    await judge(`${URL_OF_KEY}other0.pem`);
    expect(fetch).toHaveBeenCalledTimes(2);
  });

  it('is fetched in a way that Workers know, and not from where a redirect leads', async () => {
    const fetch = vi.fn(async (_: string, { redirect }: RequestInit) => {
      if (redirect === 'error') throw new TypeError('Invalid redirect value, must be one of "follow" or "manual"');
      return new Response(pair.publicKey);
    });
    expect((await verifyCallback(callback('{}'), { fetch })).ok).toBe(true);
    fetch.mockImplementation(async () => new Response(pair.publicKey, { status: 302, headers: { location: 'https://evil.example/' } }));
    expect(await verifyCallback(callback('{}'), { fetch })).toEqual({ ok: false, reason: 'key' });
    expect(fetch).toHaveBeenLastCalledWith(expect.any(String), expect.objectContaining({ redirect: 'manual' }));
  });

  it('of a test is exactly the one that is named, and on this machine', async () => {
    const testKeyUrl = 'http://localhost:9000/_callback/key.pem';
    const judge = (url: string) => verifyCallback(callback('{}', { url }), { testKeyUrl, fetch: async () => new Response(pair.publicKey) });
    expect((await judge(testKeyUrl)).ok).toBe(true);
    for (const url of [`${testKeyUrl}x`, 'http://localhost:9001/_callback/key.pem', `${URL_OF_KEY}k.pem`]) {
      expect(await judge(url)).toEqual({ ok: false, reason: 'key-url' });
    }
    for (const url of ['http://localhost.example.com/k', 'http://localhost@example.com/k', 'https://example.com/localhost/', '']) {
      await expect(verifyCallback(callback('{}'), { testKeyUrl: url })).rejects.toThrow(/^testKeyUrl must be on localhost/);
    }
  });

  it.each(['', '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----', 'x'.repeat(9_000), pair.publicKey.replace('MIG', 'MIH')])(
    'is refused if it is none',
    async (pem) => {
      expect(readPublicKey(pem)).toBeUndefined();
    },
  );

  it('verifies only the padding of PKCS #1 and its own length', () => {
    const key = readPublicKey(pair.publicKey)!;
    const message = new TextEncoder().encode('x');
    const sign = (algorithm: string) => new Uint8Array(createSign(algorithm).update(message).sign(pair.privateKey));
    expect(verifyRsaMd5(key, message, sign('RSA-MD5'))).toBe(true);
    expect(verifyRsaMd5(key, message, sign('RSA-SHA1'))).toBe(false);
    expect(verifyRsaMd5(key, message, sign('RSA-MD5').slice(1))).toBe(false);
    expect(verifyRsaMd5(key, message, new Uint8Array(128).fill(255))).toBe(false);
  });
});

describe('the proof', () => {
  /** The body that OSS would send for what the handler signed. */
  async function bodyFor(change: Record<string, unknown> = {}, maxBytes: number | undefined = 5): Promise<string> {
    const grant = { maxBytes, callback: { url: 'https://app.example.com/cb', user: '42', variables: { album: 'ä"' } } };
    const { body } = await ask(put(), grant, { callbackSecret: SECRET });
    const headers = body.signatures?.[0]?.headers ?? {};
    const json = (name: string) => JSON.parse(Buffer.from(headers[name] ?? '', 'base64').toString('utf8')) as Record<string, string>;
    const values = {
      bucket: 'examplebucket',
      object: 'users/42/a.bin',
      etag: 'E',
      size: 5,
      mimeType: 'image/png',
      ...json('x-oss-callback-var'),
    };
    const filled = json('x-oss-callback')['callbackBody']?.replace(/\$\{([^}]+)\}/g, (_, name: string) =>
      JSON.stringify(values[name as 'etag']),
    );
    return JSON.stringify({ ...JSON.parse(filled ?? ''), ...change });
  }

  it('shows what the handler allowed', async () => {
    expect(await verifyCallback(callback(await bodyFor()), own)).toMatchObject({
      ok: true,
      object: {
        bucket: 'examplebucket',
        key: 'users/42/a.bin',
        size: 5,
        etag: 'E',
        mimeType: 'image/png',
        user: '42',
        variables: { album: 'ä"' },
      },
    });
  });

  it.each<[Record<string, unknown>, string]>([
    [{ object: 'users/43/a.bin' }, 'proof'],
    [{ bucket: 'other' }, 'proof'],
    [{ 'x:user': '43' }, 'proof'],
    [{ 'x:max-bytes': '500' }, 'proof'],
    [{ 'x:max-bytes': '' }, 'proof'],
    [{ 'x:album': 'b' }, 'proof'],
    [{ 'x:more': 'b' }, 'proof'],
    [{ 'x:proof': 'f'.repeat(64) }, 'proof'],
    [{ 'x:proof': '' }, 'proof'],
    [{ 'x:proof': undefined }, 'body'],
    [{ size: 6 }, 'size'],
    [{ size: 'many' }, 'body'],
  ])('is refused with %j, even if OSS had signed it: %s', async (change, reason) => {
    expect(await verifyCallback(callback(await bodyFor(change)), own)).toEqual({ ok: false, reason });
  });

  it('is refused with another secret', async () => {
    expect(await verifyCallback(callback(await bodyFor()), { ...own, secret: `${SECRET}!` })).toEqual({ ok: false, reason: 'proof' });
  });

  it.each([undefined, null, '', 's'.repeat(31), ['s'.repeat(32)]])('is never skipped because the secret is %j', async (secret) => {
    const forged = callback(JSON.stringify({ bucket: 'examplebucket', object: 'users/42/forged' }));
    await expect(verifyCallback(forged, { ...own, secret: secret as string })).rejects.toThrow(
      new TypeError('secret must be the callbackSecret of the handler, at least 32 characters: is the setting there?'),
    );
  });

  it('does not replace the signature', async () => {
    const body = await bodyFor();
    expect(await verifyCallback(callback(body, { signed: `${body} ` }), own)).toEqual({ ok: false, reason: 'signature' });
  });

  it.each(['null', 'x', '5'])('is refused when the body is %s', async (body) => {
    expect(await verifyCallback(callback(body), own)).toEqual({ ok: false, reason: 'body' });
  });
});

it('a path that a proxy has changed can be given', async () => {
  const request = callback('{}');
  const moved = new Request('http://app.example.com/moved', { method: 'POST', body: '{}', headers: request.headers });
  const { secret: _, ...options } = own;
  expect(await verifyCallback(moved.clone() as Request, options)).toEqual({ ok: false, reason: 'signature' });
  expect(await verifyCallback(moved, { ...options, target: '/cb' })).toEqual({ ok: true, body: '{}' });
});

it('a body that is too long is not read', async () => {
  await expect(verifyCallback(callback('x'.repeat(65 * 1024)), own)).rejects.toMatchObject({ status: 413 });
});
