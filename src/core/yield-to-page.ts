/**
 * Ends the current task, so that input and painting get their turn. Not with a timer: in a hidden tab, timers are throttled
 * to one a second or a minute, and no byte may wait for one.
 */
export function yieldToPage(): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(0);
  });
}

/** Milliseconds of work after which the page gets its turn. */
const TURN = 8;

/** Long work in turns. */
export interface Turns {
  /** Whether it is the page's turn: then call {@link next}. */
  isOver(): boolean;
  /** Lets the page have its turn, and begins another one. */
  next(): Promise<void>;
}

/** Begins the first turn. */
export function createTurns(): Turns {
  let end = performance.now() + TURN;
  return {
    isOver: () => performance.now() >= end,
    async next() {
      await yieldToPage();
      end = performance.now() + TURN;
    },
  };
}
