/** Takes files from drops, pickers, pastes and scripts: accepts or rejects each by the element's rules. */
import { type CollectedFile, collectFiles, type UploadTask } from '../index.js';
import { isAccepted } from './accept.js';
import type { Batch } from './batches.js';
import type { RejectReason } from './events.js';
import type { Naming } from './object-keys.js';
import { createTurns } from './turns.js';
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
  /** Bytes of all files in the list. */
  readonly maxTotalSize: number | undefined;
  /** Number of all files in the list. */
  readonly maxFiles: number | undefined;
  /** Takes the files that operating systems leave in folders, too. */
  readonly systemFiles: boolean;
  readonly multiple: boolean;
  /** A folder may contain several files. */
  readonly directory: boolean;
}

export interface Intake {
  readonly rules: IntakeRules;
  readonly uploads: Uploads;
  reject(rejection: Rejection): void;
}

/** Files that macOS and Windows leave in folders. */
const SYSTEM_FILES = /(^|\/)(\.DS_Store|Thumbs\.db|desktop\.ini)$/i;

/** Names the object of an accepted file. */
type Name = (found: CollectedFile) => Naming;

/** Takes files one by one as they are found, until the user wants no more of them. Call it inside the event's handler. */
export async function takeFiles(source: Source, intake: Intake, name: Name, isPasted?: boolean): Promise<UploadTask[]> {
  const tasks: UploadTask[] = [];
  const batch = intake.uploads.batches.begin();
  const pageTurn = createTurns();
  try {
    for await (const found of collectFiles(source, { onSkip: (entry) => batch.isOver || intake.reject(entry) })) {
      const wait = pageTurn();
      if (wait) await wait;
      if (batch.isOver) break;
      const path = isPasted ? pastedName(found.path, new Date()) : found.path;
      if (SYSTEM_FILES.test(path) && !intake.rules.systemFiles) continue;
      const task = takeFile({ ...found, path }, intake, name, batch, tasks.length > 0);
      if (task) tasks.push(task);
    }
  } finally {
    intake.uploads.batches.end(batch);
  }
  return tasks;
}

/**
 * Starts the upload of one file if the rules allow it.
 * @param isFurther another file of its batch was taken
 */
export function takeFile(found: CollectedFile, intake: Intake, name: Name, batch?: Batch, isFurther?: boolean): UploadTask | undefined {
  const { rules, uploads, reject } = intake;
  const reason = reasonAgainst(found, rules, uploads, isFurther);
  try {
    if (!reason) return uploads.add(found, name(found), batch);
    reject({ ...found, reason });
  } catch (error) {
    // The other files are still taken.
    reject({ ...found, reason: 'invalid', error });
  }
  return undefined;
}

function reasonAgainst(
  { path, file: { size, type } }: CollectedFile,
  { accept, maxSize = Infinity, maxTotalSize = Infinity, maxFiles = Infinity, multiple, directory }: IntakeRules,
  uploads: Uploads,
  isFurther?: boolean,
): RejectReason | undefined {
  const isSingle = !multiple && !directory;
  if (!isAccepted({ name: path, type }, accept)) return 'accept';
  if (size > maxSize) return 'max-size';
  if (isSingle && (isFurther || uploads.files().open > 0)) return 'multiple';
  // The next file replaces the finished one.
  if (isSingle) return size > maxTotalSize ? 'max-total-size' : undefined;
  if (uploads.count >= maxFiles) return 'max-files';
  return uploads.size + size > maxTotalSize ? 'max-total-size' : undefined;
}

/** Every browser calls a picture from the clipboard `image.png`: the time distinguishes it from the next one. */
export function pastedName(path: string, time: Date): string {
  if (!/^(image(\.\w+)?)?$/i.test(path)) return path;
  // The Swedish format is 2026-11-06 07:08:09.
  const written = time.toLocaleString('sv').replace(' ', '-').replaceAll(':', '');
  return `image-${written}${path.slice(5)}`;
}
