/**
 * What becomes of the file on disk while it is uploaded. Chromium compares the modification time at each read and refuses
 * to read on when it differs; Firefox reads whatever is there now, and says nothing but that a file can't be opened.
 */
import { spawnSync } from 'node:child_process';
import { appendFile, chmod, mkdir, open, readFile, rename, rm, stat, truncate, unlink, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Page } from '@playwright/test';
import { expect } from '../e2e/fixtures.js';
import { outcomeOf } from '../e2e/helpers.js';
import type { Outcome, Setup } from '../e2e/page/main.js';
import { createControl, type LogEntry, type RemoteControl } from '../helpers/oss-control.js';
import { fileSha256, storedSha256 } from '../helpers/read-back.js';
import { KiB, MiB, PART } from '../helpers/sizes.js';
import { acknowledged, count, partNumbers, transcript } from '../helpers/transcript.js';
import { sleep } from '../helpers/waits.js';
import { expectNothingLeft, FILE_SIZE, PARALLEL, report, SMALL_SIZE, testOnNewPage as test, untilLogged } from './campaign.js';

/** How it ends: an error's code, or the object holds what was selected, or what the file has come to hold. */
type End = 'FileChanged' | 'FileUnreadable' | 'as selected' | 'as it is now';

interface Change {
  /** @param others other bytes, as many as the file has */
  change(path: string, others: Buffer): Promise<unknown>;
  /** Brings the file back as it was, for `resume()`. Without it the file has to be selected again. */
  undo?(path: string, original: Buffer): Promise<unknown>;
}

interface Stage {
  size?: number;
  setup?: Setup['uploader'];
  arm?(place: Place): Promise<unknown>;
  /** Resolves when it is time. Absent: the file is selected, and that's all. */
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
  'rewritten in place, with the same modification time': { change: (path, others) => atSameTime(path, () => rewrite(path, others)) },
  'replaced through a rename': { change: replace },
  'replaced through a rename, with the same modification time': { change: (path, others) => atSameTime(path, () => replace(path, others)) },
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
  'in the middle of a part': {
    // More than what lies ready in the buffers of the system.
    size: 20 * MiB,
    setup: { partSize: 4 * MiB },
    arm: ({ control }) => control.setLink({ bytesPerSecond: 16 * MiB }),
    reached: until('UploadPart', PARALLEL + 1),
  },
  Complete: { arm: hold('CompleteMultipartUpload'), reached: until('CompleteMultipartUpload', 1) },
  'PutObject’s answer': {
    size: SMALL_SIZE,
    arm: ({ control, key }) => control.addFault({ operation: 'PutObject', key, fault: { kind: 'trickle', milliseconds: 1_500 } }),
    async reached(place) {
      await untilLogged(place, (log) => acknowledgedPuts(log) === 1);
      // The worker that hashes has just been started: it shall have read the file, too.
      await sleep(700);
    },
  },
  'before a small file’s only byte': { size: SMALL_SIZE },
} satisfies Record<string, Stage>;

/** In Chromium, in Firefox. */
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
  'in the middle of a part': {
    'cut to half': CHANGED,
    'rewritten in place': CHANGED,
    'rewritten in place, with the same modification time': CHANGED,
    'replaced through a rename': CHANGED,
    deleted: UNREADABLE,
    'on a drive that is unplugged': UNREADABLE,
  },
  // Nothing is read any more: what was there when it was sent is the object.
  Complete: { 'rewritten in place': SELECTED, deleted: SELECTED, 'on a drive that is unplugged': SELECTED },
  'PutObject’s answer': { 'rewritten in place': SELECTED, deleted: SELECTED },
  'before a small file’s only byte': {
    'appended to': ['FileChanged', 'as selected'],
    'cut to half': CHANGED,
    'rewritten in place': ['FileChanged', 'as it is now'],
    deleted: UNREADABLE,
    'moved away': UNREADABLE,
  },
};

test.afterEach(replugAll);

