import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fingerprintFile } from '../../../src/hash/fingerprint.js';
import { MiB } from '../../helpers/sizes.js';

/** Bytes that differ everywhere, so that any other sample is another fingerprint. */
function pseudoRandom(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let state = 1;
  for (let index = 0; index < length; index += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
}

/** A file that counts what is read of it. */
function countedFile(size: number): { file: Blob; reads: [start: number, end: number][] } {
  const reads: [number, number][] = [];
  const file = {
    size,
    lastModified: 5,
    slice: (start: number, end: number) => ({
      arrayBuffer: async () => {
        reads.push([start, end]);
        return new ArrayBuffer(end - start);
      },
    }),
  };
  return { file: file as unknown as Blob, reads };
}

describe('fingerprintFile', () => {
  test('covers the whole content of a file of up to 1 MiB', async () => {
    const bytes = pseudoRandom(MiB);
    const md5 = createHash('md5').update(bytes).digest('hex');
    expect(await fingerprintFile(new File([bytes], 'a.bin', { lastModified: 1_700_000_000_123 }))).toBe(`v1:1048576:1700000000123:${md5}`);
  });

  test('takes a Blob, which has no date, and an empty one', async () => {
    expect(await fingerprintFile(new Blob([]))).toBe('v1:0:0:d41d8cd98f00b204e9800998ecf8427e');
  });

  test('does not depend on the name', async () => {
    const [a, b] = ['a', 'b'].map((name) => new File(['same'], name, { lastModified: 7 }));
    expect(await fingerprintFile(a!)).toBe(await fingerprintFile(b!));
  });

  test('depends on the date', async () => {
    const [a, b] = [7, 8].map((lastModified) => new File(['same'], 'a', { lastModified }));
    expect(await fingerprintFile(a!)).not.toBe(await fingerprintFile(b!));
  });

  test.each([0, 65_535, 3 * MiB - 65_536, 3 * MiB - 1])('notices a change in a sampled place: byte %i of 3 MiB', async (place) => {
    const bytes = pseudoRandom(3 * MiB);
    const before = await fingerprintFile(new Blob([bytes]));
    bytes[place]! ^= 1;
    expect(await fingerprintFile(new Blob([bytes]))).not.toBe(before);
  });

  test.each([MiB + 1, 100 * MiB, 48 * 2 ** 40])('reads 16 samples, 1 MiB in all, of a file of %i bytes', async (size) => {
    const { file, reads } = countedFile(size);
    await fingerprintFile(file);
    expect(reads).toHaveLength(16);
    expect(reads.every(([start, end]) => Number.isInteger(start) && end - start === 65_536)).toBe(true);
    expect(reads[0]![0]).toBe(0);
    expect(reads[15]![1]).toBe(size);
  });

  describe('samples', () => {
    const SAMPLE = 65_536;
    /** As of the releases that left out the last byte of some sizes. */
    const offsetsBefore = (size: number): number[] => Array.from({ length: 16 }, (_, index) => Math.floor(((size - SAMPLE) / 15) * index));
    const samplesOf = async (size: number): Promise<[start: number, end: number][]> => {
      const { file, reads } = countedFile(size);
      await fingerprintFile(file);
      return reads;
    };
    const anySize = fc.oneof(fc.integer({ min: MiB + 1, max: 2 ** 31 }), fc.integer({ min: MiB + 1, max: 10_000 * 5 * 2 ** 30 }));

    test('of 33,108,236 bytes include the last one', async () => {
      expect((await samplesOf(33_108_236)).at(-1)).toEqual([33_108_236 - SAMPLE, 33_108_236]);
    });

    test('are 16 whole ones of any size, ascending, from the first byte to the last, and none past the end', async () => {
      await fc.assert(
        fc.asyncProperty(anySize, async (size) => {
          const reads = await samplesOf(size);
          expect(reads).toHaveLength(16);
          expect([reads[0]![0], reads[15]![1]]).toEqual([0, size]);
          for (const [index, [start, end]] of reads.entries()) {
            expect(Number.isSafeInteger(start) && end - start === SAMPLE && end <= size).toBe(true);
            if (index > 0) expect(start).toBeGreaterThan(reads[index - 1]![0]);
          }
        }),
        { numRuns: 200 },
      );
    });

    test('are where they were, so that old records still match, but for sizes whose last byte was in none', async () => {
      let moved = 0;
      for (let size = 33_000_000; size < 33_000_100; size += 1) {
        const before = offsetsBefore(size);
        const now = (await samplesOf(size)).map(([start]) => start);
        expect(now.slice(0, 15)).toEqual(before.slice(0, 15));
        if (before[15] === size - SAMPLE) expect(now[15]).toBe(before[15]);
        else moved += 1;
      }
      expect(moved).toBeGreaterThan(0);
    });
  });
});
