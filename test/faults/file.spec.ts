/**
 * Changes of the file on disk during an upload. Chromium compares the modification time at each read and refuses to read a
 * changed file. Firefox reads the current content, and reports only that a file can't be opened.
 */
import { spawnSync } from 'node:child_process';
import { appendFile, chmod, mkdir, readFile, rename, rm, stat, truncate, unlink, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Page } from '@playwright/test';
import { expect } from '../e2e/fixtures.js';
import { outcomeOf } from '../e2e/helpers.js';
import type { Outcome, Setup } from '../e2e/page/main.js';
import { flipByte, keepingTime } from '../helpers/disk.js';
import { createControl, type LogEntry, type RemoteControl } from '../helpers/oss-control.js';
import { fileSha256, storedSha256 } from '../helpers/read-back.js';
import { KiB, MiB, PART } from '../helpers/sizes.js';
import { acknowledged, count, partNumbers, transcript } from '../helpers/transcript.js';
import { sleep } from '../helpers/waits.js';
import { expectNothingLeft, FILE_SIZE, IS_REDUCED, PARALLEL, report, SMALL_SIZE, testOnNewPage as test, untilLogged } from './campaign.js';

/** How it ends: with an error code, or with an object that equals the file as it was selected or as it is now. */
type End = 'FileChanged' | 'FileUnreadable' | 'as selected' | 'as it is now';

interface Change {
  /** @param others other bytes of the same length */
  change(path: string, others: Buffer): Promise<unknown>;
  /** Restores the file for `resume()`. Without it the file must be selected again. */
  undo?(path: string, original: Buffer): Promise<unknown>;
}

interface Stage {
  size?: number;
  setup?: Setup['uploader'];
  arm?(place: Place): Promise<unknown>;
  /** Resolves when the stage is reached. Absent: the file is only selected. */
  reached?(place: Place): Promise<unknown>;
}

interface Place {
  page: Page;
  control: RemoteControl;
  ossUrl: string;
  key: string;
}

const CHANGES = {
  touched: { change: (path) => utimes(path, new Date(), new Date()) },
  'appended to': { change: (path) => appendFile(path, 'one line more\n') },
  'cut to half': { change: async (path) => truncate(path, Math.floor((await stat(path)).size / 2)) },
  'rewritten in place': { change: rewrite },
  'rewritten in place, with the same modification time': { change: (path, others) => keepingTime(path, () => rewrite(path, others)) },
  'replaced through a rename': { change: replace },
  'replaced through a rename, with the same modification time': {
    change: (path, others) => keepingTime(path, () => replace(path, others)),
  },
  deleted: { change: unlink, undo: restore },
  'moved away': { change: (path) => rename(path, `${path}.away`), undo: (path) => rename(`${path}.away`, path) },
  'moved away and back': {
    async change(path) {
      await rename(path, `${path}.away`);
      await rename(`${path}.away`, path);
    },
  },
  'replaced by a folder': {
    async change(path) {
      await unlink(path);
      await mkdir(path);
    },
    async undo(path, original) {
      await rm(path, { recursive: true });
      await restore(path, original);
    },
  },
  'on a drive that is unplugged': { change: (path) => unplug(dirname(path)), undo: replug },
} satisfies Record<string, Change>;

const STAGES = {
  'before the first byte': {},
  Initiate: { arm: hold('InitiateMultipartUpload'), reached: until('InitiateMultipartUpload', 1) },
  'between parts': {
    arm: ({ control, key }) =>
      control.addFault({ operation: 'UploadPart', key, skip: 4, times: PARALLEL, fault: { kind: 'delay', milliseconds: 500 } }),
    reached: until('UploadPart', 4 + PARALLEL),
  },
  'during a part': {
    // More than the system's buffers hold.
    size: 20 * MiB,
    setup: { partSize: 4 * MiB },
    arm: ({ control }) => control.setLink({ bytesPerSecond: 16 * MiB }),
    reached: until('UploadPart', PARALLEL + 1),
  },
  Complete: { arm: hold('CompleteMultipartUpload'), reached: until('CompleteMultipartUpload', 1) },
  'PostObject’s answer': {
    size: SMALL_SIZE,
    arm: ({ control, key }) => control.addFault({ operation: 'PostObject', key, fault: { kind: 'trickle', milliseconds: 1_500 } }),
    async reached(place) {
      await untilLogged(place, (log) => acknowledgedPuts(log) === 1);
      // The hashing worker has just started: wait until it has read the file, too.
      await sleep(700);
    },
  },
  'before a small file’s only byte': { size: SMALL_SIZE },
} satisfies Record<string, Stage>;

