/** Uploads in hidden tabs. */
import { KiB, MiB } from '../helpers/sizes.js';
import { oneTo, partNumbers, transcript } from '../helpers/transcript.js';
import { expect, test } from './fixtures.js';
import { expectUploaded, startUpload, untilPartsDone } from './helpers.js';

/**
 * In a hidden tab timers are throttled to one a second, later to one a minute, and animation frames never fire.
 * Headless browsers don't throttle, so here no timer ever fires: anything that waited for one would wait forever.
 */
test('no part waits for a timer or a frame: 60 parts arrive although none fires', async ({ page, pageUrl, makeFile, oss }) => {
  await page.addInitScript(() => {
    const asked = { timeouts: 0, intervals: 0, frames: 0 };
    Object.assign(window, {
      asked,
      setTimeout: () => ++asked.timeouts,
      setInterval: () => ++asked.intervals,
      requestAnimationFrame: () => ++asked.frames,
    });
  });
  const path = await makeFile(60 * 100 * KiB, 1);
  const key = 'hidden/file.bin';
  await page.goto(pageUrl);
  await startUpload(page, path, { ossUrl: oss.url, uploader: { partSize: 100 * KiB, parallel: 2 }, upload: { key } });
  await expectUploaded(page, { ossUrl: oss.url, key, path });
  expect(partNumbers(await transcript(oss.url, key)).sort((a, b) => a - b)).toEqual(oneTo(60));
  const asked = await page.evaluate(() => (window as any).asked as Record<string, number>);
  console.log(`timers requested and never fired: ${JSON.stringify(asked)}`);
  expect(asked.timeouts).toBeGreaterThan(0);
  expect(asked.frames).toBe(0);
});

test('a tab in the background finishes its upload', async ({ page, context, pageUrl, makeFile, oss }) => {
  const path = await makeFile(8 * MiB, 2);
  const key = 'hidden/background.bin';
  oss.control.setLink({ bytesPerSecond: 8 * MiB });
  await page.goto(pageUrl);
  await startUpload(page, path, { ossUrl: oss.url, uploader: { partSize: 256 * KiB }, upload: { key } });
  await untilPartsDone(page, 2);
  const other = await context.newPage();
  await other.goto(pageUrl);
  await other.bringToFront();
  // For Playwright every page is visible; this is what a window manager would trigger.
  await page.evaluate(() => {
    Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });
    Object.defineProperty(document, 'hidden', { value: true, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  });
  await expectUploaded(page, { ossUrl: oss.url, key, path });
});
