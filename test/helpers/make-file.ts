/** Files of known bytes and their checksum, in browsers and in Node. */
import { crc64 } from '../../src/hash/crc64.js';
import { noise } from './noise.js';

/** A file of pseudo-random bytes: the same arguments give the same bytes. */
export function makeFile(size: number, { seed = 1, name = 'file.bin', lastModified = 1_700_000_000_000, type = '' } = {}): File {
  return new File([noise(size, seed)], name, { lastModified, type });
}

export async function crcOf(blob: Blob): Promise<string> {
  return crc64(new Uint8Array(await blob.arrayBuffer()));
}
