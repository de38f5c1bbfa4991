import { createButton, h, keepFocus, setText } from './dom.js';
import { createMeter } from './meter.js';
import type { UploadTotals } from '../uploads.js';
import type { Text, Word } from './words.js';

/** What can be done to all uploads at once, in the order of the buttons. */
export type AllAction = Extract<Word, 'pause' | 'resume' | 'retry' | 'cancel' | 'clear'>;

const ACTIONS: AllAction[] = ['pause', 'resume', 'retry', 'cancel', 'clear'];

/** All uploads as one line. */
export interface Summary {
  readonly element: HTMLElement;
  /** @param isValue what is done is the value of a form, and nothing to be tidied up */
  render(text: Text, totals: UploadTotals, isValue: boolean): void;
}

export function createSummary(act: (action: AllAction) => void): Summary {
  const meter = createMeter('heading');
  const buttons = ACTIONS.map((action) => createButton(`button ${action}-all`, () => act(action)));

  return {
    element: h('div', 'head', meter.line, meter.bar, h('div', 'buttons', ...buttons)),
    render(text, totals, isValue) {
      const { done, failed, paused, moving, open, total } = totals.files;
      meter.render(text, text('uploads'), `${text('uploads')} ${done} / ${total}`, totals);
      const counts = [moving, paused, failed, open, isValue ? 0 : done];
      buttons.forEach((button, index) => {
        const action = ACTIONS[index] as AllAction;
        setText(button, action === 'clear' ? text(action) : text('all', { action: text(action) }));
        button.hidden = !counts[index];
      });
      keepFocus(buttons);
    },
  };
}
