import { basename } from 'node:path';
import { acknowledgedTwice, count, expect, MiB, storedSha256, test, transcript, untilAcknowledged } from './fixtures.js';
import { connectAliOss } from '../helpers/read-back.js';
import { choose, rowOf, sha256, testRows, text } from './rows.js';

testRows('antd 6', 'gallery/antd/');
testRows('antd 5', 'variants/antd5/antd/', { isOlder: true });
testRows('ant-design-vue 4', 'pages/ant-design-vue/', { isOlder: true });

test('a built example has its frame, which is imported for its effects alone', async ({ page, widgetsUrl }) => {
  await page.goto(`${widgetsUrl}gallery/antd/`);
  await expect(page.getByRole('navigation', { name: 'Examples' }).getByRole('link', { name: 'Element Plus' })).toBeVisible();
});

test.describe('antd in particular', () => {
  test.beforeEach(({ page, widgetsUrl }) => page.goto(`${widgetsUrl}pages/antd/`));

  test('what beforeUpload returns is uploaded, with the options made for it', async ({ page, oss }) => {
    await page.locator('input[type=file]').setInputFiles(text('note.txt', 'quiet'));
    await expect(rowOf(page, 'note.txt')).toContainText('Stored as uploads/note.txt');
    const { meta } = await (await connectAliOss(oss.url)).head('uploads/note.txt');
    expect(meta).toEqual({ from: 'antd' });
    expect(await storedSha256(oss.url, 'uploads/note.txt')).toBe(sha256('QUIET'));
  });

  test('a row whose file was replaced has its task while it waits', async ({ page, oss }) => {
    await page.route('**/sts', () => {});
    await page.locator('input[type=file]').setInputFiles(text('note.txt', 'quiet'));
    await expect(rowOf(page, 'note.txt')).toContainText('has a task');
    expect(await oss.control.objects()).toEqual([]);
  });

  test('an invalid key, and options that throw, are errors of their rows alone', async ({ page, complaints }) => {
    await page
      .locator('input[type=file]')
      .setInputFiles([text('refused.txt', 'a'), text('unnamed.txt', 'b'), text('good.txt', 'c'), text('refused.txt', 'd')]);
    await expect(rowOf(page, 'refused.txt').first()).toContainText('Refused by the page');
    await expect(rowOf(page, 'refused.txt').last()).toContainText('Refused by the page');
    await expect(rowOf(page, 'unnamed.txt')).toContainText('key must not begin with "/"');
    await expect(rowOf(page, 'good.txt')).toContainText('Stored as uploads/good.txt');
    expect(complaints).toEqual([]);
  });

  test('a retry after a failed callback does not send the file again, and fails again', async ({ page, widgetsUrl, makeFile, oss }) => {
    await page.goto(`${widgetsUrl}pages/antd/?callback`);
    await oss.control.setCallbackReply({ status: 500, body: 'no' });
    await choose(page, await makeFile(8 * MiB, 1));
    await expect(rowOf(page)).toContainText("Don't upload it again");
    await rowOf(page).getByRole('button', { name: 'Try again' }).click();
    await expect(page.getByRole('status', { name: 'Said' })).toHaveText('CallbackError');
    expect(count(await transcript(oss.url, 'uploads/random-1.bin'), 'CompleteMultipartUpload')).toBe(1);
  });

  test('a task that the page aborts leaves no row that seems to upload', async ({ page, makeFile, oss }) => {
    await oss.control.setLink({ bytesPerSecond: 4 * MiB });
    await choose(page, await makeFile(24 * MiB, 1));
    await expect.poll(() => oss.control.uploads()).toHaveLength(1);
    await rowOf(page).getByRole('button', { name: 'Abort by the page' }).click();
    await expect(rowOf(page)).toContainText('The upload was aborted');
    await expect.poll(() => oss.control.uploads()).toEqual([]);
  });

  test('an unmounted component aborts what it uploads, as the documentation says', async ({ page, makeFile, oss }) => {
    await oss.control.setLink({ bytesPerSecond: 4 * MiB });
    await choose(page, await makeFile(24 * MiB, 1));
    await expect.poll(() => oss.control.uploads()).toHaveLength(1);
    await page.getByRole('button', { name: 'Leave' }).click();
    await expect.poll(() => oss.control.uploads()).toEqual([]);
  });

  test('created at each render, it still knows the rows: removing a failed row aborts its upload', async ({
    page,
    widgetsUrl,
    makeFile,
    oss,
  }) => {
    await page.goto(`${widgetsUrl}pages/antd/?made-inside`);
    await oss.control.addFault({
      operation: 'UploadPart',
      partNumber: 3,
      times: null,
      fault: { kind: 'status', status: 403, code: 'AccessDenied' },
    });
    await choose(page, await makeFile(24 * MiB, 1));
    await expect(rowOf(page)).toContainText('AccessDenied');
    expect(await oss.control.uploads()).toHaveLength(1);
    await page.getByRole('button', { name: 'Render again' }).click();
    await expect(rowOf(page)).toContainText('has a task');
    await rowOf(page)
      .getByRole('button', { name: /^(Remove|delete)/ })
      .click();
    await expect(rowOf(page)).toHaveCount(0);
    await expect.poll(() => oss.control.uploads()).toEqual([]);
  });

  test('without a key, two files with one name become two objects', async ({ page, widgetsUrl, oss }) => {
    await page.goto(`${widgetsUrl}pages/antd/?default-keys`);
    const input = page.locator('input[type=file]');
    await input.setInputFiles(text('report.pdf', 'one'));
    await input.setInputFiles(text('report.pdf', 'another'));
    await expect(rowOf(page, 'report.pdf').first()).toContainText('Stored as report.pdf');
    await expect(rowOf(page, 'report.pdf').last()).toContainText('Stored as report (2).pdf');
    expect(await storedSha256(oss.url, 'report.pdf')).toBe(sha256('one'));
    expect(await storedSha256(oss.url, 'report (2).pdf')).toBe(sha256('another'));
  });

  test('with abortBehavior: "continue" a component that is hidden for a while still shows how its upload ends', async ({
    page,
    widgetsUrl,
    makeFile,
    oss,
  }) => {
    await page.goto(`${widgetsUrl}pages/antd/?abort-behavior=continue`);
    // The abort waits for one of the browser's connections until a part of the other file has arrived.
    await oss.control.setLink({ bytesPerSecond: 2 * MiB });
    await choose(page, await makeFile(24 * MiB, 1), await makeFile(8 * MiB, 2));
    await untilAcknowledged(oss.url, 'uploads/random-1.bin', 1);
    await page.getByRole('button', { name: 'Wait' }).click();
    await expect(page.getByRole('button', { name: 'Choose' })).toBeHidden();
    await expect.poll(async () => (await oss.control.objects()).length).toBeGreaterThan(0);
    await page.getByRole('button', { name: 'Stop waiting' }).click();
    for (const name of ['random-1.bin', 'random-2.bin']) await expect(rowOf(page, name)).toContainText(`Stored as uploads/${name}`);
  });

  test('with abortBehavior: "continue" an upload outlives its component, and a removed row is aborted by onRemove', async ({
    page,
    widgetsUrl,
    makeFile,
    oss,
  }) => {
    await page.goto(`${widgetsUrl}pages/antd/?abort-behavior=continue`);
    await oss.control.setLink({ bytesPerSecond: 2 * MiB });
    await choose(page, await makeFile(16 * MiB, 1), await makeFile(16 * MiB, 2));
    await untilAcknowledged(oss.url, 'uploads/random-1.bin', 1);
    await rowOf(page, 'random-2.bin')
      .getByRole('button', { name: /^Remove/ })
      .click();
    await expect.poll(async () => (await oss.control.uploads()).map(({ key }) => key)).toEqual(['uploads/random-1.bin']);
    await page.getByRole('button', { name: 'Leave' }).click();
    await oss.control.setLink({ bytesPerSecond: null });
    await expect.poll(async () => (await oss.control.objects()).map(({ key }) => key)).toEqual(['uploads/random-1.bin']);
  });

  test('with abortBehavior: "pause" an unmounted component keeps its upload, and the same file resumes it when the component is back', async ({
    page,
    widgetsUrl,
    makeFile,
    oss,
  }) => {
    await page.goto(`${widgetsUrl}pages/antd/?abort-behavior=pause`);
    await oss.control.setLink({ bytesPerSecond: 8 * MiB });
    const path = await makeFile(24 * MiB, 1);
    const key = `uploads/${basename(path)}`;
    await choose(page, path);
    await untilAcknowledged(oss.url, key, 2);
    const before = await transcript(oss.url, key);
    await page.getByRole('button', { name: 'Leave' }).click();
    await expect(page.getByRole('button', { name: 'Choose' })).toHaveCount(0);
    expect(await oss.control.uploads()).toHaveLength(1);
    await page.getByRole('button', { name: 'Come back' }).click();
    await choose(page, path);
    await expect(rowOf(page)).toContainText(`Stored as ${key}`);
    const log = await transcript(oss.url, key);
    expect(count(log, 'InitiateMultipartUpload')).toBe(1);
    expect(acknowledgedTwice({ before, after: log })).toEqual([]);
    expect(await oss.control.uploads()).toEqual([]);
  });
});
