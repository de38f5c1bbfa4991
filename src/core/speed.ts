/** Measures how many bytes a second move. */
export interface Speed {
  /** Time of the last measurement; 0 before the first. */
  readonly measuredAt: number;
  /** Bytes have moved since the last measurement. */
  add(bytes: number): void;
  /** Bytes have moved at some time since `since`: they were handed to a buffer then, and have arrived now. */
  addBuffered(bytes: number, since: number): void;
  /** Bytes a second, an average that includes `now`, in milliseconds. */
  measure(now: number): number;
  /** Forgets the speed, as after a pause. */
  reset(): void;
}

/** Seconds over which the speed is averaged: long enough to be read, short enough to be true. */
const WINDOW = 3;
/** Milliseconds without data after which the speed is unknown: an average that only decays would show "5,645 hours" left. */
const SILENCE = 5_000;
/** Milliseconds: a shorter time measures nothing. */
const SHORTEST = 50;

export function createSpeed(): Speed {
  let bytes = 0;
  let speed = 0;
  let measuredAt: number | undefined;
  let beganAt = 0;
  /** The last measurement that found bytes moved. */
  let movedAt = 0;
  /** Since when the first of the buffered bytes were on their way. */
  let bufferedSince = Number.POSITIVE_INFINITY;

  /** An exponential moving average whose weight follows the time that passed, so that throttled timers don't bend it. */
  function average(rate: number, seconds: number): number {
    const next = speed === 0 ? rate : speed + (1 - Math.exp(-seconds / WINDOW)) * (rate - speed);
    return next < 1 ? 0 : next;
  }

  return {
    get measuredAt() {
      return measuredAt ?? 0;
    },
    add(more) {
      bytes += more;
    },
    addBuffered(more, since) {
      bytes += more;
      bufferedSince = Math.min(bufferedSince, since);
    },
    measure(now) {
      // A clock that was set back begins a new measurement, at the speed that is known.
      if (measuredAt === undefined || now < measuredAt) {
        measuredAt = beganAt = movedAt = now;
        bytes = 0;
      }
      if (now - measuredAt < SHORTEST) return speed;
      const wasSilent = measuredAt - movedAt >= SILENCE;
      if (bytes > 0) movedAt = now;
      // Buffered bytes that end a silence were on their way all the time that their attempt took, not since the last measurement.
      const since = wasSilent ? Math.max(beganAt, Math.min(measuredAt, bufferedSince)) : measuredAt;
      const seconds = (now - since) / 1000;
      speed = now - movedAt < SILENCE ? average(bytes / seconds, seconds) : 0;
      measuredAt = now;
      bytes = 0;
      bufferedSince = Number.POSITIVE_INFINITY;
      return speed;
    },
    reset() {
      speed = 0;
      measuredAt = undefined;
      bufferedSince = Number.POSITIVE_INFINITY;
    },
  };
}
