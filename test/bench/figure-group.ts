/** What is measured by itself, several figures at a time. */
import type { Bed } from './bed.js';
import type { Figure } from './measurement.js';

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
