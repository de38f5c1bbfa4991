import { type CollectedFile, collectFiles, type UploadTask } from '../index.js';
import type { RejectReason } from './events.js';

export type Source = DataTransfer | HTMLInputElement | Iterable<File> | ArrayLike<File>;

export interface Refused {
  path: string;
  file?: File;
  reason: RejectReason;
  error?: unknown;
}

export interface Intake {
  readonly rules: {
    readonly accept: string;
    readonly maxSize: number | undefined;
    readonly multiple: boolean;
    /** A folder brings many. */
    readonly directory: boolean;
  };
  /** Without `multiple`: whether the file there is gives way to another. */
  makeRoom(): boolean;
  /** Throws when the file can't be uploaded. */
  start(file: CollectedFile): UploadTask;
  refuse(refused: Refused): void;
}

/** Milliseconds of adding files after which the page gets its turn. */
const TASK_TIME = 8;

/** Takes files one by one as they are found, each by the rules. Call it inside the event's handler. */
export async function takeFiles(source: Source, { rules, makeRoom, start, refuse }: Intake): Promise<UploadTask[]> {
  const tasks: UploadTask[] = [];
  let since = performance.now();
  for await (const found of collectFiles(source, { onSkip: refuse })) {
    const { accept, maxSize = Infinity, multiple, directory } = rules;
    let reason: RejectReason | undefined;
    if (!isAccepted(found.file, accept)) reason = 'accept';
    else if (found.file.size > maxSize) reason = 'max-size';
    else if (!multiple && !directory && (tasks.length > 0 || !makeRoom())) reason = 'multiple';
    try {
      if (reason) refuse({ ...found, reason });
      else tasks.push(start(found));
    } catch (error) {
      // One file that can't be uploaded is no reason to leave out the others.
      refuse({ ...found, reason: 'invalid', error });
    }
    if (performance.now() - since < TASK_TIME) continue;
    await nextTask();
    since = performance.now();
  }
  return tasks;
}

export async function firstOf(source: Source): Promise<CollectedFile | undefined> {
  for await (const found of collectFiles(source)) return found;
  return undefined;
}

/** Whether a file is of what `accept` lists, by the rules of `<input type="file">`. */
export function isAccepted({ name, type }: File, accept: string): boolean {
  const tokens = tokensOf(accept);
  return (
    !tokens[0] ||
    tokens.some((token) =>
      token[0] === '.' ? name.toLowerCase().endsWith(token) : token === '*/*' || token === type || token === type.replace(/\/.*/, '/*'),
    )
  );
}

export function tokensOf(accept: string): string[] {
  return accept
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean);
}

/** Bytes of `5000`, `5 GB` or `1.5 MiB` (both binary, as file sizes are shown); `undefined` for what is no size. */
export function parseSize(text: string | null): number | undefined {
  const [, number, unit] = /^([\d.]+) ?([kmgt]?)/.exec(text?.toLowerCase() ?? '') ?? [];
  return number ? Number(number) * 1024 ** ' kmgt'.indexOf(unit || ' ') : undefined;
}

/** Ends the current task, so that input and painting get their turn. Not by a timer: those of a hidden tab are throttled. */
function nextTask(): Promise<unknown> {
  const { port1, port2 } = new MessageChannel();
  port2.postMessage(0);
  return new Promise((resolve) => {
    port1.onmessage = () => resolve(port1.close());
  });
}
