/** `vite build --mode demo`: the demo's pages as static files, their looks and their sources. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Page } from '@playwright/test';
import { expect, MiB, test } from './fixtures.js';

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
const EXAMPLES = ['plain', 'element', 'antd', 'element-plus', 'uppy', 'filepond', 'react', 'vue'];

/** Violations of the page that axe finds in both themes, without the insides of other people's widgets. */
async function violations(page: Page): Promise<string[]> {
  await page.addScriptTag({ path: path('./node_modules/axe-core/axe.min.js') });
  const found: string[] = [];
  for (const theme of ['light', 'dark']) {
    await page.locator('html').evaluate((root, value) => (root.dataset['theme'] = value), theme);
    found.push(
      ...(await page.evaluate(async (name) => {
        const results = await (window as any).axe.run({ exclude: ['.ant-upload-wrapper', '.el-upload', '.uppy-Root', '.filepond--root'] });
        return results.violations.flatMap(({ id, nodes }: any) => nodes.map(({ html }: any) => `${name}: ${id}: ${html}`));
      }, theme)),
    );
  }
  return found;
}

test('the first page and the gallery work as static files', async ({ page, widgetsUrl, complaints }) => {
  await page.goto(`${widgetsUrl}demo/`);
  await expect(page.locator('oss-upload').getByRole('button', { name: 'Choose files' })).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Make it hard' })).toBeVisible();
  await page.getByRole('link', { name: 'Widgets and frameworks' }).click();
  await expect(page.getByRole('heading', { name: '<oss-upload>' })).toBeVisible();
  await expect(page.locator('oss-upload').getByRole('button', { name: 'Choose files' })).toBeVisible();
  for (const name of ['Ant Design', 'Element Plus', 'Uppy', 'FilePond', 'React', 'Vue', 'Plain API']) {
    await page.getByRole('link', { name, exact: true }).click();
    await expect(page.getByRole('heading', { name, exact: true })).toBeVisible();
  }
  expect(complaints).toEqual([]);
});

test('axe finds nothing on the first page: before, during and after the guide, on a phone and on a wide screen', async ({
  page,
  widgetsUrl,
  makeFile,
  oss,
}) => {
  await page.goto(`${widgetsUrl}demo/`);
  await expect(page.getByRole('heading', { name: 'Make it hard' })).toBeVisible();
  expect(await violations(page)).toEqual([]);

  await page.locator('oss-upload input[type=file]').setInputFiles(await makeFile(32 * MiB, 1, { name: 'film.bin' }));
  await page.getByRole('button', { name: 'Cut the network' }).click();
  await expect(page.getByRole('button', { name: 'Connect the network' })).toBeVisible();
  await expect(page.locator('.wire tbody tr').first()).toBeVisible();
  expect(await violations(page)).toEqual([]);

  await page.getByRole('button', { name: 'Connect the network' }).click();
  await oss.control.setLink({ bytesPerSecond: null });
  await expect(page.getByRole('button', { name: 'Start over' })).toBeVisible();
  await page.setViewportSize({ width: 360, height: 740 });
  await page.getByRole('button', { name: 'On the wire' }).click();
  expect(await violations(page)).toEqual([]);
});

for (const name of EXAMPLES) {
  test(`gallery/${name} has the page’s theme and language, fits a phone, and shows its source`, async ({
    page,
    widgetsUrl,
    complaints,
  }) => {
    await page.goto(`${widgetsUrl}demo/`);
    await page.getByLabel('Language').selectOption('zh-CN');
    await page.getByLabel('主题').selectOption('深色');
    await page.setViewportSize({ width: 360, height: 740 });
    await page.goto(`${widgetsUrl}demo/gallery/${name}/`);
    await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
    await expect(page.getByRole('heading', { name: '本页源码' })).toBeVisible();
    await expect(page.getByRole('navigation', { name: '示例' }).locator('[aria-current]')).toBeInViewport();
    const [needed, there] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    expect(needed).toBe(there);

    const file = page.locator('.source details').first();
    await file.locator('summary').click();
    const shown = (await file.locator('summary code').textContent())!;
    await expect(file.locator('pre code')).toHaveText(readFileSync(path(`../../demo/gallery/${shown}`), 'utf8').trimEnd());
    const lines = (await file.locator('.line-numbers').textContent())!.split('\n');
    expect(lines.at(-1)).toBe(
      String(
        readFileSync(path(`../../demo/gallery/${shown}`), 'utf8')
          .trimEnd()
          .split('\n').length,
      ),
    );
    expect(await violations(page)).toEqual([]);
    expect(complaints).toEqual([]);
  });
}

test('widgets with a dark theme of their own follow the page’s choice', async ({ page, widgetsUrl }) => {
  await page.emulateMedia({ colorScheme: 'light' });
  const background = (selector: string) =>
    page
      .locator(selector)
      .first()
      .evaluate((element) => getComputedStyle(element).backgroundColor);
  for (const [name, selector] of [
    ['antd', '.ant-upload-drag'],
    ['element-plus', '.el-upload-dragger'],
    ['uppy', '.uppy-Dashboard-inner'],
  ] as const) {
    await page.goto(`${widgetsUrl}demo/gallery/${name}/`);
    await expect(page.locator(selector).first()).toBeVisible();
    const light = await background(selector);
    await page.getByLabel('Theme').selectOption('Dark');
    await expect.poll(() => background(selector)).not.toBe(light);
    await page.getByLabel('Theme').selectOption('Light');
    await expect.poll(() => background(selector)).toBe(light);
  }
});

test('the source of an example can be copied', async ({ page, widgetsUrl, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.goto(`${widgetsUrl}demo/gallery/plain/`);
  const file = page.locator('.source details').first();
  await file.locator('summary').click();
  await file.getByRole('button', { name: 'Copy' }).click();
  await expect(file.getByRole('button', { name: 'Copied' })).toBeVisible();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied.replaceAll('\r\n', '\n')).toBe(readFileSync(path('../../demo/gallery/plain/main.ts'), 'utf8').trimEnd());
});
