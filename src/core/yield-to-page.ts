/**
 * Ends the current task, so that input and painting get their turn. Not by a timer: a hidden tab's are throttled to one
 * a second or a minute, and no byte may wait for one.
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
