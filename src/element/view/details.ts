/** What helps a support desk: the error's code, message and request ID, behind one click. */
import type { Text } from '../messages.js';
import { createCopier } from './copier.js';
import { createButton, h, setPart, setText } from './dom.js';

export interface Details {
  readonly element: HTMLDetailsElement;
  /** @param detail nothing is shown if it is empty. @param isOpen the user has opened it */
  render(text: Text, detail: string, isOpen: boolean): void;
}

/** @param onToggle the user has opened or closed it. @param repaint called when its button says something else */
export function createDetails(onToggle: (isOpen: boolean) => void, repaint: () => void): Details {
  const summary = h('summary', 'summary');
  const paragraph = h('p', 'detail');
  const copier = createCopier();
  const copy = createButton('', () => void copier.copy(paragraph.textContent, repaint));
  const element = h('details', 'details', summary, paragraph, copy);
  element.ontoggle = () => onToggle(element.open);
  return {
    element,
    render(text, detail, isOpen) {
      element.hidden = !detail;
      if (element.open !== isOpen) element.open = isOpen;
      setText(summary, text('details'));
      setText(paragraph, detail);
      setPart(copy, copier.hasCopied() ? 'button copy copied' : 'button copy');
      setText(copy, text(copier.hasCopied() ? 'copied' : 'copy'));
      // Without https a page has no clipboard.
      copy.hidden = !navigator.clipboard;
    },
  };
}
