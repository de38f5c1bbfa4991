import type { UploadResult, UploadTask } from '../index.js';
import type { UploadTotals } from './uploads.js';

/**
 * Why a file was not taken: not of an accepted kind, too large, one too many, an empty folder, unreadable, or not to be
 * uploaded at all (a key that OSS does not take, say).
 */
export type RejectReason = 'accept' | 'max-size' | 'multiple' | 'empty-folder' | 'unreadable' | 'invalid';

/** What `<oss-upload>` dispatches. All of it bubbles, and leaves shadow trees that the element is in. */
export interface OssUploadEventMap {
  /** A file was taken, or an unfinished upload resumed. */
  'oss-upload-start': CustomEvent<{ readonly task: UploadTask }>;
  /** How far all uploads are, at most about ten times a second. */
  'oss-upload-progress': CustomEvent<UploadTotals>;
  /** A file is stored; the value has its key already. */
  'oss-upload-success': CustomEvent<{ readonly task: UploadTask; readonly result: UploadResult }>;
  /** An upload has failed; or, without a task, nothing can be uploaded: an option such as `credentials` is missing. */
  'oss-upload-error': CustomEvent<{ readonly task: UploadTask | undefined; readonly error: Error }>;
  /** A file was not taken. `message` is what the user is told. */
  'oss-upload-reject': CustomEvent<{
    readonly file: File | undefined;
    readonly path: string;
    readonly reason: RejectReason;
    readonly message: string;
  }>;
  /** The value has changed: the keys of what is uploaded. A `change` event comes with it. */
  'oss-upload-change': CustomEvent<{ readonly value: readonly string[] }>;
}

/** Dispatches one of them. */
export function dispatch<Name extends keyof OssUploadEventMap>(
  target: EventTarget,
  name: Name,
  detail: OssUploadEventMap[Name]['detail'],
): void {
  target.dispatchEvent(new CustomEvent(name, { bubbles: true, composed: true, detail }));
}
