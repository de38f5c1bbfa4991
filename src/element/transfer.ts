/** What of an element's surroundings wants its files. */
export interface TransferHandler {
  isDisabled(): boolean;
  take(files: DataTransfer): void;
}

const DRAG_EVENTS = ['dragenter', 'dragover', 'dragleave', 'drop'] as const;

/** Takes what is dropped on an element, folders included; while it may be, the element has the class `over`. */
export function takeDrops(element: HTMLElement, { isDisabled, take }: TransferHandler): void {
  for (const type of DRAG_EVENTS) {
    element.addEventListener(type, (event) => {
      const { dataTransfer, relatedTarget } = event;
      if (isDisabled() || !dataTransfer?.types.includes('Files')) return;
      event.preventDefault();
      const isOver = type === 'dragleave' ? element.contains(relatedTarget as Node) : type !== 'drop';
      element.classList.toggle('over', isOver);
      if (type === 'drop') take(dataTransfer);
    });
  }
}

/** Takes pasted files: with the focus in the element, or where nobody else wants them; then the first element does. */
export function takePastes(element: HTMLElement, { isDisabled, take }: TransferHandler, signal: AbortSignal): void {
  const onPaste = (event: ClipboardEvent): void => {
    const { clipboardData } = event;
    const path = event.composedPath() as HTMLElement[];
    const isWanted = path[0]?.isContentEditable || path[0]?.closest?.('input, textarea, oss-upload') || event.defaultPrevented;
    if (isDisabled() || !clipboardData?.files.length || (isWanted && !path.includes(element))) return;
    event.preventDefault();
    take(clipboardData);
  };
  document.addEventListener('paste', onPaste, { signal });
}
