/** Pages without keys: a server signs their requests, by our handler or with the presigned URLs of somebody else's client. */
import type { Page } from '@playwright/test';
import { type AppServer, startAppServer } from '../helpers/app-server.js';
import { fileSha256, storedSha256 } from '../helpers/read-back.js';
import { KiB, MiB } from '../helpers/sizes.js';
import { acknowledgedTwice, count, oneTo, partNumbers, sentAgain, transcript } from '../helpers/transcript.js';
import { expect, test as base } from './fixtures.js';
import { expectUploaded, outcomeOf, startUpload, statesOf, untilPartsDone, untilState } from './helpers.js';
import type { Setup } from './page/main.js';

const test = base.extend<{ app: AppServer }>({
  app: async ({ oss, pageUrl }, use) => {
    const app = await startAppServer(oss, [new URL(pageUrl).origin]);
    await use(app);
    await app.close();
  },
});

const PART = 256 * KiB;
const PARALLEL = 3;

const WAYS = {
  'the handler signs': ({ url }: AppServer) => ({ uploader: { signer: url } }),
  'a server presigns URLs': ({ presignUrl }: AppServer) => ({ presignUrl }),
};

// Firefox asks only once for a module.
test('the script for a signer is loaded by no other page; where it does not come the upload fails, and resumes when it does', {
  tag: '@chromium',
}, async ({ page, pageUrl, makeFile, oss, app }) => {
  const path = await makeFile(2 * MiB, 5);
  const key = 'users/42/script.bin';
  const asked: string[] = [];
  const script = /\/authorize-remotely-[\w-]+\.js/;
  page.on('request', (request) => script.test(request.url()) && asked.push(request.url()));
  await page.route(script, (route) => route.abort());
  await page.goto(pageUrl);
  await page.setInputFiles('#file', path);
  await page.evaluate((setup) => void window.makeUploader(setup), { ossUrl: oss.url });
  expect(asked).toEqual([]);
  await page.evaluate((setup) => window.startUpload(setup), { ossUrl: oss.url, uploader: { signer: app.url }, upload: { key } });
  await expect.poll(async () => (await outcomeOf(page)).failure).toMatchObject({ code: 'ScriptNotLoaded', resumable: true });
  expect(asked.length).toBeGreaterThan(0);
  expect(await statesOf(page)).toContain('waiting: network');
  await page.unroute(script);
  await page.evaluate(() => window.upload!.task.resume());
  await expectUploaded(page, { ossUrl: oss.url, key, path });
});

