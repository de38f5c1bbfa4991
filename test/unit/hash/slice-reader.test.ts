import { afterEach, expect, test, vi } from 'vitest';
import { openSlice, type SliceReader } from '../../../src/hash/slice-reader.js';
import { KiB } from '../../helpers/sizes.js';

const bytes = Uint8Array.from({ length: 1500 * KiB }, (_, index) => index * 7 + (index >> 8));
const slice = new Blob([bytes]);

afterEach(() => void vi.restoreAllMocks());

/** To the end, and the sizes of what came. */
async function readAll(reader: SliceReader, limit: number): Promise<{ content: Uint8Array; sizes: number[] }> {
  const pieces: Uint8Array[] = [];
  for (;;) {
    const piece = await reader.read(limit);
    if (piece.length === 0) break;
    // They are overwritten by the next read.
    pieces.push(piece.slice());
  }
  return {
    content: new Uint8Array(await new Blob(pieces as Uint8Array<ArrayBuffer>[]).arrayBuffer()),
    sizes: pieces.map(({ length }) => length),
  };
}

test.each([1 * KiB, 100 * KiB, 512 * KiB, 4096 * KiB])('reads every byte, at most %i at a time', async (limit) => {
  const { content, sizes } = await readAll(openSlice(slice), limit);
  expect(Buffer.compare(content, bytes)).toBe(0);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(Math.min(limit, 512 * KiB));
});

test('an empty slice is at its end at once', async () => {
  expect(await openSlice(new Blob([])).read(10)).toHaveLength(0);
});

test('where a stream hands out buffers of its own, what is more than was asked for is kept for the next read', async () => {
  const chunks = [bytes.slice(0, 900 * KiB), bytes.slice(900 * KiB, 901 * KiB), bytes.slice(901 * KiB)];
  vi.spyOn(Blob.prototype, 'stream').mockImplementation(
    () =>
      new ReadableStream({
        pull(controller) {
          const chunk = chunks.shift();
          if (chunk) controller.enqueue(chunk);
          else controller.close();
        },
      }),
  );
  const { content, sizes } = await readAll(openSlice(slice), 500 * KiB);
  expect(Buffer.compare(content, bytes)).toBe(0);
  expect(sizes).toEqual([500, 400, 1, 500, 99].map((size) => size * KiB));
});
