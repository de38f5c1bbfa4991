import type { UploaderOptions, UploadOptions, UploadTask } from '../index.js';
import { languageTagOf } from './attributes.js';
import { dispatch } from './events.js';
import { createFormValue } from './form.js';
import { createFrame, type FrameSettings } from './frame.js';
import { firstOf, type Intake, type Source, takeFiles } from './intake.js';
import { createLeftOver, type LeftOver, type LeftOverActions } from './left-over.js';
import { createList } from './list.js';
import { pick } from './picker.js';
import { type AllAction, createSummary } from './summary.js';
import { createUploads, type Uploads } from './uploads.js';
import { languageFor, type Text, textIn, type Word } from './words.js';

/** Milliseconds between two looks at how far things are. */
const PACE = 100;
/** Milliseconds in which what happens is told at once: a folder of a thousand files is one sentence. */
const BREATH = 1000;
/** Refused files that are told one by one. */
const TOLD = 3;

/** What the attributes say now. */
export interface WidgetSettings extends FrameSettings {
  name: string;
  required: boolean;
}

/** What the widget is told by the element that it is in. */
export interface WidgetHost {
  readonly element: HTMLElement;
  readonly internals: ElementInternals;
  settings(): WidgetSettings;
  /** @throws {TypeError} when something is missing */
  uploaderOptions(): UploaderOptions;
  uploadOptions(file: File, path: string): UploadOptions;
}

/** All that is in the element's shadow tree, and what it does. */
export interface Widget {
  readonly root: HTMLElement;
  readonly uploads: Uploads;
  keys(): string[];
  /**
   * Call it inside the event's handler.
   * @throws {TypeError | RangeError} when the uploader's options don't do
   */
  take(source: Source): Promise<UploadTask[]>;
  actOnAll(action: AllAction): void;
  focus(options?: FocusOptions): void;
  /** Attributes, properties or the language have changed. */
  refresh(): void;
  /** Looks again what earlier visits have left. */
  refreshLeftOvers(): void;
}

