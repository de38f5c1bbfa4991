const DRAG_EVENTS = ['dragenter', 'dragover', 'dragleave', 'drop'] as const;

/** Takes what is dropped on an element, folders included; while it may be, the element has the class `over`. */
export function takeDrops(element: HTMLElement, take: (files: DataTransfer) => void): void {
  for (const type of DRAG_EVENTS) {
    element.addEventListener(type, (event) => {
      const { dataTransfer, relatedTarget } = event;
      if (!dataTransfer?.types.includes('Files')) return;
      // Disabled, too: the browser would open the file in the page's place.
      event.preventDefault();
      if (element.matches(':disabled')) return;
      element.classList.toggle('over', type === 'dragleave' ? element.contains(relatedTarget as Node) : type !== 'drop');
      if (type === 'drop') take(dataTransfer);
    });
  }
}

/** Takes pasted files: with the focus in the element, or where nobody else wants them; then the first element does. */
export function takePastes(element: HTMLElement, take: (files: DataTransfer) => void, signal: AbortSignal): void {
  const onPaste = (event: ClipboardEvent): void => {
    const { clipboardData, defaultPrevented } = event;
    const path = event.composedPath() as HTMLElement[];
    const isWanted = defaultPrevented || path[0]?.isContentEditable || path[0]?.closest?.('input, textarea, oss-upload');
    if (element.matches(':disabled') || !clipboardData?.files.length || (isWanted && !path.includes(element))) return;
    event.preventDefault();
    take(clipboardData);
  };
  document.addEventListener('paste', onPaste, { signal });
}
