/** What thousands of rows cost in `<oss-upload>`. Prints figures; the machine should have nothing else to do. */
import type { Page } from '@playwright/test';
import { element, test } from '../element.js';

const FILES = 5_000;
/** Frames of scrolling. */
const FRAMES = 600;
/** Pixels of a frame: a fast flick. */
const STEP = 120;

test(`${FILES} files are added, then as many again, scrolled through, and cleared`, async ({ page, open, oss }) => {
  // Nothing ends while rows are counted.
  await oss.control.addFault({ times: null, fault: { kind: 'stall' } });
  await open((upload) => Object.assign(upload, { multiple: true }));
  const longest: Record<string, number[]> = {};
  longest[`add ${FILES}`] = await longTasksDuring(page, addFiles);
  longest[`add ${FILES} more`] = await longTasksDuring(page, addFiles);
  const frames: number[] = [];
  longest['scroll'] = await longTasksDuring(page, async () => void frames.push(...(await scroll(page))));
  longest['remove all'] = await longTasksDuring(page, () => page.evaluate(() => window.widget.reset()));
  for (const [what, tasks] of Object.entries(longest)) {
    console.log(`${what}: ${tasks.length} tasks above 50 ms${tasks.length ? `, the longest ${Math.max(...tasks)} ms` : ''}`);
  }
  frames.sort((one, other) => one - other);
  const at = (share: number): string => `${frames[Math.floor(share * (frames.length - 1))]?.toFixed(1)} ms`;
  console.log(`${frames.length} frames: median ${at(0.5)}, 95th percentile ${at(0.95)}, 99th ${at(0.99)}, longest ${at(1)}`);

  async function addFiles(): Promise<void> {
    const offset = await page.evaluate(() => window.widget.tasks.length);
    await page.evaluate(
      ([count, first]) =>
        window.widget.addFiles(Array.from({ length: count! }, (_, index) => new File(['x'], `photo-${first! + index}.jpg`))),
      [FILES, offset],
    );
    await element(page)
      .locator(`[aria-setsize="${offset + FILES}"]`)
      .first()
      .waitFor();
  }
});

/** Milliseconds of each task above 50 ms. */
async function longTasksDuring(page: Page, act: () => Promise<unknown>): Promise<number[]> {
  await page.evaluate(() => {
    const tasks: number[] = [];
    const observer = new PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration)));
    observer.observe({ type: 'longtask' });
    Object.assign(window, { tasks });
  });
  await act();
  // What it has left to be painted counts, too.
  await page.waitForTimeout(1_500);
  return page.evaluate(() => (window as unknown as { tasks: number[] }).tasks.splice(0));
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
