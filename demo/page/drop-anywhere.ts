/** The whole window is the drop zone: a file that misses `<oss-upload>` must not replace the page. */
import type { OssUploadElement } from 'oss-resumable/element';

export function dropAnywhere(element: OssUploadElement): void {
  const isFiles = ({ dataTransfer }: DragEvent): boolean => dataTransfer?.types.includes('Files') ?? false;

  window.addEventListener('dragover', (event) => {
    if (!isFiles(event)) return;
    event.preventDefault();
    element.classList.add('over');
  });
  window.addEventListener('dragleave', ({ relatedTarget }) => relatedTarget ?? element.classList.remove('over'));
  window.addEventListener('drop', (event) => {
    element.classList.remove('over');
    // The element has taken what was dropped on it.
    if (event.defaultPrevented || !isFiles(event)) return;
    event.preventDefault();
    void element.addFiles(event.dataTransfer!);
  });
}
