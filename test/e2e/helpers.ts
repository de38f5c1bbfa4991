/** What the end-to-end tests share: an upload on the page, and numbers that a later run can repeat. */
import type { Page } from '@playwright/test';
import { fileSha256, storedSha256 } from '../helpers/read-back.js';
import { expect } from './fixtures.js';
import type { Outcome, Setup } from './page/main.js';

export type { Outcome, Setup } from './page/main.js';
export { createControl, type LogEntry, type RemoteControl } from '../helpers/oss-control.js';
export * from '../helpers/read-back.js';
export * from '../helpers/transcript.js';

export const KiB = 1024;
export const MiB: number = 1024 * KiB;

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

/** Waits until the task is in this state, and in no later one. */
export async function untilState(page: Page, state: string): Promise<void> {
  await expect.poll(() => statesOf(page).then((states) => states.at(-1)), { intervals: [20] }).toBe(state);
}

/** Waits until so many parts are acknowledged, as far as the page knows. */
export async function untilPartsDone(page: Page, count: number, { timeout = 60_000, interval = 20 } = {}): Promise<void> {
  const done = (): Promise<number> =>
    page.evaluate(() => {
      const state = window.upload!.task.getSnapshot();
      if (state.status === 'failed') throw state.error;
      return state.progress.parts.done;
    });
  await expect.poll(done, { intervals: [interval], timeout }).toBeGreaterThanOrEqual(count);
}

/** Keys of the uploads that the browser remembers, as a page sees them that has just been loaded. */
export function unfinishedKeys(page: Page, setup: Setup): Promise<string[]> {
  return page.evaluate(async (setup) => {
    const uploader = window.makeUploader(setup);
    const unfinished = await uploader.unfinished();
    await uploader.dispose();
    return unfinished.map(({ key }) => key);
  }, setup);
}

/** Expects the upload on the page to end well, and the object to be the file, byte for byte. */
export async function expectUploaded(page: Page, { ossUrl, key, path }: { ossUrl: string; key: string; path: string }): Promise<void> {
  expect(await outcomeOf(page)).toMatchObject({ result: { key, verified: true } });
  expect(await storedSha256(ossUrl, key)).toBe(await fileSha256(path));
}

/** Makes the page note the tasks that block its main thread for 50 ms and more, and which scripts took how long in them. */
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

/**
 * Numbers from 0 to 1 that a later run can repeat: the seed is printed, and taken from `E2E_SEED` when that is set.
 */
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

export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
