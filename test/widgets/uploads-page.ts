/** Tests that run on every page without a widget, whatever its framework. */
import type { Locator, Page } from '@playwright/test';
import {
  acknowledgedTwice,
  count,
  dropOn,
  expect,
  fileSha256,
  MiB,
  storedSha256,
  test,
  transcript,
  untilAcknowledged,
} from './fixtures.js';

const key = 'uploads/film.bin';

function section(page: Page, name: 'Uploads' | 'Unfinished uploads'): Locator {
  return page.getByRole('region', { name, exact: true });
}

/** A row of the list of uploads. */
function upload(page: Page, name = 'film.bin'): Locator {
  return section(page, 'Uploads').getByRole('listitem').filter({ hasText: name });
}

/** A row of the list of unfinished uploads. */
function unfinishedRow(page: Page, name = 'film.bin'): Locator {
  return section(page, 'Unfinished uploads').getByRole('listitem').filter({ hasText: name });
}

function choose(page: Page, ...files: string[]): Promise<void> {
  return page.getByLabel('Choose files').setInputFiles(files);
}

function selectAgain(page: Page, file: string): Promise<void> {
  return unfinishedRow(page).getByLabel('Select again').setInputFiles(file);
}

function drop(page: Page, ...files: string[]): Promise<void> {
  return dropOn(page.getByRole('region', { name: 'Files', exact: true }), files);
}

/**
 * @param folder of the page, below the fixture's `widgetsUrl`
 * @param isOlder the same page with an older version of its framework: runs only the tests that depend on the framework
 */
