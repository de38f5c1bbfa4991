/**
 * The server's verifier against the signing vectors and whole requests of official SDKs. They are not part of the project:
 * they are read from ../shared/oss beside it, and in a clone without that folder only the first test runs.
 */
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parseClaim } from '../../src/emulator/parse-claim.js';
import { OssError } from '../../src/emulator/oss-error.js';
import { collectHeaders, parseQuery, resolveAddress, type Addressing, type ParsedRequest } from '../../src/emulator/parse-request.js';
import { canonicalRequest, parseTimestamp, signatureOf, signingKey, stringToSign, verifyV4 } from '../../src/emulator/verify-v4.js';
import { startTestOss, type TestOss } from '../helpers/embedded-oss.js';
import { onTheWire, type Vector } from '../unit/emulator/wire-vectors.js';

const FOLDER = fileURLToPath(new URL('../../../shared/oss/', import.meta.url));

function readList<T>(file: string, field: string): T[] {
  if (!existsSync(FOLDER + file)) return [];
  return (JSON.parse(readFileSync(FOLDER + file, 'utf8')) as Record<string, T[]>)[field] ?? [];
}

interface SdkRequest {
  id: string;
  style: string;
  bucket: string;
  key: string | null;
  region: string;
  accessKeySecret: string;
  request: { method: string; url: string; headers: [string, string][]; body: string };
}

const published = [...readList<Vector>('v4-header.json', 'vectors'), ...readList<Vector>('v4-presign.json', 'vectors')];
const requests = readList<SdkRequest>('sdk-requests.json', 'requests');

test('all published vectors and SDK requests are present, or none of them', () => {
  const complete = { vectors: 35, requests: 37 };
  expect([complete, { vectors: 0, requests: 0 }]).toContainEqual({ vectors: published.length, requests: requests.length });
});

for (const vector of published) {
  test(`the verifier agrees with ${vector.id}`, () => {
    const { request, address, scope, additional, signature, now, keys } = onTheWire(vector);
    const canonical = canonicalRequest(request, address, additional);
    expect(canonical).toBe(vector.expect.canonicalRequest);
    const text = stringToSign(scope, canonical);
    expect(text).toBe(vector.expect.stringToSign);
    const { signingKeyHex } = vector.input;
    const key = signingKeyHex === undefined ? signingKey(vector.input.accessKeySecret, scope) : Buffer.from(signingKeyHex, 'hex');
    // Where the source has no signature, it pins only canonical request and string to sign.
    if (signature !== '') expect(signatureOf(key, text)).toBe(signature);
    if (signature !== '' && signingKeyHex === undefined) {
      expect(verifyV4(request, [address], { ...scope, now, keys }).address).toBe(address);
    }
  });
}

const ADDRESSING: Addressing = {
  baseHosts: ['localhost', 'oss-cn-hangzhou.aliyuncs.com'],
  cnames: { 'static.example.com': 'demo-bucket' },
};

interface Received {
  request: ParsedRequest;
  secret: string;
  now: number;
  token: string | undefined;
}

/** The request as the server receives it; `change` may tamper with it. */
function arrive({ request, accessKeySecret }: SdkRequest, change: (url: URL, headers: Map<string, string>) => void = () => {}): Received {
  const url = new URL(request.url.replace(':PORT', ':8080'));
  const headers = collectHeaders(request.headers);
  const query = parseQuery(url.search.slice(1));
  const stamp = headers.get('x-oss-date') ?? query.get('x-oss-date') ?? '';
  const token = headers.get('x-oss-security-token') ?? query.get('x-oss-security-token');
  change(url, headers);
  return {
    request: {
      method: request.method,
      host: headers.get('host') ?? url.host,
      rawPath: url.pathname,
      query: parseQuery(url.search.slice(1)),
      headers,
    },
    secret: accessKeySecret,
    now: parseTimestamp(stamp),
    token,
  };
}

function verify({ request, secret, now, token }: Received): ReturnType<typeof verifyV4> {
  return verifyV4(request, resolveAddress(request, ADDRESSING), {
    region: 'cn-hangzhou',
    now,
    keys: {
      find: (id) =>
        id === 'STS.NUExampleTempKeyId'
          ? { accessKeySecret: secret, ...(token === undefined ? {} : { securityToken: token, expiresAt: now + 3_600_000 }) }
          : undefined,
      knowsToken: () => false,
    },
  });
}

