/** Takes dropped files: those dropped on an element, and those that miss it. */
import { canTake } from './can-take.js';

/** An element that takes dropped files. */
export interface DropTarget extends HTMLElement {
  /** Takes files dropped anywhere on the page. */
  readonly dropAnywhere: boolean;
}

interface Target {
  /** Shows whether files are held over it. */
  highlight(isOver: boolean): void;
  take(files: DataTransfer): unknown;
}

const DRAG_EVENTS = ['dragenter', 'dragover', 'dragleave', 'drop'] as const;

/** All elements of the page. */
const targets = new Map<DropTarget, Target>();

/**
 * Takes files and folders that are dropped on an element, or, if it wants them, anywhere on the page. Files that miss it would be opened
 * by the browser instead of the page: they aren't, unless somebody else takes them.
 *
 * @param surface the area in the element; it has the class `over` while files are held over it
 * @returns a function that ends it
 */
export function takeDrops(element: DropTarget, surface: HTMLElement, take: (files: DataTransfer) => unknown): () => void {
  const target: Target = { highlight: (isOver) => surface.classList.toggle('over', isOver), take };
  const onDrag = (event: DragEvent): void => follow(event, element, target, surface);
  const { ownerDocument } = element;
  targets.set(element, target);
  for (const type of DRAG_EVENTS) {
    surface.addEventListener(type, onDrag);
    // The same function for all elements is added once.
    ownerDocument.addEventListener(type, onDragBeside);
    ownerDocument.addEventListener(type, unhighlight, true);
  }
  return () => {
    targets.delete(element);
    target.highlight(false);
    for (const type of DRAG_EVENTS) {
      surface.removeEventListener(type, onDrag);
      if ([...targets.keys()].some((other) => other.ownerDocument === ownerDocument)) continue;
      ownerDocument.removeEventListener(type, onDragBeside);
      ownerDocument.removeEventListener(type, unhighlight, true);
    }
  };
}

/**
 * Before anybody handles the event: whoever takes the files shows it again. So the files are shown over nothing else, whoever takes them
 * and whatever was disabled meanwhile. Not when they leave a target: the next one has them already.
 */
function unhighlight({ type, currentTarget }: DragEvent): void {
  if (type === 'dragleave') return;
  for (const [{ ownerDocument }, { highlight }] of targets) if (ownerDocument === currentTarget) highlight(false);
}

/** Files are held over an area, leave it, or are dropped there. */
function follow(event: DragEvent, element: DropTarget, target: Target, area: Node): void {
  const { type, dataTransfer, relatedTarget } = event;
  if (!dataTransfer?.types.includes('Files')) return;
  // Even when disabled: the browser would open the file instead of the page.
  event.preventDefault();
  const isDisabled = element.matches(':disabled');
  // Browsers set it anew for each event.
  dataTransfer.dropEffect = isDisabled ? 'none' : 'copy';
  if (isDisabled) return;
  if (type === 'drop') target.take(dataTransfer);
  else if (type !== 'dragleave') target.highlight(true);
  else if (!area.contains(relatedTarget as Node | null)) target.highlight(false);
}

function onDragBeside(event: DragEvent): void {
  const { dataTransfer, defaultPrevented, currentTarget } = event;
  // Another drop zone takes them, or a file input, which does so without a script.
  if (defaultPrevented || !dataTransfer?.types.includes('Files') || isFileInput(event.composedPath()[0])) return;
  const [element, target] =
    [...targets].find(([candidate]) => candidate.dropAnywhere && candidate.ownerDocument === currentTarget && canTake(candidate)) ?? [];
  if (element && target) follow(event, element, target, currentTarget as Document);
  else {
    event.preventDefault();
    dataTransfer.dropEffect = 'none';
  }
}

const isFileInput = (node: EventTarget | undefined): boolean => (node as Partial<HTMLInputElement> | undefined)?.type === 'file';
