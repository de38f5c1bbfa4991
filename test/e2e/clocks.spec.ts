/** A device's clock says nothing about the age of an upload: only the service's does. No browser makes a difference to that. */
import type { Page } from '@playwright/test';
import { expect, test } from './fixtures.js';
import { acknowledgedTwice, count, expectUploaded, KiB, type Setup, sleep, startUpload, transcript, untilPartsDone } from './helpers.js';

const PART = 100 * KiB;
const DAY = 86_400_000;
const YEAR = 365 * DAY;

/** The clock of this page's device, from the next load on. */
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
  test(`the clock is ${name(first)} while uploading and ${name(second)} after a reload: nothing recent is swept away`, {
    tag: '@chromium',
  }, async ({ page, context, pageUrl, makeFile, oss }) => {
    const path = await makeFile(10 * PART, 1);
    const key = 'clocks/recent.bin';
    const setup: Setup = { ossUrl: oss.url, uploader: { partSize: PART, parallel: 2 }, upload: { key } };
    const { id } = oss.control.addFault({ key, operation: 'UploadPart', skip: 4, times: null, fault: { kind: 'stall' } });
    await setDeviceClock(page, first);
    await page.goto(pageUrl);
    await startUpload(page, path, setup);
    await untilPartsDone(page, 4);
    await page.close();
    oss.control.removeFault(id);

    const later = await context.newPage();
    await setDeviceClock(later, second);
    await later.goto(pageUrl);
    // Another upload tells the page what time it is to the service; then the sweep has had its five seconds.
    await startUpload(later, await makeFile(2 * PART, 2), { ...setup, upload: { key: 'clocks/other.bin' } });
    await later.evaluate(() => window.upload!.outcome());
    await later.evaluate(() => window.upload!.uploader.unfinished());
    await sleep(7_000);
    expect(oss.control.uploads().map((upload) => upload.key)).toEqual([key]);
    expect(count(await transcript(oss.url, key), 'AbortMultipartUpload')).toBe(0);

    const before = await transcript(oss.url, key);
    await startUpload(later, path, setup);
    await expectUploaded(later, { ossUrl: oss.url, key, path });
    const after = await transcript(oss.url, key);
    // The clock's refusals aside.
    expect(
      count(
        after.filter(({ status }) => status === 200),
        'InitiateMultipartUpload',
      ),
    ).toBe(1);
    expect(acknowledgedTwice({ before, after })).toEqual([]);
  });
}

test('what is old by the service’s clock is swept away, whatever the device says', { tag: '@chromium' }, async ({
  page,
  context,
  pageUrl,
  makeFile,
  oss,
}) => {
  const path = await makeFile(10 * PART, 3);
  const key = 'clocks/old.bin';
  const setup: Setup = { ossUrl: oss.url, uploader: { partSize: PART, parallel: 2 }, upload: { key } };
  const { id } = oss.control.addFault({ key, operation: 'UploadPart', skip: 4, times: null, fault: { kind: 'stall' } });
  await page.goto(pageUrl);
  await startUpload(page, path, setup);
  await untilPartsDone(page, 4);
  await page.close();
  oss.control.removeFault(id);

  oss.control.setClock(60 * DAY);
  const later = await context.newPage();
  // It stands still for as long as the computer was off.
  await setDeviceClock(later, 0);
  await later.goto(pageUrl);
  await startUpload(later, await makeFile(2 * PART, 4), { ...setup, upload: { key: 'clocks/other.bin' } });
  await later.evaluate(() => window.upload!.outcome());
  await expect.poll(() => oss.control.uploads(), { timeout: 30_000 }).toEqual([]);
});