/** The ends in Chromium and in Firefox. */
type Table = { [change in keyof typeof CHANGES]?: [End, End] };

const CHANGED: [End, End] = ['FileChanged', 'FileChanged'];
const UNREADABLE: [End, End] = ['FileUnreadable', 'FileUnreadable'];
const SELECTED: [End, End] = ['as selected', 'as selected'];

const TABLES: { [stage in keyof typeof STAGES]: Table } = {
  'before the first byte': {
    touched: ['FileChanged', 'as selected'],
    'appended to': ['FileChanged', 'as selected'],
    'cut to half': CHANGED,
    'rewritten in place': ['FileChanged', 'as it is now'],
    'replaced through a rename, with the same modification time': ['as it is now', 'as it is now'],
    deleted: UNREADABLE,
    'moved away and back': SELECTED,
    'replaced by a folder': UNREADABLE,
    'on a drive that is unplugged': UNREADABLE,
  },
  Initiate: {
    touched: ['FileChanged', 'as selected'],
    'cut to half': CHANGED,
    'rewritten in place, with the same modification time': CHANGED,
    'replaced through a rename': CHANGED,
    deleted: UNREADABLE,
  },
  'between parts': {
    touched: ['FileChanged', 'as selected'],
    'appended to': ['FileChanged', 'as selected'],
    'cut to half': CHANGED,
    'rewritten in place': CHANGED,
    'rewritten in place, with the same modification time': CHANGED,
    'replaced through a rename': CHANGED,
    'replaced through a rename, with the same modification time': CHANGED,
    deleted: UNREADABLE,
    'moved away': UNREADABLE,
    'moved away and back': SELECTED,
    'replaced by a folder': UNREADABLE,
    'on a drive that is unplugged': UNREADABLE,
  },
  'during a part': {
    'cut to half': CHANGED,
    'rewritten in place': CHANGED,
    'rewritten in place, with the same modification time': CHANGED,
    'replaced through a rename': CHANGED,
    deleted: UNREADABLE,
    'on a drive that is unplugged': UNREADABLE,
  },
  // Nothing is read any more: the object equals the file as it was sent.
  Complete: { 'rewritten in place': SELECTED, deleted: SELECTED, 'on a drive that is unplugged': SELECTED },
  'PostObject’s answer': { 'rewritten in place': SELECTED, deleted: SELECTED },
  'before a small file’s only byte': {
    'appended to': ['FileChanged', 'as selected'],
    'cut to half': CHANGED,
    'rewritten in place': ['FileChanged', 'as it is now'],
    deleted: UNREADABLE,
    'moved away': UNREADABLE,
  },
};

test.afterEach(replugAll);

/** In the sample, Firefox plays what happens between parts, and to small files. */
const SAMPLE: string[] = ['between parts', 'before a small file’s only byte'];

for (const [stage, table] of Object.entries(TABLES) as [keyof typeof STAGES, Table][]) {
  const tag = IS_REDUCED && !SAMPLE.includes(stage) ? ['@chromium'] : [];
  for (const [what, [inChromium, inFirefox]] of Object.entries(table) as [keyof typeof CHANGES, [End, End]][]) {
    const ends = inChromium === inFirefox ? inChromium : `${inChromium} in Chromium, ${inFirefox} in Firefox`;
    test(`${stage}: the file is ${what} → ${ends}`, { tag }, async ({ page, pageUrl, makeFile, oss, browserName }) => {
      const { size = FILE_SIZE }: Stage = STAGES[stage];
      await play(page, {
        pageUrl,
        ossUrl: oss.url,
        path: await makeFile(size, 1),
        stage,
        what,
        change: CHANGES[what],
        end: browserName === 'firefox' ? inFirefox : inChromium,
      });
    });
  }
}

