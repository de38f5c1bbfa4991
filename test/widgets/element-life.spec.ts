/** `<oss-upload>` removed from the page and added again, and its effect on the application's uploader. */
import { button, choose, element, row, SLOW, test } from './element.js';
import { expect, fileSha256, MiB, storedSha256, untilAcknowledged } from './fixtures.js';
import type {} from './pages/element/main.js';

test('removed from the page, it continues; added again, it shows the current state', async ({ page, open, makeFile, oss }) => {
  await open((upload) => Object.assign(upload, { multiple: true, name: 'files' }));
  await oss.control.setLink({ bytesPerSecond: SLOW });
  const file = await makeFile(24 * MiB, 1, { name: 'film.bin' });
  await choose(page, [file, await makeFile(24 * MiB, 2, { name: 'song.bin' })]);
  for (const key of ['uploads/film.bin', 'uploads/song.bin']) await untilAcknowledged(oss.url, key, 1);
  await button(page, 'Pause: song.bin').click();
  await page.evaluate(() => {
    window.widget.addEventListener('oss-upload-success', () => window.heard.push(['off the page', undefined]));
    window.widget.remove();
  });
  // Longer than an element that is only moved is off the page.
  await page.waitForTimeout(1500);
  await oss.control.setLink({ bytesPerSecond: null });
  await expect.poll(() => page.evaluate(() => window.widget.value)).toEqual(['uploads/film.bin']);
  expect(await page.evaluate(() => window.heard.some(([name]) => name === 'off the page'))).toBe(true);
  await page.evaluate(() => document.querySelector('form')!.append(window.widget));
  await expect(row(page, 'film.bin')).toContainText('Done');
  await expect(row(page, 'song.bin')).toContainText('Paused');
  await expect(page.getByText('Unfinished uploads')).toBeHidden();
  await button(page, 'Resume: song.bin').click();
  await expect(row(page, 'song.bin')).toContainText('Done');
  expect(await page.evaluate(() => new FormData(document.querySelector('form')!).getAll('files'))).toHaveLength(2);
  expect(await storedSha256(oss.url, 'uploads/film.bin')).toBe(await fileSha256(file));
});

test('off the page and idle, it releases its worker, and gets a new one when it is back', async ({ page, open, makeFile }) => {
  await page.addInitScript(() => {
    const { Worker: Native } = window;
    let count = 0;
    window.Worker = class extends Native {
      constructor(...given: ConstructorParameters<typeof Native>) {
        super(...given);
        count += 1;
      }
      override terminate(): void {
        super.terminate();
        count -= 1;
      }
    };
    Object.assign(window, { workers: () => count });
  });
  const workers = () => (window as unknown as { workers(): number }).workers();
  await open();
  await choose(page, await makeFile(MiB, 1, { name: 'a.bin' }));
  await expect(row(page, 'a.bin')).toContainText('Done');
  expect(await page.evaluate(workers)).toBe(1);
  await page.evaluate(() => window.widget.remove());
  await expect.poll(() => page.evaluate(workers)).toBe(0);
  await page.evaluate(() => document.body.append(window.widget));
  await choose(page, await makeFile(MiB, 2, { name: 'b.bin' }));
  await expect(row(page, 'b.bin')).toContainText('Done');
  await expect(row(page, 'a.bin')).toContainText('Done');
});

test('removed elements no longer follow the application’s uploader; one that is back shows what it missed', async ({ page, open, oss }) => {
  await open();
  await oss.control.setLink({ bytesPerSecond: SLOW });
  await page.evaluate(async () => {
    const uploader = window.library.createUploader(window.library.options);
    const made = Array.from({ length: 20 }, () => Object.assign(document.createElement('oss-upload'), { uploader, multiple: true }));
    document.body.append(...made);
    const task = uploader.upload(new File([new Uint8Array(24 << 20)], 'film.bin'), { key: 'uploads/film.bin' });
    Object.assign(window, { made, task });
    let heard = 0;
    for (const one of made) one.addEventListener('oss-upload-progress', () => (heard += 1));
    Object.assign(window, { count: () => heard });
  });
  const count = () => (window as unknown as { count(): number }).count();
  await untilAcknowledged(oss.url, 'uploads/film.bin', 1);
  await expect.poll(() => page.evaluate(count)).toBeGreaterThan(20);
  const removed = await page.evaluate(async () => {
    const { made } = window as unknown as { made: HTMLElement[] };
    for (const one of made) one.remove();
    // Pending paints have happened.
    await new Promise((resolve) => setTimeout(resolve, 500));
    return (window as unknown as { count(): number }).count();
  });
  await untilAcknowledged(oss.url, 'uploads/film.bin', 3);
  expect(await page.evaluate(count)).toBe(removed);
  await oss.control.setLink({ bytesPerSecond: null });
  await page.evaluate(() => (window as unknown as { task: { result: Promise<unknown> } }).task.result);
  expect(await page.evaluate(count)).toBe(removed);
  const state = await page.evaluate(async () => {
    const [first] = (window as unknown as { made: HTMLElementTagNameMap['oss-upload'][] }).made;
    const success = new Promise((resolve) => first!.addEventListener('oss-upload-success', resolve));
    window.widget.replaceWith(first!);
    await success;
    return { value: first!.value, valid: first!.validity.valid };
  });
  expect(state).toEqual({ value: ['uploads/film.bin'], valid: true });
  await expect(row(page, 'film.bin')).toContainText('Done');
});

