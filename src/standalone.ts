/**
 * The library as one file, for pages without a bundler: `dist/standalone.js` is a module, `dist/standalone.iife.js` a classic script
 * with the global `OssResumable`. Both contain everything, including `<oss-upload>`; call `defineOssUpload()` to define it.
 */
export * from './index.js';
export { defineOssUpload } from './element/define-oss-upload.js';
export { OssUploadElement } from './element/element.js';
