/** Uppy without a user interface, for its API. */
import Uppy from '@uppy/core';
import { OssUpload } from 'oss-resumable/uppy';
import { options, uploader } from '../../../../demo/gallery/uploader.js';
import { callbackAt } from '../uploaders.js';

const uppy = new Uppy().use(OssUpload, {
  uploader,
  key: (_file, path) => `uploads/${path}`,
  callback: new URLSearchParams(location.search).has('callback') ? callbackAt(options.endpoint) : undefined,
  optionsFor: ({ meta }) => ({ metadata: { album: String(meta.album) } }),
});

const input = document.querySelector<HTMLInputElement>('#file')!;

/** Adds the selected files to Uppy, with these fields. */
function add(meta: Record<string, unknown>): void {
  uppy.addFiles([...(input.files ?? [])].map((file) => ({ name: file.name, type: file.type, data: file, meta })));
}

declare global {
  interface Window {
    uppy: Uppy;
    plugin: OssUpload;
    uploader: typeof uploader;
    add: typeof add;
  }
}
Object.assign(window, { uppy, plugin: uppy.getPlugin<OssUpload>('OssUpload'), uploader, add });
