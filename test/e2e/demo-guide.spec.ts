/** The guide of the demo's first page: what ticks each of its steps, and what it says. */
import type { Locator, Page } from '@playwright/test';
import { MiB } from '../helpers/sizes.js';
import { chooseFiles, expect, storedParts, test, upload, waitForParts, waitForStatus, waitUntilVerified } from './demo.js';

test.use({ guided: true });

const SLOW = 5 * MiB;
const guide = (page: Page): Locator => page.locator('#guide');
const step = (page: Page, number: number): Locator =>
  guide(page)
    .getByRole('listitem')
    .nth(number - 1);

/** Which steps are done, in order. */
async function expectSteps(page: Page, ...states: string[]): Promise<void> {
  for (const [index, state] of states.entries()) await expect(step(page, index + 1)).toHaveAttribute('data-state', state);
}

/** MiB of the sentence about what was not sent again. */
async function kept(page: Page): Promise<number> {
  return Number(/^([\d.]+)\sMiB/.exec(await step(page, 3).getByRole('status').innerText())?.[1]);
}

test('a cut network ticks the second step, and its return the third, with the bytes that were not sent again', async ({
  page,
  demo,
  makeFile,
}) => {
  await expectSteps(page, 'next', 'later', 'later');
  await page.getByLabel('Part size').selectOption('1 MiB');
  await chooseFiles(page, await makeFile(32 * MiB, 1, { name: 'film.bin' }));
  await expectSteps(page, 'done', 'next', 'later');
  await expect(step(page, 1)).toContainText('“film.bin”, 32 MiB');
  await expect.poll(async () => (await demo.control.link()).bytesPerSecond).toBe(SLOW);

  await waitForParts(demo.control, 3);
  await guide(page).getByRole('button', { name: 'Cut the network' }).click();
  await expectSteps(page, 'done', 'done', 'next');
  await expect(page.getByLabel('Offline')).toBeChecked();
  await expect(guide(page).getByRole('button', { name: 'Connect the network' })).toBeFocused();
  // It stays cut for a while: attempts that fail are no resumption.
  await waitForStatus(page, 'film.bin', 'waiting');
  await expectSteps(page, 'done', 'done', 'next');
  await demo.control.clearLog();

  await guide(page).getByRole('button', { name: 'Connect the network' }).click();
  await expectSteps(page, 'done', 'done', 'done');
  await waitUntilVerified(page, 'film.bin');
  await expect(step(page, 3)).toContainText('were not sent again. OSS’s CRC-64 equals your file’s.');
  expect((await kept(page)) + (await storedParts(demo.control)).length).toBe(32);
  // The line is as it was.
  await expect.poll(async () => (await demo.control.link()).bytesPerSecond).toBe(null);
});

test('a reload ticks the second step, and the file selected again the third', async ({ page, demo, makeFile }) => {
  await page.getByLabel('Part size').selectOption('1 MiB');
  const film = await makeFile(32 * MiB, 2, { name: 'film.bin' });
  await chooseFiles(page, film);
  await waitForParts(demo.control, 3);
  await guide(page).getByRole('button', { name: 'Reload the page' }).click();
  await expectSteps(page, 'done', 'done', 'next');
  await expect(step(page, 3)).toContainText('Drop or select “film.bin” again.');
  await demo.control.clearLog();
  await chooseFiles(page, film);
  await expectSteps(page, 'done', 'done', 'done');
  await waitUntilVerified(page, 'film.bin');
  expect((await kept(page)) + (await storedParts(demo.control)).length).toBe(32);

  await guide(page).getByRole('button', { name: 'Start over' }).click();
  await expectSteps(page, 'next', 'later', 'later');
});

test('the made-up file is the same after a reload', async ({ page, demo }) => {
  await guide(page).getByRole('button', { name: 'Upload a made-up file of 128 MiB' }).click();
  await waitForParts(demo.control, 3);
  await guide(page).getByRole('button', { name: 'Reload the page' }).click();
  await expectSteps(page, 'done', 'done', 'next');
  await demo.control.setLink({ bytesPerSecond: null });
  await guide(page).getByRole('button', { name: 'Make the same file again' }).click();
  await waitUntilVerified(page, 'made-up.bin');
  await expectSteps(page, 'done', 'done', 'done');
  expect((await demo.control.log()).filter(({ operation }) => operation === 'InitiateMultipartUpload')).toHaveLength(1);
});

// Firefox's driver doesn't report the download of a blob.
test('a made-up file can be saved to the disk', { tag: '@chromium' }, async ({ page, demo }) => {
  const button = guide(page).getByRole('button', { name: 'Save one to the disk' });
  const [download] = await Promise.all([page.waitForEvent('download'), button.click()]);
  expect(download.suggestedFilename()).toBe('made-up.bin');
  expect(demo.complaints).toEqual([]);
});

test('small files tick nothing, and an upload that ended too soon doesn’t count', async ({ page, demo, makeFile }) => {
  await guide(page).getByLabel('Slow the line').uncheck();
  await chooseFiles(page, await makeFile(MiB, 3, { name: 'small.bin' }));
  await waitUntilVerified(page, 'small.bin');
  await expectSteps(page, 'next', 'later', 'later');
  await chooseFiles(page, await makeFile(32 * MiB, 4, { name: 'film.bin' }));
  await waitUntilVerified(page, 'film.bin');
  await expect(step(page, 1)).toContainText('That upload ended before it was interrupted.');
  await expectSteps(page, 'next', 'later', 'later');
  expect((await demo.control.link()).bytesPerSecond).toBe(null);
});

test('hidden, it stays hidden and slows nothing down; a button in the head brings it back', async ({ page, demo, makeFile }) => {
  await guide(page).getByRole('button', { name: 'Hide the guide' }).click();
  await expect(guide(page)).toBeHidden();
  await page.reload();
  await expect(upload(page).getByRole('button', { name: 'Choose files' })).toBeVisible();
  await expect(guide(page)).toBeHidden();
  await chooseFiles(page, await makeFile(32 * MiB, 5, { name: 'film.bin' }));
  await waitUntilVerified(page, 'film.bin');
  expect((await demo.control.link()).bytesPerSecond).toBe(null);
  await page.getByRole('button', { name: 'Guide' }).click();
  await expect(guide(page)).toBeVisible();
});

test('speaks Chinese from the first visit on, in every step', async ({ browser, demo, makeFile }) => {
  const context = await browser.newContext({ locale: 'zh-CN' });
  const page = await context.newPage();
  page.on('dialog', (dialog) => void dialog.accept());
  const expectChinese = async (text: string): Promise<void> => {
    await expect(guide(page)).toContainText(text);
    expect((await guide(page).innerText()).match(/[A-Za-z]+ [A-Za-z]+ [A-Za-z]+/g)).toBeNull();
  };
  await page.goto(demo.url);
  await expectChinese('三步体验断点续传');
  const film = await makeFile(32 * MiB, 6, { name: 'film.bin' });
  await chooseFiles(page, film);
  await waitForParts(demo.control, 1);
  await expectChinese('已保存');
  await guide(page).getByRole('button', { name: '断开网络' }).click();
  await expectChinese('网络已断开。');
  await page.reload();
  await expectChinese('上传中途离开了页面。');
  await guide(page).getByRole('button', { name: '恢复网络' }).click();
  await chooseFiles(page, film);
  await waitUntilVerified(page, 'film.bin');
  await expectChinese('没有重新发送。');
  await context.close();
});
