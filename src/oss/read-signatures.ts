/** Reads what a signer answers. */
import { CredentialsError } from '../errors.js';
import type { RequestSignature } from '../options/signer-types.js';

type Headers = Record<string, string>;

/** Milliseconds. */
const LIFETIME = 720_000;

/** @throws {CredentialsError} that says what is wanted, never what is there */
export function readSignatures(answer: unknown, count: number): readonly RequestSignature[] {
  if (Array.isArray(answer) && answer.length === count && answer.every(isSignature)) return answer;
  throw new CredentialsError(
    'InvalidSignatures',
    `\`signer\` must return ${count} signatures, one for each request: { headers } or { url }.`,
  );
}

/** By lower-case name, the later one of two; without those that browsers set. */
export function mergeHeaders(...all: (Headers | undefined)[]): Headers {
  const entries = all.flatMap((headers) => Object.entries(headers ?? {})).map(([name, value]) => [name.toLowerCase(), value] as const);
  return Object.fromEntries(entries.filter(([name]) => name !== 'host' && name !== 'content-length'));
}

/** When it was signed, in milliseconds since the epoch; NaN where it doesn't say. */
export function dateOf(signature: RequestSignature): number {
  return Date.parse((fieldsOf(signature)['x-oss-date'] ?? '').replace(/^(\d{4})(\d\d)(\d\dT\d\d)(\d\d)(\d\dZ)$/, '$1-$2-$3:$4:$5'));
}

/** Milliseconds for which it is used: OSS accepts headers for 15 minutes after their date, and a URL for as long as it says. */
export function lifetimeOf(signature: RequestSignature): number {
  return Math.min(LIFETIME, 800 * Number(fieldsOf(signature)['x-oss-expires'] ?? 900));
}

/** What no message may contain. */
export function secretsOf(signature: RequestSignature): (string | undefined)[] {
  const { 'x-oss-security-token': token, 'security-token': older, 'x-oss-signature': sign, signature: olderSign } = fieldsOf(signature);
  return [token, older, sign, olderSign];
}

function isSignature(value: Partial<RequestSignature> | null): value is RequestSignature {
  const { url, key, headers, fields } = value ?? {};
  const isKey = key === undefined || (typeof key === 'string' && key !== '');
  const isUrl = url === undefined ? (headers ?? fields) !== undefined : /^https?:\/\/./.test(url);
  return isKey && isUrl && Object.values(headers ?? {}).every((text) => /^[\x20-\x7e]+$/.test(text));
}

/** Headers, parameters or fields, which have the same names. */
function fieldsOf({ headers, fields, url = '' }: RequestSignature): Headers {
  return mergeHeaders(Object.fromEntries(new URLSearchParams(url.split('?')[1])), headers, fields);
}
