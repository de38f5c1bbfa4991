import type { HandleItem } from './file-system-access.js';

/** A file with its place in what was dropped or picked. */
export interface CollectedFile {
  /** The file itself. */
  file: File;
  /** Relative, with forward slashes: `holiday/day 1/beach.jpg`, or just the name. */
  path: string;
  /** Where the browser gives one (Chromium, on a drop): can be stored, so that a reload needs no second selection. */
  fileHandle?: FileSystemFileHandle;
}

/** What was dropped but is no file that can be uploaded. */
export type SkippedEntry = { path: string; reason: 'empty-folder' } | { path: string; reason: 'unreadable'; error: unknown };

/** What `collectFiles` takes besides its source. */
export interface CollectOptions {
  /** Called for each folder without entries and each file or folder that can't be read; the rest goes on. */
  onSkip?: ((entry: SkippedEntry) => void) | undefined;
}

/** Never rejects: some folders (the home folder, say) are refused as handles but not as entries. */
type MaybeHandle = Promise<FileSystemHandle | null>;

/** What a drop gives before its event is over. */
interface DroppedItem {
  entry: FileSystemEntry | null;
  handle: MaybeHandle;
  file: File | null;
}

/**
 * The files of a drop, a paste, a file input or a list; folders at any depth, one after the other, so that a tree of a
 * million files is never in memory at once.
 *
 * Call it inside the event's handler: a `DataTransfer` is empty after the first `await`. What is read from it is taken
 * at the call; folders are read while the result is iterated.
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
 * The files of an entry, which knows all that is there. The handle of a folder leaves out what Chromium finds unsafe
 * (`12:30 notes.txt`, `report.txt~`, `name.`, shortcuts, and folders of such names): it only adds the handles of the others.
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
      // All at once: one after the other, the walk would take twice as long.
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

/** Of what is in a folder, asked for by name: to list the folder a second time would take longer. */
async function handleOf({ name, isFile }: FileSystemEntry, folder: FileSystemDirectoryHandle | null): MaybeHandle {
  try {
    return (await (isFile ? folder?.getFileHandle(name) : folder?.getDirectoryHandle(name))) ?? null;
  } catch {
    // A name of those, or gone since.
    return null;
  }
}

function openFile(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}

async function* childrenOf(folder: FileSystemDirectoryEntry): AsyncGenerator<FileSystemEntry[]> {
  const reader = folder.createReader();
  // Chromium hands out a hundred at a time; an empty batch is the end.
  for (;;) {
    const batch = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (!batch.length) return;
    yield batch;
  }
}
