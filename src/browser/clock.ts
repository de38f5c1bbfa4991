import type { Clock } from '../ports.js';

/** The longest delay of `setTimeout`, 24.8 days: a longer one would fire at once. */
const MAX_DELAY = 2 ** 31 - 1;

/** The host's clock. Reads globals at each call, so that tests can replace them. */
export function createClock(): Clock {
  return {
    now: () => Date.now(),
    after(milliseconds, callback) {
      const timer = setTimeout(callback, Math.min(milliseconds, MAX_DELAY));
      return () => clearTimeout(timer);
    },
  };
}
