/** What the end-to-end tests share: an upload on the page, the wire's transcript, and what is stored in the end. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import type { Page } from '@playwright/test';
import OSS from 'ali-oss';
import { createControl, type LogEntry } from '../helpers/oss-control.js';
import { expect } from './fixtures.js';
import type { Outcome, Setup } from './page/main.js';

export type { Outcome, Setup } from './page/main.js';
export { createControl, type LogEntry, type RemoteControl } from '../helpers/oss-control.js';

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

/** What was asked about one key, oldest first, without preflights. */
export async function transcript(ossUrl: string, key: string): Promise<LogEntry[]> {
  return (await createControl(ossUrl).log()).filter((entry) => entry.key === key && entry.operation !== 'Preflight');
}

export function count(log: readonly LogEntry[], operation: LogEntry['operation']): number {
  return log.filter((entry) => entry.operation === operation).length;
}

export function parts(log: readonly LogEntry[]): LogEntry[] {
  return log.filter(({ operation }) => operation === 'UploadPart');
}

/** Numbers of the parts that were sent, in order, repetitions included. */
export function partNumbers(log: readonly LogEntry[]): number[] {
  return parts(log).map(({ partNumber }) => partNumber!);
}

export function acknowledged(log: readonly LogEntry[]): number[] {
  return partNumbers(log.filter(({ status }) => status === 200));
}

/** 1, 2, …, n. */
export function oneTo(n: number): number[] {
  return Array.from({ length: n }, (_, index) => index + 1);
}

export interface Interruption {
  /** The log at some moment after the interruption and before anything is sent again. */
  before: readonly LogEntry[];
  /** What was logged before an earlier interruption doesn't count for this one. */
  since?: readonly LogEntry[];
  /** The log in the end. */
  after: readonly LogEntry[];
}

/**
 * What an interruption has cost: the parts under way at the time that were sent once more later, and how many of their
 * bytes had been received in vain.
 */
export function sentAgain({ before, since = [], after }: Interruption): { numbers: number[]; bytes: number } {
  const [first, last] = [since.at(-1)?.n ?? 0, before.at(-1)?.n ?? 0];
  const later = new Set(partNumbers(after.filter(({ n }) => n > last)));
  // From the log of the end: a part that was still being received is complete there.
  const lost = parts(after).filter(({ n, partNumber }) => n > first && n <= last && later.has(partNumber!));
  return { numbers: [...new Set(partNumbers(lost))], bytes: lost.reduce((sum, { bytesIn }) => sum + bytesIn, 0) };
}

/**
 * Parts that the service had answered with 200 by the time of `before`, and that were sent again all the same: there
 * must be none. A part whose body was still on its way when its page died may be stored and answered later than that,
 * perhaps later than the next page lists the parts; such a part may be sent twice, and is no part of `before`.
 */
export function acknowledgedTwice({ before, after }: Interruption): number[] {
  const known = new Set(acknowledged(before));
  const last = before.at(-1)?.n ?? 0;
  return partNumbers(after.filter(({ n }) => n > last)).filter((number) => known.has(number));
}

/** SHA-256 of the object, read back by a client that knows nothing of this project. */
export async function storedSha256(ossUrl: string, key: string): Promise<string> {
  const { AccessKeyId, AccessKeySecret, SecurityToken } = (await createControl(ossUrl).assumeRole()).Credentials;
  const client = new OSS({
    region: 'oss-cn-hangzhou',
    bucket: 'demo-bucket',
    endpoint: `http://127.0.0.1:${new URL(ossUrl).port}`,
    accessKeyId: AccessKeyId,
    accessKeySecret: AccessKeySecret,
    stsToken: SecurityToken,
    authorizationV4: true,
    refreshSTSTokenInterval: 3_600_000,
  });
  const { stream } = await (client as unknown as { getStream(name: string): Promise<{ stream: Readable }> }).getStream(key);
  return sha256(stream);
}

export function fileSha256(path: string): Promise<string> {
  return sha256(createReadStream(path));
}

async function sha256(stream: Readable): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of stream) hash.update(chunk as Buffer);
  return hash.digest('hex');
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
