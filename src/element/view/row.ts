/** A row of a list: icon, name, meter, note, details and buttons of one item. Rows are used again for other items. */
import type { MessageName, Text } from '../messages.js';
import { createDetails } from './details.js';
import { createButton, h, keepFocus, setAttributes, setPart, setText } from './dom.js';
import { createIcon } from './icon.js';
import { createMeter, type MeterView } from './meter.js';
import { createName } from './name.js';

export type Action = Extract<
  MessageName,
  'pause' | 'resume' | 'retry' | 'cancel' | 'remove' | 'select-again' | 'discard' | 'keep' | 'open' | 'copy-link'
>;

/** The contents of a row. */
export interface RowView extends MeterView {
  /** A class and a part of the row. */
  status: string;
  /** A sentence below the bar; may be empty. */
  note: string;
  /** What a support desk asks for; may be empty. */
  detail?: string;
  /** One for each button: the last one removes the row, or answers a question with no. */
  actions: (Action | undefined)[];
}

/** An item of a list. */
export interface Item {
  readonly path: string;
  /** The local file, if there is one. */
  readonly file?: Blob | undefined;
  /** The user has opened its details. */
  isOpen?: boolean;
  view(text: Text): RowView;
  /** @param onChange called when the item changes later */
  act(action: Action, onChange: () => void): void;
}

export interface Row {
  readonly element: HTMLElement;
  /** Shows another item. */
  show(item: Item): void;
  render(text: Text): void;
}

/** @param repaint called when an action may have changed the item */
export function createRow(repaint: () => void): Row {
  let item: Item;
  let actions: RowView['actions'] = [];
  const icon = createIcon();
  const name = createName();
  const meter = createMeter(h('span', 'status'));
  const note = h('p', 'note');
  const details = createDetails((isOpen) => {
    item.isOpen = isOpen;
  }, repaint);
  const buttons = [0, 1, 2, 3].map((index) =>
    createButton('', () => {
      item.act(actions[index] as Action, repaint);
      repaint();
    }),
  );
  const texts = h('div', 'texts', name.element, meter.line, meter.bar, note, details.element);
  const element = h('div', 'row', icon.element, texts, h('div', 'buttons', ...buttons));
  setAttributes(element, { role: 'listitem' });

  return {
    element,
    show(next) {
      item = next;
      name.show(item.path);
      icon.show(item.path, item.file);
    },
    render(text) {
      const view = item.view(text);
      actions = view.actions;
      setPart(element, `row ${view.status}`);
      meter.render(text, item.path, view);
      setText(note, view.note);
      details.render(text, view.detail ?? '', Boolean(item.isOpen));
      buttons.forEach((button, index) => {
        const action = actions[index];
        button.hidden = !action;
        if (!action) return;
        const label = text(action);
        setPart(button, `button ${action}`);
        setText(button, label);
        setAttributes(button, { 'aria-label': `${label}: ${item.path}`, title: label });
      });
      keepFocus(buttons);
    },
  };
}
