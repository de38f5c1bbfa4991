/** What a page that dies costs on a slow line: some seconds of the line's work. */
import { KiB } from '../helpers/sizes.js';
import { expect, test } from './fixtures.js';
import { expectUploaded, startUpload } from './helpers.js';
import { startSlowLine } from './slow-line.js';

const MB = 1e6;
const SIZE = 60 * MB;
/** Bytes a second: 5 Mbit/s. */
const RATE = 625_000;

test('60 MB at 5 Mbit/s, closed at 37 %: a quarter of the file is kept, and not sent again', async ({ page, pageUrl, makeFile, oss }) => {
  test.setTimeout(180_000);
  const path = await makeFile(SIZE, 37);
  const key = 'interruption/file.bin';
  const line = await startSlowLine(oss.url, { rate: RATE, buffer: 64 * KiB });
  const kept = (): number => oss.control.uploads().find((upload) => upload.key === key)?.bytes ?? 0;
  /** Seconds of the line that would be lost now. */
  const atRisk = (): number => (line.carried() - kept()) / RATE;
  let worst = 0;
  try {
    await page.goto(pageUrl);
    await startUpload(page, path, { ossUrl: oss.url, uploader: { endpoint: line.url }, upload: { key } });
    const look = (): number => {
      worst = Math.max(worst, atRisk());
      return line.carried() / SIZE;
    };
    await expect.poll(look, { timeout: 60_000, intervals: [50] }).toBeGreaterThan(0.37);
    await page.goto('about:blank');
  } finally {
    await line.close();
  }
  // The service may still store what the line had carried.
  await expect.poll(() => oss.control.log().every(({ finished }) => finished)).toBe(true);
  const keptBytes = kept();
  console.log(`kept ${(keptBytes / MB).toFixed(1)} MB of ${(line.carried() / MB).toFixed(1)}, at most ${worst.toFixed(1)} s at risk`);
  // On a busy machine; three are usual.
  expect(worst).toBeLessThan(15);
  expect(keptBytes).toBeGreaterThan(SIZE / 4);

  oss.control.clearLog();
  await page.goto(pageUrl);
  await startUpload(page, path, { ossUrl: oss.url, upload: { key } });
  await expectUploaded(page, { ossUrl: oss.url, key, path });
  const sentAgain = oss.control.log(key).reduce((sum, { operation, bytesIn }) => sum + (operation === 'UploadPart' ? bytesIn : 0), 0);
  expect(sentAgain).toBe(SIZE - keptBytes);
});
