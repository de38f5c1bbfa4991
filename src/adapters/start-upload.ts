import type { UploadOptions, UploadTask, Uploader } from '../index.js';
import { perUploader } from './per-uploader.js';

/** Which file has a key that the page has not named. All widgets of an uploader share them. */
const ownersOf = perUploader(() => new Map<string, string>());

/**
 * Begins the upload of a widget's file. Where the page has named no key it is the path, as without a widget; or `photo (2).jpg`, where
 * another file was given that already: users choose files of one name from two folders, and the second must not replace the first. The
 * same file has the same key again, to be resumed. The key of an upload that was aborted is free.
 */
export function startUpload(uploader: Uploader, file: Blob, path: string, options: UploadOptions): UploadTask {
  if (options.key !== undefined || path === '') return uploader.upload(file, options);
  const owners = ownersOf(uploader);
  const owner = [file.size, (file as Partial<File>).lastModified].join();
  const key = freeKey(path, (candidate) => (owners.get(candidate) ?? owner) === owner);
  const task = uploader.upload(file, key === path ? options : { ...options, key });
  owners.set(key, owner);
  task.subscribe(() => {
    if (task.getSnapshot().status === 'aborted' && owners.get(key) === owner) owners.delete(key);
  });
  return task;
}

/** The number stands before the extension. A name that begins with a dot is no extension. */
function freeKey(path: string, isFree: (key: string) => boolean): string {
  const [extension] = /(?<=[^/])\.[^./]*$/.exec(path) ?? [''];
  const stem = path.slice(0, path.length - extension.length);
  let key = path;
  for (let number = 2; !isFree(key); number += 1) key = `${stem} (${number})${extension}`;
  return key;
}
