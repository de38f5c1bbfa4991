/**
 * The library as one file, for pages without a bundler: `dist/standalone.js`, a module, and `dist/standalone.iife.js`,
 * a classic script whose global is `OssResumable`. Both hold everything they will ever load, and `<oss-upload>`, which the page
 * defines by `defineOssUpload()`.
 */
export * from './index.js';
export { defineOssUpload, OssUploadElement } from './element/element.js';
