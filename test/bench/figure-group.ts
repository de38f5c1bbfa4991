/** What is measured by itself, several figures at a time. */
import type { Bed } from './bed.js';
import type { Page } from './chromium.js';
import type { Figure } from './measurement.js';
import type { Setup } from './page/setup.js';

/** One repetition: a value for each figure. */
export type Values = Record<string, number>;

export interface FigureGroup {
  id: string;
  figures: Record<string, Omit<Figure, 'id' | 'values'>>;
  /** No more than this, where one takes a minute. */
  repetitions?: number;
  /** Done once; what it returns is done in each repetition. */
  prepare(bed: Bed, quick: boolean): Promise<() => Promise<Values>>;
}

/** Lets a rival prepare, and calls it without waiting for its end; `bench.failure` says when it has failed. @returns when it was called, in milliseconds since the epoch */
export async function begin(page: Page, rival: string, setup: Setup): Promise<number> {
  await page.evaluate(`bench.prepare('${rival}', ${JSON.stringify(setup)})`);
  return page.evaluate<number>(
    `(bench.run().catch((error) => (bench.failure = String(error))), performance.timeOrigin + performance.now())`,
  );
}

/** What `ask` comes to once it is neither false nor undefined. */
export async function until<T>(ask: () => Promise<T | false | undefined>, seconds = 120): Promise<T> {
  const end = Date.now() + seconds * 1000;
  while (Date.now() < end) {
    const value = await ask();
    if (value !== false && value !== undefined) return value;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`Nothing came within ${seconds} s.`);
}
