/** Which files `<oss-upload>` takes, from where, and what its form knows of files that were stored before. */
import type { Page } from '@playwright/test';
import { button, choose, drop, element, heard, row, test } from './element.js';
import { expect } from './fixtures.js';

/** Drops files of these names on the first element that matches. Returns whether the browser would open them instead of the page. */
const dropOnSelector = (page: Page, selector: string, names: string[]): Promise<boolean> =>
  page.evaluate(
    ([selector, names]) => {
      const target = document.querySelector(selector)!;
      const dataTransfer = new DataTransfer();
      for (const name of names) dataTransfer.items.add(new File([name], name));
      const events = ['dragenter', 'dragover', 'drop'].map(
        (type) => new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true, composed: true }),
      );
      for (const event of events) target.dispatchEvent(event);
      return !events.every(({ defaultPrevented }) => defaultPrevented);
    },
    [selector, names] as const,
  );

test('max-files and max-total-size refuse what is too much; a refusal can be closed', async ({ page, open }) => {
  await open((upload) => Object.assign(upload, { multiple: true, maxFiles: 2, maxTotalSize: '1 KB' }));
  await expect(element(page)).toContainText('Up to 1 kB in total · 2 files at most');
  await page.evaluate(() =>
    window.widget.addFiles([
      new File([new Uint8Array(600)], 'a.bin'),
      new File([new Uint8Array(600)], 'b.bin'),
      new File([new Uint8Array(100)], 'c.bin'),
      new File(['x'], 'd.bin'),
    ]),
  );
  const problem = element(page).locator('.problem');
  await expect(problem).toContainText('b.bin: Up to 1 kB in total');
  await expect(problem).toContainText('d.bin: 2 files at most');
  await expect(element(page)).toContainText('All 2 files uploaded');
  await button(page, 'Close').click();
  await expect(problem).toBeHidden();
  await expect(button(page, 'Choose files')).toBeFocused();
});

test('with min-files the form waits for as many', async ({ page, open, makeFile }) => {
  await open((upload) => Object.assign(upload, { multiple: true, name: 'files', minFiles: 2 }));
  await choose(page, await makeFile(100, 1, { name: 'a.txt' }));
  await expect(row(page, 'a.txt')).toContainText('Done');
  const state = (): Promise<unknown> => page.evaluate(() => [window.widget.validity.rangeUnderflow, window.widget.validationMessage]);
  expect(await state()).toEqual([true, 'Please upload at least 2 files']);
  await choose(page, await makeFile(100, 2, { name: 'b.txt' }));
  await expect(row(page, 'b.txt')).toContainText('Done');
  expect(await state()).toEqual([false, '']);
});

test('files that macOS and Windows leave in folders are left out, unless wanted', async ({ page, open }) => {
  await open();
  const names = ['.DS_Store', 'Thumbs.db', 'desktop.ini', 'a.txt'];
  const add = (): Promise<void> =>
    page.evaluate(async (names) => void (await window.widget.addFiles(names.map((name) => new File(['x'], name)))), names);
  await add();
  await expect(row(page, 'a.txt')).toContainText('Done');
  expect(await page.evaluate(() => window.widget.tasks.map(({ path }) => path))).toEqual(['a.txt']);
  await page.evaluate(() => void (window.widget.systemFiles = true));
  await add();
  expect(await page.evaluate(() => window.widget.tasks.length)).toBe(5);
});

test('a file dropped beside it doesn’t replace the page; with drop-anywhere it is taken', async ({ page, open }) => {
  await open();
  expect(await dropOnSelector(page, 'body', ['beside.txt'])).toBe(false);
  expect(await page.evaluate(() => window.widget.tasks.length)).toBe(0);
  await page.evaluate(() => void (window.widget.dropAnywhere = true));
  expect(await dropOnSelector(page, 'body', ['beside.txt'])).toBe(false);
  await expect(row(page, 'beside.txt')).toContainText('Done');
});

