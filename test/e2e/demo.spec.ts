/** The demo page as `npm run demo` serves it, in its own process. */
import { type ChildProcess, spawn } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Locator, Page } from '@playwright/test';
import { createControl, type RemoteControl } from '../helpers/oss-control.js';
import { fileSha256 } from '../helpers/read-back.js';
import { MiB } from '../helpers/sizes.js';
import { acknowledged } from '../helpers/transcript.js';
import { expect, test as base } from './fixtures.js';

const START = fileURLToPath(new URL('../../demo/start.mjs', import.meta.url));

interface Demo {
  url: string;
  control: RemoteControl;
  /** Errors on the page's console. */
  complaints: string[];
}

const test = base.extend<{ demo: Demo }, { demoUrl: string }>({
  demoUrl: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixtures wanted from the pattern.
    async ({}, use) => {
      const data = await mkdtemp(join(tmpdir(), 'oss-resumable-demo-'));
      const { child, url } = await startDemo(data);
      await use(url);
      child.kill('SIGTERM');
      await new Promise((resolve) => child.once('exit', resolve));
      await rm(data, { recursive: true, force: true });
    },
    { scope: 'worker', timeout: 60_000 },
  ],

  demo: async ({ page, demoUrl }, use) => {
    const config = (await (await fetch(new URL('/config.json', demoUrl))).json()) as { controlUrl: string };
    const control = createControl(config.controlUrl);
    await control.reset({ data: true });
    const complaints: string[] = [];
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('dialog', (dialog) => void dialog.accept());
    await page.goto(demoUrl);
    await expect(page.getByRole('heading', { name: 'Make it hard' })).toBeVisible();
    await use({ url: demoUrl, control, complaints });
  },
});

async function startDemo(data: string): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, [START, '--port', '0', '--oss-port', '0', '--data', data], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await new Promise<string>((resolve, reject) => {
    let printed = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
      const address = /Open (http:\S+)/.exec(printed)?.[1];
      if (address) resolve(address);
    });
    child.once('exit', () => reject(new Error(`The demo ended before it printed its address:\n${printed}`)));
  });
  return { child, url };
}

/** Answers the file chooser that a button opens. */
async function choose(page: Page, button: Locator, files: string | string[]): Promise<void> {
  if (page.context().browser()?.browserType().name() === 'chromium') {
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), button.click()]);
    await chooser.setFiles(files);
    return;
  }
  // In Firefox the chooser stays open unnoticed by the driver, and an input opens no second one: prevent it from opening.
  await page.evaluate(() => {
    HTMLInputElement.prototype.click = function () {
      Object.assign(window, { asking: this });
    };
  });
  await button.click();
  const asking = await page.evaluateHandle(() => (window as unknown as { asking: HTMLInputElement }).asking);
  await asking.setInputFiles(files);
}

const chooseFiles = (page: Page, files: string | string[]): Promise<void> =>
  choose(page, page.getByRole('button', { name: 'Choose files' }), files);
const row = (page: Page, name: string): Locator => page.locator('#rows').getByRole('listitem').filter({ hasText: name });
const leftOver = (page: Page, name: string): Locator => page.locator('#unfinished').getByRole('listitem').filter({ hasText: name });

async function waitForParts(page: Page, name: string, count: number): Promise<void> {
  await expect
    .poll(async () => Number(/\d+/.exec(await row(page, name).locator('.fact-parts dd').innerText())?.[0]), { intervals: [50] })
    .toBeGreaterThanOrEqual(count);
}

/** Numbers of the parts that were stored since the log was cleared. */
const storedParts = async (control: RemoteControl): Promise<number[]> => acknowledged(await control.log());

