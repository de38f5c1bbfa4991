import { type CollectedFile, fileFromHandle, type UnfinishedUpload } from '../index.js';
import type { Item } from './view/row.js';
import type { Text } from './view/words.js';

/** What the widget does for an upload that an earlier visit has left. */
export interface LeftOverActions {
  /** Goes on with it. Throws when the file can't be uploaded. */
  goOn(entry: UnfinishedUpload, file: CollectedFile): void;
  /** Lets the user select one file. */
  select(): Promise<CollectedFile | undefined>;
  discard(id: string): Promise<void>;
  text: Text;
  changed(): void;
}

/** An unfinished upload as an item of the list. */
export interface LeftOver extends Item {
  entry: UnfinishedUpload;
}

export function createLeftOver(entry: UnfinishedUpload, { goOn, select, discard, text, changed }: LeftOverActions): LeftOver {
  const path = entry.file.name;
  let problem = '';

  function complain(text: string): void {
    problem = text;
    changed();
  }

  function use(chosen: CollectedFile | undefined): void {
    if (!chosen) return;
    const { size, lastModified } = chosen.file;
    // The library finds out by itself whether it is the same file; here the user is told before anything is sent.
    const isOther = size !== item.entry.file.size || lastModified !== item.entry.file.lastModified;
    if (isOther) complain(text('otherFile'));
    else goOn(item.entry, chosen);
  }

  const item: LeftOver = {
    entry,
    path,
    get look() {
      return problem || item.entry;
    },
    face() {
      const { confirmed, total, isInUse, fileHandle } = item.entry;
      return {
        status: 'unfinished',
        words: text(isInUse ? 'other-tab' : 'paused'),
        measure: { loaded: confirmed, total },
        note: problem,
        actions: [fileHandle && 'resume', 'again', 'discard'],
      };
    },
    act(action) {
      const { id, fileHandle } = item.entry;
      complain('');
      // Handles are opened within the click, or the browser does not ask for the permission.
      const open = async (): Promise<CollectedFile> => ({ file: await fileFromHandle(fileHandle!), path, fileHandle: fileHandle! });
      const done = action === 'discard' ? discard(id) : (action === 'resume' ? open() : select()).then(use);
      done.catch((error: Error) => complain(error.message));
    },
  };
  return item;
}
