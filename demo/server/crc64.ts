/**
 * CRC-64/XZ (ECMA-182, reflected): the checksum OSS reports as `x-oss-hash-crc64ecma`.
 *
 * JavaScript has no fast 64-bit integers, so a value lives in two signed 32-bit halves. The loop
 * is slicing-by-16: sixteen independent table look-ups per 16 bytes keep the CPU's ports busy,
 * where the byte-wise form waits for each look-up in turn.
 */

const POLYNOMIAL_HIGH = 0xc96c5795 | 0;
const POLYNOMIAL_LOW = 0xd7870f42 | 0;
const SLICES = 16;

/** Table k, entry i: the CRC of byte i followed by k zero bytes. */
const HIGH = new Int32Array(SLICES * 256);
const LOW = new Int32Array(SLICES * 256);

for (let byte = 0; byte < 256; byte++) {
  let low = byte;
  let high = 0;
  for (let bit = 0; bit < 8; bit++) {
    const carry = low & 1;
    low = (low >>> 1) | (high << 31);
    high >>>= 1;
    if (carry === 1) {
      low ^= POLYNOMIAL_LOW;
      high ^= POLYNOMIAL_HIGH;
    }
  }
  LOW[byte] = low;
  HIGH[byte] = high;
}
for (let index = 256; index < SLICES * 256; index++) {
  const low = LOW[index - 256] as number;
  const high = HIGH[index - 256] as number;
  LOW[index] = ((low >>> 8) | (high << 24)) ^ (LOW[low & 255] as number);
  HIGH[index] = (high >>> 8) ^ (HIGH[low & 255] as number);
}

const LITTLE_ENDIAN = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

/** A running CRC-64. `update` may be called with chunks of any size and alignment. */
export class Crc64 {
  #high = -1;
  #low = -1;

  update(bytes: Uint8Array): this {
    // Int32Array needs a 4-byte aligned start; sockets hand out slices that begin anywhere.
    const lead = LITTLE_ENDIAN ? Math.min(bytes.length, -bytes.byteOffset & 3) : bytes.length;
    this.#bytes(bytes, 0, lead);
    const blocks = (bytes.length - lead) >>> 4;
    if (blocks > 0) this.#words(new Int32Array(bytes.buffer, bytes.byteOffset + lead, blocks * 4));
    this.#bytes(bytes, lead + blocks * 16, bytes.length);
    return this;
  }

  #bytes(bytes: Uint8Array, from: number, to: number): void {
    let high = this.#high;
    let low = this.#low;
    for (let i = from; i < to; i++) {
      const index = (low ^ (bytes[i] as number)) & 255;
      low = ((low >>> 8) | (high << 24)) ^ (LOW[index] as number);
      high = (high >>> 8) ^ (HIGH[index] as number);
    }
    this.#high = high;
    this.#low = low;
  }

  #words(words: Int32Array): void {
    const H = HIGH;
    const L = LOW;
    let high = this.#high;
    let low = this.#low;
    for (let i = 0; i < words.length; i += 4) {
      const a = (words[i] as number) ^ low;
      const b = (words[i + 1] as number) ^ high;
      const c = words[i + 2] as number;
      const d = words[i + 3] as number;
      const a0 = 3840 + (a & 255), a1 = 3584 + ((a >>> 8) & 255), a2 = 3328 + ((a >>> 16) & 255), a3 = 3072 + (a >>> 24);
      const b0 = 2816 + (b & 255), b1 = 2560 + ((b >>> 8) & 255), b2 = 2304 + ((b >>> 16) & 255), b3 = 2048 + (b >>> 24);
      const c0 = 1792 + (c & 255), c1 = 1536 + ((c >>> 8) & 255), c2 = 1280 + ((c >>> 16) & 255), c3 = 1024 + (c >>> 24);
      const d0 = 768 + (d & 255), d1 = 512 + ((d >>> 8) & 255), d2 = 256 + ((d >>> 16) & 255), d3 = d >>> 24;
      low =
        L[a0]! ^ L[a1]! ^ L[a2]! ^ L[a3]! ^ L[b0]! ^ L[b1]! ^ L[b2]! ^ L[b3]! ^
        L[c0]! ^ L[c1]! ^ L[c2]! ^ L[c3]! ^ L[d0]! ^ L[d1]! ^ L[d2]! ^ L[d3]!;
      high =
        H[a0]! ^ H[a1]! ^ H[a2]! ^ H[a3]! ^ H[b0]! ^ H[b1]! ^ H[b2]! ^ H[b3]! ^
        H[c0]! ^ H[c1]! ^ H[c2]! ^ H[c3]! ^ H[d0]! ^ H[d1]! ^ H[d2]! ^ H[d3]!;
    }
    this.#high = high;
    this.#low = low;
  }

  /** The value as OSS writes it: unsigned decimal. */
  digest(): string {
    return ((BigInt(~this.#high >>> 0) << 32n) | BigInt(~this.#low >>> 0)).toString();
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

/** `powers[k]`: the operator that appends 2^k zero bytes. Built as far as it was needed. */
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

/** The operator of the length seen last: an upload's parts are equally long, all but one. */
let repeated: { length: bigint; operator: Matrix | undefined } = { length: 0n, operator: undefined };

function appendZeros(value: bigint, length: bigint): bigint {
  for (let power = 0; length > 0n; power++, length >>= 1n) {
    if ((length & 1n) === 1n) value = apply(zeroBytes(power), value);
  }
  return value;
}

/** The CRC of A followed by B, from theirs and B's length (zlib's method over GF(2)). */
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
