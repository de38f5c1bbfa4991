import { describe, expect, test } from 'vitest';
import { OssError } from '../../../src/emulator/oss-error.js';
import { collectHeaders, type ParsedRequest } from '../../../src/emulator/parse-request.js';
import { canonicalRequest, signatureOf, signingKey, stringToSign, verifyV4, type AccessKey } from '../../../src/emulator/verify-v4.js';
import vectors from '../../vectors/v4-vectors.json' with { type: 'json' };
import { onTheWire, type Vector } from './wire-vectors.js';

test.each((vectors.vectors as unknown as Vector[]).map((vector) => [vector.id, vector] as const))(
  'verifies %s, stage by stage',
  (_, vector) => {
    const { request, address, scope, additional, signature, now, keys } = onTheWire(vector);
    const canonical = canonicalRequest(request, address, additional);
    expect(canonical).toBe(vector.expect.canonicalRequest);
    const text = stringToSign(scope, canonical);
    expect(text).toBe(vector.expect.stringToSign);
    expect(signatureOf(signingKey(vector.input.accessKeySecret, scope), text)).toBe(signature);
    expect(verifyV4(request, [address], { ...scope, now, keys }).address).toBe(address);
  },
);

const NOW = Date.parse('2026-11-22T08:00:00Z');
const ADDRESS = { bucket: 'demo-bucket', key: 'a b.bin' };
const SCOPE = { timestamp: '20261122T080000Z', date: '20261122', region: 'cn-hangzhou', product: 'oss' };
const CREDENTIAL = 'LTAI/20261122/cn-hangzhou/oss/aliyun_v4_request';

interface Changes {
  headers?: Record<string, string>;
  query?: Record<string, string>;
  authorization?: (signature: string) => string;
  now?: number;
  key?: AccessKey;
  knowsToken?: boolean;
}

/** Signs with the given headers and query, then lets the server look at it. */
function verify({
  headers = {},
  query = {},
  authorization,
  now = NOW,
  key = { accessKeySecret: 's' },
  knowsToken = false,
}: Changes): unknown {
  const presigned = 'x-oss-credential' in query;
  const sent = collectHeaders(
    Object.entries(presigned ? headers : { 'x-oss-date': SCOPE.timestamp, 'x-oss-content-sha256': 'UNSIGNED-PAYLOAD', ...headers }),
  );
  const request: ParsedRequest = { method: 'PUT', host: '', rawPath: '/', query: new Map(Object.entries(query)), headers: sent };
  const text = stringToSign(SCOPE, canonicalRequest(request, ADDRESS, []));
  const signature = signatureOf(signingKey('s', SCOPE), text);
  if (presigned) (request.query as Map<string, string>).set('x-oss-signature', signature);
  else sent.set('authorization', authorization?.(signature) ?? `OSS4-HMAC-SHA256 Credential=${CREDENTIAL},Signature=${signature}`);
  return verifyV4(request, [ADDRESS], {
    region: 'cn-hangzhou',
    now,
    keys: { find: (id) => (id === 'LTAI' ? key : undefined), knowsToken: () => knowsToken },
  });
}

function refusal(changes: Changes): OssError {
  try {
    verify(changes);
  } catch (error) {
    if (error instanceof OssError) return error;
    throw error;
  }
  throw new Error('was accepted');
}

const PRESIGNED = {
  'x-oss-signature-version': 'OSS4-HMAC-SHA256',
  'x-oss-credential': CREDENTIAL,
  'x-oss-date': SCOPE.timestamp,
  'x-oss-expires': '600',
};

describe('time', () => {
  test('accepts a request up to 15 minutes early or late', () => {
    expect(verify({ now: NOW + 900_000 })).toBeDefined();
    expect(verify({ now: NOW - 900_000 })).toBeDefined();
  });
  test('refuses one more second as RequestTimeTooSkewed and tells the server time', () => {
    for (const now of [NOW + 901_000, NOW - 901_000]) {
      expect(refusal({ now })).toMatchObject({
        status: 403,
        code: 'RequestTimeTooSkewed',
        ec: '0002-00000504',
        extra: { MaxAllowedSkewMilliseconds: '900000', RequestTime: '2026-11-22T08:00:00.000Z', ServerTime: new Date(now).toISOString() },
      });
    }
  });
  test('accepts a presigned URL to its last second and refuses it after', () => {
    expect(verify({ query: PRESIGNED, now: NOW + 600_000 })).toBeDefined();
    expect(verify({ query: PRESIGNED, now: NOW - 900_000 })).toBeDefined();
    expect(refusal({ query: PRESIGNED, now: NOW + 600_001 })).toMatchObject({
      code: 'AccessDenied',
      message: 'Request has expired.',
      extra: { Expires: '2026-11-22T08:10:00.000Z' },
    });
  });
  test('refuses an expiry outside 1..604800', () => {
    for (const expires of ['0', '604801', '-1', 'x']) {
      expect(refusal({ query: { ...PRESIGNED, 'x-oss-expires': expires } }).code).toBe('InvalidArgument');
    }
    expect(verify({ query: { ...PRESIGNED, 'x-oss-expires': '604800' } })).toBeDefined();
    const { 'x-oss-expires': _, ...without } = PRESIGNED;
    expect(refusal({ query: without }).ec).toBe('0002-00000215');
  });
  test('refuses a scope of another day, region or product', () => {
    for (const scope of ['20261121/cn-hangzhou/oss', '20261122/cn-shanghai/oss', '20261122/cn-hangzhou/s3']) {
      const authorization = (signature: string): string =>
        `OSS4-HMAC-SHA256 Credential=LTAI/${scope}/aliyun_v4_request,Signature=${signature}`;
      expect(refusal({ authorization }).code).toBe('InvalidArgument');
    }
  });
});

