/** Notices and names what can happen to a file between its selection and its last byte. */
import { FileChangedError, FileUnreadableError, isAbortError, isUploadError, type UploadError } from '../errors.js';
import { abortable } from './abortable.js';

/** Details that an error about a file names. */
export interface FileErrorDetails {
  key?: string | undefined;
  partNumber?: number | undefined;
}

/**
 * Awaits a read of the file.
 * @throws {FileChangedError | FileUnreadableError} when it fails
 * @throws `signal.reason` when aborted
 */
export async function fromFile<T>(reading: Promise<T>, signal: AbortSignal, details: FileErrorDetails): Promise<T> {
  try {
    return await abortable(reading, signal);
  } catch (cause) {
    signal.throwIfAborted();
    throw isReadFailure(cause) || isAbortError(cause) ? fileError(cause, details) : cause;
  }
}

/**
 * Whether the last byte can be read. Firefox reads a truncated file without an error and just gets fewer bytes.
 * @throws the DOMException of the failed read
 */
export async function hasLastByte(blob: Blob): Promise<boolean> {
  const last = await blob.slice(-1).arrayBuffer();
  return last.byteLength === Math.min(1, blob.size);
}

/** Whether a Blob failed to be read. @see https://w3c.github.io/FileAPI/#ErrorAndException */
export function isReadFailure(error: unknown): boolean {
  return ['NotReadableError', 'NotFoundError', 'SecurityError'].includes(nameOf(error));
}

/** Whether an error reports that the file can't be read or has changed. */
export function isFileError(error: unknown): boolean {
  return isUploadError(error) && ['FileChangedError', 'FileUnreadableError'].includes(error.name);
}

/**
 * The error for a file that can't be read or has changed. Firefox reports AbortError for every file that it can't open: the
 * caller has to know that nobody aborted the read.
 */
export function fileError(cause: unknown, details: FileErrorDetails): UploadError {
  const subject = details.key ? `The file for "${details.key}"` : 'The file';
  if (['NotFoundError', 'AbortError'].includes(nameOf(cause))) {
    const message = `${subject} can't be read: it was deleted or moved, or its drive or permission is gone. Select it again to resume.`;
    return new FileUnreadableError('FileUnreadable', message, { ...details, cause });
  }
  const message = `${subject} was modified, or can't be read. Select it again.`;
  return new FileChangedError('FileChanged', message, { ...details, cause });
}

function nameOf(error: unknown): string {
  return (error as Error | undefined)?.name ?? '';
}
