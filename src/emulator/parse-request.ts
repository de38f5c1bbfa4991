/** Parses bucket, key, query and headers of a raw request, in every URL style of OSS. */
import type { IncomingMessage } from 'node:http';
import { invalidArgument, invalidObjectName, OssError } from './oss-error.js';

export interface Addressing {
  /** `{bucket}.{base}` is a virtual host of `{bucket}`; `{base}` itself takes path style. */
  baseHosts: readonly string[];
  /** Custom domain, with or without its port → bucket. */
  readonly cnames: Readonly<Record<string, string>>;
}

export interface Address {
  bucket: string | null;
  key: string | null;
}

export interface ParsedRequest {
  method: string;
  host: string;
  /** The path as sent, still encoded. */
  rawPath: string;
  query: ReadonlyMap<string, string>;
  /** Lower-case names; repeated headers joined with `,`. */
  headers: ReadonlyMap<string, string>;
}

export function parseRequest(request: IncomingMessage): ParsedRequest {
  const pairs: [string, string][] = [];
  for (let i = 0; i < request.rawHeaders.length; i += 2) pairs.push([request.rawHeaders[i] ?? '', request.rawHeaders[i + 1] ?? '']);
  const headers = collectHeaders(pairs);
  // The absolute form is legal in a request line (RFC 9112 §3.2.2), and what a proxy would send.
  const target = headerText(request.url ?? '/').replace(/^https?:\/\/[^/?]*/i, '');
  const question = target.indexOf('?');
  return {
    method: request.method ?? 'GET',
    host: (headers.get('host') ?? '').toLowerCase(),
    rawPath: (question < 0 ? target : target.slice(0, question)).replace(/^(?!\/)/, '/'),
    query: parseQuery(question < 0 ? '' : target.slice(question + 1)),
    headers,
  };
}

/**
 * The possible readings of a request's address, best first. There is more than one only if `ali-oss` with
 * `sldEnable` names the bucket in both the Host header and the path: then the signature decides.
 */
export function resolveAddress(request: ParsedRequest, addressing: Addressing): Address[] {
  const path = request.rawPath.slice(1);
  const name = hostName(request.host);

  const bound = boundBucket(request.host, addressing);
  if (bound !== undefined) return [{ bucket: bound, key: decodeKey(path) }];

  const slash = path.indexOf('/');
  const first = slash < 0 ? path : path.slice(0, slash);
  const rest = slash < 0 ? '' : path.slice(slash + 1);

  for (const base of addressing.baseHosts) {
    if (!name.endsWith(`.${base}`)) continue;
    const bucket = name.slice(0, -base.length - 1);
    const readings: Address[] = [{ bucket, key: decodeKey(path) }];
    if (first === bucket && base !== 'localhost') readings.push({ bucket, key: decodeKey(rest) });
    return readings;
  }

  if (first === '') return [{ bucket: null, key: null }];
  return [{ bucket: first, key: decodeKey(rest) }];
}

/** Whether the host names no bucket, so that control, STS and path style are served there. */
export function isServiceHost(host: string, addressing: Addressing): boolean {
  const name = hostName(host);
  return boundBucket(host, addressing) === undefined && (IS_IP.test(name) || addressing.baseHosts.includes(name));
}

/** Whether the path names the bucket, because the host doesn't. */
export function isPathStyle({ host }: ParsedRequest, addressing: Addressing): boolean {
  const name = hostName(host);
  return boundBucket(host, addressing) === undefined && !addressing.baseHosts.some((base) => name.endsWith(`.${base}`));
}

/** The bucket that a custom domain is bound to. */
export function boundBucket(host: string, { cnames }: Addressing): string | undefined {
  const domain = [host, hostName(host)].find((name) => Object.hasOwn(cnames, name));
  return domain === undefined ? undefined : cnames[domain];
}

/** The host for machines inside the region; it is open to every account. */
export function internalHost(region: string): string {
  return `oss-${region}-internal.aliyuncs.com`;
}

export function hostName(host: string): string {
  return host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
}

export function parseQuery(text: string): Map<string, string> {
  const query = new Map<string, string>();
  for (const pair of text.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    // A plus sign means a space in a query, and only there.
    const name = decodePercent((equals < 0 ? pair : pair.slice(0, equals)).replace(/\+/g, ' '));
    const value = decodePercent(equals < 0 ? '' : pair.slice(equals + 1).replace(/\+/g, ' '));
    if (name === undefined || value === undefined) throw invalidArgument('The query string is not valid UTF-8.', 'query', pair);
    query.set(name, value);
  }
  return query;
}

export function collectHeaders(pairs: Iterable<readonly [string, string]>): Map<string, string> {
  const headers = new Map<string, string>();
  for (const [name, value] of pairs) {
    const lower = name.toLowerCase();
    const earlier = headers.get(lower);
    headers.set(lower, earlier === undefined ? headerText(value).trim() : `${earlier},${headerText(value).trim()}`);
  }
  return headers;
}

export function isBucketName(text: string): boolean {
  return /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/.test(text);
}

export function checkBucketName(bucket: string): void {
  if (!isBucketName(bucket)) {
    throw new OssError(400, 'InvalidBucketName', 'The specified bucket is not valid.', { extra: { BucketName: bucket } });
  }
}

/** Keys are UTF-8, 1 to 1023 bytes, and don't begin with `/` or `\`. */
export function checkKey(key: string): void {
  if (key === '' || /^[/\\]/.test(key) || Buffer.byteLength(key) > 1023) throw invalidObjectName(key);
}

/** Encodes every byte outside the unreserved set of RFC 3986; `encodeURIComponent` keeps `!'()*`. */
export function encodeStrict(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

function decodeKey(raw: string): string | null {
  if (raw === '') return null;
  const key = decodePercent(raw);
  if (key === undefined) throw invalidObjectName(raw);
  return key;
}

function decodePercent(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/**
 * The bytes of headers and request lines arrive as Latin-1 text. Clients sign them as UTF-8, so decode them again where they are UTF-8.
 */
function headerText(value: string): string {
  if (!/[\u0080-\u00ff]/.test(value)) return value;
  const text = Buffer.from(value, 'latin1').toString('utf8');
  return text.includes('\ufffd') ? value : text;
}

const IS_IP = /^(\d{1,3}(\.\d{1,3}){3}|[0-9a-f:]*:[0-9a-f:]*)$/;
