/** Reads what a signer answers. */
import { CredentialsError } from '../errors.js';
import type { RequestSignature, RequestToSign } from '../options/signer-types.js';

type Headers = Record<string, string>;

/** Milliseconds. */
const LIFETIME = 720_000;

/** @throws {CredentialsError} that says what is wanted, never what is there */
export function readSignatures(answer: unknown, requests: readonly RequestToSign[]): readonly RequestSignature[] {
  const count = requests.length;
  const isFor = (value: unknown, index: number): boolean => isSignature(value as RequestSignature, requests[index] as RequestToSign);
  if (Array.isArray(answer) && answer.length === count && answer.every(isFor)) return answer;
  throw new CredentialsError(
    'InvalidSignatures',
    `\`signer\` must return ${count} signatures in the order of the requests: { headers }, or { url } of this key and query.`,
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
  const fields = Object.entries(fieldsOf(signature));
  return fields.filter(([name]) => /(security-token|signature)$/.test(name)).map(([, value]) => value);
}

function isSignature(value: Partial<RequestSignature> | null, { operation, key: asked, query }: RequestToSign): boolean {
  const { url, key = asked, headers = {}, fields } = value ?? {};
  if (typeof key !== 'string' || (key === '' && asked !== '')) return false;
  if (typeof headers !== 'object' || !Object.entries(headers).every(([name, text]) => /^[\w-]+$/.test(name) && /^[\x20-\x7e]*$/.test(text)))
    return false;
  // What a form or a URL is for, it says itself: of another request, it would store this file under another key.
  if (operation === 'PostObject') return fields?.['key'] === key;
  return url === undefined ? value?.headers !== undefined : isUrlFor(url, key, query);
}

function isUrlFor(text: string, key: string, query: Headers): boolean {
  try {
    const { protocol, pathname, searchParams } = new URL(text);
    const isKey = decodeURIComponent(pathname).endsWith(`/${key}`);
    return /^https?:$/.test(protocol) && isKey && Object.entries(query).every(([name, value]) => searchParams.get(name) === value);
  } catch {
    return false;
  }
}

/** Headers, parameters or fields, which have the same names. */
function fieldsOf({ headers, fields, url = '' }: RequestSignature): Headers {
  return mergeHeaders(Object.fromEntries(new URLSearchParams(url.split('?')[1])), headers, fields);
}
