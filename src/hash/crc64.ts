/** ECMA-182, reflected: 0xC96C5795D7870F42. */
const POLYNOMIAL_HIGH = 0xc96c5795 | 0;
const POLYNOMIAL_LOW = 0xd7870f42 | 0;
const SLICES = 8;

/** Entry `slice * 256 + byte`: what `byte` becomes after it and `slice` more zero bytes went through. */
interface Tables {
  high: Int32Array;
  low: Int32Array;
}

let tables: Tables | undefined;

/**
 * Incremental CRC-64/XZ, the checksum in `x-oss-hash-crc64ecma`: slicing-by-8 on two 32-bit lanes, because BigInt
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
    // Words must begin at a multiple of four. They are read little-endian, as every platform with a browser is.
    const aligned = bytes.byteOffset & 3 ? new Uint8Array(bytes) : bytes;
    const words = new Int32Array(aligned.buffer, aligned.byteOffset, (aligned.length >> 3) << 1);
    for (let word = 0; word < words.length; word += 2) {
      const a = crcLow ^ words[word]!;
      const b = crcHigh ^ words[word + 1]!;
      const i0 = 1792 | (a & 255);
      const i1 = 1536 | ((a >>> 8) & 255);
      const i2 = 1280 | ((a >>> 16) & 255);
      const i3 = 1024 | (a >>> 24);
      const i4 = 768 | (b & 255);
      const i5 = 512 | ((b >>> 8) & 255);
      const i6 = 256 | ((b >>> 16) & 255);
      const i7 = b >>> 24;
      crcLow = low[i0]! ^ low[i1]! ^ low[i2]! ^ low[i3]! ^ low[i4]! ^ low[i5]! ^ low[i6]! ^ low[i7]!;
      crcHigh = high[i0]! ^ high[i1]! ^ high[i2]! ^ high[i3]! ^ high[i4]! ^ high[i5]! ^ high[i6]! ^ high[i7]!;
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

/** The CRC-64/XZ of bytes that are all there, as unsigned decimal text. */
export function crc64(bytes: Uint8Array): string {
  return new Crc64().update(bytes).digest();
}

/** 16 KiB, built when the first byte is hashed. */
function buildTables(): Tables {
  const high = new Int32Array(SLICES * 256);
  const low = new Int32Array(SLICES * 256);
  for (let byte = 0; byte < 256; byte += 1) {
    let h = 0;
    let l = byte;
    for (let bit = 0; bit < 8; bit += 1) {
      const carry = -(l & 1);
      l = ((l >>> 1) | (h << 31)) ^ (POLYNOMIAL_LOW & carry);
      h = (h >>> 1) ^ (POLYNOMIAL_HIGH & carry);
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
