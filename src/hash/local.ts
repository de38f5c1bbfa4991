import type { Digests, Hasher, WantedDigests } from '../ports.js';
import { Crc64 } from './crc64.js';
import { createFileStreams, type FileStreams } from './file-streams.js';
import { fingerprintFile } from './fingerprint.js';
import { Md5 } from './md5.js';
import type { Stretch } from './protocol.js';

/** Bytes hashed at a time: MD5 is several times slower until it is compiled. */
const PIECE_SIZE = 512 * 1024;
const MD5_PIECE_SIZE = 128 * 1024;
/** Milliseconds of hashing after which others are let in: on the main thread that is the user. */
const TASK_TIME = 8;

/** A hasher that also takes slices which are not cut yet. */
export interface LocalHasher extends Hasher {
  digestStretch(stretch: Stretch, wanted: WantedDigests, signal?: AbortSignal): Promise<Digests>;
}

/**
 * Hashes on the thread it is called on: in the worker, and on the main thread where no worker starts.
 *
 * Slices are hashed one after the other: six lanes that ask at once get the first answer after one slice, not all six
 * answers at the end. A fingerprint, which is short, doesn't queue.
 */
export function createLocalHasher(): LocalHasher {
  const streams = createFileStreams();
  let last: Promise<unknown> = Promise.resolve();
  const digestStretch: LocalHasher['digestStretch'] = (stretch, wanted, signal) => {
    const digests = last.then(() => digestNow(streams, stretch, wanted, signal));
    last = digests.catch(() => {});
    return digests;
  };
  return {
    digestStretch,
    digest: (slice, wanted, signal, { file, start } = { file: slice, start: 0 }) =>
      digestStretch({ file, start, size: slice.size, fileId: file }, wanted, signal),
    fingerprint: (file) => fingerprintFile(file),
    dispose: streams.close,
  };
}

async function digestNow(streams: FileStreams, stretch: Stretch, wanted: WantedDigests, signal: AbortSignal | undefined): Promise<Digests> {
  signal?.throwIfAborted();
  const crc64 = wanted.crc64 ? new Crc64() : undefined;
  const md5 = wanted.md5 ? new Md5() : undefined;
  const pieceSize = md5 ? MD5_PIECE_SIZE : PIECE_SIZE;
  const { file, start, size, fileId } = stretch;
  const end = start + size;
  let stream = streams.take(file, start, fileId);
  // Ends a read that hangs, too: slices behind this one wait for it.
  const abort = (): void => stream.cancel();
  signal?.addEventListener('abort', abort);
  try {
    let taskEnd = performance.now() + TASK_TIME;
    while (stream.position < end) {
      if (stream.position === stream.end) stream = streams.take(file, stream.end, fileId);
      const { position } = stream;
      const piece = await stream.read(Math.min(pieceSize, end - position)).catch(() => unreadable(file, position));
      signal?.throwIfAborted();
      if (piece.length === 0) await unreadable(file, position);
      crc64?.update(piece);
      md5?.update(piece);
      if (performance.now() < taskEnd) continue;
      await nextTask();
      signal?.throwIfAborted();
      taskEnd = performance.now() + TASK_TIME;
    }
    streams.leave(stream);
  } catch (error) {
    stream.cancel();
    throw error;
  } finally {
    signal?.removeEventListener('abort', abort);
  }
  return { ...(crc64 && { crc64: crc64.digest() }), ...(md5 && { md5: md5.base64() }) };
}

/** Why a slice ended early: Chromium's streams say only "network error", a read of the same place says what it is. */
async function unreadable(file: Blob, offset: number): Promise<never> {
  await file.slice(offset, offset + 1).arrayBuffer();
  throw new DOMException(`Reading stopped at byte ${offset} of ${file.size}`, 'NotReadableError');
}

/**
 * Lets messages and, on the main thread, the user in: a stream with bytes at hand never leaves the current task. Not a
 * timer, because a hidden tab's are throttled.
 */
function nextTask(): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(0);
  });
}
