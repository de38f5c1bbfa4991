import { count, expect, MiB, test, transcript } from './fixtures.js';
import { testUploadsPage } from './uploads-page.js';
import { beginSlowly, testUseUploader } from './use-uploader.js';

testUploadsPage('Vue', 'gallery/vue/');

testUseUploader('development/vue-life/');

test.describe('an upload of a component with useUploader', () => {
  const key = 'uploads/film.bin';

  test('continues in a component that is kept alive, which shows it when it is back', async ({ page, widgetsUrl, oss, makeFile }) => {
    await page.goto(`${widgetsUrl}development/vue-life/?keep-alive`);
    await beginSlowly(page, oss, makeFile);
    await page.getByRole('button', { name: 'Unmount' }).click();
    await expect(page.getByRole('listitem')).toHaveCount(0);
    await expect.poll(() => oss.control.objects()).toMatchObject([{ key }]);
    await page.getByRole('button', { name: 'Mount' }).click();
    await expect(page.getByRole('listitem')).toHaveText('done');
  });

  test('continues when the component’s template is replaced', async ({ page, widgetsUrl, oss, makeFile }) => {
    await page.goto(`${widgetsUrl}development/vue-life/`);
    await beginSlowly(page, oss, makeFile);
    await page.getByRole('button', { name: 'Replace the template' }).click();
    await expect(page.getByRole('listitem')).toHaveText('uploading');
    await expect(page.getByRole('listitem')).toHaveText('done');
    expect((await transcript(oss.url, key)).filter(({ aborted }) => aborted)).toEqual([]);
  });

  test('is listed as unfinished when the component’s script is replaced, and resumes', async ({ page, widgetsUrl, oss, makeFile }) => {
    await page.goto(`${widgetsUrl}development/vue-life/`);
    const path = await beginSlowly(page, oss, makeFile);
    await page.getByRole('button', { name: 'Replace the script' }).click();
    await expect(page.locator('output')).toHaveText('1 unfinished');
    await page.setInputFiles('input', path);
    await expect(page.getByRole('listitem')).toHaveText('done');
    expect(count(await transcript(oss.url, key), 'InitiateMultipartUpload')).toBe(1);
  });
});

test('useTaskState follows whatever its getter points at', async ({ page, makeFile, oss, widgetsUrl }) => {
  await page.goto(`${widgetsUrl}development/vue-life/`);
  await expect(page.locator('p')).toHaveText('none');
  await page.setInputFiles('input', await makeFile(1000, 1, { name: 'film.bin' }));
  await expect(page.locator('p')).toHaveText('done');
  await oss.control.setLink({ bytesPerSecond: 4 * MiB });
  await page.setInputFiles('input', await makeFile(24 * MiB, 2, { name: 'song.bin' }));
  await expect(page.locator('p')).toHaveText('uploading');
  await expect(page.getByRole('listitem')).toHaveText(['done', 'uploading']);
});
