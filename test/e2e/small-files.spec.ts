/** Small files: one form each, without a preflight, wherever a form can say all that was asked for. */
import { startAppServer } from '../helpers/app-server.js';
import { connectAliOss, storedSha256, fileSha256 } from '../helpers/read-back.js';
import { KiB } from '../helpers/sizes.js';
import { count, transcript } from '../helpers/transcript.js';
import { expect, test } from './fixtures.js';
import { expectUploaded, outcomeOf, startUpload } from './helpers.js';

test('a small file costs one request, without a preflight', async ({ page, pageUrl, makeFile, oss }) => {
  const path = await makeFile(300 * KiB, 1);
  const key = 'small/照片 ü+&.bin';
  await page.goto(pageUrl);
  await startUpload(page, path, { ossUrl: oss.url, upload: { key } });
  expect(await outcomeOf(page)).toMatchObject({ result: { key, verified: true } });
  expect(oss.control.log(key).map(({ operation }) => operation)).toEqual(['PostObject']);
  expect(await storedSha256(oss.url, key)).toBe(await fileSha256(path));
});

test('type, metadata, class and callback arrive with a form', async ({ page, pageUrl, oss }) => {
  await page.goto(pageUrl);
  const callback = { callbackUrl: `${oss.url}/_callback`, callbackBody: 'key=${object}&name=${x:name}' };
  const result = await page.evaluate(
    async ({ ossUrl, callback }) => {
      const uploader = window.makeUploader({ ossUrl });
      await uploader.upload(window.makeNoise(10, 1), { key: 'small/first.bin' }).result;
      const options = {
        contentType: 'text/csv',
        metadata: { who: 'me' },
        cacheControl: 'no-cache',
        storageClass: 'IA' as const,
        callback,
        callbackVar: { 'x:name': '春天' },
      };
      const task = uploader.upload(window.makeNoise(5_000, 2), { key: 'small/second.csv', ...options });
      const { verified, callbackBody } = await task.result;
      return { verified, callbackBody, loaded: task.getSnapshot().progress.loaded };
    },
    { ossUrl: oss.url, callback },
  );
  expect(result).toEqual({ verified: true, callbackBody: expect.anything(), loaded: 5_000 });
  expect((await transcript(oss.url, 'small/second.csv')).map(({ operation }) => operation)).toEqual(['PostObject']);
  expect(oss.control.callbacks().map(({ body }) => decodeURIComponent(body))).toEqual(['key=small/second.csv&name=春天']);
  const { meta, res } = await (await connectAliOss(oss.url)).head('small/second.csv');
  expect(meta).toEqual({ who: 'me' });
  expect(res.headers).toMatchObject({ 'content-type': 'text/csv', 'cache-control': 'no-cache', 'x-oss-storage-class': 'IA' });
});

test('a handler signs forms, too: neither key nor preflight in the page', async ({ page, pageUrl, makeFile, oss }) => {
  const app = await startAppServer(oss, [new URL(pageUrl).origin]);
  const path = await makeFile(20 * KiB, 2);
  const key = 'users/42/note.bin';
  await page.goto(pageUrl);
  await startUpload(page, path, { ossUrl: oss.url, uploader: { signer: app.url }, upload: { key } });
  expect(await outcomeOf(page)).toMatchObject({ result: { key, verified: true } });
  await app.close();
  expect(oss.control.log(key).map(({ operation }) => operation)).toEqual(['PostObject']);
  expect(await storedSha256(oss.url, key)).toBe(await fileSha256(path));
});

test('a presigning server is never asked for a form', async ({ page, pageUrl, makeFile, oss }) => {
  const app = await startAppServer(oss, [new URL(pageUrl).origin]);
  const path = await makeFile(20 * KiB, 3);
  const key = 'users/42/presigned.bin';
  await page.goto(pageUrl);
  await startUpload(page, path, { ossUrl: oss.url, presignUrl: app.presignUrl, upload: { key } });
  await expectUploaded(page, { ossUrl: oss.url, key, path });
  expect(app.asked.flat().map(({ operation }) => operation)).toEqual(['PutObject']);
  await app.close();
});

test('a bucket whose CORS rules allow no POST gets its small files by PutObject, after one form', async ({ page, pageUrl, oss }) => {
  oss.control.setCors([
    {
      allowedOrigins: ['*'],
      allowedMethods: ['GET', 'PUT', 'HEAD', 'DELETE'],
      allowedHeaders: ['*'],
      exposeHeaders: ['ETag', 'x-oss-request-id', 'x-oss-hash-crc64ecma'],
    },
  ]);
  await page.goto(pageUrl);
  const outcomes = await page.evaluate(async (ossUrl) => {
    const uploader = window.makeUploader({ ossUrl, uploader: { parallel: 1 } });
    const items = [1, 2, 3].map((number) => ({ file: window.makeNoise(1_000, number), key: `small/${number}.bin` }));
    const results = await uploader.uploadAll(items).results;
    return results.map((result) => (result.status === 'fulfilled' ? result.value.verified : String(result.reason)));
  }, oss.url);
  expect(outcomes).toEqual([true, true, true]);
  const log = oss.control.log().filter(({ operation }) => operation !== 'Preflight');
  expect([count(log, 'PostObject'), count(log, 'PutObject')]).toEqual([1, 3]);
});

test('a small file on a clock that is ten years off arrives', async ({ page, pageUrl, makeFile, oss }) => {
  const path = await makeFile(20 * KiB, 4);
  const key = 'small/clock.bin';
  oss.control.setClock(10 * 365 * 86_400_000);
  await page.goto(pageUrl);
  await startUpload(page, path, { ossUrl: oss.url, upload: { key } });
  const outcome = await outcomeOf(page);
  oss.control.setClock(0);
  expect(outcome).toMatchObject({ result: { key, verified: true } });
  expect(await storedSha256(oss.url, key)).toBe(await fileSha256(path));
});
