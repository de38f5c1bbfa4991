/** An unfinished upload of an earlier visit as an item of the list. */
import { type CollectedFile, fileFromHandle, type UnfinishedUpload } from '../index.js';
import type { Uploads } from './uploads.js';
import type { Action, Item } from './view/row.js';
import { type Phrase, WORDS } from './view/words.js';

/** What the widget does for an unfinished upload. */
export interface UnfinishedActions {
  /** Lets the user select one file. */
  selectFile(): Promise<CollectedFile>;
  /** Throws if the file can't be uploaded. */
  resume(entry: UnfinishedUpload, file: CollectedFile): void;
}

export interface UnfinishedItem extends Item {
  /** Replaced when the list is read again. */
  entry: UnfinishedUpload;
}

const NO_PROBLEM: Phrase = ['', ''];

/** @param onChange called when the upload was resumed or discarded, or could not be */
export function createUnfinishedItem(
  entry: UnfinishedUpload,
  uploads: Uploads,
  { selectFile, resume }: UnfinishedActions,
  onChange: () => unknown,
): UnfinishedItem {
  const path = entry.file.name;
  let problem: Phrase = NO_PROBLEM;

  async function run(action: Action): Promise<void> {
    const { id, fileHandle } = item.entry;
    if (action === 'discard') return uploads.uploader().discard(id);
    // Opened within the click: otherwise the browser would not ask for permission.
    const isFromHandle = action === 'resume' && fileHandle;
    const chosen = isFromHandle ? { file: await fileFromHandle(fileHandle), path, fileHandle } : await selectFile();
    // The library compares the content itself; this tells the user before anything is sent.
    if (isSameFile(chosen.file, item.entry)) resume(item.entry, { ...chosen, path });
    else problem = WORDS.note.differentFile;
  }

  const item: UnfinishedItem = {
    entry,
    path,
    view(text) {
      const { confirmed, total, isInUse, fileHandle } = item.entry;
      return {
        status: 'unfinished',
        words: text(isInUse ? WORDS.waiting['other-tab'] : WORDS.status.paused),
        progress: { loaded: confirmed, total },
        note: text(problem),
        actions: [fileHandle && 'resume', 'select-again', 'discard'],
      };
    },
    act(action) {
      problem = NO_PROBLEM;
      run(action)
        .catch(({ message }: Error) => {
          problem = [message, message];
        })
        .then(onChange);
    },
  };
  return item;
}

export function isSameFile(file: Blob, entry: UnfinishedUpload): boolean {
  const { size, lastModified } = file as File;
  return size === entry.file.size && lastModified === entry.file.lastModified;
}
