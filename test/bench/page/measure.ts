/** The page's own clock, heap and main thread, while something runs. */
import type { PageMeasurement } from './setup.js';

/** Milliseconds. Rarely enough to cost nothing, often enough for uploads of seconds. */
const HEAP_INTERVAL = 50;

/** Chromium's, exact with `--enable-precise-memory-info`. */
const heap = (): number => (performance as unknown as { memory: { usedJSHeapSize: number } }).memory.usedJSHeapSize;

/** @param work is measured from its call until it resolves */
export async function measure(work: () => Promise<void>): Promise<PageMeasurement> {
  const longTasks = { total: 0, longest: 0 };
  const note = (entries: PerformanceEntryList): void => {
    for (const { duration } of entries) {
      longTasks.total += duration;
      longTasks.longest = Math.max(longTasks.longest, duration);
    }
  };
  const observer = new PerformanceObserver((list) => note(list.getEntries()));
  observer.observe({ type: 'longtask' });
  const before = heap();
  let peak = before;
  const sample = (): void => {
    peak = Math.max(peak, heap());
  };
  const sampling = setInterval(sample, HEAP_INTERVAL);

  const start = performance.now();
  await work();
  const milliseconds = performance.now() - start;

  sample();
  clearInterval(sampling);
  // The entry of the last long task is recorded after that task has ended.
  await new Promise((resolve) => setTimeout(resolve, 100));
  note(observer.takeRecords());
  observer.disconnect();
  return { milliseconds, heapGrowth: peak - before, longTasks };
}
