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

/**
 * Divides long work into turns, and begins the first one. The returned function, called between two steps, returns a promise when it
 * is the page's turn: await it before the next step.
 */
export function createTurns(): () => Promise<void> | undefined {
  let end = performance.now() + TURN;
  return () => {
    if (performance.now() < end) return undefined;
    return yieldToPage().then(() => {
      end = performance.now() + TURN;
    });
  };
}
