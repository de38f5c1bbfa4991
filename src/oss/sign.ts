/**
 * OSS signature version 4 (OSS4-HMAC-SHA256), each stage callable:
 * canonicalRequest → stringToSign → signature → authorization.
 *
 * @see https://www.alibabacloud.com/help/en/oss/developer-reference/recommend-to-use-signature-version-4
 * @see https://www.alibabacloud.com/help/en/oss/developer-reference/add-signatures-to-urls
 */

import { hex, utf8 } from '../core/bytes.js';

const ALGORITHM = 'OSS4-HMAC-SHA256';
const UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD';

/** Names and values, decoded. An empty value is a bare name. */
export type Query = Record<string, string>;

/** The signed parts of a request. */
export interface SignableRequest {
  method: string;
  /** Part of the signed path in every addressing style, CNAME included. */
  bucket?: string | undefined;
  key?: string | undefined;
  query: Query;
  headers: Record<string, string>;
  /** Headers to sign that are not signed by default, as {@link additionalHeaderNames} finds them. */
  additionalHeaders?: readonly string[] | undefined;
}

/** The keys that sign. */
export interface SigningCredentials {
  accessKeyId: string;
  accessKeySecret: string;
  securityToken?: string | undefined;
}

/** Where and when a signature is valid. */
export interface SigningScope {
  region: string;
  /** @default 'oss' */
  product?: string | undefined;
  /** Milliseconds since the epoch, by the service's clock. */
  time: number;
}

/** Percent-encodes every byte outside the unreserved set of RFC 3986; `encodeURIComponent` leaves `!'()*`. */
export function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** Like {@link encode}, but keeps `/`: for keys in paths. */
export function encodePath(key: string): string {
  return key.split('/').map(encode).join('/');
}

/** `/bucket/key`, whatever the URL looks like; a bucket alone ends in a slash. */
export function canonicalUri(bucket?: string, key?: string): string {
  return bucket ? `/${encode(bucket)}/${encodePath(key ?? '')}` : '/';
}

/** `name=value` in a query; a name alone if the value is empty. */
export function queryPair([name, value]: readonly [string, string]): string {
  return value === '' ? encode(name) : `${encode(name)}=${encode(value)}`;
}

/** Sorted by encoded name, byte by byte, without the signature itself. */
export function canonicalQuery(query: Query): string {
  return Object.entries(query)
    .filter(([name]) => name !== 'x-oss-signature')
    .map(([name, value]): [string, string] => [encode(name), queryPair([name, value])])
    .sort(byName)
    .map(([, pair]) => pair)
    .join('&');
}

/** Those of `wanted` names that can be signed beyond the defaults: lower case, present, not empty, each once, sorted. For servers. */
export function additionalHeaderNames(request: SignableRequest, wanted: readonly string[]): string[] {
  const headers = lowerCased(request.headers);
  const names = wanted.map((name) => name.toLowerCase());
  return [...new Set(names)].filter((name) => !isSignedByDefault(name) && headers.get(name)).sort();
}

/** The text whose hash is signed. */
export function canonicalRequest(request: SignableRequest): string {
  const { additionalHeaders = [] } = request;
  const headers = lowerCased(request.headers);
  const lines = [...headers]
    .filter(([name]) => isSignedByDefault(name) || additionalHeaders.includes(name))
    .sort(byName)
    .map(([name, value]) => `${name}:${value}\n`);
  return [
    request.method,
    canonicalUri(request.bucket, request.key),
    canonicalQuery(request.query),
    lines.join(''),
    additionalHeaders.join(';'),
    headers.get('x-oss-content-sha256') || UNSIGNED_PAYLOAD,
  ].join('\n');
}

/** `YYYYMMDDTHHMMSSZ` in UTC. */
export function timestamp(time: number): string {
  return new Date(time).toISOString().replace(/[-:]|\.\d+/g, '');
}

/** `date/region/product/aliyun_v4_request`. */
export function scopeText({ region, product, time }: SigningScope): string {
  return `${timestamp(time).slice(0, 8)}/${region}/${product || 'oss'}/aliyun_v4_request`;
}

/** Who signs, where and when. */
function credentialOf(accessKeyId: string, scope: SigningScope): string {
  return `${accessKeyId}/${scopeText(scope)}`;
}

/** Algorithm, time, scope and the canonical request's SHA-256. */
export async function stringToSign(canonical: string, scope: SigningScope): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', utf8(canonical));
  return [ALGORITHM, timestamp(scope.time), scopeText(scope), hex(hash)].join('\n');
}

/** Derives the key that signs: four HMACs from the secret over the scope. */
export async function deriveSigningKey(accessKeySecret: string, scope: SigningScope): Promise<CryptoKey> {
  let key = await importKey(utf8(`aliyun_v4${accessKeySecret}`));
  for (const piece of scopeText(scope).split('/')) key = await importKey(await hmac(key, piece));
  return key;
}

/** Lower-case hex. */
export async function signature(key: CryptoKey, text: string): Promise<string> {
  return hex(await hmac(key, text));
}

