/** Takes pasted files: decides which of the elements on a page gets them. */

import { canTake } from './can-take.js';

/** An element that takes pasted files. */
export interface PasteTarget extends HTMLElement {
  readonly noPaste: boolean;
}

type Take = (files: DataTransfer) => unknown;

/** All elements of the page: one of them takes a paste. */
const targets = new Map<PasteTarget, Take>();

/**
 * Takes files that are pasted while the focus is in the element. Files that no other control wants go to the first element on the page
 * that is visible and enabled.
 * @returns a function that ends it
 */
export function takePastes(element: PasteTarget, take: Take): () => void {
  targets.set(element, take);
  // The same function for all elements is added to a document once, so that who takes a paste is decided once.
  element.ownerDocument.addEventListener('paste', onPaste);
  return () => targets.delete(element);
}

function onPaste(event: ClipboardEvent): void {
  const { clipboardData, currentTarget, defaultPrevented } = event;
  if (defaultPrevented || !clipboardData?.files.length) return;
  const elements = [...targets.keys()].filter(({ ownerDocument }) => ownerDocument === currentTarget);
  const path = event.composedPath();
  // Browsers dispatch a paste at the selection: the focus may be elsewhere.
  const focused = elements.find((element) => path.includes(element)) ?? elements.find((element) => element.matches(':focus-within'));
  const target = focused ?? (isText(path[0] as HTMLElement) ? undefined : elements.find(canTakePastes));
  if (!target || !canTakePastes(target)) return;
  event.preventDefault();
  targets.get(target)?.(clipboardData);
}

const canTakePastes = (element: PasteTarget): boolean => !element.noPaste && canTake(element);

function isText(target: HTMLElement): boolean {
  return target.isContentEditable || Boolean(target.closest?.('input, textarea'));
}
