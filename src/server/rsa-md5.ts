/** RSASSA-PKCS1-v1_5 with MD5, which WebCrypto doesn't offer: verification only, with a public key in PEM. */
import SparkMD5 from 'spark-md5';
import { hex } from '../core/bytes.js';
import { fromBase64 } from '../core/base64.js';

/** The numbers of a public key. */
export interface RsaKey {
  modulus: bigint;
  exponent: bigint;
  /** Bytes of the modulus, which a signature has, too. */
  length: number;
}

/** DigestInfo of MD5, before the digest. @see https://www.rfc-editor.org/rfc/rfc8017#section-9.2 */
const DIGEST_INFO = '3020300c06082a864886f70d020505000410';
/** OID rsaEncryption and its NULL. @see https://www.rfc-editor.org/rfc/rfc8017#appendix-A.1 */
const RSA = '300d06092a864886f70d0101010500';
const MAX_MODULUS = 512;

/** @returns `undefined` if the text isn't an RSA key of 512..4096 bits */
export function readPublicKey(pem: string): RsaKey | undefined {
  const base64 = /-----BEGIN PUBLIC KEY-----([A-Za-z\d+/=\s]{1,2000})-----END PUBLIC KEY-----/.exec(pem)?.[1];
  const der = base64 && fromBase64(base64.replace(/\s/g, ''));
  if (!der) return undefined;
  try {
    const outer = element(der, 0x30);
    const algorithm = element(outer.content, 0x30);
    if (hex(outer.content.slice(0, algorithm.end).buffer) !== RSA) return undefined;
    const bits = element(outer.content.slice(algorithm.end), 0x03).content;
    const numbers = element(bits.slice(1), 0x30).content;
    const modulus = element(numbers, 0x02);
    const exponent = element(numbers.slice(modulus.end), 0x02);
    const significant = modulus.content.slice(modulus.content.findIndex((byte) => byte !== 0));
    const key = { modulus: number(significant), exponent: number(exponent.content), length: significant.length };
    const isUsable =
      key.length >= 64 && key.length <= MAX_MODULUS && key.exponent >= 3n && key.exponent < 2n ** 32n && key.modulus % 2n === 1n;
    return isUsable ? key : undefined;
  } catch {
    return undefined;
  }
}

/** Whether the signature is this key's over these bytes. */
export function verifyRsaMd5(
  { modulus, exponent, length }: RsaKey,
  message: Uint8Array<ArrayBuffer>,
  signature: Uint8Array<ArrayBuffer>,
): boolean {
  if (signature.length !== length || number(signature) >= modulus) return false;
  const tail = `00${DIGEST_INFO}${SparkMD5.ArrayBuffer.hash(message.buffer)}`;
  const expected = `0001${tail.padStart(2 * length - 4, 'f')}`;
  return power(number(signature), exponent, modulus) === BigInt(`0x${expected}`);
}

/** `base ** exponent % modulus` by squaring. */
function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  let square = base % modulus;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

function number(bytes: Uint8Array<ArrayBuffer>): bigint {
  return BigInt(`0x${hex(bytes.slice().buffer)}`);
}

/** The first DER element. @throws {RangeError} if it has another tag or isn't complete */
function element(der: Uint8Array<ArrayBuffer>, tag: number): { content: Uint8Array<ArrayBuffer>; end: number } {
  let at = 2;
  let length = der[1] ?? 0x80;
  if (length >= 0x80) {
    const bytes = length & 0x7f;
    if (bytes < 1 || bytes > 2) throw new RangeError('no length');
    length = 0;
    for (; at < 2 + bytes; at += 1) length = length * 256 + (der[at] ?? 0);
  }
  if (der[0] !== tag || at + length > der.length) throw new RangeError('no element');
  return { content: der.slice(at, at + length), end: at + length };
}
