import type { ListedPart } from '../oss/xml.js';
import type { Requests } from './requests.js';

/** Parts on one page of ListParts. @see OSS documentation, "ListParts" */
const PAGE = 1_000;

/**
 * All parts of an upload. Part numbers count from 1, so where each page begins is known before the one ahead of it is
 * there: pages are asked for side by side, if there are slots. Ten thousand parts cost as many round trips as a thousand.
 *
 * @param highest the highest part number that is known; parts beyond it are found all the same
 */
export async function listAllParts(requests: Requests, key: string, uploadId: string, highest: number): Promise<ListedPart[]> {
  const starts = Array.from({ length: Math.max(1, Math.ceil(highest / PAGE)) }, (_, page) => page * PAGE);
  // By number: where parts are missing, a page reaches into the next ones.
  const parts = new Map<number, ListedPart>();
  const failing = new AbortController();
  const list = async (after: number, index: number): Promise<void> => {
    const range = { after, upTo: starts[index + 1] ?? Number.POSITIVE_INFINITY };
    try {
      for (const part of await requests.listParts(key, uploadId, range, failing.signal)) parts.set(part.number, part);
    } catch (error) {
      failing.abort(error);
    }
  };
  await Promise.all(starts.map(list));
  failing.signal.throwIfAborted();
  return [...parts.values()].sort((a, b) => a.number - b.number);
}
