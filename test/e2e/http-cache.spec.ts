/**
 * The browser keeps what it has fetched, and answers later requests from it: the object that an upload is confirmed by must be
 * the one that is there.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import OSS from 'ali-oss';
import type { TestOss } from '../helpers/embedded-oss.js';
import { expect, test } from './fixtures.js';
import { count, expectUploaded, KiB, outcomeOf, type Setup, startUpload, storedSha256, transcript } from './helpers.js';

const PART = 100 * KiB;

/** An earlier upload of the same file that anybody may read and browsers may keep for an hour. */
async function publish(oss: TestOss, key: string, path: string): Promise<OSS> {
  const { AccessKeyId, AccessKeySecret, SecurityToken } = oss.control.assumeRole().Credentials;
  const client = new OSS({
    region: 'oss-cn-hangzhou',
    bucket: 'demo-bucket',
    endpoint: `http://127.0.0.1:${oss.port}`,
    accessKeyId: AccessKeyId,
    accessKeySecret: AccessKeySecret,
    stsToken: SecurityToken,
    authorizationV4: true,
    refreshSTSTokenInterval: 3_600_000,
  });
  await client.put(key, path, { headers: { 'Cache-Control': 'max-age=3600', 'x-oss-object-acl': 'public-read' } });
  return client;
}

/** As a page does that shows the object before it is uploaded anew. */
async function look(page: Page, oss: TestOss, key: string): Promise<number> {
  const url = `http://demo-bucket.localhost:${oss.port}/${key}`;
  return page.evaluate(async (url) => (await (await fetch(url)).arrayBuffer()).byteLength, url);
}

for (const [size, operation] of [
  [8 * PART, 'CompleteMultipartUpload'],
  [60 * KiB, 'PutObject'],
] as const) {
  for (const [what, fault] of [
    ['is lost on its way', { kind: 'reset' }],
    ['is not understood, and its upload is gone', { kind: 'status', status: 404, code: 'NoSuchUpload' }],
  ] as const) {
    if (operation === 'PutObject' && fault.kind === 'status') continue;
    test(`${operation} ${what} while the browser still has an equal object that was deleted: done only when it is there`, async ({
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
      expect(await look(page, oss, key)).toBe(size);
      await client.delete(key);
      expect(await look(page, oss, key), 'the browser answers for the service').toBe(size);

      // Twice: Chromium repeats by itself what was sent over a connection that had been used before.
      oss.control.addFault({ key, operation, times: fault.kind === 'reset' ? 2 : 1, fault });
      await startUpload(page, path, setup);
      await expectUploaded(page, { ossUrl: oss.url, key, path });
      expect(oss.control.objects().map((object) => object.key)).toEqual([key]);
    });
  }
}

test('Complete is answered, the answer is lost, and another object takes the place: not called done by what the browser has', async ({
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
  expect(await look(page, oss, key)).toBe(size);
  // The upload's Complete never gets there: what is stored in the end is somebody else's, or this upload's own.
  await client.put(key, other);
  oss.control.addFault({ key, operation: 'CompleteMultipartUpload', times: 2, fault: { kind: 'reset' } });
  await startUpload(page, path, { ossUrl: oss.url, uploader: { partSize: PART, parallel: 3 }, upload: { key } });
  const { result, failure } = await outcomeOf(page);
  const stored = await storedSha256(oss.url, key);
  if (result)
    expect(stored).toBe(
      createHash('sha256')
        .update(await readFile(path))
        .digest('hex'),
    );
  else expect(failure).toMatchObject({ resumable: true });
});

test('an object that was fetched before it was replaced is looked up at the service', async ({ page, pageUrl, makeFile, oss }) => {
  const path = await makeFile(8 * PART, 4);
  const key = 'cache/lost-answer.bin';
  await publish(oss, key, await makeFile(8 * PART, 5));
  await page.goto(pageUrl);
  await look(page, oss, key);
  oss.control.addFault({ key, operation: 'CompleteMultipartUpload', fault: { kind: 'drop-response' } });
  await startUpload(page, path, { ossUrl: oss.url, uploader: { partSize: PART, parallel: 3 }, upload: { key } });
  await expectUploaded(page, { ossUrl: oss.url, key, path });
  const log = await transcript(oss.url, key);
  // By what the browser has, the object would be another's, and everything would be sent again.
  expect(count(log, 'InitiateMultipartUpload')).toBe(1);
  expect(count(log, 'HeadObject')).toBeGreaterThan(0);
});
