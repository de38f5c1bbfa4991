/** Before the first answer, and where answers can't be read: patience where the line is to blame, an end where it is not. */
import type { Page } from '@playwright/test';
import { expect, test } from './fixtures.js';
import { count, expectUploaded, KiB, outcomeOf, parts, type Setup, sleep, startUpload, statesOf, transcript } from './helpers.js';
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
  test(`two seconds without a line at the first request of ${what}: it waits, and goes on`, async ({ page, pageUrl, makeFile, oss }) => {
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

test('pause, resume and dispose at the first silence end while the endpoint is being looked for', async ({
  page,
  pageUrl,
  makeFile,
  oss,
}) => {
  const path = await makeFile(4 * PART, 2);
  const key = 'first/paused.bin';
  // Takes connections, and says nothing to anything.
  oss.control.addFault({ operation: ['InitiateMultipartUpload', 'ListObjects', 'Preflight'], times: null, fault: { kind: 'stall' } });
  await page.goto(pageUrl);
  await startUpload(page, path, { ossUrl: oss.url, uploader: { partSize: PART, stallTimeout: 300 }, upload: { key } });
  await sleep(1_000);
  expect(await settles(page, 'pause')).toBe(true);
  await page.evaluate(() => window.upload!.task.resume());
  await sleep(500);
  expect(await settles(page, 'dispose')).toBe(true);
});

/** Whether it ends within five seconds; it should within one, but the machine may be busy. */
function settles(page: Page, what: 'pause' | 'dispose'): Promise<boolean> {
  return page.evaluate(async (what) => {
    const { task, uploader } = window.upload!;
    const call = what === 'pause' ? task.pause() : uploader.dispose();
    return Promise.race([call.then(() => true), new Promise<boolean>((resolve) => setTimeout(resolve, 5_000, false))]);
  }, what);
}

for (const status of [413, 403]) {
  test(`a proxy refuses every part with ${status} and without CORS headers: a resumable failure after few requests`, async ({
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
        // Nobody's origin: to the page, the same as none.
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

test.describe('navigator.onLine says false although answers come', () => {
  test.beforeEach(({ page }) => page.addInitScript(() => Object.defineProperty(navigator, 'onLine', { get: () => false })));

  const setupFor = (ossUrl: string, key: string): Setup => ({ ossUrl, uploader: { partSize: PART, parallel: 1 }, upload: { key } });

  test('parts whose connection breaks are sent again soon', async ({ page, pageUrl, makeFile, oss }) => {
    // Where it is believed, each of these waits for half a minute.
    test.setTimeout(60_000);
    const path = await makeFile(12 * PART, 4);
    const key = 'first/never-online.bin';
    for (const partNumber of [2, 4, 6, 8, 10]) {
      // Twice: Chromium repeats by itself what was sent over a connection that had been used before.
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
