import { fileError, fromFile, type FileErrorDetails } from '../core/file-errors.js';
import type { Bytes, Digests, Hasher, WantedDigests } from '../ports.js';

/** The file of one run: readings end with the run, and fail with what became of the file. */
export interface LocalFile {
  readonly blob: Blob;
  /**
   * Bytes `start` up to, not including, `end`, to be sent and hashed. Few are read once, now: to open a file twice costs more than
   * its bytes. Of many, it is what to read them from.
   * @param ending ends it earlier than the run
   * @throws {FileChangedError | FileUnreadableError}
   */
  slice(start: number, end: number, details: FileErrorDetails, ending?: AbortSignal): Promise<Blob | Bytes>;
  /** @throws {FileChangedError | FileUnreadableError} */
  fingerprint(key: string | undefined): Promise<string>;
  /**
   * The wanted digests of a slice of it.
   * @param ending ends it earlier than the run
   * @throws {FileChangedError | FileUnreadableError}
   */
  digest(slice: Blob | Bytes, wanted: WantedDigests, details: FileErrorDetails, ending?: AbortSignal): Promise<Digests>;
}

/** Bytes that are read into memory: six parts at once are 6 MiB. */
const LARGEST_IN_MEMORY = 1024 * 1024;

/** @param given of any realm */
export function createLocalFile(given: Blob, hasher: Hasher, signal: AbortSignal): LocalFile {
  // Reads of a Blob never end once its window is closed; those of a Blob of this page do.
  const blob = given instanceof Blob ? given : new Blob([given]);
  return {
    blob,
    async slice(start, end, details, ending = signal) {
      // Also of all: Firefox reads a file that was appended to up to where it ends by now.
      const slice = blob.slice(start, end);
      if (slice.size > LARGEST_IN_MEMORY) return slice;
      const bytes = new Uint8Array(await fromFile(slice.arrayBuffer(), ending, details));
      // Firefox reads a truncated file without an error.
      if (bytes.length !== slice.size) throw fileError(undefined, details);
      return bytes;
    },
    fingerprint: (key) => fromFile(hasher.fingerprint(blob, signal), signal, { key }),
    digest: (slice, wanted, details, ending = signal) => fromFile(hasher.digest(slice, wanted, ending), ending, details),
  };
}
