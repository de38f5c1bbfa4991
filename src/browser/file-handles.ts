import { promisifyRequest } from 'idb-keyval';
import { FileUnreadableError } from '../errors.js';
import type { Clock, FileHandles } from '../ports.js';
import { openDatabase } from './database.js';
import type { PermissionHandle } from './file-system-access.js';

/**
 * Stores handles of dropped or picked files in IndexedDB: a reference of a few bytes, not the file. In a separate database,
 * because the values of the checkpoints' database are JSON-able.
 */
export function createFileHandles(databaseName = 'oss-resumable-handles', clock?: Clock): FileHandles {
  const { run } = openDatabase(databaseName, 'handles', clock);
  const write = (change: (store: IDBObjectStore) => void): Promise<void> =>
    run('readwrite', (store) => {
      change(store);
      return promisifyRequest(store.transaction);
    });
  return {
    save: (id, handle) => write((store) => store.put(handle, id)),
    load: (id) => run('readonly', (store) => promisifyRequest<FileSystemFileHandle | undefined>(store.get(id))),
    remove: (id) => write((store) => store.delete(id)),
  };
}

/**
 * Opens the file behind a stored handle. After a restart, the browser asks the user for permission again, which works only in a
 * user gesture such as a click.
 *
 * @throws {FileUnreadableError} when permission is refused, or the file was moved or deleted
 * @example
 * button.onclick = async () => {
 *   const [left] = await uploader.unfinished();
 *   if (left?.fileHandle) uploader.upload(await fileFromHandle(left.fileHandle), { key: left.key, fileHandle: left.fileHandle });
 * };
 */
export async function fileFromHandle(handle: PermissionHandle): Promise<File> {
  const mode = { mode: 'read' } as const;
  let cause: unknown;
  try {
    let permission = await handle.queryPermission?.(mode);
    if (permission === 'prompt') permission = await handle.requestPermission?.(mode);
    if (permission !== 'denied' && permission !== 'prompt') return await handle.getFile();
  } catch (error) {
    cause = error;
  }
  const reason = (cause as Error | undefined)?.name === 'NotFoundError' ? 'it was moved or deleted' : 'permission was refused';
  throw new FileUnreadableError('FileUnreadable', `"${handle.name}" can't be opened: ${reason}. Select it again to resume.`, { cause });
}
