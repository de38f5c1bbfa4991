import { fileError, fromFile, type FileErrorDetails } from '../core/file-errors.js';
import type { Bytes, Digests, Hasher, WantedDigests } from '../ports.js';

/** The file of one run: readings end with the run, and fail with what became of the file. */
export interface LocalFile {
  readonly blob: Blob;
  /**
   * All of its bytes.
   * @throws {FileChangedError | FileUnreadableError}
   */
  read(key: string): Promise<Bytes>;
  /** @throws {FileChangedError | FileUnreadableError} */
  fingerprint(key: string | undefined): Promise<string>;
  /**
   * The wanted digests of a slice of it.
   * @param ending ends it earlier than the run
   * @throws {FileChangedError | FileUnreadableError}
   */
  digest(slice: Blob | Bytes, wanted: WantedDigests, details: FileErrorDetails, ending?: AbortSignal): Promise<Digests>;
}

/** @param given of any realm */
export function createLocalFile(given: Blob, hasher: Hasher, signal: AbortSignal): LocalFile {
  // Reads of a Blob never end once its window is closed; those of a Blob of this page do.
  const blob = given instanceof Blob ? given : new Blob([given]);
  return {
    blob,
    async read(key) {
      // A slice of all: Firefox reads a file that was appended to up to where it ends by now.
      const bytes = new Uint8Array(await fromFile(blob.slice(0, blob.size).arrayBuffer(), signal, { key }));
      // And it reads a truncated file without an error.
      if (bytes.length !== blob.size) throw fileError(undefined, { key });
      return bytes;
    },
    fingerprint: (key) => fromFile(hasher.fingerprint(blob, signal), signal, { key }),
    digest: (slice, wanted, details, ending = signal) => fromFile(hasher.digest(slice, wanted, ending), ending, details),
  };
}