for (const [way, setupOf] of Object.entries(WAYS)) {
  const setupFor = (app: AppServer, ossUrl: string, key: string): Setup => {
    const { uploader, ...rest }: Partial<Setup> = setupOf(app);
    return { ossUrl, ...rest, uploader: { partSize: PART, parallel: PARALLEL, ...uploader }, upload: { key } };
  };

  test.describe(way, () => {
    test('a file arrives byte for byte, each part once, signed by few calls', async ({ page, pageUrl, makeFile, oss, app }) => {
      const path = await makeFile(12 * MiB + 5, 1);
      const key = 'users/42/main file.bin';
      await page.goto(pageUrl);
      await startUpload(page, path, setupFor(app, oss.url, key));
      await expectUploaded(page, { ossUrl: oss.url, key, path });
      const log = await transcript(oss.url, key);
      expect(partNumbers(log).sort((a, b) => a - b)).toEqual(oneTo(49));
      expect([count(log, 'InitiateMultipartUpload'), count(log, 'CompleteMultipartUpload')]).toEqual([1, 1]);
      const signed = app.asked.flat().filter(({ operation }) => operation === 'UploadPart');
      expect(signed.map(({ query }) => Number(query['partNumber'])).sort((a, b) => a - b)).toEqual(oneTo(49));
      // Twice as many parts at a time as are sent at a time; Initiate and Complete.
      expect(app.asked.length).toBeLessThanOrEqual(2 + Math.ceil(49 / (2 * PARALLEL)) + 1);
    });

    test('paused, resumed and reloaded, it sends no acknowledged part again', async ({ page, pageUrl, makeFile, oss, app }) => {
      const path = await makeFile(12 * MiB, 2);
      const key = 'users/42/reload.bin';
      const setup = setupFor(app, oss.url, key);
      oss.control.setLink({ bytesPerSecond: 8 * MiB });
      await page.goto(pageUrl);
      await startUpload(page, path, setup);
      await untilPartsDone(page, 6);
      await page.evaluate(() => window.upload!.task.pause());
      await page.evaluate(() => window.upload!.task.resume());
      await untilPartsDone(page, 20);
      await page.reload();
      const before = await transcript(oss.url, key);
      oss.control.setLink({ bytesPerSecond: null });
      await startUpload(page, path, setup);
      await expectUploaded(page, { ossUrl: oss.url, key, path });
      const after = await transcript(oss.url, key);
      expect(acknowledgedTwice({ before, after })).toEqual([]);
      expect(count(after, 'InitiateMultipartUpload')).toBe(1);
    });

    test('two tabs make one upload', async ({ context, pageUrl, makeFile, oss, app }) => {
      const path = await makeFile(4 * MiB, 3);
      const key = 'users/42/tabs.bin';
      const [first, second] = [await context.newPage(), await context.newPage()];
      await Promise.all([first.goto(pageUrl), second.goto(pageUrl)]);
      oss.control.setLink({ bytesPerSecond: 4 * MiB });
      await startUpload(first, path, setupFor(app, oss.url, key));
      await untilPartsDone(first, 1);
      await startUpload(second, path, setupFor(app, oss.url, key));
      await expect.poll(() => statesOf(second), { intervals: [20] }).toContain('waiting: other-tab');
      expect(await outcomeOf(first)).toMatchObject({ result: { key, verified: true } });
      expect(await outcomeOf(second)).toEqual(await outcomeOf(first));
      expect(count(await transcript(oss.url, key), 'InitiateMultipartUpload')).toBe(1);
    });

    test('a folder of small files, an empty one among them, arrives', async ({ page, pageUrl, oss, app }) => {
      await page.goto(pageUrl);
      const outcomes = await page.evaluate(
        async (setup) => {
          const uploader = window.makeUploader(setup);
          const items = Array.from({ length: 20 }, (_, number) => ({
            file: window.makeNoise(number * 1000, number + 1),
            key: `users/42/folder/${number} ü+&.bin`,
          }));
          const results = await uploader.uploadAll(items).results;
          return results.map((result) => (result.status === 'fulfilled' ? result.value.verified : String(result.reason)));
        },
        setupFor(app, oss.url, ''),
      );
      expect(outcomes).toEqual(Array(20).fill(true));
      expect((await oss.control.objects()).map(({ key }) => key).filter((key) => key.startsWith('users/42/folder/'))).toHaveLength(20);
    });

    test('the browser is killed: the next one resumes', async ({ launchBrowser, makeFolder, pageUrl, makeFile, oss, app }) => {
      const path = await makeFile(8 * MiB, 4);
      const key = 'users/42/killed.bin';
      const setup = setupFor(app, oss.url, key);
      const profile = await makeFolder();
      oss.control.setLink({ bytesPerSecond: 4 * MiB });
      const browser = await launchBrowser(profile);
      const page = await browser.context.newPage();
      await page.goto(pageUrl);
      await startUpload(page, path, setup);
      await untilPartsDone(page, 8);
      await browser.kill();
      const before = await transcript(oss.url, key);
      oss.control.setLink({ bytesPerSecond: null });
      const next = await (await launchBrowser(profile)).context.newPage();
      await next.goto(pageUrl);
      await startUpload(next, path, setup);
      await expectUploaded(next, { ossUrl: oss.url, key, path });
      const again = sentAgain({ before, after: await transcript(oss.url, key) });
      expect(again.numbers.length).toBeLessThanOrEqual(PARALLEL);
    });

    test('while the server is out of order the upload waits, and resumes by itself', async ({ page, pageUrl, makeFile, oss, app }) => {
      const path = await makeFile(8 * MiB, 5);
      const key = 'users/42/outage.bin';
      oss.control.setLink({ bytesPerSecond: 8 * MiB });
      await page.goto(pageUrl);
      await startUpload(page, path, setupFor(app, oss.url, key));
      await untilPartsDone(page, 4);
      app.failsWith = 503;
      await untilState(page, 'waiting: credentials');
      app.failsWith = undefined;
      await expectUploaded(page, { ossUrl: oss.url, key, path });
    });
  });
}

