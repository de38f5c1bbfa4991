/**
 * What every row of the fault campaign goes through: the upload under a fault, what the user sees meanwhile, how it
 * ends, and the rules that hold whatever happens. The figures go to `matrix-reporter.ts`.
 */
import { randomUUID } from 'node:crypto';
import type { Page } from '@playwright/test';
import { expect, test as base } from '../e2e/fixtures.js';
import { outcomeOf, startUpload, untilPartsDone } from '../e2e/helpers.js';
import type { Outcome, Setup } from '../e2e/page/main.js';
import { createControl, type LogEntry, type RemoteControl } from '../helpers/oss-control.js';
import { fileSha256, storedSha256 } from '../helpers/read-back.js';
import { KiB, PART } from '../helpers/sizes.js';
import { acknowledged, transcript } from '../helpers/transcript.js';
import { sleep } from '../helpers/waits.js';

export const PARALLEL = 3;
export const FILE_SIZE: number = 10 * PART - 7;
/** For files that go as one PutObject. */
export const SMALL_SIZE: number = 60 * KiB;

/** How a row ends. */
export type Ends =
  /** The object is the file; verified, unless CORS hides the proof, and then it may be damaged. */
  | { survives: true; verified?: false; damaged?: true }
  /** A clear error; where it is resumable, the upload goes on and succeeds once the fault is over. */
  | { fails: string; resumable: boolean; says?: RegExp }
  /** By `task.abort()`: nothing is left on the server. */
  | { aborts: true };

export interface Row {
  /** Of the matrix: Network, Service, Credentials, File, Browser, Bytes, Mess. */
  group: string;
  fault: string;
  /** When it strikes: `UploadPart`, `Complete`, `the first request`, … */
  stage: string;
  ends: Ends;
  /** Bytes. @default ten parts */
  size?: number;
  setup?: Omit<Setup, 'ossUrl'>;
  /** Before the upload begins. */
  arm?(scene: Scene): Promise<unknown>;
  /** Once it has begun. Its own expectations may look at what the user sees. */
  during?(scene: Scene): Promise<unknown>;
  /** Ends a fault that lasts, before a failed upload is told to go on. @default all faults are removed, the link is back */
  disarm?(scene: Scene): Promise<unknown>;
  /** After the upload: expectations of this row alone. */
  after?(scene: Scene & { log: readonly LogEntry[]; outcome: Outcome; states: readonly string[] }): Promise<unknown> | unknown;
  /** Parts that may be sent again after a 200: their stored bytes were wrong, or the whole upload was gone. */
  mayRepeat?: readonly number[];
  /** Answers are lost on their way: what the service's log shows as acknowledged may never have been heard of. */
  losesAnswers?: boolean;
  /** How many Completes may succeed, where the first one's object was not to be believed. @default 1 */
  completes?: number;
}

export interface Scene {
  page: Page;
  control: RemoteControl;
  ossUrl: string;
  key: string;
  path: string;
  setup: Setup;
  /** Begins the upload on the page, from the file at `path`. */
  start(): Promise<void>;
}

/** One line of the matrix, as `matrix-reporter.ts` reads it from a test's annotations. */
export interface Finding {
  group: string;
  fault: string;
  stage: string;
  ends: string;
  /** States in order, repetitions of the same kind folded. */
  sees: string;
  /** The sentence that belongs to the wait or the failure. */
  says: string;
  /** Bytes of bodies that the service received beyond the file's size. */
  resent: number;
  /** Signed requests in all. */
  requests: number;
  seconds: number;
}

/** With a new page, in a new profile, for each row: for what changes the page before it is opened, or ends it. */
export const testOnNewPage = base.extend<{ campaign: (row: Row) => Promise<void>; databaseName: string }>({
  /** Where checkpoints are kept. */
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
          // Where nothing stalls, a busy machine must not seem to.
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

/** With one page for all rows of a worker: opening a window takes longer than most uploads here. */
export const test = testOnNewPage.extend<object, { rowPage: Page }>({
  rowPage: [
    async ({ browser }, use) => {
      const context = await browser.newContext();
      await use(await context.newPage());
      await context.close();
    },
    { scope: 'worker' },
  ],
  // Of its own: rows share a profile.
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
    // What the server does not answer at once continues in the background.
    await expect.poll(async () => (await control.uploads()).filter((upload) => upload.key === key)).toEqual([]);
    return;
  } else {
    expect(outcome.failure, `ended with ${JSON.stringify(outcome.result)}`).toMatchObject({ code: ends.fails, resumable: ends.resumable });
    if (ends.says) expect(outcome.failure?.message).toMatch(ends.says);
    if (!ends.resumable) return;
    await (row.disarm ?? over)(scene);
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
  // Read by another client, with a clock of its own.
  await control.setClock(0);
  expect(await storedSha256(ossUrl, key)).toBe(await fileSha256(path));
}

/** What holds whatever happens. */
async function expectRules(scene: Scene, { mayRepeat = [], losesAnswers = false, completes = 1 }: Row): Promise<void> {
  const { page, setup } = scene;
  const log = await transcript(scene.ossUrl, scene.key);
  const twice = acknowledged(log).filter((number, index, all) => all.indexOf(number) < index && !mayRepeat.includes(number));
  if (!losesAnswers) expect(twice, 'acknowledged parts sent again').toEqual([]);
  // A 200 that somebody else has made up is no Complete.
  const completed = log.filter(
    ({ operation, status, fault }) => operation === 'CompleteMultipartUpload' && status === 200 && fault !== 'raw',
  );
  expect(completed.length, 'Completes').toBeLessThanOrEqual(completes);
  expect(await page.evaluate(() => window.upload!.wrongProgress), 'progress').toEqual([]);
  await expectNothingLeft(page, setup, mayRepeat);
}

/** Leaves an upload half done, as an earlier page load does: four parts are acknowledged. */
export async function interrupt({ page, control, key, start }: Scene): Promise<void> {
  const { id } = await control.addFault({ operation: 'UploadPart', key, skip: 4, times: null, fault: { kind: 'stall' } });
  await start();
  await untilPartsDone(page, 4);
  await page.reload();
  await control.removeFault(id);
}

/** Looks at the log as often as possible, since moments are short. One that doesn't come says what the page was doing. */
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

/** Disposes of the uploader, and expects that nothing of it is left: no slot, lock, listener, timer, worker, request or secret. */
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

async function over({ control }: Scene): Promise<void> {
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

/** Bytes of bodies that the service received beyond those that there are. */
export function resentBytes(log: readonly LogEntry[], size: number): number {
  const bodies = log.filter(({ operation }) => operation === 'UploadPart' || operation === 'PutObject');
  return Math.max(0, bodies.reduce((sum, { bytesIn }) => sum + bytesIn, 0) - size);
}

/** Hands a row's figures to the matrix. */
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

/** Waits come and go: each kind is named once. */
function fold(states: readonly string[]): string {
  const waits = [...new Set(states.filter((state) => state.startsWith('waiting')))];
  const last = states.at(-1)!;
  return [...waits, last].filter((state, index, all) => all.indexOf(state) === index).join(' → ');
}
