import type { Clock } from '../ports.js';

/** Learns from parts that arrive what part size suits the line: what is under way when a page dies is lost. */
export interface Pace {
  /** Bytes of which one part in each slot takes {@link PART_TIME} side by side; `undefined` when nothing was measured lately. */
  suitable(): number | undefined;
  /**
   * Measures how long a part takes.
   * @param size bytes
   * @param send is to call back with the bytes of its attempt sent so far, if it knows
   */
  measure<T>(size: number, send: (onSent: (bytes: number) => void) => Promise<T>): Promise<T>;
}

/** Milliseconds of the line's work that may be lost. */
const PART_TIME = 6_000;
/** Milliseconds for which it is remembered: then the device may be somewhere else. */
const MEMORY = 600_000;

/** @param parallel slots for requests */
export function createPace(parallel: number, clock: Clock): Pace {
  let suitable = 0;
  let learntAt = Number.NEGATIVE_INFINITY;
  /** Parts of which bytes move, and the sum of that over time. */
  let moving = 0;
  let moved = 0;
  let countedAt = 0;

  const isFresh = (): boolean => Math.abs(clock.now() - learntAt) < MEMORY;

  /** @returns the time */
  function count(): number {
    const now = clock.now();
    moved += moving * (now - countedAt);
    countedAt = now;
    return now;
  }

  return {
    suitable: () => (isFresh() ? suitable : undefined),
    async measure(size, send) {
      let attemptedAt = clock.now();
      /** The first bytes of the attempt: the preflight before them says nothing about the line. */
      let movedAt = attemptedAt;
      let movedBefore = 0;
      let sent = 0;
      let own = 0;
      try {
        const answer = await send((bytes) => {
          if (own === 0 || bytes < sent) {
            movedAt = count();
            movedBefore = moved;
            if (own) attemptedAt = movedAt;
            moving += 1 - own;
            own = 1;
          }
          sent = bytes;
        });
        const now = count();
        const duration = now - movedAt;
        const waiting = movedAt - attemptedAt;
        // The answer takes a round trip, as the preflight did. Where these are most of it, the part was too small to show the line's speed,
        // and to have all the others beside it.
        const transfer = duration - waiting;
        const beside = 2 * transfer > duration ? (moved - movedBefore) / duration : parallel;
        const time = Math.max(transfer, duration / 2, 1);
        const found = ((size * PART_TIME) / time) * Math.min(1, beside / parallel);
        // A part that was held up once says little.
        suitable = isFresh() ? Math.sqrt(suitable * found) : found;
        learntAt = now;
        return answer;
      } finally {
        count();
        moving -= own;
      }
    },
  };
}
