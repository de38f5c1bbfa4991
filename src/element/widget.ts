/** The widget in the element's shadow tree: connects the view, the uploads, the unfinished uploads and the form. */
import type { UploadTask } from '../index.js';
import { languageTagOf } from './attributes.js';
import { coalesce } from './coalesce.js';
import { dispatch, dispatchChange } from './events.js';
import { createFormValue, type FormValue } from './form.js';
import { type Intake, type IntakeRules, type Source, takeFile, takeFiles } from './intake.js';
import { createNames, type NamingRules, type OptionsReader } from './object-keys.js';
import { pick, pickFile } from './picker.js';
import { createUnfinishedList, type UnfinishedList } from './unfinished-list.js';
import { Uploads, type UploadTotals } from './uploads.js';
import { createView, type View, type ViewSettings } from './view/view.js';
import { languageFor, type Text, textIn, WORDS } from './view/words.js';

/** Milliseconds between two paints. */
const PAINT_INTERVAL = 100;
/** Milliseconds in which several events become one announcement: a folder of a thousand files is one sentence. */
const ANNOUNCE_DELAY = 1000;

/** The element that the widget is in. */
export interface WidgetHost extends HTMLElement, IntakeRules, NamingRules, ViewSettings {
  readonly accept: string;
  readonly maxSize: number | undefined;
  readonly multiple: boolean;
  readonly directory: boolean;
  readonly required: boolean;
  readonly name: string;
  readonly labels: NodeList;
}

/** All that is in the element's shadow tree, and what it does. */
export interface Widget {
  readonly view: View;
  readonly uploads: Uploads;
  readonly unfinished: UnfinishedList;
  /**
   * Adds files. Call it inside the event's handler. A rejection needs no handler: the widget and an event report it, too.
   * @param isPasted pictures may be without names
   * @throws {TypeError | RangeError} if an option of the uploader is missing or invalid
   */
  take(source: Source, isPasted?: boolean): Promise<UploadTask[]>;
  /** Attributes, properties or the language have changed. */
  refresh(): void;
}

export function createWidget(host: WidgetHost, internals: ElementInternals, options: OptionsReader): Widget {
  const input = document.createElement('input');
  const view = createView(
    (folder) => void pick(input, { accept: host.accept, multiple: isMultiple(host), folder }, take),
    (action) => uploads.actOnAll(action),
    () => repaint(),
  );
  const text: Text = (phrase, value) => textIn(view.root.lang, phrase, value);
  const value = createFormValue(internals, view.chooseFiles);
  const writeValue = (): void => value.write(host.name, uploads.keys());
  const announce = coalesce(
    () => view.announce(announcementOf(uploads.files(), text)),
    () => ANNOUNCE_DELAY,
  );
  const uploads: Uploads = new Uploads(options.forUploader, () => host.keyPrefix, {
    onChange() {
      value.validate(text, uploads.files(), host.required);
      announce();
      repaint();
    },
    onAdded(item) {
      view.uploads.add(item);
      dispatch(host, 'start', { task: item.task });
    },
    onDone(task, result) {
      // Not before: if this upload had failed, the one that it replaces would be lost.
      if (!isMultiple(host)) uploads.keepOnly(task);
      writeValue();
      dispatch(host, 'success', { task, result });
      dispatchChange(host, uploads.keys());
    },
    onFailed: (task, error) => dispatch(host, 'error', { task, error }),
    onRemoved(item, isStored, isReplaced) {
      view.uploads.remove(item);
      if (!isStored) unfinished.refresh();
      if (!isStored || isReplaced) return;
      writeValue();
      dispatchChange(host, uploads.keys());
    },
  });
  const names = createNames(host, options, (key) => uploads.isForeign(key));
  const intake = createIntake(host, view, uploads, text, () => repaint());
  const unfinished: UnfinishedList = createUnfinishedList(view.unfinished, uploads, names.owns, () => repaint(), {
    resume(entry, found) {
      view.problems = [];
      takeFile(found, intake, () => names.forUnfinished(found, entry));
    },
    selectFile: () => pickFile(input),
  });
  const repaint = createPainter(host, view, value, uploads, text, unfinished.refresh);

  async function takeAll(source: Source, isPasted?: boolean): Promise<UploadTask[]> {
    view.problems = [];
    repaint();
    try {
      uploads.uploader();
    } catch (error) {
      view.problems.push((error as Error).message);
      dispatch(host, 'error', { task: undefined, error: error as Error });
      throw error;
    }
    return takeFiles(source, intake, (found) => names.forFile(found, unfinished.entries()), isPasted);
  }

  function take(source: Source, isPasted?: boolean): Promise<UploadTask[]> {
    const taken = takeAll(source, isPasted);
    taken.catch(() => {});
    return taken;
  }
  Object.assign(input, { type: 'file', hidden: true, onchange: () => take(input) });
  view.root.append(input);
  return { view, uploads, unfinished, take, refresh: () => repaint(true) };
}

function isMultiple({ multiple, directory }: WidgetHost): boolean {
  return multiple || directory;
}

/** Announces how many uploads are done or have failed; screen readers read the progress from the bars. */
function announcementOf({ done, failed, total }: UploadTotals['files'], text: Text): string {
  const failures = failed ? `, ${text(WORDS.status.failed)} ${failed}` : '';
  return `${text(WORDS.heading.uploads)} ${done} / ${total}${failures}`;
}

function createIntake(host: WidgetHost, view: View, uploads: Uploads, text: Text, repaint: () => void): Intake {
  return {
    rules: host,
    uploads,
    reject({ path, file, reason, error }) {
      const message = [path, text(WORDS.rejected[reason]), (error as Error | undefined)?.message].filter(Boolean).join(': ');
      view.problems.push(message);
      repaint();
      dispatch(host, 'reject', { file, path, reason, message });
    },
  };
}

/**
 * Many tasks change at the same time: the returned function paints all of it at once, immediately if the last paint is long ago. Its
 * parameter says that attributes or the language have changed.
 */
function createPainter(
  host: WidgetHost,
  view: View,
  value: FormValue,
  uploads: Uploads,
  text: Text,
  refreshUnfinished: () => void,
): (haveSettingsChanged?: boolean) => void {
  let isStale = true;
  let paintedAt = 0;

  function paint(): void {
    paintedAt = performance.now();
    uploads.adopt();
    if (isStale) applySettings();
    isStale = false;
    const totals = uploads.totals();
    const { files } = totals;
    if (files.moving && view.unfinished.items.size) refreshUnfinished();
    view.paint(text, totals, host.name !== '');
    value.validate(text, files, host.required);
    if (files.total) dispatch(host, 'progress', totals);
  }

  function applySettings(): void {
    view.root.lang = languageFor(languageTagOf(host));
    view.root.disabled = host.matches(':disabled');
    view.applySettings(text, host.ariaLabel || host.labels[0]?.textContent || text(WORDS.heading.uploads), host);
    value.write(host.name, uploads.keys());
  }

  const schedule = coalesce(paint, () => paintedAt + PAINT_INTERVAL - performance.now());
  return (haveSettingsChanged) => {
    if (haveSettingsChanged) isStale = true;
    schedule();
  };
}
