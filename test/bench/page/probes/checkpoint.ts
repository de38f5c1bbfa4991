/** Saves parts in the library's store, as an upload of 10,000 parts does. */
import { createCheckpointStore } from '../../../../src/browser/checkpoint-store.js';

const ID = 'bench';
const store = createCheckpointStore('bench-checkpoints');

const part = (number: number) => ({
  number,
  etag: '"0123456789ABCDEF0123456789ABCDEF"',
  size: 102_400,
  crc64: '12345678901234567890',
});

/**
 * @param mode 'begin' makes a record with `count` parts before `from`; 'save' saves `count` parts from there on, one after the
 * other, as when each finishes by itself
 * @returns milliseconds
 */
export async function probe(mode: 'begin' | 'save', from: number, count: number): Promise<number> {
  if (mode === 'begin') {
    await store.remove(ID);
    await store.save({
      version: 2,
      id: ID,
      fingerprint: 'v1:1024000000:0:00000000000000000000000000000000',
      region: 'cn-hangzhou',
      bucket: 'bench-bucket',
      key: 'bench.bin',
      uploadId: '0123456789ABCDEF0123456789ABCDEF',
      file: { name: 'bench.bin', size: 1_024_000_000, lastModified: 0, type: '' },
      partSize: 102_400,
      createdAt: 0,
      updatedAt: 0,
    });
    await Promise.all(Array.from({ length: count }, (_, index) => store.savePart(ID, part(from - count + index))));
    return 0;
  }
  const start = performance.now();
  for (let number = from; number < from + count; number += 1) await store.savePart(ID, part(number));
  return performance.now() - start;
}
