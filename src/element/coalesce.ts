/** Makes a function that calls `run` once when `delay()` milliseconds are over, however often it is called until then. */
export function coalesce(run: () => void, delay: () => number): () => void {
  let isScheduled = false;
  return () => {
    if (isScheduled) return;
    isScheduled = true;
    setTimeout(() => {
      isScheduled = false;
      run();
    }, delay());
  };
}
