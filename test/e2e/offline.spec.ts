import { expect, test } from './fixtures.js';
import {
  acknowledgedTwice,
  count,
  createControl,
  expectUploaded,
  KiB,
  MiB,
  sleep,
  startUpload,
  statesOf,
  transcript,
  untilPartsDone,
  untilState,
} from './helpers.js';

test('offline in the middle: it waits visibly, spends no attempt, and goes on when the network is back', async ({
  page,
  context,
  pageUrl,
  makeFile,
  oss,
}) => {
  const path = await makeFile(12 * MiB, 1);
  const key = 'offline/middle.bin';
  await createControl(oss.url).setLink({ bytesPerSecond: 8 * MiB });
  await page.goto(pageUrl);
  // One attempt spent would be the end of it.
  await startUpload(page, path, { ossUrl: oss.url, uploader: { partSize: 256 * KiB, retry: { limit: 0 } }, upload: { key } });
  await untilPartsDone(page, 10);
  const before = await transcript(oss.url, key);
  await context.setOffline(true);
  await untilState(page, 'waiting: network');
  // What was on its way still arrives; then nothing does.
  const arrived = async (): Promise<number> => (await createControl(oss.url).log()).length;
  await expect
    .poll(async () => {
      const before = await arrived();
      await sleep(500);
      return (await arrived()) - before;
    })
    .toBe(0);
  expect((await statesOf(page)).at(-1)).toBe('waiting: network');

  await context.setOffline(false);
  await expectUploaded(page, { ossUrl: oss.url, key, path });
  const after = await transcript(oss.url, key);
  expect(acknowledgedTwice({ before, after })).toEqual([]);
  expect([count(after, 'InitiateMultipartUpload'), count(after, 'CompleteMultipartUpload')]).toEqual([1, 1]);
});
