/**
 * Plays a row of the fault campaign: the upload under a fault, what the user sees meanwhile, how it ends, and the rules that
 * hold in every case. The figures go to `matrix-reporter.ts`.
 */
import { randomUUID } from 'node:crypto';
import type { Page } from '@playwright/test';
import { expect, test as base } from '../e2e/fixtures.js';
import type { UploadOptions } from '../../src/index.js';
import { outcomeOf, startUpload, uploadFirstParts } from '../e2e/helpers.js';
import type { Outcome, Setup } from '../e2e/page/main.js';
import { createControl, type LogEntry, type RemoteControl } from '../helpers/oss-control.js';
import { fileSha256, storedSha256 } from '../helpers/read-back.js';
import { KiB, PART } from '../helpers/sizes.js';
import { acknowledged, transcript } from '../helpers/transcript.js';
import { sleep } from '../helpers/waits.js';

export const PARALLEL = 3;
export const FILE_SIZE: number = 10 * PART - 7;
/** For files that are sent in one request: a PostObject. */
export const SMALL_SIZE: number = 60 * KiB;
/** Options that a form has no field for: a small file is sent as a PutObject. */
export const PLAIN: UploadOptions = { tagging: { purpose: 'test' } };

/** How a row ends. */
export type Ends =
  /** The object equals the file, verified; unverified if CORS hides the CRC-64, and then it may even be corrupted. */
  | { survives: true; verified?: false; damaged?: true }
  /** A clear error; if it is resumable, the upload resumes and succeeds once the fault is over. */
  | { fails: string; resumable: boolean; says?: RegExp }
  /** By `task.abort()`: nothing remains on the server. */
  | { aborts: true };

export interface Row {
  /** Section of the matrix: Network, Service, Credentials, File, Browser, Bytes, Mess. */
  group: string;
  fault: string;
  /** When the fault occurs: `UploadPart`, `Complete`, `the first request`, … */
  stage: string;
  ends: Ends;
  /** Size of the file in bytes. @default ten parts */
  size?: number;
  setup?: Omit<Setup, 'ossUrl'>;
  /** Called before the upload starts. */
  arm?(scene: Scene): Promise<unknown>;
  /** Called once it has started. May check what the user sees. */
  during?(scene: Scene): Promise<unknown>;
  /** Ends a lasting fault before a failed upload is resumed. @default removes all faults and mends the link */
  disarm?(scene: Scene): Promise<unknown>;
  /** Called after the upload, for expectations of this row. */
  after?(scene: Scene & { log: readonly LogEntry[]; outcome: Outcome; states: readonly string[] }): Promise<unknown> | unknown;
  /** Parts that may be sent again after a 200: their stored bytes were wrong, or the upload no longer existed. */
  mayRepeat?: readonly number[];
  /** Answers are lost: parts that the service's log shows as acknowledged may not be known to the page. */
  losesAnswers?: boolean;
  /** How many Completes may succeed, if the first one's object was wrong. @default 1 */
  completes?: number;
}

/**
 * Of a table, each fault at two stages and each stage at least once: the i-th fault at the i-th of its stages, and half of them further.
 * `npm test` plays these, and `npm run test:faults` the whole table.
 */
export function sampleOf(rows: readonly Row[]): Row[] {
  const faults = [...new Set(rows.map(({ fault }) => fault))];
  const sample = new Set(
    faults.flatMap((fault, index) => {
      const same = rows.filter((row) => row.fault === fault);
      return [index, index + Math.floor(same.length / 2)].map((at) => same[at % same.length] as Row);
    }),
  );
  const stages = new Set([...sample].map(({ stage }) => stage));
  for (const row of rows) {
    if (!stages.has(row.stage)) sample.add(row);
    stages.add(row.stage);
  }
  return rows.filter((row) => sample.has(row));
}

/** Whether only samples are played: see the configuration. */
export const IS_REDUCED = process.env.REPETITIONS === 'few';

export interface Scene {
  page: Page;
  control: RemoteControl;
  ossUrl: string;
  key: string;
  path: string;
  setup: Setup;
  /** Starts the upload of the file at `path` on the page. */
  start(): Promise<void>;
}

/** One row of the matrix, as `matrix-reporter.ts` reads it from a test's annotations. */
export interface Finding {
  group: string;
  fault: string;
  stage: string;
  ends: string;
  /** Waits in order, each kind once, and the final state. */
  sees: string;
  /** The message of the failure or of the first wait. */
  says: string;
  /** Bytes of bodies that the service received in excess of the file's size. */
  resent: number;
  /** Number of signed requests. */
  requests: number;
  seconds: number;
}