test('other drop zones and file inputs keep their drops', async ({ page, open }) => {
  await open((upload) => Object.assign(upload, { dropAnywhere: true }));
  await page.evaluate(() => {
    document.body.insertAdjacentHTML('beforeend', '<div id="zone"></div><input id="input" type="file">');
    const zone = document.querySelector('#zone')!;
    for (const type of ['dragover', 'drop', 'dragenter']) zone.addEventListener(type, (event) => event.preventDefault());
  });
  await dropOnSelector(page, '#zone', ['zone.txt']);
  expect(await dropOnSelector(page, '#input', ['input.txt'])).toBe(true);
  expect(await page.evaluate(() => window.widget.tasks.length)).toBe(0);
});

test('a disabled one refuses a drop, and shows no overlay', { tag: '@chromium' }, async ({ page, open, makeFile }) => {
  await open((upload) => Object.assign(upload, { disabled: true }));
  expect(await dropOnSelector(page, 'oss-upload', ['a.txt'])).toBe(false);
  await page.evaluate(() => {
    const effects: string[] = [];
    Object.assign(window, { effects });
    window.addEventListener('dragover', ({ dataTransfer }) => effects.push(dataTransfer!.dropEffect));
  });
  await drop(page, [await makeFile(100, 1)]);
  expect(await page.evaluate(() => (window as unknown as { effects: string[] }).effects)).toContain('none');
  await expect(element(page).locator('.overlay')).toBeHidden();
  expect(await page.evaluate(() => window.widget.tasks.length)).toBe(0);
});

/** Dispatches drag events with a file, one after another, each as `type selector`. */
const drag = (page: Page, events: string[]): Promise<void> =>
  page.evaluate((events) => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File(['x'], 'x.txt'));
    for (const event of events) {
      const [type, selector, related] = event.split(' ');
      const target = document.querySelector(selector!)!;
      const inner = target.shadowRoot?.querySelector('.dropzone') ?? target;
      const relatedTarget = related ? document.querySelector(related) : null;
      inner.dispatchEvent(new DragEvent(type!, { dataTransfer, relatedTarget, bubbles: true, cancelable: true, composed: true }));
    }
  }, events);

for (const [where, add] of [
  [
    'a drop zone',
    '<div id="taker" ondragenter="event.preventDefault()" ondragover="event.preventDefault()" ondrop="event.preventDefault()"></div>',
  ],
  ['a drop zone that keeps its events', '<div id="taker" ondragover="event.stopPropagation()" ondrop="event.stopPropagation()"></div>'],
  ['a file input', '<input id="taker" type="file">'],
  ['a second element', '<oss-upload id="taker"></oss-upload>'],
] as const) {
  test(`with drop-anywhere, files that are held over ${where} are shown over nothing else`, async ({ page, open }) => {
    await open((upload) => Object.assign(upload, { dropAnywhere: true }));
    await page.evaluate((html) => document.body.insertAdjacentHTML('beforeend', html), add);
    const overlay = element(page).first().locator('.overlay');
    await drag(page, ['dragenter body', 'dragover body']);
    await expect(overlay).toBeVisible();
    // A browser enters the next target before it leaves the one before.
    await drag(page, ['dragenter #taker body', 'dragleave body #taker', 'dragover #taker']);
    await expect(overlay).toBeHidden();
    await drag(page, ['dragover body']);
    await expect(overlay).toBeVisible();
    await drag(page, ['drop #taker']);
    await expect(overlay).toBeHidden();
    expect(await page.evaluate(() => window.widget.tasks.length)).toBe(0);
  });
}

for (const where of ['oss-upload', 'body']) {
  test(`disabled while files are held over ${where}, it no longer shows them`, async ({ page, open }) => {
    await open((upload) => Object.assign(upload, { dropAnywhere: true }));
    await drag(page, [`dragenter ${where}`, `dragover ${where}`]);
    await expect(element(page).locator('.overlay')).toBeVisible();
    await page.evaluate(() => void (window.widget.disabled = true));
    await drag(page, [`dragover ${where}`, `dragleave ${where}`]);
    await expect(element(page).locator('.overlay')).toBeHidden();
  });
}

test('a double click on the drop zone opens one picker', { tag: '@chromium' }, async ({ page, open }) => {
  await open();
  await page.evaluate(() => {
    let isOpen = false;
    // As in Chromium.
    const showOpenFilePicker = (): Promise<never> => {
      if (isOpen) return Promise.reject(new DOMException('File picker already active.', 'NotAllowedError'));
      isOpen = true;
      return new Promise(() => {});
    };
    Object.assign(window, { showOpenFilePicker });
    window.widget.shadowRoot!.querySelector('input')!.onclick = () => window.heard.push(['second picker', undefined]);
  });
  await element(page).locator('.title').dblclick();
  await page.waitForTimeout(300);
  expect(await heard(page)).toEqual([]);
});

