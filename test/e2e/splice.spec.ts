import { open, readFile, stat, truncate, unlink, utimes, writeFile } from 'node:fs/promises';
import { expect, test } from './fixtures.js';
import {
  acknowledged,
  count,
  createControl,
  expectUploaded,
  KiB,
  MiB,
  outcomeOf,
  partNumbers,
  startUpload,
  transcript,
  untilPartsDone,
} from './helpers.js';

const SIZE = 16 * MiB;
const PART = 512 * KiB;

/** A place between the samples of the fingerprint: 16 of 64 KiB, evenly from head to tail. Here between the 4th and the 5th. */
const UNSAMPLED = Math.floor(((SIZE - 64 * KiB) / 15) * 3.5);

test('a file that differs in one byte in the middle, same size and time: the object is the second file, not a splice', async ({
  page,
  pageUrl,
  makeFile,
  oss,
}) => {
  const [first, second] = [await makeFile(SIZE, 1), await makeFile(SIZE, 1)];
  const { mtime } = await stat(second);
  const file = await open(second, 'r+');
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, UNSAMPLED);
  await file.write(Buffer.of(buffer[0]! ^ 1), 0, 1, UNSAMPLED);
  await file.utimes(mtime, mtime);
  await file.close();
  const differing = Math.floor(UNSAMPLED / PART) + 1;

  const key = 'splice/middle.bin';
  const setup = { ossUrl: oss.url, uploader: { partSize: PART, parallel: 3 }, upload: { key } };
  await createControl(oss.url).setLink({ bytesPerSecond: 16 * MiB });
  await page.goto(pageUrl);
  await startUpload(page, first, setup);
  await untilPartsDone(page, differing + 4);
  await page.reload();
  const before = await transcript(oss.url, key);
  expect(acknowledged(before)).toContain(differing);

  await startUpload(page, second, setup);
  await expectUploaded(page, { ossUrl: oss.url, key, path: second });
  // It did go on with the first file's upload, as the fingerprints are equal: that is what makes this a temptation.
  const after = await transcript(oss.url, key);
  expect(count(after, 'InitiateMultipartUpload')).toBe(1);
  const known = new Set(acknowledged(before));
  expect(partNumbers(after.slice(before.length)).filter((number) => known.has(number))).toEqual([differing]);
});

const CHANGES: Record<string, { change: (path: string) => Promise<void>; error: string }> = {
  'is cut short': { change: (path) => truncate(path, SIZE / 2), error: 'FileChangedError' },
  'is written to': { change: async (path) => writeFile(path, 'x', { flag: 'a' }), error: 'FileChangedError' },
  'is replaced by other bytes': {
    change: async (path) => writeFile(path, Buffer.from(await readFile(path)).reverse()),
    error: 'FileChangedError',
  },
  'is touched': { change: (path) => utimes(path, new Date(), new Date()), error: 'FileChangedError' },
  'is deleted': { change: unlink, error: 'FileUnreadableError' },
};

for (const [what, { change, error }] of Object.entries(CHANGES)) {
  test(`a file that ${what} in the middle of its upload: ${error}, and no object`, async ({ page, pageUrl, makeFile, oss }) => {
    const path = await makeFile(SIZE, 2);
    const key = 'splice/changed.bin';
    const control = createControl(oss.url);
    await control.setLink({ bytesPerSecond: 8 * MiB });
    await page.goto(pageUrl);
    await startUpload(page, path, { ossUrl: oss.url, uploader: { partSize: PART, parallel: 3 }, upload: { key } });
    await untilPartsDone(page, 4);
    await change(path);
    expect((await outcomeOf(page)).failure).toMatchObject({ name: error });
    const log = await transcript(oss.url, key);
    expect(new Set(partNumbers(log)).size).toBeLessThan(SIZE / PART);
    expect(count(log, 'CompleteMultipartUpload')).toBe(0);
    expect(await control.objects()).toEqual([]);
    // What is there is kept for the file, should it come back.
    expect(await control.uploads()).toHaveLength(1);
  });
}
