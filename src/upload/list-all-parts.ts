import type { ListedPart } from '../oss/xml.js';
import { inSlot, type Job } from './job.js';

/** Parts that one page of ListParts tells of. @see OSS documentation, "ListParts" */
const PAGE = 1_000;

/**
 * All parts of an upload. Part numbers count from 1, so where each page begins is known before the one ahead of it is
 * there: pages are asked for side by side, as far as there are slots. Ten thousand parts cost as many round trips as a thousand.
 *
 * @param highest the highest part number that there is as far as is known; what is beyond it is found all the same
 */
export async function listAllParts(job: Job, key: string, uploadId: string, highest: number): Promise<ListedPart[]> {
  const starts = Array.from({ length: Math.max(1, Math.ceil(highest / PAGE)) }, (_, page) => page * PAGE);
  // By number: where parts are missing, a page reaches into the next ones.
  const parts = new Map<number, ListedPart>();
  const failing = new AbortController();
  const list = async (after: number, index: number): Promise<void> => {
    const range = { after, upTo: starts[index + 1] ?? Number.POSITIVE_INFINITY };
    try {
      const page = await inSlot(job, (context) =>
        job.client.listParts(key, uploadId, job.headers.everyRequest, { ...context, givingUp: failing.signal }, range),
      );
      for (const part of page) parts.set(part.number, part);
    } catch (error) {
      failing.abort(error);
    }
  };
  await Promise.all(starts.map(list));
  failing.signal.throwIfAborted();
  return [...parts.values()].sort((a, b) => a.number - b.number);
}
