/** A file that was stored before, as an item of the list: its key is part of the value. */
import { createLinks, type LinkOf, type StoredFile } from './links.js';
import type { Item } from './view/row.js';

export interface StoredItem extends Item {
  readonly stored: StoredFile;
}

/** @param remove removes the item from the list; the object stays */
export function createStoredItem(file: StoredFile, readLinkOf: () => LinkOf | undefined, remove: () => void): StoredItem {
  const links = createLinks(() => file, readLinkOf);
  const { key, name, size } = file;
  return {
    stored: file,
    path: name || key.slice(key.lastIndexOf('/') + 1),
    view: (text) => ({
      status: links.hasCopied() ? 'done copied' : 'done',
      words: links.hasCopied() ? text('copied') : '',
      figures: ['', size === undefined ? '' : text.size(size)],
      note: '',
      actions: [...links.actions(), undefined, 'remove'],
    }),
    act(action, onChange) {
      if (action === 'open' || action === 'copy-link') void links.act(action, onChange);
      else remove();
    },
  };
}
