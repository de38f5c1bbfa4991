/** `<oss-upload>` for everybody: screen readers, keyboards, languages, narrow windows, strict policies, thousands of files. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Locator, Page } from '@playwright/test';
import zhCN from '../../src/element/locales/zh-CN.js';
import { button, choose, element, row, SLOW, test } from './element.js';
import { expect, MiB, untilAcknowledged } from './fixtures.js';

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

/** Violations that axe finds in the element, in both languages, light and dark. */
async function complaintsOfAxe(page: Page): Promise<string[]> {
  await page.addScriptTag({ path: path('./node_modules/axe-core/axe.min.js') });
  const found: string[] = [];
  for (const lang of ['en', 'zh-CN']) {
    for (const theme of ['light', 'dark']) {
      await element(page).evaluate((upload, attributes) => Object.assign(upload, attributes), { lang, theme });
      await expect(element(page).locator('fieldset')).toHaveAttribute('lang', lang);
      const violations = await page.evaluate(async () => {
        const results = await (window as any).axe.run('oss-upload');
        return results.violations.flatMap(({ id, nodes }: any) => nodes.map(({ html }: any) => `${id}: ${html}`));
      });
      found.push(...violations.map((violation: string) => `${lang}, ${theme}: ${violation}`));
    }
  }
  await element(page).evaluate((upload) => Object.assign(upload, { lang: 'en', theme: 'light' }));
  return found;
}

test('axe finds nothing: empty, busy, failed, done', async ({ page, open, makeFile, oss }) => {
  await open((upload) => Object.assign(upload, { multiple: true, directory: true, accept: '.bin,.txt', maxSize: '1 GB' }));
  expect(await complaintsOfAxe(page)).toEqual([]);

  await oss.control.setLink({ bytesPerSecond: 2 * MiB });
  await choose(page, [await makeFile(32 * MiB, 1, { name: 'film.bin' }), await makeFile(32 * MiB, 2, { name: 'song.bin' })]);
  await button(page, 'Pause: song.bin').click();
  await expect(row(page, 'film.bin')).toContainText('Uploading');
  expect(await complaintsOfAxe(page)).toEqual([]);
  await button(page, 'Cancel all').click();

  await oss.control.setLink({ bytesPerSecond: null });
  await oss.control.addFault({ operation: 'UploadPart', times: null, fault: { kind: 'status', status: 403, code: 'AccessDenied' } });
  await choose(page, [await makeFile(4 * MiB, 3, { name: 'a.bin' }), await makeFile(100, 4, { name: 'b.exe' })]);
  await expect(row(page, 'a.bin')).toContainText('Failed');
  await expect(element(page)).toContainText('b.exe: file type not accepted');
  expect(await complaintsOfAxe(page)).toEqual([]);

  await oss.control.removeFault();
  await button(page, 'Retry: a.bin').click();
  await expect(row(page, 'a.bin')).toContainText('Done');
  expect(await complaintsOfAxe(page)).toEqual([]);
});

test('axe finds nothing: unfinished, and disabled', async ({ page, open, makeFile, oss }) => {
  await open();
  await oss.control.setLink({ bytesPerSecond: SLOW });
  await choose(page, await makeFile(32 * MiB, 1, { name: 'film.bin' }));
  await untilAcknowledged(oss.url, 'uploads/film.bin', 1);
  await open();
  await expect(page.getByText('Unfinished uploads')).toBeVisible();
  expect(await complaintsOfAxe(page)).toEqual([]);
  await page.evaluate(() => void (window.widget.disabled = true));
  expect(await complaintsOfAxe(page)).toEqual([]);
});

for (const [dir, name] of [
  ['ltr', 'a long name that is cut in its middle.pdf'],
  ['rtl', 'تقرير طويل يُقطع في وسطه.pdf'],
] as const) {
  test(`a screen reader reads a name in one piece, once, ${dir}`, async ({ page, open, oss }) => {
    await page.setViewportSize({ width: 360, height: 640 });
    await oss.control.addFault({ times: null, fault: { kind: 'stall' } });
    await open();
    await page.evaluate((dir) => Object.assign(document.documentElement, { dir }), dir);
    await page.evaluate((name) => void window.widget.addFiles([new File(['x'], name)]), name);
    const item = element(page).getByRole('listitem');
    await expect(item.locator('.name')).toMatchAriaSnapshot(`- paragraph: ${name}`);
    expect(
      (await item.ariaSnapshot())
        .split('\n')
        .filter((line) => line.includes('paragraph'))
        .at(0),
    ).toBe(`  - paragraph: ${name}`);
    // What is read has the place of what is seen: some screen readers frame it. It makes nothing scroll.
    const [spoken, seen] = await Promise.all(['.spoken', '.cut'].map((part) => item.locator(part).boundingBox()));
    expect(spoken).toMatchObject({ y: seen!.y, height: seen!.height });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
  });
}

