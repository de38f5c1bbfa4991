/** The demo's first page: `<oss-upload>`, the network panel, the wire log and the settings. The guide has its own file. */
import { copyFile, mkdir } from 'node:fs/promises';
import { fileSha256 } from '../helpers/read-back.js';
import { MiB } from '../helpers/sizes.js';
import {
  chooseFiles,
  expect,
  row,
  storedObject,
  storedParts,
  test,
  upload,
  waitForParts,
  waitForStatus,
  waitUntilVerified,
} from './demo.js';

test('uploads a file, shows its CRC-64, and links to the same bytes', async ({ page, demo, makeFile }) => {
  const file = await makeFile(64 * MiB, 1, { name: 'film & 会议.bin' });
  await chooseFiles(page, file);
  await waitUntilVerified(page, 'film & 会议.bin');
  const [object] = await demo.control.objects();
  expect(object).toMatchObject({ key: 'uploads/film & 会议.bin', size: 64 * MiB });
  await expect(storedObject(page, 'film')).toContainText(object!.crc64);

  const link = storedObject(page, 'film').getByRole('link', { name: 'Download' });
  const [download] = await Promise.all([page.waitForEvent('download'), link.click()]);
  expect(download.suggestedFilename()).toBe('film & 会议.bin');
  expect(await fileSha256(await download.path())).toBe(await fileSha256(file));
  expect(download.url()).not.toContain('security-token');
  expect(demo.complaints).toEqual([]);
});

test('uploads files dropped anywhere in the window, once', async ({ page, demo }) => {
  for (const target of ['oss-upload', '#settings']) {
    const transfer = await page.evaluateHandle((name) => {
      const dropped = new DataTransfer();
      dropped.items.add(new File(['one'], `${name}.txt`, { type: 'text/plain' }));
      dropped.items.add(new File([], `${name} empty.txt`));
      return dropped;
    }, target);
    await page.locator(target).dispatchEvent('dragover', { dataTransfer: transfer });
    await page.locator(target).dispatchEvent('drop', { dataTransfer: transfer });
    await waitUntilVerified(page, `${target}.txt`);
  }
  await expect.poll(async () => (await demo.control.objects()).length).toBe(4);
  expect((await demo.control.log()).filter(({ operation }) => operation === 'PostObject')).toHaveLength(4);
  expect(demo.complaints).toEqual([]);
});

// Firefox's driver can put files into an input, but no folder.
test('uploads a folder, each file under its path', { tag: '@chromium' }, async ({ page, demo, makeFile, makeFolder }) => {
  const folder = await makeFolder();
  await mkdir(`${folder}/album/day 1`, { recursive: true });
  const file = await makeFile(200_000, 3);
  await copyFile(file, `${folder}/album/cover.bin`);
  await copyFile(file, `${folder}/album/day 1/beach.bin`);
  const button = upload(page).getByRole('button', { name: 'Choose a folder' });
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), button.click()]);
  await chooser.setFiles(`${folder}/album`);
  await waitUntilVerified(page, 'beach.bin');
  await waitUntilVerified(page, 'cover.bin');
  const keys = (await demo.control.objects()).map(({ key }) => key);
  expect(keys.sort()).toEqual(['uploads/album/cover.bin', 'uploads/album/day 1/beach.bin']);
});

test('lists the unfinished upload after a reload; the file, selected again, sends no stored part twice', async ({
  page,
  demo,
  makeFile,
}) => {
  const file = await makeFile(64 * MiB, 2, { name: 'film.bin' });
  await demo.control.setLink({ bytesPerSecond: 8 * MiB });
  await chooseFiles(page, file);
  await waitForParts(demo.control, 4);
  const before = await storedParts(demo.control);
  await page.reload();

  await expect(row(page, 'film.bin').getByRole('button', { name: 'Discard' })).toBeVisible();
  await demo.control.clearLog();
  await demo.control.setLink({ bytesPerSecond: null });
  await chooseFiles(page, file);
  await waitUntilVerified(page, 'film.bin');
  const after = await storedParts(demo.control);
  expect(after.filter((part) => before.includes(part))).toEqual([]);
  expect(await demo.control.uploads()).toEqual([]);
  expect(demo.complaints.filter((text) => !/net::|Cross-Origin/.test(text))).toEqual([]);
});

