/** What is known of the way to one endpoint: its speed, and whether it shows progress. */

/** A body under way. */
export interface Load {
  /** Bytes. */
  readonly size: number;
  /** The line is known better: patience may be shorter now, or longer. */
  onMeasured(): void;
}

export interface Line {
  /** Bytes were seen moving in the middle of a body: no service worker, no patched XMLHttpRequest hides them. */
  showsProgress: boolean;
  /** A body sets out. */
  add(load: Load): void;
  /**
   * A body has left, or was given up.
   * @param duration milliseconds until its answer; `undefined` when none came
   */
  remove(load: Load, duration: number | undefined): void;
  /**
   * Milliseconds to wait for the answer to a body that can't be seen moving. What the socket, a service worker, an
   * antivirus or a gateway took has not left: a raw XMLHttpRequest would wait for it.
   * @param stallTimeout milliseconds; the least
   */
  patience(load: Load, stallTimeout: number): number;
}

/** Bytes a millisecond that a connection is trusted with while nothing has been measured: 64 KiB/s. */
const FLOOR = 65.536;
/** Lines are shared, and slower than they were a minute ago. */
const RESERVE = 3;
/** While nothing has been measured, all bodies together are given this many `stallTimeout`s. */
const UNMEASURED = 5;
/** How much of an older measurement is left at each new one. */
const DECAY = 0.7;

export function createLine(): Line {
  const loads = new Set<Load>();
  /** Sums that fade: bytes of all bodies beside each other, and the time that they took. */
  let bytes = 0;
  let time = 0;
  const total = (): number => [...loads].reduce((sum, { size }) => sum + size, 0);
  return {
    showsProgress: false,
    add: (load) => void loads.add(load),
    remove(load, duration) {
      const beside = loads.size;
      if (!loads.delete(load) || duration === undefined) return;
      bytes = DECAY * bytes + load.size * beside;
      time = DECAY * time + Math.max(duration, 1);
      for (const { onMeasured } of loads) onMeasured();
    },
    patience({ size }, stallTimeout) {
      if (bytes > 0) return Math.max(stallTimeout, (RESERVE * total() * time) / bytes);
      const together = Math.min((RESERVE * total()) / FLOOR, UNMEASURED * stallTimeout);
      return Math.max(stallTimeout, together, (RESERVE * size) / FLOOR);
    },
  };
}