export function createWidget(host: WidgetHost): Widget {
  const { element, internals, settings, uploadOptions } = host;
  let language = languageFor('');
  const text: Text = (word, values) => textIn[language](word, values);
  /** What is painted is of other settings or another language. */
  let isStale = true;
  let painted = 0;
  let progress = '';
  let refused: string[] = [];
  const told = new Map<Word, string[]>();
  const timers = new Map<() => void, unknown>();

  const input = document.createElement('input');
  const frame = createFrame((folder) => void pick(input, { ...settings(), folder }, takeQuietly));
  const [list, leftOvers] = [createList(changed), createList(changed)];
  const summary = createSummary(actOnAll);
  const value = createFormValue(internals);

  const uploads = createUploads(host.uploaderOptions, {
    changed,
    added(item) {
      list.add(item);
      validate();
      tell('uploads', item.path);
      dispatch(element, 'oss-upload-start', { task: item.task });
    },
    turned() {
      // It may be one of them that was taken up again.
      if (leftOvers.items.size) refreshLeftOvers();
    },
    done(task, result) {
      value.add(task, result.key);
      validate();
      tell('done', task.path);
      dispatch(element, 'oss-upload-success', { task, result });
      tellValue();
    },
    failed(task, error) {
      validate();
      tell('failed', task.path);
      dispatch(element, 'oss-upload-error', { task, error });
    },
    gone(item) {
      list.remove(item);
      validate();
      if (value.remove(item.task)) tellValue();
      else refreshLeftOvers();
      changed();
    },
  });

  const leftOverActions: LeftOverActions = {
    goOn({ key, file: { name: path } }, found) {
      uploads.add({ ...found, path }, { ...uploadOptions(found.file, path), key });
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
    rules: settings,
    makeRoom() {
      if (uploads.files().open) return false;
      uploads.reset();
      return true;
    },
    start: (found) => uploads.add(found, uploadOptions(found.file, found.path)),
    refuse({ path, file, reason, error }) {
      const message = [path, text(reason), ...(error ? [(error as Error).message] : [])].join(': ');
      refused.push(message);
      changed();
      dispatch(element, 'oss-upload-reject', { file, path, reason, message });
    },
  };

  async function take(source: Source): Promise<UploadTask[]> {
    refused = [];
    changed();
    try {
      uploads.uploader();
    } catch (error) {
      refused.push((error as Error).message);
      dispatch(element, 'oss-upload-error', { task: undefined, error: error as Error });
      throw error;
    }
    return takeFiles(source, intake);
  }
  const takeQuietly = (source: Source): void => void take(source).catch(() => {});

  function actOnAll(action: AllAction): void {
    if (action === 'clear') uploads.clear();
    for (const task of uploads.tasks()) {
      const { status } = task.getSnapshot();
      if (action === 'pause') void task.pause();
      else if (action === 'cancel') status !== 'done' && status !== 'failed' && void task.abort();
      else if (status === (action === 'resume' ? 'paused' : action === 'retry' && 'failed')) task.resume();
    }
  }

  const validate = (): void => value.validate(text, uploads.files(), settings().required, frame.chooseFiles);

  function tellValue(): void {
    dispatch(element, 'oss-upload-change', { value: value.keys() });
    element.dispatchEvent(new Event('change', { bubbles: true }));
  }

  /** What begins, ends and fails is told to screen readers; how far it is, the progress bars say when asked. */
  function tell(word: Word, name: string): void {
    const names = told.get(word);
    if (names) names.push(name);
    else told.set(word, [name]);
    soon(speak, BREATH);
  }

  function speak(): void {
    frame.say([...told].map(([word, names]) => `${text(word)}: ${names[1] ? names.length : names[0]}`).join('. '));
    told.clear();
  }

  /** Does it once, however often it is asked for until then. */
  function soon(act: () => void, delay: number): void {
    if (timers.has(act)) return;
    const run = (): void => {
      timers.delete(act);
      act();
    };
    timers.set(act, setTimeout(run, delay));
  }

  /** Many tasks tick at the same time: one write for all of them, at once when the last is long ago. */
  function changed(): void {
    soon(paint, painted + PACE - performance.now());
  }

  function paint(): void {
    painted = performance.now();
    uploads.adopt();
    const now = settings();
    const totals = uploads.totals();
    if (isStale) frame.render(text, language, now);
    const more = refused.length - TOLD;
    frame.complain(more > 0 ? [...refused.slice(0, TOLD), `+ ${more}`] : refused);
    list.paint(text, isStale);
    leftOvers.paint(text, isStale);
    isStale = false;
    frame.uploads.hidden = list.items.size === 0;
    frame.unfinished.hidden = leftOvers.items.size === 0;
    // Of one file, its row says it all.
    summary.element.hidden = list.items.size < 2;
    summary.render(text, totals, now.name !== '');
    value.rename(now.name);
    validate();
    const next = JSON.stringify(totals);
    if (next !== progress) dispatch(element, 'oss-upload-progress', totals);
    progress = next;
  }

  const leftOverItems = (): LeftOver[] => [...leftOvers.items.keys()] as LeftOver[];

  function refreshLeftOvers(): void {
    soon(lookForLeftOvers, 2 * PACE);
  }

  async function lookForLeftOvers(): Promise<void> {
    // Without options there is nowhere to look; whoever adds a file is told.
    const entries = await (async () => uploads.uploader().unfinished())().catch(() => []);
    const left = new Map(entries.map((entry) => [entry.id, entry]));
    for (const item of leftOverItems()) {
      const entry = left.get(item.entry.id);
      left.delete(item.entry.id);
      if (entry) item.entry = entry;
      else leftOvers.remove(item);
    }
    for (const entry of left.values()) leftOvers.add(createLeftOver(entry, leftOverActions));
    changed();
  }

  Object.assign(input, { type: 'file', hidden: true, onchange: () => takeQuietly(input) });
  frame.root.append(input);
  frame.uploads.append(summary.element, list.element);
  frame.unfinished.append(leftOvers.element);

  return {
    root: frame.root,
    uploads,
    keys: value.keys,
    take,
    actOnAll,
    focus: (options) => frame.chooseFiles.focus(options),
    refresh() {
      language = languageFor(languageTagOf(element));
      isStale = true;
      changed();
    },
    refreshLeftOvers,
  };
}
