/** Lets the user choose files or a folder. */
import { type CollectedFile, collectFiles } from '../index.js';
import { tokensOf } from './accept.js';
import type { Source } from './intake.js';

/** File System Access API (Chromium), which is missing in the DOM types. */
interface FilePickers {
  showOpenFilePicker?(options: object): Promise<FileSystemFileHandle[]>;
}

export interface PickerRequest {
  accept: string;
  multiple: boolean;
  folder?: boolean | undefined;
  /** `user` or `environment`: the camera that a phone opens. */
  capture?: string;
}

/** The browser's picker that returns handles is open. */
let isPicking = false;

/**
 * Opens a picker; call it inside a click's handler. Where the browser has a picker that returns handles, that one is used, so that
 * after a reload nothing has to be selected again; otherwise the picker of `input`. Resolves when the picker is closed.
 *
 * @param use isn't called if the user cancels
 */
export async function pick(input: HTMLInputElement, request: PickerRequest, use: (source: Source) => unknown): Promise<void> {
  const { accept, multiple, folder, capture } = request;
  const { showOpenFilePicker } = globalThis as FilePickers;
  // The second click of a double click: the browser refuses it, which must not open the other picker.
  if (isPicking) return;
  if (showOpenFilePicker && !folder && !capture) {
    isPicking = true;
    try {
      use(await asDrop(await showOpenFilePicker({ multiple, ...pickerTypes(accept) })));
      return;
    } catch (error) {
      if ((error as Error).name === 'AbortError') return;
      // A frame of another origin, or an `accept` that this picker doesn't understand.
    } finally {
      isPicking = false;
    }
  }
  prepareInput(input, request);
  await new Promise<void>((resolve) => {
    input.onchange = () => {
      use(input);
      // Emptied, so that choosing the same file again is a change.
      input.value = '';
      resolve();
    };
    input.oncancel = () => resolve();
    input.click();
  });
}

/** Gives an input the attributes of a request. */
export function prepareInput(input: HTMLInputElement, { accept, multiple, folder = false, capture }: PickerRequest): void {
  Object.assign(input, { accept, multiple, webkitdirectory: folder });
  if (capture) input.setAttribute('capture', capture);
  else input.removeAttribute('capture');
}

/** Lets the user choose files to resume. @returns none if the user cancels */
export async function pickAgain(input: HTMLInputElement, multiple: boolean): Promise<CollectedFile[]> {
  const chosen: CollectedFile[] = [];
  let collected: Promise<void> | undefined;
  await pick(input, { accept: '', multiple }, (source) => {
    collected = collect(source, chosen);
  });
  await collected;
  return chosen;
}

async function collect(source: Source, into: CollectedFile[]): Promise<void> {
  for await (const found of collectFiles(source)) into.push(found);
}

/** Handles in the shape of a drop. A file that can't be read is rejected there, by its name. */
async function asDrop(handles: FileSystemFileHandle[]): Promise<DataTransfer> {
  const items = handles.map(async (handle) => {
    const file = await handle.getFile().catch(() => null);
    return { kind: 'file', getAsFileSystemHandle: async () => handle, getAsFile: () => file };
  });
  return { items: await Promise.all(items) } as unknown as DataTransfer;
}

/** An `accept` in the format of Chromium's picker. Extensions need a type that lists them: this one has no further extensions. */
function pickerTypes(accept: string): object {
  const accepted: Record<string, string[]> = {};
  for (const token of tokensOf(accept)) {
    if (token.startsWith('.')) (accepted['application/x-accepted'] ??= []).push(token);
    else accepted[token] = [];
  }
  return accept ? { types: [{ accept: accepted }] } : {};
}
