/** Several tabs of one browser with the same file. */
import type { BrowserContext, Page } from '@playwright/test';
import { KiB, MiB } from '../helpers/sizes.js';
import { acknowledgedTwice, count, oneTo, partNumbers, sentAgain, transcript } from '../helpers/transcript.js';
import { expect, test } from './fixtures.js';
import { expectUploaded, outcomeOf, startUpload, statesOf, untilPartsDone } from './helpers.js';
import type { Setup } from './page/main.js';

const PART = 256 * KiB;
const PARALLEL = 3;

async function openTabs(context: BrowserContext, url: string): Promise<{ first: Page; second: Page }> {
  const [first, second] = [await context.newPage(), await context.newPage()];
  await Promise.all([first.goto(url), second.goto(url)]);
  return { first, second };
}

/** The first tab uploads, the second waits for it. */
async function startOneAfterTheOther(first: Page, second: Page, path: string, setup: Setup): Promise<void> {
  await startUpload(first, path, setup);
  await untilPartsDone(first, 1);
  await startUpload(second, path, setup);
  await expect.poll(() => statesOf(second), { intervals: [20] }).toContain('waiting: other-tab');
}

test.beforeEach(({ oss }) => {
  oss.control.setLink({ bytesPerSecond: 8 * MiB });
});

test('two tabs with the same file: the second waits for the result of the first', async ({ context, pageUrl, makeFile, oss }) => {
  const path = await makeFile(12 * MiB, 1);
  const key = 'tabs/same.bin';
  const setup = { ossUrl: oss.url, uploader: { partSize: PART }, upload: { key } };
  const { first, second } = await openTabs(context, pageUrl);
  await startOneAfterTheOther(first, second, path, setup);

  await expectUploaded(first, { ossUrl: oss.url, key, path });
  expect(await outcomeOf(second)).toEqual(await outcomeOf(first));
  // It compares its own file with what the other tab has stored.
  expect((await statesOf(second)).slice(-3)).toEqual(['waiting: other-tab', 'preparing', 'done']);
  const log = await transcript(oss.url, key);
  expect(partNumbers(log).sort((a, b) => a - b)).toEqual(oneTo(48));
  expect([count(log, 'InitiateMultipartUpload'), count(log, 'CompleteMultipartUpload')]).toEqual([1, 1]);
});

test('two tabs that start at the same moment make one upload', async ({ context, pageUrl, makeFile, oss }) => {
  const path = await makeFile(4 * MiB, 2);
  const { first, second } = await openTabs(context, pageUrl);
  // Without a key, both use the file's name.
  const setup = { ossUrl: oss.url, uploader: { partSize: PART } };
  const key = 'random-2.bin';
  await Promise.all([startUpload(first, path, setup), startUpload(second, path, setup)]);
  const [one, other] = await Promise.all([outcomeOf(first), outcomeOf(second)]);
  expect(one).toMatchObject({ result: { key, verified: true } });
  expect(other).toEqual(one);
  const log = await transcript(oss.url, key);
  expect(partNumbers(log).sort((a, b) => a - b)).toEqual(oneTo(16));
  expect([count(log, 'InitiateMultipartUpload'), count(log, 'CompleteMultipartUpload')]).toEqual([1, 1]);
});

for (const [end, how] of [
  ['close', 'closed'],
  ['crash', 'crashed'],
] as const) {
  // Playwright starts Firefox so that the whole browser ends when one tab crashes.
  const tag = end === 'crash' ? '@chromium' : [];
  test(`when the first tab is ${how}, the second takes over and sends no acknowledged part again`, { tag }, async ({
    context,
    pageUrl,
    makeFile,
    oss,
  }) => {
    const path = await makeFile(12 * MiB, 3);
    const key = `tabs/${how}.bin`;
    const setup = { ossUrl: oss.url, uploader: { partSize: PART, parallel: PARALLEL }, upload: { key } };
    const { first, second } = await openTabs(context, pageUrl);
    await startOneAfterTheOther(first, second, path, setup);
    await untilPartsDone(first, 10);

    const before = await transcript(oss.url, key);
    if (end === 'close') await first.close();
    else await first.goto('chrome://crash').catch(() => {});
    await expectUploaded(second, { ossUrl: oss.url, key, path });
    const after = await transcript(oss.url, key);
    // The second tab starts by listing; everything after that is its own.
    const taken = after.findIndex(({ operation }) => operation === 'ListParts');
    expect(taken).toBeGreaterThan(0);
    expect(acknowledgedTwice({ before, after })).toEqual([]);
    const again = sentAgain({ before: after.slice(0, taken), after });
    expect(again.numbers.length).toBeLessThanOrEqual(PARALLEL);
    expect(again.bytes).toBeLessThanOrEqual(PARALLEL * PART);
    expect([count(after, 'InitiateMultipartUpload'), count(after, 'CompleteMultipartUpload')]).toEqual([1, 1]);
  });
}

test('two tabs with different keys for the same file upload it in parallel', async ({ context, pageUrl, makeFile, oss }) => {
  const path = await makeFile(4 * MiB, 4);
  const keys = ['tabs/one.bin', 'tabs/other.bin'];
  const { first, second } = await openTabs(context, pageUrl);
  const tabs = [first, second];
  await Promise.all(
    tabs.map((tab, index) => startUpload(tab, path, { ossUrl: oss.url, uploader: { partSize: PART }, upload: { key: keys[index]! } })),
  );
  for (const [index, tab] of tabs.entries()) {
    const key = keys[index]!;
    await expectUploaded(tab, { ossUrl: oss.url, key, path });
    expect(await statesOf(tab)).not.toContain('waiting: other-tab');
    expect(partNumbers(await transcript(oss.url, key)).sort((a, b) => a - b)).toEqual(oneTo(16));
  }
});
