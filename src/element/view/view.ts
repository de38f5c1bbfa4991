/** Everything in the shadow tree of `<oss-upload>`: the drop zone, messages, and the lists with their heads. */
import { isSame } from '../is-same.js';
import type { Text } from '../messages.js';
import { createButton, focusedIn, h, setAttributes, setText } from './dom.js';
import { createDropzone, type ViewSettings } from './dropzone.js';
import { type AllAction, createHead } from './head.js';
import { List } from './list.js';
import type { Item } from './row.js';
import { createSummary, type Group, GROUPS, type Totals } from './summary.js';

/** How many problems are listed one by one. */
const MAX_LISTED_PROBLEMS = 3;

export interface View {
  readonly root: HTMLFieldSetElement;
  readonly chooseFiles: HTMLButtonElement;
  readonly uploads: List<Group>;
  readonly unfinished: List<'unfinished'>;
  /** Rejected files, and why nothing could be uploaded, since files were last added: sentences in the language of the moment. */
  problems: ((text: Text) => string)[];
  applySettings(text: Text, label: string, settings: ViewSettings): void;
  /** Tells screen readers, politely. */
  announce(text: string): void;
  /** @param changed uploads that may belong into another group by now */
  paint(text: Text, totals: Totals, changed: Iterable<Item & { readonly group: Group }>): void;
}

export interface ViewActions {
  pick(folder: boolean): void;
  onAll(action: AllAction): void;
  onAllUnfinished(action: 'resume' | 'discard'): void;
  /** Other rows have become visible, or an item may have changed. */
  repaint(): void;
}

export function createView({ pick, onAll, onAllUnfinished, repaint }: ViewActions): View {
  const dropzone = createDropzone(pick);
  const overlay = h('div', 'overlay');
  const announcement = h('p', 'spoken');
  const banner = h('p', 'banner');
  const problem = h('div', 'problem');
  /** The lines in it. */
  let shown: string[] = [];
  const close = createButton('button close', () => {
    view.problems = [];
    repaint();
    dropzone.chooseFiles.focus();
  });
  const live = setAttributes(h('div', '', announcement, banner, h('div', 'problems', problem, close)), {
    role: 'status',
    'aria-atomic': 'false',
  });
  const unfinished = new List(['unfinished'], repaint);
  const unfinishedHead = createHead(['resume', 'discard'], (action) => onAllUnfinished(action as 'resume' | 'discard'), []);
  const unfinishedSection = h('div', 'section', unfinishedHead.element, unfinished.element);
  const uploads = new List(GROUPS, repaint);
  const summary = createSummary(uploads, onAll, repaint);
  const uploadsSection = h('div', 'section', summary.element, uploads.element);
  const copied = setAttributes(h('p', 'spoken'), { 'aria-live': 'polite' });
  const root = h('fieldset', 'root', dropzone.element, live, copied, unfinishedSection, uploadsSection, overlay);

  const view: View = {
    root,
    chooseFiles: dropzone.chooseFiles,
    uploads,
    unfinished,
    problems: [],
    applySettings(text, label, settings) {
      dropzone.applySettings(text, settings);
      setText(overlay, text('dropNow'));
      setAttributes(close, { 'aria-label': text('close'), title: text('close') });
      setAttributes(root, { 'aria-label': label });
      setAttributes(uploads.element, { 'aria-label': text('uploads') });
      setAttributes(unfinished.element, { 'aria-label': text('unfinished') });
    },
    announce: (text) => setText(announcement, text),
    paint(text, totals, changed) {
      // Read first: a row that moves into a folded group loses the focus.
      const focused = focusedIn(root);
      for (const item of changed) if (uploads.items.has(item)) uploads.place(item, item.group);
      const more = view.problems.length - MAX_LISTED_PROBLEMS;
      const listed = view.problems.slice(0, MAX_LISTED_PROBLEMS).map((sentenceIn) => sentenceIn(text));
      const lines = more > 0 ? [...listed, `+ ${more}`] : listed;
      // Only if they differ: screen readers read new nodes aloud.
      if (!isSame(lines, shown)) problem.replaceChildren(...lines.map((line) => h('p', '', line)));
      shown = lines;
      close.hidden = lines.length === 0;
      setText(banner, totals.uploads.isOffline ? text(navigator.onLine ? 'network' : 'offline') : '');
      root.classList.toggle('compact', uploads.items.size + unfinished.items.size > 0);
      uploadsSection.hidden = uploads.items.size === 0;
      unfinishedSection.hidden = unfinished.items.size === 0;
      summary.render(text, totals);
      unfinishedHead.render(text, text('unfinished'), {
        status: '',
        words: text('unfinished'),
        alarm: '',
        figures: [],
        actions: new Set(unfinished.items.size > 1 ? (['resume', 'discard'] as const) : []),
        atStake: totals.unfinishedBytes,
      });
      uploads.paint(text);
      unfinished.paint(text);
      setText(copied, root.querySelector('.copied') ? text('copied') : '');
      // What had it is gone: the focus must not fall to the body.
      if (focused && (!focusedIn(root) || !focused.checkVisibility())) dropzone.chooseFiles.focus();
    },
  };
  return view;
}
