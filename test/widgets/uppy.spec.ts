import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Locator, Page } from '@playwright/test';
import { connectAliOss } from '../helpers/read-back.js';
import {
  acknowledged,
  acknowledgedTwice,
  count,
  expect,
  fileSha256,
  MiB,
  parts,
  storedSha256,
  test,
  transcript,
  untilAcknowledged,
} from './fixtures.js';

const key = 'uploads/random-1.bin';
const otherKey = 'uploads/random-2.bin';

function item(page: Page, name: string): Locator {
  return page.locator('.uppy-Dashboard-Item').filter({ hasText: name });
}

async function select(page: Page, ...paths: string[]): Promise<void> {
  await page.locator('.uppy-Dashboard-input').first().setInputFiles(paths);
}

async function upload(page: Page, ...paths: string[]): Promise<void> {
  await select(page, ...paths);
  await page.getByRole('button', { name: `Upload ${paths.length} file` }).click();
}

async function expectComplete(page: Page): Promise<void> {
  await expect(page.locator('.uppy-StatusBar').getByText('Complete', { exact: true })).toBeVisible();
}

/** Waits until no request for this key is in progress, and returns the number of parts sent. */
async function untilQuiet(url: string, key: string): Promise<number> {
  await expect.poll(async () => (await transcript(url, key)).every(({ finished }) => finished)).toBe(true);
  return parts(await transcript(url, key)).length;
}