test('the whole drop zone opens the picker', async ({ page, open }) => {
  await open();
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), element(page).locator('.title').click()]);
  await chooser.setFiles([]);
});

test('existing files of an edit form are shown, removable, and part of its value', async ({ page, open, makeFile }) => {
  await open((upload) =>
    Object.assign(upload, { multiple: true, name: 'files', initialValue: [{ key: 'old/a.pdf', size: 2048 }, 'old/b.pdf'] }),
  );
  const values = (): Promise<unknown> => page.evaluate(() => new FormData(window.widget.form!).getAll('files'));
  expect(await values()).toEqual(['old/a.pdf', 'old/b.pdf']);
  await expect(row(page, 'a.pdf')).toContainText('2 kB');
  await choose(page, await makeFile(100, 1, { name: 'c.txt' }));
  await expect(row(page, 'c.txt')).toContainText('Done');
  await button(page, 'Remove: b.pdf').click();
  await expect.poll(values).toEqual(['old/a.pdf', 'uploads/c.txt']);
  await page.evaluate(() => window.widget.form!.reset());
  await expect.poll(values).toEqual(['old/a.pdf', 'old/b.pdf']);
  await expect(row(page, 'b.pdf')).toHaveCount(1);
});

test('an equal initialValue, as at each render of a framework, brings no removed file back and is no change', async ({ page, open }) => {
  await open((upload) => {
    const render = (): void => void Object.assign(upload, { multiple: true, initialValue: [{ key: 'a.pdf' }, { key: 'b.pdf' }] });
    render();
    upload.addEventListener('oss-upload-change', render);
  });
  await button(page, 'Remove: a.pdf').click();
  await expect.poll(() => heard(page)).toEqual(['change']);
  await expect(row(page, 'a.pdf')).toHaveCount(0);
  await page.evaluate(() => void (window.widget.initialValue = ['c.pdf']));
  await expect(row(page, 'c.pdf')).toHaveCount(1);
  expect(await page.evaluate(() => window.widget.value)).toEqual(['c.pdf']);
  expect(await heard(page)).toEqual(['change']);
});

test('a reset reports the restored value once; what was uploaded and saved is one row; wrong sizes and files are refused', async ({
  page,
  open,
}) => {
  await open((upload) => Object.assign(upload, { multiple: true, initialValue: ['one.pdf', 'two.pdf'], maxSize: '1,5 GB' }));
  expect(await page.evaluate(() => window.widget.maxSize)).toBeUndefined();
  await expect(page.evaluate(() => Object.assign(window.widget, { initialValue: 'a' }))).rejects.toThrow('initialValue must be an array');
  await button(page, 'Remove: one.pdf').click();
  await page.evaluate(() => void window.widget.addFiles([new File(['x'], 'a.txt')]));
  await expect(row(page, 'a.txt')).toContainText('Done');
  await page.evaluate(() => void (window.widget.initialValue = [...window.widget.value]));
  await expect(row(page, 'a.txt')).toHaveCount(1);
  await page.evaluate(() => void (window.heard.length = 0));
  await page.evaluate(() => window.widget.reset());
  expect(await page.evaluate(() => window.heard.filter(([name]) => name === 'change').map(([, detail]) => detail.value))).toEqual([
    ['two.pdf', 'uploads/a.txt'],
  ]);
});

test('a page that sets new texts at each progress event comes to rest', async ({ page, open }) => {
  await open((upload) => {
    upload.addEventListener('oss-upload-progress', () =>
      Object.assign(upload, { messages: { ...upload.messages, chooseFiles: 'Browse' } }),
    );
  });
  await page.evaluate(() => void window.widget.addFiles([new File(['x'], 'a.txt')]));
  await expect(row(page, 'a.txt')).toContainText('Done');
  await page.waitForTimeout(500);
  await page.evaluate(() => void (window.heard.length = 0));
  await page.waitForTimeout(1000);
  expect(await page.evaluate(() => window.heard.length)).toBe(0);
});

