import { expect, test } from './fixtures.js';
import { acknowledgedTwice, count, expectUploaded, KiB, oneTo, partNumbers, startUpload, transcript, untilPartsDone } from './helpers.js';

const PARTS = 3_000;
const PART = 100 * KiB;

test('3,000 parts, interrupted after 2,500: three pages of ListParts later it goes on', async ({ page, pageUrl, makeFile, oss }) => {
  test.setTimeout(300_000);
  const path = await makeFile(PARTS * PART, 1);
  const key = 'scale/3000.bin';
  const setup = { ossUrl: oss.url, uploader: { partSize: PART }, upload: { key } };
  await page.goto(pageUrl);
  await startUpload(page, path, setup);
  await untilPartsDone(page, 2_500, { timeout: 200_000, interval: 500 });
  await page.reload();
  const before = await transcript(oss.url, key);
  await startUpload(page, path, setup);
  await expectUploaded(page, { ossUrl: oss.url, key, path });

  const after = await transcript(oss.url, key);
  const pages = after.filter(({ operation }) => operation === 'ListParts');
  expect(pages.map(({ query }) => query['part-number-marker'] ?? '0')).toEqual(['0', '1000', '2000']);
  expect(acknowledgedTwice({ before, after })).toEqual([]);
  expect([...new Set(partNumbers(after))].sort((a, b) => a - b)).toEqual(oneTo(PARTS));
  expect(partNumbers(after).length - PARTS).toBeLessThanOrEqual(6);
  expect([count(after, 'InitiateMultipartUpload'), count(after, 'CompleteMultipartUpload')]).toEqual([1, 1]);
});
