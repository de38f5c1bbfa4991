import { tokensOf } from './accept.js';
import type { Source } from './intake.js';

/** Of the File System Access API (Chromium), what the DOM types leave out. */
interface Pickers {
  showOpenFilePicker?(options: object): Promise<FileSystemFileHandle[]>;
}

export interface Wish {
  accept: string;
  multiple: boolean;
  folder?: boolean;
}

/**
 * Lets the user pick, inside a click's handler. Where the browser has a picker that gives handles it is that, so that a
 * reload needs no second selection; else this input.
 */
export async function pick(
  input: HTMLInputElement,
  { accept, multiple, folder = false }: Wish,
  use: (source: Source) => unknown,
): Promise<void> {
  const { showOpenFilePicker } = globalThis as Pickers;
  if (showOpenFilePicker && !folder) {
    try {
      const handles = await showOpenFilePicker({ multiple, ...pickerTypes(accept) });
      // In the shape in which a drop has them. What can't be read is refused there, by its name.
      const items = handles.map(async (handle) => {
        const file = await handle.getFile().catch(() => null);
        return { kind: 'file', getAsFileSystemHandle: async () => handle, getAsFile: () => file };
      });
      return void use({ items: await Promise.all(items) } as unknown as DataTransfer);
    } catch (error) {
      if ((error as Error).name === 'AbortError') return;
      // A frame of another origin, or an `accept` that this picker can't take.
    }
  }
  Object.assign(input, { accept, multiple, webkitdirectory: folder });
  input.onchange = () => {
    use(input);
    // Empty again, so that choosing the same file once more is a change.
    input.value = '';
  };
  input.click();
}

/** What Chromium's picker takes for an `accept`. Extensions need a type to stand under: this one brings no further ones. */
function pickerTypes(accept: string): object {
  const accepted: Record<string, string[]> = {};
  for (const token of tokensOf(accept)) {
    if (token[0] === '.') (accepted['application/x-accepted'] ??= []).push(token);
    else accepted[token] = [];
  }
  return accept ? { types: [{ accept: accepted }] } : {};
}
