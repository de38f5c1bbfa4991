import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { combineCrc64 } from '../../../src/core/crc64-combine.js';
import { Crc64, crc64 } from '../../../src/hash/crc64.js';
import vectors from '../../vectors/crc64.json' with { type: 'json' };

type VectorData = { utf8?: string; hex?: string; repeatByte?: number; length?: number; pattern?: string };

/** The bytes a vector stands for. */
function bytesOf(data: VectorData): Uint8Array {
  if (data.utf8 !== undefined) return new TextEncoder().encode(data.utf8);
  if (data.hex !== undefined) return new Uint8Array(Buffer.from(data.hex, 'hex'));
  const bytes = new Uint8Array(data.length!);
  if (data.repeatByte !== undefined) return bytes.fill(data.repeatByte);
  if (data.pattern === 'i*31+7 mod 256') return bytes.map((_, index) => index * 31 + 7);
  if (data.pattern === 'i mod 256') return bytes.map((_, index) => index);
  throw new Error(`Unknown vector data ${JSON.stringify(data)}`);
}

/** One bit at a time, as the definition has it. */
function bitwise(bytes: Uint8Array): string {
  let crc = 0xffffffffffffffffn;
  for (const byte of bytes) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1n ? (crc >> 1n) ^ 0xc96c5795d7870f42n : crc >> 1n;
  }
  return String(crc ^ 0xffffffffffffffffn);
}

describe('Crc64', () => {
  test.each(vectors.crc)('gives the published value of $id', ({ data, decimal }) => {
    expect(crc64(bytesOf(data))).toBe(decimal);
  });

  test('equals the bit-by-bit definition at every length and alignment', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(9), (bytes, offset) => {
        const shifted = new Uint8Array(bytes.length + offset);
        shifted.set(bytes, offset);
        expect(crc64(shifted.subarray(offset))).toBe(bitwise(bytes));
      }),
    );
  });

  test('gives the same value however the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 12 }), (pieces) => {
        const crc = new Crc64();
        for (const piece of pieces) crc.update(piece);
        expect(crc.digest()).toBe(crc64(Uint8Array.from(pieces.flatMap((piece) => [...piece]))));
      }),
    );
  });

  test('continues after a digest', () => {
    const crc = new Crc64().update(bytesOf({ utf8: '1234' }));
    crc.digest();
    expect(crc.update(bytesOf({ utf8: '56789' })).digest()).toBe('11051210869376104954');
  });
});

describe('combineCrc64', () => {
  test.each(vectors.combine)('gives the published value of $id', ({ crc1, crc2, len2, result }) => {
    expect(combineCrc64(crc1, crc2, BigInt(len2))).toBe(result);
  });

  test.each(vectors.multipart)('gives the object value of $id from its parts', ({ parts, objectCrc64 }) => {
    let crc = '0';
    for (const part of parts) {
      expect(crc64(bytesOf(part.data))).toBe(part.crc64);
      crc = combineCrc64(crc, part.crc64, part.size);
    }
    expect(crc).toBe(objectCrc64);
  });

  test('equals the value of the concatenation', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.uint8Array({ maxLength: 100 }), (a, b) => {
        expect(combineCrc64(crc64(a), crc64(b), b.length)).toBe(crc64(Uint8Array.from([...a, ...b])));
      }),
    );
  });

  test('is associative, up to 2^53 bytes', () => {
    const crcs = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String);
    const lengths = fc.integer({ min: 1, max: 2 ** 52 });
    fc.assert(
      fc.property(crcs, crcs, crcs, lengths, lengths, (a, b, c, bLength, cLength) => {
        expect(combineCrc64(combineCrc64(a, b, bLength), c, cLength)).toBe(combineCrc64(a, combineCrc64(b, c, cLength), bLength + cLength));
      }),
    );
  });

  test('combines 10,000 parts of one size to the same as half of them combined with itself', () => {
    const [part, size] = ['11051210869376104954', 5 * 2 ** 30];
    const combineParts = (count: number): string => {
      let crc = '0';
      for (let done = 0; done < count; done += 1) crc = combineCrc64(crc, part, size);
      return crc;
    };
    const half = combineParts(5_000);
    expect(combineParts(10_000)).toBe(combineCrc64(half, half, 5_000 * size));
  });
});
