/** A polynomial over GF(2) modulo the CRC's, in two 32-bit lanes: bit 63 is x^0, bit 0 is x^63 (reflected). */
type Polynomial = readonly [high: number, low: number];

/** ECMA-182, reflected: 0xC96C5795D7870F42. */
const POLYNOMIAL_HIGH = 0xc96c5795 | 0;
const POLYNOMIAL_LOW = 0xd7870f42 | 0;

// All parts of a file but the last have one length: remembering one shift makes 10,000 combines cheap.
let lastLength: bigint | undefined;
let lastShift: Polynomial;

/**
 * The CRC-64/XZ of two pieces of data put together, from the CRCs of the pieces.
 *
 * Appending n bytes multiplies the first CRC by x^(8n): zlib's method, one multiplication instead of a matrix.
 *
 * @param crc1 of the first piece, unsigned decimal text
 * @param crc2 of the second piece, unsigned decimal text
 * @param length2 bytes in the second piece
 * @returns unsigned decimal text, as in `x-oss-hash-crc64ecma`
 */
export function combineCrc64(crc1: string, crc2: string, length2: number | bigint): string {
  const length = BigInt(length2);
  if (!length) return crc1;
  if (length !== lastLength) {
    lastShift = shiftFor(length);
    lastLength = length;
  }
  const [high, low] = multiply(parse(crc1), lastShift);
  const [high2, low2] = parse(crc2);
  return format([high ^ high2, low ^ low2]);
}

/** x^(8 × bytes), by squaring. */
function shiftFor(bytes: bigint): Polynomial {
  let shift: Polynomial = [1 << 31, 0]; // x^0
  let square: Polynomial = [1 << 23, 0]; // x^8
  for (; bytes; bytes >>= 1n) {
    if (bytes & 1n) shift = multiply(shift, square);
    square = multiply(square, square);
  }
  return shift;
}

function multiply([aHigh, aLow]: Polynomial, [bHigh, bLow]: Polynomial): Polynomial {
  let high = 0;
  let low = 0;
  for (let bit = 0; bit < 64; bit += 1) {
    // All ones or all zeros: a branch on random bits would be mispredicted half of the time.
    const take = ((bit < 32 ? aHigh : aLow) << bit) >> 31;
    high ^= bHigh & take;
    low ^= bLow & take;
    const carry = -(bLow & 1);
    bLow = ((bLow >>> 1) | (bHigh << 31)) ^ (POLYNOMIAL_LOW & carry);
    bHigh = (bHigh >>> 1) ^ (POLYNOMIAL_HIGH & carry);
  }
  return [high, low];
}

function parse(decimal: string): Polynomial {
  const value = BigInt(decimal);
  return [Number(value >> 32n) | 0, Number(value & 0xffffffffn) | 0];
}

function format([high, low]: Polynomial): string {
  return String((BigInt(high >>> 0) << 32n) | BigInt(low >>> 0));
}