/** A browser started by root needs root's extra capabilities removed to notice. */
test('between parts: the permission is withdrawn → FileChanged in Chromium, FileUnreadable in Firefox; resumes when it is back', async ({
  playwright,
  pageUrl,
  makeFile,
  makeFolder,
  oss,
  browserName,
}, testInfo) => {
  const { launchOptions = {}, channel } = testInfo.project.use;
  let executablePath = launchOptions.executablePath;
  if (process.getuid?.() === 0) {
    const all = executablePath ?? playwright[browserName].executablePath();
    executablePath = join(await makeFolder(), 'browser');
    const without = '-dac_override,-dac_read_search';
    const text = `#!/bin/sh\nexec setpriv --bounding-set ${without} --inh-caps ${without} '${all}' "$@"\n`;
    await writeFile(executablePath, text, { mode: 0o755 });
  }
  const browser = await playwright[browserName].launch({
    ...launchOptions,
    ...(channel !== undefined && { channel }),
    ...(executablePath !== undefined && { executablePath }),
  });
  try {
    await play(await browser.newPage(), {
      pageUrl,
      ossUrl: oss.url,
      path: await makeFile(FILE_SIZE, 1),
      stage: 'between parts',
      what: 'its permission is withdrawn',
      change: { change: (path) => chmod(path, 0), undo: (path) => chmod(path, 0o644) },
      // Chromium reports NotReadableError for both.
      end: browserName === 'firefox' ? 'FileUnreadable' : 'FileChanged',
    });
  } finally {
    await browser.close();
  }
});

/** Between two of the fingerprint's samples, which are 16 of 64 KiB from head to tail. */
const BIG_SIZE = 4 * MiB;
const UNSAMPLED = Math.floor((BIG_SIZE - 64 * KiB) / 15) + 100 * KiB;

test('a reload, and then the file differs in one unsampled byte, same size and time → its part is sent again', async ({
  page,
  pageUrl,
  makeFile,
  oss,
}) => {
  const path = await makeFile(BIG_SIZE, 1);
  const control = createControl(oss.url);
  const key = 'faults/file/reload.bin';
  const uploader = { partSize: 4 * PART, parallel: PARALLEL };
  const setup: Setup = { ossUrl: oss.url, uploader, upload: { key } };
  const { id } = await control.addFault({ operation: 'UploadPart', key, skip: 4, times: null, fault: { kind: 'stall' } });
  await page.goto(pageUrl);
  await select(page, path);
  await begin(page, setup);
  await expect.poll(async () => acknowledged(await transcript(oss.url, key)).length).toBe(4);
  await expect.poll(() => page.evaluate(() => window.upload!.task.getSnapshot().progress.parts.done)).toBe(4);
  await page.reload();
  await control.removeFault(id);
  await keepingTime(path, () => flipByte(path, UNSAMPLED));
  const before = await transcript(oss.url, key);
  const began = Date.now();

  await select(page, path);
  await begin(page, setup);
  const outcome = await outcomeOf(page);
  const seconds = (Date.now() - began) / 1000;
  const log = await transcript(oss.url, key);
  const differing = Math.floor(UNSAMPLED / (4 * PART)) + 1;
  const known = acknowledged(before);
  const again = partNumbers(log.slice(before.length)).filter((number) => known.includes(number));
  await addToMatrix(page, {
    fault: 'one byte in the middle, same size and time',
    stage: 'a reload between',
    outcome,
    log,
    seconds,
    size: BIG_SIZE,
  });
  expect(outcome.failure?.message).toBeUndefined();
  expect(outcome.result).toMatchObject({ verified: true });
  expect(await storedSha256(oss.url, key)).toBe(await fileSha256(path));
  expect(count(log, 'InitiateMultipartUpload')).toBe(1);
  expect(known).toContain(differing);
  expect(again).toEqual([differing]);
  await expectNothingLeft(page, setup);
});

test('between parts: one unsampled byte changes, same size and time, after its part was sent → the object is the file as selected', async ({
  page,
  pageUrl,
  makeFile,
  oss,
}) => {
  await play(page, {
    pageUrl,
    ossUrl: oss.url,
    path: await makeFile(BIG_SIZE, 1),
    uploader: { partSize: 4 * PART },
    stage: 'between parts',
    what: 'changed in one unsampled byte, same size and time',
    change: { change: (path) => keepingTime(path, () => flipByte(path, UNSAMPLED)) },
    end: 'as selected',
  });
});

