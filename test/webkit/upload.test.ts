/** The built library in WebKit: the minimum that must work in Safari's engine. Driven by WebDriver, because Playwright can't drive it. */
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { ensureWebKit } from '../browsers.mjs';
import type {} from '../e2e/page/element.js';
import type { Setup } from '../e2e/page/main.js';
import { type PageServer, serveTestPage } from '../e2e/page-server.js';
import { startTestOss, type TestOss } from '../helpers/embedded-oss.js';
import { fileSha256, storedSha256 } from '../helpers/read-back.js';
import { KiB, MiB } from '../helpers/sizes.js';
import { acknowledged, acknowledgedTwice, count, oneTo, transcript } from '../helpers/transcript.js';
import { type Browser, KEYS, launchWebKit } from './webdriver.js';

const PART = 256 * KiB;

let oss: TestOss;
let server: PageServer;
let browser: Browser;

beforeAll(async () => {
  [oss, server, browser] = await Promise.all([startTestOss(), serveTestPage(), launchWebKit(ensureWebKit())]);
  return async () => {
    await browser.close();
    await Promise.all([server.close(), oss.cleanup()]);
  };
});

beforeEach(async () => {
  await oss.control.reset({ data: true });
  await browser.goto(server.url);
});

/** Writes a file of random bytes into the service's folder, which is removed with it. */
async function makeFile(size: number): Promise<string> {
  const path = join(oss.dataDir, 'chosen.bin');
  await writeFile(path, randomBytes(size));
  return path;
}

/** Chooses the file and starts to upload it. */
async function startUpload(path: string, setup: Setup): Promise<void> {
  await browser.chooseFile('#file', path);
  await browser.evaluate((setup) => window.startUpload(setup), setup);
}

/** Expects the upload on the page to succeed, and the object to equal the file byte for byte. */
async function expectUploaded(key: string, path: string): Promise<void> {
  const { result, failure } = await browser.evaluate(() => window.upload!.outcome());
  expect(failure).toBeUndefined();
  const [object] = await oss.control.objects();
  expect(result).toMatchObject({ key, verified: true, crc64: object!.crc64 });
  expect(await storedSha256(oss.url, key)).toBe(await fileSha256(path));
}

test('an upload arrives byte for byte, verified', async () => {
  const path = await makeFile(16 * MiB);
  const key = 'webkit/whole.bin';
  await startUpload(path, { ossUrl: oss.url, uploader: { partSize: MiB }, upload: { key } });
  await expectUploaded(key, path);
  const log = await transcript(oss.url, key);
  expect(acknowledged(log).sort((a, b) => a - b)).toEqual(oneTo(16));
  expect([count(log, 'InitiateMultipartUpload'), count(log, 'CompleteMultipartUpload')]).toEqual([1, 1]);
});

test('an upload resumes after a reload and sends no acknowledged part again', async () => {
  const path = await makeFile(16 * MiB);
  const key = 'webkit/reload.bin';
  const setup = { ossUrl: oss.url, uploader: { partSize: PART, parallel: 3 }, upload: { key } };
  await oss.control.setLink({ bytesPerSecond: 8 * MiB });
  await startUpload(path, setup);
  await vi.waitFor(
    async () => expect(await browser.evaluate(() => window.upload!.task.getSnapshot().progress.parts.done)).toBeGreaterThanOrEqual(10),
    { timeout: 20_000 },
  );
  await browser.reload();
  const before = await transcript(oss.url, key);
  await oss.control.setLink({ bytesPerSecond: null });
  await startUpload(path, setup);
  await expectUploaded(key, path);
  const after = await transcript(oss.url, key);
  expect(acknowledged(before).length).toBeGreaterThanOrEqual(10);
  expect(acknowledgedTwice({ before, after })).toEqual([]);
  expect([count(after, 'InitiateMultipartUpload'), count(after, 'CompleteMultipartUpload')]).toEqual([1, 1]);
});

test('<oss-upload> uploads a file, pauses and resumes by keyboard, and submits the key with its form', async () => {
  const path = await makeFile(16 * MiB);
  const key = 'element/chosen.bin';
  const focused = (): Promise<string | null> =>
    browser.evaluate(() => {
      const button = window.widget.shadowRoot!.activeElement;
      return button && (button.ariaLabel ?? button.textContent);
    });
  const untilStatus = (status: string): Promise<void> =>
    vi.waitFor(
      async () => expect(await browser.evaluate(() => window.widget.tasks.map((task) => task.getSnapshot().status))).toEqual([status]),
      { timeout: 20_000 },
    );
  await browser.goto(`${server.url}element.html`);
  await browser.evaluate((ossUrl) => window.setUp(ossUrl), oss.url);
  await oss.control.setLink({ bytesPerSecond: 2 * MiB });
  await browser.chooseFile('input', path, 'oss-upload');
  await vi.waitFor(async () => expect(acknowledged(await transcript(oss.url, key)).length).toBeGreaterThan(2), { timeout: 20_000 });

  await browser.evaluate(() => window.widget.focus());
  await browser.press(KEYS.tab);
  expect(await focused()).toBe('Pause: chosen.bin');
  await browser.press(' ');
  await untilStatus('paused');
  const before = await transcript(oss.url, key);

  await oss.control.setLink({ bytesPerSecond: null });
  await vi.waitFor(async () => expect(await focused()).toBe('Resume: chosen.bin'));
  await browser.press(KEYS.enter);
  await untilStatus('done');
  expect(await browser.evaluate(() => window.sent())).toEqual([key]);
  expect(await storedSha256(oss.url, key)).toBe(await fileSha256(path));
  expect(acknowledgedTwice({ before, after: await transcript(oss.url, key) })).toEqual([]);
});

test('<oss-upload> shows what has failed first, and what is done as rows, values and words in the page’s language', async () => {
  const rows = (): Promise<string[][]> =>
    browser.evaluate(() =>
      [...window.widget.shadowRoot!.querySelectorAll('.row')].map((row) => [
        row.querySelector('.name .cut')!.textContent,
        row.className.replace('row ', ''),
      ]),
    );
  await browser.goto(`${server.url}element.html`);
  await browser.evaluate((ossUrl) => window.setUp(ossUrl), oss.url);
  await oss.control.addFault({ key: 'element/b.txt', times: null, fault: { kind: 'status', status: 403, code: 'AccessDenied' } });
  await browser.evaluate(() => {
    Object.assign(window.widget, { multiple: true, initialValue: [{ key: 'old/plan.pdf', size: 2048 }] });
    void window.widget.addFiles(['a.txt', 'b.txt'].map((name) => new File([name], name)));
  });
  await vi.waitFor(
    async () =>
      expect(await rows()).toEqual([
        ['b.txt', 'failed'],
        ['plan.pdf', 'done'],
        ['a.txt', 'done'],
      ]),
    { timeout: 20_000 },
  );
  expect(await browser.evaluate(() => window.sent())).toEqual(['old/plan.pdf', 'element/a.txt']);
  const words = (): Promise<string> =>
    browser.evaluate(() => window.widget.shadowRoot!.querySelector('.row.failed .line')!.textContent as string);
  expect(await words()).toContain('You don’t have permission to upload here.');
  await browser.evaluate(() => {
    document.documentElement.lang = 'zh';
  });
  await vi.waitFor(async () => expect(await words()).toContain('您没有在此上传的权限。'));
  expect(await browser.evaluate(() => window.widget.validity.customError)).toBe(true);
});
