/** The table in the log of requests. */
import type { h } from '../view/dom.js';
import type { Entry } from './follow-requests.js';
import type { Words } from './words.js';

/** Pixels from its end within which the log follows what is added. */
const NEAR_END = 24;

export interface RequestTable {
  /** It scrolls. */
  readonly element: HTMLElement;
  /** Begins again, in another language. */
  translate(words: Words, language: string): void;
  /** @param entries all that are kept, oldest first. @param count of the last ones, which are new */
  add(entries: readonly Entry[], count: number): void;
}

export function createTable(make: typeof h): RequestTable {
  const head = withRole(make('tr', ''), 'row');
  const rows = withRole(make('tbody', ''), 'rowgroup');
  const table = withRole(make('table', '', withRole(make('thead', '', head), 'rowgroup'), rows), 'table');
  // Scrolled by keys, too.
  const element = withRole(Object.assign(make('div', 'log', table), { tabIndex: 0 }), 'region');
  let words: Words;
  let time: Intl.DateTimeFormat;

  function createRow(entry: Entry): HTMLTableRowElement {
    const cells = [
      make('td', '', time.format(entry.time)),
      make('td', 'operation', entry.operation),
      make('td', 'number', String(entry.partNumber ?? '')),
      make('td', 'number', String(entry.attempt)),
      make('td', 'result', resultOf(entry, words)),
      make('td', 'number', String(Math.round(entry.totalMs))),
      make('td', '', entry.requestId ?? ''),
      make('td', '', entry.key),
    ];
    // On phones a row is a paragraph, in which figures need their names.
    cells.forEach((cell, index) => {
      withRole(cell, 'cell').dataset['label'] = head.cells[index]?.textContent ?? '';
    });
    return withRole(make('tr', entry.outcome, ...cells), 'row');
  }

  return {
    element,
    translate(next, language) {
      words = next;
      time = new Intl.DateTimeFormat(language, { timeStyle: 'medium', hourCycle: 'h23' });
      const { operation, part, attempt, result, requestId, key } = words;
      const names = [words.time, operation, part, attempt, result, 'ms', requestId, key];
      head.replaceChildren(...names.map((name) => withRole(make('th', '', name), 'columnheader')));
      element.ariaLabel = words.requests;
      rows.replaceChildren();
    },
    add(entries, count) {
      const isAtEnd = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_END;
      rows.append(...entries.slice(Math.max(0, entries.length - count)).map(createRow));
      while (rows.childElementCount > entries.length) rows.firstElementChild?.remove();
      element.hidden = entries.length === 0;
      if (isAtEnd) element.scrollTop = element.scrollHeight;
    },
  };
}

/** Its status and what is wrong: `503 ServiceUnavailable`. */
function resultOf({ outcome, status, code }: Entry, words: Words): string {
  if (outcome === 'aborted') return words.aborted;
  return [status ?? words.unanswered, code].filter(Boolean).join(' ');
}

/** Tables keep their roles where they are no tables to the style sheet. */
function withRole<T extends Element>(element: T, role: string): T {
  element.setAttribute('role', role);
  return element;
}
