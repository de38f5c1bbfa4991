import type { Page } from '@playwright/test';
import { expect, test } from './fixtures.js';
import { count, expectUploaded, MiB, outcomeOf, startUpload, statesOf, transcript, unfinishedKeys, untilState } from './helpers.js';

const ENGINE = /\/engine-[\w-]+\.js/;

/** Time ten times as fast: the library waits seconds before it asks for its script again. */
const clockRate = 10;

/** Refuses the script that runs uploads until told otherwise, and counts how often it was asked for. */
async function refuseEngine(page: Page): Promise<{ asked: number; allow(): Promise<void> }> {
  const requests = { asked: 0, allow: () => page.unroute(ENGINE) };
  await page.route(ENGINE, (route) => {
    requests.asked += 1;
    return route.abort();
  });
  return requests;
}

test('the script that runs uploads is loaded with the uploader, before there is anything to upload', async ({ page, pageUrl, oss }) => {
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  await page.goto(pageUrl);
  expect(asked.filter((url) => ENGINE.test(url))).toEqual([]);
  await page.evaluate((ossUrl) => void window.makeUploader({ ossUrl }), oss.url);
  await expect.poll(() => asked.filter((url) => ENGINE.test(url)).length).toBe(1);
});

test('when it does not load, the upload fails resumably; resume() loads it and goes on', async ({ page, pageUrl, makeFile, oss }) => {
  const path = await makeFile(3 * MiB, 1);
  const key = 'engine/resumed.bin';
  const requests = await refuseEngine(page);
  await page.goto(pageUrl);
  await startUpload(page, path, { ossUrl: oss.url, upload: { key }, clockRate });
  const { failure } = await outcomeOf(page);
  expect(failure).toMatchObject({ name: 'UploadError', code: 'ScriptNotLoaded', resumable: true });
  expect(await statesOf(page)).toEqual(['queued', 'preparing', 'waiting: network', 'failed']);
  expect(requests.asked).toBeGreaterThanOrEqual(3);
  expect(await transcript(oss.url, key)).toEqual([]);

  await requests.allow();
  await page.evaluate(() => window.upload!.task.resume());
  await expectUploaded(page, { ossUrl: oss.url, key, path });
  expect(count(await transcript(oss.url, key), 'InitiateMultipartUpload')).toBe(1);
});

test('offline when the uploader is made: the upload waits, and goes on when the network is back', async ({
  page,
  context,
  pageUrl,
  makeFile,
  oss,
}) => {
  const path = await makeFile(3 * MiB, 2);
  const key = 'engine/offline.bin';
  await page.goto(pageUrl);
  await page.setInputFiles('#file', path);
  await context.setOffline(true);
  await page.evaluate((setup) => window.startUpload(setup), { ossUrl: oss.url, upload: { key }, clockRate });
  await untilState(page, 'waiting: network');
  expect(await unfinishedKeys(page, { ossUrl: oss.url })).toEqual([]);
  await context.setOffline(false);
  await expectUploaded(page, { ossUrl: oss.url, key, path });
});

test('while it loads, an upload can be paused, resumed and aborted, and its uploader disposed', async ({
  page,
  pageUrl,
  makeFile,
  oss,
}) => {
  const path = await makeFile(3 * MiB, 3);
  const key = 'engine/slow.bin';
  let arrive = (): void => {};
  const arriving = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  await page.route(ENGINE, async (route) => {
    await arriving;
    await route.continue();
  });
  await page.goto(pageUrl);
  await startUpload(page, path, { ossUrl: oss.url, upload: { key } });
  const ends = await page.evaluate(
    async (setup) => {
      const { uploader, task } = window.upload!;
      const until = (status: string): Promise<void> =>
        new Promise((resolve) => {
          const look = (): void => {
            if (task.getSnapshot().status === status) resolve();
          };
          task.subscribe(look);
          look();
        });
      await until('preparing');
      await task.pause();
      const paused = task.getSnapshot().status;
      task.resume();
      await until('preparing');
      const stopping = new AbortController();
      const file = document.querySelector<HTMLInputElement>('#file')!.files![0]!;
      const stopped = uploader.upload(file, { key: 'engine/stopped.bin', signal: stopping.signal });
      const aborted = uploader.upload(file, { key: 'engine/aborted.bin' });
      await new Promise((resolve) => setTimeout(resolve, 50));
      stopping.abort(new Error('by signal'));
      await aborted.abort();
      const other = window.makeUploader(setup);
      const disposed = other.upload(file, { key: 'engine/disposed.bin' });
      await new Promise((resolve) => setTimeout(resolve, 50));
      await other.dispose();
      const reasons = [stopped, aborted, disposed].map(({ result }) => result.then(String, (error) => `${error.name}: ${error.message}`));
      return [paused, ...(await Promise.all(reasons))];
    },
    { ossUrl: oss.url },
  );
  expect(ends).toEqual(['paused', 'Error: by signal', 'AbortError: The upload was aborted', 'AbortError: The uploader was disposed']);

  arrive();
  await expectUploaded(page, { ossUrl: oss.url, key, path });
  for (const name of ['stopped', 'aborted', 'disposed']) expect(await transcript(oss.url, `engine/${name}.bin`)).toEqual([]);
});

test('offline when the hashing is to begin: nothing of it can be loaded, and the upload goes on when the network is back', async ({
  page,
  context,
  pageUrl,
  makeFile,
  oss,
}) => {
  const path = await makeFile(3 * MiB, 4);
  const key = 'engine/no-worker.bin';
  const refused: string[] = [];
  page.on('requestfailed', (request) => refused.push(new URL(request.url()).pathname));
  await page.goto(pageUrl);
  await page.setInputFiles('#file', path);
  const engine = page.waitForResponse((response) => ENGINE.test(response.url()));
  await page.evaluate((setup) => window.makeUploader(setup), { ossUrl: oss.url });
  await engine;
  await context.setOffline(true);
  await page.evaluate((setup) => window.startUpload(setup), { ossUrl: oss.url, upload: { key }, clockRate });
  await expect
    .poll(() => refused.filter((name) => /\/(hash\.worker|worker-inline|local)-[\w-]+\.js/.test(name)).length)
    .toBeGreaterThanOrEqual(3);
  expect((await statesOf(page)).at(-1)).not.toBe('failed');
  await context.setOffline(false);
  await expectUploaded(page, { ossUrl: oss.url, key, path });
});