interface Play {
  pageUrl: string;
  ossUrl: string;
  path: string;
  uploader?: Setup['uploader'];
  stage: keyof typeof STAGES;
  what: string;
  change: Change;
  end: End;
}

async function play(page: Page, { pageUrl, ossUrl, path, uploader, stage, what, change: { change, undo }, end }: Play): Promise<void> {
  const { setup: own, arm, reached }: Stage = STAGES[stage];
  const control = createControl(ossUrl);
  const key = `faults/file/${stage}/${what}.bin`.replaceAll(/[^\w./-]+/g, '-').toLowerCase();
  const place = { page, control, ossUrl, key };
  // With the default stall timeout: a file error must not wait for it.
  const setup: Setup = { ossUrl, uploader: { partSize: PART, parallel: PARALLEL, ...own, ...uploader }, upload: { key } };
  const original = await readFile(path);
  const others = Buffer.from(original).reverse();
  const { size, sha256 } = { size: original.length, sha256: await fileSha256(path) };
  if (what.includes('drive')) await plug(path, original);

  await page.goto(pageUrl);
  await page.evaluate(() => window.witness.begin());
  await arm?.(place);
  await select(page, path);
  if (reached) {
    await begin(page, setup);
    await reached(place);
  }
  const before = await transcript(ossUrl, key);
  const changedAt = Date.now();
  await change(path, others);
  if (!reached) await begin(page, setup);
  const outcome = await outcomeOf(page);
  const seconds = (Date.now() - changedAt) / 1000;
  await control.setLink({ bytesPerSecond: null });
  await settled(place);
  const log = await transcript(ossUrl, key);
  await addToMatrix(page, { fault: what, stage, outcome, log, seconds, size });

  // A body that was hashed before the change and sent after it is refused and then read again. Nothing else is repeated:
  // at most as many parts as requests in flight, and only parts that had not arrived.
  const repeated = partNumbers(log).filter((number, index, all) => all.indexOf(number) < index);
  const settledBefore = acknowledged(before);
  expect(
    repeated.filter((number) => settledBefore.includes(number)),
    'parts sent again that had arrived before the change',
  ).toEqual([]);
  expect(repeated.length, `parts sent twice: ${repeated.join(', ')}`).toBeLessThanOrEqual(PARALLEL);
  const inFlight = partNumbers(log).filter((number) => !settledBefore.includes(number));
  expect(
    await page.evaluate(() => window.upload!.states.filter((state) => state.startsWith('waiting'))),
    'mistaken for a network fault',
  ).toEqual([]);

  if (end === 'FileChanged' || end === 'FileUnreadable') {
    expect(outcome.failure, `ended with ${JSON.stringify(outcome.result)}`).toMatchObject({
      name: `${end}Error`,
      code: end,
      resumable: true,
    });
    expect(count(log, 'CompleteMultipartUpload')).toBe(0);
    expect((await control.objects()).filter((object) => object.key === key)).toEqual([]);
    // Acknowledged parts are kept in case the file is restored.
    const kept = (await control.uploads()).find((upload) => upload.key === key)?.parts ?? 0;
    expect(kept).toBe(new Set(acknowledged(log)).size);
    expect(kept).toBeGreaterThanOrEqual(acknowledged(before).length);
    await control.removeFault();
    if (undo) {
      await undo(path, original);
      await page.evaluate(() => window.upload!.task.resume());
    } else {
      await expectNothingLeft(page, setup, inFlight);
      await select(page, path);
      await begin(page, setup);
    }
    const second = await outcomeOf(page);
    expect(second.failure?.message).toBeUndefined();
    expect(second.result).toMatchObject({ key, verified: true });
    if (undo) {
      const known = acknowledged(log);
      const again = partNumbers((await transcript(ossUrl, key)).slice(log.length)).filter((number) => known.includes(number));
      expect(again, 'parts sent again after resume()').toEqual([]);
    }
    expect(await storedSha256(ossUrl, key)).toBe(await fileSha256(path));
  } else {
    expect(outcome.failure?.message).toBeUndefined();
    expect(outcome.result).toMatchObject({ key, verified: true });
    expect(await storedSha256(ossUrl, key)).toBe(end === 'as selected' ? sha256 : await fileSha256(path));
    expect(await control.uploads()).toEqual([]);
  }
  await expectNothingLeft(page, setup, inFlight);
}

