/** Uploads on the test page, and numbers that a later run can repeat. */
import type { Page } from '@playwright/test';
import type { FaultRule } from '../../src/emulator/index.js';
import { fileSha256, storedSha256 } from '../helpers/read-back.js';
import { expect } from './fixtures.js';
import type { Outcome, Setup } from './page/main.js';

/** Selects the file with the page's input and begins to upload it. */
export async function startUpload(page: Page, path: string, setup: Setup): Promise<void> {
  await page.setInputFiles('#file', path);
  await page.evaluate((setup) => window.startUpload(setup), setup);
}

/** Waits until the upload on the page has ended. */
export function outcomeOf(page: Page): Promise<Outcome> {
  return page.evaluate(() => window.upload!.outcome());
}

export function statesOf(page: Page): Promise<string[]> {
  return page.evaluate(() => [...window.upload!.states]);
}

/** Waits until this is the task's current state. */
export async function untilState(page: Page, state: string): Promise<void> {
  await expect.poll(() => statesOf(page).then((states) => states.at(-1)), { intervals: [20] }).toBe(state);
}

/** Waits until the task on the page counts that many finished parts. */
export async function untilPartsDone(page: Page, count: number, { timeout = 60_000, interval = 20 } = {}): Promise<void> {
  const done = (): Promise<number> =>
    page.evaluate(() => {
      const state = window.upload!.task.getSnapshot();
      if (state.status === 'failed') throw state.error;
      return state.progress.parts.done;
    });
  await expect.poll(done, { intervals: [interval], timeout }).toBeGreaterThanOrEqual(count);
}

/** What {@link uploadFirstParts} needs of the control surface, in-process or over HTTP. */
interface FaultControl {
  addFault(rule: FaultRule): { id: string } | Promise<{ id: string }>;
  removeFault(id?: string): unknown;
}

/**
 * Uploads until `count` parts are done; the service doesn't answer the others.
 *
 * @returns makes the service answer again, for the page load that resumes
 */
export async function uploadFirstParts(
  page: Page,
  control: FaultControl,
  path: string,
  setup: Setup,
  count: number,
): Promise<() => Promise<void>> {
  const key = setup.upload?.key;
  const { id } = await control.addFault({
    ...(typeof key === 'string' && { key }),
    operation: 'UploadPart',
    skip: count,
    times: null,
    fault: { kind: 'stall' },
  });
  await startUpload(page, path, setup);
  await untilPartsDone(page, count);
  return async () => {
    await control.removeFault(id);
  };
}

/** Keys of the unfinished uploads that a freshly loaded page lists. */
export function unfinishedKeys(page: Page, setup: Setup): Promise<string[]> {
  return page.evaluate(async (setup) => {
    const uploader = window.makeUploader(setup);
    const unfinished = await uploader.unfinished();
    await uploader.dispose();
    return unfinished.map(({ key }) => key);
  }, setup);
}

/** Expects the upload on the page to succeed, and the object to equal the file byte for byte. */
export async function expectUploaded(page: Page, { ossUrl, key, path }: { ossUrl: string; key: string; path: string }): Promise<void> {
  expect(await outcomeOf(page)).toMatchObject({ result: { key, verified: true } });
  expect(await storedSha256(ossUrl, key)).toBe(await fileSha256(path));
}

/** Records the tasks that block the page's main thread for 50 ms and more, and the scripts in them. @returns a function that lists them */
export async function watchLongTasks(page: Page): Promise<() => Promise<string>> {
  await page.addInitScript(() => {
    const seen: string[] = [];
    Object.assign(window, { longTasks: seen });
    const watch = (type: string, toText: (entry: any) => string): void =>
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) seen.push(toText(entry));
      }).observe({ type });
    watch('longtask', ({ startTime, duration }) => `task ${duration} ms at ${Math.round(startTime)}`);
    watch('long-animation-frame', ({ startTime, duration, scripts }) => {
      const where = scripts.map((script: any) => `${script.invoker} ${script.duration} ms`).join(' + ');
      return `frame ${duration} ms at ${Math.round(startTime)} (${where || 'no script over 5 ms'})`;
    });
  });
  return async () => {
    const seen = await page.evaluate(() => (window as any).longTasks.splice(0) as string[]);
    return seen.length > 0 ? seen.join('; ') : 'none';
  };
}

/** Numbers from 0 to 1 that a later run can repeat: the seed is printed, and read from `E2E_SEED` if that is set. */
export function randomNumbers(): () => number {
  let state = Number(process.env.E2E_SEED ?? Math.floor(Math.random() * 2 ** 31));
  console.log(`E2E_SEED=${state}`);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
