import { toBase64 } from '../core/base64.js';
import { proofOf } from './callback-proof.js';
import type { Grant } from './types.js';

/** OSS refuses callback headers above 5 KB. @see OSS documentation, "Callback" */
const MAX_HEADER = 5 * 1024;
/** Names of variables that the handler sets itself. */
const OWN = ['user', 'max-bytes', 'proof'];

/** What a callback says: JSON, in which OSS fills in the placeholders, quotes included. */
const FIELDS = ['bucket', 'object', 'etag', 'size', 'mimeType'];

/**
 * The headers that make OSS call the application's server, with the proof of what was allowed; none without a callback.
 * @throws {TypeError} for a callback that can't be said
 */
export async function callbackHeaders(
  { callback, maxBytes }: Grant,
  bucket: string,
  key: string,
  secret: string | undefined,
): Promise<Record<string, string>> {
  if (!callback) return {};
  if (!secret) throw new TypeError('A grant with `callback` needs the option callbackSecret');
  const { user, variables = {} } = callback;
  const urls = typeof callback.url === 'string' ? [callback.url] : callback.url;
  if (urls.length < 1 || urls.length > 5 || !urls.every((url) => /^https?:\/\/[^\s;]+$/.test(url))) {
    throw new TypeError('callback.url must be 1..5 http(s) URLs');
  }
  if (!urls.every(isNormal)) {
    throw new TypeError('callback.url must be as new URL(url).href writes it: quotes, < and > percent-encoded, and no . and .. segments');
  }
  if (typeof user !== 'string' || !Object.values(variables).every((value) => typeof value === 'string')) {
    throw new TypeError('callback.user and callback.variables must be texts');
  }
  if (!Object.keys(variables).every((name) => /^[a-z][a-z\d_-]*$/.test(name) && !OWN.includes(name))) {
    throw new TypeError(`callback.variables must have names of a-z, 0-9, _ and -, and not ${OWN.join(', ')}`);
  }
  const limit = maxBytes === undefined ? '' : String(maxBytes);
  const proof = await proofOf(secret, { bucket, key, user, maxBytes: limit, variables });
  const own = Object.entries({ ...variables, user, 'max-bytes': limit, proof }).map(([name, value]) => [`x:${name}`, value] as const);
  const fields = [...FIELDS, ...own.map(([name]) => name)].map((name) => `"${name}":\${${name}}`);
  const headers = {
    'x-oss-callback': toBase64(
      JSON.stringify({
        callbackUrl: urls.join(';'),
        callbackBody: `{${fields.join(',')}}`,
        callbackBodyType: 'application/json',
        ...(urls.some((url) => url.startsWith('https:')) && { callbackSNI: true }),
      }),
    ),
    'x-oss-callback-var': toBase64(JSON.stringify(Object.fromEntries(own))),
  };
  if (Object.values(headers).some(({ length }) => length > MAX_HEADER)) throw new TypeError('callback is longer than 5 KB');
  return headers;
}

/** OSS signs path and query as they are here. A server that sees them through `URL` would otherwise verify others. */
function isNormal(url: string): boolean {
  return URL.canParse(url) && targetOf(new URL(url).href) === targetOf(url);
}

/** Path, query and fragment, without the slash that `URL` adds to a host: only these are signed. */
function targetOf(url: string): string {
  return url.replace(/^https?:\/\/[^/?#]*\/?/, '');
}
