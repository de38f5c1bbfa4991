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

  test.each([60 * 24 * 3_600_000, Infinity])('a delay of %d ms, which setTimeout would cut to nothing, lasts 24.8 days', (delay) => {
    const callback = vi.fn();
    createClock().after(delay, callback);
    vi.advanceTimersByTime(24.8 * 24 * 3_600_000);
    expect(callback).not.toHaveBeenCalled();
    vi.advanceTimersByTime(24 * 3_600_000);
    expect(callback).toHaveBeenCalledTimes(1);
  });

  test('never calls back once it is cancelled', () => {
    const callback = vi.fn();
    const cancel = createClock().after(2 ** 33, callback);
    vi.advanceTimersByTime(1_000);
    cancel();
    vi.advanceTimersByTime(2 ** 34);
    expect(callback).not.toHaveBeenCalled();
  });
});
