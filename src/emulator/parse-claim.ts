/** Parses what a request claims about its signature, in the Authorization header or in the query. */
import { accessDenied, invalidArgument, type OssError } from './oss-error.js';
import type { ParsedRequest } from './parse-request.js';

export const ALGORITHM = 'OSS4-HMAC-SHA256';
export const UNSIGNED = 'UNSIGNED-PAYLOAD';
const MAX_EXPIRES = 604_800;

export interface Claim {
  form: 'header' | 'query';
  accessKeyId: string;
  date: string;
  region: string;
  product: string;
  timestamp: string;
  additionalHeaders: string[];
  signature: string;
  expires?: number;
  securityToken?: string;
}

/** Undefined if the request is anonymous. */
export function parseClaim(request: ParsedRequest): Claim | undefined {
  const authorization = request.headers.get('authorization');
  const signed = request.query.has('x-oss-signature') || request.query.has('x-oss-signature-version');
  if (isSignedByV1(request)) throw olderSignature('V1', 'OSSAccessKeyId, Signature and Expires');
  if (request.query.get('x-oss-signature-version') === 'OSS2') throw olderSignature('V2', 'x-oss-signature-version=OSS2');
  if (authorization === undefined && !signed) return undefined;
  checkAgreement(request);
  if (authorization === undefined) return parseQueryForm(request);
  if (signed)
    throw invalidArgument('Only one of the Authorization header and the query signature may be given.', 'Authorization', ALGORITHM);
  if (!authorization.startsWith(`${ALGORITHM} `)) {
    const type = authorization.split(' ')[0] ?? '';
    if (type === 'OSS') throw olderSignature('V1', 'OSS AccessKeyId:Signature');
    if (type === 'OSS2') throw olderSignature('V2', 'OSS2 AccessKeyId:…');
    throw invalidArgument('The authorization type is not supported.', 'Authorization', type);
  }
  return parseHeaderForm(request, authorization);
}

/** A URL signed by V1: it has no version, and its token, if any, is called `security-token`. */
function isSignedByV1({ query }: ParsedRequest): boolean {
  return !query.has('x-oss-signature-version') && (query.has('OSSAccessKeyId') || (query.has('Signature') && query.has('Expires')));
}

/** As a bucket whose account has older signatures switched off. Code and wording are ours: no source gives the service's. */
export function olderSignature(version: string, form: string): OssError {
  return invalidArgument(
    `Signature version ${version} (${form}) is not accepted; sign the request with V4 (${ALGORITHM}).`,
    'SignatureVersion',
    version,
  );
}

/** What is said twice must be said alike: in the header form as in the query form, whatever the parameter. */
function checkAgreement({ headers, query }: ParsedRequest): void {
  for (const [name, value] of query) {
    const header = name.startsWith('x-oss-') ? headers.get(name) : undefined;
    if (header !== undefined && header !== value) throw invalidArgument(`${name} differs between header and query.`, name, value);
  }
}

function parseHeaderForm(request: ParsedRequest, authorization: string): Claim {
  const { headers } = request;
  const fields = new Map<string, string>();
  for (const field of authorization.slice(ALGORITHM.length).split(',')) {
    const equals = field.indexOf('=');
    if (equals < 0) throw invalidArgument('The Authorization header is malformed.', 'Authorization', ALGORITHM);
    fields.set(field.slice(0, equals).trim(), field.slice(equals + 1).trim());
  }
  const credential = fields.get('Credential');
  const signature = fields.get('Signature');
  if (credential === undefined || signature === undefined) {
    throw invalidArgument('The Authorization header is malformed.', 'Authorization', ALGORITHM);
  }
  if (headers.get('x-oss-content-sha256') !== UNSIGNED) {
    throw invalidArgument(`x-oss-content-sha256 must be ${UNSIGNED}.`, 'x-oss-content-sha256', headers.get('x-oss-content-sha256') ?? '');
  }
  let timestamp = headers.get('x-oss-date');
  if (timestamp === undefined) {
    const date = Date.parse(headers.get('date') ?? '');
    if (Number.isNaN(date)) throw accessDenied('OSS authentication requires a valid Date.');
    timestamp = basicFormat(date);
  }
  const token = headers.get('x-oss-security-token');
  return {
    form: 'header',
    ...parseCredential(credential),
    timestamp,
    additionalHeaders: parseAdditional(fields.get('AdditionalHeaders')),
    signature,
    ...(token === undefined ? {} : { securityToken: token }),
  };
}

function parseQueryForm({ query }: ParsedRequest): Claim {
  const need = (name: string): string => {
    const value = query.get(name);
    if (value === undefined || value === '') {
      throw invalidArgument(`${name} is missing.`, undefined, undefined, name === 'x-oss-expires' ? '0002-00000215' : undefined);
    }
    return value;
  };
  if (need('x-oss-signature-version') !== ALGORITHM) {
    throw invalidArgument('The signature version is not supported.', 'x-oss-signature-version', query.get('x-oss-signature-version'));
  }
  const expiresText = need('x-oss-expires');
  const expires = Number(expiresText);
  if (!/^\d+$/.test(expiresText) || expires < 1 || expires > MAX_EXPIRES) {
    throw invalidArgument(`x-oss-expires must be between 1 and ${MAX_EXPIRES}.`, 'x-oss-expires', expiresText);
  }
  // The Android SDK sends the token under its V1 name.
  const token = query.get('x-oss-security-token') ?? query.get('security-token');
  return {
    form: 'query',
    ...parseCredential(need('x-oss-credential')),
    timestamp: need('x-oss-date'),
    additionalHeaders: parseAdditional(query.get('x-oss-additional-headers')),
    signature: need('x-oss-signature'),
    expires,
    ...(token === undefined ? {} : { securityToken: token }),
  };
}

function parseCredential(text: string): Pick<Claim, 'accessKeyId' | 'date' | 'region' | 'product'> {
  const [accessKeyId, date, region, product, terminator, ...more] = text.split('/');
  if (!accessKeyId || !date || !region || !product || terminator !== 'aliyun_v4_request' || more.length > 0) {
    throw invalidArgument(
      'The credential is malformed; expecting "AccessKeyId/YYYYMMDD/region/oss/aliyun_v4_request".',
      'Credential',
      text,
    );
  }
  return { accessKeyId, date, region, product };
}

function parseAdditional(text: string | undefined): string[] {
  if (text === undefined) return [];
  if (text === '') throw invalidArgument('AdditionalHeaders must not be empty.', undefined, undefined, '0002-00000209');
  const names = text.split(';').map((name) => name.trim().toLowerCase());
  if (names.includes('')) {
    throw invalidArgument('AdditionalHeaders must not contain an empty element.', undefined, undefined, '0002-00000210');
  }
  return [...new Set(names.filter((name) => !isSignedByDefault(name)))].sort(byteOrder);
}

function basicFormat(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
}

export function isSignedByDefault(name: string): boolean {
  return name === 'content-type' || name === 'content-md5' || name.startsWith('x-oss-');
}

export const byteOrder = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
