import { MAX_PARTS } from '../core/plan.js';
import { listParts } from './object-operations.js';
import type { Operation } from './operation.js';
import type { ListedPart, ListPartsPage } from './xml.js';

/** Sends one request; `givingUp` is aborted when its answer no longer decides anything. */
export type SendPage = (page: Operation<ListPartsPage>, givingUp: AbortSignal) => Promise<ListPartsPage>;

/** Parts on one page of ListParts. @see OSS documentation, "ListParts" */
const PAGE = 1_000;
/** A dozen pages hold all parts that there can be, whatever the answers claim. */
const MAX_PAGES = 12;

/**
 * All parts of an upload, ascending by number. Part numbers count from 1, so where each page begins is known before the one ahead of
 * it is there: pages are requested side by side. Ten thousand parts cost as many round trips as a thousand.
 *
 * @param highest the highest part number that is known; parts beyond it are found all the same
 */
export async function listAllParts(send: SendPage, key: string, uploadId: string, highest: number): Promise<ListedPart[]> {
  const starts = Array.from({ length: Math.max(1, Math.ceil(highest / PAGE)) }, (_, page) => page * PAGE);
  // By number: where parts are missing, a page reaches into the next ones.
  const parts = new Map<number, ListedPart>();
  const failing = new AbortController();
  const list = async (after: number, index: number): Promise<void> => {
    const end = starts[index + 1] ?? MAX_PARTS;
    try {
      for (let pages = 1; ; pages += 1) {
        const page = await send(listParts(key, uploadId, after), failing.signal);
        for (const part of page.parts) parts.set(part.number, part);
        const { next = end } = page;
        // A marker that doesn't grow, or grows by little, would never end.
        if (next <= after || next >= end || pages === MAX_PAGES) return;
        after = next;
      }
    } catch (error) {
      failing.abort(error);
    }
  };
  await Promise.all(starts.map(list));
  failing.signal.throwIfAborted();
  return [...parts.values()].sort((a, b) => a.number - b.number);
}
