import type { Clock } from '../ports.js';

/** The longest delay of `setTimeout`: a longer one would fire at once. */
const MAX_DELAY = 2 ** 31 - 1;

/** The host's clock. Reads globals at each call, so that tests can replace them. */
export function createClock(): Clock {
  return {
    now: () => Date.now(),
    after(milliseconds, callback) {
      let timer: ReturnType<typeof setTimeout>;
      const wait = (left: number): void => {
        timer = setTimeout(() => (left > MAX_DELAY ? wait(left - MAX_DELAY) : callback()), Math.min(left, MAX_DELAY));
      };
      wait(milliseconds);
      return () => clearTimeout(timer);
    },
  };
}
