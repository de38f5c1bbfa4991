import { afterEach, expect, test, vi } from 'vitest';
import { createFileStreams, type FileStream } from '../../src/hash/file-streams.js';

const KiB = 1024;
const bytes = Uint8Array.from({ length: 3000 * KiB }, (_, index) => index * 7 + (index >> 8));
const file = new Blob([bytes]);

/** Blobs that a stream was opened on, by size. */
function spyOnStreams(): number[] {
  const opened: number[] = [];
  const { stream } = Blob.prototype;
  vi.spyOn(Blob.prototype, 'stream').mockImplementation(function (this: Blob) {
    opened.push(this.size);
    return stream.call(this);
  });
  return opened;
}

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** So many bytes, or as many as there are. */
async function readAll(stream: FileStream, size: number): Promise<Uint8Array> {
  const pieces: number[] = [];
  while (pieces.length < size) {
    const piece = await stream.read(Math.min(700 * KiB, size - pieces.length));
    if (piece.length === 0) break;
    for (const byte of piece) pieces.push(byte);
  }
  return Uint8Array.from(pieces);
}

test('slices that follow each other are read through one stream', async () => {
  const opened = spyOnStreams();
  const streams = createFileStreams();
  for (let start = 0; start < file.size; start += 1000 * KiB) {
    const stream = streams.take(file, start, 'a');
    expect(await readAll(stream, 1000 * KiB)).toEqual(bytes.subarray(start, start + 1000 * KiB));
    streams.leave(stream);
  }
  expect(opened).toEqual([file.size]);
});

test('a place where no stream stands, and another file, get streams of their own', async () => {
  const opened = spyOnStreams();
  const streams = createFileStreams();
  const first = streams.take(file, 0, 'a');
  await readAll(first, 10);
  streams.leave(first);
  expect(await readAll(streams.take(file, 11, 'a'), 5)).toEqual(bytes.subarray(11, 16));
  expect(await readAll(streams.take(file, 10, 'b'), 5)).toEqual(bytes.subarray(10, 15));
  expect(opened).toEqual([file.size, file.size - 11, file.size - 10]);
  // The first one still stands where it was left.
  expect(await readAll(streams.take(file, 10, 'a'), 5)).toEqual(bytes.subarray(10, 15));
  expect(opened).toHaveLength(3);
});

test('a stream covers no more than its window, and says where it ends', async () => {
  const opened = spyOnStreams();
  const streams = createFileStreams(1000 * KiB);
  const stream = streams.take(file, 0, 'a');
  expect(await readAll(stream, 2000 * KiB)).toEqual(bytes.subarray(0, 1000 * KiB));
  expect(stream.position).toBe(stream.end);
  // At its end there is nothing to be kept.
  streams.leave(stream);
  expect(await readAll(streams.take(file, stream.end, 'a'), 10)).toEqual(bytes.subarray(1000 * KiB, 1000 * KiB + 10));
  expect(opened).toEqual([1000 * KiB, 1000 * KiB]);
});

test('four streams are kept, the newest ones, and none for longer than a second', async () => {
  vi.useFakeTimers();
  const opened = spyOnStreams();
  const streams = createFileStreams();
  const leave = async (fileId: number): Promise<void> => {
    const stream = streams.take(file, 0, fileId);
    await readAll(stream, 1);
    streams.leave(stream);
  };
  for (let fileId = 1; fileId <= 5; fileId += 1) await leave(fileId);
  expect(opened).toHaveLength(5);
  streams.leave(streams.take(file, 1, 5));
  streams.leave(streams.take(file, 1, 2));
  expect(opened).toHaveLength(5);
  streams.take(file, 1, 1).cancel();
  expect(opened).toHaveLength(6);
  vi.advanceTimersByTime(1_000);
  streams.take(file, 1, 5).cancel();
  expect(opened).toHaveLength(7);
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
  const stream = createFileStreams().take(file, 0, 'a');
  expect(await readAll(stream, 1000 * KiB)).toEqual(bytes.subarray(0, 1000 * KiB));
  expect(stream.position).toBe(1000 * KiB);
  expect(await readAll(stream, file.size)).toEqual(bytes.subarray(1000 * KiB));
});
