import { focusedIn, h, setAttributes } from './dom.js';
import { createRow, type Item, type Row } from './row.js';
import type { Text } from './words.js';

/** So many are rendered without a look at whether they can be seen. */
const FIRST = 20;
/** How far around what is seen. */
const MARGIN = '300px';

interface Entry {
  item: Item;
  row: Row;
  /** Of which it was rendered. */
  look?: unknown;
  isSeen: boolean;
}

/** Items as rows, of which only those that can be seen are kept up to date: thousands cost little more than a screenful. */
export interface List {
  readonly element: HTMLElement;
  readonly items: ReadonlyMap<Item, unknown>;
  add(item: Item): void;
  /** Takes a row away; the focus in it goes to the next row. */
  remove(item: Item): void;
  /** Brings rows up to date: those whose look has changed, or all. */
  paint(text: Text, all: boolean): void;
}

/** @param paintSoon more rows can be seen */
export function createList(paintSoon: () => void): List {
  const element = setAttributes(h('div', 'list'), { role: 'list' });
  const entries = new Map<Item, Entry>();
  const entryOf = new WeakMap<Element, Entry>();
  const observer = new IntersectionObserver(
    (changes) => {
      for (const { target, isIntersecting } of changes) (entryOf.get(target) as Entry).isSeen = isIntersecting;
      paintSoon();
    },
    // Newer browsers know the second, which also reaches into what scrolls.
    { rootMargin: MARGIN, scrollMargin: MARGIN } as IntersectionObserverInit,
  );

  return {
    element,
    items: entries,
    add(item) {
      const row = createRow(item);
      const entry: Entry = { item, row, isSeen: entries.size < FIRST };
      entries.set(item, entry);
      entryOf.set(row.element, entry);
      element.append(row.element);
      observer.observe(row.element);
    },
    remove(item) {
      const row = entries.get(item)?.row.element;
      if (!row) return;
      if (row.contains(focusedIn(row))) {
        const next = row.nextElementSibling ?? row.previousElementSibling ?? element.closest('.root');
        next?.querySelector<HTMLElement>('button:last-of-type')?.focus();
      }
      entries.delete(item);
      observer.unobserve(row);
      row.remove();
    },
    paint(text, all) {
      for (const entry of entries.values()) {
        const { item, row, isSeen } = entry;
        if (all) entry.look = undefined;
        if (!isSeen || entry.look === item.look) continue;
        entry.look = item.look;
        row.render(text);
      }
    },
  };
}
