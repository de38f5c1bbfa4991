import { describe, expect, it } from 'vitest';
import { createPool } from '../../../src/core/pool.js';
import { listAllParts, type SendPage } from '../../../src/oss/list-all-parts.js';
import { oneTo } from '../../helpers/transcript.js';

/** A service that has these parts, with a limited number of slots for requests. */
function setup(numbers: readonly number[], { slots = 6, refuse = (_after: number): unknown => undefined } = {}) {
  const markers: number[] = [];
  const signals: AbortSignal[] = [];
  const pool = createPool(slots);
  let mostInFlight = 0;
  const send: SendPage = async ({ query }, givingUp) => {
    const release = await pool.acquire({}, new AbortController().signal);
    const after = Number(query['part-number-marker'] ?? 0);
    markers.push(after);
    signals.push(givingUp);
    mostInFlight = Math.max(mostInFlight, pool.busy);
    await new Promise((resolve) => setTimeout(resolve, 5));
    release();
    const error = refuse(after);
    if (error) throw error;
    const later = numbers.filter((number) => number > after);
    const page = later.slice(0, 1_000);
    return {
      parts: page.map((number) => ({ number, etag: `"E${number}"`, size: 5, crc64: '1', lastModified: 1 })),
      next: later.length > page.length ? page.at(-1) : undefined,
    };
  };
  return { send, pool, markers, signals, most: () => mostInFlight };
}

describe('listAllParts', () => {
  it('requests the pages in parallel and returns the parts in order', async () => {
    const { send, markers, most } = setup(oneTo(2_500));
    const parts = await listAllParts(send, 'k', 'U', 2_500);
    expect(parts.map(({ number }) => number)).toEqual(oneTo(2_500));
    expect(markers).toEqual([0, 1_000, 2_000]);
    expect(most()).toBe(3);
  });

  it.each([
    [0, 1],
    [1, 1],
    [1_000, 1],
    [1_001, 2],
    [10_000, 10],
  ])('up to part %i requests %i pages', async (highest, pages) => {
    const { send, markers } = setup([]);
    expect(await listAllParts(send, 'k', 'U', highest)).toEqual([]);
    expect(markers).toHaveLength(pages);
  });

  it('finds parts beyond the highest known one, too', async () => {
    const { send } = setup(oneTo(3_200));
    expect(await listAllParts(send, 'k', 'U', 1_500)).toHaveLength(3_200);
  });

  it('returns each part once where gaps let a page reach into the next', async () => {
    const odd = oneTo(5_000).filter((number) => number % 3 === 0);
    const { send } = setup(odd);
    expect((await listAllParts(send, 'k', 'U', 5_000)).map(({ number }) => number)).toEqual(odd);
  });

  it('never sends more requests than there are slots', async () => {
    const { send, pool, most } = setup(oneTo(10_000), { slots: 2 });
    expect(await listAllParts(send, 'k', 'U', 10_000)).toHaveLength(10_000);
    expect([most(), pool.busy]).toEqual([2, 0]);
  });

  it('rejects when one page fails: the others stop retrying, and have ended by then', async () => {
    const error = new Error('NoSuchUpload');
    const { send, pool, signals } = setup(oneTo(4_000), { slots: 3, refuse: (after) => (after === 1_000 ? error : undefined) });
    await expect(listAllParts(send, 'k', 'U', 4_000)).rejects.toBe(error);
    expect(signals.every(({ aborted }) => aborted)).toBe(true);
    expect(pool.busy).toBe(0);
  });
});