for (const [stage, table] of Object.entries(TABLES) as [keyof typeof STAGES, Table][]) {
  for (const [what, [inChromium, inFirefox]] of Object.entries(table) as [keyof typeof CHANGES, [End, End]][]) {
    const ends = inChromium === inFirefox ? inChromium : `${inChromium} in Chromium, ${inFirefox} in Firefox`;
    test(`${stage}: the file is ${what} → ${ends}`, async ({ page, pageUrl, makeFile, oss, browserName }) => {
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

/** Nothing but what root is allowed beyond others keeps root's browser from noticing. */
test('between parts: the permission is withdrawn → FileChanged in Chromium, FileUnreadable in Firefox, and goes on when it is back', async ({
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
      // Chromium's NotReadableError says so of both.
      end: browserName === 'firefox' ? 'FileUnreadable' : 'FileChanged',
    });
  } finally {
    await browser.close();
  }
});

/** Between two of the fingerprint's samples, which are 16 of 64 KiB from head to tail. */
const BIG_SIZE = 4 * MiB;
const UNSAMPLED = Math.floor((BIG_SIZE - 64 * KiB) / 15) + 100 * KiB;

test('a reload, and then the file differs in one byte that no sample holds, same size and time → its part is sent again, nothing is spliced', async ({
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
  await atSameTime(path, () => flipByte(path));
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
  await note(page, {
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

test('between parts: a byte that no sample holds changes, same size and time, after its part was sent → nobody can see it; the object is the file that was selected', async ({
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
    what: 'changed in one byte that no sample holds, same size and time',
    change: { change: (path) => atSameTime(path, () => flipByte(path)) },
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
  // The stall timeout is the default: a file's fault must not wait for it.
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
  await note(page, { fault: what, stage, outcome, log, seconds, size });

  // A body that was hashed, in part, before the change and sent after it is refused, and then read again; that apart,
  // nothing is repeated. There are as many of them as requests at a time, of those parts that had not arrived.
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
    'taken for the network’s fault',
  ).toEqual([]);

  if (end === 'FileChanged' || end === 'FileUnreadable') {
    expect(outcome.failure, `ended with ${JSON.stringify(outcome.result)}`).toMatchObject({
      name: `${end}Error`,
      code: end,
      resumable: true,
    });
    expect(count(log, 'CompleteMultipartUpload')).toBe(0);
    expect((await control.objects()).filter((object) => object.key === key)).toEqual([]);
    // What is acknowledged is kept, for the file should it come back.
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

/** Selects the file and has the browser look at it: that is the state it holds against what it reads later. */
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

async function note(page: Page, { fault, stage, ...seen }: Note): Promise<void> {
  const told = await page.evaluate(() => ({ states: [...window.upload!.states], sentences: [...window.upload!.sentences] }));
  report(test.info(), { group: 'File', fault, stage }, { ...seen, ...told });
}

/** Until the service has done with every request: what is on its way may end after the upload. */
async function settled({ ossUrl, key }: Place): Promise<void> {
  await expect.poll(async () => (await transcript(ossUrl, key)).filter(({ finished }) => !finished)).toEqual([]);
}

function hold(operation: 'InitiateMultipartUpload' | 'CompleteMultipartUpload') {
  return ({ control, key }: Place): Promise<unknown> => control.addFault({ operation, key, fault: { kind: 'delay', milliseconds: 500 } });
}

function acknowledgedPuts(log: readonly LogEntry[]): number {
  return log.filter(({ operation, status }) => operation === 'PutObject' && status === 200).length;
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

async function flipByte(path: string): Promise<void> {
  const file = await open(path, 'r+');
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, UNSAMPLED);
  await file.write(Buffer.of(buffer[0]! ^ 1), 0, 1, UNSAMPLED);
  await file.close();
}

async function atSameTime(path: string, change: () => Promise<void>): Promise<void> {
  const { atime, mtime } = await stat(path);
  await change();
  await utimes(path, atime, mtime);
}

/** As {@link test}'s makeFile leaves it: the same time, too. */
async function restore(path: string, original: Buffer): Promise<void> {
  await writeFile(path, original);
  const time = Date.UTC(2026, 0, 1) / 1000;
  await utimes(path, time, time);
}

const drives = new Set<string>();

/** Puts the file on a drive of its own, where the tests may mount one. */
async function plug(path: string, original: Buffer): Promise<void> {
  const folder = dirname(path);
  // What is below the drive must not come to light when it is gone.
  await rm(path, { force: true });
  if (process.platform === 'linux' && spawnSync('mount', ['-t', 'tmpfs', 'none', folder]).status === 0) drives.add(folder);
  await restore(path, original);
}

/** As pulling the plug does; where there is no drive, the folder is gone. */
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
  test(`the first request: a file of ${size / KiB} KiB is deleted before anybody has asked for its size → FileUnreadable, no empty object`, async ({
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
