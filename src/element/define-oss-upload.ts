/** Defines `<oss-upload>`, under this name or another one. */
import { OssUploadElement } from './element.js';
import type { OssUploadEventMap } from './events.js';

/**
 * Defines the element under a name. `oss-resumable/element` has already defined `oss-upload`. Does nothing if there are no custom
 * elements (on a server), or if the name is taken.
 *
 * @param name with a hyphen. @default 'oss-upload'
 * @example
 * defineOssUpload('my-upload');
 */
export function defineOssUpload(name = 'oss-upload'): void {
  const { customElements } = globalThis;
  if (!customElements || customElements.get(name)) return;
  // A class can be defined only once: further names get a subclass.
  customElements.define(name, name === 'oss-upload' ? OssUploadElement : class extends OssUploadElement {});
}

declare global {
  interface HTMLElementTagNameMap {
    'oss-upload': OssUploadElement;
  }
  interface HTMLElementEventMap extends OssUploadEventMap {}
}
