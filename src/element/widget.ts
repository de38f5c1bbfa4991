import type { CollectedFile, UploaderOptions, UploadOptions, UploadTask } from '../index.js';
import { languageTagOf } from './attributes.js';
import { dispatch } from './events.js';
import { createFormValue } from './form.js';
import { createFrame } from './view/frame.js';
import { firstOf, type Intake, type Source, takeFile, takeFiles } from './intake.js';
import { createLeftOver, type LeftOver, type LeftOverActions } from './left-over.js';
import { createList } from './view/list.js';
import { createNames, type Naming, type Unfinished } from './names.js';
import { pick } from './picker.js';
import { type AllAction, createSummary } from './view/summary.js';
import { createUploads, type Uploads } from './uploads.js';
import { languageFor, type Text, textIn } from './view/words.js';

/** Milliseconds between two looks at how far things are. */
const PACE = 100;
/** Milliseconds in which what happens is told at once: a folder of a thousand files is one sentence. */
const BREATH = 1000;
/** Refused files that are told one by one. */
const TOLD = 3;

/** The element that the widget is in, as far as it matters to it. */
export interface WidgetHost extends HTMLElement {
  readonly accept: string;
  /** Bytes. */
  readonly maxSize: number | undefined;
  readonly multiple: boolean;
  readonly directory: boolean;
  readonly required: boolean;
  readonly name: string;
  readonly keyPrefix: string;
  readonly uniqueKeys: boolean;
  readonly noPaste: boolean;
}

export interface WidgetOptions {
  /** @throws {TypeError} when something is missing */
  forUploader(): UploaderOptions;
  forUpload(file: File, path: string): UploadOptions;
}

/** All that is in the element's shadow tree, and what it does. */
export interface Widget {
  readonly root: HTMLElement;
  readonly uploads: Uploads;
  /**
   * Call it inside the event's handler.
   * @param isPasted pictures in it may have no names
   * @throws {TypeError | RangeError} when the uploader's options don't do; nobody has to listen
   */
  take(source: Source, isPasted?: boolean): Promise<UploadTask[]>;
  actOnAll(action: AllAction): void;
  focus(options?: FocusOptions): void;
  /** Attributes, properties or the language have changed. */
  refresh(): void;
  /** Looks again what earlier visits have left. */
  refreshLeftOvers(): void;
}

