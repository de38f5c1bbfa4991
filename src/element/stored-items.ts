/** The files of one element that were stored before, and their rows. */
import { keepStored } from './claims.js';
import type { LinkOf, StoredFile } from './links.js';
import { createStoredItem, type StoredItem } from './stored-item.js';

/** Called as the listener of uploads is. */
interface StoredListener {
  onAdded(item: StoredItem): void;
  onRemoved(item: StoredItem, isStored: true, isReplaced?: boolean): void;
}

export class StoredItems {
  readonly #items = new Set<StoredItem>();
  readonly #readLinkOf: () => LinkOf | undefined;
  readonly #listener: StoredListener;
  #size = 0;

  constructor(readLinkOf: () => LinkOf | undefined, listener: StoredListener) {
    this.#readLinkOf = readLinkOf;
    this.#listener = listener;
  }

  /** Number of files. */
  get count(): number {
    return this.#items.size;
  }

  /** Bytes, of those whose size is known. */
  get size(): number {
    return this.#size;
  }

  files(): StoredFile[] {
    return [...this.#items].map(({ stored }) => stored);
  }

  add(file: StoredFile): void {
    const item = createStoredItem(file, this.#readLinkOf, () => this.#remove(item));
    keepStored(file.key);
    this.#items.add(item);
    this.#size += file.size ?? 0;
    this.#listener.onAdded(item);
  }

  /** An upload or other files replace them. @param key only the files with this key. @default all */
  replace(key?: string): void {
    for (const item of [...this.#items]) if (key === undefined || item.stored.key === key) this.#remove(item, true);
  }

  #remove(item: StoredItem, isReplaced?: boolean): void {
    this.#items.delete(item);
    this.#size -= item.stored.size ?? 0;
    this.#listener.onRemoved(item, true, isReplaced);
  }
}