test('it can be used with the keyboard alone, in visual order', async ({ page, open, makeFile, oss }) => {
  await open((upload) => Object.assign(upload, { directory: true }));
  await oss.control.setLink({ bytesPerSecond: 2 * MiB });
  await page.evaluate(() => window.widget.focus());
  await expect(button(page, 'Choose files')).toBeFocused();
  // Chromium drops keys before the first frame of a page.
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.keyboard.press('Enter')]);
  await chooser.setFiles([await makeFile(32 * MiB, 1, { name: 'film.bin' }), await makeFile(100, 2, { name: 'note.txt' })]);
  await expect(row(page, 'note.txt')).toContainText('Done');
  const reached: (string | null | undefined)[] = [];
  for (let press = 0; press < 8; press += 1) {
    await page.keyboard.press('Tab');
    reached.push(
      await page.evaluate(() => {
        const focused = window.widget.shadowRoot!.activeElement;
        return focused?.ariaLabel ?? focused?.textContent;
      }),
    );
  }
  expect(reached).toEqual([
    'Choose a folder',
    'Pause all',
    'Cancel all',
    'Clear finished',
    'Uploads',
    'Pause: film.bin',
    'Cancel: film.bin',
    'Remove: note.txt',
  ]);
  const outline = (): Promise<string> => page.evaluate(() => getComputedStyle(window.widget.shadowRoot!.activeElement!).outlineStyle);
  expect(await outline()).toBe('solid');
  await page.keyboard.press('Enter');
  await expect(row(page, 'note.txt')).toHaveCount(0);
  await expect(button(page, 'Cancel: film.bin')).toBeFocused();
});

test('screen readers announce what begins, ends and fails, not each percent', async ({ page, open, makeFile, oss }) => {
  await open();
  await page.evaluate(() => {
    const live = window.widget.shadowRoot!.querySelector('[role=status]')!;
    new MutationObserver(() => window.heard.push(['said', live.textContent])).observe(live, {
      subtree: true,
      childList: true,
      characterData: true,
    });
  });
  await oss.control.setLink({ bytesPerSecond: SLOW });
  await choose(page, [await makeFile(24 * MiB, 1, { name: 'film.bin' }), await makeFile(100, 2, { name: 'note.txt' })]);
  const bar = row(page, 'film.bin').getByRole('progressbar', { name: 'film.bin' });
  await expect(bar).toHaveAttribute('aria-valuetext', /^[1-9]\d?%, Uploading$/);
  await expect(row(page, 'film.bin')).toContainText('Done');
  await expect(element(page).getByRole('status')).toContainText('All 2 files uploaded');
  const said = await page.evaluate(() => window.heard.filter(([name]) => name === 'said').map(([, text]) => text));
  expect(said.length).toBeLessThanOrEqual(3);
});

test('a pause of the only upload is announced, and of all of several', async ({ page, open, makeFile, oss }) => {
  await open();
  await oss.control.setLink({ bytesPerSecond: SLOW });
  await choose(page, await makeFile(24 * MiB, 1, { name: 'film.bin' }));
  await untilAcknowledged(oss.url, 'uploads/film.bin', 1);
  await button(page, 'Pause: film.bin').click();
  const announced = element(page).getByRole('status').locator('.spoken');
  await expect(announced).toHaveText('Paused');
  await button(page, 'Resume: film.bin').click();
  await expect(announced).toHaveText('Uploading');
  await choose(page, await makeFile(24 * MiB, 2, { name: 'song.bin' }));
  await expect(announced).toHaveText('0 of 2 done');
  await button(page, 'Pause all').click();
  await expect(announced).toHaveText('0 of 2 done, Paused');
});

