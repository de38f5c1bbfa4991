/** Signs callbacks as the service does: RSA with MD5 and a key of 512 bits. Whoever wants to check them finds the public key here. */
import { createSign, generateKeyPairSync } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { OWNER } from './owner.js';

/** Where the public key is, at the emulator's own address. */
export const KEY_PATH = '/_callback/key.pem';
/** As the service's. */
const BITS = 512;

export class CallbackSigner {
  /** The URL of the public key; known once the server listens. */
  keyUrl = '';
  #pair: { publicKey: string; privateKey: string } | undefined;

  /** The headers that prove whose callback it is. */
  sign(url: string, body: string): Record<string, string> {
    const { pathname, search } = new URL(url);
    const text = `${decoded(pathname)}${search}\n${body}`;
    return {
      Authorization: createSign('RSA-MD5').update(text).sign(this.#keys().privateKey, 'base64'),
      'x-oss-pub-key-url': Buffer.from(this.keyUrl).toString('base64'),
      'x-oss-signature-version': '1.0',
      'x-oss-requester': OWNER,
      'x-oss-tag': 'CALLBACK',
    };
  }

  /** Answers with the public key, in PEM. */
  serveKey(response: ServerResponse): void {
    response.writeHead(200, { 'Content-Type': 'application/x-pem-file' }).end(this.#keys().publicKey);
  }

  /** Made when they are first needed: most tests have no callbacks. */
  #keys(): { publicKey: string; privateKey: string } {
    this.#pair ??= generateKeyPairSync('rsa', {
      modulusLength: BITS,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    });
    return this.#pair;
  }
}

/** A path with a stray `%` is signed as it is. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
