/** A list of items of which only those have rows that are visible, or nearly: thousands of items cost as much as a screenful. */
import { focusedIn, h, setAttributes } from './dom.js';
import { createRow, type Item, type Row } from './row.js';
import type { Text } from './words.js';

/** Items whose rows are made and dropped together. */
const BLOCK_SIZE = 20;
/** Pixels; the height of a row that was never rendered. */
const ROW_HEIGHT = 84;
/** Rows this close to the visible area are rendered in advance. */
const MARGIN = '500px';

export interface List {
  readonly element: HTMLElement;
  readonly items: ReadonlyMap<Item, unknown>;
  add(item: Item): void;
  /** Removes an item; the focus in its row moves to the next row. */
  remove(item: Item): void;
  /** Brings the visible rows up to date. */
  paint(text: Text): void;
}

interface Block {
  element: HTMLElement;
  /** Rows exist only while the block is visible. */
  rows: Map<Item, Row | undefined>;
  isVisible: boolean;
}

/** @param repaint called when other rows have become visible */
export function createList(repaint: () => void): List {
  const element = setAttributes(h('div', 'list'), { role: 'list' });
  const blocks = new Map<Element, Block>();
  const items = new Map<Item, Block>();
  let last: Block | undefined;
  const observer = new IntersectionObserver(
    (changes) => {
      for (const { target, isIntersecting, boundingClientRect } of changes) {
        const block = blocks.get(target);
        if (!block) continue;
        block.isVisible = isIntersecting || target.contains(focusedIn(element));
        if (!block.isVisible) dropRows(block, boundingClientRect.height);
      }
      repaint();
    },
    // Only newer browsers know `scrollMargin`, which also applies inside the scrolling list.
    { rootMargin: MARGIN, scrollMargin: MARGIN } as IntersectionObserverInit,
  );

  function addBlock(): Block {
    // The first block is visible at once; the observer decides about the others in the next frame.
    const block = { element: setAttributes(h('div', ''), { role: 'none' }), rows: new Map(), isVisible: !last };
    blocks.set(block.element, block);
    element.append(block.element);
    observer.observe(block.element);
    return block;
  }

  function removeBlock(block: Block): void {
    observer.unobserve(block.element);
    block.element.remove();
    blocks.delete(block.element);
    if (last === block) last = [...blocks.values()].at(-1);
  }

  return {
    element,
    items,
    add(item) {
      if (!last || last.rows.size >= BLOCK_SIZE) last = addBlock();
      last.rows.set(item, undefined);
      items.set(item, last);
      if (!last.isVisible) dropRows(last);
    },
    remove(item) {
      const block = items.get(item);
      if (!block) return;
      const row = block.rows.get(item)?.element;
      if (row) moveFocusFrom(row, element);
      row?.remove();
      items.delete(item);
      block.rows.delete(item);
      if (block.rows.size === 0) removeBlock(block);
    },
    paint(text) {
      let position = 0;
      for (const block of blocks.values()) {
        if (block.isVisible) block.element.style.blockSize = '';
        for (const [item, known] of block.rows) {
          position += 1;
          if (!block.isVisible) continue;
          const row = known ?? createRow(item);
          if (!known) block.element.append(row.element);
          block.rows.set(item, row);
          // Assistive technology can't count rows that don't exist.
          setAttributes(row.element, { 'aria-posinset': position, 'aria-setsize': items.size });
          row.render(text);
        }
      }
    },
  };
}

/** Drops the rows of a block and keeps its height. @param height 0 if the list is not displayed, or the block is new */
function dropRows({ element, rows }: Block, height = 0): void {
  for (const item of rows.keys()) rows.set(item, undefined);
  element.replaceChildren();
  element.style.blockSize = `${height || rows.size * ROW_HEIGHT}px`;
}

/** If the focus is in a row that is about to be removed, moves it to the next row, the previous one, or the first button of all. */
function moveFocusFrom(row: HTMLElement, list: HTMLElement): void {
  if (!row.contains(focusedIn(row))) return;
  const rows = [...list.querySelectorAll('.row')];
  const index = rows.indexOf(row);
  const next = rows[index + 1] ?? rows[index - 1];
  const button = next?.querySelector<HTMLElement>('button:last-of-type') ?? list.closest('.root')?.querySelector('button');
  button?.focus();
}
