/** The head of the list of uploads. Finished rows are folded away when there are many; the whole list can be, too. */
import type { Text } from '../messages.js';
import type { UploadTotals } from '../totals.js';
import { createButton, h, setAttributes, setText } from './dom.js';
import { type AllAction, createHead } from './head.js';
import type { List } from './list.js';
import { figuresOf, shareOf } from './meter.js';

/** In the order of the list: what needs the user comes first. */
export const GROUPS = ['attention', 'active', 'queued', 'finished'] as const;
export type Group = (typeof GROUPS)[number];

/** More finished rows than this are folded away, until the user wants to see them. */
const MAX_FINISHED_ROWS = 5;

/** What is painted beside the rows. */
export interface Totals {
  readonly uploads: UploadTotals;
  /** Milliseconds since any upload has moved, if that is long; otherwise 0. */
  readonly silence: number;
  /** The finished uploads are the value of a form: clearing them is not offered. */
  readonly isValue: boolean;
  /** Of the unfinished uploads of earlier visits: stored bytes. */
  readonly unfinishedBytes: number;
}

export interface Summary {
  readonly element: HTMLElement;
  render(text: Text, totals: Totals): void;
}

export function createSummary(list: List<Group>, act: (action: AllAction) => void, repaint: () => void): Summary {
  /** As the user wants it. */
  let isUnfolded: boolean | undefined;
  const toggleFinished = createButton('button finished', () => {
    isUnfolded = toggleFinished.ariaExpanded !== 'true';
    repaint();
  });
  const toggleList = createButton('button toggle', () => {
    list.element.hidden = !list.element.hidden;
    repaint();
  });
  const head = createHead(['pause', 'resume', 'retry', 'cancel', 'clear'], act, [toggleFinished]);
  const element = h('div', 'summary-head', head.element, toggleList);

  return {
    element,
    render(text, { uploads, silence, isValue }) {
      const { done, failed, paused, moving, open, total } = uploads.files;
      const counts: [AllAction, number][] = [
        ['pause', moving],
        ['resume', paused],
        ['retry', failed],
        ['cancel', open],
        ['clear', isValue ? 0 : done],
      ];
      const isAllDone = done === total;
      // The files of before are what an edit form is about: they stay.
      const isMany = done > MAX_FINISHED_ROWS;
      if (!isMany) isUnfolded = undefined;
      const isShown = isUnfolded ?? !isMany;
      list.show('finished', isShown);
      // The row of a single upload shows the same.
      element.hidden = total < 2 && !isMany;
      if (element.hidden) list.element.hidden = false;
      head.render(text, text('uploads'), {
        status: failed ? 'failed' : isAllDone && total ? 'done' : silence || uploads.isOffline || open === paused ? 'waiting' : '',
        words: total === 0 ? text('uploads') : isAllDone ? text('allDone', { count: done }) : text('progress', { done, total }),
        alarm: failed ? text('someFailed', { count: failed }) : '',
        figures: open ? figuresOfAll(uploads, silence, text) : [],
        share: open ? shareOf(uploads) : undefined,
        actions: new Set(counts.filter(([, count]) => count > 0).map(([action]) => action)),
        atStake: uploads.confirmed,
      });
      toggleFinished.hidden = !isMany;
      setText(toggleFinished, text('finished'));
      toggleFinished.ariaExpanded = String(isShown);
      toggleList.ariaExpanded = String(!list.element.hidden);
      setAttributes(toggleList, { 'aria-label': text('uploads'), title: text('uploads') });
    },
  };
}

/** Share and sizes; then speed and time left, or why there are none. */
function figuresOfAll(uploads: UploadTotals, silence: number, text: Text): string[] {
  const { open, paused } = uploads.files;
  const figures = figuresOf(uploads, text);
  if (silence) return [...figures.slice(0, 2), text('stalled', { time: text.time(silence) })];
  return open === paused ? [...figures.slice(0, 2), text('paused')] : figures;
}