test('uploads a file, shows that it is verified, and links to the same bytes', async ({ page, demo, makeFile }) => {
  const file = await makeFile(64 * MiB, 1, { name: 'film & 会议.bin' });
  await chooseFiles(page, file);
  const film = row(page, 'film & 会议.bin');
  await expect(film).toContainText('Verified: CRC-64', { timeout: 60_000 });
  await expect(film.getByRole('progressbar')).toHaveAttribute('aria-valuenow', '100');
  const [object] = await demo.control.objects();
  expect(object).toMatchObject({ key: 'uploads/film & 会议.bin', size: 64 * MiB });
  await expect(film).toContainText(object!.crc64);

  const [download] = await Promise.all([page.waitForEvent('download'), film.getByRole('link', { name: 'Download' }).click()]);
  expect(download.suggestedFilename()).toBe('film & 会议.bin');
  expect(await fileSha256(await download.path())).toBe(await fileSha256(file));
  expect(download.url()).not.toContain('security-token');
  expect(demo.complaints).toEqual([]);
});

test('uploads files dropped on the page', async ({ page, demo }) => {
  const transfer = await page.evaluateHandle(() => {
    const dropped = new DataTransfer();
    dropped.items.add(new File(['one'], 'one.txt', { type: 'text/plain' }));
    dropped.items.add(new File([], 'empty.txt'));
    return dropped;
  });
  await page.locator('#drop').dispatchEvent('drop', { dataTransfer: transfer });
  await expect(row(page, 'one.txt')).toContainText('Verified');
  await expect(row(page, 'empty.txt')).toContainText('Done');
  const keys = (await demo.control.objects()).map(({ key }) => key);
  expect(keys.sort()).toEqual(['uploads/empty.txt', 'uploads/one.txt']);
  expect(demo.complaints).toEqual([]);
});

// Firefox's driver can put files into an input, but no folder.
test('uploads a folder, each file under its path', { tag: '@chromium' }, async ({ page, demo, makeFile, makeFolder }) => {
  const folder = await makeFolder();
  await mkdir(`${folder}/album/day 1`, { recursive: true });
  const file = await makeFile(200_000, 3);
  await copyFile(file, `${folder}/album/cover.bin`);
  await copyFile(file, `${folder}/album/day 1/beach.bin`);
  await choose(page, page.getByRole('button', { name: 'Choose a folder' }), `${folder}/album`);
  await expect(page.locator('#summary')).toContainText('2 of 2 files');
  const keys = (await demo.control.objects()).map(({ key }) => key);
  expect(keys.sort()).toEqual(['uploads/album/cover.bin', 'uploads/album/day 1/beach.bin']);
});

test('shows the unfinished upload after a reload; selecting the file again finishes it', async ({ page, demo, makeFile }) => {
  const [file, other] = [await makeFile(64 * MiB, 2, { name: 'film.bin' }), await makeFile(MiB, 3, { name: 'other.bin' })];
  await demo.control.setLink({ bytesPerSecond: 8 * MiB });
  await chooseFiles(page, file);
  await waitForParts(page, 'film.bin', 4);
  const before = await storedParts(demo.control);
  await page.reload();

  await expect(leftOver(page, 'film.bin')).toContainText('of 64 MiB stored');
  await demo.control.clearLog();
  await demo.control.setLink({ bytesPerSecond: null });
  const again = leftOver(page, 'film.bin').getByRole('button', { name: 'Select this file again' });
  await choose(page, again, other);
  await expect(leftOver(page, 'film.bin').getByRole('alert')).toContainText('different file');
  await choose(page, again, file);
  await expect(row(page, 'film.bin')).toContainText('Verified: CRC-64', { timeout: 60_000 });
  await expect(page.locator('#unfinished')).toBeHidden();
  const after = await storedParts(demo.control);
  expect(after.filter((part) => before.includes(part))).toEqual([]);
  expect(await demo.control.uploads()).toEqual([]);
  expect(demo.complaints.filter((text) => !text.includes('net::'))).toEqual([]);
});

