/** The head of the list of uploads: all of them as one meter, and buttons for all. */
import type { AllAction, UploadTotals } from '../uploads.js';
import { createButton, h, keepFocus, setText } from './dom.js';
import { createMeter } from './meter.js';
import { type Text, WORDS } from './words.js';

/** In the order of the buttons. */
const ACTIONS: AllAction[] = ['pause', 'resume', 'retry', 'cancel', 'clear'];

export interface Summary {
  readonly element: HTMLElement;
  /** @param isValue the finished uploads are the value of a form: clearing them is not offered */
  render(text: Text, totals: UploadTotals, isValue: boolean): void;
}

export function createSummary(act: (action: AllAction) => void): Summary {
  const meter = createMeter('heading');
  const buttons = ACTIONS.map((action) => createButton(`button ${action}-all`, () => act(action)));

  return {
    element: h('div', 'head', meter.line, meter.bar, h('div', 'buttons', ...buttons)),
    render(text, totals, isValue) {
      const { done, failed, paused, moving, open, total } = totals.files;
      const counts = [moving, paused, failed, open, isValue ? 0 : done];
      const heading = text(WORDS.heading.uploads);
      meter.render(text, heading, `${heading} ${done} / ${total}`, totals);
      buttons.forEach((button, index) => {
        const action = ACTIONS[index] as AllAction;
        const label = text(WORDS.action[action]);
        setText(button, action === 'clear' ? label : text(WORDS.action.all, label));
        button.hidden = counts[index] === 0;
      });
      keepFocus(buttons);
    },
  };
}
