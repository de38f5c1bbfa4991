/** Which unfinished uploads `<oss-upload>` lists, and which of them it resumes. */
import type { Page } from '@playwright/test';
import { button, choose, drop, element, heard, row, SLOW, test } from './element.js';
import { count, expect, fileSha256, MiB, storedSha256, transcript, untilAcknowledged } from './fixtures.js';
import type {} from './pages/element/main.js';

type Setting = Record<string, unknown>;

/** The texts of the unfinished uploads that an element with these settings lists; the page has no other. */
async function listedBy(page: Page, settings: Setting): Promise<string[]> {
  await page.evaluate((given) => {
    const upload = Object.assign(document.createElement('oss-upload'), { options: window.library.options, multiple: true, ...given });
    document.querySelector('oss-upload')!.replaceWith(upload);
  }, settings);
  // It reads them at once, and not again.
  await page.waitForTimeout(600);
  return element(page).locator('.row.unfinished .cut').allTextContents();
}

/** Starts an upload with these settings and leaves it in the middle. */
async function leave(page: Page, ossUrl: string, path: string, key: string, settings: Setting = {}): Promise<void> {
  await page.evaluate((given) => {
    const upload = Object.assign(document.createElement('oss-upload'), { options: window.library.options, multiple: true, ...given });
    document.querySelector('oss-upload')!.replaceWith(upload);
  }, settings);
  await choose(page, path);
  await untilAcknowledged(ossUrl, key, 1);
}

test('an element lists uploads with its own prefix: none with another, a longer or no prefix', async ({ page, open, makeFile, oss }) => {
  await open();
  await oss.control.setLink({ bytesPerSecond: SLOW });
  await leave(page, oss.url, await makeFile(16 * MiB, 1, { name: 'a.bin' }), 'a.bin', { keyPrefix: '' });
  await open();
  await leave(page, oss.url, await makeFile(16 * MiB, 2, { name: 'b.bin' }), 'uploads/b.bin', { keyPrefix: 'uploads/' });
  await open();
  await leave(page, oss.url, await makeFile(16 * MiB, 3, { name: 'c.bin' }), 'uploads/films/c.bin', { keyPrefix: 'uploads/films/' });
  await open();
  expect(await listedBy(page, { keyPrefix: '' })).toEqual(['a.bin']);
  expect(await listedBy(page, { keyPrefix: 'uploads/' })).toEqual(['b.bin']);
  expect(await listedBy(page, { keyPrefix: 'uploads/films/' })).toEqual(['c.bin']);
  expect(await listedBy(page, { keyPrefix: 'photos/' })).toEqual([]);
});

test('where the application makes the keys, it lists uploads with these keys, or with the prefix', async ({
  page,
  open,
  makeFile,
  oss,
}) => {
  await open();
  await oss.control.setLink({ bytesPerSecond: SLOW });
  await choose(page, await makeFile(16 * MiB, 1, { name: 'film.bin' }));
  await untilAcknowledged(oss.url, 'uploads/film.bin', 1);
  await open();
  const listed = async (keyOf: string, keyPrefix = ''): Promise<string[]> => {
    await page.evaluate(
      ([source, prefix]) => {
        const uploadOptions = new Function(`return ${source}`)();
        const settings = { options: window.library.options, keyPrefix: prefix, uploadOptions };
        document.querySelector('oss-upload')!.replaceWith(Object.assign(document.createElement('oss-upload'), settings));
      },
      [keyOf, keyPrefix] as const,
    );
    await page.waitForTimeout(600);
    return element(page).locator('.row.unfinished .cut').allTextContents();
  };
  expect(await listed('(file, path) => ({ key: "uploads/" + path })')).toEqual(['film.bin']);
  expect(await listed('(file, path) => ({ key: "films/" + path })')).toEqual([]);
  expect(await listed('({ key: (file, path) => "uploads/" + path })', 'uploads/')).toEqual(['film.bin']);
  expect(await listed('({ key: (file, path) => "uploads/" + path })')).toEqual([]);
  expect(await listed('({ key: () => "uploads/x", scope: "avatar of user 42" })', 'uploads/')).toEqual([]);
  expect(await listed('(file) => { if (!file.name.endsWith(".png")) throw new Error("no"); return {}; }', 'uploads/')).toEqual([]);
});

