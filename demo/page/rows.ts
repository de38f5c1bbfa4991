import type { TaskState, UploadError, UploadTask } from 'oss-resumable';
import { announce } from './announce.js';
import { h, setAttribute, setText } from './dom.js';
import { downloadUrl } from './config.js';
import { bytes, duration, integer, percent, rate, size } from './format.js';
import { type Key, onLanguage, t } from './i18n.js';
import { isOver } from './uploads.js';

/** One file of the list. */
interface Row {
  task: UploadTask;
  element: HTMLLIElement;
  render(): void;
}

export interface Rows {
  add(task: UploadTask): void;
  tasks(): Iterable<UploadTask>;
  count(): number;
  /** Takes the rows that are over off the list. */
  clear(): void;
}

/**
 * The list of uploads, each row kept up to date from its task.
 * @param onChange called in the frame in which rows have changed
 * @param onStatus called when an upload's status changes
 */
export function createRows(list: HTMLElement, onChange: () => void, onStatus: (task: UploadTask) => void): Rows {
  const rows = new Map<UploadTask, Row>();
  const changed = new Set<Row>();
  let frame: number | undefined;

  // Many tasks tick at the same time, and a hidden tab needs no DOM: one write a frame, for what has changed.
  function mark(row: Row): void {
    changed.add(row);
    if (frame !== undefined) return;
    frame = requestAnimationFrame(() => {
      frame = undefined;
      for (const each of changed) each.render();
      changed.clear();
      onChange();
    });
  }

  function remove(row: Row): void {
    const hadFocus = row.element.contains(document.activeElement);
    const next = row.element.nextElementSibling ?? row.element.previousElementSibling;
    row.element.remove();
    rows.delete(row.task);
    if (hadFocus) (next?.querySelector<HTMLElement>('button:last-of-type') ?? document.getElementById('uploads-title'))?.focus();
    onChange();
  }

  onLanguage(() => {
    for (const row of rows.values()) mark(row);
  });

  return {
    add(task) {
      const row = createRow(task, () => remove(row));
      rows.set(task, row);
      list.append(row.element);
      let { status } = task.getSnapshot();
      task.subscribe(() => {
        mark(row);
        const state = task.getSnapshot();
        if (state.status === status) return;
        status = state.status;
        if (status === 'done') announce('done', { name: task.path });
        if (state.status === 'failed') announce('failed', { name: task.path, reason: state.error.message });
        onStatus(task);
      });
      row.render();
      onChange();
    },
    tasks: () => rows.keys(),
    count: () => rows.size,
    clear() {
      for (const row of [...rows.values()]) if (isOver(row.task)) remove(row);
    },
  };
}

const FACTS = ['sent', 'stored', 'speed', 'left', 'parts'] satisfies Key[];

