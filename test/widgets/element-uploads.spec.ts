/** Controlling the uploads of `<oss-upload>`, within one page load and after a reload. */
import { button, choose, drop, element, heard, row, SLOW, test } from './element.js';
import { acknowledgedTwice, count, expect, fileSha256, MiB, storedSha256, transcript, untilAcknowledged } from './fixtures.js';

const key = 'uploads/film.bin';

test('one upload is paused, resumed and cancelled; the focus stays', async ({ page, open, makeFile, oss }) => {
  await open();
  // Slower than usual: the abort waits for one of the browser's connections until a part of the other file has arrived.
  await oss.control.setLink({ bytesPerSecond: 2 * MiB });
  await choose(page, [await makeFile(24 * MiB, 1, { name: 'film.bin' }), await makeFile(24 * MiB, 2, { name: 'song.bin' })]);
  await untilAcknowledged(oss.url, key, 1);
  await button(page, 'Pause: film.bin').click();
  await expect(row(page, 'film.bin')).toContainText('Paused');
  await expect(button(page, 'Resume: film.bin')).toBeFocused();
  await button(page, 'Resume: film.bin').press('Enter');
  await expect(row(page, 'film.bin')).not.toContainText('Paused');
  await button(page, 'Cancel: film.bin').click();
  await expect(row(page, 'film.bin')).toHaveCount(0);
  // The focused row was removed: the next row has the focus.
  await expect(button(page, 'Cancel: song.bin')).toBeFocused();
  await expect.poll(async () => (await oss.control.uploads()).map((upload) => upload.key)).toEqual(['uploads/song.bin']);
  await button(page, 'Cancel: song.bin').press('Enter');
  await expect(button(page, 'Choose files')).toBeFocused();
  await expect.poll(() => oss.control.uploads()).toEqual([]);
});

test('all uploads are paused, resumed and cancelled at once', async ({ page, open, makeFile, oss }) => {
  await open();
  await oss.control.setLink({ bytesPerSecond: SLOW });
  await choose(page, [await makeFile(16 * MiB, 1, { name: 'film.bin' }), await makeFile(16 * MiB, 2, { name: 'song.bin' })]);
  await untilAcknowledged(oss.url, key, 1);
  await button(page, 'Pause all').click();
  await expect(element(page).locator('.row.paused')).toHaveCount(2);
  await expect(button(page, 'Pause all')).toBeHidden();
  await oss.control.setLink({ bytesPerSecond: null });
  await button(page, 'Resume all').click();
  await expect(element(page)).toContainText('All 2 files uploaded');
  await button(page, 'Clear finished').click();
  await expect(element(page).getByRole('listitem')).toHaveCount(0);

  await oss.control.setLink({ bytesPerSecond: SLOW });
  await choose(page, [await makeFile(16 * MiB, 3, { name: 'a.bin' }), await makeFile(16 * MiB, 4, { name: 'b.bin' })]);
  await untilAcknowledged(oss.url, 'uploads/a.bin', 1);
  await button(page, 'Cancel all').click();
  await expect(element(page).getByRole('listitem')).toHaveCount(0);
  await expect.poll(() => oss.control.uploads()).toEqual([]);
});

test('a failed upload says why; it is retried alone and with all others', async ({ page, open, makeFile, oss }) => {
  await open();
  await oss.control.addFault({ operation: 'UploadPart', times: null, fault: { kind: 'status', status: 403, code: 'AccessDenied' } });
  await choose(page, [await makeFile(4 * MiB, 1, { name: 'film.bin' }), await makeFile(4 * MiB, 2, { name: 'song.bin' })]);
  for (const name of ['film.bin', 'song.bin']) await expect(row(page, name)).toContainText('AccessDenied');
  await expect(element(page).getByRole('status')).toContainText('2 failed');
  expect((await heard(page)).filter((name) => name === 'error')).toHaveLength(2);
  await button(page, 'Retry: film.bin').click();
  await expect(row(page, 'film.bin')).toContainText('Failed');
  await oss.control.removeFault();
  await button(page, 'Retry all').click();
  await expect(element(page)).toContainText('All 2 files uploaded');
});

test('removing a failed upload aborts it on the server, too', async ({ page, open, makeFile, oss }) => {
  await open();
  await oss.control.addFault({ operation: 'UploadPart', times: null, fault: { kind: 'status', status: 403, code: 'AccessDenied' } });
  await choose(page, await makeFile(4 * MiB, 1, { name: 'film.bin' }));
  await expect(row(page, 'film.bin')).toContainText('Failed');
  await button(page, 'Remove: film.bin').click();
  await expect(row(page, 'film.bin')).toHaveCount(0);
  await expect.poll(() => oss.control.uploads()).toEqual([]);
});