test('files that accept and max-size reject are not resumed either', async ({ page, open, makeFile, oss }) => {
  await open();
  await oss.control.setLink({ bytesPerSecond: SLOW });
  const film = await makeFile(16 * MiB, 1, { name: 'film.bin' });
  await choose(page, film);
  await untilAcknowledged(oss.url, 'uploads/film.bin', 1);
  for (const [setting, problem] of [
    [{ accept: 'image/*' }, 'film.bin: file type not accepted'],
    [{ maxSize: '1 MB' }, 'film.bin: too large'],
  ] as const) {
    await open();
    await page.evaluate((given) => void Object.assign(window.widget, given), setting);
    await choose(page, film, button(page, 'Select the file again to resume: film.bin'));
    await expect(element(page).getByRole('status')).toContainText(problem);
    expect((await heard(page)).filter((name) => name !== 'error')).toEqual(['reject']);
    expect(await page.evaluate(() => window.widget.tasks.length)).toBe(0);
    // It stays: the user may discard it, and a page with other rules may resume it.
    await expect(row(page, 'film.bin')).toHaveCount(1);
    expect(await oss.control.uploads()).toHaveLength(1);
  }
});

test('without multiple, only one is resumed at a time, and the value never has two keys', async ({ page, open, makeFile, oss }) => {
  await open();
  await oss.control.setLink({ bytesPerSecond: SLOW });
  const files = [await makeFile(24 * MiB, 1, { name: 'film.bin' }), await makeFile(24 * MiB, 2, { name: 'song.bin' })];
  await choose(page, files);
  for (const key of ['uploads/film.bin', 'uploads/song.bin']) await untilAcknowledged(oss.url, key, 1);
  await open(() => {});
  await choose(page, files[0]!, button(page, 'Select the file again to resume: film.bin'));
  await expect(button(page, 'Pause: film.bin')).toBeVisible();
  await choose(page, files[1]!, button(page, 'Select the file again to resume: song.bin'));
  await expect(element(page).getByRole('status')).toContainText('song.bin: only one file is accepted');
  await oss.control.setLink({ bytesPerSecond: null });
  await expect(row(page, 'film.bin')).toContainText('Done');
  expect(await page.evaluate(() => window.widget.value)).toEqual(['uploads/film.bin']);
  await choose(page, files[1]!, button(page, 'Select the file again to resume: song.bin'));
  await expect(row(page, 'song.bin')).toContainText('Done');
  expect(await page.evaluate(() => window.widget.value)).toEqual(['uploads/song.bin']);
  await expect(element(page).getByRole('listitem')).toHaveCount(1);
  expect(await storedSha256(oss.url, 'uploads/song.bin')).toBe(await fileSha256(files[1]!));
  expect(count(await transcript(oss.url, 'uploads/song.bin'), 'InitiateMultipartUpload')).toBe(1);
});

test('a replacement that is rejected or fails leaves the finished file in place', async ({ page, open, makeFile, oss }) => {
  await open((upload) => Object.assign(upload, { accept: '.txt', maxSize: '1 MB', name: 'file' }));
  const [first, big, fine] = [
    await makeFile(100, 1, { name: 'first.txt' }),
    await makeFile(2 * MiB, 2, { name: 'big.txt' }),
    await makeFile(200, 3, { name: 'second.txt' }),
  ];
  await choose(page, first);
  await expect(row(page, 'first.txt')).toContainText('Done');
  const value = (): readonly string[] => window.widget.value;
  await choose(page, big);
  await expect(element(page).getByRole('status')).toContainText('big.txt: too large');
  expect(await page.evaluate(value)).toEqual(['uploads/first.txt']);
  // The library refuses a file for which there is no valid key.
  await page.evaluate(() => void window.widget.addFiles([new File(['x'], 'x'.repeat(1100) + '.txt')]));
  await expect(element(page).getByRole('status')).toContainText('key must be');
  expect(await page.evaluate(value)).toEqual(['uploads/first.txt']);
  await oss.control.addFault({
    operation: ['PutObject', 'PostObject'],
    times: null,
    fault: { kind: 'status', status: 403, code: 'AccessDenied' },
  });
  await choose(page, fine);
  await expect(row(page, 'second.txt')).toContainText('Failed');
  expect(await page.evaluate(value)).toEqual(['uploads/first.txt']);
  // Another choice replaces the failed upload.
  await oss.control.removeFault();
  const third = await makeFile(300, 4, { name: 'third.txt' });
  await choose(page, third);
  await expect(row(page, 'third.txt')).toContainText('Done');
  await expect(element(page).getByRole('listitem')).toHaveCount(1);
  expect(await page.evaluate(value)).toEqual(['uploads/third.txt']);
  expect((await heard(page)).filter((name) => name === 'change')).toHaveLength(2);
});

