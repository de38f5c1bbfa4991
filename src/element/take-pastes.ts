/** What takes pasted files. */
export interface PasteTarget extends HTMLElement {
  readonly noPaste: boolean;
}

type Take = (files: DataTransfer) => unknown;

/** All that are on a page: one of them takes a paste. */
const targets = new Map<PasteTarget, Take>();

/**
 * Takes pasted files: those that are pasted with the focus in the element, and those that nobody else wants, where it is the first
 * element on the page that can be seen and used.
 */
export function takePastes(element: PasteTarget, take: Take, signal: AbortSignal): void {
  targets.set(element, take);
  signal.addEventListener('abort', () => targets.delete(element));
  // The same function for all elements is one listener of the document: who takes a paste is decided once.
  element.ownerDocument.addEventListener('paste', onPaste);
}

function onPaste(event: ClipboardEvent): void {
  const { clipboardData, currentTarget, defaultPrevented } = event;
  if (defaultPrevented || !clipboardData?.files.length) return;
  const elements = [...targets.keys()].filter(({ ownerDocument }) => ownerDocument === currentTarget);
  const path = event.composedPath();
  // Browsers dispatch a paste where the selection is: the focus may be elsewhere.
  const focused = elements.find((element) => path.includes(element)) ?? elements.find((element) => element.matches(':focus-within'));
  const target = focused ?? (isText(path[0] as HTMLElement) ? undefined : elements.find(canTake));
  if (!target || !canTake(target)) return;
  event.preventDefault();
  targets.get(target)?.(clipboardData);
}

/** Enabled, to be seen, and not behind a modal dialog. */
function canTake(element: PasteTarget): boolean {
  const { noPaste, ownerDocument } = element;
  if (noPaste || element.matches(':disabled') || element.closest('[inert]')) return false;
  const dialogs = [...ownerDocument.querySelectorAll(':modal')];
  return element.checkVisibility({ visibilityProperty: true }) && dialogs.every((dialog) => isWithin(element, dialog));
}

/** In it, or in a shadow tree in it. */
function isWithin(node: Node, ancestor: Node): boolean {
  const root = node.getRootNode();
  return ancestor.contains(node) || ('host' in root && isWithin(root.host as Node, ancestor));
}

function isText(target: HTMLElement): boolean {
  return target.isContentEditable || Boolean(target.closest?.('input, textarea'));
}
