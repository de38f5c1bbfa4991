/** What browsers do to a page during an upload, and features that they lack. */
import type { BrowserContext, Page } from '@playwright/test';
import type { FaultRule, OperationName } from '../../src/emulator/index.js';
import { expect } from '../e2e/fixtures.js';
import { expectUploaded, outcomeOf, startUpload, statesOf, unfinishedKeys } from '../e2e/helpers.js';
import type { Setup } from '../e2e/page/main.js';
import { createControl, type LogEntry, type RemoteControl } from '../helpers/oss-control.js';
import { fileSha256, storedSha256 } from '../helpers/read-back.js';
import { PART } from '../helpers/sizes.js';
import { acknowledged, acknowledgedTwice, count, oneTo, partNumbers, sentAgain, transcript } from '../helpers/transcript.js';
import {
  expectNothingLeft,
  FILE_SIZE,
  interrupt,
  IS_REDUCED,
  PARALLEL,
  report,
  type Row,
  type Scene,
  testOnNewPage as test,
  untilLogged,
} from './campaign.js';

const DATABASE = 'oss-resumable';

/* ---- Leaving the page ---- */

/** A moment of an upload: faults that prolong it, and a check of the log that recognises it. */
interface Moment {
  rules: FaultRule[];
  hasCome(log: readonly LogEntry[]): boolean;
  /** The upload may already be done at this moment. */
  mayBeOver?: true;
}

const MOMENTS: Record<string, Moment> = {
  'before Initiate is answered': {
    rules: [{ operation: 'InitiateMultipartUpload', fault: { kind: 'delay', milliseconds: 2_000 } }],
    hasCome: (log) => count(log, 'InitiateMultipartUpload') > 0,
  },
  'when Initiate is done, before its answer arrives': {
    rules: [{ operation: 'InitiateMultipartUpload', fault: { kind: 'trickle', milliseconds: 5_000 } }],
    hasCome: (log) => answered(log, 'InitiateMultipartUpload') > 0,
  },
  'while parts are sent': {
    rules: [{ operation: 'UploadPart', skip: 4, times: PARALLEL, fault: { kind: 'delay', milliseconds: 2_000 } }],
    hasCome: (log) => count(log, 'UploadPart') === 4 + PARALLEL,
  },
  'when parts are stored, before they are recorded': {
    rules: [{ operation: 'UploadPart', skip: 4, times: PARALLEL, fault: { kind: 'trickle', milliseconds: 5_000 } }],
    hasCome: (log) => answered(log, 'UploadPart') === 4 + PARALLEL,
  },
  'while Complete is worked on': {
    rules: [{ operation: 'CompleteMultipartUpload', fault: { kind: 'delay', milliseconds: 1_500 } }],
    hasCome: (log) => count(log, 'CompleteMultipartUpload') > 0,
  },
  'when Complete is done, before its answer arrives': {
    rules: [{ operation: 'CompleteMultipartUpload', fault: { kind: 'trickle', milliseconds: 5_000 } }],
    hasCome: (log) => answered(log, 'CompleteMultipartUpload') > 0,
  },
  'when Complete’s answer is lost': {
    rules: [
      { operation: 'CompleteMultipartUpload', fault: { kind: 'drop-response' } },
      // The page's next requests.
      { operation: ['CompleteMultipartUpload', 'HeadObject'], fault: { kind: 'delay', milliseconds: 3_000 } },
    ],
    hasCome: (log) => log.some(({ operation, finished }) => operation === 'CompleteMultipartUpload' && finished),
  },
  'right after Complete, as the checkpoint is deleted': {
    // Nothing prolongs it.
    rules: [],
    hasCome: (log) => answered(log, 'CompleteMultipartUpload') > 0,
    mayBeOver: true,
  },
};

const LEAVES: Record<string, (page: Page) => Promise<unknown>> = {
  'a reload': (page) => page.reload(),
  async 'another page and back'(page) {
    await page.goto('about:blank');
    await page.goBack();
    // The page may come back from the back/forward cache with its upload still running: reload it.
    await page.reload();
  },
};

