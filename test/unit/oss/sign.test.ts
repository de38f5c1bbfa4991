/**
 * The signing pipeline, stage by stage, against vectors of the official signers.
 *
 * `test/vectors/v4-vectors.json` is ours. The SDKs' and the documentation's own vectors are read where they lie, in
 * ../shared/oss beside the project, and are not part of it: in a clone without that folder the list is just shorter.
 */
import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { objectUrl, queryText } from '../../../src/oss/address.js';
import {
  additionalHeaderNames,
  authorization,
  canonicalQuery,
  canonicalRequest,
  canonicalUri,
  createSigner,
  createUrlSigner,
  deriveSigningKey,
  encode,
  encodePath,
  type Query,
  type SignableRequest,
  signature,
  type SigningScope,
  scopeText,
  stringToSign,
  timestamp,
} from '../../../src/oss/sign.js';

interface Vector {
  id: string;
  input: {
    mode: 'header' | 'query';
    method: string;
    bucket: string | null;
    key: string | null;
    region: string;
    product: string;
    accessKeyId: string;
    accessKeySecret: string;
    securityToken: string;
    signTime: string;
    expires: number;
    headers: [string, string][];
    query: [string, string][];
    additionalHeaders: string[] | null;
    options?: { omitOssDateHeader?: boolean; securityTokenQueryName?: string };
    signingKeyHex?: string;
  };
  expect: { canonicalRequest: string; stringToSign: string; signature?: string; authorization?: string; url?: string };
}

function readVectors(url: URL): Vector[] {
  return existsSync(url) ? (JSON.parse(readFileSync(url, 'utf8')) as { vectors: Vector[] }).vectors : [];
}

const own = readVectors(new URL('../../vectors/v4-vectors.json', import.meta.url));
const published = ['v4-header.json', 'v4-presign.json'].flatMap((name) =>
  readVectors(new URL(`../../../shared/oss/${name}`, import.meta.url)),
);
const vectors = [...own, ...published];
const headerVectors = vectors.filter(({ input }) => input.mode === 'header');
const queryVectors = vectors.filter(({ input }) => input.mode === 'query');

test('the 24 vectors of the project are read, and the 35 published ones where ../shared/oss exists, all or none', () => {
  expect(own).toHaveLength(24);
  expect([0, 35]).toContain(published.length);
});

