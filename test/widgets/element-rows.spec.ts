/** What the rows of `<oss-upload>` say and offer, in each state, and in which order they stand. */
import type { Page } from '@playwright/test';
import { button, choose, element, row, SLOW, test } from './element.js';
import { expect, MiB, untilAcknowledged } from './fixtures.js';

const namesInOrder = (page: Page): Promise<string[]> =>
  element(page)
    .locator('.row .cut')
    .evaluateAll((names) => names.map(({ textContent }) => textContent ?? ''));

test('what needs the user comes first, what is done last; a summary counts both', async ({ page, open, makeFile, oss }) => {
  await open();
  await oss.control.addFault({ key: 'uploads/third.bin', times: null, fault: { kind: 'status', status: 403, code: 'AccessDenied' } });
  await oss.control.setLink({ bytesPerSecond: SLOW });
  await choose(page, [
    await makeFile(100, 1, { name: 'first.txt' }),
    await makeFile(24 * MiB, 2, { name: 'second.bin' }),
    await makeFile(100, 3, { name: 'third.bin' }),
  ]);
  await expect(row(page, 'first.txt')).toContainText('Done');
  await expect(row(page, 'third.bin')).toContainText('You don’t have permission to upload here.');
  await expect.poll(() => namesInOrder(page)).toEqual(['third.bin', 'second.bin', 'first.txt']);
  await expect(element(page).locator('.heading').last()).toHaveText('1 of 3 done');
  await expect(element(page).locator('.alarm').last()).toHaveText('1 failed');
  for (const name of ['first.txt', 'third.bin']) await expect(row(page, name).getByRole('progressbar')).toHaveCount(0);
});

test('on a phone, a reason that is longer than a line is not cut', async ({ page, open, makeFile, oss }) => {
  await page.setViewportSize({ width: 360, height: 640 });
  await open();
  await oss.control.addFault({ key: 'uploads/film.bin', times: null, fault: { kind: 'status', status: 403, code: 'AccessDenied' } });
  await page.evaluate(() => void (window.widget.messages = { AccessDenied: 'You don’t have permission to upload here. '.repeat(4) }));
  await choose(page, await makeFile(100, 1, { name: 'film.bin' }));
  const reason = row(page, 'film.bin').locator('.figure').first();
  await expect(reason).toContainText('permission');
  const texts = row(page, 'film.bin').locator('.texts');
  expect(await texts.evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)).toBeLessThanOrEqual(0);
});

test('many finished rows are folded away; the whole list can be, too', async ({ page, open }) => {
  await open();
  await page.evaluate(() => window.widget.addFiles(Array.from({ length: 8 }, (_, index) => new File(['x'], `${index}.txt`))));
  await expect(element(page).locator('.head.done .heading')).toHaveText('All 8 files uploaded');
  const rows = element(page).getByRole('listitem');
  await expect(rows).toHaveCount(0);
  await button(page, 'Finished files').click();
  await expect(rows).toHaveCount(8);
  await expect(button(page, 'Finished files')).toHaveAttribute('aria-expanded', 'true');
  await button(page, 'Uploads').click();
  await expect(rows).toHaveCount(0);
  await expect(button(page, 'Uploads')).toHaveAttribute('aria-expanded', 'false');
  await button(page, 'Clear finished').click();
  await expect(button(page, 'Choose files')).toBeFocused();
});

test('clearing many finished files changes the value once', async ({ page, open }) => {
  await open((upload) => Object.assign(upload, { multiple: true }));
  await page.evaluate(() => window.widget.addFiles(Array.from({ length: 50 }, (_, index) => new File(['x'], `${index}.txt`))));
  await expect(element(page)).toContainText('All 50 files uploaded');
  await page.evaluate(() => void (window.heard.length = 0));
  await page.evaluate(() => window.widget.clear());
  await page.waitForTimeout(300);
  expect(await page.evaluate(() => window.heard.map(([name, detail]) => [name, detail?.value]))).toEqual([['change', []]]);
});

test('a long name is cut in the middle, and stays in its row', async ({ page, open, oss }) => {
  await page.setViewportSize({ width: 360, height: 640 });
  await open();
  await oss.control.addFault({ times: null, fault: { kind: 'stall' } });
  // Long enough in any font, also in one without these characters.
  const long = `${'产品演示视频'.repeat(6)}（最终版）.mp4`;
  await page.evaluate((long) => void window.widget.addFiles([new File(['x'], long)]), long);
  const name = row(page, '.mp4').locator('.name');
  await expect(name.locator('.cut')).toHaveText(long);
  const overflows = ({ scrollWidth, clientWidth }: Element): boolean => scrollWidth > clientWidth;
  expect(await name.evaluate(overflows)).toBe(false);
  expect(await name.locator('.start').evaluate(overflows)).toBe(true);
});

