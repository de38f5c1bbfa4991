/** A hasher without a worker, which a test can delay and make fail. */
import { abortable } from '../../src/core/abortable.js';
import { crc64 } from '../../src/hash/crc64.js';
import { Md5 } from '../../src/hash/md5.js';
import type { Hasher } from '../../src/ports.js';

export interface TestHasher extends Hasher {
  /** Sizes of the slices that were hashed, in order. */
  digests: number[];
  /** Every read fails with this. */
  fail: unknown;
  /** Digests wait for this. */
  hold: Promise<unknown> | undefined;
}

export function createTestHasher(): TestHasher {
  const hasher: TestHasher = {
    digests: [],
    fail: undefined,
    hold: undefined,
    async digest(slice, wanted, signal) {
      const whole = new Blob([slice]);
      hasher.digests.push(whole.size);
      if (hasher.hold) await (signal ? abortable(hasher.hold, signal) : hasher.hold);
      signal?.throwIfAborted();
      if (hasher.fail !== undefined) throw hasher.fail;
      const bytes = new Uint8Array(await whole.arrayBuffer());
      return { ...(wanted.crc64 && { crc64: crc64(bytes) }), ...(wanted.md5 && { md5: new Md5().update(bytes).base64() }) };
    },
    async fingerprint(file) {
      if (hasher.fail !== undefined) throw hasher.fail;
      const sample = new Uint8Array(await file.slice(0, 1000).arrayBuffer());
      return `v1:${file.size}:${(file as Partial<File>).lastModified}:${new Md5().update(sample).hex()}`;
    },
    dispose() {},
  };
  return hasher;
}
