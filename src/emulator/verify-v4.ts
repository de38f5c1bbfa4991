/** Verifies OSS4-HMAC-SHA256 as the service does. Every stage is exported, so that vectors can test each one. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { ALGORITHM, byteOrder, isSignedByDefault, parseClaim, UNSIGNED, type Claim } from './parse-claim.js';
import { accessDenied, invalidArgument, OssError, requestTimeTooSkewed } from './oss-error.js';
import type { Policy } from './parse-policy.js';
import { encodeStrict, type Address, type ParsedRequest } from './parse-request.js';

const MAX_SKEW = 900_000;
const MAX_EXPIRES_STS = 43_200;

export interface AccessKey {
  accessKeySecret: string;
  /** Present on temporary keys. */
  securityToken?: string;
  expiresAt?: number;
  /** The policies of its user, or of its role. Without them everything is allowed, as to the account itself. */
  policies?: readonly Policy[];
  /** The policy that AssumeRole was given: it narrows the others, and never adds to them. */
  session?: Policy;
}

export interface KeyRing {
  find(accessKeyId: string): AccessKey | undefined;
  /** Whether this token was ever issued, to any key. */
  knowsToken(securityToken: string): boolean;
}

export interface VerifyOptions {
  region: string;
  /** @default 'oss' */
  product?: string;
  now: number;
  keys: KeyRing;
}

/**
 * Checks time, key, token and signature, in that order.
 *
 * @returns the reading of the address that was signed, the claim and the key, which are undefined for an anonymous request
 */
export function verifyV4(
  request: ParsedRequest,
  addresses: readonly Address[],
  options: VerifyOptions,
): { address: Address; claim: Claim | undefined; key: AccessKey | undefined } {
  const first = addresses[0] as Address;
  const claim = parseClaim(request);
  if (claim === undefined) return { address: first, claim, key: undefined };

  if (claim.region !== options.region || claim.product !== (options.product ?? 'oss')) {
    throw invalidArgument('Invalid signing region or product in the credential scope.', 'Credential', scopeOf(claim));
  }
  checkTime(claim, options.now);
  const missing = claim.additionalHeaders.find((name) => !request.headers.has(name));
  if (missing !== undefined) throw invalidArgument('A header named in AdditionalHeaders is missing.', 'AdditionalHeaders', missing);

  const key = findKey(claim, options);
  const derived = signingKey(key.accessKeySecret, claim);
  for (const address of addresses) {
    const text = stringToSign(claim, canonicalRequest(request, address, claim.additionalHeaders));
    if (equal(signatureOf(derived, text), claim.signature)) return { address, claim, key };
  }

  const canonical = canonicalRequest(request, first, claim.additionalHeaders);
  const text = stringToSign(claim, canonical);
  throw new OssError(
    403,
    'SignatureDoesNotMatch',
    'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
    {
      ec: '0002-00000201',
      extra: {
        OSSAccessKeyId: claim.accessKeyId,
        SignatureProvided: claim.signature,
        StringToSign: text,
        CanonicalRequest: canonical,
        StringToSignBytes: (Buffer.from(text).toString('hex').toUpperCase().match(/../g) ?? []).join(' '),
      },
    },
  );
}

function checkTime(claim: Claim, now: number): void {
  const time = parseTimestamp(claim.timestamp);
  if (Number.isNaN(time)) throw accessDenied('OSS authentication requires a valid Date.');
  if (claim.date !== claim.timestamp.slice(0, 8))
    throw invalidArgument('Invalid signing date in Authorization header.', 'Credential', claim.date);
  const expired = claim.expires !== undefined && now > time + claim.expires * 1000;
  if (expired) {
    throw accessDenied('Request has expired.', {
      Expires: new Date(time + (claim.expires ?? 0) * 1000).toISOString(),
      ServerTime: new Date(now).toISOString(),
    });
  }
  const skewed = claim.expires === undefined ? Math.abs(now - time) > MAX_SKEW : now < time - MAX_SKEW;
  if (!skewed) return;
  throw requestTimeTooSkewed('0002-00000504', { time, now, most: MAX_SKEW });
}

