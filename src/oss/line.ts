import type { Clock } from '../ports.js';

/** A request body that is being sent. */
export interface Load {
  /** Bytes. */
  readonly size: number;
  /** The line was measured: patience may be shorter or longer now. */
  onMeasured(): void;
}

/** Measurements of the line to one endpoint. */
export interface Line {
  /** Progress was seen in the middle of a body: no service worker or patched XMLHttpRequest hides it. */
  showsProgress: boolean;
  /**
   * The longest silence, in milliseconds, that resembled a stall and was followed by another byte of the same body: deep
   * buffers of a socket or a gateway accept megabytes at once, and nothing in between. 0 when there was none.
   */
  longestGap: number;
  /** A body is about to be sent. */
  add(load: Load): void;
  /** A body was answered or given up. */
  remove(load: Load, isAnswered: boolean): void;
  /**
   * Milliseconds to wait for the answer to a body whose progress is hidden. Bytes that a socket, a service worker, an antivirus
   * or a gateway has accepted are not sent yet: a raw XMLHttpRequest would wait for them.
   * @param stallTimeout milliseconds, the least
   */
  patience(load: Load, stallTimeout: number): number;
  /** Milliseconds that so many bytes take; 0 while too few were sent to tell a slow line from a long one. */
  duration(size: number): number;
}

/** Assumed speed while nothing has been measured, in bytes per millisecond: 64 KiB/s. */
const FLOOR = 65.536;
/** Lines are shared, and may be slower than a minute ago. */
const RESERVE = 3;
/** While nothing has been measured, all bodies together get this many `stallTimeout`s. */
const UNMEASURED = 5;
/** Bytes: fewer measure round trips rather than speed. */
const TELLING = 128 * 1024;
/** The weight of older measurements at each new one. */
const DECAY = 0.8;

export function createLine(clock: Clock): Line {
  /** Bodies with the most bytes that ever shared the line with them, themselves included. */
  const loads = new Map<Load, number>();
  /** Decaying sums: acknowledged bytes, and the time during which there were any to send. */
  let bytes = 0;
  let time = 0;
  /** `time` has been counted up to this moment. */
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
    duration: (size) => (bytes > TELLING ? (size * time) / bytes : 0),
    patience(load, stallTimeout) {
      const together = loads.get(load) ?? load.size;
      if (bytes > 0) return Math.max(stallTimeout, (RESERVE * together * time) / bytes);
      const shared = Math.min((RESERVE * together) / FLOOR, UNMEASURED * stallTimeout);
      return Math.max(stallTimeout, shared, (RESERVE * load.size) / FLOOR);
    },
  };
}
