import type { Page } from '@playwright/test';
import { count, expect, MiB, partNumbers, storedSha256, test, transcript, untilAcknowledged } from './fixtures.js';
import { choose, sha256, testRows, text } from './rows.js';

testRows('Element Plus', 'gallery/element-plus/');

test.describe('Element Plus in particular', () => {
  test.beforeEach(({ page, widgetsUrl }) => page.goto(`${widgetsUrl}pages/element-plus/`));

  /** The callbacks of the component; `progress` only if `what` matches it. */
  async function told(page: Page, what: RegExp = /^(success|error) /): Promise<string[]> {
    const lines = await page.getByRole('list', { name: 'Told' }).getByRole('listitem').allTextContents();
    return lines.filter((line) => what.test(line));
  }

  test('success is reported once, after progress from 0 to 100', async ({ page, makeFile, oss }) => {
    await oss.control.setLink({ bytesPerSecond: 8 * MiB });
    await choose(page, await makeFile(8 * MiB, 1));
    await expect.poll(() => told(page)).toEqual(['success random-1.bin: uploads/random-1.bin']);
    const progress = await told(page, /^progress /);
    const percents = progress.map((line) => Number(line.split(' ')[3]));
    expect(progress[0]).toBe(`progress random-1.bin: ProgressEvent 0 0 ${8 * MiB}`);
    expect(progress.at(-1)).toBe(`progress random-1.bin: ProgressEvent 100 ${8 * MiB} ${8 * MiB}`);
    expect(percents.length).toBeGreaterThan(4);
    expect(percents).toEqual([...percents].sort((a, b) => a - b));
    expect(percents.filter((percent) => percent === 100)).toHaveLength(1);
    // A returned promise would cause a second report, a moment later.
    await choose(page, await makeFile(1 * MiB, 2));
    await expect.poll(() => told(page)).toHaveLength(2);
    expect(await told(page)).toEqual(['success random-1.bin: uploads/random-1.bin', 'success random-2.bin: uploads/random-2.bin']);
  });

  test('an error is reported once, in the shape of UploadAjaxError, and the file can be chosen again', async ({ page, makeFile, oss }) => {
    const { id } = await oss.control.addFault({
      operation: 'UploadPart',
      times: null,
      fault: { kind: 'status', status: 403, code: 'AccessDenied', message: 'No, you may not.' },
    });
    const path = await makeFile(8 * MiB, 1);
    await choose(page, path);
    await expect.poll(() => told(page)).toHaveLength(1);
    expect(await told(page)).toEqual([
      expect.stringMatching(/^error random-1\.bin: UploadAjaxError 403 post # OssError: .*No, you may not\./),
    ]);
    await oss.control.removeFault(id);
    await choose(page, path);
    await expect.poll(() => told(page)).toHaveLength(2);
    expect((await told(page))[1]).toBe('success random-1.bin: uploads/random-1.bin');
  });

  test('a failed row that is kept stays in its place, says why, and reports its retry once', async ({
    page,
    widgetsUrl,
    makeFile,
    oss,
  }) => {
    await page.goto(`${widgetsUrl}pages/element-plus/?keep`);
    const key = 'uploads/random-1.bin';
    await oss.control.addFault({ key, operation: 'UploadPart', partNumber: 3, times: null, fault: { kind: 'status', status: 403 } });
    await choose(page, await makeFile(8 * MiB, 1), await makeFile(MiB, 2));
    await expect.poll(() => told(page)).toHaveLength(2);
    const names = page.locator('.el-upload-list__item-file-name');
    await expect(names).toHaveText(['random-1.bin', 'random-2.bin']);
    await expect(page.getByRole('alert').first()).toContainText('UploadPart 3');
    // The application's own list, bound by v-model, has it too.
    await expect(page.getByRole('status')).toHaveText(['has a task', 'has a task']);
    await page.getByRole('button', { name: 'Try again' }).click();
    await expect.poll(() => told(page, /^error/)).toHaveLength(2);
    await expect(names).toHaveText(['random-1.bin', 'random-2.bin']);
    const before = partNumbers(await transcript(oss.url, key));
    await oss.control.removeFault();
    await page.getByRole('button', { name: 'Try again' }).click();
    await expect.poll(() => told(page, /^success random-1/)).toEqual([`success random-1.bin: ${key}`]);
    await expect(page.getByRole('alert').first()).toBeEmpty();
    expect(partNumbers(await transcript(oss.url, key)).slice(before.length)).not.toContain(1);
    expect(await told(page, /^error/)).toHaveLength(2);
  });

  test('the row of a file with invalid options is kept too, and can be removed', async ({ page, widgetsUrl }) => {
    await page.goto(`${widgetsUrl}pages/element-plus/?keep`);
    await page.locator('input[type=file]').setInputFiles([text('refused.txt', 'a'), text('good.txt', 'c')]);
    await expect(page.getByRole('alert').first()).toHaveText('Refused by the page');
    await page.locator('.el-upload-list__item').first().hover();
    await page.locator('.el-upload-list__item').first().locator('.el-icon--close').click();
    await expect(page.locator('.el-upload-list__item-file-name')).toHaveText(['good.txt']);
  });

  test('a row whose upload the page has aborted is not kept', async ({ page, widgetsUrl, makeFile, oss }) => {
    await page.goto(`${widgetsUrl}pages/element-plus/?keep`);
    await oss.control.setLink({ bytesPerSecond: 4 * MiB });
    await choose(page, await makeFile(24 * MiB, 1));
    await expect.poll(() => oss.control.uploads()).toHaveLength(1);
    await page.getByRole('button', { name: 'Abort by the page' }).click();
    await expect.poll(() => told(page)).toHaveLength(1);
    await expect(page.locator('.el-upload-list__item')).toHaveCount(0);
  });

  test('a retry after a failed callback does not send the file again, and fails again', async ({ page, widgetsUrl, makeFile, oss }) => {
    await page.goto(`${widgetsUrl}pages/element-plus/?keep&callback`);
    await oss.control.setCallbackReply({ status: 500, body: 'no' });
    await choose(page, await makeFile(8 * MiB, 1));
    await expect.poll(() => told(page)).toHaveLength(1);
    await page.getByRole('button', { name: 'Try again' }).click();
    await expect.poll(() => told(page)).toHaveLength(2);
    expect(await told(page, /^error random-1\.bin: UploadAjaxError 0 post # CallbackError: /)).toHaveLength(2);
    expect(count(await transcript(oss.url, 'uploads/random-1.bin'), 'CompleteMultipartUpload')).toBe(1);
  });

  for (const [how, ends] of [
    ['ends well', (row: string) => `success ${row}: uploads/${row}`],
    ['fails', (row: string) => expect.stringContaining(`error ${row}: UploadAjaxError 403`)],
  ] as const) {
    test(`an upload that ${how} while its component is unmounted is in the application’s list when it is back`, async ({
      page,
      widgetsUrl,
      makeFile,
      oss,
    }) => {
      await page.goto(`${widgetsUrl}pages/element-plus/?keep`);
      await oss.control.setLink({ bytesPerSecond: 8 * MiB });
      await choose(page, await makeFile(16 * MiB, 1));
      await untilAcknowledged(oss.url, 'uploads/random-1.bin', 1);
      if (how === 'fails') await oss.control.addFault({ operation: 'UploadPart', times: null, fault: { kind: 'status', status: 403 } });
      await page.getByRole('button', { name: 'Leave' }).click();
      await expect.poll(() => told(page)).toEqual([ends('random-1.bin')]);
      await page.getByRole('button', { name: 'Come back' }).click();
      await expect(page.locator('.el-upload-list__item-file-name')).toHaveText(['random-1.bin']);
      if (how === 'ends well') return;
      await expect(page.getByRole('alert')).toContainText('403');
      await oss.control.removeFault();
      await page.getByRole('button', { name: 'Try again' }).click();
      await expect.poll(() => told(page, /^success/)).toEqual(['success random-1.bin: uploads/random-1.bin']);
    });
  }

  test('created again, it still knows the rows that another one has started', async ({ page, makeFile, oss }) => {
    await oss.control.setLink({ bytesPerSecond: 4 * MiB });
    await choose(page, await makeFile(24 * MiB, 1));
    await expect.poll(() => oss.control.uploads()).toHaveLength(1);
    await page.getByRole('button', { name: 'Make it again' }).click();
    await expect(page.getByRole('status', { name: 'random-1.bin' })).toHaveText('has a task');
  });

  test('without a key, two files with one name become two objects', async ({ page, widgetsUrl, oss }) => {
    await page.goto(`${widgetsUrl}pages/element-plus/?default-keys`);
    const input = page.locator('input[type=file]');
    await input.setInputFiles(text('report.pdf', 'one'));
    await input.setInputFiles(text('report.pdf', 'another'));
    await expect
      .poll(async () => (await told(page)).sort())
      .toEqual(['success report.pdf: report (2).pdf', 'success report.pdf: report.pdf']);
    expect(await storedSha256(oss.url, 'report (2).pdf')).toBe(sha256('another'));
  });

  test('what before-upload returns is uploaded, and its row finds the task', async ({ page, oss }) => {
    await oss.control.setLink({ latencyMilliseconds: 200 });
    await page.locator('input[type=file]').setInputFiles(text('note.txt', 'quiet'));
    await expect(page.getByRole('status', { name: 'note.txt' })).toHaveText('has a task');
    await expect.poll(() => told(page)).toEqual(['success note.txt: uploads/note.txt']);
    expect(await storedSha256(oss.url, 'uploads/note.txt')).toBe(sha256('QUIET'));
  });

  test('an invalid key, and options that throw, are errors of their rows alone', async ({ page }) => {
    const escaped: string[] = [];
    page.on('pageerror', (error) => escaped.push(String(error)));
    await page.locator('input[type=file]').setInputFiles([text('refused.txt', 'a'), text('unnamed.txt', 'b'), text('good.txt', 'c')]);
    await expect.poll(() => told(page)).toHaveLength(3);
    expect((await told(page)).sort()).toEqual([
      'error refused.txt: UploadAjaxError 0 post # Error: Refused by the page',
      'error unnamed.txt: UploadAjaxError 0 post # TypeError: key must not begin with "/" or "\\": "/no-key"',
      'success good.txt: uploads/good.txt',
    ]);
    expect(escaped).toEqual([]);
  });

  test('an upload aborted after it has failed reports no second error', async ({ page, makeFile, oss }) => {
    await oss.control.addFault({ operation: 'UploadPart', partNumber: 3, times: null, fault: { kind: 'status', status: 403 } });
    await choose(page, await makeFile(8 * MiB, 1));
    await expect.poll(() => told(page)).toHaveLength(1);
    await page.getByRole('button', { name: 'Abort by the page' }).click();
    await expect.poll(() => oss.control.uploads()).toEqual([]);
    expect(await told(page)).toHaveLength(1);
  });

  test('a task that the page aborts leaves no row that seems to upload', async ({ page, makeFile, oss }) => {
    await oss.control.setLink({ bytesPerSecond: 4 * MiB });
    await choose(page, await makeFile(24 * MiB, 1));
    await expect.poll(() => oss.control.uploads()).toHaveLength(1);
    await page.getByRole('button', { name: 'Abort by the page' }).click();
    await expect.poll(() => told(page)).toEqual([expect.stringContaining('The upload was aborted')]);
    await expect(page.getByRole('status', { name: 'random-1.bin' })).toHaveCount(0);
    await expect.poll(() => oss.control.uploads()).toEqual([]);
  });
});
