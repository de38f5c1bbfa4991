import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createClock } from '../../../src/browser/clock.js';

describe('createClock', () => {
  beforeEach(() => void vi.useFakeTimers({ now: 1_000 }));
  afterEach(() => void vi.useRealTimers());

  test('reads the globals at each call', () => {
    const clock = createClock();
    vi.setSystemTime(5_000);
    expect(clock.now()).toBe(5_000);
  });

  test('calls back once, after the delay', () => {
    const callback = vi.fn();
    createClock().after(100, callback);
    vi.advanceTimersByTime(99);
    expect(callback).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1_000);
    expect(callback).toHaveBeenCalledTimes(1);
  });

  test('waits out a delay that setTimeout would cut to nothing', () => {
    const callback = vi.fn();
    const days = 60 * 24 * 3_600_000;
    createClock().after(days, callback);
    vi.advanceTimersByTime(days - 1);
    expect(callback).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(callback).toHaveBeenCalledTimes(1);
  });

  test('never calls back after an infinite delay or a cancelled one', () => {
    const callback = vi.fn();
    createClock().after(Infinity, callback);
    const cancel = createClock().after(2 ** 33, callback);
    vi.advanceTimersByTime(2 ** 32);
    cancel();
    vi.advanceTimersByTime(2 ** 34);
    expect(callback).not.toHaveBeenCalled();
  });
});
