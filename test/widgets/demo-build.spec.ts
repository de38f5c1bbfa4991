/** `vite build --mode demo`: the demo's pages as static files. */
import { expect, test } from './fixtures.js';

test('the first page and the gallery work as static files', async ({ page, widgetsUrl, complaints }) => {
  await page.goto(`${widgetsUrl}demo/`);
  await expect(page.getByRole('heading', { name: 'Drop files or folders here' })).toBeVisible();
  await page.getByRole('link', { name: 'Widgets and frameworks' }).click();
  await expect(page.getByRole('heading', { name: '<oss-upload>' })).toBeVisible();
  await expect(page.locator('oss-upload').getByRole('button', { name: 'Choose files' })).toBeVisible();
  for (const name of ['Ant Design', 'Element Plus', 'Uppy', 'FilePond', 'React', 'Vue', 'Plain API']) {
    await page.getByRole('link', { name, exact: true }).click();
    await expect(page.getByRole('heading', { name, exact: true })).toBeVisible();
  }
  expect(complaints).toEqual([]);
});