/** Firefox is killed at these in the sample: it takes half a minute to start again. */
const KILLED_IN_SAMPLE = ['while parts are sent', 'when Complete’s answer is lost'];

for (const [stage, moment] of Object.entries(MOMENTS)) {
  for (const [fault, leave] of moment.mayBeOver ? [] : Object.entries(LEAVES)) {
    test(`${stage}: ${fault} → resumes, no acknowledged part is sent again`, ({ campaign }) => {
      let before: LogEntry[] = [];
      return campaign({
        group: 'Browser',
        fault,
        stage,
        ends: { survives: true },
        async arm({ control, key }) {
          for (const rule of moment.rules) await control.addFault({ ...rule, key });
        },
        async during({ page, control, key, ossUrl, start }) {
          await untilLogged({ page, ossUrl, key }, moment.hasCome);
          await leave(page);
          await control.removeFault();
          before = await transcript(ossUrl, key);
          await start();
        },
        // Parts in flight when the page was left may be stored and acknowledged after the next page has listed the parts.
        losesAnswers: true,
        after: ({ log }) => expect(acknowledgedTwice({ before, after: log })).toEqual([]),
      });
    });
  }

  test(`${stage}: kill -9 of the browser → resumes after a restart, no acknowledged part is sent again`, {
    tag: IS_REDUCED && !KILLED_IN_SAMPLE.includes(stage) ? ['@kill', '@chromium'] : '@kill',
  }, async ({ pageUrl, makeFile, makeFolder, launchBrowser, oss }) => {
    const { control, key, setup } = arrange(oss.url, `kill ${stage}`);
    const path = await makeFile(FILE_SIZE, 1);
    const profile = await makeFolder();
    const first = await launchBrowser(profile);
    const page = await first.context.newPage();
    await page.goto(pageUrl);
    for (const rule of moment.rules) await control.addFault({ ...rule, key });
    const began = Date.now();
    await startUpload(page, path, setup);
    await untilLogged({ page, ossUrl: oss.url, key }, moment.hasCome);
    await first.kill();
    await control.removeFault();

    const second = await launchBrowser(profile);
    const later = await second.context.newPage();
    await later.goto(pageUrl);
    const before = await transcript(oss.url, key);
    if (moment.mayBeOver && (await unfinishedKeys(later, setup)).length === 0) {
      expect(await storedSha256(oss.url, key)).toBe(await fileSha256(path));
      return;
    }
    await startUpload(later, path, setup);
    await expectUploaded(later, { ossUrl: oss.url, key, path });
    await expectOneUpload(later, { fault: 'kill -9 of the browser', stage, ossUrl: oss.url, key, setup, before, began });
  });
}

/* ---- Tabs ---- */

const TAB_ENDS: Record<string, { tag: string[]; end(page: Page): Promise<unknown> }> = {
  closed: { tag: [], end: (page) => page.close() },
  // Playwright starts Firefox so that the whole browser ends when one tab crashes.
  crashed: { tag: ['@chromium'], end: (page) => page.goto('chrome://crash').catch(() => {}) },
};

for (const [how, { tag, end }] of Object.entries(TAB_ENDS)) {
  for (const number of [1, 2, 3]) {
    const title = ['a tab', 'the first of two tabs with one file', 'the first of three tabs with one file'][number - 1]!;
    const then = number === 1 ? 'a new tab resumes' : 'another one resumes, all get the result';
    test(`${title} is ${how} while parts are sent → ${then}, one Complete, no acknowledged part is sent again`, { tag }, async ({
      context,
      pageUrl,
      makeFile,
      oss,
    }) => {
      const { control, key, setup } = arrange(oss.url, `${how} ${number}`);
      const path = await makeFile(FILE_SIZE, 1);
      const first = await openTab(context, pageUrl);
      const others: Page[] = [];
      for (let other = 1; other < number; other += 1) others.push(await openTab(context, pageUrl));
      await control.addFault({ operation: 'UploadPart', key, skip: 4, times: PARALLEL, fault: { kind: 'stall' } });
      const began = Date.now();
      await startUpload(first, path, setup);
      await untilLogged({ page: first, ossUrl: oss.url, key }, hasStoppedAfterFour);
      for (const other of others) {
        await startUpload(other, path, setup);
        await expect.poll(() => statesOf(other)).toContain('waiting: other-tab');
      }
      const before = await transcript(oss.url, key);
      await end(first);
      if (others.length === 0) {
        others.push(await openTab(context, pageUrl));
        await startUpload(others[0]!, path, setup);
      }
      for (const other of others) await expectUploaded(other, { ossUrl: oss.url, key, path });
      const fault = number === 1 ? `the tab is ${how}` : `the first of ${number} tabs with the file is ${how}`;
      await expectOneUpload(others[0]!, { fault, stage: 'while parts are sent', ossUrl: oss.url, key, setup, before, began });
      for (const other of others.slice(1)) await expectNothingLeft(other, setup);
    });
  }
}