test('resumes when the file is chosen anew instead', async ({ page, demo, makeFile }) => {
  const file = await makeFile(64 * MiB, 4, { name: 'film.bin' });
  await demo.control.setLink({ bytesPerSecond: 8 * MiB });
  await chooseFiles(page, file);
  await waitForParts(page, 'film.bin', 2);
  await page.reload();
  await expect(leftOver(page, 'film.bin')).toBeVisible();
  await demo.control.setLink({ bytesPerSecond: null });
  await chooseFiles(page, file);
  await expect(row(page, 'film.bin')).toContainText('Verified: CRC-64', { timeout: 60_000 });
  await expect(page.locator('#unfinished')).toBeHidden();
  expect((await demo.control.log()).filter(({ operation }) => operation === 'InitiateMultipartUpload')).toHaveLength(1);
});

// Only Chromium provides handles of dropped files.
test('resumes with one click where the browser has stored a handle of the dropped file', { tag: '@chromium' }, async ({
  page,
  demo,
  makeFile,
}) => {
  const files = [await makeFile(64 * MiB, 16, { name: 'film.bin' })];
  await demo.control.setLink({ bytesPerSecond: 8 * MiB });
  const session = await page.context().newCDPSession(page);
  const { x, y, width, height } = (await page.locator('#drop').boundingBox())!;
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await session.send('Input.dispatchDragEvent', {
      type,
      x: x + width / 2,
      y: y + height / 2,
      data: { items: [], files, dragOperationsMask: 1 },
    });
  }
  await waitForParts(page, 'film.bin', 2);
  await page.reload();
  await demo.control.setLink({ bytesPerSecond: null });
  await leftOver(page, 'film.bin').getByRole('button', { name: 'Resume' }).click();
  await expect(row(page, 'film.bin')).toContainText('Resumed:');
  await expect(row(page, 'film.bin')).toContainText('Verified: CRC-64', { timeout: 60_000 });
});

test('shows in a second tab that the first one is uploading the file', async ({ page, demo, makeFile }) => {
  const file = await makeFile(64 * MiB, 17, { name: 'film.bin' });
  await demo.control.setLink({ bytesPerSecond: 8 * MiB });
  await chooseFiles(page, file);
  await waitForParts(page, 'film.bin', 1);
  // Slow enough for the second tab to come in time.
  await demo.control.setLink({ bytesPerSecond: MiB });
  const second = await page.context().newPage();
  await second.goto(demo.url);
  await leftOver(second, 'film.bin').getByRole('button', { name: 'Discard' }).click();
  await expect(leftOver(second, 'film.bin').getByRole('alert')).toContainText('Another tab');
  await chooseFiles(second, file);
  await expect(row(second, 'film.bin')).toContainText('Uploading in another tab');
  await demo.control.setLink({ bytesPerSecond: null });
  for (const tab of [page, second]) await expect(row(tab, 'film.bin')).toContainText('Verified: CRC-64', { timeout: 60_000 });
  expect((await demo.control.log()).filter(({ operation }) => operation === 'CompleteMultipartUpload')).toHaveLength(1);
});

test('discards an unfinished upload, on the server too', async ({ page, demo, makeFile }) => {
  await demo.control.setLink({ bytesPerSecond: 8 * MiB });
  await chooseFiles(page, await makeFile(64 * MiB, 5, { name: 'film.bin' }));
  await waitForParts(page, 'film.bin', 1);
  await page.reload();
  await leftOver(page, 'film.bin').getByRole('button', { name: 'Discard' }).click();
  await expect(page.locator('#unfinished')).toBeHidden();
  expect(await demo.control.uploads()).toEqual([]);
  await page.reload();
  await expect(page.getByRole('heading', { name: 'Make it hard' })).toBeVisible();
  await expect(page.locator('#unfinished')).toBeHidden();
});