test('two elements with one uploader each show their own uploads; a later element with the same prefix shows those of a removed one', async ({
  page,
  open,
}) => {
  await open();
  const values = await page.evaluate(async () => {
    const uploader = window.library.createUploader(window.library.options);
    const [photos, films, photosAgain] = ['photos/', 'films/', 'photos/'].map((keyPrefix) =>
      Object.assign(document.createElement('oss-upload'), { uploader, keyPrefix, multiple: true }),
    );
    const paints = () => new Promise((resolve) => setTimeout(resolve, 300));
    window.widget.replaceWith(photos!, films!);
    for (const [field, name] of [[photos!, 'beach.jpg'] as const, [films!, 'beach.mp4'] as const]) {
      const [task] = await field.addFiles([new File([name], name)]);
      await task!.result;
    }
    await paints();
    const apart = [photos!.value, films!.value];
    photos!.replaceWith(photosAgain!);
    await paints();
    return { apart, later: [photosAgain!.value, films!.value] };
  });
  expect(values.apart).toEqual([['photos/beach.jpg'], ['films/beach.mp4']]);
  expect(values.later).toEqual(values.apart);
});

test('removing a row removes that task from the application’s uploader, and no other', async ({ page, open }) => {
  await open();
  await page.evaluate(async () => {
    const uploader = window.library.createUploader(window.library.options);
    const names = ['a.txt', 'b.txt', 'c.txt'];
    const tasks = names.map((name) => uploader.upload(new File([name], name), { key: `uploads/${name}` }));
    await Promise.all(tasks.map(({ result }) => result));
    window.widget.uploader = uploader;
  });
  await expect(element(page).locator('.row.done')).toHaveCount(3);
  await button(page, 'Remove: b.txt').click();
  await expect(row(page, 'b.txt')).toHaveCount(0);
  await page.waitForTimeout(300);
  await expect(element(page).locator('.row.done')).toHaveCount(2);
  expect(await page.evaluate(() => window.widget.uploader!.getSnapshot().map(({ path }) => path))).toEqual(['a.txt', 'c.txt']);
});

test('without multiple it shows the application’s latest upload, and the application keeps the others', async ({ page, open }) => {
  await open(() => {});
  const kept = await page.evaluate(async () => {
    const uploader = window.library.createUploader(window.library.options);
    window.widget.uploader = uploader;
    for (const name of ['a.txt', 'b.txt']) await uploader.upload(new File([name], name), { key: `uploads/${name}` }).result;
    return uploader.getSnapshot().map(({ path }) => path);
  });
  expect(kept).toEqual(['a.txt', 'b.txt']);
  await expect(element(page).getByRole('listitem')).toHaveCount(1);
  await page.waitForTimeout(300);
  expect(await page.evaluate(() => window.widget.value)).toHaveLength(1);
  expect(await page.evaluate(() => window.widget.uploader!.getSnapshot().length)).toBe(2);
});

test('a read-only property set before the element was defined doesn’t break it', async ({ page, open, complaints }) => {
  await open();
  const state = await page.evaluate(async () => {
    const early = document.implementation.createHTMLDocument().createElement('oss-upload');
    Object.assign(early, { value: '', tasks: [], form: null, options: window.library.options, keyPrefix: 'uploads/', note: 'the page’s' });
    window.widget.replaceWith(early);
    const [task] = await early.addFiles([new File(['x'], 'early.txt')]);
    await task!.result;
    return {
      value: early.value,
      tasks: early.tasks.length,
      isInForm: early.form !== null,
      note: (early as unknown as { note: string }).note,
    };
  });
  expect(state).toEqual({ value: ['uploads/early.txt'], tasks: 1, isInForm: true, note: 'the page’s' });
  await expect(row(page, 'early.txt')).toContainText('Done');
  expect(complaints).toEqual([]);
});

