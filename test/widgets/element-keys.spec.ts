/** The keys of `<oss-upload>`: no two files get the same. */
import { button, choose, element, row, SLOW, test } from './element.js';
import { count, expect, fileSha256, MiB, storedSha256, transcript, untilAcknowledged } from './fixtures.js';
import type {} from './pages/element/main.js';

const value = (): readonly string[] => window.widget.value;
/** Each file has its content and its name. */
const add = (files: string[][]): Promise<string[]> =>
  window.widget
    .addFiles(files.map(([content, name], index) => new File([content!], name!, { lastModified: index + 1 })))
    .then((tasks) => Promise.all(tasks.map(async ({ result }) => (await result).key)));

test('two files with one name, from two folders, become two objects', async ({ page, open, oss }) => {
  await open();
  await page.evaluate(async () => {
    const file = (byte: number) => new File([new Uint8Array(300_000).fill(byte)], 'beach.jpg', { lastModified: byte });
    const tasks = [...(await window.widget.addFiles([file(1)])), ...(await window.widget.addFiles([file(2)]))];
    await Promise.all(tasks.map(({ result }) => result));
  });
  expect(await page.evaluate(value)).toEqual(['uploads/beach.jpg', 'uploads/beach (2).jpg']);
  await expect(element(page).locator('.row.done')).toHaveCount(2);
  expect((await oss.control.objects()).map(({ key }) => key).sort()).toEqual(['uploads/beach (2).jpg', 'uploads/beach.jpg']);
  expect(await storedSha256(oss.url, 'uploads/beach.jpg')).not.toBe(await storedSha256(oss.url, 'uploads/beach (2).jpg'));
});

test('the number precedes the extension, in the last part of the path, and increases', async ({ page, open }) => {
  await open();
  const keys = await page.evaluate(async () => {
    const names = ['a.tar.gz', 'a.tar.gz', 'a.tar.gz', 'v1.2/readme', 'v1.2/readme', '.env', '.env'];
    const files = names.map((name, index) => Object.defineProperty(new File([String(index)], ''), 'webkitRelativePath', { value: name }));
    const tasks = await window.widget.addFiles(files);
    return Promise.all(tasks.map(async ({ result }) => (await result).key.slice('uploads/'.length)));
  });
  const archives = ['a.tar.gz', 'a.tar (2).gz', 'a.tar (3).gz'];
  expect(keys).toEqual([...archives, 'v1.2/readme', 'v1.2/readme (2)', '.env', '.env (2)']);
});

test('a file chosen twice becomes two objects while both are in the list', async ({ page, open }) => {
  await open();
  const keys = await page.evaluate(async () => {
    const file = new File(['same'], 'same.txt', { lastModified: 1 });
    const tasks = await window.widget.addFiles([file, file]);
    return Promise.all(tasks.map(async ({ result }) => (await result).key));
  });
  expect(keys).toEqual(['uploads/same.txt', 'uploads/same (2).txt']);
  expect(await page.evaluate(value)).toEqual(keys);
});

test('a file removed from the list is not replaced by another file with its name; the same file gets its key again', async ({
  page,
  open,
}) => {
  await open();
  expect(await page.evaluate(add, [['first', 'note.txt']])).toEqual(['uploads/note.txt']);
  await button(page, 'Remove: note.txt').click();
  expect(await page.evaluate(add, [['another', 'note.txt']])).toEqual(['uploads/note (2).txt']);
  await button(page, 'Remove: note.txt').click();
  expect(await page.evaluate(add, [['first', 'note.txt']])).toEqual(['uploads/note.txt']);
});

test('the key of a cancelled upload is free', async ({ page, open, oss }) => {
  await open();
  await oss.control.setLink({ bytesPerSecond: SLOW });
  await page.evaluate(() => void window.widget.addFiles([new File([new Uint8Array(16 << 20)], 'film.bin', { lastModified: 1 })]));
  await untilAcknowledged(oss.url, 'uploads/film.bin', 1);
  await button(page, 'Cancel: film.bin').click();
  await expect(row(page, 'film.bin')).toHaveCount(0);
  await oss.control.setLink({ bytesPerSecond: null });
  expect(await page.evaluate(add, [['short', 'film.bin']])).toEqual(['uploads/film.bin']);
});