export function createWidget(host: WidgetHost, internals: ElementInternals, { forUploader, forUpload }: WidgetOptions): Widget {
  let language = languageFor('');
  const text: Text = (word, values) => textIn(language, word, values);
  /** What is painted is of other settings or another language. */
  let isStale = true;
  let painted = 0;
  let refused: string[] = [];
  /** What is to be done soon. */
  const due = new Set<() => void>();

  const input = document.createElement('input');
  const frame = createFrame((folder) => void pick(input, { accept: host.accept, multiple: isMultiple(), folder }, take));
  const [list, leftOvers] = [createList(changed), createList(changed)];
  const summary = createSummary(actOnAll);
  const value = createFormValue(internals, frame.chooseFiles);
  const isMultiple = (): boolean => host.multiple || host.directory;
  const namings = new WeakMap<UploadTask, Naming>();
  const names = createNames(host, {
    bucket: () => forUploader().bucket,
    isForeign: (key) => uploads.isForeign(key),
  });

  const uploads = createUploads(forUploader, () => host.keyPrefix, {
    changed() {
      value.validate(text, uploads.files(), host.required);
      changed();
    },
    added(item) {
      list.add(item);
      soon(speak, BREATH);
      dispatch(host, 'oss-upload-start', { task: item.task });
    },
    done(task, result) {
      // Only now: one that failed would have thrown away what it was to replace.
      if (!isMultiple()) uploads.keepOnly(task);
      valueChanged();
      dispatch(host, 'oss-upload-success', { task, result });
      tellValue();
    },
    failed(task, error) {
      soon(speak, BREATH);
      dispatch(host, 'oss-upload-error', { task, error });
    },
    gone(item, isReplaced) {
      const isStored = item.task.getSnapshot().status === 'done';
      list.remove(item);
      namings.get(item.task)?.release(isStored);
      if (!isStored) refreshLeftOvers();
      else if (!isReplaced) {
        valueChanged();
        tellValue();
      }
    },
  });

  const leftOverActions: LeftOverActions = {
    goOn(entry, found) {
      refused = [];
      const begin = (file: CollectedFile): UploadTask => start(file, forUpload(file.file, file.path), names.forUnfinished(entry));
      takeFile({ ...found, path: entry.file.name }, { ...intake, start: begin });
      void lookForLeftOvers();
    },
    select: () =>
      new Promise((resolve) => {
        void pick(input, { accept: '', multiple: false }, (source) => void firstOf(source).then(resolve));
      }),
    async discard(id) {
      await uploads.uploader().discard(id);
      await lookForLeftOvers();
    },
    text,
    changed,
  };

  const intake: Intake = {
    rules: host,
    isBusy: () => uploads.files().open > 0,
    start(found) {
      const options = forUpload(found.file, found.path);
      return start(found, options, names.forFile(found, options, unfinished()));
    },
    refuse({ path, file, reason, error }) {
      const message = [path, text(reason), ...(error ? [(error as Error).message] : [])].join(': ');
      refused.push(message);
      changed();
      dispatch(host, 'oss-upload-reject', { file, path, reason, message });
    },
  };

  function start(found: CollectedFile, options: UploadOptions, naming: Naming): UploadTask {
    try {
      const task = uploads.add(found, { ...options, ...naming.options });
      namings.set(task, naming);
      return task;
    } catch (error) {
      naming.release(false);
      throw error;
    }
  }

  async function takeBy(source: Source, isPasted?: boolean): Promise<UploadTask[]> {
    refused = [];
    changed();
    try {
      uploads.uploader();
    } catch (error) {
      refused.push((error as Error).message);
      dispatch(host, 'oss-upload-error', { task: undefined, error: error as Error });
      throw error;
    }
    return takeFiles(source, intake, isPasted);
  }

  function take(source: Source, isPasted?: boolean): Promise<UploadTask[]> {
    const taken = takeBy(source, isPasted);
    // The widget and an event tell it too: no rejection is to be left unhandled.
    taken.catch(() => {});
    return taken;
  }

  function actOnAll(action: AllAction): void {
    if (action === 'clear') uploads.clear();
    for (const task of uploads.tasks()) {
      const { status } = task.getSnapshot();
      if (action === 'pause') void task.pause();
      else if (action === 'cancel') status !== 'done' && status !== 'failed' && void task.abort();
      else if (status === (action === 'resume' ? 'paused' : action === 'retry' && 'failed')) task.resume();
    }
  }

  function valueChanged(): void {
    value.write(host.name, uploads.keys());
    soon(speak, BREATH);
  }

  function tellValue(): void {
    dispatch(host, 'oss-upload-change', { value: uploads.keys() });
    host.dispatchEvent(new Event('change', { bubbles: true }));
  }

  /** What begins, ends and fails is told to screen readers; how far it is, the progress bars say when asked. */
  function speak(): void {
    const { done, failed, total } = uploads.files();
    frame.say(`${text('uploads')} ${done} / ${total}${failed ? `, ${text('failed')} ${failed}` : ''}`);
  }

  /** Does it once, however often it is asked for until then. */
  function soon(act: () => void, delay: number): void {
    if (due.has(act)) return;
    due.add(act);
    setTimeout(() => {
      due.delete(act);
      act();
    }, delay);
  }

  /** Many tasks tick at the same time: one write for all of them, at once when the last is long ago. */
  function changed(): void {
    soon(paint, painted + PACE - performance.now());
  }

  function paint(): void {
    painted = performance.now();
    uploads.adopt();
    if (isStale) {
      input.multiple = isMultiple();
      frame.root.disabled = host.matches(':disabled');
      frame.render(text, language, host.ariaLabel || internals.labels[0]?.textContent || text('uploads'), host);
      value.write(host.name, uploads.keys());
    }
    if (leftOvers.items.size && uploads.files().moving) refreshLeftOvers();
    const more = refused.length - TOLD;
    frame.complain(more > 0 ? [...refused.slice(0, TOLD), `+ ${more}`] : refused);
    list.paint(text, isStale);
    leftOvers.paint(text, isStale);
    isStale = false;
    frame.uploads.hidden = !list.items.size;
    frame.unfinished.hidden = !leftOvers.items.size;
    // Of one file, its row says it all.
    summary.element.hidden = list.items.size < 2;
    const totals = uploads.totals();
    summary.render(text, totals, host.name !== '');
    value.validate(text, totals.files, host.required);
    if (totals.files.total) dispatch(host, 'oss-upload-progress', totals);
  }

  const leftOverItems = (): LeftOver[] => [...leftOvers.items.keys()] as LeftOver[];
  const unfinished = (): Unfinished[] => leftOverItems().map(({ entry }) => entry);

  function refreshLeftOvers(): void {
    // Off the page there is nobody to see them, and maybe no uploader any more.
    if (host.isConnected) soon(lookForLeftOvers, 2 * PACE);
  }

  /** Whether this element would have begun it: what others have begun, with another prefix, is theirs. */
  function isOwn(entry: Unfinished): boolean {
    const { name, type, lastModified } = entry.file;
    try {
      return names.owns(entry, forUpload(new File([], name, { type, lastModified }), name));
    } catch {
      // The page makes no options for such a file.
      return false;
    }
  }

  async function lookForLeftOvers(): Promise<void> {
    // Without options there is nowhere to look; whoever adds a file is told.
    const entries = await (async () => uploads.uploader().unfinished())().catch(() => []);
    // One that has just been resumed is its task's.
    const own = new Set(uploads.tasks().map(({ key }) => key));
    const left = new Map(entries.filter((entry) => !own.has(entry.key) && isOwn(entry)).map((entry) => [entry.id, entry]));
    for (const item of leftOverItems()) {
      const entry = left.get(item.entry.id);
      left.delete(item.entry.id);
      if (entry) item.entry = entry;
      else leftOvers.remove(item);
    }
    for (const entry of left.values()) leftOvers.add(createLeftOver(entry, leftOverActions));
    changed();
  }

  Object.assign(input, { type: 'file', hidden: true, onchange: () => take(input) });
  frame.root.append(input);
  frame.uploads.append(summary.element, list.element);
  frame.unfinished.append(leftOvers.element);

  return {
    root: frame.root,
    uploads,
    take,
    actOnAll,
    focus: (options) => frame.chooseFiles.focus(options),
    refresh() {
      language = languageFor(languageTagOf(host));
      isStale = true;
      changed();
    },
    refreshLeftOvers,
  };
}
