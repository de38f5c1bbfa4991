/** An `<oss-upload>` without options: a test sets it up, with the exports here. */
import { createUploader } from 'oss-resumable';
import { OssUploadElement } from 'oss-resumable/element';
import { options } from '../../../../demo/gallery/uploader.js';

export const page = { createUploader, options, OssUploadElement };

declare global {
  interface Window {
    library: typeof page;
    /** Names and details of the element's events, oldest first. */
    heard: [name: string, detail: any][];
    widget: OssUploadElement;
  }
}

window.library = page;
window.heard = [];
window.widget = document.querySelector('oss-upload')!;
for (const name of ['start', 'progress', 'success', 'error', 'reject', 'change']) {
  document.addEventListener(`oss-upload-${name}`, (event) => window.heard.push([name, (event as CustomEvent).detail]));
}
