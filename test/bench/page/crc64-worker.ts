/** CRC-64 alone, over bytes that are there. */
import { Crc64 } from '../../../src/hash/crc64.js';

const SIZE = 8 * 1024 * 1024;
/** As many bytes as a task of the hasher takes. */
const PIECE = 512 * 1024;

self.onmessage = ({ data: rounds }: MessageEvent<number>) => {
  const bytes = new Uint8Array(SIZE).map((_, index) => index * 31);
  const run = (): void => {
    const crc = new Crc64();
    for (let at = 0; at < SIZE; at += PIECE) crc.update(bytes.subarray(at, at + PIECE));
  };
  // Compiled first.
  for (let round = 0; round < 8; round += 1) run();
  const start = performance.now();
  for (let round = 0; round < rounds; round += 1) run();
  self.postMessage((rounds * SIZE) / (performance.now() - start) / 1000);
};
