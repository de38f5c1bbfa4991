/**
 * The proof in callbacks: an HMAC of ours over what the handler allowed. OSS signs callbacks with a 512-bit RSA key and MD5, which can be
 * forged with modest means.
 */
import { hex, utf8 } from '../core/bytes.js';

/** What the proof covers. */
export interface Proven {
  bucket: string;
  key: string;
  user: string;
  /** The largest size that the handler allowed, as decimal text; empty: any. */
  maxBytes: string;
  /** By name, without `x:`. */
  variables: Readonly<Record<string, string>>;
}

/** HMAC-SHA256 in lower-case hex. */
export async function proofOf(secret: string, proven: Proven): Promise<string> {
  return hex(await crypto.subtle.sign('HMAC', await keyOf(secret, 'sign'), textOf(proven)));
}

/** Compares in constant time, as WebCrypto does. */
export async function isProof(secret: string, proven: Proven, proof: string): Promise<boolean> {
  if (!/^[\da-f]{64}$/.test(proof)) return false;
  const bytes = Uint8Array.from(proof.match(/../g) as string[], (pair) => Number.parseInt(pair, 16));
  return crypto.subtle.verify('HMAC', await keyOf(secret, 'verify'), bytes, textOf(proven));
}

/** JSON keeps the fields apart, whatever they contain. */
function textOf({ bucket, key, user, maxBytes, variables }: Proven): Uint8Array<ArrayBuffer> {
  const sorted = Object.entries(variables).sort(([a], [b]) => (a < b ? -1 : 1));
  return utf8(JSON.stringify(['oss-resumable callback', bucket, key, user, maxBytes, sorted]));
}

function keyOf(secret: string, use: 'sign' | 'verify'): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', utf8(secret), { name: 'HMAC', hash: 'SHA-256' }, false, [use]);
}
