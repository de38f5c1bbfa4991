/** The browser answers requests from its cache: an upload must be confirmed by the object that is stored, not by a cached one. */
import type { Page } from '@playwright/test';
import type OSS from 'ali-oss';
import type { TestOss } from '../helpers/embedded-oss.js';
import { connectAliOss, fileSha256, storedSha256 } from '../helpers/read-back.js';
import { KiB } from '../helpers/sizes.js';
import { count, transcript } from '../helpers/transcript.js';
import { expect, test } from './fixtures.js';
import { expectUploaded, outcomeOf, startUpload } from './helpers.js';
import type { Setup } from './page/main.js';

const PART = 100 * KiB;

/** Stores a file as an object that anybody may read and browsers may cache for an hour. */
async function publish(oss: TestOss, key: string, path: string): Promise<OSS> {
  const client = await connectAliOss(oss.url);
  await client.put(key, path, { headers: { 'Cache-Control': 'max-age=3600', 'x-oss-object-acl': 'public-read' } });
  return client;
}

/** Fetches the object, as a page that shows it. @returns its size */
async function fetchObject(page: Page, oss: TestOss, key: string): Promise<number> {
  const url = `http://demo-bucket.localhost:${oss.port}/${key}`;
  return page.evaluate(async (url) => (await (await fetch(url)).arrayBuffer()).byteLength, url);
}

for (const [size, operation] of [
  [8 * PART, 'CompleteMultipartUpload'],
  [60 * KiB, 'PostObject'],
] as const) {
  for (const [what, fault] of [
    ['is lost', { kind: 'reset' }],
    ['finds its upload gone', { kind: 'status', status: 404, code: 'NoSuchUpload' }],
  ] as const) {
    if (operation === 'PostObject' && fault.kind === 'status') continue;
    test(`${operation} ${what} while an equal, deleted object is still cached: done only when it is stored`, async ({
      page,
      pageUrl,
      makeFile,
      oss,
    }) => {
      const path = await makeFile(size, 1);
      const key = 'cache/file.bin';
      const setup: Setup = { ossUrl: oss.url, uploader: { partSize: PART, parallel: 3 }, upload: { key } };
      const client = await publish(oss, key, path);
      await page.goto(pageUrl);
      expect(await fetchObject(page, oss, key)).toBe(size);
      await client.delete(key);
      expect(await fetchObject(page, oss, key), 'answered from the cache').toBe(size);

      // Twice: Chromium itself repeats a request that was sent over a reused connection.
      oss.control.addFault({ key, operation, times: fault.kind === 'reset' ? 2 : 1, fault });
      await startUpload(page, path, setup);
      await expectUploaded(page, { ossUrl: oss.url, key, path });
      expect(oss.control.objects().map((object) => object.key)).toEqual([key]);
    });
  }
}

test('Complete is lost while another object takes the place of a cached, equal one: not reported as done', async ({
  page,
  pageUrl,
  makeFile,
  oss,
}) => {
  const size = 8 * PART;
  const path = await makeFile(size, 2);
  const other = await makeFile(size, 3);
  const key = 'cache/replaced.bin';
  const client = await publish(oss, key, path);
  await page.goto(pageUrl);
  expect(await fetchObject(page, oss, key)).toBe(size);
  // The upload's Complete doesn't arrive: in the end either another object is stored or this upload's own.
  await client.put(key, other);
  oss.control.addFault({ key, operation: 'CompleteMultipartUpload', times: 2, fault: { kind: 'reset' } });
  await startUpload(page, path, { ossUrl: oss.url, uploader: { partSize: PART, parallel: 3 }, upload: { key } });
  const { result, failure } = await outcomeOf(page);
  const stored = await storedSha256(oss.url, key);
  if (result) expect(stored).toBe(await fileSha256(path));
  else expect(failure).toMatchObject({ resumable: true });
});

test('the HEAD after a lost answer reaches the service although an older object is cached', async ({ page, pageUrl, makeFile, oss }) => {
  const path = await makeFile(8 * PART, 4);
  const key = 'cache/lost-answer.bin';
  await publish(oss, key, await makeFile(8 * PART, 5));
  await page.goto(pageUrl);
  await fetchObject(page, oss, key);
  oss.control.addFault({ key, operation: 'CompleteMultipartUpload', fault: { kind: 'drop-response' } });
  await startUpload(page, path, { ossUrl: oss.url, uploader: { partSize: PART, parallel: 3 }, upload: { key } });
  await expectUploaded(page, { ossUrl: oss.url, key, path });
  const log = await transcript(oss.url, key);
  // Compared with the cached object, the upload would start again.
  expect(count(log, 'InitiateMultipartUpload')).toBe(1);
  expect(count(log, 'HeadObject')).toBeGreaterThan(0);
});
