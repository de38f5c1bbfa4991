/** How files are cut into parts, within the service's limits. */
import { isWhole } from './is-whole.js';
import { refuse } from './refuse.js';

const KiB = 1024;
const MiB = 1024 * KiB;
const GiB = 1024 * MiB;

/** The smallest part OSS accepts, except as the last one: 100 KiB. */
export const MIN_PART_SIZE = 102_400;
/** The largest part OSS accepts: 5 GiB. */
export const MAX_PART_SIZE: number = 5 * GiB;
/** Part numbers run from 1 to 10,000. */
export const MAX_PARTS = 10_000;
/** The largest object a multipart upload can make, OSS's "48.8 TB": 10,000 parts of 5 GiB. */
export const MAX_OBJECT_SIZE: number = MAX_PARTS * MAX_PART_SIZE;

/** The parts of a file: every part but the last has exactly `partSize` bytes. */
export interface PartPlan {
  /** The file's size in bytes. */
  readonly fileSize: number;
  /** Bytes per part. */
  readonly partSize: number;
  /** Number of parts, 1..10000. An empty file is one empty part. */
  readonly count: number;
}

/**
 * Cuts a file into parts.
 *
 * A given part size that would need more than 10,000 parts is enlarged to the smallest multiple of 1 MiB that fits,
 * as the C SDK does. `'auto'` follows {@link autoPartSize}.
 *
 * @param fileSize bytes, 0..{@link MAX_OBJECT_SIZE}
 * @param partSize bytes, {@link MIN_PART_SIZE}..{@link MAX_PART_SIZE}, or `'auto'`
 * @throws RangeError when either is out of range; the message states the limits
 */
export function planParts(fileSize: number, partSize: number | 'auto'): PartPlan {
  checkPartSize(partSize);
  if (!isWhole(fileSize, 0, MAX_OBJECT_SIZE)) {
    refuse("the file's size", 'at most 48.8 TB (10,000 parts of 5 GiB)', fileSize, RangeError);
  }
  let size = partSize === 'auto' ? autoPartSize(fileSize) : partSize;
  if (fileSize > size * MAX_PARTS) size = roundUp(fileSize / MAX_PARTS, MiB);
  return { fileSize, partSize: size, count: Math.ceil(fileSize / size) || 1 };
}

/**
 * The bytes of one part: from `start` up to, not including, `end`.
 *
 * @param number the part number, 1..`plan.count`
 * @throws RangeError for any other number
 */
export function partRange({ fileSize, partSize, count }: PartPlan, number: number): { start: number; end: number } {
  if (!isWhole(number, 1, count)) throw new RangeError(`There is no part ${number} of ${count}`);
  const start = (number - 1) * partSize;
  return { start, end: Math.min(start + partSize, fileSize) };
}

/** Bytes of one part. */
export function partSize(plan: PartPlan, number: number): number {
  const { start, end } = partRange(plan, number);
  return end - start;
}

/**
 * Refuses a part size outside the service's limits, before there is a file.
 *
 * @throws RangeError that names `partSize` and the accepted range
 */
export function checkPartSize(partSize: unknown): asserts partSize is number | 'auto' {
  if (partSize === 'auto') return;
  if (!isWhole(partSize, MIN_PART_SIZE, MAX_PART_SIZE)) {
    refuse('partSize', "'auto' or 102400 (100 KiB) .. 5368709120 (5 GiB) bytes", partSize, RangeError);
  }
}

/**
 * Each part costs the round trips of a CORS preflight and of the request, so parts should be few; but a browser has six
 * connections to a host, and all of them should be busy to the end. Hence:
 *
 * - up to 1 MiB: one part, which goes as a single PutObject;
 * - up to 6 MiB: six parts, one round for each connection;
 * - up to 16 MiB: parts of 1 MiB, so that the two round trips stay small beside the transfer;
 * - up to 256 MiB: 16 parts. Of 64 MiB, at 25 MB/s and a round trip of 200 ms, 12 parts would be faster by 4 to 5 %, and 24
 *   slower by 6 to 7 % (`npm run bench -- --only auto-200`). But six parts that are sent side by side end side by side: closing
 *   the page loses up to half of the file with 12 parts, a third with 16, a quarter with 24;
 * - beyond: 16 MiB, which bounds the cost of an interruption; more if 10,000 parts are not enough.
 */
function autoPartSize(fileSize: number): number {
  if (fileSize <= MiB) return MiB;
  const oneRound = Math.min(fileSize / 6, MiB);
  return roundUp(Math.min(Math.max(fileSize / 16, oneRound), 16 * MiB), 64 * KiB);
}

function roundUp(bytes: number, multiple: number): number {
  return Math.ceil(bytes / multiple) * multiple;
}
