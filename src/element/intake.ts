/** Takes files from drops, pickers, pastes and scripts: accepts or rejects each by the element's rules. */
import { type CollectedFile, collectFiles, type UploadTask } from '../index.js';
import { isAccepted } from './accept.js';
import type { RejectReason } from './events.js';
import type { Naming } from './object-keys.js';
import type { Uploads } from './uploads.js';

export type Source = DataTransfer | HTMLInputElement | Iterable<File> | ArrayLike<File>;

export interface Rejection {
  path: string;
  file?: File;
  reason: RejectReason;
  error?: unknown;
}

/** The attributes that decide which files are accepted. */
export interface IntakeRules {
  readonly accept: string;
  /** Bytes. */
  readonly maxSize: number | undefined;
  readonly multiple: boolean;
  /** A folder may contain several files. */
  readonly directory: boolean;
}

export interface Intake {
  readonly rules: IntakeRules;
  readonly uploads: Uploads;
  reject(rejection: Rejection): void;
}

/** Milliseconds of taking files after which the page gets its turn. */
const MAX_TASK_TIME = 8;

/** Names the object of an accepted file. */
type Name = (found: CollectedFile) => Naming;

/** Takes files one by one as they are found. Call it inside the event's handler. */
export async function takeFiles(source: Source, intake: Intake, name: Name, isPasted?: boolean): Promise<UploadTask[]> {
  const tasks: UploadTask[] = [];
  let since = performance.now();
  for await (const found of collectFiles(source, { onSkip: intake.reject })) {
    const path = isPasted ? pastedName(found.path, new Date()) : found.path;
    const task = takeFile({ ...found, path }, intake, name, tasks.length > 0);
    if (task) tasks.push(task);
    if (performance.now() - since < MAX_TASK_TIME) continue;
    await yieldToPage();
    since = performance.now();
  }
  return tasks;
}

/**
 * Starts the upload of one file if the rules allow it.
 * @param isFurther another file was taken together with it
 */
export function takeFile(found: CollectedFile, intake: Intake, name: Name, isFurther?: boolean): UploadTask | undefined {
  const { rules, uploads, reject } = intake;
  const { accept, maxSize = Infinity, multiple, directory } = rules;
  const { size, type } = found.file;
  let reason: RejectReason | undefined;
  if (!isAccepted({ name: found.path, type }, accept)) reason = 'accept';
  else if (size > maxSize) reason = 'max-size';
  else if (!multiple && !directory && (isFurther || uploads.files().open > 0)) reason = 'multiple';
  try {
    if (!reason) return uploads.add(found, name(found));
    reject({ ...found, reason });
  } catch (error) {
    // The other files are still taken.
    reject({ ...found, reason: 'invalid', error });
  }
  return undefined;
}

/** Every browser calls a picture from the clipboard `image.png`: the time distinguishes it from the next one. */
export function pastedName(path: string, time: Date): string {
  if (!/^(image(\.\w+)?)?$/i.test(path)) return path;
  // The Swedish format is 2026-11-06 07:08:09.
  const written = time.toLocaleString('sv').replace(' ', '-').replaceAll(':', '');
  return `image-${written}${path.slice(5)}`;
}

/** Ends the current event-loop task, so that input and painting get their turn. No timer: those of a hidden tab are throttled. */
async function yieldToPage(): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  await new Promise((resolve) => {
    port1.onmessage = resolve;
    port2.postMessage(0);
  });
  port1.close();
}
