import { acknowledgedTwice, count, expect, fileSha256, MiB, storedSha256, test, transcript, untilAcknowledged } from './fixtures.js';

const key = 'uploads/random-1.bin';

test.beforeEach(({ page, widgetsUrl }) => page.goto(`${widgetsUrl}gallery/plain/`));

test('a chosen file arrives, verified', async ({ page, makeFile, oss, complaints }) => {
  const path = await makeFile(8 * MiB, 1);
  await page.setInputFiles('#file', path);
  await expect(page.getByRole('status')).toHaveText(`Stored as ${key}, verified: true`);
  expect(await storedSha256(oss.url, key)).toBe(await fileSha256(path));
  expect(complaints).toEqual([]);
});

test('after a reload in the middle, choosing the file again sends no acknowledged part twice', async ({ page, makeFile, oss }) => {
  const path = await makeFile(24 * MiB, 1);
  await oss.control.setLink({ bytesPerSecond: 8 * MiB });
  await page.setInputFiles('#file', path);
  await untilAcknowledged(oss.url, key, 3);
  const before = await transcript(oss.url, key);
  await page.reload();
  await oss.control.setLink({ bytesPerSecond: null });
  await page.setInputFiles('#file', path);
  await expect(page.getByRole('status')).toHaveText(`Stored as ${key}, verified: true`);
  const after = await transcript(oss.url, key);
  expect(acknowledgedTwice({ before, after })).toEqual([]);
  expect(count(after, 'InitiateMultipartUpload')).toBe(1);
});

test('cancelling aborts the upload on the server', async ({ page, makeFile, oss }) => {
  const path = await makeFile(24 * MiB, 1);
  await oss.control.setLink({ bytesPerSecond: 4 * MiB });
  await page.setInputFiles('#file', path);
  await expect(page.getByRole('status')).toHaveText(/^uploading/);
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(page.getByRole('status')).toHaveText(/^aborted/);
  await expect.poll(() => oss.control.uploads()).toEqual([]);
});
