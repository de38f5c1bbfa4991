/** Tests that run on the page of every widget with a row for each file. */
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Locator, Page } from '@playwright/test';
import {
  acknowledgedTwice,
  count,
  dropOn,
  expect,
  fileSha256,
  MiB,
  partNumbers,
  storedSha256,
  test,
  transcript,
  untilAcknowledged,
} from './fixtures.js';

const key = 'uploads/random-1.bin';

/** A row is labelled with its file's name. */
export function rowOf(page: Page, name = 'random-1.bin'): Locator {
  return page.getByRole('region', { name, exact: true });
}

/** A text file, for `setInputFiles`. */
export function text(name: string, content: string): { name: string; mimeType: string; buffer: Buffer } {
  return { name, mimeType: 'text/plain', buffer: Buffer.from(content) };
}

export function sha256(content: string): string {
  return createHash('sha256').update(content).digest('hex');
}

/** antd 5 labels it with its icon. */
function removeButton(row: Locator): Locator {
  return row.getByRole('button', { name: /^(Remove|delete)/ });
}

export async function choose(page: Page, ...paths: string[]): Promise<void> {
  await page.locator('input[type=file]').setInputFiles(paths);
}

/**
 * @param pagePath below the fixture's `widgetsUrl`
 * @param isOlder the contract of the widget is that of another version: runs only the tests that depend on the widget itself
 */
