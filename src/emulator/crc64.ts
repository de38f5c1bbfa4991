/** CRC-64/XZ (ECMA-182, reflected): the checksum that OSS reports as `x-oss-hash-crc64ecma`. */
import { MAX_CHUNK, runBlocks, runByte } from './crc64-loop.js';

const ALL_ONES = 0xffff_ffff_ffff_ffffn;

/** A running CRC-64. `update` may be called with chunks of any size. */
export class Crc64 {
  #register = ALL_ONES;

  update(bytes: Uint8Array): this {
    const whole = bytes.length - (bytes.length % 16);
    for (let at = 0; at < whole; at += MAX_CHUNK) {
      this.#register = runBlocks(this.#register, bytes.subarray(at, Math.min(at + MAX_CHUNK, whole)));
    }
    for (let at = whole; at < bytes.length; at++) this.#register = runByte(this.#register, bytes[at] as number);
    return this;
  }

  /** The value as OSS writes it: unsigned decimal. */
  digest(): string {
    return (this.#register ^ ALL_ONES).toString();
  }
}

export function crc64(bytes: Uint8Array): string {
  return new Crc64().update(bytes).digest();
}

type Matrix = BigUint64Array;

function apply(matrix: Matrix, vector: bigint): bigint {
  let sum = 0n;
  for (let row = 0; vector !== 0n; row++, vector >>= 1n) if ((vector & 1n) === 1n) sum ^= matrix[row] as bigint;
  return sum;
}

function square(matrix: Matrix): Matrix {
  return matrix.map((row) => apply(matrix, row));
}

/** `powers[k]` is the operator that appends 2^k zero bytes. Filled on demand. */
const powers: Matrix[] = [];

function zeroBytes(power: number): Matrix {
  if (powers.length === 0) {
    const oneBit = new BigUint64Array(64);
    oneBit[0] = 0xc96c5795d7870f42n;
    for (let row = 1; row < 64; row++) oneBit[row] = 1n << BigInt(row - 1);
    powers.push(square(square(square(oneBit))));
  }
  while (powers.length <= power) powers.push(square(powers[powers.length - 1] as Matrix));
  return powers[power] as Matrix;
}

/** The operator for the last length: all parts of an upload but one are equally long. */
let repeated: { length: bigint; operator: Matrix | undefined } = { length: 0n, operator: undefined };

function appendZeros(value: bigint, length: bigint): bigint {
  for (let power = 0; length > 0n; power++, length >>= 1n) {
    if ((length & 1n) === 1n) value = apply(zeroBytes(power), value);
  }
  return value;
}

/** The CRC of A followed by B, computed from their CRCs and B's length (zlib's method over GF(2)). */
export function combineCrc64(first: string, second: string, secondLength: number | bigint): string {
  const length = BigInt(secondLength);
  if (length === 0n) return BigInt(first).toString();
  if (repeated.length !== length) {
    repeated = { length, operator: undefined };
    return (appendZeros(BigInt(first), length) ^ BigInt(second)).toString();
  }
  repeated.operator ??= new BigUint64Array(64).map((_, row) => appendZeros(1n << BigInt(row), length));
  return (apply(repeated.operator, BigInt(first)) ^ BigInt(second)).toString();
}
