/** A row of a list: name, meter, note and buttons of one item. */
import { createButton, h, keepFocus, setAttributes, setPart, setText } from './dom.js';
import { createMeter, type ProgressFigures } from './meter.js';
import { type Text, WORDS } from './words.js';

export type Action = 'pause' | 'resume' | 'retry' | 'cancel' | 'remove' | 'select-again' | 'discard';

/** The contents of a row. */
export interface RowView {
  /** A class and a part of the row. */
  status: string;
  /** The status in words. */
  words: string;
  progress: ProgressFigures;
  /** Instead of the usual figures. */
  figures?: string[] | undefined;
  /** A sentence below the bar; may be empty. */
  note: string;
  /** One for each button: the first changes with the status, the last removes the row. */
  actions: (Action | undefined)[];
}

/** An item of a list. */
export interface Item {
  readonly path: string;
  view(text: Text): RowView;
  act(action: Action): void;
}

export interface Row {
  readonly element: HTMLElement;
  render(text: Text): void;
}

export function createRow(item: Item): Row {
  const { path } = item;
  const name = h('p', 'name', path);
  const meter = createMeter('status');
  const note = h('p', 'note');
  let actions: RowView['actions'] = [];
  const buttons = [0, 1, 2].map((index) => createButton('', () => item.act(actions[index] as Action)));
  const element = h('div', 'row', h('div', 'texts', name, meter.line, meter.bar, note), h('div', 'buttons', ...buttons));
  setAttributes(element, { role: 'listitem' });
  name.title = path;
  name.dir = 'auto';

  return {
    element,
    render(text) {
      const view = item.view(text);
      actions = view.actions;
      setPart(element, `row ${view.status}`);
      meter.render(text, path, view.words, view.progress, view.figures);
      setText(note, view.note);
      buttons.forEach((button, index) => {
        const action = actions[index];
        button.hidden = !action;
        if (!action) return;
        const label = text(WORDS.action[action]);
        setPart(button, `button ${action}`);
        setText(button, label);
        setAttributes(button, { 'aria-label': `${label}: ${path}` });
      });
      keepFocus(buttons);
    },
  };
}