/** The Authorization header's value. */
export function authorization(accessKeyId: string, scope: SigningScope, additional: readonly string[], sign: string): string {
  const names = additional.length > 0 ? `,AdditionalHeaders=${additional.join(';')}` : '';
  return `${ALGORITHM} Credential=${credentialOf(accessKeyId, scope)}${names},Signature=${sign}`;
}

/** Signs requests, and keeps the last derived key: it is good for a day, a region and a secret. */
export interface Signer {
  /**
   * Header form.
   * @returns all headers to send: the request's, `x-oss-date`, `x-oss-content-sha256`, `x-oss-security-token`
   * where there is a token, and `Authorization`
   */
  sign(request: SignableRequest, credentials: SigningCredentials, time: number): Promise<Record<string, string>>;
  /** Signs the policy of a form, which is in base64, or any other text. The credential is a field of the form. */
  signText(text: string, credentials: SigningCredentials, time: number): Promise<string>;
  /** `AccessKeyId/date/region/product/aliyun_v4_request` */
  credential(credentials: SigningCredentials, time: number): string;
}

export function createSigner(region: string, product?: string): Signer {
  const keyOf = createKeyCache();
  return {
    signText: async (text, { accessKeySecret }, time) => signature(await keyOf(accessKeySecret, { region, product, time }), text),
    credential: ({ accessKeyId }, time) => credentialOf(accessKeyId, { region, product, time }),
    async sign(request, { accessKeyId, accessKeySecret, securityToken }, time) {
      const scope = { region, product, time };
      const headers: Record<string, string> = {
        ...request.headers,
        'x-oss-date': timestamp(time),
        'x-oss-content-sha256': UNSIGNED_PAYLOAD,
        ...(securityToken && { 'x-oss-security-token': securityToken }),
      };
      const complete = { ...request, headers };
      const sign = await signRequest(complete, await keyOf(accessKeySecret, scope), scope);
      return { ...headers, Authorization: authorization(accessKeyId, scope, request.additionalHeaders ?? [], sign) };
    },
  };
}

/** Signs URLs: for servers. Separate from {@link Signer}, so that pages don't load it. */
export interface UrlSigner {
  /**
   * Presigned form.
   * @param expires seconds from `time`, 1..604800 (7 days), with STS credentials at most 43200 (12 h)
   * @returns the whole query, signature included
   * @throws {RangeError} when `expires` is out of range
   */
  presign(request: SignableRequest, credentials: SigningCredentials, time: number, expires: number): Promise<Query>;
}

export function createUrlSigner(region: string, product?: string): UrlSigner {
  const keyOf = createKeyCache();
  return {
    async presign(request, { accessKeyId, accessKeySecret, securityToken }, time, expires) {
      const most = securityToken ? 43_200 : 604_800;
      if (!(Number.isInteger(expires) && expires >= 1 && expires <= most)) throw new RangeError(`expires must be 1..${most} seconds`);
      const scope = { region, product, time };
      const { additionalHeaders = [] } = request;
      const query: Query = {
        ...request.query,
        'x-oss-signature-version': ALGORITHM,
        'x-oss-credential': credentialOf(accessKeyId, scope),
        'x-oss-date': timestamp(time),
        'x-oss-expires': String(expires),
        ...(additionalHeaders.length > 0 && { 'x-oss-additional-headers': additionalHeaders.join(';') }),
        ...(securityToken && { 'x-oss-security-token': securityToken }),
      };
      return { ...query, 'x-oss-signature': await signRequest({ ...request, query }, await keyOf(accessKeySecret, scope), scope) };
    },
  };
}

async function signRequest(request: SignableRequest, key: CryptoKey, scope: SigningScope): Promise<string> {
  return signature(key, await stringToSign(canonicalRequest(request), scope));
}

/** Keeps the last derived key. */
function createKeyCache(): (secret: string, scope: SigningScope) => Promise<CryptoKey> {
  let cached: { id: string; key: Promise<CryptoKey> } | undefined;
  return (secret, scope) => {
    const id = `${scopeText(scope)}\n${secret}`;
    if (cached?.id !== id) cached = { id, key: deriveSigningKey(secret, scope) };
    return cached.key;
  };
}

function isSignedByDefault(name: string): boolean {
  return name === 'content-type' || name === 'content-md5' || name.startsWith('x-oss-');
}

/** Keyed by lower-case name, values trimmed; a later spelling of the same name replaces the earlier one. */
function lowerCased(headers: Record<string, string>): Map<string, string> {
  return new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value.trim()]));
}

/** By name alone, which is unique, and by code unit, which is byte order for encoded names. */
function byName([a]: readonly [string, string], [b]: readonly [string, string]): number {
  return a < b ? -1 : 1;
}

function importKey(raw: BufferSource): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', raw, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
}

function hmac(key: CryptoKey, text: string): Promise<ArrayBuffer> {
  return crypto.subtle.sign('HMAC', key, utf8(text));
}
