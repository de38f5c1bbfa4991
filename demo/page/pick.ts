import { type CollectedFile, collectFiles } from 'oss-resumable';

/** Of the File System Access API (Chromium), what the DOM types leave out. */
type OpenFilePicker = (options: { multiple: boolean }) => Promise<FileSystemFileHandle[]>;

/**
 * Asks the user for files. Where the browser's picker gives handles, they are kept with the files, so that after a
 * reload a click is enough to go on; elsewhere it is the file input.
 */
export async function* pickFiles(input: HTMLInputElement, { multiple }: { multiple: boolean }): AsyncGenerator<CollectedFile> {
  const { showOpenFilePicker } = window as { showOpenFilePicker?: OpenFilePicker };
  if (!showOpenFilePicker || input.webkitdirectory) {
    yield* await fromInput(input);
    return;
  }
  let handles: FileSystemFileHandle[];
  try {
    handles = await showOpenFilePicker({ multiple });
  } catch (error) {
    if ((error as Error).name === 'AbortError') return;
    yield* await fromInput(input);
    return;
  }
  for (const handle of handles) {
    const file = await handle.getFile();
    yield { file, path: file.name, fileHandle: handle };
  }
}

function fromInput(input: HTMLInputElement): Promise<AsyncIterable<CollectedFile>> {
  return new Promise((resolve) => {
    input.onchange = () => {
      const files = collectFiles(input);
      // Empty again, so that choosing the same file once more is a change.
      input.value = '';
      resolve(files);
    };
    input.oncancel = () => resolve(collectFiles([]));
    input.click();
  });
}
