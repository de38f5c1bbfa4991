import { createButton, h, keepFocus, setAttributes, setPart, setText } from './dom.js';
import { createMeter, type Measure } from './meter.js';
import type { Text, Word } from './words.js';

export type Action = Extract<Word, 'pause' | 'resume' | 'retry' | 'cancel' | 'remove' | 'again' | 'discard'>;

/** What a row shows, of an upload or of what is left of one. */
export interface Face {
  status: string;
  /** The status in words. */
  words: string;
  measure: Measure;
  /** Instead of the usual ones. */
  figures?: string[] | undefined;
  /** What needs a sentence. */
  note: string;
  /** One for each button: the first changes with the status, the last takes the row away. */
  actions: (Action | undefined)[];
}

/** What a list is made of. */
export interface Item {
  readonly path: string;
  /** Another value whenever the face may have changed. */
  readonly look: unknown;
  face(text: Text): Face;
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
  let actions: Face['actions'] = [];
  const buttons = [0, 1, 2].map((index) => createButton('', () => item.act(actions[index] as Action)));
  const element = h('div', 'row', h('div', 'texts', name, meter.line, meter.bar, note), h('div', 'buttons', ...buttons));
  setAttributes(element, { role: 'listitem' });
  name.title = path;
  name.dir = 'auto';

  return {
    element,
    render(text) {
      const face = item.face(text);
      actions = face.actions;
      setPart(element, `row ${face.status}`);
      meter.render(text, path, face.words, face.measure, face.figures);
      setText(note, face.note);
      buttons.forEach((button, index) => {
        const action = actions[index];
        button.hidden = !action;
        if (!action) return;
        setPart(button, `button ${action}`);
        setText(button, text(action));
        setAttributes(button, { 'aria-label': `${text(action)}: ${path}` });
      });
      keepFocus(buttons);
    },
  };
}
