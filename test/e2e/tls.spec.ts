/** HTTPS with HTTP/2, as in production: one connection carries all parts, and flow control is not TCP's alone. */
import { Agent } from 'node:https';
import { type Emulator, type LogEntry, startEmulator } from '../../src/emulator/index.js';
import { createAliOss, fileSha256, sha256Of } from '../helpers/read-back.js';
import { KiB, MiB } from '../helpers/sizes.js';
import { acknowledged, acknowledgedTwice, count, oneTo, sentAgain } from '../helpers/transcript.js';
import { expect, test as base } from './fixtures.js';
import { outcomeOf, startUpload, untilPartsDone } from './helpers.js';
import type { Setup } from './page/main.js';

const test = base.extend<{ emulator: Emulator }>({
  // The certificate is its own, and no browser knows it.
  ignoreHTTPSErrors: true,
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixtures wanted from the pattern.
  emulator: async ({}, use) => {
    const emulator = await startEmulator({ tls: true });
    await use(emulator);
    await emulator.close();
  },
});

/** The browser's requests about a key, without preflights: every one must have come over HTTP/2. */
function transcript({ control }: Emulator, key: string): LogEntry[] {
  const log = control.log(key).filter(({ operation }) => operation !== 'GetObject');
  expect(new Set(log.map(({ httpVersion }) => httpVersion))).toEqual(new Set(['2.0']));
  return log.filter(({ operation }) => operation !== 'Preflight');
}

/** SHA-256 of what is stored, read by a client that trusts the emulator's certificate. */
function storedSha256({ port, certificate, credentials }: Emulator, key: string): Promise<string> {
  const tls = { secure: true, httpsAgent: new Agent({ ca: certificate!, servername: 'localhost' }) };
  const client = createAliOss({ endpoint: `https://127.0.0.1:${port}`, ...tls, ...credentials() });
  return sha256Of(client, key);
}

const setupFor = ({ url }: Emulator, key: string): Setup => ({
  ossUrl: url,
  uploader: { partSize: 512 * KiB, parallel: 6 },
  upload: { key },
});

test('over HTTP/2 a file arrives byte for byte, each part once', async ({ page, pageUrl, makeFile, emulator }) => {
  const path = await makeFile(48 * MiB, 1);
  const key = 'tls/main.bin';
  await page.goto(pageUrl);
  await startUpload(page, path, setupFor(emulator, key));
  expect(await outcomeOf(page)).toMatchObject({ result: { key, verified: true } });
  expect(await storedSha256(emulator, key)).toBe(await fileSha256(path));
  const log = transcript(emulator, key);
  expect(acknowledged(log).sort((a, b) => a - b)).toEqual(oneTo(96));
  expect([count(log, 'InitiateMultipartUpload'), count(log, 'CompleteMultipartUpload')]).toEqual([1, 1]);
});

test('over HTTP/2 an upload is paused, resumed after a reload, and sends no acknowledged part again', async ({
  page,
  pageUrl,
  makeFile,
  emulator,
}) => {
  const path = await makeFile(24 * MiB, 2);
  const key = 'tls/reload.bin';
  await page.goto(pageUrl);
  emulator.control.setLink({ bytesPerSecond: 8 * MiB });
  await startUpload(page, path, setupFor(emulator, key));
  await untilPartsDone(page, 8);
  await page.evaluate(() => window.upload!.task.pause());
  await page.evaluate(() => window.upload!.task.resume());
  await untilPartsDone(page, 16);
  await page.reload();
  const before = transcript(emulator, key);
  emulator.control.setLink({ bytesPerSecond: null });
  await startUpload(page, path, setupFor(emulator, key));
  expect(await outcomeOf(page)).toMatchObject({ result: { key, verified: true } });
  expect(await storedSha256(emulator, key)).toBe(await fileSha256(path));
  const after = transcript(emulator, key);
  expect(acknowledgedTwice({ before, after })).toEqual([]);
  expect(count(after, 'InitiateMultipartUpload')).toBe(1);
});

test('over HTTP/2 a connection that is cut costs the parts in flight only', async ({ page, pageUrl, makeFile, emulator }) => {
  const path = await makeFile(16 * MiB, 3);
  const key = 'tls/cut.bin';
  await page.goto(pageUrl);
  emulator.control.addFault({ operation: 'UploadPart', skip: 5, times: 3, fault: { kind: 'reset' } });
  await startUpload(page, path, setupFor(emulator, key));
  expect(await outcomeOf(page)).toMatchObject({ result: { key, verified: true } });
  expect(await storedSha256(emulator, key)).toBe(await fileSha256(path));
  const log = transcript(emulator, key);
  expect(log.filter(({ fault }) => fault === 'reset')).toHaveLength(3);
  expect(acknowledged(log).sort((a, b) => a - b)).toEqual(oneTo(32));
});

test('over HTTP/2 an upload survives the death of the browser', { tag: '@kill' }, async ({
  launchBrowser,
  makeFolder,
  makeFile,
  pageUrl,
  emulator,
}) => {
  const [path, profile] = [await makeFile(24 * MiB, 4), await makeFolder()];
  const key = 'tls/kill.bin';
  const first = await launchBrowser(profile, { ignoreHTTPSErrors: true });
  const page = await first.context.newPage();
  await page.goto(pageUrl);
  emulator.control.setLink({ bytesPerSecond: 8 * MiB });
  await startUpload(page, path, setupFor(emulator, key));
  await untilPartsDone(page, 12);
  await first.kill();
  const before = transcript(emulator, key);

  emulator.control.setLink({ bytesPerSecond: null });
  const second = await launchBrowser(profile, { ignoreHTTPSErrors: true });
  const again = await second.context.newPage();
  await again.goto(pageUrl);
  await startUpload(again, path, setupFor(emulator, key));
  expect(await outcomeOf(again)).toMatchObject({ result: { key, verified: true } });
  expect(await storedSha256(emulator, key)).toBe(await fileSha256(path));
  const after = transcript(emulator, key);
  expect(sentAgain({ before, after }).numbers.length).toBeLessThanOrEqual(6);
  expect(count(after, 'InitiateMultipartUpload')).toBe(1);
});