function timeOf(signTime: string): number {
  return Date.parse(signTime.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}

function scopeOf({ region, product, signTime }: Vector['input']): SigningScope {
  return { region, product, time: timeOf(signTime) };
}

/** What the caller hands to the signer. */
function requestOf({ method, bucket, key, headers, query, additionalHeaders }: Vector['input']): SignableRequest {
  const request = {
    method,
    bucket: bucket ?? undefined,
    key: key ?? undefined,
    headers: Object.fromEntries(headers),
    query: Object.fromEntries(query),
  };
  return { ...request, additionalHeaders: additionalHeaderNames(request, additionalHeaders ?? []) };
}

/** What is on the wire when the signer has added its own: by the vector's special rules where it has some. */
function completed({ input }: Vector): SignableRequest {
  const request = requestOf(input);
  const { signTime, securityToken, options = {}, accessKeyId, expires } = input;
  if (input.mode === 'header') {
    const added = {
      ...(!options.omitOssDateHeader && { 'x-oss-date': signTime }),
      'x-oss-content-sha256': 'UNSIGNED-PAYLOAD',
      ...(securityToken && { 'x-oss-security-token': securityToken }),
    };
    const kept = Object.entries(request.headers).filter(([name]) => !(name.toLowerCase() in added));
    return { ...request, headers: { ...Object.fromEntries(kept), ...added } };
  }
  const { additionalHeaders: additional = [] } = request;
  return {
    ...request,
    query: {
      ...request.query,
      'x-oss-signature-version': 'OSS4-HMAC-SHA256',
      'x-oss-credential': `${accessKeyId}/${scopeText(scopeOf(input))}`,
      'x-oss-date': signTime,
      'x-oss-expires': String(expires),
      ...(additional.length > 0 && { 'x-oss-additional-headers': additional.join(';') }),
      ...(securityToken && { [options.securityTokenQueryName ?? 'x-oss-security-token']: securityToken }),
    },
  };
}

async function signingKeyOf({ signingKeyHex, accessKeySecret, ...input }: Vector['input']): Promise<CryptoKey> {
  if (signingKeyHex === undefined) return deriveSigningKey(accessKeySecret, scopeOf({ accessKeySecret, ...input }));
  return crypto.subtle.importKey('raw', Buffer.from(signingKeyHex, 'hex'), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
}

describe('each stage', () => {
  for (const vector of vectors) {
    const { input, expect: wanted } = vector;
    test(`canonicalRequest → stringToSign → signature${input.mode === 'header' ? ' → authorization' : ''}: ${vector.id}`, async () => {
      const request = completed(vector);
      const canonical = canonicalRequest(request);
      expect(canonical).toBe(wanted.canonicalRequest);
      const text = await stringToSign(canonical, scopeOf(input));
      expect(text).toBe(wanted.stringToSign);
      const sign = await signature(await signingKeyOf(input), text);
      expect(sign).toMatch(/^[0-9a-f]{64}$/);
      // Where the source gives no signature, the canonical request and the string to sign are all it pins.
      if (wanted.signature !== undefined) expect(sign).toBe(wanted.signature);
      if (wanted.authorization !== undefined) {
        expect(authorization(input.accessKeyId, scopeOf(input), request.additionalHeaders ?? [], sign)).toBe(wanted.authorization);
      }
    });
  }
});

describe('the signer as a whole', () => {
  const drivable = ({ input }: Vector): boolean => !input.options && !input.signingKeyHex;

  for (const { id, input, expect: wanted } of headerVectors.filter(drivable)) {
    if (wanted.authorization === undefined) continue;
    test(`sign() adds date, payload hash, token and Authorization: ${id}`, async () => {
      const headers = await createSigner(input.region, input.product).sign(requestOf(input), input, timeOf(input.signTime));
      expect(headers).toMatchObject({
        Authorization: wanted.authorization,
        'x-oss-date': input.signTime,
        'x-oss-content-sha256': 'UNSIGNED-PAYLOAD',
      });
      const tokens = Object.entries(headers).filter(([name]) => name.toLowerCase() === 'x-oss-security-token');
      expect(tokens).toEqual(input.securityToken ? [['x-oss-security-token', input.securityToken]] : []);
    });
  }

  for (const { id, input, expect: wanted } of queryVectors.filter(drivable)) {
    test(`presign() makes the query${wanted.url ? ' and the URL' : ''}: ${id}`, async () => {
      const query = await createUrlSigner(input.region, input.product).presign(
        requestOf(input),
        input,
        timeOf(input.signTime),
        input.expires,
      );
      expect(query['x-oss-signature']).toBe(wanted.signature);
      // The canonical query is the third line of what was signed.
      expect(canonicalQuery(query)).toBe(wanted.canonicalRequest.split('\n')[2]);
      if (wanted.url === undefined) return;
      const endpoint = { origin: `${new URL(wanted.url).protocol}//oss-cn-hangzhou.aliyuncs.com`, addressing: 'virtual-host' as const };
      const url = new URL(objectUrl(endpoint, input.bucket as string, input.key as string) + queryText(query));
      const asked = new URL(wanted.url);
      expect(url.origin).toBe(asked.origin);
      expect(decodeURIComponent(url.pathname)).toBe(decodeURIComponent(asked.pathname));
      expect(Object.fromEntries(url.searchParams)).toEqual(Object.fromEntries(asked.searchParams));
    });
  }
});

describe('encode', () => {
  test("encodes !'()* and + too, in upper-case hex, and leaves the unreserved set alone", () => {
    expect(encode("!'()*")).toBe('%21%27%28%29%2A');
    expect(encode('a+b c/d')).toBe('a%2Bb%20c%2Fd');
    expect(encode('AZaz09-_.~')).toBe('AZaz09-_.~');
    expect(encode('中')).toBe('%E4%B8%AD');
  });

  test('leaves nothing but unreserved characters and %XX, and decodes to what went in', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(encode(text)).toMatch(/^(?:[A-Za-z0-9\-_.~]|%[0-9A-F]{2})*$/);
        expect(decodeURIComponent(encode(text))).toBe(text);
        expect(encodePath(text).replaceAll('/', '%2F')).toBe(encode(text));
      }),
    );
  });
});

