/**
 * The parts of the File System Access API (Chromium) that the DOM types leave out.
 * @see https://wicg.github.io/file-system-access/
 */

/** A dropped item that can be kept. */
export interface HandleItem extends DataTransferItem {
  getAsFileSystemHandle?(): Promise<FileSystemHandle | null>;
}

/** A handle that asks the user for permission. */
export interface PermissionHandle extends FileSystemFileHandle {
  queryPermission?(descriptor: { mode: 'read' }): Promise<PermissionState>;
  requestPermission?(descriptor: { mode: 'read' }): Promise<PermissionState>;
}