test('two tabs without Web Locks → the second takes over, the first fails with TakenOver, one Complete', async ({
  context,
  pageUrl,
  makeFile,
  oss,
}) => {
  const { control, key, setup } = arrange(oss.url, 'no locks');
  const path = await makeFile(FILE_SIZE, 1);
  await context.addInitScript(() => Object.defineProperty(Navigator.prototype, 'locks', { value: undefined, configurable: true }));
  const [first, second] = [await context.newPage(), await context.newPage()];
  await Promise.all([first.goto(pageUrl), second.goto(pageUrl)]);
  const { id } = await control.addFault({
    operation: 'UploadPart',
    key,
    skip: 4,
    times: PARALLEL,
    fault: { kind: 'delay', milliseconds: 1_500 },
  });
  const began = Date.now();
  await startUpload(first, path, setup);
  await untilLogged({ page: first, ossUrl: oss.url, key }, hasStoppedAfterFour);
  const before = await transcript(oss.url, key);
  await startUpload(second, path, setup);
  await expectUploaded(second, { ossUrl: oss.url, key, path });
  await control.removeFault(id);
  expect((await outcomeOf(first)).failure).toMatchObject({ name: 'CheckpointError', code: 'TakenOver' });
  await expectNothingLeft(first, setup);
  await expectOneUpload(second, {
    fault: 'no Web Locks, two tabs',
    stage: 'while parts are sent',
    ossUrl: oss.url,
    key,
    setup,
    before,
    began,
  });
});

/* ---- Workers, timers, storage ---- */

const stopAfterFour = ({ control, key }: Scene): Promise<unknown> =>
  control.addFault({ operation: 'UploadPart', key, skip: 4, times: PARALLEL, fault: { kind: 'delay', milliseconds: 700 } });

