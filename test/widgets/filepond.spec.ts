import type { Locator, Page } from '@playwright/test';
import { connectAliOss } from '../helpers/read-back.js';
import { acknowledgedTwice, count, expect, fileSha256, MiB, parts, storedSha256, test, transcript, untilAcknowledged } from './fixtures.js';

const key = 'uploads/random-1.bin';

function item(page: Page, name = 'random-1.bin'): Locator {
  return page.locator('.filepond--item').filter({ hasText: name });
}

async function expectComplete(page: Page, name?: string): Promise<void> {
  await expect(item(page, name).locator('.filepond--file-status')).toContainText('Upload complete');
}

test.describe('FilePond', () => {
  test.beforeEach(({ page, widgetsUrl }) => page.goto(`${widgetsUrl}gallery/filepond/`));

  const add = (page: Page, ...paths: string[]): Promise<void> => page.setInputFiles('.filepond--browser', paths);

  test('an added file arrives byte for byte, and nothing is logged as a problem', async ({ page, makeFile, oss, complaints }) => {
    const path = await makeFile(8 * MiB, 1);
    await add(page, path);
    await expectComplete(page);
    expect(await storedSha256(oss.url, key)).toBe(await fileSha256(path));
    expect(complaints).toEqual([]);
  });

  test('the percentage grows and never goes back', async ({ page, makeFile, oss }) => {
    await oss.control.setLink({ bytesPerSecond: 2 * MiB });
    await add(page, await makeFile(24 * MiB, 1));
    const seen: number[] = [];
    const look = async (): Promise<string | null> => {
      const text = await item(page).locator('.filepond--file-status-main').textContent();
      const percent = /(\d+)%/.exec(text ?? '')?.[1];
      if (percent !== undefined) seen.push(Number(percent));
      return text;
    };
    const valuesSeen = async (): Promise<number> => {
      await look();
      return new Set(seen).size;
    };
    await expect.poll(valuesSeen, { intervals: [50] }).toBeGreaterThan(2);
    await oss.control.setLink({ bytesPerSecond: 8 * MiB });
    await expect.poll(look, { intervals: [50] }).toBe('Upload complete');
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  });

  test('cancelling removes the file from the list and leaves nothing open on the server', async ({ page, makeFile, oss }) => {
    await oss.control.setLink({ bytesPerSecond: 8 * MiB });
    await add(page, await makeFile(24 * MiB, 1));
    await untilAcknowledged(oss.url, key, 1);
    await item(page).getByRole('button', { name: 'Cancel' }).click();
    await expect(item(page)).toHaveCount(0);
    await expect.poll(() => oss.control.uploads()).toEqual([]);
    expect(oss.control.objects()).toEqual([]);
  });

  test('a refused upload shows why, and the retry resumes where it stopped', async ({ page, makeFile, oss }) => {
    const path = await makeFile(24 * MiB, 1);
    oss.control.addFault({
      operation: 'UploadPart',
      partNumber: 8,
      times: null,
      fault: { kind: 'status', status: 403, code: 'AccessDenied' },
    });
    await add(page, path);
    await expect(item(page)).toContainText('Error during upload');
    await expect(page.locator('#status')).toContainText(
      'random-1.bin: UploadPart 8 of "uploads/random-1.bin" failed with 403 AccessDenied',
    );
    const before = await transcript(oss.url, key);
    oss.control.removeFault();
    await item(page).getByRole('button', { name: 'Retry' }).click();
    await expectComplete(page);
    const after = await transcript(oss.url, key);
    expect(acknowledgedTwice({ before, after })).toEqual([]);
    expect(count(after, 'InitiateMultipartUpload')).toBe(1);
    expect(await storedSha256(oss.url, key)).toBe(await fileSha256(path));
  });

  test('removing a file whose upload has failed aborts the upload', async ({ page, makeFile, oss }) => {
    oss.control.addFault({ operation: 'UploadPart', skip: 3, times: null, fault: { kind: 'status', status: 403, code: 'AccessDenied' } });
    await add(page, await makeFile(24 * MiB, 1));
    await expect(item(page)).toContainText('Error during upload');
    await item(page).getByRole('button', { name: 'Remove' }).click();
    await expect(item(page)).toHaveCount(0);
    await expect.poll(() => oss.control.uploads()).toEqual([]);
  });

  test('after a reload in the middle, adding the file again sends no acknowledged part twice', async ({ page, makeFile, oss }) => {
    const path = await makeFile(24 * MiB, 1);
    await oss.control.setLink({ bytesPerSecond: 8 * MiB });
    await add(page, path);
    await untilAcknowledged(oss.url, key, 2);
    const before = await transcript(oss.url, key);
    await page.reload();
    await oss.control.setLink({ bytesPerSecond: null });
    await add(page, path);
    await expectComplete(page);
    const after = await transcript(oss.url, key);
    expect(acknowledgedTwice({ before, after })).toEqual([]);
    expect(count(after, 'InitiateMultipartUpload')).toBe(1);
    expect(await storedSha256(oss.url, key)).toBe(await fileSha256(path));
  });

  test('several files arrive, each under its own name', async ({ page, makeFile, oss }) => {
    await add(page, await makeFile(MiB, 1), await makeFile(MiB, 2), await makeFile(MiB, 3));
    for (const name of ['random-1.bin', 'random-2.bin', 'random-3.bin']) await expectComplete(page, name);
    const keys = oss.control.objects().map((object) => object.key);
    expect(keys.sort()).toEqual(['uploads/random-1.bin', 'uploads/random-2.bin', 'uploads/random-3.bin']);
  });
});

