/** An unfinished upload of an earlier visit as an item of the list. */
import { type CollectedFile, fileFromHandle, type UnfinishedUpload } from '../index.js';
import type { MessageName } from './messages.js';
import type { Uploads } from './uploads.js';
import { shareOf } from './view/meter.js';
import { askingView, isMuch } from './view/question.js';
import type { Action, Item } from './view/row.js';

/** What the widget does for unfinished uploads. */
export interface UnfinishedActions {
  /** Lets the user select files. */
  selectFiles(multiple: boolean): Promise<CollectedFile[]>;
  /** Throws if the file can't be uploaded. */
  resume(entry: UnfinishedUpload, file: CollectedFile): void;
}

export interface UnfinishedItem extends Item {
  /** Replaced when the list is read again. */
  entry: UnfinishedUpload;
  /** Resumes it from its handle, which the browser has kept; or aborts it. */
  run(action: 'resume' | 'discard'): Promise<void>;
  /** Resumes it if this is its file. */
  resumeFrom(file: CollectedFile): boolean;
}

/** @param onChange called when the upload was resumed or discarded, or could not be */
export function createUnfinishedItem(
  entry: UnfinishedUpload,
  uploads: Uploads,
  { selectFiles, resume }: UnfinishedActions,
  onChange: () => unknown,
): UnfinishedItem {
  const path = entry.file.name;
  let problem: MessageName | undefined;
  let detail = '';
  let isAsking = false;

  async function run(action: Action): Promise<void> {
    const { id, fileHandle } = item.entry;
    if (action === 'discard') return uploads.uploader().discard(id);
    // Opened within the click: otherwise the browser would not ask for permission.
    const isFromHandle = action === 'resume' && fileHandle;
    const [chosen] = isFromHandle ? [{ file: await fileFromHandle(fileHandle), path, fileHandle }] : await selectFiles(false);
    if (chosen && !item.resumeFrom(chosen)) problem = 'differentFile';
  }

  /** Shows why it failed. */
  async function attempt(action: Action): Promise<void> {
    [problem, detail] = [undefined, ''];
    try {
      await run(action);
    } catch (error) {
      problem = action === 'discard' ? 'discardFailed' : 'FileUnreadableError';
      detail = (error as Error).message;
    }
    onChange();
  }

  const item: UnfinishedItem = {
    entry,
    path,
    view(text) {
      const { confirmed, total, isInUse, isInUseHere, fileHandle, updatedAt } = item.entry;
      // A file that the browser has kept needn't be selected, unless it can't be read any more, or was changed.
      const resume = fileHandle && (!problem || problem === 'discardFailed') ? 'resume' : 'select-again';
      const sizes = { loaded: text.size(confirmed), total: text.size(total) };
      return {
        status: 'unfinished',
        words: isInUse ? text(isInUseHere ? 'this-page' : 'other-tab') : text('stored', sizes),
        figures: ['', isInUse ? '' : text.date(updatedAt)],
        share: shareOf({ loaded: confirmed, total }),
        note: problem ? text(problem) : '',
        detail,
        // Who uploads it elsewhere can cancel it there.
        actions: isInUse ? [] : [undefined, undefined, resume, 'discard'],
        ...(isAsking && !isInUse ? askingView(confirmed, text) : {}),
      };
    },
    act(action) {
      const isQuestion = action === 'discard' && !isAsking && isMuch(item.entry.confirmed);
      isAsking = isQuestion;
      if (!isQuestion && action !== 'keep') void attempt(action);
    },
    run: attempt,
    resumeFrom(chosen) {
      // The library compares the content itself; this tells the user before anything is sent.
      const isSame = isSameFile(chosen.file, item.entry);
      if (isSame) resume(item.entry, { ...chosen, path });
      return isSame;
    },
  };
  return item;
}

export function isSameFile(file: Blob, entry: UnfinishedUpload): boolean {
  const { size, lastModified } = file as File;
  return size === entry.file.size && lastModified === entry.file.lastModified;
}