test('reset() empties the list and the value; uploads in progress stop and can be resumed', async ({ page, open, makeFile, oss }) => {
  await open();
  await oss.control.setLink({ bytesPerSecond: SLOW });
  await choose(page, await makeFile(24 * MiB, 1, { name: 'film.bin' }));
  await untilAcknowledged(oss.url, 'uploads/film.bin', 1);
  await page.evaluate(() => window.widget.reset());
  expect(await page.evaluate(() => window.widget.tasks.length)).toBe(0);
  await expect(page.getByText('Unfinished uploads')).toBeVisible();
  expect(await oss.control.uploads()).toHaveLength(1);
});

test('an element that is mounted later shows what the application’s uploader has done, and reports only its value', async ({
  page,
  open,
  oss,
}) => {
  await oss.control.addFault({ key: 'uploads/never.txt', times: null, fault: { kind: 'status', status: 403, code: 'AccessDenied' } });
  await open();
  const reported = await page.evaluate(async () => {
    const uploader = window.library.createUploader(window.library.options);
    const made = () => Object.assign(document.createElement('oss-upload'), { uploader, keyPrefix: 'uploads/', multiple: true });
    const first = made();
    window.widget.replaceWith(first);
    const tasks = await first.addFiles(['again.txt', 'never.txt'].map((name) => new File(['x'], name)));
    await Promise.allSettled(tasks.map(({ result }) => result));
    // What the first element reports has been reported.
    await new Promise((resolve) => setTimeout(resolve, 300));
    window.heard.length = 0;
    const second = made();
    const changed = new Promise((resolve) => second.addEventListener('oss-upload-change', resolve));
    first.replaceWith(second);
    await changed;
    await new Promise((resolve) => setTimeout(resolve, 300));
    return { names: window.heard.map(([name]) => name).filter((name) => name !== 'progress'), value: second.value };
  });
  expect(reported).toEqual({ names: ['change'], value: ['uploads/again.txt'] });
  await oss.control.removeFault();
  await button(page, 'Retry: never.txt').click();
  await expect(row(page, 'never.txt')).toContainText('Done');
  expect(await page.evaluate(() => window.heard.map(([name]) => name).filter((name) => name !== 'progress'))).toEqual([
    'change',
    'success',
    'change',
  ]);
});

test('a removed element is collected, although it has stored a file', { tag: '@chromium' }, async ({ page, open }) => {
  await open();
  await page.evaluate(async () => {
    const upload = Object.assign(document.createElement('oss-upload'), { options: window.library.options, keyPrefix: 'uploads/' });
    Object.assign(window, { removed: new WeakRef(upload) });
    document.body.append(upload);
    const [task] = await upload.addFiles([new File(['x'], 'a.txt')]);
    await task!.result;
    upload.remove();
  });
  const session = await page.context().newCDPSession(page);
  await expect
    .poll(async () => {
      // Details of events keep their tasks.
      await page.evaluate(() => void (window.heard.length = 0));
      await session.send('HeapProfiler.collectGarbage');
      return page.evaluate(() => (window as unknown as { removed: WeakRef<object> }).removed.deref() === undefined);
    })
    .toBe(true);
});

test('moved into another document and back, it keeps its style, also that of the log of requests', async ({ page, open }) => {
  await open((upload) => Object.assign(upload, { multiple: true, debug: true }));
  const styles = (): Promise<(string | number)[]> =>
    page.evaluate(() => {
      const { shadowRoot, ownerDocument } = window.widget;
      const styleOf = (part: string): CSSStyleDeclaration => ownerDocument.defaultView!.getComputedStyle(shadowRoot!.querySelector(part)!);
      return [styleOf('.dropzone').borderStyle, styleOf('.log').overflowY, shadowRoot!.adoptedStyleSheets.length];
    });
  await expect(element(page).locator('.requests')).toBeVisible();
  const before = await styles();
  expect(before[0]).toBe('dashed');
  await page.evaluate(() => {
    const frame = document.body.appendChild(document.createElement('iframe'));
    frame.contentDocument!.body.append(window.widget, Object.assign(document.createElement('oss-upload'), { id: 'second' }));
  });
  await expect.poll(styles).toEqual(before);
  const second = page.frameLocator('iframe').locator('#second .dropzone');
  await expect(second).toHaveCSS('border-style', 'dashed');
  await page.evaluate(() => {
    // The content of a template is in a document that is never displayed.
    document.createElement('template').content.append(window.widget);
    document.body.append(window.widget);
  });
  await expect.poll(styles).toEqual(before);
});
