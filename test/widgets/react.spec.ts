import type { Page } from '@playwright/test';
import { count, expect, KiB, test, transcript } from './fixtures.js';
import { testUploadsPage } from './uploads-page.js';
import { beginSlowly, testUseUploader } from './use-uploader.js';

testUploadsPage('React', 'gallery/react/');
testUploadsPage('React 18', 'variants/react18/react/', { isOlder: true });

testUseUploader('development/react-life/', { mounts: 2 });

test.describe('an upload of a component with useUploader', () => {
  test.beforeEach(({ page, widgetsUrl }) => page.goto(`${widgetsUrl}development/react-life/`));

  // Under StrictMode React 19 renders an edited component twice, and the second time its effects look unchanged.
  for (const mode of ['?once', '']) {
    test(`continues when Fast Refresh replaces the component${mode ? '' : ' under StrictMode'}`, async ({
      page,
      widgetsUrl,
      oss,
      makeFile,
      complaints,
    }) => {
      await page.goto(`${widgetsUrl}development/react-life/${mode}`);
      await beginSlowly(page, oss, makeFile);
      for (let times = 0; times < 3; times += 1) await page.getByRole('button', { name: 'Replace' }).click();
      await expect(page.getByRole('listitem')).toHaveText('uploading');
      await expect(page.getByRole('listitem')).toHaveText('done');
      const log = await transcript(oss.url, 'uploads/film.bin');
      expect([count(log, 'InitiateMultipartUpload'), log.filter(({ aborted }) => aborted)]).toEqual([1, []]);
      expect(complaints).toEqual([]);
    });
  }

  test('stops when <Activity> hides the component, and is listed as unfinished when it is back', async ({ page, oss, makeFile }) => {
    await beginSlowly(page, oss, makeFile);
    await page.getByRole('button', { name: 'Hide' }).click();
    await expect.poll(async () => (await transcript(oss.url, 'uploads/film.bin')).every(({ finished }) => finished)).toBe(true);
    await page.getByRole('button', { name: 'Show' }).click();
    await expect(page.locator('output')).toHaveText('1 unfinished');
    expect(await oss.control.uploads()).toHaveLength(1);
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