export function testUploadsPage(title: string, folder: string, { isOlder = false } = {}): void {
  test.describe(title, () => {
    test.beforeEach(({ page, widgetsUrl }) => page.goto(widgetsUrl + folder));

    test('chosen files arrive byte for byte, and their rows say where', async ({ page, makeFile, oss, complaints }) => {
      const [film, song] = [await makeFile(8 * MiB, 1, { name: 'film.bin' }), await makeFile(1000, 2, { name: 'song.bin' })];
      await choose(page, film, song);
      for (const [name, path] of [
        ['film.bin', film],
        ['song.bin', song],
      ] as const) {
        await expect(upload(page, name)).toContainText(`Done: stored as uploads/${name}, verified`);
        await expect(upload(page, name).getByRole('progressbar')).toHaveJSProperty('value', 1);
        expect(await storedSha256(oss.url, `uploads/${name}`)).toBe(await fileSha256(path));
      }
      await page.getByRole('button', { name: 'Clear finished' }).click();
      await expect(section(page, 'Uploads')).toBeHidden();
      expect(complaints).toEqual([]);
    });

    test('a row shows the progress and speed of its upload', async ({ page, makeFile, oss }) => {
      await oss.control.setLink({ bytesPerSecond: 4 * MiB });
      await choose(page, await makeFile(12 * MiB, 1, { name: 'film.bin' }));
      const share = () =>
        upload(page)
          .getByRole('progressbar')
          .evaluate((bar: HTMLProgressElement) => bar.value);
      await expect.poll(share, { intervals: [50] }).toBeGreaterThan(0);
      await expect(upload(page)).toContainText(/\d %|\d%/);
      await expect(upload(page)).toContainText('MiB/s');
      const early = await share();
      expect(early).toBeLessThan(1);
      await expect.poll(share).toBeGreaterThan(early);
    });

    test('cancelled, an upload leaves nothing open on the server, and nothing to resume', async ({ page, makeFile, oss }) => {
      await oss.control.setLink({ bytesPerSecond: 4 * MiB });
      await choose(page, await makeFile(24 * MiB, 1, { name: 'film.bin' }));
      await untilAcknowledged(oss.url, key, 1);
      await upload(page).getByRole('button', { name: 'Cancel' }).click();
      await expect(upload(page)).toContainText('Cancelled');
      await expect.poll(() => oss.control.uploads()).toEqual([]);
      await page.reload();
      await expect(page.getByLabel('Choose files')).toBeAttached();
      await expect(section(page, 'Unfinished uploads')).toBeHidden();
    });

    test('a refused upload says why, and is retried on request', async ({ page, makeFile, oss }) => {
      await oss.control.addFault({ operation: 'UploadPart', times: null, fault: { kind: 'status', status: 403, code: 'AccessDenied' } });
      await choose(page, await makeFile(8 * MiB, 1, { name: 'film.bin' }));
      await expect(upload(page).getByRole('alert')).toContainText('AccessDenied');
      await oss.control.removeFault();
      await upload(page).getByRole('button', { name: 'Retry' }).click();
      await expect(upload(page)).toContainText('Done');
      await expect(upload(page).getByRole('alert')).toBeHidden();
    });

    test('after a reload, selecting the file again sends no acknowledged part twice', async ({ page, makeFile, oss }) => {
      const path = await makeFile(24 * MiB, 1, { name: 'film.bin' });
      await oss.control.setLink({ bytesPerSecond: 8 * MiB });
      await choose(page, path);
      await untilAcknowledged(oss.url, key, 3);
      await page.reload();
      await expect(unfinishedRow(page)).toContainText('% stored');
      const before = await transcript(oss.url, key);
      await oss.control.setLink({ bytesPerSecond: null });

      await selectAgain(page, await makeFile(MiB, 2));
      await expect(unfinishedRow(page).getByRole('alert')).toContainText('a different file');
      await selectAgain(page, path);
      await expect(upload(page)).toContainText('Done');
      await expect(section(page, 'Unfinished uploads')).toBeHidden();
      const after = await transcript(oss.url, key);
      expect(acknowledgedTwice({ before, after })).toEqual([]);
      expect(count(after, 'InitiateMultipartUpload')).toBe(1);
      expect(await storedSha256(oss.url, key)).toBe(await fileSha256(path));
    });

    if (isOlder) return;

    test('paused, an upload stays where it is while another one ends; then it is resumed', async ({ page, makeFile, oss }) => {
      const path = await makeFile(24 * MiB, 1, { name: 'film.bin' });
      await oss.control.setLink({ bytesPerSecond: 8 * MiB });
      await choose(page, path);
      await untilAcknowledged(oss.url, key, 2);
      await upload(page).getByRole('button', { name: 'Pause' }).click();
      await expect(upload(page)).toContainText('Paused at');
      const before = await transcript(oss.url, key);
      await oss.control.setLink({ bytesPerSecond: null });
      await choose(page, await makeFile(8 * MiB, 2, { name: 'song.bin' }));
      await expect(upload(page, 'song.bin')).toContainText('Done');
      await expect(upload(page)).toContainText('Paused at');
      expect(count(await transcript(oss.url, key), 'UploadPart')).toBe(count(before, 'UploadPart'));

      await upload(page).getByRole('button', { name: 'Resume' }).click();
      await expect(upload(page)).toContainText('Done');
      expect(acknowledgedTwice({ before, after: await transcript(oss.url, key) })).toEqual([]);
      expect(await storedSha256(oss.url, key)).toBe(await fileSha256(path));
    });

    test('after a reload, one click resumes the upload of a dropped file', async ({ page, makeFile, oss }) => {
      const path = await makeFile(24 * MiB, 1, { name: 'film.bin' });
      await oss.control.setLink({ bytesPerSecond: 8 * MiB });
      await drop(page, path);
      await untilAcknowledged(oss.url, key, 3);
      await page.reload();
      await expect(unfinishedRow(page)).toBeVisible();
      const before = await transcript(oss.url, key);
      await oss.control.setLink({ bytesPerSecond: null });
      await unfinishedRow(page).getByRole('button', { name: 'Resume' }).click();
      await expect(upload(page)).toContainText('Done');
      const after = await transcript(oss.url, key);
      expect(acknowledgedTwice({ before, after })).toEqual([]);
      expect(count(after, 'InitiateMultipartUpload')).toBe(1);
      expect(await storedSha256(oss.url, key)).toBe(await fileSha256(path));
    });

    test('an upload in another tab can’t be discarded before that tab is closed', async ({ page, makeFile, oss, widgetsUrl }) => {
      await oss.control.setLink({ bytesPerSecond: 2 * MiB });
      await choose(page, await makeFile(24 * MiB, 1, { name: 'film.bin' }));
      await untilAcknowledged(oss.url, key, 1);
      const second = await page.context().newPage();
      await second.goto(widgetsUrl + folder);
      await expect(unfinishedRow(second)).toContainText('uploading in another tab');
      await unfinishedRow(second).getByRole('button', { name: 'Discard' }).click();
      await expect(unfinishedRow(second).getByRole('alert')).toContainText('Another tab');
      expect(await oss.control.uploads()).toHaveLength(1);

      await page.close();
      await expect(unfinishedRow(second)).not.toContainText('uploading in another tab');
      await unfinishedRow(second).getByRole('button', { name: 'Discard' }).click();
      await expect(section(second, 'Unfinished uploads')).toBeHidden();
      expect(await oss.control.uploads()).toEqual([]);
    });
  });
}