test('rows just outside the visible part of the list are there before they are scrolled to', async ({ page, open, oss }) => {
  await open((upload) => {
    upload.multiple = true;
    upload.style.setProperty('--oss-upload-list-height', '100px');
  });
  await oss.control.addFault({ times: null, fault: { kind: 'stall' } });
  await page.evaluate(() => void window.widget.addFiles(Array.from({ length: 40 }, (_, index) => new File(['x'], `${index}.bin`))));
  await expect(element(page).locator('.row.queued').first()).toBeAttached();
  const list = (await element(page).locator('.list').last().boundingBox())!;
  expect((await element(page).locator('.row.queued').first().boundingBox())!.y).toBeGreaterThan(list.y + list.height);
});

test('an upload that waits for its turn is in the queue, without a bar', async ({ page, open, oss }) => {
  await open();
  await oss.control.setLink({ bytesPerSecond: 100_000 });
  await page.evaluate(
    () => void window.widget.addFiles(Array.from({ length: 40 }, (_, index) => new File([new Uint8Array(300_000)], `${index}.bin`))),
  );
  const waiting = element(page).locator('.row.queued').last();
  await expect(waiting).toContainText('In the queue');
  await expect(waiting.getByRole('progressbar')).toHaveCount(0);
});

test('a stalled line says since when nothing moves, and no time left', async ({ page, open, makeFile, oss }) => {
  await open((upload) => Object.assign(upload, { multiple: true }));
  await oss.control.setLink({ bytesPerSecond: SLOW });
  await choose(page, [await makeFile(24 * MiB, 1, { name: 'film.bin' }), await makeFile(24 * MiB, 2, { name: 'song.bin' })]);
  await untilAcknowledged(oss.url, 'uploads/film.bin', 1);
  await oss.control.addFault({ operation: 'UploadPart', times: null, fault: { kind: 'stall' } });
  await expect(row(page, 'film.bin')).toContainText(/No progress for \d+ sec/, { timeout: 40_000 });
  await expect(element(page).locator('.head').last()).toContainText(/No progress for \d+ sec/);
  await expect(element(page)).not.toContainText('left');
});

test('without a network one banner says so, and no row shows an error', async ({ page, context, open, makeFile, oss }) => {
  await open();
  await oss.control.setLink({ bytesPerSecond: SLOW });
  await choose(page, [await makeFile(24 * MiB, 1, { name: 'film.bin' }), await makeFile(24 * MiB, 2, { name: 'song.bin' })]);
  await untilAcknowledged(oss.url, 'uploads/film.bin', 1);
  await context.setOffline(true);
  await expect(element(page).getByRole('status')).toContainText('You’re offline. Uploads resume by themselves.');
  for (const name of ['film.bin', 'song.bin']) {
    await expect(row(page, name)).toContainText('Waiting');
    await expect(row(page, name).locator('.details')).toBeHidden();
  }
  await context.setOffline(false);
  await oss.control.setLink({ bytesPerSecond: null });
  await expect(element(page)).toContainText('All 2 files uploaded');
  await expect(element(page).getByRole('status')).not.toContainText('offline');
});