const rows: (Row & { tag?: string[] })[] = [
  {
    group: 'Browser',
    fault: 'timers that never fire, as in a hidden tab',
    stage: 'from the start',
    ends: { survives: true },
    async arm({ page }) {
      await page.addInitScript(() => {
        let id = 0;
        Object.assign(window, { setTimeout: () => ++id, setInterval: () => ++id, requestAnimationFrame: () => ++id });
      });
      await page.reload();
    },
  },
  {
    group: 'Browser',
    fault: 'workers forbidden by the Content-Security-Policy',
    stage: 'from the start',
    ends: { survives: true },
    arm: ({ page }) => page.goto(`${page.url()}?${new URLSearchParams({ csp: "worker-src 'none'" })}`),
    after: async ({ page }) => expect(await page.evaluate(() => window.witness.liveWorkers().length)).toBe(0),
  },
  {
    group: 'Browser',
    fault: 'the worker’s file is missing',
    stage: 'from the start',
    ends: { survives: true },
    arm: ({ page }) => page.goto(`${page.url()}?worker=missing`),
  },
  {
    group: 'Browser',
    fault: 'the worker is terminated without an event',
    stage: 'while parts are sent',
    ends: { survives: true },
    arm: stopAfterFour,
    async during({ page, ossUrl, key }) {
      await untilLogged({ page, ossUrl, key }, (log) => count(log, 'UploadPart') === 4 + PARALLEL);
      const ended = await page.evaluate(() => {
        const workers = window.witness.liveWorkers();
        for (const worker of workers) worker.terminate();
        return workers.length;
      });
      expect(ended).toBe(1);
    },
  },
  {
    group: 'Browser',
    fault: 'the worker throws an uncaught error',
    stage: 'during a hash',
    ends: { survives: true },
    async arm({ page }) {
      // The library's worker with an additional listener that throws at the third slice.
      await page.evaluate(() => {
        const Own = window.Worker;
        let isFirst = true;
        window.Worker = class extends Own {
          constructor(url: string | URL, options?: WorkerOptions) {
            const faulty = `import ${JSON.stringify(String(url))};
let slices = 0;
addEventListener('message', ({ data }) => {
  if (data.type === 'digest' && ++slices === 3) throw new Error('a crash');
});`;
            super(isFirst ? URL.createObjectURL(new Blob([faulty], { type: 'text/javascript' })) : url, options);
            isFirst = false;
          }
        };
      });
    },
  },
  {
    group: 'Browser',
    fault: 'no IndexedDB',
    stage: 'from the start',
    ends: { survives: true },
    arm: ({ page }) => withoutDatabase(page, () => Object.defineProperty(window, 'indexedDB', { value: undefined, configurable: true })),
    after: ({ page }) => expectMemoryWarning(page),
  },
  {
    group: 'Browser',
    fault: 'IndexedDB blocked: opening it throws',
    stage: 'from the start',
    ends: { survives: true },
    arm: ({ page }) =>
      withoutDatabase(page, () => {
        const database = {
          databases: async () => [],
          open() {
            throw new DOMException('Blocked by a policy', 'SecurityError');
          },
        };
        Object.defineProperty(window, 'indexedDB', { value: database, configurable: true });
      }),
    after: ({ page }) => expectMemoryWarning(page),
  },
  {
    group: 'Browser',
    fault: 'the disk quota is full',
    stage: 'from the start',
    ends: { survives: true },
    // Only Chromium's protocol can set a quota.
    tag: ['@chromium'],
    async arm({ page }) {
      const session = await page.context().newCDPSession(page);
      await session.send('Storage.overrideQuotaForOrigin', { origin: new URL(page.url()).origin, quotaSize: 1 });
    },
    after: ({ page }) => expectMemoryWarning(page),
  },
  {
    group: 'Browser',
    fault: 'the database is deleted by another page',
    stage: 'while parts are sent',
    ends: { survives: true },
    arm: stopAfterFour,
    async during({ page, ossUrl, key }) {
      await untilLogged({ page, ossUrl, key }, hasStoppedAfterFour);
      const other = await page.context().newPage();
      await other.goto(page.url());
      await other.evaluate(
        (name) =>
          new Promise<void>((resolve, reject) => {
            const request = indexedDB.deleteDatabase(name);
            request.onsuccess = () => resolve();
            request.onerror = () => reject(request.error);
          }),
        DATABASE,
      );
      await other.close();
    },
  },
  ...(['of a future version', 'corrupt', 'not an object', 'with parts that make no sense'] as const).map(
    (kind): Row => ({
      group: 'Browser',
      fault: `the stored checkpoint is ${kind}`,
      stage: 'a reload between',
      ends: { survives: true },
      async arm(scene) {
        await interrupt(scene);
        await tamper(scene.page, kind);
      },
      // A record that can't be read is ignored: a new upload starts. For parts, the server's list wins.
      mayRepeat: kind === 'with parts that make no sense' ? [] : oneTo(10),
      after({ log }) {
        expect(count(log, 'InitiateMultipartUpload')).toBe(kind === 'with parts that make no sense' ? 1 : 2);
      },
    }),
  ),
];

for (const { tag = [], ...row } of rows) {
  test(`${row.stage}: ${row.fault} → survives`, { tag }, ({ campaign }) => campaign(row));
}

/* ---- Abandoned uploads ---- */