describe('canonical pieces', () => {
  test('the URI holds the bucket whatever the URL looks like; a bucket alone ends in a slash, no bucket is /', () => {
    expect(canonicalUri('b', 'a//b/ü')).toBe('/b/a//b/%C3%BC');
    expect(canonicalUri('b')).toBe('/b/');
    expect(canonicalUri()).toBe('/');
  });

  test('the query is sorted by encoded name alone, upper case first, without the signature and without = for empty values', () => {
    expect(canonicalQuery({ 'a-b': '1', a: '2', Z: '', 中: 'x', 'x-oss-signature': 'stale' })).toBe('%E4%B8%AD=x&Z&a=2&a-b=1');
  });

  test('header values are trimmed at both ends and keep their inner blanks; unsigned ones are left out', () => {
    const request = { method: 'PUT', query: {}, headers: { 'X-Oss-Meta-A': '  a  b ', 'Cache-Control': 'no-cache' } };
    expect(canonicalRequest(request)).toBe('PUT\n/\n\nx-oss-meta-a:a  b\n\n\nUNSIGNED-PAYLOAD');
  });

  test('the timestamp is in UTC, without punctuation or fraction', () => {
    expect(timestamp(Date.UTC(2026, 0, 2, 3, 4, 5, 678))).toBe('20260102T030405Z');
  });

  test('the product is oss unless said otherwise', () => {
    const time = Date.UTC(2026, 0, 2);
    expect(scopeText({ region: 'r', time })).toBe('20260102/r/oss/aliyun_v4_request');
    expect(scopeText({ region: 'r', product: 'oss-cloudbox', time })).toBe('20260102/r/oss-cloudbox/aliyun_v4_request');
  });
});

describe('the derived key', () => {
  afterEach(() => void vi.restoreAllMocks());

  const request: SignableRequest = { method: 'PUT', bucket: 'b', key: 'k', query: {}, headers: {} };
  const keys = { accessKeyId: 'id', accessKeySecret: 'secret' };
  const noon = Date.UTC(2026, 10, 22, 12);
  /** Secret, date, region, product, and the key that signs. */
  const ONE_DERIVATION = 5;

  test('is derived once for a day, a region and a secret, also when many requests start at once', async () => {
    const imports = vi.spyOn(crypto.subtle, 'importKey');
    const signer = createSigner('cn-hangzhou');
    await Promise.all(Array.from({ length: 20 }, (_, index) => signer.sign(request, keys, noon + index * 1000)));
    await signer.sign(request, { ...keys, accessKeyId: 'another', securityToken: 'token' }, noon);
    expect(imports).toHaveBeenCalledTimes(ONE_DERIVATION);
  });

  test('is derived anew on the next day and for another secret', async () => {
    const imports = vi.spyOn(crypto.subtle, 'importKey');
    const signer = createSigner('cn-hangzhou');
    const day = 86_400_000;
    await signer.sign(request, keys, noon);
    const tomorrow = await signer.sign(request, keys, noon + day);
    expect(imports).toHaveBeenCalledTimes(2 * ONE_DERIVATION);
    const other = await signer.sign(request, { ...keys, accessKeySecret: 'other' }, noon + day);
    expect(imports).toHaveBeenCalledTimes(3 * ONE_DERIVATION);
    expect(other['Authorization']).not.toBe(tomorrow['Authorization']);
    expect(await createSigner('cn-hangzhou').sign(request, keys, noon + day)).toEqual(tomorrow);
  });

  test('never leaves WebCrypto', async () => {
    expect((await deriveSigningKey('secret', { region: 'r', time: noon })).extractable).toBe(false);
  });
});

