/** Tests of `useUploader` that run on the React page and on the Vue page. */
import type { Page } from '@playwright/test';
import { count, expect, MiB, parts, type RemoteControl, test, transcript, untilAcknowledged } from './fixtures.js';
import type { UploadersWindow } from './pages/uploaders.js';

const key = 'uploads/film.bin';

/** Begins an upload that takes a while, and returns the path of its file. */
export async function beginSlowly(
  page: Page,
  { url, control }: { url: string; control: Pick<RemoteControl, 'setLink'> | { setLink(change: object): unknown } },
  makeFile: (size: number, seed: number, options: { name: string }) => Promise<string>,
): Promise<string> {
  const path = await makeFile(24 * MiB, 1, { name: 'film.bin' });
  await control.setLink({ bytesPerSecond: 8 * MiB });
  await page.setInputFiles('input', path);
  await untilAcknowledged(url, key, 1);
  return path;
}

const uploaders = () => (window as unknown as UploadersWindow).uploaders();

/**
 * @param folder of the page, below the fixture's `widgetsUrl`
 * @param mounts how often the framework mounts the component: React's StrictMode mounts it twice
 */
export function testUseUploader(folder: string, { mounts = 1 } = {}): void {
  test.describe('useUploader', () => {
    const earlier = Array(mounts - 1).fill('disposed');

    test.beforeEach(({ page, widgetsUrl }) => page.goto(widgetsUrl + folder));

    test('leaves one working uploader after mounting, and none after unmounting', async ({ page, makeFile, oss, complaints }) => {
      await expect(page.locator('input')).toBeEnabled();
      expect(await page.evaluate(uploaders)).toEqual([...earlier, 'working']);
      await page.setInputFiles('input', await makeFile(1000, 1, { name: 'film.bin' }));
      await expect(page.getByRole('listitem')).toHaveText('done');
      expect(await oss.control.objects()).toMatchObject([{ key }]);
      await page.getByRole('button', { name: 'Unmount' }).click();
      expect(await page.evaluate(uploaders)).toEqual([...earlier, 'disposed']);
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
}
