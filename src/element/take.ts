/** Adds files to a widget, and shows why one was rejected. */
import type { CollectedFile, UploadTask } from '../index.js';
import { dispatch, type RejectReason } from './events.js';
import { type Intake, type IntakeRules, type Rejection, type Source, takeFiles } from './intake.js';
import type { Text } from './messages.js';
import type { Naming } from './object-keys.js';
import type { Painter } from './painter.js';
import type { Uploads } from './uploads.js';
import type { View } from './view/view.js';

/**
 * Adds files. Call it inside the event's handler. A rejection needs no handler: the widget and an event report it, too.
 *
 * @param isPasted pictures may be without names
 * @throws {TypeError | RangeError} if an option of the uploader is missing or invalid
 */
export type Take = (source: Source, isPasted?: boolean) => Promise<UploadTask[]>;

/** @param name names the object of an accepted file */
export function createTake(
  host: HTMLElement,
  view: View,
  intake: Intake,
  repaint: () => void,
  name: (found: CollectedFile) => Naming,
): Take {
  async function takeAll(source: Source, isPasted?: boolean): Promise<UploadTask[]> {
    view.problems = [];
    repaint();
    try {
      intake.uploads.uploader();
    } catch (error) {
      view.problems.push(() => (error as Error).message);
      dispatch(host, 'error', { task: undefined, error: error as Error });
      throw error;
    }
    return takeFiles(source, intake, name, isPasted);
  }

  return (source, isPasted) => {
    const taken = takeAll(source, isPasted);
    taken.catch(() => {});
    return taken;
  };
}

/** Takes files into the list, and shows why one was rejected. @param painter which paints that, in its language */
export function createIntake(
  host: HTMLElement & IntakeRules,
  view: View,
  uploads: Uploads,
  painter: () => Pick<Painter, 'text' | 'repaint'>,
): Intake {
  return {
    rules: host,
    uploads,
    reject: (rejection) => showRejection(host, view, painter().text(), rejection, painter().repaint),
  };
}

/** Shows why a file was rejected, and dispatches it. */
function showRejection(
  host: HTMLElement & IntakeRules,
  view: View,
  text: Text,
  { path, file, reason, error }: Rejection,
  repaint: () => void,
): void {
  const { maxTotalSize = 0, maxFiles = 1 } = host;
  const sentenceIn = (text: Text): string => {
    const names = { 'max-total-size': 'totalLimit', 'max-files': 'fileLimit', unreadable: 'FileUnreadableError' } as const;
    const name = reason in names ? names[reason as keyof typeof names] : (reason as Exclude<RejectReason, keyof typeof names>);
    const sentence = text(name, { size: text.size(maxTotalSize), count: maxFiles });
    return [path, sentence, (error as Error | undefined)?.message].filter(Boolean).join(': ');
  };
  view.problems.push(sentenceIn);
  repaint();
  dispatch(host, 'reject', { file, path, reason, message: sentenceIn(text) });
}