describe('presign', () => {
  const request: SignableRequest = { method: 'GET', bucket: 'b', key: 'k', query: { 'x-oss-signature': 'stale' }, headers: {} };
  const keys = { accessKeyId: 'id', accessKeySecret: 'secret' };
  const presign = (expires: number, securityToken?: string): Promise<Query> =>
    createUrlSigner('r').presign(request, { ...keys, securityToken }, 0, expires);

  test.each([1, 604_800])('accepts %i seconds for fixed keys', async (expires) => {
    expect((await presign(expires))['x-oss-expires']).toBe(String(expires));
  });

  test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 604_801])('refuses %d seconds, naming the range', async (expires) => {
    await expect(presign(expires)).rejects.toThrow(new RangeError('expires must be 1..604800 seconds'));
  });

  test('lets a URL made with an STS token live for 12 hours at most', async () => {
    expect((await presign(43_200, 'token'))['x-oss-security-token']).toBe('token');
    await expect(presign(43_201, 'token')).rejects.toThrow(new RangeError('expires must be 1..43200 seconds'));
  });

  test('adds no token and no additional headers where there are none', async () => {
    const query = await presign(60);
    expect(Object.keys(query)).not.toContain('x-oss-security-token');
    expect(Object.keys(query)).not.toContain('x-oss-additional-headers');
  });
});

test('signing changes neither the request nor its headers, and replaces an earlier date and token', async () => {
  const headers = Object.freeze({ 'x-oss-date': 'old', 'x-oss-security-token': 'old', 'x-oss-meta-a': '1' });
  const request = Object.freeze({ method: 'PUT', bucket: 'b', key: 'k', query: Object.freeze({ a: '1' }), headers });
  const signed = await createSigner('r').sign(request, { accessKeyId: 'id', accessKeySecret: 's', securityToken: 'new' }, 0);
  expect(Object.keys(signed).sort()).toEqual([
    'Authorization',
    'x-oss-content-sha256',
    'x-oss-date',
    'x-oss-meta-a',
    'x-oss-security-token',
  ]);
  expect(signed).toMatchObject({ 'x-oss-date': '19700101T000000Z', 'x-oss-security-token': 'new' });
});

describe('signed besides the defaults', () => {
  const request = {
    method: 'PUT',
    bucket: 'examplebucket',
    key: 'k',
    query: {},
    headers: { Range: 'bytes=0-1', 'Content-Type': 'text/plain', Empty: '', 'x-oss-meta-a': 'b' },
  };
  const wanted = ['Range', 'range', 'Content-Type', 'x-oss-meta-a', 'Missing', 'Empty'];

  test('are those that are there, hold something and would not be signed anyway, each once', () => {
    expect(additionalHeaderNames(request, wanted)).toEqual(['range']);
    expect(additionalHeaderNames(request, [])).toEqual([]);
  });

  test('are named in a presigned query, too, and only where there are any', async () => {
    const signer = createUrlSigner('cn-hangzhou');
    const keys = { accessKeyId: 'id', accessKeySecret: 'secret' };
    const headers = { ...request.headers, 'If-Match': '"e"' };
    const query = await signer.presign({ ...request, headers, additionalHeaders: ['if-match', 'range'] }, keys, 0, 60);
    expect(query['x-oss-additional-headers']).toBe('if-match;range');
    const plain = await signer.presign({ ...request, additionalHeaders: [] }, keys, 0, 60);
    expect(plain).not.toHaveProperty('x-oss-additional-headers');
  });

  test('a payload hash that is given is the one that is signed', () => {
    const headers = { 'x-oss-content-sha256': 'abc' };
    expect(
      canonicalRequest({ ...request, headers })
        .split('\n')
        .at(-1),
    ).toBe('abc');
    expect(
      canonicalRequest({ ...request, headers: {} })
        .split('\n')
        .at(-1),
    ).toBe('UNSIGNED-PAYLOAD');
  });

  test('of what the caller sends, only what signing sets itself is replaced', async () => {
    const headers = { 'my-authorization': 'kept', 'x-oss-date-of-birth': 'kept', 'x-oss-date': 'old' };
    const signed = await createSigner('cn-hangzhou').sign({ ...request, headers }, { accessKeyId: 'id', accessKeySecret: 's' }, 0);
    expect(signed).toMatchObject({ 'my-authorization': 'kept', 'x-oss-date-of-birth': 'kept', 'x-oss-date': '19700101T000000Z' });
    expect(Object.values(signed)).not.toContain('old');
  });
});