for (const [version, path] of [
  ['Uppy 6', 'gallery/uppy/'],
  ['Uppy 5', 'variants/uppy5/uppy/'],
] as const) {
  test.describe(`the Dashboard of ${version}`, () => {
    test.beforeEach(({ page, widgetsUrl }) => page.goto(`${widgetsUrl}${path}`));

    test('a selected file arrives byte for byte, and nothing is logged as a problem', async ({ page, makeFile, oss, complaints }) => {
      const path = await makeFile(8 * MiB, 1);
      await upload(page, path);
      await expectComplete(page);
      expect(await storedSha256(oss.url, key)).toBe(await fileSha256(path));
      expect(complaints).toEqual([]);
    });

    test('the progress bar fills up and never goes back', async ({ page, makeFile, oss }) => {
      await oss.control.setLink({ bytesPerSecond: 2 * MiB });
      await upload(page, await makeFile(24 * MiB, 1));
      const bar = page.getByRole('progressbar');
      const seen: number[] = [];
      const look = async (): Promise<number> => {
        seen.push(Number(await bar.getAttribute('aria-valuenow')));
        return seen.at(-1)!;
      };
      const betweenSeen = async (): Promise<number> => {
        await look();
        return new Set(seen.filter((value) => value > 0 && value < 100)).size;
      };
      await expect.poll(betweenSeen, { intervals: [50] }).toBeGreaterThan(1);
      await oss.control.setLink({ bytesPerSecond: 8 * MiB });
      await expect.poll(look, { intervals: [50] }).toBe(100);
      expect(seen).toEqual(seen.toSorted((a, b) => a - b));
      await expectComplete(page);
    });

    test('cancelling all leaves nothing open on the server, and nothing to resume', async ({ page, makeFile, oss }) => {
      await oss.control.setLink({ bytesPerSecond: 8 * MiB });
      await upload(page, await makeFile(16 * MiB, 1), await makeFile(16 * MiB, 2));
      await untilAcknowledged(oss.url, key, 1);
      await page.locator('.uppy-StatusBar').getByRole('button', { name: 'Cancel' }).click();
      await expect(page.locator('.uppy-Dashboard-Item')).toHaveCount(0);
      await expect.poll(() => oss.control.uploads()).toEqual([]);
      expect(oss.control.objects()).toEqual([]);
    });

    test('a refused upload shows why, and the retry resumes where it stopped', async ({ page, makeFile, oss }) => {
      const path = await makeFile(24 * MiB, 1);
      oss.control.addFault({ operation: 'UploadPart', skip: 3, times: null, fault: { kind: 'status', status: 403, code: 'AccessDenied' } });
      await upload(page, path);
      await expect(page.getByRole('alert').first()).toContainText('Failed to upload random-1.bin');
      await expect(page.getByRole('alert').first().locator('[aria-label*="403 AccessDenied"]')).toBeVisible();
      const before = await transcript(oss.url, key);
      oss.control.removeFault();
      await page.getByRole('button', { name: 'Retry upload' }).first().click();
      await expectComplete(page);
      const after = await transcript(oss.url, key);
      expect(acknowledgedTwice({ before, after })).toEqual([]);
      expect(count(after, 'InitiateMultipartUpload')).toBe(1);
      expect(await storedSha256(oss.url, key)).toBe(await fileSha256(path));
    });

    test('after a reload in the middle, the ghost resumes when it is selected again', async ({ page, makeFile, oss }) => {
      // Golden Retriever stores the content of smaller files, up to 10 MiB.
      const path = await makeFile(24 * MiB, 1);
      await oss.control.setLink({ bytesPerSecond: 8 * MiB });
      await upload(page, path);
      await untilAcknowledged(oss.url, key, 2);
      const before = await transcript(oss.url, key);
      await page.reload();
      await expect(page.locator('.uppy-Dashboard-Item.is-ghost')).toHaveCount(1);
      await oss.control.setLink({ bytesPerSecond: null });
      await page.getByRole('button', { name: 'Re-select' }).click();
      await select(page, path);
      await expect(page.locator('.uppy-Dashboard-Item.is-ghost')).toHaveCount(0);
      await page.getByRole('button', { name: 'Upload 1 file' }).click();
      await expectComplete(page);
      const after = await transcript(oss.url, key);
      expect(acknowledgedTwice({ before, after })).toEqual([]);
      expect(count(after, 'InitiateMultipartUpload')).toBe(1);
      expect(await storedSha256(oss.url, key)).toBe(await fileSha256(path));
    });

    // The older version has the same contract: only the tests that depend on the widget itself.
    if (version === 'Uppy 5') return;

    test('a file that is paused stays behind while another arrives, and continues when it is resumed', async ({ page, makeFile, oss }) => {
      await oss.control.setLink({ bytesPerSecond: 8 * MiB });
      const paths = [await makeFile(24 * MiB, 1), await makeFile(24 * MiB, 2)];
      await upload(page, ...paths);
      await untilAcknowledged(oss.url, key, 1);
      await item(page, 'random-1.bin').getByRole('button', { name: 'Pause upload' }).click();
      const sent = await untilQuiet(oss.url, key);
      await expect.poll(async () => count(await transcript(oss.url, otherKey), 'CompleteMultipartUpload')).toBe(1);
      expect(parts(await transcript(oss.url, key))).toHaveLength(sent);
      const before = await transcript(oss.url, key);
      await item(page, 'random-1.bin').getByRole('button', { name: 'Resume upload' }).click();
      await expectComplete(page);
      expect(acknowledgedTwice({ before, after: await transcript(oss.url, key) })).toEqual([]);
      expect(await storedSha256(oss.url, key)).toBe(await fileSha256(paths[0]!));
    });

    test('pausing all stops every request, and resuming all sends no acknowledged part twice', async ({ page, makeFile, oss }) => {
      await oss.control.setLink({ bytesPerSecond: 8 * MiB });
      const paths = [await makeFile(16 * MiB, 1), await makeFile(16 * MiB, 2)];
      await upload(page, ...paths);
      await untilAcknowledged(oss.url, key, 1);
      await page.getByRole('button', { name: 'Pause', exact: true }).click();
      await expect(page.getByText(/^Paused/)).toBeVisible();
      await untilQuiet(oss.url, key);
      await untilQuiet(oss.url, otherKey);
      const before = await oss.control.log();
      await page.getByRole('button', { name: 'Resume', exact: true }).click();
      await expectComplete(page);
      const after = await oss.control.log();
      expect(before.some(({ aborted }) => aborted)).toBe(true);
      for (const [at, name] of [key, otherKey].entries()) {
        const of = (log: typeof after) => log.filter((entry) => entry.key === name);
        expect(acknowledgedTwice({ before: of(before), after: of(after) })).toEqual([]);
        expect(await storedSha256(oss.url, name)).toBe(await fileSha256(paths[at]!));
      }
    });

    test('removing a file aborts its upload and no other', async ({ page, makeFile, oss }) => {
      await oss.control.setLink({ bytesPerSecond: 8 * MiB });
      const paths = [await makeFile(16 * MiB, 1), await makeFile(16 * MiB, 2)];
      await upload(page, ...paths);
      await untilAcknowledged(oss.url, key, 1);
      await item(page, 'random-1.bin').getByRole('button', { name: 'Remove file' }).click();
      await expectComplete(page);
      await expect.poll(() => oss.control.uploads()).toEqual([]);
      expect(oss.control.objects().map((object) => object.key)).toEqual([otherKey]);
      expect(await storedSha256(oss.url, otherKey)).toBe(await fileSha256(paths[1]!));
    });
  });
}