/** With a new page in a new profile for each row: for faults that change the page before it is opened, or end it. */
export const testOnNewPage = base.extend<{ campaign: (row: Row) => Promise<void>; databaseName: string }>({
  /** Name of the database for checkpoints. */
  databaseName: 'oss-resumable',
  campaign: async ({ page, pageUrl, makeFile, oss, databaseName }, use) => {
    await use(async (row) => {
      const control = createControl(oss.url);
      const key = `faults/${row.group}/${row.stage}/${row.fault}.bin`.replaceAll(/[^\w./-]+/g, '-').toLowerCase();
      const path = await makeFile(row.size ?? FILE_SIZE, 1);
      const setup: Setup = {
        ossUrl: oss.url,
        ...row.setup,
        uploader: {
          partSize: PART,
          parallel: PARALLEL,
          retry: { baseDelay: 20, maxDelay: 200 },
          // Long where nothing stalls, so that a busy machine doesn't look like a stall.
          stallTimeout: (row.group === 'Network' ? 2_000 : 20_000) * (row.setup?.clockRate ?? 1),
          checkpoint: { name: databaseName },
          ...row.setup?.uploader,
        },
        upload: { key, ...row.setup?.upload },
      };
      const scene: Scene = { page, control, ossUrl: oss.url, key, path, setup, start: () => startUpload(page, path, setup) };
      await page.goto(pageUrl);
      await page.evaluate(() => window.witness.begin());
      const began = Date.now();
      await row.arm?.(scene);
      await scene.start();
      await row.during?.(scene);
      const outcome = await outcomeOf(page);
      const seconds = (Date.now() - began) / 1000;
      const log = await transcript(scene.ossUrl, scene.key);
      const seen = await page.evaluate(() => ({ states: [...window.upload!.states], sentences: [...window.upload!.sentences] }));
      report(test.info(), row, { outcome, log, seconds, size: row.size ?? FILE_SIZE, ...seen });
      await row.after?.({ ...scene, log, outcome, states: seen.states });
      await expectEnd(scene, row, outcome);
      await expectRules(scene, row);
    });
  },
});

/** With one page for all rows of a worker, because opening a window takes longer than most uploads here. */
export const test = testOnNewPage.extend<object, { rowPage: Page }>({
  rowPage: [
    async ({ browser }, use) => {
      const context = await browser.newContext();
      await use(await context.newPage());
      await context.close();
    },
    { scope: 'worker' },
  ],
  // One for each row, because rows share a profile.
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixtures wanted from the pattern.
  databaseName: async ({}, use) => use(`faults-${randomUUID()}`),
  context: ({ rowPage }, use) => use(rowPage.context()),
  page: async ({ rowPage }, use) => {
    await use(rowPage);
    await rowPage.unrouteAll();
    await rowPage.context().setOffline(false);
    await rowPage.goto('about:blank');
  },
});

async function expectEnd(scene: Scene, row: Row, outcome: Outcome): Promise<void> {
  const { page, control, ossUrl, key, path } = scene;
  const { ends } = row;
  if ('survives' in ends) {
    expect(outcome.failure?.message).toBeUndefined();
    expect(outcome.result).toMatchObject({ key, verified: ends.verified ?? true });
    if (ends.damaged) return;
  } else if ('aborts' in ends) {
    expect(outcome.failure).toMatchObject({ name: 'AbortError' });
    // An abort that the server doesn't answer at once continues in the background.
    await expect.poll(async () => (await control.uploads()).filter((upload) => upload.key === key)).toEqual([]);
    return;
  } else {
    expect(outcome.failure, `ended with ${JSON.stringify(outcome.result)}`).toMatchObject({ code: ends.fails, resumable: ends.resumable });
    if (ends.says) expect(outcome.failure?.message).toMatch(ends.says);
    if (!ends.resumable) return;
    await (row.disarm ?? endFaults)(scene);
    const since = (await control.log()).at(-1)?.n ?? 0;
    const known = acknowledged(await transcript(scene.ossUrl, scene.key));
    await page.evaluate(() => window.upload!.task.resume());
    const second = await outcomeOf(page);
    expect(second.failure?.message).toBeUndefined();
    const again = acknowledged((await transcript(scene.ossUrl, scene.key)).filter(({ n }) => n > since)).filter((number) =>
      known.includes(number),
    );
    expect(
      again.filter((number) => !row.losesAnswers && !row.mayRepeat?.includes(number)),
      'parts sent again after resume()',
    ).toEqual([]);
  }
  // Read by another client, which has its own clock.
  await control.setClock(0);
  expect(await storedSha256(ossUrl, key)).toBe(await fileSha256(path));
}

