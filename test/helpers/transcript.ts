/** The wire's transcript and questions about it, in browsers and in Node. */
import { createControl, type LogEntry } from './oss-control.js';

/** The requests about one key, oldest first, without preflights. */
export async function transcript(ossUrl: string, key: string): Promise<LogEntry[]> {
  return (await createControl(ossUrl).log(key)).filter(({ operation }) => operation !== 'Preflight');
}

export function count(log: readonly LogEntry[], operation: LogEntry['operation']): number {
  return log.filter((entry) => entry.operation === operation).length;
}

export function parts(log: readonly LogEntry[]): LogEntry[] {
  return log.filter(({ operation }) => operation === 'UploadPart');
}

/** Numbers of the parts that were sent, in order, repetitions included. */
export function partNumbers(log: readonly LogEntry[]): number[] {
  return parts(log).map(({ partNumber }) => partNumber!);
}

export function acknowledged(log: readonly LogEntry[]): number[] {
  // An answer that was invented on the way acknowledges nothing.
  return partNumbers(log.filter(({ status, fault }) => status === 200 && fault !== 'raw'));
}

/** 1, 2, …, n. */
export function oneTo(n: number): number[] {
  return Array.from({ length: n }, (_, index) => index + 1);
}

export interface Interruption {
  /** The log at some moment after the interruption and before anything is sent again. */
  before: readonly LogEntry[];
  /** The log at an earlier interruption: its entries don't count for this one. @default none */
  since?: readonly LogEntry[];
  /** The log at the end. */
  after: readonly LogEntry[];
}

/** What an interruption cost: the parts in flight that were sent again later, and how many of their bytes were wasted. */
export function sentAgain({ before, since = [], after }: Interruption): { numbers: number[]; bytes: number } {
  const [first, last] = [since.at(-1)?.n ?? 0, before.at(-1)?.n ?? 0];
  const later = new Set(partNumbers(after.filter(({ n }) => n > last)));
  // From the final log: it also knows the end of a part that was still being received.
  const lost = parts(after).filter(({ n, partNumber }) => n > first && n <= last && later.has(partNumber!));
  return { numbers: [...new Set(partNumbers(lost))], bytes: lost.reduce((sum, { bytesIn }) => sum + bytesIn, 0) };
}

/**
 * Parts that the service had answered with 200 by the time of `before` and that were sent again. There must be none. A
 * part that was still in flight when its page died may be stored later than that, perhaps after the next page has listed
 * the parts. Such a part is not in `before` and may be sent twice.
 */
export function acknowledgedTwice({ before, after }: Interruption): number[] {
  const known = new Set(acknowledged(before));
  const last = before.at(-1)?.n ?? 0;
  return partNumbers(after.filter(({ n }) => n > last)).filter((number) => known.has(number));
}
