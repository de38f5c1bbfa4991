/** One browser, one database, several owners: an upload belongs to its key, and to whom may list it. Browsers differ in nothing of that. */
import { expect, test } from './fixtures.js';
import {
  acknowledgedTwice,
  count,
  expectUploaded,
  KiB,
  outcomeOf,
  type Setup,
  startUpload,
  transcript,
  unfinishedKeys,
  untilPartsDone,
} from './helpers.js';

const PART = 100 * KiB;

/** A session whose credentials are good for one prefix only. */
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
  test(`B selects the file that A has left, with ${how}: B's object is B's, and A's upload stays`, { tag: '@chromium' }, async ({
    page,
    pageUrl,
    makeFile,
    oss,
  }) => {
    const path = await makeFile(10 * PART, 1);
    const { id } = oss.control.addFault({ operation: 'UploadPart', skip: 4, times: null, fault: { kind: 'stall' } });
    await page.goto(pageUrl);
    await startUpload(page, path, session(oss.url, 'a', of('a')));
    await untilPartsDone(page, 4);
    await page.reload();
    oss.control.removeFault(id);
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
    // A comes back. A random key without a scope is another one each time, so that there is nothing to resume.
    await page.reload();
    const before = await transcript(oss.url, left!.key);
    await startUpload(page, path, session(oss.url, 'a', of('a')));
    await expectUploaded(page, { ossUrl: oss.url, key: left!.key, path });
    const after = await transcript(oss.url, left!.key);
    expect(count(after, 'InitiateMultipartUpload')).toBe(1);
    expect(acknowledgedTwice({ before, after })).toEqual([]);
  });
}

test("B cancels what he has begun with A's file: A's upload stays", { tag: '@chromium' }, async ({ page, pageUrl, makeFile, oss }) => {
  const path = await makeFile(10 * PART, 2);
  const inScope = (user: string): Setup => session(oss.url, user, { randomKeysBelow: `users/${user}/`, upload: { scope: 'films' } });
  const { id } = oss.control.addFault({ operation: 'UploadPart', skip: 4, times: null, fault: { kind: 'stall' } });
  await page.goto(pageUrl);
  await startUpload(page, path, inScope('a'));
  await untilPartsDone(page, 4);
  await page.reload();
  oss.control.removeFault(id);
  const [left] = oss.control.uploads();

  oss.control.addFault({ operation: 'UploadPart', skip: 2, times: null, fault: { kind: 'stall' } });
  await startUpload(page, path, inScope('b'));
  await untilPartsDone(page, 2);
  await page.evaluate(() => window.upload!.task.abort());
  await expect.poll(() => oss.control.uploads().map(({ key }) => key)).toEqual([left!.key]);
  expect(oss.control.log(left!.key).filter(({ operation }) => operation === 'AbortMultipartUpload')).toEqual([]);
  oss.control.removeFault();
});

test('the same file under two keys at the same time is two objects, and each result names its own', { tag: '@chromium' }, async ({
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

test('a copy of a paused file in another folder is stored where it is, and the paused one goes on', { tag: '@chromium' }, async ({
  page,
  pageUrl,
  makeFile,
  oss,
}) => {
  const path = await makeFile(8 * PART, 4);
  const setup = { ossUrl: oss.url, uploader: { partSize: PART, parallel: 2 } };
  const { id } = oss.control.addFault({ key: 'x/same.bin', operation: 'UploadPart', skip: 3, times: null, fault: { kind: 'stall' } });
  await page.goto(pageUrl);
  await startUpload(page, path, { ...setup, upload: { path: 'x/same.bin' } });
  await untilPartsDone(page, 3);
  await page.evaluate(() => window.upload!.task.pause());
  oss.control.removeFault(id);
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
