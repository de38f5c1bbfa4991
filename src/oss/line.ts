import type { Clock } from '../ports.js';

/** A body under way. */
export interface Load {
  /** Bytes. */
  readonly size: number;
  /** The line is known better: patience may be shorter now, or longer. */
  onMeasured(): void;
}

/** What is known of the way to one endpoint. */
export interface Line {
  /** Bytes were seen moving in the middle of a body: no service worker, no patched XMLHttpRequest hides them. */
  showsProgress: boolean;
  /**
   * The longest silence, in milliseconds, that looked like a stall and was followed by another byte of the same body: deep
   * buffers of a socket or a gateway take bytes by the megabyte, and nothing in between. 0 when there was none.
   */
  longestGap: number;
  /** A body sets out. */
  add(load: Load): void;
  /** A body was answered, or given up. */
  remove(load: Load, isAnswered: boolean): void;
  /**
   * Milliseconds to wait for the answer to a body that can't be seen moving. What the socket, a service worker, an
   * antivirus or a gateway took has not left: a raw XMLHttpRequest would wait for it.
   * @param stallTimeout milliseconds; the least
   */
  patience(load: Load, stallTimeout: number): number;
}

/** Bytes a millisecond that a body is trusted with while nothing has been measured: 64 KiB/s. */
const FLOOR = 65.536;
/** Lines are shared, and slower than they were a minute ago. */
const RESERVE = 3;
/** While nothing has been measured, all bodies together are given this many `stallTimeout`s. */
const UNMEASURED = 5;
/** How much of the older measurements is left at each new one. */
const DECAY = 0.8;

export function createLine(clock: Clock): Line {
  /** With the most bytes that were ever beside them, themselves included: those shared the line. */
  const loads = new Map<Load, number>();
  /** Sums that fade: bytes that were answered for, and the time in which there were any to send. */
  let bytes = 0;
  let time = 0;
  /** Up to when `time` has been counted. */
  let countedAt = 0;

  return {
    showsProgress: false,
    longestGap: 0,
    add(load) {
      if (loads.size === 0) countedAt = clock.now();
      loads.set(load, 0);
      const together = [...loads.keys()].reduce((sum, { size }) => sum + size, 0);
      for (const [other, most] of loads) loads.set(other, Math.max(most, together));
    },
    remove(load, isAnswered) {
      if (!loads.delete(load) || !isAnswered) return;
      bytes = DECAY * bytes + load.size;
      time = DECAY * time + Math.max(1, clock.now() - countedAt);
      countedAt = clock.now();
      for (const { onMeasured } of loads.keys()) onMeasured();
    },
    patience(load, stallTimeout) {
      const together = loads.get(load) ?? load.size;
      if (bytes > 0) return Math.max(stallTimeout, (RESERVE * together * time) / bytes);
      const shared = Math.min((RESERVE * together) / FLOOR, UNMEASURED * stallTimeout);
      return Math.max(stallTimeout, shared, (RESERVE * load.size) / FLOOR);
    },
  };
}
