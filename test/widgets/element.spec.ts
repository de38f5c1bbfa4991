/** How `<oss-upload>` takes files, and which it accepts. */
import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { button, choose, drop, element, heard, row, test } from './element.js';
import { expect, fileSha256, MiB, storedSha256 } from './fixtures.js';

test('chosen files arrive byte for byte, and each dispatches its events', async ({ page, open, makeFile, oss, complaints }) => {
  await open();
  const [film, note] = [await makeFile(8 * MiB, 1, { name: 'film.bin' }), await makeFile(12, 2, { name: 'note.txt' })];
  await choose(page, [film, note]);
  for (const name of ['film.bin', 'note.txt']) await expect(row(page, name)).toContainText('Done');
  expect(await storedSha256(oss.url, 'uploads/film.bin')).toBe(await fileSha256(film));
  expect(await storedSha256(oss.url, 'uploads/note.txt')).toBe(await fileSha256(note));
  await expect(row(page, 'film.bin').getByRole('progressbar')).toHaveCount(0);
  expect((await heard(page)).sort()).toEqual(['change', 'change', 'start', 'start', 'success', 'success']);
  const success = await page.evaluate(() => window.heard.find(([name]) => name === 'success')![1].result);
  expect(success).toMatchObject({ bucket: 'demo-bucket', verified: true });
  const totals = await page.evaluate(() => window.heard.findLast(([name]) => name === 'progress')![1]);
  expect(totals).toMatchObject({ loaded: 8 * MiB + 12, total: 8 * MiB + 12, files: { done: 2, failed: 0, open: 0, total: 2 } });
  expect(complaints).toEqual([]);
});

/** Not a temporary folder: Chromium returns no handle for a folder in `/dev/shm`, and headless it doesn't even fail. */
const FOLDER = fileURLToPath(new URL('../../node_modules/.element-drop', import.meta.url));

test('a dropped folder is uploaded with its paths; empty folders are reported', { tag: '@chromium' }, async ({
  page,
  open,
  makeFile,
  oss,
}) => {
  await open((upload) => upload.toggleAttribute('directory', true));
  const folder = FOLDER;
  await mkdir(`${folder}/album/day 1`, { recursive: true });
  await mkdir(`${folder}/album/nothing`, { recursive: true });
  const file = await makeFile(200_000, 3);
  await copyFile(file, `${folder}/album/cover.bin`);
  await copyFile(file, `${folder}/album/day 1/beach.bin`);
  await drop(page, [`${folder}/album`]);
  await expect(element(page)).toContainText('All 2 files uploaded');
  expect((await oss.control.objects()).map(({ key }) => key).sort()).toEqual(['uploads/album/cover.bin', 'uploads/album/day 1/beach.bin']);
  await expect(element(page)).toContainText('album/nothing: empty folder');
  expect(await page.evaluate(() => window.heard.find(([name]) => name === 'reject')![1])).toMatchObject({
    path: 'album/nothing',
    reason: 'empty-folder',
  });
});

test('a chosen folder is uploaded with its paths', { tag: '@chromium' }, async ({ page, open, makeFile, makeFolder, oss }) => {
  await open((upload) => upload.toggleAttribute('directory', true));
  const folder = await makeFolder();
  await mkdir(`${folder}/album/day 1`, { recursive: true });
  await copyFile(await makeFile(200_000, 3), `${folder}/album/day 1/beach.bin`);
  await choose(page, `${folder}/album`, element(page).getByRole('button', { name: 'Choose a folder' }));
  await expect(row(page, 'album/day 1/beach.bin')).toContainText('Done');
  expect((await oss.control.objects()).map(({ key }) => key)).toEqual(['uploads/album/day 1/beach.bin']);
});

test('it looks like a drop target only while files are dragged over it', { tag: '@chromium' }, async ({ page, open, makeFile }) => {
  await open();
  const file = await makeFile(12, 1);
  const session = await page.context().newCDPSession(page);
  const { x, y, width, height } = (await element(page).boundingBox())!;
  const drag = (type: 'dragEnter' | 'dragOver' | 'dragCancel', dx: number): Promise<unknown> =>
    session.send('Input.dispatchDragEvent', {
      type,
      x: x + dx,
      y: y + height / 2,
      data: { items: [], files: [file], dragOperationsMask: 1 },
    });
  const root = element(page).locator('fieldset');
  await drag('dragEnter', 5);
  for (let dx = 10; dx < width; dx += 40) {
    await drag('dragOver', dx);
    await expect(root).toHaveClass(/over/);
  }
  await drag('dragOver', -20);
  await expect(root).not.toHaveClass(/over/);
});

/** A paste of one file, as the browser dispatches it. */
const paste = (selector: string, name: string): void => {
  const clipboardData = new DataTransfer();
  clipboardData.items.add(new File(['pasted'], name, { lastModified: 1 }));
  document
    .querySelector(selector)!
    .dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true, composed: true }));
};

test('pasted files are uploaded, unless another control wants them', { tag: '@chromium' }, async ({ page, open }) => {
  await open();
  await page.evaluate(`(${paste})('#other', 'elsewhere.txt'); (${paste})('body', 'here.txt')`);
  await expect(row(page, 'here.txt')).toContainText('Done');
  await expect(row(page, 'elsewhere.txt')).toHaveCount(0);
});

test('of two elements, one takes files pasted outside both', { tag: '@chromium' }, async ({ page, open }) => {
  await open();
  await page.evaluate(() => document.body.append(Object.assign(document.createElement('oss-upload'), { options: window.library.options })));
  await page.evaluate(`(${paste})('body', 'here.txt')`);
  await expect(row(page, 'here.txt')).toContainText('Done');
  await expect(row(page, 'here.txt')).toHaveCount(1);
});

