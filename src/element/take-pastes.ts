/** What takes pasted files. */
export interface PasteTarget extends HTMLElement {
  readonly noPaste: boolean;
}

type Take = (files: DataTransfer) => void;

/** Of each document, the elements that are in it: one of them takes a paste. */
const targets = new WeakMap<Document, Map<PasteTarget, Take>>();

/**
 * Takes pasted files: those that are pasted with the focus in the element, and those that nobody else wants, where it is the first
 * element that can be seen and used.
 */
export function takePastes(element: PasteTarget, take: Take, signal: AbortSignal): void {
  const { ownerDocument } = element;
  const known = targets.get(ownerDocument) ?? new Map<PasteTarget, Take>();
  targets.set(ownerDocument, known);
  // One listener for all: who takes it, is decided once.
  if (known.size === 0) ownerDocument.addEventListener('paste', onPaste);
  known.set(element, take);
  signal.addEventListener('abort', () => {
    known.delete(element);
    if (known.size === 0) ownerDocument.removeEventListener('paste', onPaste);
  });
}

function onPaste(event: ClipboardEvent): void {
  const { clipboardData, defaultPrevented } = event;
  if (defaultPrevented || !clipboardData?.files.length) return;
  const known = targets.get(event.currentTarget as Document) ?? new Map<PasteTarget, Take>();
  const elements = [...known.keys()].sort(byPlace);
  const path = event.composedPath();
  // Browsers dispatch a paste where the selection is: the focus may be elsewhere.
  const focused = elements.find((element) => path.includes(element)) ?? elements.find((element) => element.matches(':focus-within'));
  const isWanted = isText(path[0] as HTMLElement);
  const target = focused ?? (isWanted ? undefined : elements.find(canTake));
  if (!target || !canTake(target)) return;
  event.preventDefault();
  known.get(target)?.(clipboardData);
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

function byPlace(a: Node, b: Node): number {
  return a.compareDocumentPosition(b) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1;
}
