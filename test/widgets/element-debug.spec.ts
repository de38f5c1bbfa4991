/** `<oss-upload debug>`: the log of requests. */
import { fileURLToPath } from 'node:url';
import type { Locator, Page } from '@playwright/test';
import type { TestOss } from '../helpers/embedded-oss.js';
import { button, choose, element, row, test } from './element.js';
import { expect, MiB } from './fixtures.js';

const log = (page: Page): Locator => element(page).locator('.requests');
const lines = (page: Page): Locator => log(page).locator('tbody').getByRole('row');
const set = (page: Page, debug: boolean): Promise<void> =>
  element(page).evaluate((upload: HTMLElementTagNameMap['oss-upload'], debug) => void (upload.debug = debug), debug);

async function uploadRefusedOnce(page: Page, file: string, oss: TestOss): Promise<void> {
  await oss.control.addFault({
    operation: 'UploadPart',
    partNumber: 2,
    fault: { kind: 'status', status: 503, code: 'ServiceUnavailable' },
  });
  await oss.control.addFault({ operation: 'UploadPart', partNumber: 1, fault: { kind: 'no-cors' } });
  await choose(page, file);
  await expect(row(page, /[^/]+$/.exec(file)![0])).toContainText('Done');
}

test('it shows each attempt of a real upload, and copies all that is known', async ({ page, context, open, makeFile, oss }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await open((upload) => Object.assign(upload, { multiple: true, debug: true, options: { ...upload.options, partSize: 1024 ** 2 } }));
  await expect(log(page)).toContainText('No requests yet.');
  await expect(button(page, 'Copy')).toBeHidden();
  await uploadRefusedOnce(page, await makeFile(4 * MiB, 1, { name: 'film.bin' }), oss);

  const part = (number: number, attempt: number): Locator => lines(page).filter({ hasText: `UploadPart${number}${attempt}` });
  await expect(part(2, 1)).toContainText('503 ServiceUnavailable');
  await expect(part(2, 1)).toContainText(/[0-9A-F]{24}/);
  await expect(part(2, 2).getByRole('cell').nth(4)).toHaveText('200');
  await expect(part(1, 1)).toContainText('no answer');
  await expect(lines(page).last()).toContainText('CompleteMultipartUpload');
  await expect(lines(page).last()).toContainText('uploads/film.bin');
  await expect(log(page).locator('summary')).toHaveText(`Requests (${await lines(page).count()})`);

  await button(page, 'Copy').click();
  await expect(button(page, 'Copied')).toBeVisible();
  const copied = (await page.evaluate(() => navigator.clipboard.readText())).split('\n').map((line) => line.split('\t'));
  expect(copied[0]).toEqual(expect.arrayContaining(['time', 'partNumber', 'attempt', 'requestId', 'firstByteMs', 'totalMs']));
  expect(copied.length - 1).toBe(await lines(page).count());
  expect(copied.filter((fields) => fields.includes('503')).flat()).toEqual(
    expect.arrayContaining(['UploadPart', 'uploads/film.bin', '2', '1', 'failed', 'ServiceUnavailable']),
  );
  await expect(button(page, 'Copy')).toBeVisible();
});

test('it keeps the last 200, follows the end, and speaks the language of the element', async ({ page, open }) => {
  await open((upload) => {
    const uploader = window.library.createUploader(window.library.options);
    // Hundreds of requests, without waiting for any.
    uploader.observe = (listener) => {
      Object.assign(window, { report: listener });
      return () => {};
    };
    Object.assign(upload, { debug: true, uploader });
  });
  await expect(log(page)).toBeVisible();
  await page.evaluate(() => {
    const event = { operation: 'PutObject', attempt: 1, outcome: 'answered', status: 200, sentBytes: 1, queuedMs: 0, totalMs: 20.4 };
    for (let index = 0; index < 230; index += 1) (window as any).report({ ...event, key: `uploads/${index}.txt` });
  });
  await expect(lines(page).last()).toContainText('229.txt');
  await expect(lines(page)).toHaveCount(200);
  await expect(log(page).locator('summary')).toHaveText('Requests (200)');
  await expect(lines(page).last()).toBeInViewport();
  await element(page).evaluate((upload: HTMLElement) => void (upload.lang = 'zh-CN'));
  await expect(log(page).locator('summary')).toHaveText('请求 (200)');
  await expect(log(page).getByRole('columnheader').first()).toHaveText('时间');
  await expect(lines(page)).toHaveCount(200);
});