test('uploads older than maxAge: at most twenty per start are aborted in the background; younger ones stay', async ({
  page,
  pageUrl,
  oss,
}) => {
  const control = createControl(oss.url);
  await page.goto(pageUrl);
  // 25 uploads that are started and abandoned, three of them recently.
  const setup: Setup = { ossUrl: oss.url, uploader: { partSize: PART, parallel: 6, checkpoint: { maxAge: 60_000 } }, clockRate: 10 };
  const { id } = await control.addFault({ operation: 'UploadPart', times: null, fault: { kind: 'stall' } });
  await page.evaluate(async (setup) => {
    const uploader = window.makeUploader(setup);
    for (let index = 0; index < 25; index += 1) {
      const task = uploader.upload(window.makeNoise(2 * 102_400, index), { key: `orphans/${index}` });
      await new Promise<void>((resolve) => {
        const off = task.subscribe(() => {
          if (task.getSnapshot().status !== 'uploading') return;
          off();
          resolve();
        });
      });
      await task.pause();
    }
    await uploader.dispose();
  }, setup);
  await control.removeFault(id);
  expect(await control.uploads()).toHaveLength(25);
  await changeRecords(page, (record, index) => ({ ...record, updatedAt: record.updatedAt - (index < 3 ? 0 : 3_600_000) }));
  const live = await recordsOf(page, ({ updatedAt }) => updatedAt > Date.now() - 1_800_000);
  expect(live).toHaveLength(3);

  const start = (): Promise<string[]> =>
    page.evaluate(async (setup) => {
      const uploader = window.makeUploader(setup);
      const keys = (await uploader.unfinished()).map(({ key }) => key);
      Object.assign(window, { uploader });
      return keys;
    }, setup);
  const dispose = (): Promise<void> => page.evaluate(() => (window as any).uploader.dispose());
  await page.reload();
  // The page's own list comes before the sweep.
  expect(await start()).toHaveLength(25);
  await expect.poll(async () => (await control.uploads()).length).toBe(5);
  await dispose();
  await page.reload();
  expect(await start()).toHaveLength(5);
  await expect.poll(async () => (await control.uploads()).map(({ key }) => key).sort()).toEqual(live.sort());
  await expect.poll(() => recordsOf(page, () => true).then((keys) => keys.sort())).toEqual(live);
  await dispose();
});

/* ---- Helpers ---- */

function arrange(ossUrl: string, name: string): { control: RemoteControl; key: string; setup: Setup } {
  const key = `faults/browser/${name}.bin`.replaceAll(/[^\w./-]+/g, '-').toLowerCase();
  const uploader = { partSize: PART, parallel: PARALLEL, retry: { baseDelay: 20, maxDelay: 200 } };
  return { control: createControl(ossUrl), key, setup: { ossUrl, uploader, upload: { key } } };
}

/** Four parts are acknowledged, and the allowed number is in flight. */
function hasStoppedAfterFour(log: readonly LogEntry[]): boolean {
  return acknowledged(log).length === 4 && count(log, 'UploadPart') === 4 + PARALLEL;
}

function answered(log: readonly LogEntry[], operation: OperationName): number {
  return log.filter((entry) => entry.operation === operation && entry.status === 200).length;
}

interface Ending {
  fault: string;
  stage: string;
  ossUrl: string;
  key: string;
  setup: Setup;
  /** The log when the upload was resumed. */
  before: readonly LogEntry[];
  began: number;
}

/** Expects one Complete, no acknowledged part sent again, and nothing left behind. Adds a row to the matrix. */
async function expectOneUpload(page: Page, { fault, stage, ossUrl, key, setup, before, began }: Ending): Promise<void> {
  const seconds = (Date.now() - began) / 1000;
  const [outcome, states, log] = [await outcomeOf(page), await statesOf(page), await transcript(ossUrl, key)];
  report(test.info(), { group: 'Browser', fault, stage }, { outcome, states, sentences: [], log, seconds, size: FILE_SIZE });
  expect(acknowledgedTwice({ before, after: log })).toEqual([]);
  const again = sentAgain({ before, after: log });
  expect(again.numbers.length).toBeLessThanOrEqual(PARALLEL);
  expect(again.bytes).toBeLessThanOrEqual(PARALLEL * PART);
  // A Complete whose answer was lost has no status in the log.
  expect(answered(log, 'CompleteMultipartUpload')).toBeLessThanOrEqual(1);
  const used = new Set(log.filter(({ operation }) => operation === 'UploadPart').map(({ uploadId }) => uploadId));
  expect(used.size).toBe(1);
  expect(new Set(partNumbers(log)).size).toBe(10);
  await expectNothingLeft(page, setup);
  expect(await unfinishedKeys(page, setup)).toEqual([]);
}

