/** Unfinished uploads that this browser has no record of: other devices', other tools', or those of a cleared storage. */
import type { Page } from '@playwright/test';
import type OSS from 'ali-oss';
import { startAppServer } from '../helpers/app-server.js';
import { connectAliOss } from '../helpers/read-back.js';
import { KiB, MiB } from '../helpers/sizes.js';
import { acknowledgedTwice, count, oneTo, partNumbers, sentAgain, transcript } from '../helpers/transcript.js';
import { expect, test } from './fixtures.js';
import { expectUploaded, outcomeOf, startUpload, untilPartsDone, uploadFirstParts } from './helpers.js';
import type { Setup } from './page/main.js';

const PART = 256 * KiB;

const setupFor = (ossUrl: string, key: string, uploader: Setup['uploader'] = {}): Setup => ({
  ossUrl,
  uploader: { partSize: PART, parallel: 3, discover: true, ...uploader },
  upload: { key },
});

/** The parts of a file that somebody else sends, with a client that isn't ours. @returns the upload's ID */
async function beginElsewhere(client: OSS, key: string, path: string, partSize: number, size: number, numbers: number[]): Promise<string> {
  const { uploadId } = await client.initMultipartUpload(key);
  for (const number of numbers) {
    await client.uploadPart(key, uploadId, number, path, (number - 1) * partSize, Math.min(number * partSize, size));
  }
  return uploadId;
}

function resumedFrom(page: Page): Promise<string | undefined> {
  return page.evaluate(() => window.upload!.task.getSnapshot().resumedFrom);
}

function warningsOf(page: Page): Promise<string[]> {
  return page.evaluate(() => window.upload!.task.getSnapshot().warnings.map(({ code }) => code));
}

test('after the storage was cleared, no acknowledged part is sent again', async ({ page, browser, pageUrl, makeFile, oss }) => {
  const path = await makeFile(8 * MiB, 1);
  const key = 'discover/cleared.bin';
  const setup = setupFor(oss.url, key);
  oss.control.setLink({ bytesPerSecond: 8 * MiB });
  await page.goto(pageUrl);
  await startUpload(page, path, setup);
  await untilPartsDone(page, 12);
  await page.close();
  const before = await transcript(oss.url, key);
  oss.control.setLink({ bytesPerSecond: null });
  // Another profile: nothing of the first one's is there. Its part size is another one, too.
  const other = await (await browser.newContext()).newPage();
  await other.goto(pageUrl);
  await startUpload(other, path, setupFor(oss.url, key, { partSize: 1 * MiB }));
  await expectUploaded(other, { ossUrl: oss.url, key, path });
  expect(await resumedFrom(other)).toBe('server');
  const after = await transcript(oss.url, key);
  expect(acknowledgedTwice({ before, after })).toEqual([]);
  expect(sentAgain({ before, after }).numbers.length).toBeLessThanOrEqual(3);
  expect(count(after, 'InitiateMultipartUpload')).toBe(1);
  await other.context().close();
});

test('an upload whose part size was changed on the way is found and resumed', async ({ page, browser, pageUrl, makeFile, oss }) => {
  const path = await makeFile(24 * MiB, 5);
  const key = 'discover/recut.bin';
  const setup = setupFor(oss.url, key, { partSize: 'auto', parallel: 2 });
  await page.goto(pageUrl);
  const answerAgain = await uploadFirstParts(page, oss.control, path, setup, 5);
  await page.close();
  await answerAgain();
  const before = await transcript(oss.url, key);
  const other = await (await browser.newContext()).newPage();
  await other.goto(pageUrl);
  await startUpload(other, path, setup);
  await expectUploaded(other, { ossUrl: oss.url, key, path });
  expect(await resumedFrom(other)).toBe('server');
  const after = await transcript(oss.url, key);
  expect(acknowledgedTwice({ before, after })).toEqual([]);
  expect(count(after, 'InitiateMultipartUpload')).toBe(1);
  const sizes = new Set(after.flatMap(({ operation, bytesIn }) => (operation === 'UploadPart' ? bytesIn : [])));
  expect(sizes.size).toBeGreaterThan(1);
  await other.context().close();
});