test.describe('FilePond with a server of its own', () => {
  test.beforeEach(({ page, widgetsUrl }) => page.goto(`${widgetsUrl}pages/filepond/`));

  test('a server that is created again knows the uploads of the first one', async ({ page, oss }) => {
    await oss.control.addFault({
      operation: ['PutObject', 'PostObject'],
      times: null,
      fault: { kind: 'status', status: 403, code: 'AccessDenied' },
    });
    const isKnown = await page.evaluate(async () => {
      const item = await window.pond.addFile(new File(['one'], 'note.txt'));
      await window.pond.processFile(item).catch(() => {});
      const { file } = window.pond.getFiles().find(({ filename }) => filename === 'note.txt')!;
      const task = window.server.taskOf(file as Blob);
      return task !== undefined && window.createServer().taskOf(file as Blob) === task;
    });
    expect(isKnown).toBe(true);
  });

  test('a retry after a failed callback does not send the file again, and shows the error again', async ({ page, widgetsUrl, oss }) => {
    await page.goto(`${widgetsUrl}pages/filepond/?callback`);
    await oss.control.setCallbackReply({ status: 500, body: 'no' });
    await page.evaluate(async () => {
      const added = await window.pond.addFile(new File(['one'], 'note.txt'));
      await window.pond.processFile(added).catch(() => {});
    });
    await expect(item(page, 'note.txt')).toContainText('Error during upload');
    const errors = await page.evaluate(
      () =>
        new Promise<string>((resolve) => {
          window.pond.onprocessfile = (error) => resolve(String(error?.body));
          document.querySelector<HTMLButtonElement>('.filepond--action-retry-item-processing')!.click();
        }),
    );
    expect(errors).toContain("Don't upload it again");
    await expect(item(page, 'note.txt')).toContainText('Error during upload');
    expect(count(await transcript(oss.url, 'uploads/note.txt'), 'PutObject')).toBe(1);
  });

  const begin = async (page: Page, path: string, ossUrl: string): Promise<void> => {
    await page.setInputFiles('.filepond--browser', path);
    await expect(item(page)).toBeVisible();
    await page.evaluate(() => void window.pond.processFiles());
    await untilAcknowledged(ossUrl, key, 1);
  };

  test('with abortBehavior: "continue" an upload outlives the widget', async ({ page, widgetsUrl, makeFile, oss }) => {
    await page.goto(`${widgetsUrl}pages/filepond/?continue`);
    await oss.control.setLink({ bytesPerSecond: 8 * MiB });
    await begin(page, await makeFile(16 * MiB, 1), oss.url);
    await page.evaluate(() => window.pond.destroy());
    await expect.poll(async () => (await oss.control.objects()).map((object) => object.key)).toEqual([key]);
  });

  test('with abortBehavior: "continue" cancelling aborts by onprocessfileabort', async ({ page, widgetsUrl, makeFile, oss }) => {
    await page.goto(`${widgetsUrl}pages/filepond/?continue`);
    await oss.control.setLink({ bytesPerSecond: 8 * MiB });
    await begin(page, await makeFile(24 * MiB, 1), oss.url);
    await item(page).getByRole('button', { name: 'Cancel' }).click();
    await expect.poll(() => oss.control.uploads()).toEqual([]);
    expect(await oss.control.objects()).toEqual([]);
  });

  test('destroying the widget aborts its uploads, as the documentation says', async ({ page, makeFile, oss }) => {
    await oss.control.setLink({ bytesPerSecond: 8 * MiB });
    await begin(page, await makeFile(24 * MiB, 1), oss.url);
    await page.evaluate(() => window.pond.destroy());
    await expect.poll(() => oss.control.uploads()).toEqual([]);
    expect(await oss.control.objects()).toEqual([]);
  });

  test('without a key, two files with one name become two objects', async ({ page, widgetsUrl, oss }) => {
    await page.goto(`${widgetsUrl}pages/filepond/?default-keys`);
    const keys = await page.evaluate(async () => {
      const items = await window.pond.addFiles([new File(['one'], 'report.pdf'), new File(['another'], 'report.pdf')]);
      for (const item of items) await window.pond.processFile(item);
      return items.map(({ serverId }) => serverId);
    });
    expect(keys.sort()).toEqual(['report (2).pdf', 'report.pdf']);
    expect((await oss.control.objects()).map(({ key }) => key).sort()).toEqual(keys);
  });

  /** Adds a file with the path that a dropped folder would give it. */
  const addFromFolder = async (page: Page, path: string): Promise<void> => {
    const chooser = page.locator('body');
    await chooser.evaluate((body) => {
      const input = Object.assign(document.createElement('input'), { type: 'file', id: 'folder' });
      body.append(input);
    });
    await page.setInputFiles('#folder', path);
    await page.evaluate(async () => {
      const file = document.querySelector<HTMLInputElement>('#folder')!.files![0]!;
      const item = await window.pond.addFile(Object.assign(file, { _relativePath: '/summer/random-1.bin' }));
      item.setMetadata('album', 'Summer');
    });
  };

  test('a dropped folder keeps its path, and metadata of FilePond can become the object’s', async ({ page, makeFile, oss }) => {
    await addFromFolder(page, await makeFile(MiB, 1));
    await page.evaluate(() => window.pond.processFile(window.pond.getFiles().find(({ filename }) => filename === 'random-1.bin')!));
    await expectComplete(page);
    const { meta } = await (await connectAliOss(oss.url)).head('uploads/summer/random-1.bin');
    expect(meta).toEqual({ album: 'Summer' });
  });

  test('its task can be paused and resumed', async ({ page, makeFile, oss }) => {
    await oss.control.setLink({ bytesPerSecond: 2 * MiB });
    const path = await makeFile(24 * MiB, 1);
    await page.setInputFiles('.filepond--browser', path);
    await expect(item(page)).toBeVisible();
    await page.evaluate(() => void window.pond.processFiles());
    await untilAcknowledged(oss.url, key, 1);
    const taskState = (act: 'pause' | 'resume') =>
      page.evaluate(async (act) => {
        const { file } = window.pond.getFiles().find(({ filename }) => filename === 'random-1.bin')!;
        const task = window.server.taskOf(file)!;
        await task[act]();
        return task.getSnapshot().status;
      }, act);
    expect(await taskState('pause')).toBe('paused');
    await expect.poll(async () => (await transcript(oss.url, key)).every(({ finished }) => finished)).toBe(true);
    const before = await transcript(oss.url, key);
    expect(parts(before).some(({ aborted }) => aborted)).toBe(true);
    await oss.control.setLink({ bytesPerSecond: null });
    await taskState('resume');
    await expectComplete(page);
    expect(acknowledgedTwice({ before, after: await transcript(oss.url, key) })).toEqual([]);
    expect(await storedSha256(oss.url, key)).toBe(await fileSha256(path));
  });

  test('a file of an earlier page is opened by its key, and reverted on request', async ({ page }) => {
    await expect(item(page, 'earlier.txt')).toBeVisible();
    await expectComplete(page, 'earlier.txt');
    expect(await page.evaluate(() => window.pond.getFiles()[0]!.file.text())).toBe('what is stored as uploads/earlier.txt');
    await item(page, 'earlier.txt').getByRole('button', { name: 'Undo' }).click();
    await expect.poll(() => page.evaluate(() => window.reverted)).toEqual(['uploads/earlier.txt']);
  });
});
