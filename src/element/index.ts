/** The entry `oss-resumable/element`: importing it defines `<oss-upload>`. */
import { defineOssUpload } from './define-oss-upload.js';

export { defineOssUpload } from './define-oss-upload.js';
export { OssUploadElement } from './element.js';
export type { ElementUploadOptions } from './element.js';
export type { OssUploadEventMap, RejectReason } from './events.js';
export type { OssUploadAttributes } from './jsx.js';
export { addMessages } from './languages.js';
export type { LinkOf, StoredFile } from './links.js';
export type { Messages, Plural } from './messages.js';
export type { UploadTotals } from './totals.js';

defineOssUpload();
