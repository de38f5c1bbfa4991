/** Before the first answer, and where answers can't be read: patience if the network is to blame, an error if it is not. */
import type { Page } from '@playwright/test';
import { KiB } from '../helpers/sizes.js';
import { count, parts, transcript } from '../helpers/transcript.js';
import { sleep } from '../helpers/waits.js';
import { expect, test } from './fixtures.js';
import { expectUploaded, outcomeOf, startUpload, statesOf } from './helpers.js';
import type { Setup } from './page/main.js';
import { type SlowLine, startSlowLine } from './slow-line.js';

const PART = 100 * KiB;

let line: SlowLine | undefined;
test.afterEach(async () => {
  await line?.close();
  line = undefined;
});

for (const [what, size, operation] of [
  ['an upload in parts', 4 * PART, 'InitiateMultipartUpload'],
  ['a small file', 60 * KiB, 'PutObject'],
] as const) {
  test(`two seconds offline at the first request of ${what}: it waits and continues`, async ({ page, pageUrl, makeFile, oss }) => {
    const path = await makeFile(size, 1);
    const key = `first/${operation}`;
    line = await startSlowLine(oss.url);
    line.cut();
    await page.goto(pageUrl);
    await startUpload(page, path, { ossUrl: oss.url, uploader: { endpoint: line.url, partSize: PART }, upload: { key } });
    await sleep(2_000);
    expect(await statesOf(page)).not.toContain('failed');
    line.mend();
    await expectUploaded(page, { ossUrl: oss.url, key, path });
    expect(count(await transcript(oss.url, key), operation)).toBe(1);
  });
}

test('pause() and dispose() settle while the endpoint is probed', async ({ page, pageUrl, makeFile, oss }) => {
  const path = await makeFile(4 * PART, 2);
  const key = 'first/paused.bin';
  // The service accepts connections and never answers.
  oss.control.addFault({ operation: ['InitiateMultipartUpload', 'ListObjects', 'Preflight'], times: null, fault: { kind: 'stall' } });
  await page.goto(pageUrl);
  await startUpload(page, path, { ossUrl: oss.url, uploader: { partSize: PART, stallTimeout: 300 }, upload: { key } });
  await sleep(1_000);
  expect(await settles(page, 'pause')).toBe(true);
  await page.evaluate(() => window.upload!.task.resume());
  await sleep(500);
  expect(await settles(page, 'dispose')).toBe(true);
});

/** Whether it settles within five seconds; it should within one, but the machine may be busy. */
function settles(page: Page, what: 'pause' | 'dispose'): Promise<boolean> {
  return page.evaluate(async (what) => {
    const { task, uploader } = window.upload!;
    const call = what === 'pause' ? task.pause() : uploader.dispose();
    return Promise.race([call.then(() => true), new Promise<boolean>((resolve) => setTimeout(resolve, 5_000, false))]);
  }, what);
}

for (const status of [413, 403]) {
  test(`a proxy that refuses every part with ${status} and without CORS headers: a resumable failure`, async ({
    page,
    pageUrl,
    makeFile,
    oss,
  }) => {
    const path = await makeFile(10 * PART, 3);
    const key = `first/${status}.bin`;
    const { id } = oss.control.addFault({
      key,
      operation: 'UploadPart',
      times: null,
      fault: {
        kind: 'raw',
        status,
        contentType: 'text/html',
        body: `<html>${status}</html>`,
        // An origin that no page has: for the page the same as no header.
        headers: { 'Access-Control-Allow-Origin': 'null' },
      },
    });
    await page.goto(pageUrl);
    await startUpload(page, path, {
      ossUrl: oss.url,
      uploader: { partSize: PART, parallel: 3, retry: { baseDelay: 50, maxDelay: 1_000 } },
      upload: { key },
    });
    expect((await outcomeOf(page)).failure).toMatchObject({ resumable: true });
    expect(parts(await transcript(oss.url, key)).length).toBeLessThanOrEqual(40);
    oss.control.removeFault(id);
    await page.evaluate(() => window.upload!.task.resume());
    await expectUploaded(page, { ossUrl: oss.url, key, path });
    expect(count(await transcript(oss.url, key), 'InitiateMultipartUpload')).toBe(1);
  });
}

test.describe('with a navigator.onLine that is false although answers arrive', () => {
  test.beforeEach(({ page }) => page.addInitScript(() => Object.defineProperty(navigator, 'onLine', { get: () => false })));

  const setupFor = (ossUrl: string, key: string): Setup => ({ ossUrl, uploader: { partSize: PART, parallel: 1 }, upload: { key } });

  test('parts whose connection breaks are sent again quickly', async ({ page, pageUrl, makeFile, oss }) => {
    // If it were believed, each of these would wait for half a minute.
    test.setTimeout(60_000);
    const path = await makeFile(12 * PART, 4);
    const key = 'first/never-online.bin';
    for (const partNumber of [2, 4, 6, 8, 10]) {
      // Twice: Chromium itself repeats a request that was sent over a reused connection.
      oss.control.addFault({ key, operation: 'UploadPart', partNumber, times: 2, fault: { kind: 'reset', afterBytes: 1_000 } });
    }
    await page.goto(pageUrl);
    await startUpload(page, path, setupFor(oss.url, key));
    await expectUploaded(page, { ossUrl: oss.url, key, path });
  });

  test('missing CORS rules are named', async ({ page, pageUrl, makeFile, oss }) => {
    const path = await makeFile(4 * PART, 5);
    oss.control.setCors(null);
    await page.goto(pageUrl);
    await startUpload(page, path, setupFor(oss.url, 'first/no-cors.bin'));
    expect((await outcomeOf(page)).failure).toMatchObject({ code: 'CorsRefused', resumable: true });
  });
});
