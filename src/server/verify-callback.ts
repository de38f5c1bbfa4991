/** Checks on the application's server that a callback is OSS's, and about an upload that the handler allowed. */
import { parseJson } from '../core/parse-json.js';
import { utf8 } from '../core/bytes.js';
import { fromBase64 } from '../core/base64.js';
import { isProof } from './callback-proof.js';
import { readText } from './read-body.js';
import { readPublicKey, type RsaKey, verifyRsaMd5 } from './rsa-md5.js';
import type { Fetch } from './service.js';

/** Settings of {@link verifyCallback}. */
export interface CallbackOptions {
  /**
   * `callbackSecret` of the handler, at least 32 characters: its proof is checked, too. OSS calls any URL for any of its customers, so
   * without it, a callback may be about somebody else's bucket. `undefined` is refused: it is a setting that was forgotten.
   * @default only OSS's signature is checked
   */
  secret?: string;
  /**
   * Path and query as OSS requested them, where a proxy has changed them.
   * @default the request's own
   */
  target?: string | undefined;
  /**
   * For tests against an emulator on this machine: where it serves its public key, such as `http://localhost:9000/_callback/key.pem`. Then
   * this key is accepted and OSS's own is not.
   * @default OSS's key
   */
  testKeyUrl?: string | undefined;
  /** Fetches OSS's public key. @default the global `fetch` */
  fetch?: Fetch | undefined;
}

/** What a callback says. */
export type VerifiedCallback =
  | {
      ok: true;
      /** The raw body. */
      body: string;
      /** With `secret`: what is stored, and what the handler allowed. */
      object?: CallbackObject;
    }
  | {
      ok: false;
      /**
       * `key-url`: the public key is elsewhere than OSS's are. `key`: it can't be fetched; answer 503, OSS may ask another URL.
       * `signature`: it isn't OSS's. `body`: it isn't what the handler ordered. `proof`: the handler didn't allow it.
       * `size`: larger than allowed; delete the object.
       */
      reason: 'key-url' | 'key' | 'signature' | 'body' | 'proof' | 'size';
    };

/** An object that is stored, as the handler's callbacks describe it. */
export interface CallbackObject {
  /** The bucket's name. */
  bucket: string;
  /** The object's key. */
  key: string;
  /** Bytes. */
  size: number;
  /** As OSS writes it, without quotes. */
  etag: string;
  /** The content type. */
  mimeType: string;
  /** Of the grant. */
  user: string;
  /** Further texts of the grant. */
  variables: Record<string, string>;
}

/**
 * With the slash: `gosspublic.alicdn.com.evil.example` is another host. No segment is empty or begins with a dot: each key has one URL, and
 * strangers can't fill the cache with others.
 */
const KEY_URL = /^https?:\/\/gosspublic\.alicdn\.com(\/\w[\w.-]{0,60}){1,3}$/;
/** The URL of a key on this machine. */
const LOOPBACK = /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?\//;
const MAX_KEYS = 8;
const MAX_KEY_BYTES = 8 * 1024;
/** Milliseconds: OSS waits five seconds for the whole answer. */
const KEY_PATIENCE = 3_000;
const MAX_BODY = 64 * 1024;

/** By URL. What is there never changes. */
const publicKeys = new Map<string, RsaKey>();

/**
 * Verifies OSS's signature of a callback and, with `secret`, that the handler allowed this key, user and size. Read the page about what
 * that proves: OSS's key has only 512 bits.
 *
 * @param request with the body as OSS sent it: unread, and not parsed by a body parser
 * @throws {TypeError} when `secret` is there but too short or `undefined`, or `testKeyUrl` is not on this machine
 * @throws {Refusal} with `status` 413 when the body is longer than 64 KiB
 * @see https://www.alibabacloud.com/help/en/oss/developer-reference/callback
 *
 * @example
 * const callback = await verifyCallback(request, { secret: process.env.CALLBACK_SECRET });
 * if (!callback.ok) return Response.json({ error: callback.reason }, { status: 403 });
 * await videos.add(callback.object.user, callback.object.key);
 */
