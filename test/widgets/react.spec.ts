import type { Page } from '@playwright/test';
import { count, expect, KiB, MiB, parts, test, transcript } from './fixtures.js';
import type { UploadersWindow } from './pages/uploaders.js';
import { testUploadsPage } from './uploads-page.js';

testUploadsPage('React', 'gallery/react/');
testUploadsPage('React 18', 'variants/react18/react/', { isOlder: true });

const uploaders = () => (window as unknown as UploadersWindow).uploaders();

test.describe('useUploader', () => {
  const key = 'uploads/film.bin';

  test.beforeEach(({ page, widgetsUrl }) => page.goto(`${widgetsUrl}development/react-life/`));

  test('leaves one working uploader where StrictMode mounts twice, and none after unmounting', async ({
    page,
    makeFile,
    oss,
    complaints,
  }) => {
    await expect(page.locator('input')).toBeEnabled();
    expect(await page.evaluate(uploaders)).toEqual(['disposed', 'working']);
    await page.setInputFiles('input', await makeFile(1000, 1, { name: 'film.bin' }));
    await expect(page.getByRole('listitem')).toHaveText('done');
    expect(await oss.control.objects()).toMatchObject([{ key }]);
    await page.getByRole('button', { name: 'Unmount' }).click();
    expect(await page.evaluate(uploaders)).toEqual(['disposed', 'disposed']);
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

test.describe('useTaskState in a concurrent rendering', () => {
  const ROWS = 40;

  test.beforeEach(({ oss }) => oss.control.setLink({ bytesPerSecond: 64 * KiB }));

  /** Shows the rows and reverses them twice, each time with a state change half-way through the rendering. */
  async function renderRows(page: Page): Promise<{ changesWhileRendering: number; tornCommits: number }> {
    await page.getByRole('button', { name: 'Show' }).click();
    await expect(page.getByRole('listitem')).toHaveCount(ROWS);
    for (const first of [ROWS - 1, 0]) {
      await page.getByRole('button', { name: 'Reverse' }).click();
      await expect(page.getByRole('listitem').first()).toHaveText(new RegExp(`^${first}:`));
    }
    return page.evaluate(() => (window as unknown as { seen: { changesWhileRendering: number; tornCommits: number } }).seen);
  }

  test('shows one state in all rows of every commit', async ({ page, widgetsUrl, oss }) => {
    await page.goto(`${widgetsUrl}pages/react-concurrent/`);
    const { changesWhileRendering, tornCommits } = await renderRows(page);
    expect(changesWhileRendering).toBeGreaterThan(0);
    expect(tornCommits).toBe(0);
    await oss.control.setLink({ bytesPerSecond: null });
    await page.getByRole('button', { name: 'Resume' }).click();
    await expect(page.getByText('done')).toHaveCount(ROWS);
  });

  test('a hook without useSyncExternalStore does not, on the same page', async ({ page, widgetsUrl }) => {
    await page.goto(`${widgetsUrl}pages/react-concurrent/?naive`);
    const { tornCommits } = await renderRows(page);
    expect(tornCommits).toBeGreaterThan(0);
  });
});

test.describe('<oss-upload> in TSX', () => {
  /** Uploads a file with the element, and lets React set a flag and remove it. */
  async function upload(page: Page, path: string): Promise<void> {
    const element = page.locator('oss-upload');
    await expect(element).toContainText('Drop files here');
    await element.locator('input').setInputFiles(path);
    await expect(page.locator('#keys')).toHaveText('uploads/film.bin');
    for (const count of [1, 0]) {
      await page.getByRole('button', { name: 'Several' }).click();
      await expect(page.locator('oss-upload[multiple]')).toHaveCount(count);
    }
    await expect(element.getByRole('listitem')).toContainText('Done');
  }

  test('takes its properties, functions too, and React hears its events', async ({ page, widgetsUrl, makeFile, complaints }) => {
    await page.goto(`${widgetsUrl}pages/react-element/`);
    await upload(page, await makeFile(1000, 1, { name: 'film.bin' }));
    await expect(page.locator('#stored')).toHaveText('uploads/film.bin');
    expect(complaints).toEqual([]);
  });

  test('takes them from a ref where a server has rendered it', async ({ page, widgetsUrl, makeFile, complaints }) => {
    await page.goto(`${widgetsUrl}pages/react-element/?hydrate`);
    await upload(page, await makeFile(1000, 1, { name: 'film.bin' }));
    expect(complaints).toEqual([]);
  });
});