test('after a reload, selecting the file again sends no acknowledged part twice', async ({ page, open, makeFile, oss }) => {
  const [file, other] = [await makeFile(32 * MiB, 1, { name: 'film.bin' }), await makeFile(MiB, 2, { name: 'other.bin' })];
  await open();
  await oss.control.setLink({ bytesPerSecond: SLOW });
  await choose(page, file);
  await untilAcknowledged(oss.url, key, 2);
  const before = await transcript(oss.url, key);
  await open();
  await expect(page.getByText('Unfinished uploads')).toBeVisible();
  await oss.control.setLink({ bytesPerSecond: null });
  const again = button(page, 'Select the file again to resume: film.bin');
  await choose(page, other, again);
  await expect(row(page, 'film.bin')).toContainText('This is a different file, or it has changed.');
  await choose(page, file, again);
  await expect(row(page, 'film.bin')).toContainText('Done');
  await expect(page.getByText('Unfinished uploads')).toBeHidden();
  const after = await transcript(oss.url, key);
  expect(acknowledgedTwice({ before, after })).toEqual([]);
  expect(count(after, 'InitiateMultipartUpload')).toBe(1);
  expect(await storedSha256(oss.url, key)).toBe(await fileSha256(file));
});

test('an unfinished upload is resumed when its file is selected again', async ({ page, open, makeFile, oss }) => {
  const file = await makeFile(32 * MiB, 1, { name: 'film.bin' });
  await open();
  await oss.control.setLink({ bytesPerSecond: SLOW });
  await choose(page, file);
  await untilAcknowledged(oss.url, key, 2);
  await open();
  await expect(page.getByText('Unfinished uploads')).toBeVisible();
  await oss.control.setLink({ bytesPerSecond: null });
  await choose(page, file);
  // Two rows, until the library has recognised the file.
  await expect(element(page).locator('.row.done')).toContainText('film.bin');
  await expect(row(page, 'film.bin')).toHaveCount(1);
  await expect(page.getByText('Unfinished uploads')).toBeHidden();
  expect(count(await transcript(oss.url, key), 'InitiateMultipartUpload')).toBe(1);
});

test('the browser keeps a handle of a dropped file: after a reload one click resumes its upload', { tag: '@chromium' }, async ({
  page,
  open,
  makeFile,
  oss,
}) => {
  const file = await makeFile(32 * MiB, 1, { name: 'film.bin' });
  await open();
  await oss.control.setLink({ bytesPerSecond: SLOW });
  await drop(page, [file]);
  await untilAcknowledged(oss.url, key, 2);
  await open();
  await oss.control.setLink({ bytesPerSecond: null });
  await button(page, 'Resume: film.bin').click();
  await expect(row(page, 'film.bin')).toContainText('Done');
  expect(count(await transcript(oss.url, key), 'InitiateMultipartUpload')).toBe(1);
  expect(await storedSha256(oss.url, key)).toBe(await fileSha256(file));
});

test('the browser keeps a handle of a file from its own picker, too', async ({ page, open, oss }) => {
  /** A test can't operate the browser's picker. The handle is real, from the origin private file system. */
  const letPick = async (): Promise<void> => {
    const folder = await navigator.storage.getDirectory();
    const handle = await folder.getFileHandle('film.bin', { create: true });
    if ((await handle.getFile()).size === 0) {
      const stream = await handle.createWritable();
      await stream.write(new Uint8Array(32 << 20));
      await stream.close();
    }
    Object.assign(window, { showOpenFilePicker: async () => [handle] });
  };
  await open();
  await page.evaluate(letPick);
  await oss.control.setLink({ bytesPerSecond: SLOW });
  await button(page, 'Choose files').click();
  await untilAcknowledged(oss.url, key, 2);
  await open();
  await oss.control.setLink({ bytesPerSecond: null });
  await button(page, 'Resume: film.bin').click();
  await expect(row(page, 'film.bin')).toContainText('Done');
  expect(count(await transcript(oss.url, key), 'InitiateMultipartUpload')).toBe(1);
});

test('an unfinished upload is discarded, on the server too', async ({ page, open, makeFile, oss }) => {
  await open();
  await oss.control.setLink({ bytesPerSecond: SLOW });
  await choose(page, await makeFile(32 * MiB, 1, { name: 'film.bin' }));
  await untilAcknowledged(oss.url, key, 1);
  await open();
  await button(page, 'Discard: film.bin').click();
  await expect(page.getByText('Unfinished uploads')).toBeHidden();
  await expect(button(page, 'Choose files')).toBeFocused();
  expect(await oss.control.uploads()).toEqual([]);
});

