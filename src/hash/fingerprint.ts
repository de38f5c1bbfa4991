import { Md5 } from './md5.js';

const SAMPLES = 16;
const SAMPLE_SIZE = 65_536;

/**
 * What tells one file from another without reading it whole: `v1:<size>:<lastModified>:<md5>`.
 *
 * The MD5 is over everything up to 1 MiB, and over 16 samples of 64 KiB beyond: the head, the tail, and 14 evenly
 * between. So at most 1 MiB is read and hashed (about 12 ms of MD5), whatever the size; a disk takes as long to find
 * 4 KiB as 64. The name is left out: a renamed file is the same file. Equal fingerprints don't prove equal files:
 * parts carried over are hashed again.
 *
 * @throws DOMException `NotReadableError` or `NotFoundError` when the file changed or is gone
 */
export async function fingerprintFile(file: Blob): Promise<string> {
  const { size } = file;
  const lastModified = (file as Partial<File>).lastModified ?? 0;
  // A slice also of a small file: Firefox reads the whole one to where it ends by now.
  const isSmall = size <= SAMPLES * SAMPLE_SIZE;
  const samples = isSmall ? [file.slice(0, size)] : sampleOffsets(size).map((offset) => file.slice(offset, offset + SAMPLE_SIZE));
  const md5 = new Md5();
  for (const bytes of await Promise.all(samples.map(readWhole))) md5.update(new Uint8Array(bytes));
  return `v1:${size}:${lastModified}:${md5.hex()}`;
}

/** Firefox reads a file that was cut short without an error, and just gets less. */
async function readWhole(sample: Blob): Promise<ArrayBuffer> {
  const bytes = await sample.arrayBuffer();
  if (bytes.byteLength < sample.size) throw new DOMException('The file is shorter than it was', 'NotReadableError');
  return bytes;
}

/**
 * Bytes at which the samples begin. The last one is set, not computed: a fifteenth taken fifteen times is less than the whole
 * for one size in fifty (33,108,236 bytes, say), and the last byte was in no sample.
 *
 * The others keep the rounding of doubles, which is the same on every machine: so whatever was recorded with its last byte keeps
 * its fingerprint, and its upload resumes. What was recorded without has another one now, and is sent anew.
 */
function sampleOffsets(size: number): number[] {
  const last = size - SAMPLE_SIZE;
  return Array.from({ length: SAMPLES }, (_, index) => (index < SAMPLES - 1 ? Math.floor((last / (SAMPLES - 1)) * index) : last));
}
