import { Md5 } from './md5.js';

const SAMPLES = 16;
const SAMPLE_SIZE = 65_536;

/**
 * Distinguishes files without reading them completely: `v1:<size>:<lastModified>:<md5>`.
 *
 * The MD5 covers everything up to 1 MiB, and 16 samples of 64 KiB of larger files: the head, the tail, and 14 evenly between.
 * So at most 1 MiB is read and hashed (about 12 ms of MD5), whatever the size; a disk takes as long to find 4 KiB as 64. The
 * name is not included: a renamed file is the same file. Equal fingerprints don't prove equal files: parts of an earlier page
 * load are hashed again.
 *
 * @throws DOMException `NotReadableError` or `NotFoundError` when the file changed or is gone
 */
export async function fingerprintFile(file: Blob): Promise<string> {
  const { size } = file;
  const lastModified = (file as Partial<File>).lastModified ?? 0;
  // A slice of a small file, too: Firefox would read the whole file to its current end.
  const isSmall = size <= SAMPLES * SAMPLE_SIZE;
  const samples = isSmall ? [file.slice(0, size)] : sampleOffsets(size).map((offset) => file.slice(offset, offset + SAMPLE_SIZE));
  const md5 = new Md5();
  for (const bytes of await Promise.all(samples.map(readWhole))) md5.update(new Uint8Array(bytes));
  return `v1:${size}:${lastModified}:${md5.hex()}`;
}

/** Firefox reads a truncated file without an error and just gets fewer bytes. */
async function readWhole(sample: Blob): Promise<ArrayBuffer> {
  const bytes = await sample.arrayBuffer();
  if (bytes.byteLength < sample.size) throw new DOMException('The file is shorter than it was', 'NotReadableError');
  return bytes;
}

/**
 * Offsets of the samples. The last one is set, not computed: fifteen times a fifteenth is less than the whole for one size in
 * fifty (33,108,236 bytes, for example), and then no sample would contain the last byte. The others keep the rounding of doubles,
 * which is the same on every machine.
 */
function sampleOffsets(size: number): number[] {
  const last = size - SAMPLE_SIZE;
  return Array.from({ length: SAMPLES }, (_, index) => (index < SAMPLES - 1 ? Math.floor((last / (SAMPLES - 1)) * index) : last));
}