test('a refusal is written once, although the rows are painted again and again', async ({ page, open, makeFile, oss }) => {
  await open((upload) => Object.assign(upload, { multiple: true, accept: '.bin' }));
  await oss.control.setLink({ bytesPerSecond: SLOW });
  await choose(page, [await makeFile(24 * MiB, 1, { name: 'film.bin' }), await makeFile(100, 2, { name: 'no.txt' })]);
  await expect(element(page).locator('.problem')).toHaveText('no.txt: file type not accepted');
  await untilAcknowledged(oss.url, 'uploads/film.bin', 1);
  const changes = await page.evaluate(async () => {
    let count = 0;
    const observer = new MutationObserver((records) => void (count += records.length));
    observer.observe(window.widget.shadowRoot!.querySelector('.problem')!, { childList: true, subtree: true, characterData: true });
    await new Promise((resolve) => setTimeout(resolve, 1000));
    return count;
  });
  expect(changes).toBe(0);
});

test('the focus stays in the element when the row that has it is done, and finished rows are folded', async ({
  page,
  open,
  makeFile,
  oss,
}) => {
  await open();
  await page.evaluate(() => void window.widget.addFiles([1, 2, 3, 4, 5, 6].map((number) => new File(['x'], `${number}.txt`))));
  await expect(button(page, 'Finished files')).toBeVisible();
  await oss.control.setLink({ bytesPerSecond: SLOW });
  await choose(page, await makeFile(16 * MiB, 1, { name: 'film.bin' }));
  await untilAcknowledged(oss.url, 'uploads/film.bin', 1);
  await button(page, 'Cancel: film.bin').focus();
  await oss.control.setLink({ bytesPerSecond: null });
  await expect(element(page)).toContainText('All 7 files uploaded');
  await expect(button(page, 'Choose files')).toBeFocused();
});

test('nothing moves while an upload runs', async ({ page, open, makeFile, oss }) => {
  await page.setViewportSize({ width: 700, height: 900 });
  await open();
  await oss.control.setLink({ bytesPerSecond: SLOW });
  await choose(page, await makeFile(48 * MiB, 1, { name: 'film.bin' }));
  await expect(row(page, 'film.bin')).toContainText('left');
  const places = await page.evaluate(async () => {
    const parts = [...window.widget.shadowRoot!.querySelectorAll('.row :is(.name, .status, .figure, .bar, .button:not([hidden])), .row')];
    const seen = new Set<string>();
    for (let frame = 0; frame < 90; frame += 1) {
      await new Promise(requestAnimationFrame);
      seen.add(parts.map((part) => `${part.getBoundingClientRect().x},${part.getBoundingClientRect().y}`).join(' '));
    }
    return [...seen];
  });
  expect(places).toHaveLength(1);
});

test('it speaks the language of its attribute or of its ancestors, and follows a change', async ({ page, open }) => {
  await open();
  await expect(element(page)).toContainText('Drop files here');
  await page.evaluate(() => void (document.documentElement.lang = 'zh-Hans'));
  await expect(element(page)).toContainText('将文件拖到此处');
  await page.evaluate(() => void (window.widget.lang = 'en-GB'));
  await expect(element(page)).toContainText('Drop files here');
});

test('a failed upload says why in one sentence of the user’s language; code and request ID are in its details', async ({
  page,
  open,
  makeFile,
  oss,
}) => {
  await open((upload) => Object.assign(upload, { multiple: true, lang: 'zh-CN' }));
  for (const code of ['AccessDenied', 'Unheard']) {
    await oss.control.addFault({ key: `uploads/${code}.txt`, times: null, fault: { kind: 'status', status: 403, code } });
  }
  const files = [await makeFile(100, 1, { name: 'AccessDenied.txt' }), await makeFile(100, 2, { name: 'Unheard.txt' })];
  await choose(page, files, button(page, '选择文件'));
  const sentence = (name: string): Locator => row(page, name).locator('.figure').first();
  await expect(sentence('AccessDenied.txt')).toHaveText(zhCN.AccessDenied);
  await expect(sentence('Unheard.txt')).toHaveText(zhCN.UploadFailed);
  const detail = row(page, 'AccessDenied.txt').locator('.detail');
  await expect(detail).toBeHidden();
  await row(page, 'AccessDenied.txt').getByText('详细信息').click();
  await expect(detail).toContainText('failed with 403 AccessDenied');
  await expect(detail).toContainText(/request ID/i);
  await page.evaluate(() => void (window.widget.lang = 'en'));
  await expect(sentence('AccessDenied.txt')).toHaveText('You don’t have permission to upload here.');
});

