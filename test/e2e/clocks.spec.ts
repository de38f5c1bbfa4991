/** The age of an upload is measured by the service's clock, not by the device's. Independent of the browser. */
import type { Page } from '@playwright/test';
import { KiB } from '../helpers/sizes.js';
import { acknowledgedTwice, count, transcript } from '../helpers/transcript.js';
import { sleep } from '../helpers/waits.js';
import { expect, test } from './fixtures.js';
import { expectUploaded, outcomeOf, startUpload, uploadFirstParts } from './helpers.js';
import type { Setup } from './page/main.js';

const PART = 100 * KiB;
const DAY = 86_400_000;
const YEAR = 365 * DAY;

/** Shifts the clock of this page's device from the next load on. */
async function setDeviceClock(page: Page, offset: number): Promise<void> {
  await page.addInitScript((offset) => {
    const now = Date.now;
    Date.now = () => now() + offset;
  }, offset);
}

for (const [first, second] of [
  [-10 * YEAR, 0],
  [10 * YEAR, 0],
  [0, 10 * YEAR],
  [0, -10 * YEAR],
  [-10 * YEAR, 10 * YEAR],
  [10 * YEAR, 10 * YEAR],
] as const) {
  const name = (offset: number): string => (offset === 0 ? 'right' : `ten years ${offset < 0 ? 'behind' : 'ahead'}`);
  test(`the clock is ${name(first)} at first, ${name(second)} after a reload: no recent upload is swept`, {
    tag: '@chromium',
  }, async ({ page, context, pageUrl, makeFile, oss }) => {
    const path = await makeFile(10 * PART, 1);
    const key = 'clocks/recent.bin';
    const setup: Setup = { ossUrl: oss.url, uploader: { partSize: PART, parallel: 2 }, upload: { key } };
    await setDeviceClock(page, first);
    await page.goto(pageUrl);
    const answerAgain = await uploadFirstParts(page, oss.control, path, setup, 4);
    await page.close();
    await answerAgain();

    const later = await context.newPage();
    await setDeviceClock(later, second);
    await later.goto(pageUrl);
    // Another upload shows the page the service's time. Then wait for the sweep, which starts after five seconds.
    await startUpload(later, await makeFile(2 * PART, 2), { ...setup, upload: { key: 'clocks/other.bin' } });
    await outcomeOf(later);
    await later.evaluate(() => window.upload!.uploader.unfinished());
    await sleep(7_000);
    expect(oss.control.uploads().map((upload) => upload.key)).toEqual([key]);
    expect(count(await transcript(oss.url, key), 'AbortMultipartUpload')).toBe(0);

    const before = await transcript(oss.url, key);
    await startUpload(later, path, setup);
    await expectUploaded(later, { ossUrl: oss.url, key, path });
    const after = await transcript(oss.url, key);
    // Refusals because of the clock don't count.
    expect(
      count(
        after.filter(({ status }) => status === 200),
        'InitiateMultipartUpload',
      ),
    ).toBe(1);
    expect(acknowledgedTwice({ before, after })).toEqual([]);
  });
}

test('an upload that is old by the service’s clock is swept', { tag: '@chromium' }, async ({ page, context, pageUrl, makeFile, oss }) => {
  const path = await makeFile(10 * PART, 3);
  const key = 'clocks/old.bin';
  const setup: Setup = { ossUrl: oss.url, uploader: { partSize: PART, parallel: 2 }, upload: { key } };
  await page.goto(pageUrl);
  const answerAgain = await uploadFirstParts(page, oss.control, path, setup, 4);
  await page.close();
  await answerAgain();

  oss.control.setClock(60 * DAY);
  const later = await context.newPage();
  // The device's clock stood still while the computer was off.
  await setDeviceClock(later, 0);
  await later.goto(pageUrl);
  await startUpload(later, await makeFile(2 * PART, 4), { ...setup, upload: { key: 'clocks/other.bin' } });
  await outcomeOf(later);
  await expect.poll(() => oss.control.uploads(), { timeout: 30_000 }).toEqual([]);
});
