/** Thousands of parts. */
import { KiB } from '../helpers/sizes.js';
import { acknowledgedTwice, count, oneTo, partNumbers, transcript } from '../helpers/transcript.js';
import { expect, test } from './fixtures.js';
import { expectUploaded, startUpload, untilPartsDone } from './helpers.js';

/** Numbers of parts, of parts done before the interruption, and the pages of ListParts that are needed. */
const SCALES = [
  process.env.REPETITIONS === 'few'
    ? { tag: '@chromium', total: 2_200, done: 2_030, pages: ['0', '1000', '2000'] }
    : { tag: '@chromium', total: 3_000, done: 2_500, pages: ['0', '1000', '2000'] },
  // WebDriver BiDi reports every request: a part takes several times as long.
  { tag: '@firefox', total: 1_100, done: 1_020, pages: ['0', '1000'] },
];
const PART = 100 * KiB;

for (const { tag, total, done, pages } of SCALES) {
  test(`${total} parts: resumes after ${done}, with ${pages.length} pages of ListParts`, { tag }, async ({
    page,
    pageUrl,
    makeFile,
    oss,
  }) => {
    test.setTimeout(300_000);
    const path = await makeFile(total * PART, 1);
    const key = 'scale/many.bin';
    const setup = { ossUrl: oss.url, uploader: { partSize: PART }, upload: { key } };
    await page.goto(pageUrl);
    await startUpload(page, path, setup);
    await untilPartsDone(page, done, { timeout: 200_000, interval: 500 });
    await page.reload();
    const before = await transcript(oss.url, key);
    await startUpload(page, path, setup);
    await expectUploaded(page, { ossUrl: oss.url, key, path });

    const after = await transcript(oss.url, key);
    const listed = after.filter(({ operation }) => operation === 'ListParts');
    // They are requested in parallel and arrive in any order.
    expect(listed.map(({ query }) => query['part-number-marker'] ?? '0').sort()).toEqual(pages);
    expect(acknowledgedTwice({ before, after })).toEqual([]);
    expect([...new Set(partNumbers(after))].sort((a, b) => a - b)).toEqual(oneTo(total));
    expect(partNumbers(after).length - total).toBeLessThanOrEqual(6);
    expect([count(after, 'InitiateMultipartUpload'), count(after, 'CompleteMultipartUpload')]).toEqual([1, 1]);
  });
}
