import { expect, test } from 'vitest';
import { combineCrc64, Crc64, crc64 } from '../../../src/emulator/crc64.js';
import vectors from '../../vectors/crc64.json' with { type: 'json' };

type Data = { utf8?: string; hex?: string; base64?: string; repeatByte?: number; pattern?: string; length?: number };

function bytesOf(data: Data): Buffer | undefined {
  if (data.utf8 !== undefined) return Buffer.from(data.utf8);
  if (data.hex !== undefined) return Buffer.from(data.hex, 'hex');
  if (data.base64 !== undefined) return Buffer.from(data.base64, 'base64');
  if (data.repeatByte !== undefined && data.length !== undefined) return Buffer.alloc(data.length, data.repeatByte);
  if (data.pattern === 'i*31+7 mod 256') return Buffer.from(Array.from({ length: data.length ?? 0 }, (_, i) => (i * 31 + 7) & 255));
  return undefined;
}

test.each(vectors.crc.map((vector) => [vector.id, vector] as const))('crc64 vector %s', (_, vector) => {
  const bytes = bytesOf(vector.data as Data);
  expect(bytes, `unknown data form ${JSON.stringify(vector.data)}`).toBeDefined();
  expect(crc64(bytes as Buffer)).toBe(vector.decimal);
});

test.each(vectors.combine.map((vector) => [vector.id, vector] as const))('combine vector %s', (_, { crc1, crc2, len2, result }) => {
  expect(combineCrc64(crc1, crc2, BigInt(len2))).toBe(result);
  // The second time the same length takes the remembered operator.
  expect(combineCrc64(crc1, crc2, BigInt(len2))).toBe(result);
});

test('chunks of any size at any alignment give the same value', () => {
  const bytes = Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 131 + 7) & 255));
  const whole = crc64(bytes);
  for (const size of [1, 3, 7, 15, 16, 17, 63, 1024, 4999]) {
    const crc = new Crc64();
    for (let i = 0; i < bytes.length; i += size) crc.update(bytes.subarray(i, i + size));
    expect(crc.digest()).toBe(whole);
  }
  for (let shift = 0; shift < 20; shift++) {
    const moved = Buffer.concat([Buffer.alloc(shift), bytes]).subarray(shift);
    expect(crc64(moved)).toBe(whole);
  }
});