for (const [title, numbers] of [
  ['with its first parts', [1, 2, 3]],
  ['with gaps', [2, 5, 7]],
  ['with the last part only', [8]],
  ['with all parts', oneTo(8)],
] as const) {
  test(`an upload that ali-oss began ${title} is resumed`, async ({ page, pageUrl, makeFile, oss }) => {
    const size = 7 * MiB + 300 * KiB;
    const path = await makeFile(size, 2);
    const key = 'discover/ali oss+.bin';
    await beginElsewhere(await connectAliOss(oss.url), key, path, MiB, size, [...numbers]);
    await page.goto(pageUrl);
    await startUpload(page, path, setupFor(oss.url, key));
    await expectUploaded(page, { ossUrl: oss.url, key, path });
    const log = await transcript(oss.url, key);
    expect(partNumbers(log).sort((a, b) => a - b)).toEqual(oneTo(8));
    expect(count(log, 'InitiateMultipartUpload')).toBe(1);
    expect(await resumedFrom(page)).toBe('server');
  });
}

test('1,001 parts of somebody else are found on all pages @chromium', async ({ page, pageUrl, makeFile, oss }) => {
  const partSize = 100 * KiB;
  const size = 1_002 * partSize;
  const path = await makeFile(size, 3);
  const key = 'discover/many.bin';
  await beginElsewhere(await connectAliOss(oss.url), key, path, partSize, size, oneTo(1_001));
  await page.goto(pageUrl);
  await startUpload(page, path, setupFor(oss.url, key));
  await expectUploaded(page, { ossUrl: oss.url, key, path });
  expect(partNumbers(await transcript(oss.url, key)).length).toBe(1_002);
});

test('another file under the same key is left alone, and so are longer keys', async ({ page, pageUrl, makeFile, oss }) => {
  const size = 4 * MiB;
  const path = await makeFile(size, 4);
  const otherFile = await makeFile(size, 5);
  const key = 'discover/same';
  const client = await connectAliOss(oss.url);
  const foreign = [
    await beginElsewhere(client, key, otherFile, PART, size, [1, 2]),
    await beginElsewhere(client, `${key}.bin`, path, PART, size, [1, 2]),
    await beginElsewhere(client, `${key}/deeper`, path, PART, size, [1, 2]),
  ];
  await page.goto(pageUrl);
  await startUpload(page, path, setupFor(oss.url, key));
  await expectUploaded(page, { ossUrl: oss.url, key, path });
  expect(await resumedFrom(page)).toBeUndefined();
  const left = (await oss.control.uploads()).map(({ uploadId }) => uploadId);
  expect(left.sort()).toEqual(foreign.sort());
});

test('of thirty candidates the newest five are looked at, and the right one is taken', async ({ page, pageUrl, makeFile, oss }) => {
  const size = 4 * MiB;
  const path = await makeFile(size, 6);
  const otherFile = await makeFile(size, 7);
  const key = 'discover/thirty.bin';
  const client = await connectAliOss(oss.url);
  for (let number = 1; number <= 26; number += 1) await beginElsewhere(client, key, otherFile, PART, size, [1]);
  const right = await beginElsewhere(client, key, path, PART, size, [1, 2, 3]);
  for (let number = 1; number <= 3; number += 1) await beginElsewhere(client, key, otherFile, PART, size, [1]);
  await page.goto(pageUrl);
  await startUpload(page, path, setupFor(oss.url, key));
  await expectUploaded(page, { ossUrl: oss.url, key, path });
  expect(await resumedFrom(page)).toBe('server');
  const left = await oss.control.uploads();
  expect(left).toHaveLength(29);
  expect(left.map(({ uploadId }) => uploadId)).not.toContain(right);
});

test('a picker that gives a new modification time costs nothing, and leaves one record', async ({ page, pageUrl, makeFile, oss }) => {
  const size = 8 * MiB;
  const path = await makeFile(size, 8, { name: 'phone.bin' });
  const key = 'discover/phone.bin';
  oss.control.setLink({ bytesPerSecond: 8 * MiB });
  await page.goto(pageUrl);
  await startUpload(page, path, setupFor(oss.url, key));
  await untilPartsDone(page, 12);
  await page.reload();
  const before = await transcript(oss.url, key);
  const again = await makeFile(size, 8, { name: 'phone-again.bin', lastModified: 1_750_000_000_000 });
  oss.control.setLink({ bytesPerSecond: null });
  await startUpload(page, again, setupFor(oss.url, key));
  await expectUploaded(page, { ossUrl: oss.url, key, path });
  expect(await resumedFrom(page)).toBe('server');
  expect(acknowledgedTwice({ before, after: await transcript(oss.url, key) })).toEqual([]);
  expect(await page.evaluate(async () => (await window.upload!.uploader.unfinished()).length)).toBe(0);
});

