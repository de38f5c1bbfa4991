/** The simulated network between client and server: bandwidth, latency, offline. */
import type { IncomingMessage } from 'node:http';
import { waitFor } from './connection.js';
import type { LinkState } from './types.js';

export class Link {
  readonly lane: Lane = new Lane(null);
  #latencyMilliseconds = 0;
  readonly #late = new Waits();
  #offline = false;
  /** Destroys every open connection, except those of the control surface. */
  cut: () => void = () => {};

  get offline(): boolean {
    return this.#offline;
  }

  state(): LinkState {
    return { bytesPerSecond: this.lane.bytesPerSecond, latencyMilliseconds: this.#latencyMilliseconds, offline: this.#offline };
  }

  set(change: Partial<LinkState>): LinkState {
    if (change.bytesPerSecond !== undefined) {
      this.lane.bytesPerSecond = change.bytesPerSecond;
    }
    if (change.latencyMilliseconds !== undefined) {
      const more = change.latencyMilliseconds - this.#latencyMilliseconds;
      this.#latencyMilliseconds = change.latencyMilliseconds;
      this.#late.change((due) => due + more);
    }
    if (change.offline !== undefined) {
      this.#offline = change.offline;
      if (change.offline) this.cut();
    }
    return this.state();
  }

  /** @throws {ClientGone} if the client leaves meanwhile */
  async latency(request: IncomingMessage): Promise<void> {
    await this.#late.until(request, performance.now() + this.#latencyMilliseconds);
  }
}

/** Requests that wait for their time, which may change meanwhile. */
class Waits {
  readonly #open = new Set<{ due: number; wake: () => void }>();

  /** @throws {ClientGone} if the client leaves before */
  async until(request: IncomingMessage, due: number): Promise<void> {
    const wait = { due, wake: (): void => {} };
    this.#open.add(wait);
    try {
      // Timers are no finer than a millisecond.
      for (let left = due - performance.now(); left > 1; left = wait.due - performance.now()) {
        const changed = new Promise<void>((resolve) => {
          wait.wake = resolve;
        });
        await waitFor(request, left, changed);
      }
    } finally {
      this.#open.delete(wait);
    }
  }

  change(dueAfter: (due: number) => number): void {
    for (const wait of this.#open) {
      wait.due = dueAfter(wait.due);
      wait.wake();
    }
  }
}

/** A line with a limited bandwidth. Callers are served in the order in which they came. */
export class Lane {
  #bytesPerSecond: number | null;
  /** The time at which the lane is free again. */
  #free = 0;
  readonly #waiting = new Waits();

  constructor(bytesPerSecond: number | null) {
    this.#bytesPerSecond = bytesPerSecond;
  }

  get bytesPerSecond(): number | null {
    return this.#bytesPerSecond;
  }

  set bytesPerSecond(value: number | null) {
    const now = performance.now();
    const before = this.#bytesPerSecond ?? Number.POSITIVE_INFINITY;
    this.#bytesPerSecond = value;
    // What has not passed yet passes at the new speed.
    const dueAfter = (due: number): number => (value === null || due <= now ? now : now + ((due - now) * before) / value);
    this.#free = dueAfter(this.#free);
    this.#waiting.change(dueAfter);
  }

  /** Waits until these bytes have passed, at the speed that the lane has by then. @throws {ClientGone} */
  async pass(request: IncomingMessage, bytes: number): Promise<void> {
    const now = performance.now();
    await this.#waiting.until(request, now + this.reserve(bytes, now));
  }

  /** Reserves the lane for these bytes. @returns the milliseconds until they have passed it */
  reserve(bytes: number, now: number = performance.now()): number {
    if (this.#bytesPerSecond === null) return 0;
    this.#free = Math.max(this.#free, now) + (bytes / this.#bytesPerSecond) * 1000;
    return this.#free - now;
  }
}
