/** How files are cut into parts, within the service's limits. */
import { isWhole } from './is-whole.js';
import { refuse } from './refuse.js';
import type { Recut } from '../ports.js';

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

/** The parts of a file: every part but the last has exactly `partSize` bytes, up to the first {@link Recut}. */
export interface PartPlan {
  /** The file's size in bytes. */
  readonly fileSize: number;
  /** Bytes per part. */
  readonly partSize: number;
  /** Where the part size changes, ascending. */
  readonly recuts?: readonly Recut[] | undefined;
  /** Number of parts, 1..10000. An empty file is one empty part. */
  readonly count: number;
}

/**
 * Cuts a file into parts.
 *
 * A given part size that would need more than 10,000 parts is enlarged to the smallest multiple of 1 MiB that fits,
 * as the C SDK does. `'auto'`: up to 1 MiB one part, which goes as a single PutObject; beyond, {@link autoPartSize}.
 *
 * @param fileSize bytes, 0..{@link MAX_OBJECT_SIZE}
 * @param partSize bytes, {@link MIN_PART_SIZE}..{@link MAX_PART_SIZE}, or `'auto'`
 * @param suitable for `'auto'`: what suits the line, if that is known
 * @throws RangeError when either is out of range; the message states the limits
 */
export function planParts(fileSize: number, partSize: number | 'auto', suitable?: number): PartPlan {
  checkPartSize(partSize);
  if (!isWhole(fileSize, 0, MAX_OBJECT_SIZE)) {
    refuse("the file's size", 'at most 48.8 TB', fileSize, RangeError);
  }
  let size = partSize;
  if (size === 'auto') size = fileSize > MiB ? autoPartSize(fileSize, suitable) : MiB;
  if (fileSize > size * MAX_PARTS) size = roundUp(fileSize / MAX_PARTS, MiB);
  return evenPlan(fileSize, size);
}

/** The parts of a file that are all alike. @param partSize bytes */
export function evenPlan(fileSize: number, partSize: number): PartPlan {
  return { fileSize, partSize, count: Math.ceil(fileSize / partSize) || 1 };
}

/**
 * Cuts a file anew from a part on; what was cut there and further on is undone.
 * @param from the part's number
 * @throws RangeError when there is no such part
 */
export function recut(plan: PartPlan, from: number, partSize: number): PartPlan {
  checkPartSize(partSize);
  const { start } = partRange(plan, from);
  const earlier = plan.recuts?.filter((cut) => cut.from < from) ?? [];
  return { ...plan, recuts: [...earlier, { from, partSize }], count: from - 1 + Math.ceil((plan.fileSize - start) / partSize) };
}

/**
 * The bytes of one part: from `start` up to, not including, `end`.
 *
 * @param number the part number, 1..`plan.count`
 * @throws RangeError for any other number
 */
export function partRange({ fileSize, partSize, recuts = [], count }: PartPlan, number: number): { start: number; end: number } {
  if (!isWhole(number, 1, count)) refuse('part', `1..${count}`, number, RangeError);
  let start = 0;
  let first = 1;
  let size = partSize;
  for (const recut of recuts) {
    if (recut.from > number) break;
    start += (recut.from - first) * size;
    first = recut.from;
    size = recut.partSize;
  }
  start += (number - first) * size;
  return { start, end: Math.min(start + size, fileSize) };
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

/** What a line of which nothing is known is tried with: six of these take ten seconds at 1 Mbit/s. */
const CAREFUL: number = 192 * KiB;
/** The largest part that is chosen, which bounds what a fault costs; larger where 10,000 parts are not enough. */
const MAX_AUTO: number = 16 * MiB;
/** The connections of a browser to one host. */
const LANES = 6;

/**
 * The size of the parts for what is left of a file. Each part costs the round trips of a CORS preflight and of the request, so parts
 * are to be as large as suits the line; and all connections are to be busy to the end, so each gets the same number of them.
 *
 * @param suitable see `Pace`
 * @param numbers part numbers that are left
 */
export function autoPartSize(bytes: number, suitable: number = CAREFUL, numbers: number = MAX_PARTS): number {
  const rounds = Math.ceil(bytes / LANES / Math.min(suitable, MAX_AUTO));
  return roundUp(Math.max(bytes / LANES / rounds, bytes / numbers, MIN_PART_SIZE), 64 * KiB);
}

function roundUp(bytes: number, multiple: number): number {
  return Math.ceil(bytes / multiple) * multiple;
}
