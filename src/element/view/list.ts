import { focusedIn, h, setAttributes } from './dom.js';
import { createRow, type Item, type Row } from './row.js';
import type { Text } from './words.js';

/** Rows that come and go together. */
const BLOCK = 20;
/** Pixels of a row that was never seen. */
const HEIGHT = 84;
/** How far around what is seen rows are there already. */
const MARGIN = '500px';

interface Block {
  element: HTMLElement;
  /** Rows only while they can be seen. */
  rows: Map<Item, (Row & { look?: unknown }) | undefined>;
  isSeen: boolean;
}

/** Items as rows, of which only those exist that can be seen, or nearly: thousands cost no more than a screenful. */
export interface List {
  readonly element: HTMLElement;
  readonly items: ReadonlyMap<Item, unknown>;
  add(item: Item): void;
  /** Takes a row away; the focus in it goes to the next row. */
  remove(item: Item): void;
  /** Brings rows up to date: those whose look has changed, or all. */
  paint(text: Text, all: boolean): void;
}

/** @param paintSoon other rows can be seen */
export function createList(paintSoon: () => void): List {
  const element = setAttributes(h('div', 'list'), { role: 'list' });
  const blocks = new Map<Element, Block>();
  const items = new Map<Item, Block>();
  let last: Block | undefined;
  const observer = new IntersectionObserver(
    (changes) => {
      for (const { target, isIntersecting, boundingClientRect } of changes) {
        const block = blocks.get(target);
        if (!block) continue;
        block.isSeen = isIntersecting || target.contains(focusedIn(element));
        if (!block.isSeen) clear(block, boundingClientRect.height);
      }
      paintSoon();
    },
    // Newer browsers know the second, which also reaches into what scrolls.
    { rootMargin: MARGIN, scrollMargin: MARGIN } as IntersectionObserverInit,
  );

  /** @param height 0 where the list is not displayed at all, or the block is new */
  function clear({ element, rows }: Block, height = 0): void {
    for (const item of rows.keys()) rows.set(item, undefined);
    element.replaceChildren();
    element.style.blockSize = `${height || rows.size * HEIGHT}px`;
  }

  return {
    element,
    items,
    add(item) {
      if (!last || last.rows.size >= BLOCK) {
        // The first ones at once; whether the others can be seen is known in the next frame.
        last = { element: setAttributes(h('div', ''), { role: 'none' }), rows: new Map(), isSeen: !last };
        blocks.set(last.element, last);
        element.append(last.element);
        observer.observe(last.element);
      }
      last.rows.set(item, undefined);
      items.set(item, last);
      if (!last.isSeen) clear(last);
    },
    remove(item) {
      const block = items.get(item);
      if (!block) return;
      const row = block.rows.get(item)?.element;
      if (row?.contains(focusedIn(row))) {
        const rows = [...element.querySelectorAll('.row')];
        const next = rows[rows.indexOf(row) + 1] ?? rows[rows.indexOf(row) - 1];
        const button = next?.querySelector<HTMLElement>('button:last-of-type') ?? element.closest('.root')?.querySelector('button');
        button?.focus();
      }
      row?.remove();
      items.delete(item);
      block.rows.delete(item);
      if (block.rows.size > 0) return;
      observer.unobserve(block.element);
      block.element.remove();
      blocks.delete(block.element);
      if (last === block) last = [...blocks.values()].at(-1);
    },
    paint(text, all) {
      let position = 0;
      for (const block of blocks.values()) {
        if (block.isSeen) block.element.style.blockSize = '';
        for (const [item, known] of block.rows) {
          position += 1;
          if (!block.isSeen) continue;
          const row: Row & { look?: unknown } = known ?? createRow(item);
          if (!known) block.element.append(row.element);
          block.rows.set(item, row);
          // Not all rows are there to be counted.
          setAttributes(row.element, { 'aria-posinset': position, 'aria-setsize': items.size });
          if (!all && row.look === item.look) continue;
          row.look = item.look;
          row.render(text);
        }
      }
    },
  };
}
