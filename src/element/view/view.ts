/** Everything in the shadow tree of `<oss-upload>`: the drop zone, messages, and the lists with their heads. */
import type { AllAction, UploadTotals } from '../uploads.js';
import { createButton, h, setAttributes, setText } from './dom.js';
import { formatSize } from './figures.js';
import { createList, type List } from './list.js';
import { createSummary } from './summary.js';
import { type Text, WORDS } from './words.js';

/** How many problems are listed one by one. */
const MAX_LISTED_PROBLEMS = 3;

/** The attributes that the texts and controls depend on. */
export interface ViewSettings {
  readonly accept: string;
  /** Bytes. */
  readonly maxSize: number | undefined;
  readonly directory: boolean;
  readonly noPaste: boolean;
}

export interface View {
  readonly root: HTMLFieldSetElement;
  readonly chooseFiles: HTMLButtonElement;
  readonly uploads: List;
  readonly unfinished: List;
  /** Rejected files, and why nothing could be uploaded, since files were last added. */
  problems: string[];
  applySettings(text: Text, label: string, settings: ViewSettings): void;
  /** Tells screen readers, politely. */
  announce(text: string): void;
  /** @param isValue the finished uploads are the value of a form */
  paint(text: Text, totals: UploadTotals, isValue: boolean): void;
}

/** @param repaint called when other rows have become visible */
export function createView(pick: (folder: boolean) => void, actOnAll: (action: AllAction) => void, repaint: () => void): View {
  const title = h('p', 'title');
  const hint = h('slot', '');
  hint.name = 'hint';
  const chooseFiles = createButton('button choose-files', () => pick(false));
  const chooseFolder = createButton('button choose-folder', () => pick(true));
  const dropzone = h('div', 'dropzone', title, h('p', 'hint', hint), h('div', 'buttons', chooseFiles, chooseFolder));
  const announcement = h('p', 'spoken');
  const problem = h('div', 'problem');
  const live = setAttributes(h('div', '', announcement, problem), { role: 'status', 'aria-atomic': 'false' });
  const heading = h('p', 'heading');
  const unfinished = createList(repaint);
  const unfinishedSection = h('div', 'section', h('div', 'head', heading), unfinished.element);
  const summary = createSummary(actOnAll);
  const uploads = createList(repaint);
  const uploadsSection = h('div', 'section', summary.element, uploads.element);
  const root = h('fieldset', 'root', dropzone, live, unfinishedSection, uploadsSection);

  const view: View = {
    root,
    chooseFiles,
    uploads,
    unfinished,
    problems: [],
    applySettings(text, label, { accept, maxSize, directory, noPaste }) {
      const words = WORDS.dropzone;
      setText(title, text(directory ? words.folders : words.files));
      setText(hint, `${noPaste ? '' : text(words.paste)} ${text(words.hint)} ${maxSize ? `≤ ${formatSize(maxSize)}` : ''} ${accept}`);
      setText(chooseFiles, text(words.chooseFiles));
      setText(chooseFolder, text(words.chooseFolder));
      setText(heading, text(WORDS.heading.unfinished));
      chooseFolder.hidden = !directory;
      setAttributes(root, { 'aria-label': label });
    },
    announce: (text) => setText(announcement, text),
    paint(text, totals, isValue) {
      const more = view.problems.length - MAX_LISTED_PROBLEMS;
      const lines = more > 0 ? [...view.problems.slice(0, MAX_LISTED_PROBLEMS), `+ ${more}`] : view.problems;
      problem.replaceChildren(...lines.map((line) => h('p', '', line)));
      uploads.paint(text);
      unfinished.paint(text);
      uploadsSection.hidden = uploads.items.size === 0;
      unfinishedSection.hidden = unfinished.items.size === 0;
      // The row of a single upload shows the same.
      summary.element.hidden = uploads.items.size < 2;
      summary.render(text, totals, isValue);
    },
  };
  return view;
}
