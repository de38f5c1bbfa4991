/** An upload as an item of the list. */
import type { TaskState, UploadError, UploadTask } from '../index.js';
import { createLinks, type LinkOf, type Links } from './links.js';
import type { Text } from './messages.js';
import { figuresOf, shareOf } from './view/meter.js';
import { askingView, isMuch } from './view/question.js';
import type { Action, Item, RowView } from './view/row.js';
import type { Group } from './view/summary.js';

/** Milliseconds without progress after which a row says so; longer while other uploads move: its parts may only wait for theirs. */
const STALL_TIME = 10_000;
const PATIENT_STALL_TIME = 30_000;

/** What rows need of the element. */
export interface RowContext {
  /** A banner says that the network is gone. */
  readonly isOffline: boolean;
  /** When any of the uploads has moved, by `performance.now()`. */
  movedAt: number;
  linkOf(): LinkOf | undefined;
}

/** A class, because there may be thousands: methods and getters of an object literal take a kilobyte each time. */
export class UploadItem implements Item {
  readonly task: UploadTask;
  readonly #context: RowContext;
  readonly #remove: () => void;
  #loaded = 0;
  #movedAt: number = performance.now();
  #isAsking = false;
  #knownLinks: Links | undefined;

  /** @param remove removes the item from the list */
  constructor(task: UploadTask, context: RowContext, remove: () => void) {
    this.task = task;
    this.#context = context;
    this.#remove = remove;
  }

  get path(): string {
    return this.task.path;
  }
  get file(): Blob {
    return this.task.file;
  }
  get group(): Group {
    return groupOf(this.task.getSnapshot());
  }

  /** The upload has a new state. */
  update(): void {
    const { status, progress } = this.task.getSnapshot();
    const hasMoved = progress.loaded !== this.#loaded;
    if (hasMoved) this.#context.movedAt = performance.now();
    if (hasMoved || status !== 'uploading') this.#movedAt = performance.now();
    this.#loaded = progress.loaded;
    if (status === 'done') this.#isAsking = false;
  }

  view(text: Text): RowView {
    const state = this.task.getSnapshot();
    const view = viewOf(state, text, performance.now() - this.#movedAt, this.#context);
    if (this.#isAsking) return { ...view, ...askingView(state.progress.confirmed, text) };
    if (state.status === 'done') {
      const links = this.#links();
      const copied = links.hasCopied() ? { words: text('copied'), status: 'done copied' } : {};
      return { ...view, ...copied, actions: [...links.actions(), undefined, 'remove'] };
    }
    // Also for a failed upload `remove` aborts: the server still has its parts.
    return { ...view, actions: [undefined, undefined, mainAction(state), state.status === 'failed' ? 'remove' : 'cancel'] };
  }

  act(action: Action, onChange: () => void): void {
    const { task } = this;
    const { status, progress } = task.getSnapshot();
    if (action === 'open' || action === 'copy-link') void this.#links().act(action, onChange);
    else if (action === 'pause') void task.pause();
    else if (action === 'resume' || action === 'retry') task.resume();
    else if (action === 'keep') this.#isAsking = false;
    else if (status === 'done') this.#remove();
    else if (action === 'discard' || !isMuch(progress.confirmed)) void task.abort();
    else this.#isAsking = true;
  }

  #links(): Links {
    const { key, path, file } = this.task;
    this.#knownLinks ??= createLinks(() => ({ key: key as string, name: path, size: file.size }), this.#context.linkOf);
    return this.#knownLinks;
  }
}

/** Whether no upload has moved for so long that the line seems to be dead. */
export const isSilent = (movedAt: number): boolean => performance.now() - movedAt > STALL_TIME;

function groupOf({ status }: TaskState): Group {
  if (status === 'failed' || status === 'waiting') return 'attention';
  if (status === 'queued') return 'queued';
  return status === 'done' ? 'finished' : 'active';
}

/** @param silence milliseconds since the upload has moved */
function viewOf(state: TaskState, text: Text, silence: number, { isOffline, movedAt }: RowContext): RowView {
  const { status, progress } = state;
  const isInMemory = state.warnings.some(({ code }) => code === 'checkpoint-in-memory');
  const note = isInMemory && status !== 'done' ? text('notResumable') : '';
  const size = ['', text.size(progress.total)];
  const view = { status, note, actions: [] };
  switch (state.status) {
    case 'done':
      return { ...view, words: text('done'), figures: [...size, state.result.verified ? text('verified') : ''] };
    case 'failed':
      return { ...view, words: text('failed'), figures: [failureOf(state.error, text)], detail: detailOf(state.error) };
    case 'waiting': {
      const isExplained = isOffline && state.reason === 'network';
      const detail = state.error && !isExplained ? detailOf(state.error) : '';
      return { ...view, ...meterOf(state, text), words: text(isExplained ? 'waiting' : state.reason), detail };
    }
    case 'uploading': {
      const patience = isSilent(movedAt) ? STALL_TIME : PATIENT_STALL_TIME;
      const isStalled = !progress.speed && silence > patience;
      const words = isStalled ? text('stalled', { time: text.time(silence) }) : text('uploading');
      return { ...view, ...meterOf(state, text), words, status: isStalled ? 'uploading stalled' : status };
    }
    case 'aborted':
      return { ...view, words: '', figures: size };
    default:
      return { ...view, ...meterOf(state, text), words: text(state.status) };
  }
}

/** Without a bar while there is nothing to show in it. */
function meterOf({ status, progress }: TaskState, text: Text): Pick<RowView, 'figures' | 'share'> {
  const hasBegun = progress.loaded > 0 || status === 'uploading';
  if (!hasBegun) return { figures: ['', text.size(progress.total)] };
  return { figures: figuresOf(progress, text), share: shareOf(progress) };
}

/** A sentence for OSS's code or for the class of the error; other codes are for the details. */
function failureOf({ code, name }: UploadError, text: Text): string {
  return text.find(code) ?? text.find(name) ?? text('UploadFailed');
}

/** With the code, which helps a web search more than the sentence does. */
function detailOf({ code, message }: UploadError): string {
  return message.includes(code) ? message : `${code}: ${message}`;
}

/** The button to pause, to resume or to retry, whichever is possible. */
function mainAction(state: TaskState): Action | undefined {
  if (state.status === 'paused') return 'resume';
  if (state.status === 'failed') return state.resumable ? 'retry' : undefined;
  return state.status === 'done' || state.status === 'completing' ? undefined : 'pause';
}
