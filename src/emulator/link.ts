/** The make-believe network between client and server: bandwidth, latency, offline. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { LinkState } from './types.js';

/** A lane of so many bytes a second. Callers are served in the order they came. */
export class Lane {
  #bytesPerSecond: number | null;
  /** When the lane is free again. */
  #free = 0;

  constructor(bytesPerSecond: number | null) {
    this.#bytesPerSecond = bytesPerSecond;
  }

  get bytesPerSecond(): number | null {
    return this.#bytesPerSecond;
  }

  set bytesPerSecond(value: number | null) {
    this.#bytesPerSecond = value;
    this.#free = 0;
  }

  /** Reserves the lane for these bytes; the milliseconds to wait until they have passed it. */
  reserve(bytes: number, now: number = performance.now()): number {
    if (this.#bytesPerSecond === null) return 0;
    this.#free = Math.max(this.#free, now) + (bytes / this.#bytesPerSecond) * 1000;
    return this.#free - now;
  }
}

export class Link {
  readonly lane = new Lane(null);
  latencyMilliseconds = 0;
  #offline = false;
  readonly #cut: () => void;

  /** @param cut destroys every open connection but those of the control surface. */
  constructor(cut: () => void) {
    this.#cut = cut;
  }

  get offline(): boolean {
    return this.#offline;
  }

  state(): LinkState {
    return { bytesPerSecond: this.lane.bytesPerSecond, latencyMilliseconds: this.latencyMilliseconds, offline: this.#offline };
  }

  set(change: Partial<LinkState>): LinkState {
    if (change.bytesPerSecond !== undefined) {
      const rate = change.bytesPerSecond;
      if (rate !== null && !(rate > 0)) throw new RangeError('bytesPerSecond must be above 0, or null for no limit');
      this.lane.bytesPerSecond = rate;
    }
    if (change.latencyMilliseconds !== undefined) this.latencyMilliseconds = Math.max(0, change.latencyMilliseconds);
    if (change.offline !== undefined) {
      this.#offline = change.offline;
      if (change.offline) this.#cut();
    }
    return this.state();
  }

  async latency(): Promise<void> {
    if (this.latencyMilliseconds > 0) await sleep(this.latencyMilliseconds);
  }
}
