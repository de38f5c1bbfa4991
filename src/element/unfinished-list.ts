/** Keeps the list of unfinished uploads up to date: those of earlier visits that belong to one element. */
import type { UnfinishedUpload } from '../index.js';
import { coalesce } from './coalesce.js';
import { createUnfinishedItem, type UnfinishedActions, type UnfinishedItem } from './unfinished-item.js';
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

  async function readOwn(): Promise<UnfinishedUpload[]> {
    const entries = await uploads.uploader().unfinished();
    // An upload that was just resumed is in the list of uploads.
    const resumed = uploads.tasks().map(({ key }) => key);
    return entries.filter((entry) => !resumed.includes(entry.key) && owns(entry));
  }

  async function read(): Promise<void> {
    // Off the page nobody sees it, and there may be no uploader any more.
    if (!list.element.isConnected) return;
    // Options may be missing: adding a file reports that.
    const entries = await readOwn().catch(() => []);
    const added = new Map(entries.map((entry) => [entry.id, entry]));
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
