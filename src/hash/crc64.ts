import { CRC64_POLYNOMIAL } from '../core/crc64-combine.js';

const SLICES = 16;

/** Entry `slice * 256 + byte`: the CRC of `byte` followed by `slice` zero bytes. */
interface Tables {
  high: Int32Array;
  low: Int32Array;
}

let tables: Tables | undefined;

/**
 * Incremental CRC-64/XZ, the checksum in `x-oss-hash-crc64ecma`: slicing-by-16 on two 32-bit lanes, because BigInt
 * arithmetic is some hundred times slower.
 */
export class Crc64 {
  #high = -1;
  #low = -1;

  /** Adds bytes. */
  update(bytes: Uint8Array): this {
    const { high, low } = (tables ??= buildTables());
    let crcHigh = this.#high;
    let crcLow = this.#low;
    // Words must begin at a multiple of four. They are read as little-endian, like all platforms with a browser.
    const aligned = bytes.byteOffset & 3 ? new Uint8Array(bytes) : bytes;
    const words = new Int32Array(aligned.buffer, aligned.byteOffset, (aligned.length >> 4) << 2);
    for (let word = 0; word < words.length; word += 4) {
      const a = crcLow ^ words[word]!;
      const b = crcHigh ^ words[word + 1]!;
      const c = words[word + 2]!;
      const d = words[word + 3]!;
      const i0 = 3840 | (a & 255);
      const i1 = 3584 | ((a >>> 8) & 255);
      const i2 = 3328 | ((a >>> 16) & 255);
      const i3 = 3072 | (a >>> 24);
      const i4 = 2816 | (b & 255);
      const i5 = 2560 | ((b >>> 8) & 255);
      const i6 = 2304 | ((b >>> 16) & 255);
      const i7 = 2048 | (b >>> 24);
      const i8 = 1792 | (c & 255);
      const i9 = 1536 | ((c >>> 8) & 255);
      const i10 = 1280 | ((c >>> 16) & 255);
      const i11 = 1024 | (c >>> 24);
      const i12 = 768 | (d & 255);
      const i13 = 512 | ((d >>> 8) & 255);
      const i14 = 256 | ((d >>> 16) & 255);
      const i15 = d >>> 24;
      // The half that doesn't depend on earlier words comes first: the processor need not wait.
      crcLow =
        low[i8]! ^
        low[i9]! ^
        low[i10]! ^
        low[i11]! ^
        low[i12]! ^
        low[i13]! ^
        low[i14]! ^
        low[i15]! ^
        (low[i0]! ^ low[i1]! ^ low[i2]! ^ low[i3]! ^ low[i4]! ^ low[i5]! ^ low[i6]! ^ low[i7]!);
      crcHigh =
        high[i8]! ^
        high[i9]! ^
        high[i10]! ^
        high[i11]! ^
        high[i12]! ^
        high[i13]! ^
        high[i14]! ^
        high[i15]! ^
        (high[i0]! ^ high[i1]! ^ high[i2]! ^ high[i3]! ^ high[i4]! ^ high[i5]! ^ high[i6]! ^ high[i7]!);
    }
    for (let index = words.length << 2; index < aligned.length; index += 1) {
      const entry = (crcLow ^ aligned[index]!) & 255;
      crcLow = ((crcLow >>> 8) | (crcHigh << 24)) ^ low[entry]!;
      crcHigh = (crcHigh >>> 8) ^ high[entry]!;
    }
    this.#high = crcHigh;
    this.#low = crcLow;
    return this;
  }

  /** The CRC so far as unsigned decimal text. More bytes may follow. */
  digest(): string {
    return String((BigInt(~this.#high >>> 0) << 32n) | BigInt(~this.#low >>> 0));
  }
}

/** The CRC-64/XZ of some bytes, as unsigned decimal text. */
export function crc64(bytes: Uint8Array): string {
  return new Crc64().update(bytes).digest();
}

/** 32 KiB, built when the first byte is hashed. */
function buildTables(): Tables {
  const polynomialHigh = Number(BigInt.asIntN(32, CRC64_POLYNOMIAL >> 32n));
  const polynomialLow = Number(BigInt.asIntN(32, CRC64_POLYNOMIAL));
  const high = new Int32Array(SLICES * 256);
  const low = new Int32Array(SLICES * 256);
  for (let byte = 0; byte < 256; byte += 1) {
    let h = 0;
    let l = byte;
    for (let bit = 0; bit < 8; bit += 1) {
      const carry = -(l & 1);
      l = ((l >>> 1) | (h << 31)) ^ (polynomialLow & carry);
      h = (h >>> 1) ^ (polynomialHigh & carry);
    }
    high[byte] = h;
    low[byte] = l;
  }
  for (let index = 256; index < SLICES * 256; index += 1) {
    const h = high[index - 256]!;
    const l = low[index - 256]!;
    high[index] = (h >>> 8) ^ high[l & 255]!;
    low[index] = ((l >>> 8) | (h << 24)) ^ low[l & 255]!;
  }
  return { high, low };
}
