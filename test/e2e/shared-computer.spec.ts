/** Several users share one browser and one database: an upload belongs to its key and to whoever may list it. Independent of the browser. */
import { KiB } from '../helpers/sizes.js';
import { acknowledgedTwice, count, transcript } from '../helpers/transcript.js';
import { expect, test } from './fixtures.js';
import { expectUploaded, outcomeOf, startUpload, unfinishedKeys, uploadFirstParts } from './helpers.js';
import type { Setup } from './page/main.js';

const PART = 100 * KiB;

/** A session whose credentials are valid for one prefix only. */
const session = (ossUrl: string, user: string, more: Partial<Setup> = {}): Setup => ({
  ossUrl,
  stsQuery: `prefix=${encodeURIComponent(`users/${user}/`)}`,
  uploader: { partSize: PART, parallel: 2 },
  ...more,
});

for (const [how, of] of [
  ['keys of their own', (user: string): Partial<Setup> => ({ upload: { key: `users/${user}/film.bin` } })],
  ['random keys below prefixes of their own', (user: string): Partial<Setup> => ({ randomKeysBelow: `users/${user}/` })],
  ['random keys in one scope', (user: string): Partial<Setup> => ({ randomKeysBelow: `users/${user}/`, upload: { scope: 'films' } })],
] as const) {
  test(`B selects a file that A left unfinished, with ${how}: each has an object of their own`, { tag: '@chromium' }, async ({
    page,
    pageUrl,
    makeFile,
    oss,
  }) => {
    const path = await makeFile(10 * PART, 1);
    await page.goto(pageUrl);
    const answerAgain = await uploadFirstParts(page, oss.control, path, session(oss.url, 'a', of('a')), 4);
    await page.reload();
    await answerAgain();
    const [left] = oss.control.uploads();
    expect(left).toMatchObject({ key: expect.stringMatching(/^users\/a\//), parts: expect.any(Number) });

    await startUpload(page, path, session(oss.url, 'b', of('b')));
    const { result, failure } = await outcomeOf(page);
    expect(failure?.message).toBeUndefined();
    expect(result!.key).toMatch(/^users\/b\//);
    await expectUploaded(page, { ossUrl: oss.url, key: result!.key, path });
    expect(oss.control.uploads()).toEqual([left]);
    expect(oss.control.objects().map(({ key }) => key)).toEqual([result!.key]);

    if (how === 'random keys below prefixes of their own') return;
    // A comes back. Without a scope a random key is new each time, so that there is nothing to resume.
    await page.reload();
    const before = await transcript(oss.url, left!.key);
    await startUpload(page, path, session(oss.url, 'a', of('a')));
    await expectUploaded(page, { ossUrl: oss.url, key: left!.key, path });
    const after = await transcript(oss.url, left!.key);
    expect(count(after, 'InitiateMultipartUpload')).toBe(1);
    expect(acknowledgedTwice({ before, after })).toEqual([]);
  });
}

test("B aborts an upload of A's file: A's upload stays", { tag: '@chromium' }, async ({ page, pageUrl, makeFile, oss }) => {
  const path = await makeFile(10 * PART, 2);
  const inScope = (user: string): Setup => session(oss.url, user, { randomKeysBelow: `users/${user}/`, upload: { scope: 'films' } });
  await page.goto(pageUrl);
  const answerAgain = await uploadFirstParts(page, oss.control, path, inScope('a'), 4);
  await page.reload();
  await answerAgain();
  const [left] = oss.control.uploads();

  await uploadFirstParts(page, oss.control, path, inScope('b'), 2);
  await page.evaluate(() => window.upload!.task.abort());
  await expect.poll(() => oss.control.uploads().map(({ key }) => key)).toEqual([left!.key]);
  expect(oss.control.log(left!.key).filter(({ operation }) => operation === 'AbortMultipartUpload')).toEqual([]);
  oss.control.removeFault();
});

test('the same file under two keys at the same time becomes two objects, each with its own result', { tag: '@chromium' }, async ({
  page,
  pageUrl,
  makeFile,
  oss,
}) => {
  const path = await makeFile(6 * PART, 3);
  await page.goto(pageUrl);
  await page.setInputFiles('#file', path);
  const keys = await page.evaluate(
    async (setup) => {
      const uploader = window.makeUploader(setup);
      const file = document.querySelector<HTMLInputElement>('#file')!.files![0]!;
      const tasks = ['invoices/a', 'contracts/a'].map((key) => uploader.upload(file, { key: () => key }));
      return (await Promise.all(tasks.map((task) => task.result))).map(({ key }) => key);
    },
    session(oss.url, '', { stsQuery: '' }),
  );
  expect(keys).toEqual(['invoices/a', 'contracts/a']);
  expect(
    oss.control
      .objects()
      .map(({ key }) => key)
      .sort(),
  ).toEqual(['contracts/a', 'invoices/a']);
});

test('a copy of a paused file in another folder is stored under its own path, and the paused one resumes', { tag: '@chromium' }, async ({
  page,
  pageUrl,
  makeFile,
  oss,
}) => {
  const path = await makeFile(8 * PART, 4);
  const setup = { ossUrl: oss.url, uploader: { partSize: PART, parallel: 2 } };
  await page.goto(pageUrl);
  const answerAgain = await uploadFirstParts(page, oss.control, path, { ...setup, upload: { path: 'x/same.bin' } }, 3);
  await page.evaluate(() => window.upload!.task.pause());
  await answerAgain();
  const key = await page.evaluate(async () => {
    const file = document.querySelector<HTMLInputElement>('#file')!.files![0]!;
    return (await window.upload!.uploader.upload(file, { path: 'y/same.bin' }).result).key;
  });
  expect(key).toBe('y/same.bin');
  await page.evaluate(() => window.upload!.task.resume());
  await expectUploaded(page, { ossUrl: oss.url, key: 'x/same.bin', path });
  expect(
    oss.control
      .objects()
      .map((object) => object.key)
      .sort(),
  ).toEqual(['x/same.bin', 'y/same.bin']);
  expect(await unfinishedKeys(page, setup)).toEqual([]);
});
