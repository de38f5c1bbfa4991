import { expect, MiB, test } from './fixtures.js';
import { testUploadsPage } from './uploads-page.js';
import { testUseUploader } from './use-uploader.js';

testUploadsPage('Vue', 'gallery/vue/');

testUseUploader('development/vue-life/');

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