test('files that accept, max-size and multiple reject are reported, and not sent', { tag: '@chromium' }, async ({
  page,
  open,
  makeFile,
  oss,
}) => {
  await open((upload) => Object.assign(upload, { accept: '.txt, image/*', maxSize: '1 MB' }));
  const files = [
    await makeFile(100, 1, { name: 'program.exe' }),
    await makeFile(2 * MiB, 2, { name: 'big.txt' }),
    await makeFile(100, 3, { name: 'PHOTO.PNG' }),
    await makeFile(100, 4, { name: 'second.txt' }),
  ];
  // Not by the file chooser, which would accept only one file.
  await drop(page, files);
  await expect(row(page, 'PHOTO.PNG')).toContainText('Done');
  const problems = element(page).getByRole('status');
  await expect(problems).toContainText('program.exe: file type not accepted');
  await expect(problems).toContainText('big.txt: too large');
  await expect(problems).toContainText('second.txt: only one file is accepted');
  const reasons = await page.evaluate(() =>
    window.heard.filter(([name]) => name === 'reject').map(([, { file, reason }]) => [file.name, reason]),
  );
  expect(reasons).toEqual([
    ['program.exe', 'accept'],
    ['big.txt', 'max-size'],
    ['second.txt', 'multiple'],
  ]);
  expect((await oss.control.objects()).map(({ key }) => key)).toEqual(['uploads/PHOTO.PNG']);
});

test('without multiple, the next file replaces the finished one', async ({ page, open, makeFile }) => {
  await open(() => {});
  await choose(page, await makeFile(100, 1, { name: 'first.txt' }));
  await expect(row(page, 'first.txt')).toContainText('Done');
  await choose(page, await makeFile(100, 2, { name: 'second.txt' }));
  await expect(row(page, 'second.txt')).toContainText('Done');
  await expect(row(page, 'first.txt')).toHaveCount(0);
  expect(await page.evaluate(() => window.widget.value)).toEqual(['uploads/second.txt']);
});

test('a file that can’t be uploaded doesn’t stop the others', async ({ page, open }) => {
  await open();
  const taken = await page.evaluate(async () => {
    Object.assign(window.widget, { keyPrefix: '', uploadOptions: (_: File, path: string) => ({ key: path }) });
    const tasks = await window.widget.addFiles([new File(['x'], '/slash.txt'), new File(['y'], 'good.txt')]);
    return tasks.map(({ path }) => path);
  });
  expect(taken).toEqual(['good.txt']);
  await expect(row(page, 'good.txt')).toContainText('Done');
  await expect(element(page)).toContainText(/slash\.txt: can’t be uploaded: key must/);
});

test('missing credentials are reported to the user, the page and the caller', async ({ page, widgetsUrl, complaints }) => {
  await page.goto(`${widgetsUrl}pages/element/`);
  await page.waitForFunction(() => 'widget' in window);
  const thrown = await page.evaluate(async () => {
    Object.assign(window.widget, { region: 'cn-hangzhou', bucket: 'demo-bucket' });
    void window.widget.addFiles([new File(['x'], 'x.txt')]);
    return window.widget.addFiles([new File(['x'], 'x.txt')]).catch((error) => `${error.name}: ${error.message}`);
  });
  expect(thrown).toMatch(/^TypeError: .*credentials must be/);
  await expect(element(page)).toContainText('credentials must be STS credentials or a function that fetches them');
  expect(await heard(page)).toEqual(['error', 'error']);
  expect(complaints).toEqual([]);
});

test('properties set before the element was defined apply', async ({ page, open }) => {
  await open();
  const state = await page.evaluate(async () => {
    // Created in a document without a window, where the element is not defined.
    const early = document.implementation.createHTMLDocument().createElement('oss-upload');
    const { credentials, ...options } = window.library.options;
    Object.assign(early, { credentials, options, multiple: true, maxSize: 5, keyPrefix: 'uploads/early-' });
    const wasPlain = !(early instanceof window.library.OssUploadElement);
    document.querySelector('oss-upload')!.replaceWith(early);
    const [task] = await early.addFiles([new File(['12345'], 'five.txt'), new File(['123456'], 'six.txt')]);
    return { wasPlain, attributes: early.getAttributeNames().sort(), key: (await task!.result).key };
  });
  expect(state).toEqual({ wasPlain: true, attributes: ['key-prefix', 'max-size', 'multiple'], key: 'uploads/early-five.txt' });
});

test('it is styled by the parts in its README, and by custom properties of any ancestor', async ({ page, open, makeFile }) => {
  const readme = await readFile(new URL('../../src/element/README.md', import.meta.url), 'utf8');
  const namesIn = (line: string): string[] => [...line.matchAll(/`([\w-]+)`/g)].map(([, name]) => name!);
  const named = namesIn(/^\| Parts +\|(.*?)\. A row/m.exec(readme)![1]!);
  await open();
  await choose(page, await makeFile(1024, 1));
  await expect(row(page, 'random-1.bin')).toContainText('Done');
  const parts = await element(page).evaluate(({ shadowRoot }) =>
    [...shadowRoot!.querySelectorAll('[part]')].flatMap((part) => part.getAttribute('part')!.split(' ')),
  );
  expect(named.filter((name) => !parts.includes(name))).toEqual([]);

  await page.addStyleTag({ content: ':root { --oss-upload-accent: rgb(1, 2, 3) } oss-upload::part(name) { color: rgb(4, 5, 6) }' });
  await expect(button(page, 'Choose files')).toHaveCSS('background-color', 'rgb(1, 2, 3)');
  await expect(element(page).getByTitle('random-1.bin')).toHaveCSS('color', 'rgb(4, 5, 6)');
});
