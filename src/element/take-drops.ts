const DRAG_EVENTS = ['dragenter', 'dragover', 'dragleave', 'drop'] as const;

/** Takes what is dropped on an element, folders included; while it may be, the element has the class `over`. */
export function takeDrops(element: HTMLElement, take: (files: DataTransfer) => unknown): void {
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
