import type { Clock } from '../ports.js';

/** Learns from parts that arrive what part size suits the line: what is under way when a page dies is lost. */
export interface Pace {
  /**
   * Bytes of which one part in each of so many slots takes {@link PART_TIME} side by side; `undefined` when nothing was measured lately.
   */
  suitable(slots: number): number | undefined;
  /**
   * Measures how long a part takes.
   * @param size bytes
   * @param send is to report 0 when an attempt begins, and then the bytes sent so far, if it knows
   */
  measure<T>(size: number, send: (report: (bytes: number) => void) => Promise<T>): Promise<T>;
}

/** Milliseconds of the line's work that may be lost. */
const PART_TIME = 3_000;
/** Milliseconds: what waits longer for its first byte waits for a busy page or a full queue, not for a preflight alone. */
const LONGEST_TRIP = 500;
/** Milliseconds for which it is remembered: then the device may be somewhere else. */
const MEMORY = 600_000;

/** @param parallel slots for requests */
export function createPace(parallel: number, clock: Clock): Pace {
  /** Bytes that the line takes in {@link PART_TIME}. */
  let capacity = 0;
  let learntAt = Number.NEGATIVE_INFINITY;
  /** Parts of which bytes move. */
  let moving = 0;

  const isFresh = (): boolean => Math.abs(clock.now() - learntAt) < MEMORY;

  return {
    suitable: (slots) => (isFresh() ? capacity / slots : undefined),
    async measure(size, send) {
      let attemptedAt = clock.now();
      /** The first bytes of the attempt: the preflight before them says nothing about the line. */
      let first: { at: number; moving: number } | undefined;
      const end = (): void => {
        if (first) moving -= 1;
        first = undefined;
      };
      try {
        const answer = await send((bytes) => {
          if (bytes > 0) first ??= { at: clock.now(), moving: (moving += 1) };
          else {
            end();
            attemptedAt = clock.now();
          }
        });
        const now = clock.now();
        const total = now - attemptedAt;
        const duration = first ? now - first.at : total;
        // The answer takes a round trip, as the preflight did. Where these are most of it, the part was too small to show the line's speed,
        // and to have all the others beside it.
        const transfer = duration - Math.min(total - duration, LONGEST_TRIP);
        const beside = first && 2 * transfer > duration ? (first.moving + moving) / 2 : parallel;
        // First bytes that are reported late make no line fast.
        const time = Math.max(transfer, duration / 2, total / 3);
        const found = ((size * PART_TIME) / time) * beside;
        // Unless the clock was set meanwhile. A part that was held up once says little.
        if (found > 0 && found < Number.POSITIVE_INFINITY) {
          capacity = isFresh() ? Math.sqrt(capacity * found) : found;
          learntAt = now;
        }
        return answer;
      } finally {
        end();
      }
    },
  };
}
