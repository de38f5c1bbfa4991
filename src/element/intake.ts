import { type CollectedFile, collectFiles, type UploadTask } from '../index.js';
import { isAccepted } from './accept.js';
import type { RejectReason } from './events.js';

export type Source = DataTransfer | HTMLInputElement | Iterable<File> | ArrayLike<File>;

export interface Refused {
  path: string;
  file?: File;
  reason: RejectReason;
  error?: unknown;
}

/** Which files are taken. */
export interface IntakeRules {
  readonly accept: string;
  /** Bytes. */
  readonly maxSize: number | undefined;
  readonly multiple: boolean;
  /** A folder brings many. */
  readonly directory: boolean;
}

export interface Intake {
  readonly rules: IntakeRules;
  /** Whether an upload is neither done nor failed: without `multiple` there is no place for another. */
  isBusy(): boolean;
  /** Throws when the file can't be uploaded. */
  start(file: CollectedFile): UploadTask;
  refuse(refused: Refused): void;
}

/** Milliseconds of adding files after which the page gets its turn. */
const TASK_TIME = 8;

/** Takes files one by one as they are found, each by the rules. Call it inside the event's handler. */
export async function takeFiles(source: Source, intake: Intake, isPasted = false): Promise<UploadTask[]> {
  const tasks: UploadTask[] = [];
  let since = performance.now();
  for await (const found of collectFiles(source, { onSkip: intake.refuse })) {
    const task = takeFile(isPasted ? { ...found, path: pastedName(found.path, new Date()) } : found, intake, tasks.length > 0);
    if (task) tasks.push(task);
    if (performance.now() - since < TASK_TIME) continue;
    await yieldToPage();
    since = performance.now();
  }
  return tasks;
}

/**
 * Takes one file, if the rules let it.
 * @param isFurther another one was taken with it
 */
export function takeFile(found: CollectedFile, { rules, isBusy, start, refuse }: Intake, isFurther = false): UploadTask | undefined {
  const { accept, maxSize = Infinity, multiple, directory } = rules;
  const { size, type } = found.file;
  let reason: RejectReason | undefined;
  if (!isAccepted({ name: found.path, type }, accept)) reason = 'accept';
  else if (size > maxSize) reason = 'max-size';
  else if (!multiple && !directory && (isFurther || isBusy())) reason = 'multiple';
  try {
    if (!reason) return start(found);
    refuse({ ...found, reason });
  } catch (error) {
    // One file that can't be uploaded is no reason to leave out the others.
    refuse({ ...found, reason: 'invalid', error });
  }
  return undefined;
}

export async function firstOf(source: Source): Promise<CollectedFile | undefined> {
  for await (const found of collectFiles(source)) return found;
  return undefined;
}

/** A picture in the clipboard has no name: every browser calls it `image.png`. Its time tells it from the next one. */
export function pastedName(path: string, time: Date): string {
  if (!/^(image(\.\w+)?)?$/i.test(path)) return path;
  // As Swedes write it: 2026-11-06 07:08:09.
  const written = time.toLocaleString('sv').replace(' ', '-').replaceAll(':', '');
  return `image-${written}${path.slice(5)}`;
}

/** Bytes of `5000`, `5 GB` or `1.5 MiB` (both binary, as file sizes are shown); `undefined` for what is no size. */
export function parseSize(text: string | null): number | undefined {
  const [, number, unit] = /^([\d.]+) ?([kmgt]?)/.exec(text?.toLowerCase() ?? '') ?? [];
  return number ? Number(number) * 1024 ** ' kmgt'.indexOf(unit || ' ') : undefined;
}

/** Ends the current task, so that input and painting get their turn. Not by a timer: those of a hidden tab are throttled. */
function yieldToPage(): Promise<unknown> {
  const { port1, port2 } = new MessageChannel();
  port2.postMessage(0);
  return new Promise((resolve) => {
    port1.onmessage = () => resolve(port1.close());
  });
}