test('two devices at once make the object, and no upload is left', async ({ browser, pageUrl, makeFile, oss }) => {
  const path = await makeFile(8 * MiB, 9);
  const key = 'discover/two-devices.bin';
  oss.control.setLink({ bytesPerSecond: 8 * MiB });
  const [first, second] = await Promise.all([1, 2].map(async () => (await browser.newContext()).newPage()));
  await Promise.all([first!.goto(pageUrl), second!.goto(pageUrl)]);
  await startUpload(first!, path, setupFor(oss.url, key));
  await untilPartsDone(first!, 8);
  await startUpload(second!, path, setupFor(oss.url, key));
  await expectUploaded(second!, { ossUrl: oss.url, key, path });
  await expectUploaded(first!, { ossUrl: oss.url, key, path });
  expect(await resumedFrom(second!)).toBe('server');
  expect(await oss.control.uploads()).toEqual([]);
  await Promise.all([first!.context().close(), second!.context().close()]);
});

test('credentials that may not list: one warning, and a new upload', async ({ page, pageUrl, makeFile, oss }) => {
  const path = await makeFile(2 * MiB, 10);
  const key = 'discover/denied.bin';
  oss.control.addFault({ operation: 'ListMultipartUploads', times: null, fault: { kind: 'status', status: 403, code: 'AccessDenied' } });
  await page.goto(pageUrl);
  await startUpload(page, path, setupFor(oss.url, key));
  await expectUploaded(page, { ossUrl: oss.url, key, path });
  expect(await warningsOf(page)).toEqual(['discovery-refused']);
});

test('where there is nothing, it costs one request; small files are not looked for', async ({ page, pageUrl, makeFile, oss }) => {
  const path = await makeFile(2 * MiB, 11);
  await page.goto(pageUrl);
  await startUpload(page, path, setupFor(oss.url, 'discover/new.bin'));
  expect(await outcomeOf(page)).toMatchObject({ result: { verified: true } });
  const listings = async (): Promise<number> => count(await oss.control.log(), 'ListMultipartUploads');
  expect(await listings()).toBe(1);
  const small = await makeFile(10 * KiB, 12);
  await startUpload(page, small, setupFor(oss.url, 'discover/small.bin'));
  expect(await outcomeOf(page)).toMatchObject({ result: { verified: true } });
  expect(await listings()).toBe(1);
});

test('cancelling an upload that was found leaves it on the server: others may have begun it', async ({ page, pageUrl, makeFile, oss }) => {
  const size = 8 * MiB;
  const path = await makeFile(size, 13);
  const key = 'discover/cancelled.bin';
  const uploadId = await beginElsewhere(await connectAliOss(oss.url), key, path, MiB, size, [1, 2]);
  oss.control.setLink({ bytesPerSecond: 2 * MiB });
  await page.goto(pageUrl);
  await startUpload(page, path, setupFor(oss.url, key));
  await untilPartsDone(page, 3);
  await page.evaluate(() => window.upload!.task.abort());
  expect((await oss.control.uploads()).map((upload) => upload.uploadId)).toEqual([uploadId]);
  expect(await page.evaluate(async () => (await window.upload!.uploader.unfinished()).length)).toBe(0);
});

test('by a handler that grants it, a page without keys finds uploads, too', async ({ page, pageUrl, makeFile, oss }) => {
  const size = 4 * MiB;
  const path = await makeFile(size, 14);
  const key = 'users/42/found.bin';
  const app = await startAppServer(oss, [new URL(pageUrl).origin]);
  app.grant = { prefix: 'users/42/', discover: true };
  await beginElsewhere(await connectAliOss(oss.url), key, path, MiB, size, [1, 2, 3]);
  await page.goto(pageUrl);
  await startUpload(page, path, setupFor(oss.url, key, { signer: app.url }));
  await expectUploaded(page, { ossUrl: oss.url, key, path });
  expect(await resumedFrom(page)).toBe('server');
  expect(partNumbers(await transcript(oss.url, key)).sort((a, b) => a - b)).toEqual(oneTo(4));
  app.grant = { prefix: 'users/42/' };
  await startUpload(page, await makeFile(size, 15), setupFor(oss.url, 'users/42/not-granted.bin', { signer: app.url }));
  expect(await outcomeOf(page)).toMatchObject({ result: { verified: true } });
  expect(await warningsOf(page)).toEqual(['discovery-refused']);
  await app.close();
});
