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

/** Of the File System Access API (Chromium), what the DOM types leave out. */
interface HandleItem {
  getAsFileSystemHandle?(): Promise<FileSystemHandle | null>;
}
interface DirectoryHandle extends FileSystemHandle {
  values(): AsyncIterable<FileSystemHandle>;
}

/** What a drop gives before its event is over. */
interface DroppedItem {
  entry: FileSystemEntry | null;
  handle: Promise<FileSystemHandle | null> | undefined;
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

function takeItem(item: DataTransferItem & HandleItem): DroppedItem {
  const handle = item.getAsFileSystemHandle?.();
  handle?.catch(() => {});
  return { entry: item.webkitGetAsEntry?.() ?? null, handle, file: item.getAsFile() };
}

async function* collectList(files: File[]): AsyncGenerator<CollectedFile> {
  for (const file of files) yield { file, path: file.webkitRelativePath || file.name };
}

async function* collectDropped(items: DroppedItem[], onSkip: (entry: SkippedEntry) => void): AsyncGenerator<CollectedFile> {
  for (const { entry, handle, file } of items) {
    // Some folders are refused as handles (the home folder, say) but not as entries.
    const known = await handle?.catch(() => null);
    if (known) yield* walk(fromHandle(known), known.name, onSkip);
    else if (entry) yield* walk(fromEntry(entry), entry.name, onSkip);
    else if (file) yield { file, path: file.name };
  }
}

/** A file or a folder, of either of the platform's two kinds. */
interface Node {
  name: string;
  open?(): Promise<Omit<CollectedFile, 'path'>>;
  children?(): AsyncGenerator<Node>;
}

async function* walk(node: Node, path: string, onSkip: (entry: SkippedEntry) => void): AsyncGenerator<CollectedFile> {
  try {
    if (node.open) {
      yield { ...(await node.open()), path };
    } else if (node.children) {
      let empty = true;
      for await (const child of node.children()) {
        empty = false;
        yield* walk(child, `${path}/${child.name}`, onSkip);
      }
      if (empty) onSkip({ path, reason: 'empty-folder' });
    }
  } catch (error) {
    onSkip({ path, reason: 'unreadable', error });
  }
}

function fromHandle(handle: FileSystemHandle): Node {
  const { name } = handle;
  if (handle.kind === 'file') {
    return {
      name,
      open: async () => ({ file: await (handle as FileSystemFileHandle).getFile(), fileHandle: handle as FileSystemFileHandle }),
    };
  }
  return {
    name,
    async *children() {
      for await (const child of (handle as DirectoryHandle).values()) yield fromHandle(child);
    },
  };
}

function fromEntry(entry: FileSystemEntry): Node {
  const { name } = entry;
  if (entry.isFile) {
    return {
      name,
      open: async () => ({ file: await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject)) }),
    };
  }
  return {
    name,
    async *children() {
      const reader = (entry as FileSystemDirectoryEntry).createReader();
      // Chromium hands out a hundred at a time; an empty batch is the end.
      for (;;) {
        const batch = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
        if (!batch.length) return;
        yield* batch.map(fromEntry);
      }
    },
  };
}