describe('temporary keys', () => {
  const token = { 'x-oss-security-token': 'CAIS+/==' };
  const live = { accessKeySecret: 's', securityToken: 'CAIS+/==', expiresAt: NOW + 1 };
  test('are accepted with their token', () => {
    expect(verify({ headers: token, key: live })).toBeDefined();
    expect(verify({ query: { ...PRESIGNED, ...token }, key: live })).toBeDefined();
  });
  test('are unknown without it', () => {
    expect(refusal({ key: live })).toMatchObject({ code: 'InvalidAccessKeyId', ec: '0002-00000902', extra: { OSSAccessKeyId: 'LTAI' } });
  });
  test('are refused with a wrong token, and by another name with somebody else’s', () => {
    const wrong = { 'x-oss-security-token': 'other' };
    expect(refusal({ headers: wrong, key: live }).code).toBe('InvalidSecurityToken');
    expect(refusal({ headers: wrong, key: live, knowsToken: true }).code).toBe('AccessKeyIdAndSecurityTokenNotMatch');
    expect(refusal({ headers: token }).code).toBe('InvalidSecurityToken');
  });
  test('end on the millisecond', () => {
    expect(refusal({ headers: token, key: { ...live, expiresAt: NOW } })).toMatchObject({
      code: 'SecurityTokenExpired',
      ec: '0002-00000007',
      extra: { SecurityToken: 'CAIS+/==' },
    });
  });
  test('presign at most 12 hours', () => {
    expect(verify({ query: { ...PRESIGNED, ...token, 'x-oss-expires': '43200' }, key: live })).toBeDefined();
    expect(refusal({ query: { ...PRESIGNED, ...token, 'x-oss-expires': '43201' }, key: live }).code).toBe('InvalidArgument');
  });
});

describe('form', () => {
  test('takes blanks after the commas of Authorization, as the documentation prints it', () => {
    expect(verify({ authorization: (signature) => `OSS4-HMAC-SHA256 Credential=${CREDENTIAL}, Signature=${signature}` })).toBeDefined();
  });
  test('refuses an empty list of additional headers, and an empty name in it', () => {
    const withList = (list: string) => (signature: string) =>
      `OSS4-HMAC-SHA256 Credential=${CREDENTIAL},AdditionalHeaders=${list},Signature=${signature}`;
    expect(refusal({ authorization: withList('') }).ec).toBe('0002-00000209');
    expect(refusal({ authorization: withList('host;;range') }).ec).toBe('0002-00000210');
    expect(refusal({ authorization: withList('absent') }).code).toBe('InvalidArgument');
  });
  test('refuses other payload hashes, other algorithms and both forms at once', () => {
    expect(refusal({ headers: { 'x-oss-content-sha256': 'abc' } }).code).toBe('InvalidArgument');
    expect(refusal({ authorization: () => 'OSS LTAI:abc' }).code).toBe('InvalidArgument');
    expect(refusal({ query: PRESIGNED, headers: { authorization: 'OSS4-HMAC-SHA256 x=y' } }).code).toBe('InvalidArgument');
  });
  test('refuses what header and query say differently, in both forms, and takes what they say alike', () => {
    const [token, other] = [{ 'x-oss-security-token': 'CAIS' }, { 'x-oss-security-token': 'other' }];
    const key = { accessKeySecret: 's', securityToken: 'CAIS', expiresAt: NOW + 1 };
    const extra = { ArgumentName: 'x-oss-security-token' };
    expect(refusal({ headers: token, query: other, key })).toMatchObject({ status: 400, code: 'InvalidArgument', extra });
    expect(refusal({ headers: other, query: { ...PRESIGNED, ...token }, key })).toMatchObject({ code: 'InvalidArgument', extra });
    expect(refusal({ headers: { 'x-oss-date': '20200101T000000Z' }, query: PRESIGNED }).code).toBe('InvalidArgument');
    expect(refusal({ query: { 'x-oss-date': '20200101T000000Z' } }).code).toBe('InvalidArgument');
    expect(
      refusal({
        headers: { 'x-oss-additional-headers': 'range', host: 'h' },
        query: { ...PRESIGNED, 'x-oss-additional-headers': 'host' },
      }),
    ).toMatchObject({ code: 'InvalidArgument', extra: { ArgumentName: 'x-oss-additional-headers' } });
    expect(verify({ headers: token, query: token, key })).toBeDefined();
    expect(verify({ headers: token, query: { ...PRESIGNED, ...token }, key })).toBeDefined();
  });
  test('shows its own canonical request when signatures differ', () => {
    const error = refusal({ authorization: () => `OSS4-HMAC-SHA256 Credential=${CREDENTIAL},Signature=${'0'.repeat(64)}` });
    expect(error).toMatchObject({ status: 403, code: 'SignatureDoesNotMatch', ec: '0002-00000201' });
    expect(error.extra).toMatchObject({ OSSAccessKeyId: 'LTAI', SignatureProvided: '0'.repeat(64) });
    expect(error.extra['CanonicalRequest']).toMatch(/^PUT\n\/demo-bucket\/a%20b.bin\n\n/);
    const bytes = (error.extra['StringToSignBytes'] ?? '').split(' ').map((byte) => Number.parseInt(byte, 16));
    expect(Buffer.from(bytes).toString()).toBe(error.extra['StringToSign']);
  });
});
