import type { Progress } from './state.js';

/** Seconds over which the speed is averaged: long enough to be read, short enough to be true. */
const SPEED_WINDOW = 3;

/**
 * Milliseconds in which sockets swallow megabytes before a byte has left the machine: reports of an attempt's beginning
 * are not counted as speed, or a slow link would look fast.
 */
const BUFFERING = 1_000;

/** Milliseconds without a byte moving after which speed and time left are unknown: an average that only decays says "5,645 hours". */
const SILENCE = 5_000;

/** The book of one upload: what each part has sent, what is confirmed. Sizes in bytes, times in milliseconds. */
export interface Ledger {
  /** Sets out the whole; parts booked before are forgotten, `loaded` is not. */
  plan(total: number, parts: number): void;
  /** A part that was there before this run: counts as confirmed, not as speed. */
  restore(part: number, size: number): void;
  /** Bytes of a part's current attempt handed to the network so far. */
  sent(part: number, bytes: number): void;
  /** A part acknowledged by OSS. */
  confirm(part: number, size: number): void;
  /** A part that has to be sent again from its first byte. */
  reset(part: number): void;
  /** The figures now; `now` moves the speed. */
  snapshot(now: number): Progress;
  /** Forgets the speed, as after a pause. */
  rest(): void;
}

export function createLedger(total: number): Ledger {
  let parts = 0;
  const confirmedParts = new Map<number, number>();
  /** The attempts under way. What is `buffered`, the first reports said: it counts as moved when the part is confirmed. */
  const attempts = new Map<number, { since: number; bytes: number; buffered: number }>();
  let confirmed = 0;
  let loaded = 0;
  /** Bytes that really moved, re-sent ones included: what speed is made of. */
  let moved = 0;
  let speed = 0;
  let last: { at: number; moved: number } | undefined;
  /** When the first look was. */
  let begunAt = 0;
  /** When a look found bytes moved last. */
  let movedAt = 0;
  /** When the first of the attempts began whose buffered bytes were counted since the last look. */
  let bufferedSince = Number.POSITIVE_INFINITY;

  function fly(part: number, bytes: number): void {
    const now = last?.at ?? 0;
    const attempt = attempts.get(part);
    if (!attempt || bytes < attempt.bytes) {
      attempts.set(part, { since: now, bytes, buffered: bytes });
      return;
    }
    if (now - attempt.since < BUFFERING) attempt.buffered = bytes;
    else moved += bytes - attempt.bytes;
    attempt.bytes = bytes;
  }

  function book(part: number, size: number): void {
    attempts.delete(part);
    confirmed += size - (confirmedParts.get(part) ?? 0);
    confirmedParts.set(part, size);
  }

  function measure(now: number): void {
    // A clock that was set back begins a new measurement, at the speed that is known.
    if (last === undefined || now < last.at) {
      last = { at: now, moved };
      begunAt = movedAt = now;
    }
    // Moments too close together measure nothing.
    if (now - last.at < 50) return;
    const bytes = moved - last.moved;
    const wasSilent = last.at - movedAt >= SILENCE;
    if (bytes) movedAt = now;
    // What ends a silence by being confirmed was on its way all the time that its attempt took, not since the last look.
    const since = wasSilent ? Math.max(begunAt, Math.min(last.at, bufferedSince)) : last.at;
    speed = now - movedAt < SILENCE ? averaged(bytes, (now - since) / 1000) : 0;
    last = { at: now, moved };
    bufferedSince = Number.POSITIVE_INFINITY;
  }

  /** An exponential moving average whose weight follows the time that passed, so that throttled timers don't bend it. */
  function averaged(bytes: number, seconds: number): number {
    const rate = bytes / seconds;
    const next = speed === 0 ? rate : speed + (1 - Math.exp(-seconds / SPEED_WINDOW)) * (rate - speed);
    return next < 1 ? 0 : next;
  }

  return {
    plan(newTotal, newParts) {
      total = newTotal;
      parts = newParts;
      confirmedParts.clear();
      attempts.clear();
      confirmed = 0;
    },
    restore: book,
    sent: fly,
    confirm(part, size) {
      fly(part, size);
      const { since, buffered } = attempts.get(part)!;
      moved += buffered;
      bufferedSince = Math.min(bufferedSince, since);
      book(part, size);
    },
    reset(part) {
      book(part, 0);
      confirmedParts.delete(part);
    },
    snapshot(now) {
      measure(now);
      let flying = 0;
      for (const { bytes } of attempts.values()) flying += bytes;
      // One byte is kept back until the object is complete: 100 % is a promise.
      loaded = Math.max(loaded, Math.min(confirmed + flying, Math.max(0, total - 1)));
      const eta = speed > 0 ? (Math.max(0, total - loaded) / speed) * 1000 : undefined;
      return { loaded, confirmed, total, speed: Math.round(speed), eta, parts: { done: confirmedParts.size, total: parts } };
    },
    rest() {
      attempts.clear();
      speed = 0;
      last = undefined;
      bufferedSince = Number.POSITIVE_INFINITY;
    },
  };
}
