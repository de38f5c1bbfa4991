/** Divides long work into turns of a few milliseconds: between them the page handles input and paints. */

/** Milliseconds. */
const TURN = 8;

/** Called between two steps: returns a promise when it is the page's turn. Await it before the next step. */
export type PageTurn = () => Promise<void> | undefined;

/** Begins the first turn. */
export function createTurns(): PageTurn {
  let end = performance.now() + TURN;
  return () => {
    if (performance.now() < end) return undefined;
    return yieldToPage().then(() => {
      end = performance.now() + TURN;
    });
  };
}

/** Ends the current event-loop task. No timer: those of a hidden tab are throttled. */
function yieldToPage(): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(0);
  });
}