test('pauses, resumes and cancels', async ({ page, demo, makeFile }) => {
  await demo.control.setLink({ bytesPerSecond: 8 * MiB });
  await chooseFiles(page, [await makeFile(64 * MiB, 6, { name: 'film.bin' }), await makeFile(64 * MiB, 7, { name: 'song.bin' })]);
  await waitForParts(page, 'film.bin', 1);
  await row(page, 'film.bin').getByRole('button', { name: 'Pause' }).click();
  await expect(row(page, 'film.bin')).toContainText('Paused');
  // The pause button becomes the resume button and keeps the focus, for keyboard users.
  await expect(row(page, 'film.bin').getByRole('button', { name: 'Resume' })).toBeFocused();
  await row(page, 'song.bin').getByRole('button', { name: 'Cancel' }).click();
  await expect(row(page, 'song.bin')).toContainText('Cancelled');
  await demo.control.setLink({ bytesPerSecond: null });
  await page.getByRole('button', { name: 'Resume all' }).click();
  await expect(row(page, 'film.bin')).toContainText('Verified: CRC-64', { timeout: 60_000 });
  await expect.poll(async () => (await demo.control.uploads()).length).toBe(0);
  await page.getByRole('button', { name: 'Clear finished' }).click();
  await expect(page.locator('#rows').getByRole('listitem')).toHaveCount(0);
});

test('survives the faults of the network panel', async ({ page, demo, makeFile }) => {
  await page.getByLabel('Part size').selectOption('1 MiB');
  await page.getByLabel('Bandwidth').selectOption({ index: 1 });
  await page.getByLabel('Flaky').check();
  await chooseFiles(page, await makeFile(64 * MiB, 8, { name: 'film.bin' }));
  await waitForParts(page, 'film.bin', 8);
  await page.getByRole('button', { name: 'Expire the tokens' }).click();
  await expect(page.getByText('All tokens have expired.')).toBeVisible();
  await page.getByRole('button', { name: 'Damage a part' }).click();
  await page.getByLabel('Offline').check();
  await expect(row(page, 'film.bin')).toContainText('Network problem');
  await page.getByLabel('Offline').uncheck();
  await expect(row(page, 'film.bin')).toContainText('Verified: CRC-64', { timeout: 60_000 });

  const log = await demo.control.log();
  expect(log.filter(({ operation }) => operation === 'AssumeRole').length).toBeGreaterThanOrEqual(2);
  expect(log.some(({ fault }) => fault === 'corrupt')).toBe(true);
  await expect(page.locator('.wire tbody tr').first()).toContainText('Complete');
  await page.getByRole('button', { name: 'Back to normal' }).click();
  await expect(page.getByLabel('Flaky')).not.toBeChecked();
  expect(await demo.control.faults()).toEqual([]);
});

test('shows why an upload failed, and retries', async ({ page, demo, makeFile }) => {
  await demo.control.addFault({ operation: 'UploadPart', times: null, fault: { kind: 'status', status: 403, code: 'AccessDenied' } });
  await chooseFiles(page, await makeFile(8 * MiB, 9, { name: 'film.bin' }));
  await expect(row(page, 'film.bin')).toContainText('Failed');
  await expect(row(page, 'film.bin')).toContainText('AccessDenied');
  await expect(page.locator('#announcements')).toContainText('film.bin: upload failed');
  await demo.control.removeFault();
  await row(page, 'film.bin').getByRole('button', { name: 'Try again' }).click();
  await expect(row(page, 'film.bin')).toContainText('Verified: CRC-64');
});

test('speaks both languages, and remembers the choice', async ({ page, demo, makeFile }) => {
  await chooseFiles(page, await makeFile(2 * MiB, 10, { name: 'film.bin' }));
  await expect(row(page, 'film.bin')).toContainText('Verified');
  await page.getByLabel('Language').selectOption('zh-CN');
  await expect(page.locator('html')).toHaveAttribute('lang', 'zh-CN');
  await expect(row(page, 'film.bin')).toContainText('校验通过');
  await expect(page.getByRole('button', { name: '选择文件', exact: true })).toBeVisible();
  await expect(page.getByRole('heading', { name: '模拟故障' })).toBeVisible();
  // Remaining English words are names, not sentences.
  const rest = (await page.locator('body').innerText()).match(/[A-Za-z]+ [A-Za-z]+ [A-Za-z]+/g);
  expect(rest).toBeNull();
  await page.reload();
  await expect(page.getByRole('button', { name: '选择文件', exact: true })).toBeVisible();
  expect(demo.complaints).toEqual([]);
});