const handled = ({ url }: AppServer, ossUrl: string, key: string): Setup => ({
  ossUrl,
  uploader: { partSize: PART, parallel: PARALLEL, signer: url },
  upload: { key },
});

test('what the handler refuses fails at once, in its words, and nothing is stored', async ({ page, pageUrl, makeFile, oss, app }) => {
  const path = await makeFile(1 * MiB, 6);
  await page.goto(pageUrl);
  await startUpload(page, path, handled(app, oss.url, 'users/43/foreign.bin'));
  const { failure } = await outcomeOf(page);
  expect(failure).toMatchObject({ name: 'CredentialsError', code: 'SignerRefused', resumable: true });
  expect(failure!.message).toContain('KeyNotAllowed');
  expect(await transcript(oss.url, 'users/43/foreign.bin')).toEqual([]);
});

test('a session that ends in mid-upload fails it; after a new login it resumes', async ({ page, pageUrl, makeFile, oss, app }) => {
  const path = await makeFile(8 * MiB, 7);
  const key = 'users/42/session.bin';
  const { grant } = app;
  oss.control.setLink({ bytesPerSecond: 8 * MiB });
  await page.goto(pageUrl);
  await startUpload(page, path, handled(app, oss.url, key));
  await untilPartsDone(page, 4);
  app.grant = undefined;
  expect((await outcomeOf(page)).failure).toMatchObject({ code: 'SignerRefused', resumable: true });
  const before = await transcript(oss.url, key);
  app.grant = grant;
  await page.evaluate(() => window.upload!.task.resume());
  await expectUploaded(page, { ossUrl: oss.url, key, path });
  expect(acknowledgedTwice({ before, after: await transcript(oss.url, key) })).toEqual([]);
});

test('limits of the handler hold: bytes, overwriting, metadata', async ({ page, pageUrl, makeFile, oss, app }) => {
  app.grant = { prefix: 'users/42/', maxBytes: 2 * MiB, overwrite: false, metadata: { owner: '42' } };
  const path = await makeFile(2 * MiB, 8);
  const key = 'users/42/limited.bin';
  await page.goto(pageUrl);
  await startUpload(page, path, handled(app, oss.url, key));
  await expectUploaded(page, { ossUrl: oss.url, key, path });
  const tooLarge = await makeFile(2 * MiB + 1, 9);
  await startUpload(page, tooLarge, handled(app, oss.url, 'users/42/too-large.bin'));
  expect((await outcomeOf(page)).failure?.message).toContain('TooLarge');
  const other = await makeFile(1 * MiB, 10);
  await startUpload(page, other, handled(app, oss.url, key));
  expect((await outcomeOf(page)).failure).toMatchObject({ code: 'FileAlreadyExists' });
  expect(await storedSha256(oss.url, key)).toBe(await fileSha256(path));
});

