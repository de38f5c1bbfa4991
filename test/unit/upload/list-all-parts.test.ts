import { describe, expect, it } from 'vitest';
import { createPool } from '../../../src/core/pool.js';
import type { ObjectHeaders } from '../../../src/options/types.js';
import { createBackgroundRequests } from '../../../src/oss/background-requests.js';
import type { OssClient } from '../../../src/oss/client.js';
import type { RequestContext } from '../../../src/oss/operation.js';
import type { ListedPart } from '../../../src/oss/xml.js';
import type { Clock } from '../../../src/ports.js';
import { listAllParts } from '../../../src/upload/list-all-parts.js';
import { createRequests } from '../../../src/upload/requests.js';
import { createStatusReporter } from '../../../src/upload/status-reporter.js';
import { oneTo } from '../../helpers/transcript.js';

type Range = { after: number; upTo: number };

/** The requests of a run, at a service that has these parts. */
function setup(numbers: readonly number[], { slots = 6, refuse = (_range: Range): unknown => undefined } = {}) {
  const ranges: Range[] = [];
  const contexts: RequestContext[] = [];
  let inFlight = 0;
  let mostInFlight = 0;
  const listParts: OssClient['listParts'] = async (_key, _uploadId, _headers, context, range) => {
    const { after, upTo } = range as Range;
    ranges.push({ after, upTo });
    contexts.push(context);
    inFlight += 1;
    mostInFlight = Math.max(mostInFlight, inFlight);
    await new Promise((resolve) => setTimeout(resolve, 5));
    inFlight -= 1;
    const error = refuse({ after, upTo });
    if (error) throw error;
    // A page has a thousand parts. The next page is requested only if it begins below `upTo`.
    const found: ListedPart[] = [];
    for (let marker = after; ; ) {
      const page = numbers.filter((number) => number > marker).slice(0, 1_000);
      found.push(...page.map((number) => ({ number, etag: `"E${number}"`, size: 5, crc64: '1', lastModified: 1 })));
      marker = page.at(-1) ?? Number.POSITIVE_INFINITY;
      if (page.length < 1_000 || marker >= upTo) return found;
    }
  };
  const { signal } = new AbortController();
  const pool = createPool(slots);
  const status = createStatusReporter(() => {}, signal);
  const client = { listParts } as OssClient;
  const clock: Clock = { now: () => 0, after: () => () => {} };
  const headers: ObjectHeaders = { initiate: {}, uploadPart: {}, everyRequest: {}, complete: {}, putObject: {} };
  const requests = createRequests(client, createBackgroundRequests(client, clock), pool, headers, status, clock, signal);
  return { requests, pool, ranges, contexts, most: () => mostInFlight };
}

describe('listAllParts', () => {
  it('requests the pages in parallel and returns the parts in order', async () => {
    const { requests, ranges, most } = setup(oneTo(2_500));
    const parts = await listAllParts(requests, 'k', 'U', 2_500);
    expect(parts.map(({ number }) => number)).toEqual(oneTo(2_500));
    expect(ranges).toEqual([
      { after: 0, upTo: 1_000 },
      { after: 1_000, upTo: 2_000 },
      { after: 2_000, upTo: Number.POSITIVE_INFINITY },
    ]);
    expect(most()).toBe(3);
  });

  it.each([
    [0, 1],
    [1, 1],
    [1_000, 1],
    [1_001, 2],
    [10_000, 10],
  ])('up to part %i requests %i pages', async (highest, pages) => {
    const { requests, ranges } = setup([]);
    expect(await listAllParts(requests, 'k', 'U', highest)).toEqual([]);
    expect(ranges).toHaveLength(pages);
  });

  it('finds parts beyond the highest known one, too', async () => {
    const { requests } = setup(oneTo(3_200));
    expect(await listAllParts(requests, 'k', 'U', 1_500)).toHaveLength(3_200);
  });

  it('returns each part once where gaps let a page reach into the next', async () => {
    const odd = oneTo(5_000).filter((number) => number % 3 === 0);
    const { requests } = setup(odd);
    expect((await listAllParts(requests, 'k', 'U', 5_000)).map(({ number }) => number)).toEqual(odd);
  });

  it('never sends more requests than there are slots', async () => {
    const { requests, pool, most } = setup(oneTo(10_000), { slots: 2 });
    expect(await listAllParts(requests, 'k', 'U', 10_000)).toHaveLength(10_000);
    expect([most(), pool.busy]).toEqual([2, 0]);
  });

  it('rejects when one page fails: the others stop retrying, and have ended by then', async () => {
    const error = new Error('NoSuchUpload');
    const { requests, pool, contexts } = setup(oneTo(4_000), { slots: 3, refuse: ({ after }) => (after === 1_000 ? error : undefined) });
    await expect(listAllParts(requests, 'k', 'U', 4_000)).rejects.toBe(error);
    expect(contexts.every(({ givingUp }) => givingUp?.aborted)).toBe(true);
    expect(pool.busy).toBe(0);
  });
});
