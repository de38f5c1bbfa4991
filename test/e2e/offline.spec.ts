/** An upload while the browser is offline. */
import { KiB, MiB } from '../helpers/sizes.js';
import { acknowledgedTwice, count, transcript } from '../helpers/transcript.js';
import { sleep } from '../helpers/waits.js';
import { expect, test } from './fixtures.js';
import { expectUploaded, startUpload, statesOf, untilPartsDone, untilState } from './helpers.js';

test('an offline upload waits visibly, spends no attempt, and resumes by itself', async ({ page, context, pageUrl, makeFile, oss }) => {
  const path = await makeFile(12 * MiB, 1);
  const key = 'offline/middle.bin';
  oss.control.setLink({ bytesPerSecond: 8 * MiB });
  await page.goto(pageUrl);
  // A single spent attempt would fail the upload.
  await startUpload(page, path, { ossUrl: oss.url, uploader: { partSize: 256 * KiB, retry: { limit: 0 } }, upload: { key } });
  await untilPartsDone(page, 10);
  const before = await transcript(oss.url, key);
  await context.setOffline(true);
  await untilState(page, 'waiting: network');
  // Requests in flight still arrive, then none does.
  const arrived = (): number => oss.control.log().length;
  await expect
    .poll(async () => {
      const before = arrived();
      await sleep(500);
      return arrived() - before;
    })
    .toBe(0);
  expect((await statesOf(page)).at(-1)).toBe('waiting: network');

  await context.setOffline(false);
  await expectUploaded(page, { ossUrl: oss.url, key, path });
  const after = await transcript(oss.url, key);
  expect(acknowledgedTwice({ before, after })).toEqual([]);
  expect([count(after, 'InitiateMultipartUpload'), count(after, 'CompleteMultipartUpload')]).toEqual([1, 1]);
});
