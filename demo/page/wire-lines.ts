/** The lines of the log of requests: what this page has seen of each, and what the embedded OSS has. */
import type { RequestEvent } from 'oss-resumable';
import type { LogEntry } from '../../src/emulator/index.js';

/** An attempt of this page. */
export interface Seen extends RequestEvent {
  /** By the clock of this machine, in milliseconds. */
  readonly endedAt: number;
}

/** One request. At least one side knows it. */
export interface Line {
  readonly operation: string;
  readonly key: string | null;
  readonly partNumber: number | undefined;
  readonly startedAt: number;
  /** Missing while it runs, and for requests of other pages and of this one before its reload. */
  readonly seen?: Seen | undefined;
  /** Missing if it never arrived; always missing of the real OSS. */
  readonly received?: LogEntry | undefined;
}

/** Milliseconds by which the two clocks may differ. */
const SLACK = 100;

/** @returns newest first */
export function linesOf(seen: readonly Seen[], log: readonly LogEntry[]): Line[] {
  const rest = new Set(log.filter(({ operation }) => operation !== 'Preflight'));
  const own = seen.map((attempt): Line => {
    const { operation, key, partNumber, endedAt, totalMs, queuedMs } = attempt;
    const startedAt = endedAt - totalMs + queuedMs;
    const received = [...rest].find((entry) => {
      const time = Date.parse(entry.time);
      return isSame(entry, attempt) && time > startedAt - SLACK && time < endedAt + SLACK;
    });
    if (received) rest.delete(received);
    return { operation, key, partNumber, startedAt, seen: attempt, received };
  });
  const others = [...rest].map((entry): Line => {
    const { operation, key, partNumber, time } = entry;
    return { operation, key, partNumber, startedAt: Date.parse(time), received: entry };
  });
  return [...own, ...others].sort((a, b) => b.startedAt - a.startedAt);
}

function isSame(entry: LogEntry, { operation, key, partNumber }: Seen): boolean {
  // A list of uploads is about the bucket.
  return entry.operation === operation && (entry.key ?? key) === key && entry.partNumber === partNumber;
}