export async function verifyCallback(request: Request, options: CallbackOptions = {}): Promise<VerifiedCallback> {
  const { secret, target, testKeyUrl, fetch: load = (url, init) => fetch(url, init) } = options;
  // A forgotten setting must not turn the proof off.
  if ('secret' in options && !(typeof secret === 'string' && secret.length >= 32)) {
    throw new TypeError('secret must be the callbackSecret of the handler, at least 32 characters: is the setting there?');
  }
  // A key of another machine would be one that anybody may have put there.
  if (testKeyUrl !== undefined && !LOOPBACK.test(testKeyUrl)) throw new TypeError('testKeyUrl must be on localhost, 127.0.0.1 or [::1]');
  const url = latin1(fromBase64(request.headers.get('x-oss-pub-key-url') ?? ''));
  const isTrusted = testKeyUrl === undefined ? KEY_URL.test(url) : url === testKeyUrl;
  if (!isTrusted) return { ok: false, reason: 'key-url' };
  const body = await readText(request, MAX_BODY);
  // The key of an emulator is another one after each start: it is not kept.
  const key = testKeyUrl === undefined ? await publicKeyAt(url.replace(/^http:/, 'https:'), load) : await fetchKey(url, load);
  if (!key) return { ok: false, reason: 'key' };
  const signature = fromBase64(request.headers.get('authorization') ?? '');
  const text = signedText(target ?? targetOf(request.url), body);
  if (!signature || text === undefined || !verifyRsaMd5(key, utf8(text), signature)) return { ok: false, reason: 'signature' };
  return secret === undefined ? { ok: true, body } : verifyProof(body, secret);
}

/** Path, decoded, query, as it is, and body. */
function signedText(target: string, body: string): string | undefined {
  const [, path = '', query = ''] = /^([^?]*)(.*)$/s.exec(target) ?? [];
  try {
    return `${decodeURIComponent(path)}${query}\n${body}`;
  } catch {
    return undefined;
  }
}

/** `URL` would drop the `?` of an empty query. */
function targetOf(url: string): string {
  return url.replace(/^[a-z]+:\/\/[^/?#]*/i, '').replace(/#.*$/s, '');
}

async function publicKeyAt(url: string, load: Fetch): Promise<RsaKey | undefined> {
  const known = publicKeys.get(url);
  if (known) return known;
  const key = await fetchKey(url, load);
  if (!key) return undefined;
  const [oldest] = publicKeys.keys();
  if (oldest !== undefined && publicKeys.size >= MAX_KEYS) publicKeys.delete(oldest);
  publicKeys.set(url, key);
  return key;
}

async function fetchKey(url: string, load: Fetch): Promise<RsaKey | undefined> {
  try {
    // Not `error`: Workers don't know it.
    const response = await load(url, { redirect: 'manual', signal: AbortSignal.timeout(KEY_PATIENCE) });
    const length = Number(response.headers.get('content-length') ?? 0);
    return response.ok && length <= MAX_KEY_BYTES ? readPublicKey((await response.text()).slice(0, MAX_KEY_BYTES)) : undefined;
  } catch {
    return undefined;
  }
}

async function verifyProof(body: string, secret: string): Promise<VerifiedCallback> {
  const fields = parseJson(body) as Record<string, unknown> | null | undefined;
  if (typeof fields !== 'object' || fields === null) return { ok: false, reason: 'body' };
  const { bucket, object: key, etag, size, mimeType, 'x:user': user, 'x:max-bytes': maxBytes, 'x:proof': proof, ...others } = fields;
  const texts = [bucket, key, etag, user, maxBytes, proof, ...Object.values(others)];
  // Real callbacks have numbers both with quotes and without.
  const bytes = Number(size);
  if (!texts.every((text) => typeof text === 'string') || !Number.isSafeInteger(bytes)) return { ok: false, reason: 'body' };
  const variables = Object.fromEntries(Object.entries(others).map(([name, value]) => [name.replace(/^x:/, ''), value])) as Record<
    string,
    string
  >;
  const proven = { bucket, key, user, maxBytes, variables } as Parameters<typeof isProof>[1];
  if (!(await isProof(secret, proven, proof as string))) return { ok: false, reason: 'proof' };
  if (maxBytes !== '' && !(bytes <= Number(maxBytes))) return { ok: false, reason: 'size' };
  const { bucket: where, key: name, user: owner } = proven;
  const plain = (etag as string).replaceAll('"', '');
  return {
    ok: true,
    body,
    object: { bucket: where, key: name, size: bytes, etag: plain, mimeType: String(mimeType ?? ''), user: owner, variables },
  };
}

function latin1(bytes: Uint8Array | undefined): string {
  return bytes ? String.fromCharCode(...bytes.subarray(0, 300)) : '';
}
