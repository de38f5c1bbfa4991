const DRAG_EVENTS = ['dragenter', 'dragover', 'dragleave', 'drop'] as const;

/** Takes files and folders that are dropped on an element. While they are dragged over it, the element has the class `over`. */
export function takeDrops(element: HTMLElement, take: (files: DataTransfer) => unknown): void {
  for (const type of DRAG_EVENTS) {
    element.addEventListener(type, (event) => {
      const { dataTransfer, relatedTarget } = event;
      if (!dataTransfer?.types.includes('Files')) return;
      // Even when disabled: the browser would open the file instead of the page.
      event.preventDefault();
      if (element.matches(':disabled')) return;
      element.classList.toggle('over', type === 'dragleave' ? element.contains(relatedTarget as Node) : type !== 'drop');
      if (type === 'drop') take(dataTransfer);
    });
  }
}
