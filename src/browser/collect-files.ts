import type { HandleItem } from './file-system-access.js';

/** A file with its path in what was dropped or picked. */
export interface CollectedFile {
  /** The file. */
  file: File;
  /** Relative path with forward slashes, such as `holiday/day 1/beach.jpg`, or just the name. */
  path: string;
  /** Handle of a dropped file (Chromium). It can be stored, so that resuming after a reload needs no second selection. */
  fileHandle?: FileSystemFileHandle;
}

/** A dropped entry that can't be uploaded. */
export type SkippedEntry = { path: string; reason: 'empty-folder' } | { path: string; reason: 'unreadable'; error: unknown };

/** Options of `collectFiles`. */
export interface CollectOptions {
  /** Called for each empty folder and each unreadable file or folder. The others are still collected. */
  onSkip?: ((entry: SkippedEntry) => void) | undefined;
}

/** Never rejects: some folders, such as the home folder, are refused as handles but not as entries. */
type MaybeHandle = Promise<FileSystemHandle | null>;

/** A dropped item, read while its event lasts. */
interface DroppedItem {
  entry: FileSystemEntry | null;
  handle: MaybeHandle;
  file: File | null;
}

/**
 * Collects the files of a drop, a paste, a file input or a list; folders at any depth, one after the other, so that a tree of a
 * million files is never in memory at once.
 *
 * Call it inside the event handler: a `DataTransfer` is empty after the first `await`. Its items are read at the call, folders
 * while the result is iterated.
 *
 * @example
 * dropZone.ondrop = (event) => {
 *   event.preventDefault();
 *   uploader.uploadAll(collectFiles(event.dataTransfer));
 * };
 */
export function collectFiles(
  source: DataTransfer | HTMLInputElement | Iterable<File> | ArrayLike<File>,
  { onSkip = () => {} }: CollectOptions = {},
): AsyncIterable<CollectedFile> {
  if ('items' in source) {
    const items = Array.from(source.items).filter(({ kind }) => kind === 'file');
    if (items.length) return collectDropped(items.map(takeItem), onSkip);
  }
  return collectList(Array.from('files' in source ? (source.files ?? []) : source));
}

function takeItem(item: HandleItem): DroppedItem {
  const handle = Promise.resolve(item.getAsFileSystemHandle?.() ?? null).catch(() => null);
  return { entry: item.webkitGetAsEntry?.() ?? null, handle, file: item.getAsFile() };
}

async function* collectList(files: File[]): AsyncGenerator<CollectedFile> {
  for (const file of files) yield { file, path: file.webkitRelativePath || file.name };
}

async function* collectDropped(items: DroppedItem[], onSkip: (entry: SkippedEntry) => void): AsyncGenerator<CollectedFile> {
  for (const { entry, handle, file } of items) {
    if (entry) yield* walk(entry, entry.name, handle, onSkip);
    else if (file) yield withHandle(file, file.name, await handle);
    else {
      const error = new DOMException('The browser gives neither an entry nor a file', 'NotReadableError');
      onSkip({ path: (await handle)?.name ?? '', reason: 'unreadable', error });
    }
  }
}

/**
 * The files of an entry, which contains everything. The handle of a folder omits what Chromium considers unsafe
 * (`12:30 notes.txt`, `report.txt~`, `name.`, shortcuts, and folders with such names): it only provides the handles of the others.
 */
async function* walk(
  entry: FileSystemEntry,
  path: string,
  handle: MaybeHandle,
  onSkip: (entry: SkippedEntry) => void,
): AsyncGenerator<CollectedFile> {
  try {
    if (entry.isFile) {
      const [file, known] = await Promise.all([openFile(entry as FileSystemFileEntry), handle]);
      yield withHandle(file, path, known);
      return;
    }
    const folder = await handle;
    let empty = true;
    for await (const batch of childrenOf(entry as FileSystemDirectoryEntry)) {
      empty = false;
      // All at once: one after the other would take twice as long.
      const handles = batch.map((child) => handleOf(child, folder as FileSystemDirectoryHandle | null));
      for (const [index, child] of batch.entries()) yield* walk(child, `${path}/${child.name}`, handles[index]!, onSkip);
    }
    if (empty) onSkip({ path, reason: 'empty-folder' });
  } catch (error) {
    onSkip({ path, reason: 'unreadable', error });
  }
}

function withHandle(file: File, path: string, handle: FileSystemHandle | null): CollectedFile {
  return handle?.kind === 'file' ? { file, path, fileHandle: handle as FileSystemFileHandle } : { file, path };
}

/** The handle of a folder's child, by name: listing the folder a second time would take longer. */
async function handleOf({ name, isFile }: FileSystemEntry, folder: FileSystemDirectoryHandle | null): MaybeHandle {
  try {
    return (await (isFile ? folder?.getFileHandle(name) : folder?.getDirectoryHandle(name))) ?? null;
  } catch {
    // One of the unsafe names, or deleted meanwhile.
    return null;
  }
}

function openFile(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}

async function* childrenOf(folder: FileSystemDirectoryEntry): AsyncGenerator<FileSystemEntry[]> {
  const reader = folder.createReader();
  // Chromium returns a hundred at a time; an empty batch is the end.
  for (;;) {
    const batch = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (!batch.length) return;
    yield batch;
  }
}