test('two elements with one prefix use no key twice', async ({ page, open, oss }) => {
  await open();
  const keys = await page.evaluate(async () => {
    const second = Object.assign(document.createElement('oss-upload'), { options: window.library.options, keyPrefix: 'uploads/' });
    document.body.append(second);
    const [front] = await window.widget.addFiles([new File(['front'], 'card.png', { lastModified: 1 })]);
    const [back] = await second.addFiles([new File(['back'], 'card.png', { lastModified: 2 })]);
    return [(await front!.result).key, (await back!.result).key];
  });
  expect(keys).toEqual(['uploads/card.png', 'uploads/card (2).png']);
  expect(await oss.control.objects()).toHaveLength(2);
});

const pageKeys: [kind: string, setUp: () => void][] = [
  ['a text', () => void (window.widget.uploadOptions = () => ({ key: 'fixed/report.pdf' }))],
  ['a function', () => void (window.widget.uploadOptions = { key: async () => 'fixed/report.pdf' })],
];
for (const [kind, setUp] of pageKeys) {
  test(`the application’s key, ${kind}, is used once while its file is in the list`, async ({ page, open }) => {
    await open();
    await page.evaluate(setUp);
    const files = [
      ['1', 'a.pdf'],
      ['2', 'b.pdf'],
    ];
    expect(await page.evaluate(add, files)).toEqual(['fixed/report.pdf', 'fixed/report (2).pdf']);
    await button(page, 'Clear finished').click();
    // The application has chosen the key: a file that is no longer in the list may be replaced.
    expect(await page.evaluate(add, files.slice(0, 1))).toEqual(['fixed/report.pdf']);
  });

  test(`without multiple, the application’s key, ${kind}, is used for the replacing file, too`, async ({ page, open }) => {
    await open(() => {});
    await page.evaluate(setUp);
    expect(await page.evaluate(add, [['1', 'a.pdf']])).toEqual(['fixed/report.pdf']);
    expect(await page.evaluate(add, [['2', 'b.pdf']])).toEqual(['fixed/report.pdf']);
    expect(await page.evaluate(value)).toEqual(['fixed/report.pdf']);
  });
}

test('a file chosen after the bucket has changed goes to the new bucket; what was under way or has failed ends in the old one', async ({
  page,
  open,
  makeFile,
  oss,
}) => {
  const files = [await makeFile(16 * MiB, 1, { name: 'film.bin' }), await makeFile(100, 2, { name: 'note.bin' })];
  await open();
  const { id } = await oss.control.addFault({
    operation: ['PutObject', 'PostObject'],
    times: null,
    fault: { kind: 'status', status: 403, code: 'AccessDenied' },
  });
  await oss.control.setLink({ bytesPerSecond: SLOW });
  await choose(page, files);
  await expect(row(page, 'note.bin')).toContainText('Failed');
  await untilAcknowledged(oss.url, 'uploads/film.bin', 1);
  await oss.control.removeFault(id);

  await element(page).evaluate((upload) => Object.assign(upload, { bucket: 'second-bucket' }));
  await oss.control.setLink({ bytesPerSecond: null });
  await choose(page, await makeFile(200, 3, { name: 'film.bin' }));
  await expect(row(page, 'film.bin').filter({ hasText: 'Done' })).toHaveCount(2);
  await button(page, 'Retry: note.bin').click();
  await expect(row(page, 'note.bin')).toContainText('Done');
  const stored = (await oss.control.objects()).map(({ bucket, key, size }) => `${bucket} ${key} ${size}`);
  expect(stored.sort()).toEqual([
    `demo-bucket uploads/film.bin ${16 * MiB}`,
    'demo-bucket uploads/note.bin 100',
    'second-bucket uploads/film.bin 200',
  ]);
});

test('an upload of the application on the same uploader keeps its key', async ({ page, open }) => {
  await open();
  await page.evaluate(() => {
    const uploader = window.library.createUploader(window.library.options);
    window.widget.uploader = uploader;
    uploader.upload(new File(['own'], 'own.txt'), { key: 'uploads/note.txt' });
  });
  expect(await page.evaluate(add, [['another', 'note.txt']])).toEqual(['uploads/note (2).txt']);
  await expect(element(page).locator('.row.done')).toHaveCount(2);
  expect(new Set(await page.evaluate(value)).size).toBe(2);
});