test('logs each try with its time, also those that never arrived, and what came before a reload', async ({ page, demo, makeFile }) => {
  await page.getByLabel('Part size').selectOption('1 MiB');
  await page.route(/partNumber=2/, (route) => (route.request().method() === 'PUT' ? route.abort() : route.fallback()), { times: 1 });
  await demo.control.addFault({
    operation: 'UploadPart',
    partNumber: 1,
    fault: { kind: 'status', status: 503, code: 'ServiceUnavailable' },
  });
  await chooseFiles(page, await makeFile(4 * MiB, 9, { name: 'film.bin' }));
  await waitUntilVerified(page, 'film.bin');

  const lines = page.locator('.wire tbody tr');
  const parts = lines.filter({ hasText: 'UploadPart' });
  await expect(parts.filter({ hasText: '503' })).toHaveAttribute(
    'title',
    /^uploads\/film\.bin · ServiceUnavailable · status · .*first byte after [\d,]+ ms · [0-9A-F]{24}$/,
  );
  await expect(parts.filter({ hasText: 'none' })).toHaveAttribute('title', /NetworkError/);
  await expect(parts.filter({ hasText: 'try 2' })).toHaveCount(2);
  await expect(parts.filter({ hasText: / m?s$/ })).toHaveCount(6);

  await page.reload();
  await expect(lines.first()).toContainText('Complete');
  await expect(parts.filter({ hasText: '503' })).toHaveCount(1);
  await expect(parts.filter({ hasText: 'none' })).toHaveCount(0);
});

test('survives the faults of the network panel, and logs what is sent', async ({ page, demo, makeFile }) => {
  await page.getByLabel('Part size').selectOption('1 MiB');
  await page.getByLabel('Bandwidth').selectOption({ index: 1 });
  await page.getByLabel('Flaky').check();
  await chooseFiles(page, await makeFile(64 * MiB, 8, { name: 'film.bin' }));
  await waitForParts(demo.control, 8);
  await page.getByRole('button', { name: 'Expire the tokens' }).click();
  await expect(page.getByText('All tokens have expired.')).toBeVisible();
  await page.getByRole('button', { name: 'Damage a part' }).click();
  await page.getByLabel('Offline').check();
  await waitForStatus(page, 'film.bin', 'waiting');
  await page.getByLabel('Offline').uncheck();
  await waitUntilVerified(page, 'film.bin');

  const log = await demo.control.log();
  expect(log.filter(({ operation }) => operation === 'AssumeRole').length).toBeGreaterThanOrEqual(2);
  expect(log.some(({ fault }) => fault === 'corrupt')).toBe(true);
  await expect(page.locator('.wire tbody tr').first()).toContainText('Complete');
  await page.getByRole('button', { name: 'Back to normal' }).click();
  await expect(page.getByLabel('Flaky')).not.toBeChecked();
  expect(await demo.control.faults()).toEqual([]);
});

test('a switch stays as the user has set it, however late the answer to an earlier action comes', async ({ page, demo }) => {
  const answers: (() => Promise<void>)[] = [];
  await page.route('**/_control/link', async (route) => {
    if (route.request().method() !== 'GET') return route.continue();
    const response = await route.fetch();
    answers.push(() => route.fulfill({ response }));
  });
  await page.getByRole('button', { name: 'Expire the tokens' }).click();
  await expect.poll(() => answers.length).toBe(1);
  await page.getByLabel('Offline').check();
  await expect.poll(async () => (await demo.control.link()).offline).toBe(true);
  await expect.poll(() => answers.length).toBe(2);
  const [earlier, later] = answers;
  await Promise.all([page.waitForResponse('**/_control/link'), earlier!()]);
  await page.waitForTimeout(200);
  expect(await page.getByLabel('Offline').isChecked()).toBe(true);
  await later!();
  await expect(page.getByLabel('Offline')).toBeChecked();
});

test('applies settings to the files that follow, and remembers them', async ({ page, demo, makeFile }) => {
  await page.getByLabel('Part size').selectOption('256 KiB');
  await page.getByLabel('Content-MD5').check();
  await page.reload();
  await expect(page.getByLabel('Content-MD5')).toBeChecked();
  await chooseFiles(page, await makeFile(MiB, 11, { name: 'film.bin' }));
  await waitUntilVerified(page, 'film.bin');
  const parts = (await demo.control.log()).filter(({ operation }) => operation === 'UploadPart');
  expect(parts).toHaveLength(4);
  expect(parts.every(({ headers }) => 'content-md5' in headers)).toBe(true);
  await page.getByLabel('Compare CRC-64').uncheck();
  await chooseFiles(page, await makeFile(MiB, 12, { name: 'song.bin' }));
  await expect(storedObject(page, 'song.bin')).toBeVisible();
  await expect(storedObject(page, 'song.bin')).not.toContainText('✓');
});