/** Finds the key, and checks the token that belongs to it. @throws {OssError} */
export function findKey(
  claim: Pick<Claim, 'accessKeyId' | 'securityToken' | 'expires'>,
  { keys, now }: Pick<VerifyOptions, 'keys' | 'now'>,
): AccessKey {
  const { accessKeyId, securityToken } = claim;
  const key = keys.find(accessKeyId);
  // A temporary key ID without its token is as unknown as one that was never issued.
  if (key === undefined || (key.securityToken !== undefined && securityToken === undefined)) {
    throw new OssError(403, 'InvalidAccessKeyId', 'The OSS Access Key Id you provided does not exist in our records.', {
      ec: '0002-00000902',
      extra: { OSSAccessKeyId: accessKeyId },
    });
  }
  if (securityToken !== key.securityToken) {
    if (keys.knowsToken(securityToken ?? '')) {
      throw new OssError(403, 'AccessKeyIdAndSecurityTokenNotMatch', 'The AccessKeyId and SecurityToken you provided do not match.');
    }
    throw new OssError(403, 'InvalidSecurityToken', 'The security token you provided is invalid.');
  }
  if (key.securityToken === undefined) return key;
  if (now >= (key.expiresAt ?? 0)) {
    throw new OssError(403, 'SecurityTokenExpired', 'The security token you provided has expired.', {
      ec: '0002-00000007',
      extra: { SecurityToken: key.securityToken },
    });
  }
  if ((claim.expires ?? 0) > MAX_EXPIRES_STS) {
    throw invalidArgument(
      `x-oss-expires must not exceed ${MAX_EXPIRES_STS} with temporary credentials.`,
      'x-oss-expires',
      String(claim.expires),
    );
  }
  return key;
}

export function canonicalRequest(request: ParsedRequest, address: Address, additional: readonly string[]): string {
  return [
    request.method,
    canonicalUri(address),
    canonicalQuery(request.query),
    canonicalHeaders(request.headers, additional),
    additional.join(';'),
    request.headers.get('x-oss-content-sha256') ?? UNSIGNED,
  ].join('\n');
}

export function canonicalUri({ bucket, key }: Address): string {
  if (bucket === null) return '/';
  return `/${encodeStrict(bucket)}/${(key ?? '').split('/').map(encodeStrict).join('/')}`;
}

export function canonicalQuery(query: ReadonlyMap<string, string>): string {
  return [...query]
    .filter(([name]) => name !== 'x-oss-signature')
    .map(([name, value]) => [encodeStrict(name), encodeStrict(value)] as const)
    .sort(([a], [b]) => byteOrder(a, b))
    .map(([name, value]) => (value === '' ? name : `${name}=${value}`))
    .join('&');
}

export function canonicalHeaders(headers: ReadonlyMap<string, string>, additional: readonly string[]): string {
  return [...headers]
    .filter(([name]) => isSignedByDefault(name) || additional.includes(name))
    .sort(([a], [b]) => byteOrder(a, b))
    .map(([name, value]) => `${name}:${value.trim()}\n`)
    .join('');
}

export function stringToSign(claim: Pick<Claim, 'timestamp' | 'date' | 'region' | 'product'>, canonical: string): string {
  return [ALGORITHM, claim.timestamp, scopeOf(claim), hex(canonical)].join('\n');
}

export function scopeOf(claim: Pick<Claim, 'date' | 'region' | 'product'>): string {
  return `${claim.date}/${claim.region}/${claim.product}/aliyun_v4_request`;
}

export function signingKey(secret: string, { date, region, product }: Pick<Claim, 'date' | 'region' | 'product'>): Buffer {
  return hmac(hmac(hmac(hmac(`aliyun_v4${secret}`, date), region), product), 'aliyun_v4_request');
}

export function signatureOf(key: Buffer, text: string): string {
  return hmac(key, text).toString('hex');
}

/** Parses `YYYYMMDD'T'HHMMSS'Z'`. NaN for anything else. */
export function parseTimestamp(text: string): number {
  const m = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  return m === null ? Number.NaN : Date.parse(`${m[1]}-${m[2]}-${m[3]}T${m[4]}:${m[5]}:${m[6]}Z`);
}

/** Takes the same time wherever two secrets differ. */
export function equal(a: string, b: string): boolean {
  const [x, y] = [Buffer.from(a), Buffer.from(b)];
  return x.length === y.length && timingSafeEqual(x, y);
}

const hex = (text: string): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