test('after a reload, the second of two files with one name resumes under its own key', async ({ page, open, oss }) => {
  const choosing = async (bytes: number[]): Promise<void> => {
    const files = bytes.map((byte) => new File([new Uint8Array(16 << 20).fill(byte)], 'film.bin', { lastModified: byte }));
    await window.widget.addFiles(files);
  };
  await open();
  await oss.control.setLink({ bytesPerSecond: SLOW });
  await page.evaluate(choosing, [1, 2]);
  await untilAcknowledged(oss.url, 'uploads/film.bin', 1);
  await untilAcknowledged(oss.url, 'uploads/film (2).bin', 1);
  await open();
  await expect(element(page).locator('.row.unfinished')).toHaveCount(2);
  await oss.control.setLink({ bytesPerSecond: null });
  await page.evaluate(choosing, [2]);
  await expect(element(page).locator('.row.done')).toHaveCount(1);
  expect(await page.evaluate(value)).toEqual(['uploads/film (2).bin']);
  expect(count(await transcript(oss.url, 'uploads/film (2).bin'), 'InitiateMultipartUpload')).toBe(1);
  await expect(element(page).locator('.row.unfinished')).toHaveCount(1);
});

test('with unique-keys, keys are random below the prefix, and a resumed upload keeps its key', async ({ page, open, makeFile, oss }) => {
  const random = /^uploads\/[\da-f-]{36}\.bin$/;
  const setUp = (upload: HTMLElementTagNameMap['oss-upload']): void => void Object.assign(upload, { multiple: true, uniqueKeys: true });
  const [small, file] = [await makeFile(100, 1, { name: 'note.bin' }), await makeFile(32 * MiB, 2, { name: 'film.bin' })];
  await open(setUp);
  await choose(page, small);
  await expect(row(page, 'note.bin')).toContainText('Done');
  await choose(page, small);
  await expect(element(page).locator('.row.done')).toHaveCount(2);
  const keys = await page.evaluate(value);
  for (const key of keys) expect(key).toMatch(random);
  expect(new Set(keys).size).toBe(2);

  await oss.control.setLink({ bytesPerSecond: SLOW });
  await choose(page, file);
  await expect.poll(() => oss.control.uploads()).toHaveLength(1);
  const [begun] = await oss.control.uploads();
  expect(begun!.key).toMatch(random);
  await untilAcknowledged(oss.url, begun!.key, 2);
  await open(setUp);
  await oss.control.setLink({ bytesPerSecond: null });
  await choose(page, file);
  await expect(row(page, 'film.bin').filter({ hasText: 'Done' })).toBeVisible();
  expect(await page.evaluate(value)).toEqual([begun!.key]);
  expect(await storedSha256(oss.url, begun!.key)).toBe(await fileSha256(file));
  expect(count(await transcript(oss.url, begun!.key), 'InitiateMultipartUpload')).toBe(1);
});

test('an existing file of an edit form is not overwritten, nor one that was removed from the list or is in another element', async ({
  page,
  open,
}) => {
  await open((upload) => Object.assign(upload, { multiple: true, initialValue: ['uploads/report.pdf'] }));
  expect(await page.evaluate(add, [['another', 'report.pdf']])).toEqual(['uploads/report (2).pdf']);
  expect(await page.evaluate(value)).toEqual(['uploads/report.pdf', 'uploads/report (2).pdf']);
  await row(page, 'report.pdf').first().getByRole('button', { name: 'Remove' }).click();
  await expect.poll(() => page.evaluate(value)).toEqual(['uploads/report (2).pdf']);
  expect(await page.evaluate(add, [['a third', 'report.pdf']])).toEqual(['uploads/report (3).pdf']);
  const inSecond = await page.evaluate(async () => {
    const second = Object.assign(document.createElement('oss-upload'), { options: window.library.options, keyPrefix: 'uploads/' });
    Object.assign(second, { multiple: true });
    document.body.append(second);
    const [task] = await second.addFiles([new File(['a fourth'], 'report.pdf')]);
    return (await task!.result).key;
  });
  expect(inSecond).toBe('uploads/report (4).pdf');
});

test('without multiple, a file replaces the existing one under its key', async ({ page, open }) => {
  await open((upload) => Object.assign(upload, { initialValue: ['uploads/avatar.png'] }));
  expect(await page.evaluate(add, [['new', 'avatar.png']])).toEqual(['uploads/avatar.png']);
  await expect(element(page).getByRole('listitem')).toHaveCount(1);
  expect(await page.evaluate(value)).toEqual(['uploads/avatar.png']);
});
