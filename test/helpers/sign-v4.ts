/**
 * OSS signature version 4, as the service's documents describe it: what test clients of the emulator sign with. It shares nothing
 * with the emulator's verifier, which it tests.
 */
import { createHash, createHmac } from 'node:crypto';

/** What is signed of a request. */
export interface SignedRequest {
  method: string;
  bucket: string;
  key: string | null;
  query: ReadonlyMap<string, string>;
  /** As they are sent: a character for each byte. */
  headers: Record<string, string>;
}

/** When and where a signature is valid. */
export interface Scope {
  /** `YYYYMMDDTHHMMSSZ` */
  timestamp: string;
  region: string;
}

/** `YYYYMMDDTHHMMSSZ` in UTC. */
export function timestampOf(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
}

export function scopeText({ timestamp, region }: Scope): string {
  return `${timestamp.slice(0, 8)}/${region}/oss/aliyun_v4_request`;
}

/** Percent-encodes all but the unreserved characters of RFC 3986. */
export function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** Signs a text, of a policy or to sign a request: lower-case hex. */
export function signText(text: string, secret: string, scope: Scope): string {
  const key = scopeText(scope).split('/').reduce<string | Buffer>(hmac, `aliyun_v4${secret}`);
  return hmac(key, text).toString('hex');
}

/** Signs a request without additional headers: lower-case hex. */
export function signRequest({ method, bucket, key, query, headers }: SignedRequest, secret: string, scope: Scope): string {
  const all = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), Buffer.from(value, 'latin1').toString().trim()] as const);
  const signed = all.filter(([name]) => name.startsWith('x-oss-') || name === 'content-type' || name === 'content-md5');
  const canonical = [
    method,
    `/${bucket}/${(key ?? '').split('/').map(encode).join('/')}`,
    sorted([...query].map(([name, value]) => [encode(name), value === '' ? encode(name) : `${encode(name)}=${encode(value)}`])).join('&'),
    sorted(signed.map(([name, value]) => [name, `${name}:${value}\n`])).join(''),
    '',
    headers['x-oss-content-sha256'] ?? 'UNSIGNED-PAYLOAD',
  ].join('\n');
  const hash = createHash('sha256').update(canonical).digest('hex');
  return signText(['OSS4-HMAC-SHA256', scope.timestamp, scopeText(scope), hash].join('\n'), secret, scope);
}

/** The texts in the order of their names. */
function sorted(pairs: readonly (readonly [name: string, text: string])[]): string[] {
  return [...pairs].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b))).map(([, text]) => text);
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
