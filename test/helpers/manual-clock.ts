/** A clock that moves only when a test lets time pass. */
import type { Clock } from '../../src/ports.js';

export const START: number = Date.UTC(2026, 10, 22, 8);

export class ManualClock implements Clock {
  time: number = START;
  timers = new Set<{ at: number; callback: () => void }>();

  now(): number {
    return this.time;
  }

  after(milliseconds: number, callback: () => void): () => void {
    const timer = { at: this.time + milliseconds, callback };
    this.timers.add(timer);
    return () => void this.timers.delete(timer);
  }

  /** Lets time pass. Runs the timers that become due, each at its own time. */
  pass(milliseconds: number): void {
    const end = this.time + milliseconds;
    for (;;) {
      const next = [...this.timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.timers.delete(next);
      this.time = next.at;
      next.callback();
    }
    this.time = end;
  }
}