/** What the running service answers to a recorded request, whose uploads don't exist. */
async function answerTo(port: number, { request }: SdkRequest): Promise<[status: number, code: string | undefined]> {
  const url = new URL(request.url.replace(':PORT', ':8080'));
  const headers = request.headers.filter(([name]) => !/^content-length$/i.test(name)).flat();
  const host = collectHeaders(request.headers).has('host') ? [] : ['Host', url.host];
  return new Promise((resolve, reject) => {
    const body = Buffer.from(request.body);
    const options = { host: '127.0.0.1', port, method: request.method, path: url.pathname + url.search, agent: false, setHost: false };
    const sent = httpRequest({ ...options, headers: [...headers, ...host, 'Content-Length', String(body.length)] }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      response.on('end', () => {
        const document = text || Buffer.from(String(response.headers['x-oss-err'] ?? ''), 'base64').toString();
        resolve([response.statusCode ?? 0, /<Code>(\w+)</.exec(document)?.[1]]);
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** A service whose clock stands at the request's time and that has issued its credentials, with this session policy. */
async function serving(sdk: SdkRequest, policy?: object): Promise<TestOss> {
  const { now, token } = arrive(sdk);
  const dataDir = await mkdtemp(join(tmpdir(), 'recorded-'));
  const issued = {
    accessKeyId: 'STS.NUExampleTempKeyId',
    accessKeySecret: sdk.accessKeySecret,
    securityToken: token,
    expiresAt: now + 3_600_000,
    ...(policy !== undefined && { policy: JSON.stringify(policy) }),
  };
  await writeFile(join(dataDir, 'tokens.json'), JSON.stringify([issued]));
  return startTestOss({ data: dataDir, now: () => now, cnames: { 'static.example.com': 'demo-bucket' } });
}

/** A presigned request has its credentials in the query only. */
const inQuery = (url: URL): boolean => url.searchParams.has('x-oss-signature');

function rewriteQuery(url: URL, name: string, change: (value: string) => string): void {
  url.search = url.search.replace(new RegExp(`([?&]${name}=)([^&]*)`), (_, head: string, value: string) => head + change(value));
}

const flip = (hex: string): string => hex.slice(0, -1) + (hex.endsWith('0') ? '1' : '0');

const TAMPERING: Record<string, (url: URL, headers: Map<string, string>) => void> = {
  'one bit of the signature': (url, headers) => {
    if (inQuery(url)) rewriteQuery(url, 'x-oss-signature', flip);
    else headers.set('authorization', flip(headers.get('authorization') ?? ''));
  },
  'the key': (url) => {
    url.pathname += 'x';
  },
  'a query parameter': (url) => {
    url.search += `${url.search === '' ? '?' : '&'}versionId=1`;
  },
  'a signed header': (_url, headers) => {
    headers.set('x-oss-meta-added', 'later');
  },
  'the content type': (_url, headers) => {
    headers.set('content-type', 'text/html');
  },
  'the token': (url, headers) => {
    if (inQuery(url)) rewriteQuery(url, 'x-oss-security-token', (value) => `${value}A`);
    else headers.set('x-oss-security-token', `${headers.get('x-oss-security-token')}A`);
  },
  'the date': (url, headers) => {
    const later = (stamp: string): string => stamp.replace(/\dZ$/, (end) => `${(Number(end[0]) + 1) % 10}Z`);
    if (inQuery(url)) rewriteQuery(url, 'x-oss-date', later);
    else headers.set('x-oss-date', later(headers.get('x-oss-date') ?? ''));
  },
  'the key id': (url, headers) => {
    if (inQuery(url)) rewriteQuery(url, 'x-oss-credential', (value) => value.replace('STS.NU', 'STS.NX'));
    else headers.set('authorization', (headers.get('authorization') ?? '').replace('STS.NU', 'STS.NX'));
  },
};

for (const sdk of requests) {
  test(`${sdk.id} verifies and names ${sdk.key ?? 'the bucket'}`, () => {
    const received = arrive(sdk);
    const { address, claim } = verify(received);
    expect(address).toEqual({ bucket: sdk.bucket, key: sdk.key });
    expect(claim).toEqual(parseClaim(received.request));
  });

  for (const [what, change] of Object.entries(TAMPERING)) {
    test(`${sdk.id} is refused after a change of ${what}`, () => {
      expect(() => verify(arrive(sdk, change))).toThrow(OssError);
    });
  }

  test(`${sdk.id} is carried out by the running service, if its session policy allows it`, async () => {
    const statement = { Effect: 'Allow', Action: 'oss:*', Resource: ['acs:oss:*:*:demo-bucket', 'acs:oss:*:*:demo-bucket/*'] };
    const oss = await serving(sdk, { Version: '1', Statement: [statement] });
    const [status, code] = await answerTo(oss.port, sdk);
    // No recorded upload exists here, and no object.
    if (code === undefined) expect(status).toBeLessThan(300);
    else expect([status, code]).toEqual([404, expect.stringMatching(/^NoSuch(Upload|Key)$/)]);
    await oss.cleanup();

    const narrow = { ...statement, Resource: 'acs:oss:*:*:demo-bucket/other/*' };
    const strict = await serving(sdk, { Version: '1', Statement: [narrow] });
    expect(await answerTo(strict.port, sdk)).toEqual([403, 'AccessDenied']);
    await strict.cleanup();
  });

  test(`${sdk.id} is refused under another method or another secret, and 16 minutes later unless presigned`, () => {
    const received = arrive(sdk);
    expect(() => verify({ ...received, request: { ...received.request, method: 'PATCH' } })).toThrow('signature we calculated');
    expect(() => verify({ ...received, secret: 'other' })).toThrow('signature we calculated');
    if (sdk.request.url.includes('x-oss-signature')) expect(verify({ ...received, now: received.now + 500_000 })).toBeDefined();
    else expect(() => verify({ ...received, now: received.now + 960_000 })).toThrow('difference between the request time');
  });
}
