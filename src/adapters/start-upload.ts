/** Starts the uploads of widgets: files with the same path get different keys, and a retry resumes its task. */
import { isCallbackError, type UploadOptions, type UploadTask, type Uploader } from '../index.js';
import { perUploader } from './per-uploader.js';

/** A key that was given to a file, where the application named none. */
interface Claim {
  /** Which file. */
  owner: string;
  /** Its uploads that have stored it there, or still may. */
  uploads: number;
}

/** By key. All widgets of an uploader share them. */
const claimsOf = perUploader(() => new Map<string, Claim>());

/**
 * Starts the upload of a widget's file. Without a key of the application's, the key is the path, as without a widget. If another file
 * already has that key it becomes `photo (2).jpg`: users select files with the same name from two folders, and the second must not
 * replace the first. The same file gets the same key again, so that it resumes. An aborted upload frees its key, unless its object is
 * stored, be it by another upload of the file.
 */
export function startUpload(uploader: Uploader, file: Blob, path: string, options: UploadOptions): UploadTask {
  if (options.key !== undefined || path === '') return uploader.upload(file, options);
  const claims = claimsOf(uploader);
  const owner = [file.size, (file as Partial<File>).lastModified].join();
  const key = freeKey(path, (candidate) => (claims.get(candidate)?.owner ?? owner) === owner);
  const task = uploader.upload(file, key === path ? options : { ...options, key });
  const claim = claims.get(key) ?? { owner, uploads: 0 };
  claim.uploads += 1;
  claims.set(key, claim);
  let isStored = false;
  const unsubscribe = task.subscribe(() => {
    isStored ||= isStoredAnyway(task);
    if (isStored || task.getSnapshot().status !== 'aborted') return;
    unsubscribe();
    claim.uploads -= 1;
    if (claim.uploads === 0) claims.delete(key);
  });
  return task;
}

/**
 * Resumes the task that a retry is about, or starts a new one. One whose object is stored, though the callback has failed, is returned
 * as it is: nobody can repeat the callback alone, and the file must not be sent again.
 * @param known the task that was started for this file before
 */
export function resumeOrStart(known: UploadTask | undefined, file: unknown, start: () => UploadTask): UploadTask {
  const state = known?.getSnapshot();
  const isOver = state?.status === 'done' || state?.status === 'aborted' || (state?.status === 'failed' && !state.resumable);
  if (!known || known.file !== file || (isOver && !isStoredAnyway(known))) return start();
  known.resume();
  return known;
}

function isStoredAnyway(task: UploadTask): boolean {
  const state = task.getSnapshot();
  return state.status === 'failed' && isCallbackError(state.error);
}

/** The number precedes the extension. A leading dot doesn't begin an extension. */
function freeKey(path: string, isFree: (key: string) => boolean): string {
  const [extension] = /(?<=[^/])\.[^./]*$/.exec(path) ?? [''];
  const stem = path.slice(0, path.length - extension.length);
  let key = path;
  for (let number = 2; !isFree(key); number += 1) key = `${stem} (${number})${extension}`;
  return key;
}
