import { createTurns } from '../core/yield-to-page.js';
import type { Bytes, Digests, Hasher, WantedDigests } from '../ports.js';
import { Crc64 } from './crc64.js';
import { fingerprintFile } from './fingerprint.js';
import { Md5 } from './md5.js';
import { openSlice, type SliceReader } from './slice-reader.js';

/** Bytes hashed at a time. Fewer for MD5, which is several times slower until it is compiled. */
const PIECE_SIZE = 512 * 1024;
const MD5_PIECE_SIZE = 128 * 1024;

/**
 * Hashes on the thread that calls it: in the worker, and on the main thread if no worker starts.
 *
 * Slices are hashed one after the other: of six calls at once, the first is answered after one slice, not all six at the end. A
 * fingerprint, which is short, doesn't queue.
 */
export function createLocalHasher(): Hasher {
  let last: Promise<unknown> = Promise.resolve();
  return {
    digest(slice, wanted, signal) {
      const digests = last.then(() => digestSlice(slice, wanted, signal));
      last = digests.catch(() => {});
      return digests;
    },
    fingerprint: (file) => fingerprintFile(file),
    dispose() {},
  };
}

/**
 * Readers of slices that are being read. Chromium collects a stream that nobody holds, although a read is pending: that read never
 * ends.
 */
const reading = new Set<SliceReader>();

async function digestSlice(slice: Blob | Bytes, wanted: WantedDigests, signal?: AbortSignal): Promise<Digests> {
  signal?.throwIfAborted();
  const crc64 = wanted.crc64 ? new Crc64() : undefined;
  const md5 = wanted.md5 ? new Md5() : undefined;
  if (slice instanceof Uint8Array) {
    crc64?.update(slice);
    md5?.update(slice);
  } else await digestBlob(slice, crc64, md5, signal);
  return { crc64: crc64?.digest(), md5: md5?.base64() };
}

async function digestBlob(slice: Blob, crc64: Crc64 | undefined, md5: Md5 | undefined, signal: AbortSignal | undefined): Promise<void> {
  const pieceSize = md5 ? MD5_PIECE_SIZE : PIECE_SIZE;
  // Each slice is opened anew, although the previous stream could be continued: only so a deleted or changed file is noticed.
  const reader = openSlice(slice);
  reading.add(reader);
  // Ends a read that hangs, too: the next slices wait for it.
  signal?.addEventListener('abort', reader.cancel, { once: true });
  const pageTurn = createTurns();
  try {
    for (let done = 0; done < slice.size; ) {
      const piece = await reader.read(pieceSize).catch(() => unreadable(slice, done));
      signal?.throwIfAborted();
      if (piece.length === 0) await unreadable(slice, done);
      crc64?.update(piece);
      md5?.update(piece);
      done += piece.length;
      // On the main thread, the user's turn.
      await pageTurn();
      signal?.throwIfAborted();
    }
  } finally {
    reading.delete(reader);
  }
}

/** Finds out why a slice ended early: Chromium's streams report only "network error", a read of the same byte the reason. */
async function unreadable(slice: Blob, offset: number): Promise<never> {
  await slice.slice(offset, offset + 1).arrayBuffer();
  throw new DOMException(`Reading stopped at byte ${offset} of ${slice.size}`, 'NotReadableError');
}
