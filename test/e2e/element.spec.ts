/** `<oss-upload>` in Firefox: the widgets' tests run in Chromium only. */
import { fileSha256, storedSha256 } from '../helpers/read-back.js';
import { MiB } from '../helpers/sizes.js';
import { acknowledged, acknowledgedTwice, transcript } from '../helpers/transcript.js';
import { expect, test } from './fixtures.js';
import type {} from './page/element.js';

test('<oss-upload> uploads a file, pauses and resumes by keyboard, and submits the key with its form', { tag: '@firefox' }, async ({
  page,
  pageUrl,
  makeFile,
  oss,
}) => {
  const path = await makeFile(16 * MiB, 1, { name: 'film.bin' });
  const key = 'element/film.bin';
  const row = page.getByRole('listitem').filter({ hasText: 'film.bin' });
  await page.goto(`${pageUrl}element.html`);
  await page.evaluate((ossUrl) => window.setUp(ossUrl), oss.url);
  await oss.control.setLink({ bytesPerSecond: MiB });
  await page.locator('oss-upload input').setInputFiles(path);
  await expect.poll(async () => acknowledged(await transcript(oss.url, key)).length, { intervals: [50] }).toBeGreaterThan(2);

  await page.evaluate(() => window.widget.focus());
  await expect(page.getByRole('button', { name: 'Choose files' })).toBeFocused();
  await page.keyboard.press('Tab');
  await expect(page.getByRole('button', { name: 'Pause: film.bin' })).toBeFocused();
  await page.keyboard.press('Space');
  await expect(row).toContainText('Paused');
  const before = await transcript(oss.url, key);

  await oss.control.setLink({ bytesPerSecond: null });
  await expect(page.getByRole('button', { name: 'Resume: film.bin' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(row).toContainText('Done');
  expect(await page.evaluate(() => window.sent())).toEqual([key]);
  expect(await storedSha256(oss.url, key)).toBe(await fileSha256(path));
  expect(acknowledgedTwice({ before, after: await transcript(oss.url, key) })).toEqual([]);
});
