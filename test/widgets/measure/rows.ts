/** What thousands of rows cost in `<oss-upload>`. Prints figures; the machine should have nothing else to do. */
import type { Page } from '@playwright/test';
import { test } from '../element.js';
import { expect } from '../fixtures.js';

const FILES = 5_000;
const FINISHED = 3_000;
/** Frames of scrolling. */
const FRAMES = 600;
/** Pixels of a frame: a fast flick. */
const STEP = 120;

test(`${FILES} files are added, then as many again, scrolled through, and stopped`, async ({ page, open, oss }) => {
  // Nothing ends while rows are counted.
  await oss.control.addFault({ times: null, fault: { kind: 'stall' } });
  await open((upload) => Object.assign(upload, { multiple: true }));
  await report(page, `adding ${FILES}`, () => addFiles(page, FILES));
  await report(page, `adding ${FILES} more`, () => addFiles(page, FILES));
  const frames: number[] = [];
  await report(page, 'scrolling', async () => void frames.push(...(await scroll(page))));
  await report(page, `stopping ${2 * FILES}`, () => page.evaluate(() => window.widget.reset()));
  frames.sort((one, other) => one - other);
  const at = (share: number): string => `${frames[Math.floor(share * (frames.length - 1))]?.toFixed(1)} ms`;
  console.log(`${frames.length} frames: median ${at(0.5)}, 95th percentile ${at(0.95)}, 99th ${at(0.99)}, longest ${at(1)}`);
});

test(`${FINISHED} files are uploaded, then cleared`, async ({ page, open }) => {
  await open((upload) => Object.assign(upload, { multiple: true }));
  await report(page, `uploading ${FINISHED}`, async () => {
    await addFiles(page, FINISHED);
    await page.waitForFunction((count) => window.widget.value.length === count, FINISHED, { timeout: 240_000, polling: 1_000 });
  });
  await report(page, `clearing ${FINISHED}`, () => page.evaluate(() => window.widget.clear()));
});

async function addFiles(page: Page, count: number): Promise<void> {
  const offset = await page.evaluate((files) => {
    const first = window.widget.tasks.length;
    // Made before it is measured: a browser needs as long for that as for all the rest.
    Object.assign(window, { files: Array.from({ length: files }, (_, index) => new File(['x'], `photo-${first + index}.jpg`)) });
    return first;
  }, count);
  await page.waitForTimeout(500);
  await startWatch(page);
  await page.evaluate(() => void window.widget.addFiles((window as unknown as { files: File[] }).files));
  await expect.poll(() => page.evaluate(() => window.widget.tasks.length), { timeout: 60_000 }).toBe(offset + count);
}

async function report(page: Page, what: string, act: () => Promise<unknown>): Promise<void> {
  await startWatch(page);
  await act();
  // What it has left to be painted counts, too.
  await page.waitForTimeout(1_500);
  const tasks = await page.evaluate(() => (window as unknown as { longTasks: number[] }).longTasks);
  console.log(`${what}: ${tasks.length} tasks above 50 ms${tasks.length ? `, the longest ${Math.max(...tasks)} ms` : ''}`);
}

/** From now on, the milliseconds of each task above 50 ms are noted. */
async function startWatch(page: Page): Promise<void> {
  await page.evaluate(() => {
    const longTasks: number[] = [];
    Object.assign(window, { longTasks });
    new PerformanceObserver((list) => longTasks.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: 'longtask' });
  });
}

/** @returns milliseconds of each frame */
function scroll(page: Page): Promise<number[]> {
  return page.evaluate(
    ([count, step]) =>
      new Promise<number[]>((resolve) => {
        const list = [...window.widget.shadowRoot!.querySelectorAll('.list')].at(-1)!;
        const times: number[] = [];
        let before = performance.now();
        const next = (now: number): void => {
          times.push(now - before);
          before = now;
          list.scrollTop += step!;
          if (times.length < count!) requestAnimationFrame(next);
          else resolve(times.slice(1));
        };
        requestAnimationFrame(next);
      }),
    [FRAMES, STEP],
  );
}