/** Selects the file and makes the browser read its size and time, which it compares with later reads. */
async function select(page: Page, path: string): Promise<void> {
  await page.setInputFiles('#file', path);
  await page.evaluate(() => document.querySelector<HTMLInputElement>('#file')!.files![0]!.size);
}

function begin(page: Page, setup: Setup): Promise<void> {
  return page.evaluate((setup) => window.startUpload(setup), setup);
}

interface Note {
  fault: string;
  stage: string;
  outcome: Outcome;
  log: Awaited<ReturnType<typeof transcript>>;
  /** From the change to the end. */
  seconds: number;
  size: number;
}

async function addToMatrix(page: Page, { fault, stage, ...seen }: Note): Promise<void> {
  const seenByUser = await page.evaluate(() => ({ states: [...window.upload!.states], sentences: [...window.upload!.sentences] }));
  report(test.info(), { group: 'File', fault, stage }, { ...seen, ...seenByUser });
}

/** Waits until the service has finished every request: some may end after the upload. */
async function settled({ ossUrl, key }: Place): Promise<void> {
  await expect.poll(async () => (await transcript(ossUrl, key)).filter(({ finished }) => !finished)).toEqual([]);
}

function hold(operation: 'InitiateMultipartUpload' | 'CompleteMultipartUpload') {
  return ({ control, key }: Place): Promise<unknown> => control.addFault({ operation, key, fault: { kind: 'delay', milliseconds: 500 } });
}

function acknowledgedPuts(log: readonly LogEntry[]): number {
  return log.filter(({ operation, status }) => operation === 'PostObject' && status === 200).length;
}

function until(operation: Parameters<typeof count>[1], least: number) {
  return (place: Place): Promise<void> => untilLogged(place, (log) => count(log, operation) >= least);
}

async function rewrite(path: string, others: Buffer): Promise<void> {
  await writeFile(path, others, { flag: 'r+' });
}

async function replace(path: string, others: Buffer): Promise<void> {
  await writeFile(`${path}.new`, others);
  await rename(`${path}.new`, path);
}

/** Writes the file with the modification time that the fixture `makeFile` gives it. */
async function restore(path: string, original: Buffer): Promise<void> {
  await writeFile(path, original);
  const time = Date.UTC(2026, 0, 1) / 1000;
  await utimes(path, time, time);
}

const drives = new Set<string>();

/** Puts the file on its own drive, if the tests may mount one. */
async function plug(path: string, original: Buffer): Promise<void> {
  const folder = dirname(path);
  // A file below the mount must not reappear when the drive is gone.
  await rm(path, { force: true });
  if (process.platform === 'linux' && spawnSync('mount', ['-t', 'tmpfs', 'none', folder]).status === 0) drives.add(folder);
  await restore(path, original);
}

/** Like unplugging the drive; without a drive, the folder is moved away. */
async function unplug(folder: string): Promise<void> {
  if (drives.delete(folder)) spawnSync('umount', ['-l', folder]);
  else await rename(folder, `${folder}-unplugged`);
}

async function replug(path: string, original: Buffer): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await plug(path, original);
}

async function replugAll(): Promise<void> {
  for (const folder of drives) await unplug(folder);
}

for (const size of [50 * KiB, 5 * PART]) {
  test(`the first request: a file of ${size / KiB} KiB is deleted before its size is read → FileUnreadable, no empty object`, async ({
    page,
    pageUrl,
    makeFile,
    oss,
  }) => {
    const path = await makeFile(size, 3);
    await page.goto(pageUrl);
    await page.setInputFiles('#file', path);
    await unlink(path);
    await page.evaluate(([setup]) => window.startUpload(setup), [{ ossUrl: oss.url, upload: { key: 'file/gone.bin' } }] as const);
    expect((await outcomeOf(page)).failure).toMatchObject({ code: 'FileUnreadable', resumable: true });
    expect(await createControl(oss.url).objects()).toEqual([]);
    await expectNothingLeft(page, { ossUrl: oss.url });
  });
}
