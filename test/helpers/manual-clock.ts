/** A clock that moves only when a test lets time pass. */
import type { Clock } from '../../src/ports.js';
import { settlePromises } from './turns.js';

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
    while (this.#runNext(end));
    this.time = end;
  }

  /** As {@link pass}, but lets pending promises settle before each timer. */
  async passSettling(milliseconds: number): Promise<void> {
    const end = this.time + milliseconds;
    do await settlePromises();
    while (this.#runNext(end));
    this.time = end;
    await settlePromises();
  }

  /** Runs the first timer that is due by `end`. @returns whether there was one */
  #runNext(end: number): boolean {
    const next = [...this.timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
    if (!next) return false;
    this.timers.delete(next);
    this.time = Math.max(this.time, next.at);
    next.callback();
    return true;
  }
}