test('another prefix, another kind of key or other upload options list other unfinished uploads', async ({ page, open, makeFile, oss }) => {
  await open((upload) => Object.assign(upload, { multiple: true, keyPrefix: 'uploads/user-1/' }));
  await oss.control.setLink({ bytesPerSecond: SLOW });
  await choose(page, await makeFile(16 * MiB, 1, { name: 'secret.bin' }));
  await untilAcknowledged(oss.url, 'uploads/user-1/secret.bin', 1);
  await page.evaluate(() => window.widget.reset());
  const listed = row(page, 'secret.bin');
  await expect(listed).toHaveCount(1);
  const set = (settings: Setting): Promise<unknown> => page.evaluate((given) => void Object.assign(window.widget, given), settings);
  const optionsOf = (user: string): Promise<void> =>
    page.evaluate((id) => {
      window.widget.uploadOptions = (_file, path) => ({ key: `uploads/${id}/${path}` });
    }, user);
  for (const [leave, comeBack] of [
    [() => set({ keyPrefix: 'uploads/user-2/' }), () => set({ keyPrefix: 'uploads/user-1/' })],
    [() => set({ uniqueKeys: true }), () => set({ uniqueKeys: false })],
    [() => set({ uploadOptions: { scope: 'other' } }), () => optionsOf('user-1')],
  ]) {
    await leave!();
    await expect(listed).toHaveCount(0);
    await comeBack!();
    await expect(listed).toHaveCount(1);
  }
  // Functions are not compared, but what they mean for the list is.
  await optionsOf('user-2');
  await expect(listed).toHaveCount(0);
});

for (const picker of ['of the input', 'of Chromium']) {
  test(`“Resume all” resumes what the browser has kept although the picker ${picker} for the others is cancelled`, {
    tag: '@chromium',
  }, async ({ page, open, makeFile, oss }) => {
    await open();
    // Neither may be done before both are seen.
    await oss.control.setLink({ bytesPerSecond: 2 * MiB });
    await drop(page, [await makeFile(16 * MiB, 1, { name: 'kept.bin' })]);
    await choose(page, await makeFile(16 * MiB, 2, { name: 'other.bin' }));
    for (const key of ['uploads/kept.bin', 'uploads/other.bin']) await untilAcknowledged(oss.url, key, 1);
    await page.evaluate(() => window.widget.reset());
    await expect(button(page, 'Resume: kept.bin')).toBeVisible();
    if (picker === 'of the input') {
      await Promise.all([page.waitForEvent('filechooser'), button(page, 'Resume all').click()]);
      await element(page).locator('input').dispatchEvent('cancel');
    } else {
      await page.evaluate(() => {
        const showOpenFilePicker = (): Promise<never> => Promise.reject(new DOMException('The user aborted a request.', 'AbortError'));
        Object.assign(window, { showOpenFilePicker });
      });
      await button(page, 'Resume all').click();
    }
    await expect.poll(() => page.evaluate(() => window.widget.tasks.map(({ path }) => path))).toEqual(['kept.bin']);
    await expect(button(page, 'Select the file again to resume: other.bin')).toBeVisible();
  });
}

test('what is uploaded elsewhere offers nothing; it can be discarded afterwards', async ({ page, open, makeFile, oss }) => {
  await open();
  await oss.control.setLink({ bytesPerSecond: SLOW });
  await choose(page, await makeFile(32 * MiB, 1, { name: 'film.bin' }));
  await untilAcknowledged(oss.url, 'uploads/film.bin', 1);
  await page.evaluate(() => {
    const settings = { options: window.library.options, keyPrefix: 'uploads/', multiple: true, id: 'second' };
    document.body.append(Object.assign(document.createElement('oss-upload'), settings));
  });
  const left = page.locator('#second').getByRole('listitem');
  await expect(left).toContainText('Uploading elsewhere on this page');
  await expect(left.getByRole('button')).toHaveCount(0);
  await page.evaluate(() => {
    window.widget.reset();
    window.widget.remove();
  });
  await left.getByRole('button', { name: 'Discard: film.bin' }).click();
  await expect(left).toHaveCount(0);
  await expect.poll(() => oss.control.uploads()).toEqual([]);
});

test('a failed discard says so, and one click still resumes', { tag: '@chromium' }, async ({ page, open, makeFile, oss }) => {
  await open();
  await oss.control.setLink({ bytesPerSecond: SLOW });
  await drop(page, [await makeFile(16 * MiB, 1, { name: 'film.bin' })]);
  await untilAcknowledged(oss.url, 'uploads/film.bin', 1);
  await page.evaluate(() => window.widget.reset());
  await oss.control.addFault({
    operation: 'AbortMultipartUpload',
    times: null,
    fault: { kind: 'status', status: 403, code: 'AccessDenied' },
  });
  await button(page, 'Discard: film.bin').click();
  await expect(row(page, 'film.bin')).toContainText('It couldn’t be discarded.');
  await expect(row(page, 'film.bin').locator('.detail')).toContainText('AccessDenied');
  await oss.control.setLink({ bytesPerSecond: null });
  await button(page, 'Resume: film.bin').click();
  await expect(row(page, 'film.bin')).toContainText('Done');
});
