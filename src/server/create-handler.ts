/** The endpoint for pages: it signs their requests, issues credentials, and finds their open uploads. */
import { optionalFunction } from '../options/checks.js';
import { type Endpoint, normalizeEndpoint } from '../options/endpoint.js';
import { normalizePlace } from '../options/place.js';
import { createSigner } from '../oss/sign.js';
import { checkGrant } from './check-grant.js';
import { checkOrigin, preflightHeaders } from './cross-origin.js';
import { discover } from './discover.js';
import { issueCredentials } from './issue-credentials.js';
import { createKeysCache } from './keys-cache.js';
import { readJson } from './read-body.js';
import { record } from './read-requests.js';
import { Refusal, refuseAsInvalid } from './refusal.js';
import { createService, type Fetch } from './service.js';
import { signRequests } from './sign-requests.js';
import type { Grant, HandlerOptions } from './types.js';

/** Ten thousand parts of a Complete with their ETags, and some. */
const MAX_BODY = 1024 * 1024;

/** Answers a request of a page. It never throws: every failure is an answer. */
export type Handler<Context = unknown> = (request: Request, context?: Context) => Promise<Response>;

/**
 * Creates the endpoint that pages without keys ask for signatures: `POST`, JSON. It needs WebCrypto and `fetch` alone, so it runs in
 * Node 20 and later, Bun, Deno and Workers; {@link toNode} adapts it to Express and `node:http`.
 *
 * @throws {TypeError} when an option is missing or of the wrong kind
 *
 * @example
 * export const POST = createHandler({
 *   region: 'cn-hangzhou',
 *   bucket: 'examplebucket',
 *   credentials: { accessKeyId: process.env.OSS_ACCESS_KEY_ID, accessKeySecret: process.env.OSS_ACCESS_KEY_SECRET },
 *   allow: async (request) => {
 *     const user = await userOf(request);
 *     return user && { prefix: `users/${user.id}/`, maxBytes: 5e9, contentTypes: ['video/*'] };
 *   },
 * });
 */
export function createHandler<Context = unknown>(options: HandlerOptions<Context>): Handler<Context> {
  const { region, bucket, endpoint } = checkOptions(options);
  const { origins = [], callbackSecret, allow, onError } = options;
  const keysOf = createKeysCache(options.credentials);
  const signer = createSigner(region);
  const send: Fetch = options.fetch ?? ((url, init) => fetch(url, init));

  /** What the user may do. */
  async function grantOf(request: Request, context: Context): Promise<Grant> {
    const grant = await allow(request, context);
    if (!grant) throw new Refusal(403, 'NotAllowed', 'Nothing is allowed. Log in first.');
    checkGrant(grant);
    return grant;
  }

  /** Never throws: neither does the handler. */
  async function report(error: unknown): Promise<void> {
    try {
      await onError?.(error);
    } catch {
      // Whoever reports failures has failed.
    }
  }

  async function answer(request: Request, context: Context): Promise<object> {
    if (!/^application\/json\s*(;|$)/i.test(request.headers.get('content-type') ?? '')) {
      throw new Refusal(415, 'UnsupportedMediaType', 'Send Content-Type: application/json.');
    }
    // Before the body is read: strangers cost little.
    const grant = await grantOf(request, context);
    const body = record(await readJson(request, MAX_BODY), 'The body');
    const asked = ['requests', 'credentials', 'discover'].filter((name) => body[name] !== undefined);
    if (asked.length !== 1) refuseAsInvalid('Ask for one of requests, credentials and discover.');
    if (asked[0] === 'credentials') return { credentials: await issueCredentials(grant, { ...options, bucket }, context) };
    const keys = await keysOf();
    const service = createService(endpoint, bucket, signer, keys, send);
    if (asked[0] === 'discover') return { uploads: await discover(body['discover'], grant, service) };
    return { signatures: await signRequests(body['requests'], grant, { bucket, signer, keys, service, callbackSecret }) };
  }

  return async (request, context) => {
    const headers: Record<string, string> = { 'cache-control': 'no-store' };
    try {
      Object.assign(headers, checkOrigin(request, origins));
      if (request.method === 'OPTIONS') return new Response(null, { status: 204, headers: { ...headers, ...preflightHeaders(request) } });
      if (request.method !== 'POST') {
        headers['allow'] = 'POST, OPTIONS';
        throw new Refusal(405, 'MethodNotAllowed', 'Send a POST.');
      }
      return Response.json(await answer(request, context as Context), { headers });
    } catch (failure) {
      const isOurs = failure instanceof Refusal;
      // What OSS refuses this server is not the page's fault.
      if (!isOurs || failure.code.startsWith('Service')) void report(isOurs ? (failure.cause ?? failure) : failure);
      // The cause may contain a secret: only `onError` gets it.
      const { status, code, message } = isOurs ? failure : new Refusal(500, 'ServerFailed', 'The server failed. Try again.');
      return Response.json({ error: { code, message } }, { status, headers });
    }
  };
}

/** @throws {TypeError} */
function checkOptions<Context>(options: HandlerOptions<Context>): { region: string; bucket: string; endpoint: Endpoint } {
  if (typeof options !== 'object' || options === null) throw new TypeError('createHandler() needs region, bucket, credentials and allow');
  const { credentials, allow, origins = [], callbackSecret } = options;
  const { region, bucket } = normalizePlace(options);
  // Not shown: it may be a key.
  if (typeof credentials !== 'function' && (typeof credentials !== 'object' || credentials === null)) {
    throw new TypeError('credentials must be an access key or a function that returns one');
  }
  if (typeof allow !== 'function') throw new TypeError('allow must be a function that says what a request may do');
  if (!Array.isArray(origins) || !origins.every(isOrigin)) {
    throw new TypeError('origins must be a list such as ["https://app.example.com"], without paths and wildcards');
  }
  if (callbackSecret !== undefined && !(typeof callbackSecret === 'string' && callbackSecret.length >= 32)) {
    throw new TypeError('callbackSecret must be at least 32 characters');
  }
  optionalFunction('assumeRole', options.assumeRole, 'that calls STS');
  optionalFunction('onError', options.onError, 'that reports');
  optionalFunction('fetch', options.fetch, "like the platform's fetch()");
  return { region, bucket, endpoint: normalizeEndpoint(options.endpoint, options, region, bucket) };
}

/** Of a web page; or of an app's own scheme, such as `capacitor://localhost`, which `URL` knows no origin of. */
function isOrigin(value: unknown): boolean {
  if (typeof value !== 'string' || !URL.canParse(value)) return false;
  const { protocol, origin } = new URL(value);
  return /^https?:$/.test(protocol) ? origin === value && !value.includes('*') : /^[a-z][a-z\d+.-]*:\/\/[^/?#\s*@]+$/.test(value);
}