test('without the attribute nothing is loaded or listened to, and switching it off removes all', async ({ page, open, makeFile }) => {
  const loaded: string[] = [];
  page.on('request', (request) => loaded.push(request.url()));
  await open((upload) => {
    const uploader = window.library.createUploader(window.library.options);
    const { observe } = uploader;
    const listeners = { now: 0 };
    Object.assign(window, { listeners });
    uploader.observe = (listener) => {
      const stop = observe(listener);
      listeners.now += 1;
      return () => {
        listeners.now -= 1;
        stop();
      };
    };
    Object.assign(upload, { multiple: true, uploader });
  });
  const listeners = (): Promise<number> => page.evaluate(() => (window as any).listeners.now);
  const sheets = (): Promise<number> => element(page).evaluate(({ shadowRoot }) => shadowRoot!.adoptedStyleSheets.length);
  await choose(page, await makeFile(1024, 1, { name: 'a.bin' }));
  await expect(row(page, 'a.bin')).toContainText('Done');
  expect(loaded.filter((url) => /request-log/.test(url))).toEqual([]);
  expect(await listeners()).toBe(0);

  for (let time = 0; time < 2; time += 1) {
    await set(page, true);
    await expect(log(page)).toContainText('No requests yet.');
    expect([await listeners(), await sheets()]).toEqual([1, 2]);
    await set(page, false);
    await expect(log(page)).toHaveCount(0);
    expect([await listeners(), await sheets()]).toEqual([0, 1]);
  }
  expect(loaded.filter((url) => /request-log/.test(url)).length).toBeLessThanOrEqual(2);

  // On, off and on before its code is there.
  await element(page).evaluate((upload: HTMLElementTagNameMap['oss-upload']) => {
    for (const debug of [true, false, true]) upload.debug = debug;
  });
  await expect(log(page)).toHaveCount(1);
  expect(await listeners()).toBe(1);

  // An element on no page leaves the application's uploader alone, and takes it up again.
  await page.evaluate(() => window.widget.remove());
  await expect.poll(listeners).toBe(0);
  await page.evaluate(() => document.body.append(window.widget));
  await expect.poll(listeners).toBe(1);
  await page.evaluate(() => void (window.widget.uploader = undefined));
  expect(await listeners()).toBe(0);
});

test('it is readable on phones, right to left, and to axe', async ({ page, open, makeFile, oss }) => {
  await open((upload) => Object.assign(upload, { multiple: true, debug: true, disabled: false }));
  await uploadRefusedOnce(page, await makeFile(4 * MiB, 1, { name: 'film.bin' }), oss);
  await page.addScriptTag({ path: fileURLToPath(new URL('./node_modules/axe-core/axe.min.js', import.meta.url)) });
  for (const [width, dir, theme] of [
    [1280, 'ltr', 'light'],
    [1280, 'rtl', 'dark'],
    [360, 'ltr', 'dark'],
    [360, 'rtl', 'light'],
  ] as const) {
    await page.setViewportSize({ width, height: 800 });
    await element(page).evaluate((upload, attributes) => Object.assign(upload, attributes), { dir, theme });
    const violations = await page.evaluate(async () => {
      const results = await (window as any).axe.run('oss-upload');
      return results.violations.flatMap(({ id, nodes }: any) => nodes.map(({ html }: any) => `${id}: ${html}`));
    });
    expect(violations, `${width}, ${dir}`).toEqual([]);
    // Rows are cells to assistive technology, whatever they look like.
    await expect(lines(page).first().getByRole('cell')).not.toHaveCount(0);
    if (width > 480) continue;
    const overflow = await log(page)
      .locator('.log')
      .evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth);
    expect(overflow).toBeLessThanOrEqual(0);
    await expect(log(page)).toBeInViewport();
  }
  // A disabled element can still be looked into.
  await element(page).evaluate((upload: HTMLElementTagNameMap['oss-upload']) => void (upload.disabled = true));
  await expect(button(page, 'Copy')).toBeEnabled();
});