test('a key that the server chooses is the object’s, also after a reload', async ({ page, pageUrl, makeFile, oss, app }) => {
  let chosen = 0;
  app.grant = {
    prefix: 'users/42/',
    keyFor: () => {
      chosen += 1;
      return `users/42/chosen-${chosen}.bin`;
    },
  };
  const path = await makeFile(8 * MiB, 11);
  oss.control.setLink({ bytesPerSecond: 8 * MiB });
  await page.goto(pageUrl);
  await startUpload(page, path, handled(app, oss.url, 'film.bin'));
  await untilPartsDone(page, 8);
  await page.reload();
  oss.control.setLink({ bytesPerSecond: null });
  await startUpload(page, path, handled(app, oss.url, 'film.bin'));
  await expectUploaded(page, { ossUrl: oss.url, key: 'users/42/chosen-1.bin', path });
  expect(chosen).toBe(1);
  const small = await makeFile(5 * KiB, 12);
  await startUpload(page, small, handled(app, oss.url, 'small.bin'));
  await expectUploaded(page, { ossUrl: oss.url, key: 'users/42/chosen-2.bin', path: small });
});

test('STS credentials of the handler upload below the prefix; beyond it OSS refuses what they sign', async ({
  page,
  pageUrl,
  makeFile,
  oss,
  app,
}) => {
  const path = await makeFile(4 * MiB + 5, 14);
  const setupFor = (key: string): Setup => ({
    ossUrl: oss.url,
    issuerUrl: app.url,
    uploader: { partSize: PART, parallel: PARALLEL },
    upload: { key },
  });
  await page.goto(pageUrl);
  const key = 'users/42/目录/sts + file.bin';
  await startUpload(page, path, setupFor(key));
  await expectUploaded(page, { ossUrl: oss.url, key, path });
  expect(partNumbers(await transcript(oss.url, key)).sort((a, b) => a - b)).toEqual(oneTo(17));
  // The page signs: the handler has signed nothing.
  expect(app.asked).toEqual([]);

  for (const foreign of ['users/43/foreign.bin', 'users/42', 'users/421/a.bin']) {
    await startUpload(page, path, setupFor(foreign));
    expect((await outcomeOf(page)).failure).toMatchObject({ name: 'OssError', code: 'AccessDenied', resumable: true });
    expect(oss.control.log(foreign).filter(({ operation }) => operation !== 'Preflight')).toMatchObject([
      { status: 403, code: 'AccessDenied' },
    ]);
  }
  // Where a policy could not keep the limits, there are no credentials.
  app.grant = { prefix: 'users/42/', maxBytes: 5 };
  await startUpload(page, path, setupFor('users/42/limited.bin'));
  await untilState(page, 'waiting: credentials');
  expect((await oss.control.objects()).map(({ key: stored }) => stored)).toEqual([key]);
});

test('no key is in the page: not in its memory, its storage, its requests @chromium', async ({
  page,
  context,
  pageUrl,
  makeFile,
  oss,
  app,
}) => {
  let requests = '';
  context.on('request', (request) => {
    requests += `${request.url()}\n${JSON.stringify(request.headers())}\n${request.postData()?.slice(0, 10_000) ?? ''}\n`;
  });
  const path = await makeFile(4 * MiB, 13);
  oss.control.setLink({ bytesPerSecond: 2 * MiB });
  await page.goto(pageUrl);
  await startUpload(page, path, handled(app, oss.url, 'users/42/secret.bin'));
  await untilPartsDone(page, 4);
  const [memory, storage] = [await heapOf(page), await page.evaluate(() => window.witness.readStorage())];
  // What is there is found: the snapshot has the texts of the page.
  expect(memory).toContain('users/42/secret.bin');
  expect(requests).toContain('x-oss-security-token');
  expect(app.secrets.length).toBeGreaterThan(0);
  for (const secret of app.secrets) {
    for (const [name, text] of Object.entries({ memory, storage, requests })) expect(text.includes(secret), name).toBe(false);
  }
});

/** A snapshot of everything in the page's memory. */
async function heapOf(page: Page): Promise<string> {
  const session = await page.context().newCDPSession(page);
  let text = '';
  session.on('HeapProfiler.addHeapSnapshotChunk', ({ chunk }) => {
    text += chunk;
  });
  await session.send('HeapProfiler.takeHeapSnapshot');
  await session.detach();
  return text;
}
