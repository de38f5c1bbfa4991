/** The worker and its fallback are loaded separately: they may be unreachable when an upload starts. */
import { MiB } from '../helpers/sizes.js';
import { expect, test } from './fixtures.js';
import { expectUploaded, statesOf } from './helpers.js';

/** Ten times as fast, because the library waits seconds before it loads its script again. */
const CLOCK_RATE = 10;

test('an upload that starts offline waits for the hashing script, then continues', async ({ page, context, pageUrl, makeFile, oss }) => {
  const path = await makeFile(3 * MiB, 4);
  const key = 'hashing/no-worker.bin';
  const refused: string[] = [];
  page.on('requestfailed', (request) => refused.push(new URL(request.url()).pathname));
  await page.goto(pageUrl);
  await page.setInputFiles('#file', path);
  await page.evaluate((setup) => window.makeUploader(setup), { ossUrl: oss.url });
  await context.setOffline(true);
  await page.evaluate((setup) => window.startUpload(setup), { ossUrl: oss.url, upload: { key }, clockRate: CLOCK_RATE });
  await expect
    .poll(() => refused.filter((name) => /\/(hash\.worker|worker-inline|local)-[\w-]+\.js/.test(name)).length)
    .toBeGreaterThanOrEqual(3);
  expect((await statesOf(page)).at(-1)).not.toBe('failed');
  await context.setOffline(false);
  await expectUploaded(page, { ossUrl: oss.url, key, path });
});