async function openTab(context: BrowserContext, url: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(url);
  return page;
}

/** Replaces IndexedDB and reloads the page. Playwright can't remove it from a real browser. */
async function withoutDatabase(page: Page, replace: () => unknown): Promise<void> {
  await page.addInitScript(replace);
  await page.reload();
}

async function expectMemoryWarning(page: Page): Promise<void> {
  const warnings = await page.evaluate(() => window.upload!.task.getSnapshot().warnings.map(({ code }) => code));
  expect(warnings).toEqual(['checkpoint-in-memory']);
}

/** Opens the library's database in its current version. */
const openStore = (): Promise<IDBObjectStore> =>
  new Promise((resolve, reject) => {
    const request = indexedDB.open('oss-resumable');
    request.onsuccess = () => resolve(request.result.transaction('checkpoints', 'readwrite').objectStore('checkpoints'));
    request.onerror = () => reject(request.error);
  });

type Record_ = { key: string; updatedAt: number };

async function recordsOf(page: Page, wanted: (record: Record_) => boolean): Promise<string[]> {
  const records = await page.evaluate(async (open) => {
    const store: IDBObjectStore = await new Function(`return (${open})()`)();
    const request = store.getAll(IDBKeyRange.bound(['checkpoint'], ['checkpoint', []]));
    const found = await new Promise<Record_[]>((resolve) => {
      request.onsuccess = () => resolve(request.result);
    });
    store.transaction.db.close();
    return found;
  }, String(openStore));
  return records.filter(wanted).map(({ key }) => key);
}

async function changeRecords(page: Page, change: (record: Record_, index: number) => unknown): Promise<void> {
  await page.evaluate(
    async ([open, change]) => {
      const store: IDBObjectStore = await new Function(`return (${open})()`)();
      const apply = new Function(`return ${change}`)();
      await new Promise<void>((resolve, reject) => {
        const { transaction } = store;
        let index = 0;
        store.openCursor(IDBKeyRange.bound(['checkpoint'], ['checkpoint', []])).onsuccess = ({ target }) => {
          const cursor = (target as IDBRequest<IDBCursorWithValue | null>).result;
          if (!cursor) return;
          cursor.update(apply(cursor.value, index++));
          cursor.continue();
        };
        transaction.oncomplete = () => resolve();
        transaction.onerror = () => reject(transaction.error);
      });
      store.transaction.db.close();
    },
    [String(openStore), String(change)] as const,
  );
}

async function tamper(
  page: Page,
  kind: 'of a future version' | 'corrupt' | 'not an object' | 'with parts that make no sense',
): Promise<void> {
  switch (kind) {
    case 'of a future version':
      return changeRecords(page, (record) => ({ ...record, version: 3, parts: 'elsewhere' }));
    case 'corrupt':
      return changeRecords(page, (record) => ({ ...record, partSize: 'big', uploadId: undefined }));
    case 'not an object':
      return changeRecords(page, () => 'rubbish');
    case 'with parts that make no sense':
      await page.evaluate(async (open) => {
        const store: IDBObjectStore = await new Function(`return (${open})()`)();
        const rubbish = [{ number: 'one' }, null, 'part', { number: 2, etag: 5, size: -1 }];
        for (const [index, part] of rubbish.entries()) {
          const { transaction } = store;
          const keys = await new Promise<IDBValidKey[]>((resolve) => {
            const request = store.getAllKeys(IDBKeyRange.bound(['part'], ['part', []]));
            request.onsuccess = () => resolve(request.result);
          });
          store.put(part, keys[index]!);
          if (index === rubbish.length - 1) {
            await new Promise((resolve) => {
              transaction.oncomplete = resolve;
            });
          }
        }
        store.transaction.db.close();
      }, String(openStore));
  }
}