test('before 100 MB that are stored are discarded, the row asks', async ({ page, open, oss }) => {
  test.slow();
  await open();
  await page.evaluate(() => {
    const blob = new Blob([new Uint8Array(120 << 20)]);
    void window.widget.addFiles([new File([blob, blob], 'film.bin', { lastModified: 1 })]);
  });
  await oss.control.setLink({ bytesPerSecond: 60 * MiB });
  await page.waitForFunction(() => window.widget.tasks[0]!.getSnapshot().progress.confirmed > 110 << 20);
  await button(page, 'Pause: film.bin').click();
  await button(page, 'Cancel: film.bin').click();
  await expect(row(page, 'film.bin')).toContainText(/\d+ MB are already uploaded. Discard them\?/);
  // The second click of a double click keeps it.
  await expect(button(page, 'Keep: film.bin')).toBeFocused();
  await button(page, 'Keep: film.bin').click();
  await expect(row(page, 'film.bin')).toContainText('Paused');
  await page.evaluate(() => void window.widget.addFiles([new File(['x'], 'note.txt')]));
  const question = element(page).locator('.question').last();
  await button(page, 'Cancel all').dblclick();
  await expect(question).toContainText(/\d+ MB are already uploaded. Discard them\?/);
  await button(page, 'Keep').click();
  await expect(question).toBeHidden();
  // Nor does a key that is held down discard anything.
  await button(page, 'Cancel all').press('Enter');
  await expect(button(page, 'Keep')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(question).toBeHidden();
  expect(await oss.control.uploads()).toHaveLength(1);
  await button(page, 'Cancel: film.bin').click();
  await button(page, 'Discard: film.bin').click();
  await expect(row(page, 'film.bin')).toHaveCount(0);
  await expect.poll(() => oss.control.uploads()).toEqual([]);
});

test('with linkOf, a finished file is opened, and its link copied', { tag: '@chromium' }, async ({ page, context, open, makeFile }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await open((upload) => Object.assign(upload, { linkOf: async ({ key }: { key: string }) => new URL(`?file=${key}`, location.href) }));
  await choose(page, await makeFile(100, 1, { name: 'a.txt' }));
  await expect(row(page, 'a.txt')).toContainText('Done');
  await button(page, 'Copy link: a.txt').click();
  await expect(row(page, 'a.txt')).toContainText('Copied');
  expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(/\?file=uploads\/a\.txt$/);
  const [opened] = await Promise.all([context.waitForEvent('page'), button(page, 'Open: a.txt').click()]);
  expect(opened.url()).toMatch(/\?file=uploads\/a\.txt$/);
});

for (const width of [360, 1280]) {
  test(`“Copied” is shown for a moment, and announced, ${width} pixels wide`, { tag: '@chromium' }, async ({
    page,
    context,
    open,
    makeFile,
    oss,
  }) => {
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.setViewportSize({ width, height: 700 });
    await open((upload) =>
      Object.assign(upload, {
        multiple: true,
        initialValue: ['old.pdf'],
        linkOf: ({ key }: { key: string }) => `https://example.com/${key}`,
      }),
    );
    await choose(page, await makeFile(100, 1, { name: 'a.txt' }));
    await expect(button(page, 'Copy link: a.txt')).toBeVisible();
    await oss.control.addFault({ key: 'uploads/b.txt', times: null, fault: { kind: 'status', status: 403, code: 'AccessDenied' } });
    await choose(page, await makeFile(100, 2, { name: 'b.txt' }));
    await row(page, 'b.txt').getByText('Details').click();
    for (const [name, label] of [
      ['a.txt', 'Copy link: a.txt'],
      ['old.pdf', 'Copy link: old.pdf'],
      ['b.txt', 'Copy'],
    ] as const) {
      await button(page, label).click();
      await expect(row(page, name).getByText('Copied', { exact: true })).toBeVisible();
      await expect(element(page).locator('[aria-live=polite]')).toHaveText('Copied');
      // Nothing else paints the row meanwhile.
      await expect(row(page, name).getByText('Copied', { exact: true })).toHaveCount(0, { timeout: 4000 });
      await expect(element(page).locator('[aria-live=polite]')).toBeEmpty();
    }
  });
}

test('an image has a thumbnail, another file its extension; a long name keeps its end', async ({ page, open }) => {
  await open();
  const long = `${'very '.repeat(60)}long name.pdf`;
  await page.evaluate(async (long) => {
    const canvas = new OffscreenCanvas(800, 600);
    canvas.getContext('2d')!.fillRect(0, 0, 800, 600);
    await window.widget.addFiles([new File([await canvas.convertToBlob()], 'lake.png', { type: 'image/png' }), new File(['x'], long)]);
  }, long);
  const picture = row(page, 'lake.png').locator('.thumbnail');
  await expect(picture).toBeVisible();
  await expect(row(page, 'long name.pdf').locator('.icon')).toHaveText('pdf');
  const end = row(page, 'long name.pdf').locator('.end');
  await expect(end).toHaveText('name.pdf');
  await expect(end).toBeInViewport();
  await expect(row(page, 'long name.pdf').locator('.cut')).toHaveAttribute('title', long);
});

test('an unfinished upload of another tab comes alive when that tab is done', async ({
  page,
  context,
  open,
  makeFile,
  oss,
  widgetsUrl,
}) => {
  await open();
  await oss.control.setLink({ bytesPerSecond: SLOW });
  await choose(page, await makeFile(48 * MiB, 1, { name: 'film.bin' }));
  await untilAcknowledged(oss.url, 'uploads/film.bin', 1);
  const other = await context.newPage();
  await other.goto(`${widgetsUrl}pages/element/`);
  await other.waitForFunction(() => 'widget' in window);
  await other.evaluate(() => Object.assign(window.widget, { options: window.library.options }));
  await expect(row(other, 'film.bin')).toContainText('Uploading in another tab');
  await page.close();
  await expect(row(other, 'film.bin')).toContainText('of 48 MB uploaded');
});

test('while an upload runs, unfinished ones of earlier visits are not read again and again', async ({ page, open, makeFile, oss }) => {
  await open();
  await oss.control.setLink({ bytesPerSecond: SLOW });
  await choose(page, await makeFile(32 * MiB, 1, { name: 'left.bin' }));
  await untilAcknowledged(oss.url, 'uploads/left.bin', 1);
  await open();
  await expect(row(page, 'left.bin')).toContainText('uploaded');
  await choose(page, await makeFile(16 * MiB, 2, { name: 'film.bin' }));
  await untilAcknowledged(oss.url, 'uploads/film.bin', 1);
  const reads = await page.evaluate(async () => {
    const { transaction } = IDBDatabase.prototype;
    let count = 0;
    IDBDatabase.prototype.transaction = function (this: IDBDatabase, stores: string | string[], mode?: IDBTransactionMode) {
      if (mode !== 'readwrite') count += 1;
      return transaction.call(this, stores, mode);
    } as typeof transaction;
    await new Promise((resolve) => setTimeout(resolve, 3000));
    IDBDatabase.prototype.transaction = transaction;
    return count;
  });
  // The library looks once for uploads that are too old.
  expect(reads).toBeLessThanOrEqual(1);
});
