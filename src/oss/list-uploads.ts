import { listUploadsPage } from './object-operations.js';
import type { Operation } from './operation.js';
import type { ListedUpload, ListUploadsPage } from './xml.js';

/** The uploads of a key come before those of longer keys, so the first page nearly always suffices. */
const MAX_PAGES = 10;

/** Open uploads of exactly one key, newest first: OSS sorts them by ID. */
export async function listUploads(
  send: (page: Operation<ListUploadsPage>) => Promise<ListUploadsPage>,
  key: string,
): Promise<ListedUpload[]> {
  const found: ListedUpload[] = [];
  let after: string | undefined;
  for (let pages = 1; pages <= MAX_PAGES; pages += 1) {
    const { uploads, next } = await send(listUploadsPage(key, after));
    found.push(...uploads.filter((upload) => upload.key === key));
    if (!next || uploads.at(-1)?.key !== key) break;
    after = next;
  }
  return found.sort((a, b) => b.initiated - a.initiated);
}
