/** What helps a support desk: the error's code, message and request ID, behind one click. */
import type { Text } from '../messages.js';
import { createCopier } from './copier.js';
import { createButton, h, setText } from './dom.js';

export interface Details {
  readonly element: HTMLDetailsElement;
  /** @param detail nothing is shown if it is empty. @param isOpen the user has opened it */
  render(text: Text, detail: string, isOpen: boolean): void;
}

/** @param onToggle the user has opened or closed it */
export function createDetails(onToggle: (isOpen: boolean) => void): Details {
  const summary = h('summary', 'summary');
  const paragraph = h('p', 'detail');
  const copier = createCopier();
  let label = '';
  const copy = createButton('button copy', async () => {
    await copier.copy(paragraph.textContent);
    setText(copy, label);
  });
  const element = h('details', 'details', summary, paragraph, copy);
  element.ontoggle = () => onToggle(element.open);
  return {
    element,
    render(text, detail, isOpen) {
      element.hidden = !detail;
      if (element.open !== isOpen) element.open = isOpen;
      label = text('copied');
      setText(summary, text('details'));
      setText(paragraph, detail);
      setText(copy, copier.hasCopied() ? label : text('copy'));
      // Without https a page has no clipboard.
      copy.hidden = !navigator.clipboard;
    },
  };
}
