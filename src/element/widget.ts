/** The widget in the element's shadow tree: connects the view, the uploads, the unfinished uploads and the form. */
import { createDebug } from './debug/show-requests.js';
import { dispatch } from './events.js';
import { createFormValue, type FormRules } from './form.js';
import { type IntakeRules, takeFile } from './intake.js';
import type { LinkOf, StoredFile } from './links.js';
import { createNames, type NamingRules, type OptionsReader } from './object-keys.js';
import { createPainter, type PaintedHost } from './painter.js';
import { createIntake, createTake, type Take } from './take.js';
import { pick, pickAgain, type PickerRequest, prepareInput } from './picker.js';
import { createUnfinishedList, type UnfinishedList } from './unfinished-list.js';
import { Uploaders } from './uploaders.js';
import { Uploads } from './uploads.js';
import { createValueChanges } from './value-changes.js';
import type { AllAction } from './view/head.js';
import { createView, type View } from './view/view.js';

/** The element that the widget is in. */
export interface WidgetHost extends PaintedHost, IntakeRules, NamingRules, FormRules {
  readonly capture: string;
  readonly debug: boolean;
  readonly linkOf: LinkOf | undefined;
}

/** All that is in the element's shadow tree, and what it does. */
export interface Widget {
  readonly view: View;
  readonly uploads: Uploads;
  readonly uploaders: Uploaders;
  readonly unfinished: UnfinishedList;
  /** Whether all listed unfinished uploads are those of the element, by the options that hold now. */
  ownsUnfinished(): boolean;
  readonly take: Take;
  /** Shows files that were stored before. */
  show(files: readonly StoredFile[]): void;
  actOnAll(action: AllAction): void;
  /** Stops all uploads, which stay resumable, and shows only files that were stored before. */
  reset(files: readonly StoredFile[]): void;
  /** Attributes, properties or the language have changed. */
  refresh(): void;
}

export function createWidget(host: WidgetHost, internals: ElementInternals, options: OptionsReader): Widget {
  const input = document.createElement('input');
  const request = (folder?: boolean): PickerRequest => requestOf(host, folder);
  const context = { isOffline: false, movedAt: performance.now(), linkOf: () => host.linkOf };
  const view = createView({
    pick: (folder) => void pick(input, request(folder), (files) => take(files)),
    onAll: actOnAll,
    onAllUnfinished: (action) => void unfinished.actOnAll(action).catch(() => {}),
    repaint: () => painter.repaint(),
  });
  const uploaders = new Uploaders(options.forUploader);
  const uploads: Uploads = new Uploads(uploaders, () => host.keyPrefix, context, {
    onChange(item, isNew) {
      value.validate();
      painter.onChange(item);
      if (item && isNew) unfinished.removeResumedBy(item.task);
    },
    onAdded(item, isOver) {
      view.uploads.place(item, 'task' in item ? 'queued' : 'finished');
      value.validate();
      painter.repaint();
      if ('task' in item && !isOver) dispatch(host, 'start', { task: item.task });
    },
    onDone(task, result, isOver) {
      // Not before: if this upload had failed, the one that it replaces would be lost.
      if (!request().multiple) uploads.keepOnly(task);
      changes.addDone(task, result, isOver);
    },
    onFailed: (task, error) => dispatch(host, 'error', { task, error }),
    onRemoved(item, isStored, isReplaced) {
      view.uploads.remove(item);
      if (!isReplaced) changes.addRemoved(isStored);
      value.validate();
      painter.repaint();
      if (!isStored) unfinished.refresh();
    },
    onStopped: () => unfinished.refresh(),
  });
  const value = createFormValue(internals, host, view.chooseFiles, uploads, () => painter.text());
  const changes = createValueChanges(host, value, uploads);
  const names = createNames(host, options, uploads);
  const intake = createIntake(host, view, uploads, () => painter);
  const unfinished: UnfinishedList = createUnfinishedList(view.unfinished, uploads, names.owns, () => painter.repaint(), {
    resume(entry, found) {
      view.problems = [];
      takeFile(found, intake, () => names.forUnfinished(found, entry));
    },
    selectFiles: (multiple) => pickAgain(input, multiple),
  });
  const painter = createPainter(host, view, uploads, value, context, unfinished.bytes, createDebug(host, uploaders));
  const take = createTake(host, view, intake, painter.repaint, (found) => names.forFile(found, unfinished.entries()));

  function actOnAll(action: AllAction): void {
    changes.flush();
    uploads.actOnAll(action);
    changes.flush();
  }

  view.root.append(Object.assign(input, { type: 'file', hidden: true, onchange: () => take(input) }));
  return {
    view,
    uploads,
    uploaders,
    unfinished,
    ownsUnfinished: () => unfinished.entries().every(names.owns),
    take,
    actOnAll,
    show: changes.show,
    reset: changes.reset,
    refresh() {
      prepareInput(input, request());
      painter.repaint(true);
      // Not with the next paint: the page may submit its form at once.
      value.write();
      value.validate();
    },
  };
}

function requestOf({ accept, multiple, directory, capture }: WidgetHost, folder?: boolean): PickerRequest {
  return { accept, multiple: multiple || directory, folder, capture };
}