function createRow(task: UploadTask, remove: () => void): Row {
  const folder = task.path.slice(0, task.path.lastIndexOf('/') + 1);
  const loadedBar = h('div', { class: 'bar-loaded' });
  const confirmedBar = h('div', { class: 'bar-confirmed' });
  const bar = h('div', { class: 'bar', role: 'progressbar', 'aria-valuemin': '0', 'aria-valuemax': '100' }, loadedBar, confirmedBar);
  const status = h('p', { class: 'status' });
  const figures = FACTS.map((fact) => ({ fact, term: h('dt'), figure: h('dd') }));
  const facts = h('dl', { class: 'facts' }, ...figures.map(({ fact, term, figure }) => h('div', { class: `fact-${fact}` }, term, figure)));
  const proof = h('p', { class: 'proof', hidden: true });
  const note = h('p', { class: 'note', hidden: true });
  const main = h('button', { class: 'button small', type: 'button' });
  const download = h('a', { class: 'button small', hidden: true });
  const end = h('button', { class: 'button small quiet', type: 'button' });
  const element = h(
    'li',
    { class: 'row' },
    h('p', { class: 'name', title: task.path }, h('bdi', {}, h('span', { class: 'folder' }, folder), task.path.slice(folder.length))),
    h('span', { class: 'size' }),
    bar,
    h('div', { class: 'line' }, status, facts, proof),
    note,
    h('div', { class: 'actions' }, main, download, end),
  );
  /** What was stored before this page took it up. */
  let resumedFrom: number | undefined;

  main.addEventListener('click', () => {
    const action = mainAction(task.getSnapshot());
    if (action === 'pause') void task.pause();
    else if (action) task.resume();
  });
  end.addEventListener('click', () => {
    if (isOver(task)) remove();
    else void task.abort();
  });

  function render(): void {
    const state = task.getSnapshot();
    const { loaded, confirmed, total, speed, eta, parts } = state.progress;
    if (resumedFrom === undefined && state.status === 'uploading' && parts.total > 0) resumedFrom = confirmed;
    const words = statusWords(state);

    setAttribute(element, 'data-status', state.status);
    setText(element.querySelector('.size') as HTMLElement, size(total));
    loadedBar.style.setProperty('--part', String(total > 0 ? loaded / total : Number(state.status === 'done')));
    confirmedBar.style.setProperty('--part', String(total > 0 ? confirmed / total : Number(state.status === 'done')));
    const done = state.status === 'done' ? percent(1, 1) : percent(loaded, total);
    setAttribute(bar, 'aria-label', t('progressOf', { name: task.path }));
    setAttribute(bar, 'aria-valuenow', String(state.status === 'done' ? 100 : Math.floor((100 * loaded) / Math.max(total, 1))));
    setAttribute(bar, 'aria-valuetext', `${done}, ${words}`);
    setText(status, words);

    const figureOf: Record<(typeof FACTS)[number], string> = {
      sent: done,
      stored: bytes(confirmed),
      speed: state.status === 'uploading' ? rate(speed) : '–',
      left: state.status === 'uploading' ? duration(eta) : '–',
      parts: parts.total > 0 ? t('of', { part: integer(parts.done), whole: integer(parts.total) }) : '–',
    };
    for (const { fact, term, figure } of figures) {
      setText(term, t(fact));
      setText(figure, figureOf[fact]);
    }
    facts.hidden = state.status === 'done' || state.status === 'aborted';
    proof.hidden = state.status !== 'done';
    if (state.status === 'done') {
      const { verified, crc64 = '' } = state.result;
      setText(proof, verified ? t('verified', { crc64 }) : t('notVerified'));
      proof.classList.toggle('good', verified);
      download.href = downloadUrl(state.result.key);
      setAttribute(download, 'title', state.result.key);
    }
    renderNote(note, state, resumedFrom);

    const action = mainAction(state);
    main.hidden = action === undefined;
    if (action) name(main, action);
    const hadFocus = document.activeElement === main && main.hidden;
    download.hidden = state.status !== 'done';
    name(download, 'download');
    name(end, isOver(task) ? 'remove' : 'cancel');
    if (hadFocus) (download.hidden ? end : download).focus();
  }

  function name(button: HTMLElement, action: Key): void {
    setText(button, t(action));
    setAttribute(button, 'aria-label', t('actionOn', { action: t(action), name: task.path }));
  }

  return { task, element, render };
}

function mainAction(state: TaskState): 'pause' | 'resume' | 'retry' | undefined {
  if (state.status === 'paused') return 'resume';
  if (state.status === 'failed') return state.resumable ? 'retry' : undefined;
  return state.status === 'done' || state.status === 'aborted' || state.status === 'completing' ? undefined : 'pause';
}

function statusWords(state: TaskState): string {
  if (state.status !== 'waiting') return t(state.status);
  const words = {
    network: 'waitingNetwork',
    service: 'waitingService',
    'other-tab': 'waitingOtherTab',
    credentials: 'waitingCredentials',
  } as const;
  return t(words[state.reason]);
}

/** With the code, which says more to a search engine than the sentence does. */
function errorText({ code, message }: UploadError): string {
  return message.includes(code) ? message : `${code}: ${message}`;
}

/** What needs more than a word: why it waits or failed, what is amiss, where it went on from. */
function renderNote(note: HTMLElement, state: TaskState, resumedFrom: number | undefined): void {
  const sentences = state.warnings.map(({ code }) => t(code === 'checkpoint-in-memory' ? 'warnMemory' : 'warnCrc64'));
  if (state.status === 'failed') sentences.unshift(errorText(state.error) + (state.resumable ? ` ${t('canResume')}` : ''));
  else if (state.status === 'waiting' && state.error) sentences.unshift(errorText(state.error));
  else if (state.status === 'done' && !state.result.verified && !sentences.length) sentences.push(t('notVerifiedWhy'));
  else if (resumedFrom && state.status !== 'aborted') sentences.push(t('resumedFrom', { stored: bytes(resumedFrom) }));
  note.hidden = sentences.length === 0;
  setText(note, sentences.join(' '));
}