export function testRows(widget: string, pagePath: string, { isOlder = false } = {}): void {
  test.describe(widget, () => {
    test.beforeEach(({ page, widgetsUrl }) => page.goto(`${widgetsUrl}${pagePath}`));

    test('a chosen file arrives, and its row says where', async ({ page, makeFile, oss, complaints }) => {
      const path = await makeFile(8 * MiB, 1);
      await choose(page, path);
      await expect(rowOf(page)).toContainText(`Stored as ${key}`);
      expect(await storedSha256(oss.url, key)).toBe(await fileSha256(path));
      expect(complaints).toEqual([]);
    });

    test('a row shows its progress', async ({ page, makeFile, oss }) => {
      await oss.control.setLink({ bytesPerSecond: MiB });
      await choose(page, await makeFile(12 * MiB, 1));
      // ant-design-vue's own bar has no value.
      const bar = rowOf(page).locator('[role=progressbar][aria-valuenow]');
      const percent = async () => Number(await bar.getAttribute('aria-valuenow'));
      await expect.poll(percent).toBeGreaterThan(0);
      const early = await percent();
      expect(early).toBeLessThan(100);
      await expect.poll(percent).toBeGreaterThan(early);
      await oss.control.setLink({ bytesPerSecond: null });
      await expect(rowOf(page)).toContainText(`Stored as ${key}`);
    });

    test('removing a row aborts its upload on the server', async ({ page, makeFile, oss, complaints }) => {
      await oss.control.setLink({ bytesPerSecond: 4 * MiB });
      await choose(page, await makeFile(24 * MiB, 1));
      await expect.poll(() => oss.control.uploads()).toHaveLength(1);
      await removeButton(rowOf(page)).click();
      await expect(rowOf(page)).toHaveCount(0);
      await expect.poll(() => oss.control.uploads()).toEqual([]);
      expect(await oss.control.objects()).toEqual([]);
      expect(complaints).toEqual([]);
    });

    test('a refused upload shows OSS’s reason, and resumes to success once it is allowed', async ({ page, makeFile, oss }) => {
      const { id } = await oss.control.addFault({
        operation: 'UploadPart',
        partNumber: 3,
        times: null,
        fault: { kind: 'status', status: 403, code: 'AccessDenied', message: 'No, you may not.' },
      });
      const path = await makeFile(8 * MiB, 1);
      await choose(page, path);
      await expect(rowOf(page)).toContainText('No, you may not.');
      await oss.control.removeFault(id);
      const before = await transcript(oss.url, key);
      await rowOf(page).getByRole('button', { name: 'Resume' }).click();
      await expect(rowOf(page)).toContainText(`Stored as ${key}`);
      expect(await storedSha256(oss.url, key)).toBe(await fileSha256(path));
      expect(acknowledgedTwice({ before, after: await transcript(oss.url, key) })).toEqual([]);
    });

    test('if several files fail at once, each row shows it', async ({ page, makeFile, oss }) => {
      await page.route('**/sts', (route) => route.fulfill({ json: { not: 'credentials' } }));
      await choose(page, await makeFile(1 * MiB, 1), await makeFile(1 * MiB, 2), await makeFile(1 * MiB, 3));
      for (const name of ['random-1.bin', 'random-2.bin', 'random-3.bin']) await expect(rowOf(page, name)).toContainText(/credentials/i);
      expect(await oss.control.objects()).toEqual([]);
    });

    test('after a reload in the middle, choosing the file again sends no acknowledged part twice', async ({ page, makeFile, oss }) => {
      await oss.control.setLink({ bytesPerSecond: 8 * MiB });
      const path = await makeFile(24 * MiB, 1);
      await choose(page, path);
      await untilAcknowledged(oss.url, key, 3);
      const before = await transcript(oss.url, key);
      await page.reload();
      await oss.control.setLink({ bytesPerSecond: null });
      await choose(page, path);
      await expect(rowOf(page)).toContainText(`Stored as ${key}`);
      const after = await transcript(oss.url, key);
      expect(acknowledgedTwice({ before, after })).toEqual([]);
      expect(count(after, 'InitiateMultipartUpload')).toBe(1);
      expect(await storedSha256(oss.url, key)).toBe(await fileSha256(path));
    });

    if (isOlder) return;

    test('removing a refused upload’s row aborts it on the server', async ({ page, makeFile, oss }) => {
      await oss.control.addFault({ operation: 'UploadPart', partNumber: 3, times: null, fault: { kind: 'status', status: 403 } });
      await choose(page, await makeFile(8 * MiB, 1));
      await expect(rowOf(page).getByRole('button', { name: 'Resume' })).toBeVisible();
      expect(await oss.control.uploads()).toHaveLength(1);
      await removeButton(rowOf(page)).click();
      await expect.poll(() => oss.control.uploads()).toEqual([]);
    });

    test('a paused row sends nothing until it is resumed', async ({ page, makeFile, oss }) => {
      await oss.control.setLink({ bytesPerSecond: 8 * MiB });
      const path = await makeFile(24 * MiB, 1);
      await choose(page, path);
      await untilAcknowledged(oss.url, key, 2);
      await rowOf(page).getByRole('button', { name: 'Pause' }).click();
      await expect(rowOf(page).getByRole('button', { name: 'Resume' })).toBeVisible();
      await expect.poll(async () => (await transcript(oss.url, key)).filter(({ finished }) => !finished)).toEqual([]);
      await oss.control.setLink({ bytesPerSecond: null });
      const paused = await transcript(oss.url, key);
      // At this speed the rest would arrive at once.
      await choose(page, await makeFile(8 * MiB, 2));
      await expect(rowOf(page, 'random-2.bin')).toContainText('Stored as uploads/random-2.bin');
      expect(partNumbers(await transcript(oss.url, key))).toEqual(partNumbers(paused));
      await rowOf(page).getByRole('button', { name: 'Resume' }).click();
      await expect(rowOf(page)).toContainText(`Stored as ${key}`);
      const after = await transcript(oss.url, key);
      expect(acknowledgedTwice({ before: paused, after })).toEqual([]);
      expect(await storedSha256(oss.url, key)).toBe(await fileSha256(path));
    });

    test('a folder’s files keep their paths', async ({ page, makeFolder, oss }) => {
      const folder = join(await makeFolder(), 'photos');
      await mkdir(join(folder, '2026', 'May'), { recursive: true });
      await writeFile(join(folder, 'cover.txt'), 'cover');
      await writeFile(join(folder, '2026', 'May', 'cover.txt'), 'another');
      await page.getByText('Whole folders').click();
      await choose(page, folder);
      await expect
        .poll(async () => (await oss.control.objects()).map(({ key, size }) => `${key} ${size}`).sort())
        .toEqual(['uploads/photos/2026/May/cover.txt 7', 'uploads/photos/cover.txt 5']);
    });

    test('a dropped folder’s files keep their paths', async ({ page, makeFolder, oss }) => {
      const folder = join(await makeFolder(), 'photos');
      await mkdir(join(folder, '2026'), { recursive: true });
      await writeFile(join(folder, '2026', 'cover.txt'), 'cover');
      await page.getByText('Whole folders').click();
      await dropOn(page.getByText(/^Drop .* here/), [folder]);
      await expect.poll(async () => (await oss.control.objects()).map(({ key }) => key)).toEqual(['uploads/photos/2026/cover.txt']);
    });
  });
}