test('moving the element within the page stops nothing', async ({ page, open, makeFile, oss }) => {
  await open();
  await oss.control.setLink({ bytesPerSecond: SLOW });
  await choose(page, await makeFile(32 * MiB, 1, { name: 'film.bin' }));
  await untilAcknowledged(oss.url, key, 1);
  await page.evaluate(async () => {
    window.widget.remove();
    await new Promise((resolve) => setTimeout(resolve, 100));
    document.body.prepend(window.widget);
  });
  await untilAcknowledged(oss.url, key, 2);
  await expect(row(page, 'film.bin')).toContainText('Uploading');
});

test('it shows the uploads of the application’s uploader, and leaves them running', async ({ page, open, makeFile, oss }) => {
  await open();
  await oss.control.setLink({ bytesPerSecond: SLOW });
  const state = await page.evaluateHandle(() => {
    const uploader = window.library.createUploader(window.library.options);
    window.widget.uploader = uploader;
    return { task: uploader.upload(new File([new Uint8Array(16 << 20)], 'film.bin'), { key: 'uploads/own.bin' }) };
  });
  await expect(row(page, 'film.bin')).toContainText('Uploading');
  await choose(page, await makeFile(100, 1, { name: 'note.txt' }));
  await expect(row(page, 'note.txt')).toContainText('Done');
  await page.evaluate(() => window.widget.remove());
  await oss.control.setLink({ bytesPerSecond: null });
  expect(await state.evaluate(({ task }) => task.result.then(({ key: stored }) => stored))).toBe('uploads/own.bin');
});

test('during an upload the browser asks before the user leaves the page', async ({ page, open, makeFile, oss }) => {
  await open();
  await oss.control.setLink({ bytesPerSecond: SLOW });
  await choose(page, await makeFile(32 * MiB, 1, { name: 'film.bin' }));
  await untilAcknowledged(oss.url, key, 1);
  const isAsked = (): Promise<boolean> => page.evaluate(() => !window.dispatchEvent(new Event('beforeunload', { cancelable: true })));
  expect(await isAsked()).toBe(true);
  await button(page, 'Pause: film.bin').click();
  await expect.poll(isAsked).toBe(false);
});

test('credentials set during an upload are used from then on', async ({ page, open, makeFile, oss }) => {
  await open();
  await oss.control.setLink({ bytesPerSecond: SLOW });
  await choose(page, await makeFile(16 * MiB, 1, { name: 'film.bin' }));
  await untilAcknowledged(oss.url, key, 1);
  await page.evaluate(() => {
    const { credentials } = window.library.options;
    window.widget.credentials = (context) => {
      window.heard.push(['asked', undefined]);
      return typeof credentials === 'function' ? credentials(context) : credentials!;
    };
  });
  await oss.control.expireTokens();
  await oss.control.setLink({ bytesPerSecond: null });
  await expect(row(page, 'film.bin')).toContainText('Done');
  expect(await heard(page)).toContain('asked');
});

test('bucket and prefix can be changed while no upload is in progress', async ({ page, open, makeFile, oss }) => {
  await open();
  await choose(page, await makeFile(100, 1, { name: 'a.txt' }));
  await expect(row(page, 'a.txt')).toContainText('Done');
  await page.evaluate(() => Object.assign(window.widget, { bucket: 'other-bucket', keyPrefix: 'elsewhere/' }));
  await choose(page, await makeFile(100, 2, { name: 'b.txt' }));
  await expect.poll(async () => (await oss.control.log()).some(({ bucket }) => bucket === 'other-bucket')).toBe(true);
  await expect(row(page, 'a.txt')).toContainText('Done');
});

test('a new signer signs for the next file', async ({ page, open }) => {
  await open();
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await page.evaluate(() => {
    const { credentials: _, ...options } = window.library.options;
    Object.assign(window.widget, { options, signer: '/sign-a' });
    void window.widget.addFiles([new File(['x'], 'a.txt')]);
  });
  await expect.poll(() => asked).toContain('/sign-a');
  // The first upload is still in progress: there is no such signer.
  await page.evaluate(() => {
    window.widget.signer = '/sign-b';
    void window.widget.addFiles([new File(['y'], 'b.txt')]);
  });
  await expect.poll(() => asked).toContain('/sign-b');
});
