/** Keeps the list of unfinished uploads up to date: those of earlier visits that belong to one element. */
import type { UnfinishedUpload, UploadTask } from '../index.js';
import { coalesce } from './coalesce.js';
import { createUnfinishedItem, isSameFile, type UnfinishedActions, type UnfinishedItem } from './unfinished-item.js';
import type { Uploads } from './uploads.js';
import type { List } from './view/list.js';

/** Milliseconds between a change and the reading of the list. */
const READ_DELAY = 200;

export interface UnfinishedList {
  entries(): UnfinishedUpload[];
  /** Reads the unfinished uploads again, soon. */
  refresh(): void;
}

/** @param owns whether an unfinished upload belongs to the element */
export function createUnfinishedList(
  list: List,
  uploads: Uploads,
  owns: (entry: UnfinishedUpload) => boolean,
  repaint: () => void,
  actions: UnfinishedActions,
): UnfinishedList {
  const items = (): UnfinishedItem[] => [...list.items.keys()] as UnfinishedItem[];

  const isResumed = (entry: UnfinishedUpload): boolean => uploads.tasks().some((task) => isResumedBy(task, entry));

  async function read(): Promise<void> {
    // Off the page nobody sees it, and there may be no uploader any more.
    if (!list.element.isConnected) return;
    // At once: a resumed upload has its row in the list of uploads.
    for (const item of items()) if (isResumed(item.entry)) list.remove(item);
    const added = new Map<string, UnfinishedUpload>();
    try {
      for (const entry of await uploads.uploader().unfinished()) if (owns(entry) && !isResumed(entry)) added.set(entry.id, entry);
    } catch {
      // Options are missing: adding a file reports that.
    }
    for (const item of items()) {
      const entry = added.get(item.entry.id);
      added.delete(item.entry.id);
      if (entry) item.entry = entry;
      else list.remove(item);
    }
    for (const entry of added.values()) list.add(createUnfinishedItem(entry, uploads, actions, read));
    repaint();
  }

  return {
    entries: () => items().map(({ entry }) => entry),
    refresh: coalesce(read, () => READ_DELAY),
  };
}

/** An upload whose key is not known yet is recognised by its file. */
function isResumedBy({ key, path, file }: UploadTask, entry: UnfinishedUpload): boolean {
  return key === undefined ? path === entry.file.name && isSameFile(file, entry) : key === entry.key;
}