/** The rules that hold in every case. */
async function expectRules(scene: Scene, { mayRepeat = [], losesAnswers = false, completes = 1 }: Row): Promise<void> {
  const { page, setup } = scene;
  const log = await transcript(scene.ossUrl, scene.key);
  const twice = acknowledged(log).filter((number, index, all) => all.indexOf(number) < index && !mayRepeat.includes(number));
  if (!losesAnswers) expect(twice, 'acknowledged parts sent again').toEqual([]);
  // A 200 that a proxy invented is no Complete.
  const completed = log.filter(
    ({ operation, status, fault }) => operation === 'CompleteMultipartUpload' && status === 200 && fault !== 'raw',
  );
  expect(completed.length, 'Completes').toBeLessThanOrEqual(completes);
  expect(await page.evaluate(() => window.upload!.wrongProgress), 'progress').toEqual([]);
  await expectNothingLeft(page, setup, mayRepeat);
}

/** Leaves an unfinished upload with four acknowledged parts, as an earlier page load does. */
export async function interrupt({ page, control, path, setup }: Scene): Promise<void> {
  const answerAgain = await uploadFirstParts(page, control, path, setup, 4);
  await page.reload();
  await answerAgain();
}

/** Polls the log as often as possible, because some moments are short. Fails with the state of the page and the log. */
export async function untilLogged(
  { page, ossUrl, key }: Pick<Scene, 'page' | 'ossUrl' | 'key'>,
  hasCome: (log: readonly LogEntry[]) => boolean,
): Promise<void> {
  const latest = Date.now() + 60_000;
  for (;;) {
    const log = await transcript(ossUrl, key);
    if (hasCome(log)) return;
    if (Date.now() > latest) {
      const seen = await page.evaluate(() => ({ ...window.upload?.task.getSnapshot(), states: window.upload?.states }));
      const lines = log.map(({ operation, partNumber, status, fault, finished }) =>
        [operation, partNumber, status, fault, finished].join(' '),
      );
      throw new Error(`The moment has not come. The page: ${JSON.stringify(seen)}. The log:\n${lines.join('\n')}`);
    }
    await sleep(5);
  }
}

/** Disposes of the uploader, and expects that nothing of it remains: no request, lock, listener, timer, worker or secret. */
export async function expectNothingLeft(page: Page, setup: Setup, mayRepeat: readonly number[] = []): Promise<void> {
  const left = await page.evaluate(async () => {
    const { upload, witness } = window;
    const { failure } = await upload!.outcome();
    const texts = [failure?.dump ?? '', ...upload!.sentences, JSON.stringify(upload!.task.getSnapshot())];
    await upload!.uploader.dispose();
    return witness.account(texts);
  });
  const { mostPuts, repeatedParts, ...rest } = left;
  expect(mostPuts, 'PUTs in flight').toBeLessThanOrEqual(setup.uploader?.parallel ?? 6);
  expect(
    repeatedParts.filter((number) => !mayRepeat.includes(number)),
    'parts sent again after their answer',
  ).toEqual([]);
  expect(rest).toEqual({ requests: 0, timers: 0, workers: 0, listeners: [], locks: [], unhandled: [], leaks: [] });
}

async function endFaults({ control }: Scene): Promise<void> {
  await control.removeFault();
  await control.setLink({ offline: false });
}

interface Seen {
  outcome: Outcome;
  log: readonly LogEntry[];
  states: readonly string[];
  sentences: readonly string[];
  seconds: number;
  size: number;
}

const BODIES: LogEntry['operation'][] = ['UploadPart', 'PutObject', 'PostObject'];

/** Bytes of bodies that the service received in excess of the file's size. */
export function resentBytes(log: readonly LogEntry[], size: number): number {
  const bodies = log.filter(({ operation }) => BODIES.includes(operation));
  return Math.max(0, bodies.reduce((sum, { bytesIn }) => sum + bytesIn, 0) - size);
}

/** Adds a row's figures to the matrix. */
export function report(info: { annotations: { type: string; description?: string }[] }, row: Omit<Row, 'ends'>, seen: Seen): void {
  const { outcome, log, states, sentences, seconds, size } = seen;
  const finding: Finding = {
    group: row.group,
    fault: row.fault,
    stage: row.stage,
    ends:
      outcome.failure?.name === 'AbortError'
        ? 'aborted'
        : outcome.failure
          ? `${outcome.failure.code}${outcome.failure.resumable ? ', resumable' : ''}`
          : `survived${outcome.result!.verified ? '' : ', verified: false'}`,
    sees: fold(states),
    says: outcome.failure?.message ?? sentences[0] ?? '',
    resent: resentBytes(log, size),
    requests: log.length,
    seconds,
  };
  info.annotations.push({ type: 'matrix', description: JSON.stringify(finding) });
}

/** Each kind of wait once, and the final state. */
function fold(states: readonly string[]): string {
  const waits = [...new Set(states.filter((state) => state.startsWith('waiting')))];
  const last = states.at(-1)!;
  return [...waits, last].filter((state, index, all) => all.indexOf(state) === index).join(' → ');
}
