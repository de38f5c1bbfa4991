/** Keeps the list of unfinished uploads up to date: those of earlier visits that belong to one element. */
import type { UnfinishedUpload, UploadTask } from '../index.js';
import { coalesce } from './coalesce.js';
import { createUnfinishedItem, isSameFile, type UnfinishedActions, type UnfinishedItem } from './unfinished-item.js';
import type { Uploads } from './uploads.js';
import type { List } from './view/list.js';

/** Milliseconds between a change and the reading of the list. */
const READ_DELAY = 200;
/** Milliseconds between two looks at whether another tab has ended, while one works on a listed upload and somebody may see it. */
const OTHER_TAB_INTERVAL = 5000;

export interface UnfinishedList {
  entries(): UnfinishedUpload[];
  /** Reads the unfinished uploads again, soon. */
  refresh(): void;
  /** Takes out what an upload has resumed. Reads nothing. */
  removeResumedBy(task: UploadTask): void;
  /** Resumes or discards all that no other tab works on. */
  actOnAll(action: 'resume' | 'discard'): Promise<void>;
  /** Stored bytes of all. */
  bytes(): number;
}

/** @param owns whether an unfinished upload belongs to the element */
export function createUnfinishedList(
  list: List<'unfinished'>,
  uploads: Uploads,
  owns: (entry: UnfinishedUpload) => boolean,
  repaint: () => void,
  actions: UnfinishedActions,
): UnfinishedList {
  let nextLook: ReturnType<typeof setTimeout> | undefined;
  const items = (): UnfinishedItem[] => [...list.items.keys()] as UnfinishedItem[];

  const isResumed = (entry: UnfinishedUpload): boolean => uploads.tasks().some((task) => isResumedBy(task, entry));

  function removeResumedBy(task: UploadTask): void {
    for (const item of items()) if (isResumedBy(task, item.entry)) list.remove(item);
  }

  async function read(): Promise<void> {
    clearTimeout(nextLook);
    // Off the page nobody sees it, and there may be no uploader any more.
    if (!list.element.isConnected) return;
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
    for (const entry of added.values()) list.place(createUnfinishedItem(entry, uploads, actions, read), 'unfinished');
    if (items().some(({ entry }) => entry.isInUse)) lookAgain();
    repaint();
  }

  function lookAgain(): void {
    clearTimeout(nextLook);
    nextLook = setTimeout(() => (document.hidden ? lookAgain() : void read()), OTHER_TAB_INTERVAL);
  }

  return {
    entries: () => items().map(({ entry }) => entry),
    refresh: coalesce(read, () => READ_DELAY),
    removeResumedBy,
    async actOnAll(action) {
      const free = items().filter(({ entry }) => !entry.isInUse);
      const missing = action === 'resume' ? free.filter(({ entry }) => !entry.fileHandle) : [];
      // Asked first: a browser opens its picker only within a click.
      const chosen = missing.length > 0 ? await actions.selectFiles(true) : [];
      for (const item of free) {
        if (!missing.includes(item)) await item.run(action);
        else chosen.some((found) => found.path === item.path.slice(item.path.lastIndexOf('/') + 1) && item.resumeFrom(found));
      }
      await read();
    },
    bytes: () => items().reduce((sum, { entry }) => sum + entry.confirmed, 0),
  };
}

/** An upload whose key is not known yet is recognised by its file. */
function isResumedBy({ key, path, file }: UploadTask, entry: UnfinishedUpload): boolean {
  return key === undefined ? path === entry.file.name && isSameFile(file, entry) : key === entry.key;
}