test.describe('Uppy 6 without a user interface', () => {
  test.beforeEach(async ({ page, widgetsUrl }) => {
    await page.goto(`${widgetsUrl}pages/uppy/`);
    // Its modules wait for the configuration longer than for the page's `load`.
    await page.waitForFunction(() => 'uppy' in window);
  });

  test('without a key, two files with one name become two objects', async ({ page, oss }) => {
    const keys = await page.evaluate(async () => {
      window.plugin.setOptions({ key: undefined });
      for (const content of ['one', 'another']) window.uppy.addFile({ name: 'report.pdf', data: new Blob([content]) });
      const { successful = [] } = (await window.uppy.upload())!;
      return successful.map(({ response }) => (response!.body as unknown as { key: string }).key);
    });
    expect(keys).toEqual(['report.pdf', 'report (2).pdf']);
    expect((await oss.control.objects()).map(({ key: stored }) => stored).sort()).toEqual(keys.sort());
  });

  test('upload() resolves with the stored files, their keys, ETags and URLs, and with the failed ones', async ({ page, makeFile, oss }) => {
    oss.control.addFault({ key: 'uploads/summer/random-2.bin', times: null, fault: { kind: 'status', status: 403, code: 'AccessDenied' } });
    await page.setInputFiles('#file', await makeFile(MiB, 1));
    await page.evaluate(() => window.add({ album: 'Summer' }));
    await page.setInputFiles('#file', await makeFile(MiB, 2));
    // The path of a dropped folder, in Uppy's form.
    await page.evaluate(() => window.add({ album: 'Summer', relativePath: '/summer/random-2.bin' }));
    const { successful, failed } = await page.evaluate(async () => {
      const { successful = [], failed = [] } = (await window.uppy.upload())!;
      return {
        successful: successful.map(({ name, response, uploadURL }) => ({ name, response, uploadURL })),
        failed: failed.map(({ name, error }) => ({ name, error })),
      };
    });
    const url = `${oss.url.replace('://', '://demo-bucket.')}/${key}`;
    expect(successful).toEqual([
      {
        name: 'random-1.bin',
        uploadURL: url,
        response: { status: 200, uploadURL: url, body: expect.objectContaining({ key, url, verified: true, size: MiB }) },
      },
    ]);
    expect(failed).toEqual([{ name: 'random-2.bin', error: expect.stringContaining('AccessDenied') }]);
    expect((await (await connectAliOss(oss.url)).head(key)).meta).toMatchObject({ album: 'Summer' });
  });

  test('an invalid key fails its own file only', async ({ page, makeFile, oss }) => {
    await page.setInputFiles('#file', [await makeFile(MiB, 1), await makeFile(MiB, 2)]);
    const { successful, failed } = await page.evaluate(async () => {
      window.add({});
      window.plugin.setOptions({
        optionsFor: ({ name }) => (name === 'random-1.bin' ? { key: '../outside' } : {}),
      });
      const { successful = [], failed = [] } = (await window.uppy.upload())!;
      return { successful: successful.map(({ name }) => name), failed: failed.map(({ name, error }) => ({ name, error })) };
    });
    expect(successful).toEqual(['random-2.bin']);
    expect(failed).toEqual([{ name: 'random-1.bin', error: expect.stringContaining('..') }]);
    expect(oss.control.objects().map((object) => object.key)).toEqual([otherKey]);
  });

  test('files of remote providers fail instead of seeming to have arrived', async ({ page }) => {
    const failed = await page.evaluate(async () => {
      const remote = { companionUrl: 'https://companion.example', requestClientId: 'example', url: 'https://companion.example/file' };
      window.uppy.addFile(Object.assign({ name: 'remote.bin', data: { size: 10 }, isRemote: true }, { remote }));
      return (await window.uppy.upload())?.failed?.map(({ error }) => error);
    });
    expect(failed).toEqual([expect.stringContaining('remote providers')]);
  });

  test('removing the plugin in the middle stops no upload, and Uppy still hears how it ends', async ({ page, makeFile, oss }) => {
    await oss.control.setLink({ bytesPerSecond: 8 * MiB });
    await page.setInputFiles('#file', await makeFile(16 * MiB, 1));
    const ended = page.evaluate(async () => {
      window.add({});
      return (await window.uppy.upload())?.successful?.map(({ name }) => name);
    });
    await untilAcknowledged(oss.url, key, 1);
    await page.evaluate(() => window.uppy.removePlugin(window.plugin as never));
    expect(await ended).toEqual(['random-1.bin']);
  });

  test('clearing Uppy in the middle aborts the upload', async ({ page, makeFile, oss }) => {
    await oss.control.setLink({ bytesPerSecond: 8 * MiB });
    await page.setInputFiles('#file', await makeFile(24 * MiB, 1));
    await page.evaluate(() => {
      window.add({});
      void window.uppy.upload();
    });
    await untilAcknowledged(oss.url, key, 1);
    await page.evaluate(() => window.uppy.clear());
    await expect.poll(() => oss.control.uploads()).toEqual([]);
  });

  for (const size of [MiB, 8 * MiB]) {
    test(`a retry after a failed callback sends none of ${size / MiB} MiB again, and says the same error`, async ({
      page,
      makeFile,
      oss,
      widgetsUrl,
    }) => {
      await page.goto(`${widgetsUrl}pages/uppy/?callback`);
      await oss.control.setCallbackReply({ status: 500, body: 'no' });
      await page.setInputFiles('#file', await makeFile(size, 1));
      const errors = await page.evaluate(async () => {
        window.add({});
        const first = await window.uppy.upload();
        const second = await window.uppy.retryAll();
        const last = await window.uppy.retryUpload(window.uppy.getFiles()[0]!.id);
        return [first, second, last].map((result) => result?.failed?.map(({ error }) => error));
      });
      const message = [expect.stringContaining("Don't upload it again")];
      expect(errors).toEqual([message, message, message]);
      const log = await transcript(oss.url, key);
      expect(count(log, 'PutObject') + count(log, 'CompleteMultipartUpload')).toBe(1);
      expect(await oss.control.callbacks()).toHaveLength(1);
    });
  }

  test('an upload aborted outside Uppy is reported as failed, and can be retried', async ({ page, makeFile, oss }) => {
    await oss.control.setLink({ bytesPerSecond: 8 * MiB });
    const path = await makeFile(24 * MiB, 1);
    await page.setInputFiles('#file', path);
    const ended = page.evaluate(async () => {
      window.add({});
      return (await window.uppy.upload())?.failed?.map(({ error }) => error);
    });
    await untilAcknowledged(oss.url, key, 1);
    await page.evaluate(() => Promise.all(window.uploader.getSnapshot().map((task) => task.abort())));
    expect(await ended).toEqual(['The upload was aborted']);
    await oss.control.setLink({ bytesPerSecond: null });
    const retried = await page.evaluate(async () => (await window.uppy.retryAll())?.successful?.map(({ name }) => name));
    expect(retried).toEqual(['random-1.bin']);
    expect(await storedSha256(oss.url, key)).toBe(await fileSha256(path));
  });
});

