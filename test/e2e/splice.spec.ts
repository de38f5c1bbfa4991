/** Files that change between or during uploads: no object mixes two files. */
import { readFile, truncate, unlink, utimes, writeFile } from 'node:fs/promises';
import { flipByte, keepingTime } from '../helpers/disk.js';
import { KiB, MiB } from '../helpers/sizes.js';
import { acknowledged, count, partNumbers, transcript } from '../helpers/transcript.js';
import { expect, test } from './fixtures.js';
import { expectUploaded, outcomeOf, startUpload, untilPartsDone } from './helpers.js';

const SIZE = 16 * MiB;
const PART = 512 * KiB;

/** An offset between the 4th and the 5th sample of the fingerprint, which are 16 of 64 KiB, evenly from head to tail. */
const UNSAMPLED = Math.floor(((SIZE - 64 * KiB) / 15) * 3.5);

test('a file that differs in one byte in the middle, same size and time: the object is no mix of both', async ({
  page,
  pageUrl,
  makeFile,
  oss,
}) => {
  const [first, second] = [await makeFile(SIZE, 1), await makeFile(SIZE, 1)];
  await keepingTime(second, () => flipByte(second, UNSAMPLED));
  const differing = Math.floor(UNSAMPLED / PART) + 1;

  const key = 'splice/middle.bin';
  const setup = { ossUrl: oss.url, uploader: { partSize: PART, parallel: 3 }, upload: { key } };
  oss.control.setLink({ bytesPerSecond: 16 * MiB });
  await page.goto(pageUrl);
  await startUpload(page, first, setup);
  await untilPartsDone(page, differing + 4);
  await page.reload();
  const before = await transcript(oss.url, key);
  expect(acknowledged(before)).toContain(differing);

  await startUpload(page, second, setup);
  await expectUploaded(page, { ossUrl: oss.url, key, path: second });
  // The fingerprints are equal, so the first file's upload was resumed.
  const after = await transcript(oss.url, key);
  expect(count(after, 'InitiateMultipartUpload')).toBe(1);
  const known = new Set(acknowledged(before));
  expect(partNumbers(after.slice(before.length)).filter((number) => known.has(number))).toEqual([differing]);
});

interface Change {
  change: (path: string) => Promise<void>;
  error: string;
  tag?: string;
}

/**
 * Chromium refuses to read a file whose size or time has changed since it was selected. Firefox continues to read: only
 * missing bytes are noticed, and at the end other samples of the fingerprint.
 */
const CHANGES: Record<string, Change> = {
  'is cut short': { change: (path) => truncate(path, SIZE / 2), error: 'FileChangedError' },
  'is written to': { change: async (path) => writeFile(path, 'x', { flag: 'a' }), error: 'FileChangedError', tag: '@chromium' },
  'is replaced by other bytes': {
    change: async (path) => writeFile(path, Buffer.from(await readFile(path)).reverse()),
    error: 'FileChangedError',
  },
  'is touched': { change: (path) => utimes(path, new Date(), new Date()), error: 'FileChangedError', tag: '@chromium' },
  'is deleted': { change: unlink, error: 'FileUnreadableError' },
};

for (const [what, { change, error, tag = [] }] of Object.entries(CHANGES)) {
  test(`a file that ${what} during its upload: ${error}, and no object`, { tag }, async ({ page, browserName, pageUrl, makeFile, oss }) => {
    const path = await makeFile(SIZE, 2);
    const key = 'splice/changed.bin';
    oss.control.setLink({ bytesPerSecond: 8 * MiB });
    await page.goto(pageUrl);
    // Firefox fails no request whose body can't be read: it stalls.
    const uploader = { partSize: PART, parallel: 3, stallTimeout: 2_000 };
    await startUpload(page, path, { ossUrl: oss.url, uploader, upload: { key } });
    await untilPartsDone(page, 4);
    await change(path);
    expect((await outcomeOf(page)).failure).toMatchObject({ name: error });
    const log = await transcript(oss.url, key);
    const isLate = browserName === 'firefox' && what === 'is replaced by other bytes';
    if (!isLate) expect(new Set(partNumbers(log)).size).toBeLessThan(SIZE / PART);
    expect(count(log, 'CompleteMultipartUpload')).toBe(0);
    expect(oss.control.objects()).toEqual([]);
    // The stored parts are kept in case the file is restored.
    expect(oss.control.uploads()).toHaveLength(1);
  });
}

for (const [what, tag] of [
  ['is appended to', '@firefox'],
  ['is touched', '@firefox'],
] as const) {
  test(`a file that ${what} during its upload: the object is the file as it was selected`, { tag }, async ({
    page,
    pageUrl,
    makeFile,
    oss,
  }) => {
    const [path, selected] = [await makeFile(SIZE, 2), await makeFile(SIZE, 2)];
    const key = 'splice/kept.bin';
    oss.control.setLink({ bytesPerSecond: 8 * MiB });
    await page.goto(pageUrl);
    await startUpload(page, path, { ossUrl: oss.url, uploader: { partSize: PART, parallel: 3 }, upload: { key } });
    await untilPartsDone(page, 4);
    if (what === 'is touched') await utimes(path, new Date(), new Date());
    else await writeFile(path, 'x', { flag: 'a' });
    await expectUploaded(page, { ossUrl: oss.url, key, path: selected });
  });
}

test('a file that is deleted before its upload starts: FileUnreadableError, and nothing is sent', async ({
  page,
  pageUrl,
  makeFile,
  oss,
}) => {
  const path = await makeFile(SIZE, 2);
  await page.goto(pageUrl);
  await page.setInputFiles('#file', path);
  // As an application that shows the selected file. Chromium reads the size when it is first requested.
  expect(await page.evaluate(() => document.querySelector<HTMLInputElement>('#file')!.files![0]!.size)).toBe(SIZE);
  await unlink(path);
  await page.evaluate((setup) => window.startUpload(setup), { ossUrl: oss.url, upload: { key: 'splice/gone.bin' } });
  expect((await outcomeOf(page)).failure).toMatchObject({ name: 'FileUnreadableError' });
  expect(await transcript(oss.url, 'splice/gone.bin')).toEqual([]);
});