test('sentences exist only for errors that the reference lists', async () => {
  const readme = await readFile(path('../../src/README.md'), 'utf8');
  const names = Object.keys(zhCN).filter((name) => /^[A-Z]/.test(name) && name !== 'UploadFailed');
  expect(names.filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
});

test('from right to left, bars grow from the right', async ({ page, open, makeFile, oss }) => {
  await open();
  await page.evaluate(() => void (document.documentElement.dir = 'rtl'));
  await oss.control.setLink({ bytesPerSecond: SLOW });
  await choose(page, await makeFile(32 * MiB, 1, { name: 'film.bin' }));
  await expect(row(page, 'film.bin').locator('.bar')).toBeVisible();
  const { origin, width, name, cancel } = await row(page, 'film.bin').evaluate((element) => ({
    origin: getComputedStyle(element.querySelector('.fill')!).transformOrigin,
    width: element.querySelector('.fill')!.clientWidth,
    name: element.querySelector('.name')!.getBoundingClientRect().right,
    cancel: element.querySelector('.cancel')!.getBoundingClientRect().left,
  }));
  expect(Number.parseFloat(origin)).toBeCloseTo(width, 0);
  expect(cancel).toBeLessThan(name);
});

test('it complies with a strict Content-Security-Policy', async ({ page, gallery, makeFile, oss, complaints }) => {
  const connect = `connect-src 'self' ${oss.url} ${oss.url.replace('://', '://demo-bucket.')}`;
  const csp = `default-src 'none'; script-src 'self'; style-src 'self'; worker-src 'self'; img-src data:; ${connect}`;
  await page.goto(`${gallery}?${new URLSearchParams({ csp })}`);
  await choose(page, await makeFile(4 * MiB, 1, { name: 'film.bin' }));
  await expect(row(page, 'film.bin')).toContainText('Done');
  expect(await element(page).evaluate((upload) => getComputedStyle(upload.shadowRoot!.querySelector('.dropzone')!).borderStyle)).toBe(
    'dashed',
  );
  expect(complaints).toEqual([]);
});

test('5,000 files: all are counted, and only visible rows exist', async ({ page, open, oss }) => {
  await open();
  // Nothing is done, so that all are in the list.
  await oss.control.addFault({ times: null, fault: { kind: 'stall' } });
  await page.evaluate(async () => {
    const files = Array.from({ length: 5000 }, (_, index) => new File([`content ${index}`], `file ${index}.txt`));
    await window.widget.addFiles(files);
  });
  await expect(element(page)).toContainText(/\d+ of 5,000 done/);
  const rows = element(page).getByRole('listitem');
  expect(await rows.count()).toBeLessThanOrEqual(100);
  expect(await page.evaluate(() => window.widget.shadowRoot!.querySelectorAll('*').length)).toBeLessThan(3000);
  await expect(rows.first()).toHaveAttribute('aria-setsize', '5000');
  await button(page, 'Pause all').click();

  await element(page)
    .locator('.list')
    .last()
    .evaluate((list) => list.scrollTo(0, list.scrollHeight));
  await expect(row(page, 'file 4999.txt')).toBeVisible();
  await expect(row(page, 'file 4999.txt')).toHaveAttribute('aria-posinset', '5000');
  expect(await rows.count()).toBeLessThanOrEqual(150);
  await button(page, 'Cancel: file 4999.txt').click();
  await expect(element(page)).toContainText(/\d+ of 4,999 done/);
  await expect(button(page, 'Cancel: file 4998.txt')).toBeFocused();
});

test('without a browser, importing it does nothing', async () => {
  const script = `
    const before = Object.keys(globalThis).length;
    const { defineOssUpload, OssUploadElement } = await import(${JSON.stringify(new URL('../../dist/element.js', import.meta.url))});
    defineOssUpload();
    if (typeof OssUploadElement !== 'function') throw new Error('no class');
    if (Object.keys(globalThis).length !== before) throw new Error('importing left globals behind');`;
  await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script]);
});
