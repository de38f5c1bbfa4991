/**
 * A list of items in groups, of which only those have rows that are visible, or nearly: thousands of items cost as much as a screenful.
 * Rows of items that are no longer visible are used again.
 */
import type { Text } from '../messages.js';
import { focusedIn, h, setAttributes } from './dom.js';
import { createRow, type Item, type Row } from './row.js';

/** Items whose rows are made and dropped together. */
const BLOCK_SIZE = 20;
/** Pixels; the height of a row that was never rendered. */
const ROW_HEIGHT = 60;
/** Rows this close to the visible area are rendered in advance. */
const MARGIN = '500px';
/** Unused rows that are kept. */
const MAX_SPARE_ROWS = 100;

interface Block {
  element: HTMLElement;
  group: GroupOfBlocks;
  /** Rows exist only while the block is visible. */
  rows: Map<Item, Row | undefined>;
  isVisible: boolean;
  /** While it isn't visible: the number of rows that its height is for. */
  sizedFor: number;
}

interface GroupOfBlocks {
  element: HTMLElement;
  blocks: Set<Block>;
  last: Block | undefined;
  count: number;
}

export class List<Group extends string> {
  readonly element: HTMLElement;
  readonly #repaint: () => void;
  readonly #groups: Map<Group, GroupOfBlocks>;
  readonly #blocks = new Map<Element, Block>();
  readonly #items = new Map<Item, Block>();
  readonly #spare: Row[] = [];
  // Only newer browsers know `scrollMargin`, which also applies inside the scrolling list.
  readonly #observer: IntersectionObserver = new IntersectionObserver((changes) => this.#onScroll(changes), {
    rootMargin: MARGIN,
    scrollMargin: MARGIN,
  } as IntersectionObserverInit);

  /**
   * @param groups in the order of the list
   * @param repaint called when other rows have become visible, or an item may have changed
   */
  constructor(groups: readonly Group[], repaint: () => void) {
    this.#repaint = repaint;
    this.#groups = new Map(
      groups.map((name) => {
        const element = setAttributes(h('div', `group ${name}`), { role: 'none' });
        return [name, { element, blocks: new Set(), last: undefined, count: 0 }];
      }),
    );
    const elements = [...this.#groups.values()].map(({ element }) => element);
    this.element = setAttributes(h('div', 'list', ...elements), { role: 'list' });
  }

  /** In no order. */
  get items(): ReadonlyMap<Item, unknown> {
    return this.#items;
  }

  /** Shows or hides a group. */
  show(group: Group, isShown: boolean): void {
    this.#group(group).element.hidden = !isShown;
  }

  /** Adds an item at the end of a group, or moves it there from another group. The focus stays in its row. */
  place(item: Item, name: Group): void {
    const group = this.#group(name);
    if (this.#items.get(item)?.group === group) return;
    const focused = this.#items.has(item) ? (focusedIn(this.element) as HTMLElement | null) : null;
    const row = this.#takeOut(item);
    const block = group.last && group.last.rows.size < BLOCK_SIZE ? group.last : this.#addBlock(group);
    block.rows.set(item, undefined);
    this.#items.set(item, block);
    group.count += 1;
    if (row?.element.contains(focused)) {
      // Moving an element takes the focus from it.
      block.rows.set(item, row);
      block.isVisible = true;
      block.element.append(row.element);
      focused?.focus({ preventScroll: true });
    } else if (row) this.#release(row);
  }

  /** Removes an item; the focus in its row moves to the next row. */
  remove(item: Item): void {
    const row = this.#items.get(item)?.rows.get(item);
    if (row) moveFocusFrom(row.element, this.element);
    this.#takeOut(item);
    if (row) this.#release(row);
  }

  /** Brings the visible rows up to date. */
  paint(text: Text): void {
    const shown = [...this.#groups.values()].filter((group) => !group.element.hidden);
    const size = shown.reduce((sum, { count }) => sum + count, 0);
    let position = 0;
    for (const block of shown.flatMap((group) => [...group.blocks])) {
      if (block.isVisible) this.#paintBlock(block, text, position, size);
      else if (block.sizedFor !== block.rows.size) resize(block, block.rows.size);
      position += block.rows.size;
    }
  }

  /** @param position of its first row. @param size number of all rows: assistive technology can't count rows that don't exist */
  #paintBlock({ element, rows }: Block, text: Text, position: number, size: number): void {
    element.style.blockSize = '';
    let place = 0;
    for (const [item, known] of rows) {
      const row = known ?? this.#rowFor(item);
      rows.set(item, row);
      const before = element.children[place];
      if (before !== row.element) element.insertBefore(row.element, before ?? null);
      place += 1;
      setAttributes(row.element, { 'aria-posinset': position + place, 'aria-setsize': size });
      row.render(text);
    }
  }

  #group(name: Group): GroupOfBlocks {
    return this.#groups.get(name) as GroupOfBlocks;
  }

  #onScroll(changes: IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting, boundingClientRect } of changes) {
      const block = this.#blocks.get(target);
      if (!block) continue;
      block.isVisible = isIntersecting || target.contains(focusedIn(this.element));
      if (!block.isVisible) this.#dropRows(block, boundingClientRect.height);
    }
    this.#repaint();
  }

  #addBlock(group: GroupOfBlocks): Block {
    // The first block is visible at once; the observer decides about the others in the next frame.
    const element = setAttributes(h('div', ''), { role: 'none' });
    const block: Block = { element, group, rows: new Map(), isVisible: !group.last, sizedFor: 0 };
    if (!block.isVisible) resize(block, BLOCK_SIZE);
    this.#blocks.set(element, block);
    group.blocks.add(block);
    group.last = block;
    group.element.append(element);
    this.#observer.observe(element);
    return block;
  }

  /** @returns its row, if it has one */
  #takeOut(item: Item): Row | undefined {
    const block = this.#items.get(item);
    if (!block) return undefined;
    const { element, group, rows } = block;
    const row = rows.get(item);
    this.#items.delete(item);
    rows.delete(item);
    group.count -= 1;
    if (rows.size > 0) return row;
    // Still observed: observers hold elements weakly, and ending it for thousands takes long.
    this.#blocks.delete(element);
    group.blocks.delete(block);
    if (group.last === block) group.last = [...group.blocks].at(-1);
    element.remove();
    return row;
  }

  /** Drops the rows of a block and keeps its height. @param height 0 if the list is not displayed, or the block is new */
  #dropRows(block: Block, height: number): void {
    for (const [item, row] of block.rows) {
      block.rows.set(item, undefined);
      if (row) this.#release(row);
    }
    resize(block, block.rows.size, height);
  }

  #rowFor(item: Item): Row {
    const row = this.#spare.pop() ?? createRow(this.#repaint);
    row.show(item);
    return row;
  }

  #release(row: Row): void {
    row.element.remove();
    if (this.#spare.length < MAX_SPARE_ROWS) this.#spare.push(row);
  }
}

/** Gives a block without rows its height. */
function resize(block: Block, count: number, height = 0): void {
  block.sizedFor = count;
  block.element.style.blockSize = `${height || count * ROW_HEIGHT}px`;
}

/** If the focus is in a row that is about to be removed, moves it to the next row, the previous one, or the first button of all. */
function moveFocusFrom(row: HTMLElement, list: HTMLElement): void {
  if (!row.contains(focusedIn(row))) return;
  const rows = [...list.querySelectorAll('.row')];
  const index = rows.indexOf(row);
  const next = rows[index + 1] ?? rows[index - 1];
  const buttons = [...(next?.querySelectorAll<HTMLElement>('.button:not([hidden])') ?? [])];
  (buttons.at(-1) ?? list.closest('.root')?.querySelector('button'))?.focus();
}
