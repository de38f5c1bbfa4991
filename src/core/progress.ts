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
  const inFlight = new Map<number, number>();
  let confirmed = 0;
  let flying = 0;
  let loaded = 0;
  /** Bytes that really moved, re-sent ones included: what speed is made of. */
  let moved = 0;
  /** What the first reports of each attempt said: counts as moved when the part is confirmed. */
  const buffered = new Map<number, { since: number; bytes: number }>();
  let speed = 0;
  let last: { at: number; moved: number } | undefined;
  /** When the first look was. */
  let begunAt = 0;
  /** When a look found bytes moved last. */
  let movedAt = 0;
  let silent = false;
  /** When the first of the attempts began whose buffered bytes were counted since the last look. */
  let bufferedSince = Number.POSITIVE_INFINITY;

  function fly(part: number, bytes: number): void {
    const before = inFlight.get(part) ?? 0;
    inFlight.set(part, bytes);
    flying += bytes - before;
    const now = last?.at ?? 0;
    const first = buffered.get(part);
    if (!first || bytes < before) buffered.set(part, { since: now, bytes });
    else if (now - first.since < BUFFERING) first.bytes = bytes;
    else moved += bytes - before;
  }

  function land(part: number): void {
    flying -= inFlight.get(part) ?? 0;
    inFlight.delete(part);
    buffered.delete(part);
  }

  function book(part: number, size: number): void {
    confirmed += size - (confirmedParts.get(part) ?? 0);
    confirmedParts.set(part, size);
  }

  /** Begins to measure, at a known speed or none. */
  function begin(now: number): void {
    last = { at: now, moved };
    begunAt = movedAt = now;
  }

  function measure(now: number): void {
    // A clock that was set back begins a new measurement; moments too close together measure nothing.
    if (last === undefined || now < last.at) begin(now);
    if (last === undefined || now - last.at < 50) return;
    const bytes = moved - last.moved;
    if (bytes) movedAt = now;
    if (now - movedAt >= SILENCE) {
      silent = true;
      speed = 0;
    } else {
      // What ends a silence by being confirmed was on its way all the time that its attempt took, not since the last look.
      const since = silent && bytes ? Math.max(begunAt, Math.min(last.at, bufferedSince)) : last.at;
      if (bytes) silent = false;
      speed = averaged(bytes, (now - since) / 1000);
    }
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
      inFlight.clear();
      buffered.clear();
      confirmed = flying = 0;
    },
    restore(part, size) {
      land(part);
      book(part, size);
    },
    sent: fly,
    confirm(part, size) {
      fly(part, size);
      const first = buffered.get(part);
      if (first) {
        moved += first.bytes;
        bufferedSince = Math.min(bufferedSince, first.since);
      }
      land(part);
      book(part, size);
    },
    reset(part) {
      land(part);
      confirmed -= confirmedParts.get(part) ?? 0;
      confirmedParts.delete(part);
    },
    snapshot(now) {
      measure(now);
      // One byte is kept back until the object is complete: 100 % is a promise.
      loaded = Math.max(loaded, Math.min(confirmed + flying, Math.max(0, total - 1)));
      const eta = speed > 0 ? Math.max(0, (total - loaded) / speed) : undefined;
      return { loaded, confirmed, total, speed: Math.round(speed), eta, parts: { done: confirmedParts.size, total: parts } };
    },
    rest() {
      for (const part of [...inFlight.keys()]) land(part);
      speed = 0;
      last = undefined;
      silent = false;
      bufferedSince = Number.POSITIVE_INFINITY;
    },
  };
}