test('applies settings to the files that follow, and remembers them', async ({ page, demo, makeFile }) => {
  await page.getByLabel('Part size').selectOption('256 KiB');
  await page.getByLabel('Content-MD5').check();
  await page.reload();
  await expect(page.getByLabel('Content-MD5')).toBeChecked();
  await chooseFiles(page, await makeFile(MiB, 11, { name: 'film.bin' }));
  await expect(row(page, 'film.bin')).toContainText('Verified');
  const parts = (await demo.control.log()).filter(({ operation }) => operation === 'UploadPart');
  expect(parts).toHaveLength(4);
  expect(parts.every(({ headers }) => 'content-md5' in headers)).toBe(true);
  await page.getByLabel('Compare CRC-64').uncheck();
  await chooseFiles(page, await makeFile(MiB, 12, { name: 'song.bin' }));
  await expect(row(page, 'song.bin')).toContainText('Not verified');
});

test('can be used by keyboard and screen reader', async ({ page, demo, makeFile }) => {
  await demo.control.setLink({ bytesPerSecond: 4 * MiB });
  await chooseFiles(page, [await makeFile(32 * MiB, 13, { name: 'film.bin' }), await makeFile(100, 14, { name: 'note.txt' })]);
  await expect(row(page, 'note.txt')).toContainText('Verified');
  await expect(row(page, 'film.bin').getByRole('progressbar')).toHaveAttribute('aria-valuetext', /\d+%, Uploading/);
  await expect(page.locator('#announcements')).toContainText('2 uploads added');
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
  // From the top, Tab reaches all controls in visual order.
  const reached: string[] = [];
  await page.locator('#language').focus();
  for (let i = 0; i < 10; i++) {
    await page.keyboard.press('Tab');
    reached.push(
      await page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? ''),
    );
  }
  expect(reached.slice(1, 8)).toEqual([
    'Choose files',
    'Choose a folder',
    'Pause all',
    'Resume all',
    'Clear finished',
    'Pause: film.bin',
    'Cancel: film.bin',
  ]);
});

for (const width of [360, 768, 1440]) {
  test(`fits ${width} pixels, and nothing moves while an upload runs`, async ({ page, demo, makeFile }) => {
    await page.setViewportSize({ width, height: 900 });
    await demo.control.setLink({ bytesPerSecond: 8 * MiB });
    await chooseFiles(page, await makeFile(64 * MiB, 15, { name: `${'a long name '.repeat(12)}.bin` }));
    await waitForParts(page, 'a long name', 1);
    await page.evaluate(() => {
      const shifts: string[] = [];
      Object.assign(window, { shifts });
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries() as (PerformanceEntry & { value: number; sources: { node: Node | null }[] })[]) {
          const sources = entry.sources.map(({ node }) => (node as Element | null)?.className ?? String(node));
          // The log grows until it is full; only content below it moves.
          shifts.push(`${entry.value.toFixed(4)} ${sources.join(' ')}`);
        }
      }).observe({ type: 'layout-shift' });
    });
    await waitForParts(page, 'a long name', 6);
    const shifts = await page.evaluate(() => (window as unknown as { shifts: string[] }).shifts);
    expect(shifts.filter((shift) => /row|fact|bar|status|summary/.test(shift))).toEqual([]);
    // Firefox's scroll bar takes some of the width.
    const [needed, there] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
    expect(needed).toBe(there);
  });
}
