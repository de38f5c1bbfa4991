/** The simulated network between client and server: bandwidth, latency, offline. */
import type { IncomingMessage } from 'node:http';
import { waitFor } from './connection.js';
import type { LinkState } from './types.js';

export class Link {
  readonly lane: Lane = new Lane(null);
  latencyMilliseconds = 0;
  #offline = false;
  /** Destroys every open connection, except those of the control surface. */
  cut: () => void = () => {};

  get offline(): boolean {
    return this.#offline;
  }

  state(): LinkState {
    return { bytesPerSecond: this.lane.bytesPerSecond, latencyMilliseconds: this.latencyMilliseconds, offline: this.#offline };
  }

  set(change: Partial<LinkState>): LinkState {
    if (change.bytesPerSecond !== undefined) {
      this.lane.bytesPerSecond = change.bytesPerSecond;
    }
    if (change.latencyMilliseconds !== undefined) this.latencyMilliseconds = change.latencyMilliseconds;
    if (change.offline !== undefined) {
      this.#offline = change.offline;
      if (change.offline) this.cut();
    }
    return this.state();
  }

  /** @throws {ClientGone} if the client leaves meanwhile */
  async latency(request: IncomingMessage): Promise<void> {
    if (this.latencyMilliseconds > 0) await waitFor(request, this.latencyMilliseconds);
  }
}

/** A line with a limited bandwidth. Callers are served in the order in which they came. */
export class Lane {
  #bytesPerSecond: number | null;
  /** The time at which the lane is free again. */
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

  /** Reserves the lane for these bytes. @returns the milliseconds until they have passed it */
  reserve(bytes: number, now: number = performance.now()): number {
    if (this.#bytesPerSecond === null) return 0;
    this.#free = Math.max(this.#free, now) + (bytes / this.#bytesPerSecond) * 1000;
    return this.#free - now;
  }
}