test('an end-to-end test can give it several files without opening a picker', async ({ page, open, makeFile }) => {
  await open();
  const files = [await makeFile(100, 1, { name: 'a.txt' }), await makeFile(100, 2, { name: 'b.txt' })];
  await element(page).locator('input').setInputFiles(files);
  await expect(element(page)).toContainText('All 2 files uploaded');
});

test('without multiple, a new file replaces the existing one when it is stored', async ({ page, open, makeFile }) => {
  await open((upload) => Object.assign(upload, { initialValue: ['old/a.pdf'] }));
  await choose(page, await makeFile(100, 1, { name: 'b.txt' }));
  await expect(row(page, 'b.txt')).toContainText('Done');
  await expect(row(page, 'a.pdf')).toHaveCount(0);
  expect(await page.evaluate(() => window.widget.value)).toEqual(['uploads/b.txt']);
});

/** Stores `a.txt`, leaves the page, and goes back in history. */
async function comeBack(page: Page, gallery: string, file: string): Promise<void> {
  await page.goto(gallery);
  await choose(page, file);
  await expect(row(page, 'a.txt')).toContainText('Done');
  await page.goto('about:blank');
  await page.goBack();
  await expect(row(page, 'a.txt')).toHaveCount(1);
}

test('going back in history shows the stored files again', { tag: '@chromium' }, async ({ page, gallery, makeFile }) => {
  await comeBack(page, gallery, await makeFile(100, 1, { name: 'a.txt' }));
  const values = (): Promise<unknown> => page.evaluate(() => new FormData(document.querySelector('form')!).getAll('attachments'));
  expect(await values()).toEqual(['uploads/a.txt']);
});

test('after the way back in history, the files of the record that the page then sets are those restored; another record’s are shown', {
  tag: '@chromium',
}, async ({ page, gallery, makeFile }) => {
  const setInitialValue = (keys: string[]): Promise<void> =>
    element(page).evaluate((upload: HTMLElementTagNameMap['oss-upload'], given) => void (upload.initialValue = given), keys);
  const value = (): Promise<readonly string[]> => element(page).evaluate((upload: HTMLElementTagNameMap['oss-upload']) => upload.value);
  await comeBack(page, gallery, await makeFile(100, 1, { name: 'a.txt' }));
  await setInitialValue([]);
  await setInitialValue(['one/x.pdf']);
  expect(await value()).toEqual(['uploads/a.txt']);
  await setInitialValue(['two/y.pdf']);
  expect(await value()).toEqual(['two/y.pdf']);
  await expect(row(page, 'y.pdf')).toHaveCount(1);
});

test('it speaks a language that the page adds, its own words, and those of any ancestor’s lang', async ({ page, open }) => {
  await open();
  await page.evaluate(() => void (window.widget.messages = { chooseFiles: 'Browse…' }));
  await expect(button(page, 'Browse…')).toBeVisible();
  await page.evaluate(() => {
    window.widget.messages = {};
    document.querySelector('form')!.lang = 'zh';
  });
  await expect(button(page, '选择文件')).toBeVisible();
  await page.evaluate(() => void document.querySelector('form')!.removeAttribute('lang'));
  await expect(button(page, 'Choose files')).toBeVisible();
});

test('new credentials functions and equal options, as at each render of a framework, make no new uploader', async ({
  page,
  open,
  makeFile,
}) => {
  await open();
  const workers = (): number => page.workers().length;
  await choose(page, await makeFile(100, 1, { name: 'a.txt' }));
  await expect(row(page, 'a.txt')).toContainText('Done');
  const before = workers();
  let started = 0;
  page.on('worker', () => (started += 1));
  for (const name of ['b.txt', 'c.txt']) {
    await page.evaluate(() => {
      const { credentials, ...options } = window.library.options;
      Object.assign(window.widget, {
        credentials: (context: never) => (credentials as (context: never) => unknown)(context),
        options: { ...options },
      });
    });
    await choose(page, await makeFile(100, 2, { name }));
    await expect(row(page, name)).toContainText('Done');
  }
  // The first one was made from other options: without credentials in the property.
  expect(started).toBeLessThanOrEqual(1);
  expect(workers()).toBeLessThanOrEqual(Math.max(before, 1));
});
