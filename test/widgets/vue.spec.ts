import { count, expect, MiB, parts, test, transcript } from './fixtures.js';
import type { UploadersWindow } from './pages/uploaders.js';
import { testUploadsPage } from './uploads-page.js';

testUploadsPage('Vue', 'gallery/vue/');

const uploaders = () => (window as unknown as UploadersWindow).uploaders();

test.describe('useUploader', () => {
  const key = 'uploads/film.bin';

  test.beforeEach(({ page, widgetsUrl }) => page.goto(`${widgetsUrl}development/vue-life/`));

  test('creates one uploader for a component, and disposes it when the component unmounts', async ({ page, makeFile, oss, complaints }) => {
    await expect(page.locator('input')).toBeEnabled();
    expect(await page.evaluate(uploaders)).toEqual(['working']);
    await page.setInputFiles('input', await makeFile(1000, 1, { name: 'film.bin' }));
    await expect(page.getByRole('listitem')).toHaveText('done');
    expect(await oss.control.objects()).toMatchObject([{ key }]);
    await page.getByRole('button', { name: 'Unmount' }).click();
    expect(await page.evaluate(uploaders)).toEqual(['disposed']);
    expect(complaints).toEqual([]);
  });

  test('stops uploads with the component, and resumes them when it is back', async ({ page, makeFile, oss, complaints }) => {
    const path = await makeFile(24 * MiB, 1, { name: 'film.bin' });
    await oss.control.setLink({ bytesPerSecond: 4 * MiB });
    await page.setInputFiles('input', path);
    await expect.poll(async () => parts(await transcript(oss.url, key)).some(({ status }) => status === 200)).toBe(true);
    await page.getByRole('button', { name: 'Unmount' }).click();
    await expect.poll(async () => (await transcript(oss.url, key)).every(({ finished }) => finished)).toBe(true);
    expect(await oss.control.uploads()).toMatchObject([{ key }]);

    await oss.control.setLink({ bytesPerSecond: null });
    await page.getByRole('button', { name: 'Mount' }).click();
    await expect(page.locator('input')).toBeEnabled();
    await expect(page.locator('output')).toHaveText('1 unfinished');
    await page.setInputFiles('input', path);
    await expect(page.locator('output')).toHaveText('0 unfinished');
    await expect(page.getByRole('listitem')).toHaveText('done');
    expect(count(await transcript(oss.url, key), 'InitiateMultipartUpload')).toBe(1);
    expect(complaints.filter((text) => !text.includes('net::'))).toEqual([]);
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