test('a change of the settings leaves the uploads in progress alone', async ({ page, demo, makeFile }) => {
  await page.getByLabel('Part size').selectOption('1 MiB');
  await demo.control.setLink({ bytesPerSecond: 4 * MiB });
  await chooseFiles(page, await makeFile(16 * MiB, 13, { name: 'film.bin' }));
  await waitForParts(demo.control, 3);
  await page.getByLabel('Part size').selectOption('4 MiB');
  await chooseFiles(page, await makeFile(16 * MiB, 14, { name: 'song.bin' }));
  await row(page, 'film.bin').getByRole('button', { name: 'Pause' }).click();
  await row(page, 'film.bin').getByRole('button', { name: 'Resume' }).click();
  await demo.control.setLink({ bytesPerSecond: null });
  for (const name of ['film.bin', 'song.bin']) await waitUntilVerified(page, name);
  const partsOf = async (name: string): Promise<number[]> =>
    (await demo.control.log(`uploads/${name}`)).filter(({ status }) => status === 200).map(({ partNumber = 0 }) => partNumber);
  expect(Math.max(...(await partsOf('film.bin')))).toBe(16);
  expect(Math.max(...(await partsOf('song.bin')))).toBe(4);
});

test('speaks both languages, has three themes, and remembers both choices', async ({ page, demo, makeFile }) => {
  await chooseFiles(page, await makeFile(2 * MiB, 10, { name: 'film.bin' }));
  await waitUntilVerified(page, 'film.bin');
  const surface = () => upload(page).evaluate((element) => getComputedStyle(element.shadowRoot!.querySelector('button')!).color);
  await page.getByLabel('Theme').selectOption('Dark');
  const dark = await surface();
  await page.getByLabel('Theme').selectOption('Light');
  expect(await surface()).not.toBe(dark);
  await page.getByLabel('Language').selectOption('zh-CN');
  await expect(page.locator('html')).toHaveAttribute('lang', 'zh-CN');
  await expect(page.getByRole('button', { name: '选择文件', exact: true })).toBeVisible();
  await expect(page.getByRole('heading', { name: '模拟故障' })).toBeVisible();
  await expect(storedObject(page, 'film.bin').getByRole('link', { name: '下载' })).toBeVisible();
  // Remaining English words are names, not sentences.
  const rest = (await page.locator('body').innerText()).match(/[A-Za-z]+ [A-Za-z]+ [A-Za-z]+/g);
  expect(rest).toBeNull();
  await page.reload();
  await expect(page.getByRole('button', { name: '选择文件', exact: true })).toBeVisible();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'light');
  expect(demo.complaints).toEqual([]);
});

test('the title shows the progress to who is in another tab', async ({ page, demo, makeFile }) => {
  await demo.control.setLink({ bytesPerSecond: 4 * MiB });
  await chooseFiles(page, await makeFile(16 * MiB, 13, { name: 'film.bin' }));
  await expect(page).toHaveTitle(/^\d+% · oss-resumable$/);
  await demo.control.setLink({ bytesPerSecond: null });
  await waitUntilVerified(page, 'film.bin');
  await expect(page).toHaveTitle('oss-resumable');
});

test('all controls have names, and IDs are unique', async ({ page, demo, makeFile }) => {
  await chooseFiles(page, await makeFile(100, 14, { name: 'note.txt' }));
  await waitUntilVerified(page, 'note.txt');
  const nameless = await page.evaluate(() => {
    const controls = document.querySelectorAll<HTMLElement>('button, a, select, input, [role=progressbar]');
    return [...controls]
      .filter((control) => control.checkVisibility())
      .filter(
        (control) => !(control.getAttribute('aria-label') || control.textContent?.trim() || (control as HTMLInputElement).labels?.length),
      )
      .map(({ outerHTML }) => outerHTML);
  });
  expect(nameless).toEqual([]);
  const ids = await page.evaluate(() => [...document.querySelectorAll('[id]')].map(({ id }) => id));
  expect(ids).toHaveLength(new Set(ids).size);
  await expect(page.getByRole('heading', { level: 1 })).toHaveCount(1);
  expect(demo.complaints).toEqual([]);
});
