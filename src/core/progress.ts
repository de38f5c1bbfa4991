import { createSpeed } from './speed.js';
import type { Progress } from './task-state.js';

/** The progress of one upload: what each part has sent, what is confirmed. Sizes in bytes, times in milliseconds. */
export interface Ledger {
  /** Sets the number of parts; parts booked before are forgotten, `loaded` is not. */
  plan(parts: number): void;
  /** The file has been cut anew into so many parts; those booked stay. */
  recount(parts: number): void;
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

/**
 * Milliseconds during which socket buffers absorb data that has not been sent yet: what an attempt's first reports say is not
 * counted as speed, or a slow link would look fast.
 */
const BUFFERING = 1_000;

export function createLedger(total: number): Ledger {
  const speed = createSpeed();
  let parts = 0;
  const confirmedParts = new Map<number, number>();
  /** The attempts under way. `buffered` is what the first reports said: it counts as moved when the part is confirmed. */
  const attempts = new Map<number, { since: number; bytes: number; buffered: number }>();
  let confirmed = 0;
  let loaded = 0;

  function send(part: number, bytes: number): void {
    const now = speed.measuredAt;
    const attempt = attempts.get(part);
    if (!attempt || bytes < attempt.bytes) {
      attempts.set(part, { since: now, bytes, buffered: bytes });
      return;
    }
    if (now - attempt.since < BUFFERING) attempt.buffered = bytes;
    else speed.add(bytes - attempt.bytes);
    attempt.bytes = bytes;
  }

  function book(part: number, size: number): void {
    attempts.delete(part);
    confirmed += size - (confirmedParts.get(part) ?? 0);
    confirmedParts.set(part, size);
  }

  return {
    plan(newParts) {
      parts = newParts;
      confirmedParts.clear();
      attempts.clear();
      confirmed = 0;
    },
    recount(newParts) {
      parts = newParts;
    },
    restore: book,
    sent: send,
    confirm(part, size) {
      send(part, size);
      const { since, buffered } = attempts.get(part)!;
      speed.addBuffered(buffered, since);
      book(part, size);
    },
    reset(part) {
      book(part, 0);
      confirmedParts.delete(part);
    },
    snapshot(now) {
      const rate = speed.measure(now);
      let sending = 0;
      for (const { bytes } of attempts.values()) sending += bytes;
      // One byte is kept back until the object is complete: 100 % is a promise.
      loaded = Math.max(loaded, Math.min(confirmed + sending, Math.max(0, total - 1)));
      const eta = rate > 0 ? (Math.max(0, total - loaded) / rate) * 1000 : undefined;
      return { loaded, confirmed, total, speed: Math.round(rate), eta, parts: { done: confirmedParts.size, total: parts } };
    },
    rest() {
      attempts.clear();
      speed.reset();
    },
  };
}