test('a second tab with the same file shows why it waits, and is done without sending a byte', async ({
  page,
  context,
  widgetsUrl,
  makeFile,
  oss,
}) => {
  const pages = [page, await context.newPage()] as const;
  const path = await makeFile(24 * MiB, 1);
  await oss.control.setLink({ bytesPerSecond: 8 * MiB });
  const ended: Promise<(string | undefined)[] | undefined>[] = [];
  for (const tab of pages) {
    await tab.goto(`${widgetsUrl}pages/uppy/`);
    await tab.setInputFiles('#file', path);
    ended.push(
      tab.evaluate(async () => {
        window.add({});
        return (await window.uppy.upload())?.successful?.map(({ uploadURL }) => uploadURL);
      }),
    );
    await untilAcknowledged(oss.url, key, 1);
  }
  const said = () => pages[1].evaluate(() => window.uppy.getState().info.map(({ message }) => message));
  await expect.poll(said).toEqual(['Another tab is uploading this file']);
  await oss.control.setLink({ bytesPerSecond: null });
  const url = expect.stringContaining(key);
  expect(await Promise.all(ended)).toEqual([[url], [url]]);
  const log = await transcript(oss.url, key);
  expect(count(log, 'InitiateMultipartUpload')).toBe(1);
  expect(acknowledged(log)).toHaveLength(new Set(acknowledged(log)).size);
});

test('TypeScript accepts the plugin with Uppy 5 too', async () => {
  test.slow();
  const root = fileURLToPath(new URL('../../', import.meta.url));
  await promisify(execFile)(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'test/widgets/uppy5'], { cwd: root });
});
