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

export function createLocalFile(blob: Blob, hasher: Hasher, signal: AbortSignal): LocalFile {
  return {
    blob,
    async read(key) {
      const bytes = new Uint8Array(await fromFile(blob.arrayBuffer(), signal, { key }));
      // Firefox reads a truncated file without an error.
      if (bytes.length !== blob.size) throw fileError(undefined, { key });
      return bytes;
    },
    fingerprint: (key) => fromFile(hasher.fingerprint(blob, signal), signal, { key }),
    digest: (slice, wanted, details, ending = signal) => fromFile(hasher.digest(slice, wanted, ending), ending, details),
  };
}
