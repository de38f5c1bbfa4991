/** The events of `<oss-upload>`. */
import type { UploadResult, UploadTask } from '../index.js';
import type { UploadTotals } from './totals.js';

/**
 * Why a file was rejected: its type is not accepted, it is too large, alone or with the others, it is one too many, an empty folder,
 * unreadable, or can't be uploaded at all (for example because OSS doesn't accept its key).
 */
export type RejectReason = 'accept' | 'max-size' | 'max-total-size' | 'multiple' | 'max-files' | 'empty-folder' | 'unreadable' | 'invalid';

/** The events that `<oss-upload>` dispatches. They bubble, and leave the shadow trees around the element. */
export interface OssUploadEventMap {
  /** An upload has started, or an unfinished upload was resumed. */
  'oss-upload-start': CustomEvent<{ readonly task: UploadTask }>;
  /** The progress of all uploads, at most about ten times a second. */
  'oss-upload-progress': CustomEvent<UploadTotals>;
  /** A file is stored; the value already contains its key. */
  'oss-upload-success': CustomEvent<{ readonly task: UploadTask; readonly result: UploadResult }>;
  /** An upload has failed; or, without a task, nothing can be uploaded because an option such as `credentials` is missing. */
  'oss-upload-error': CustomEvent<{ readonly task: UploadTask | undefined; readonly error: Error }>;
  /** A file was rejected. `message` is what the user sees. */
  'oss-upload-reject': CustomEvent<{
    readonly file: File | undefined;
    readonly path: string;
    readonly reason: RejectReason;
    readonly message: string;
  }>;
  /** The value has changed: the keys of the stored files. A `change` event follows. */
  'oss-upload-change': CustomEvent<{ readonly value: readonly string[] }>;
}

type ShortName = keyof OssUploadEventMap extends `oss-upload-${infer Name}` ? Name : never;

/** Dispatches the two events of another value. */
export function dispatchChange(target: EventTarget, value: readonly string[]): void {
  dispatch(target, 'change', { value });
  target.dispatchEvent(new Event('change', { bubbles: true }));
}

/** Dispatches one of the events; `start` is `oss-upload-start`. */
export function dispatch<Name extends ShortName>(
  target: EventTarget,
  name: Name,
  detail: OssUploadEventMap[`oss-upload-${Name}`]['detail'],
): void {
  target.dispatchEvent(new CustomEvent(`oss-upload-${name}`, { bubbles: true, composed: true, detail }));
}
