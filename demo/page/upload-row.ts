/** One row of the list of uploads: its elements, and how they show the state of its task. */
import type { TaskState, UploadError, UploadTask } from 'oss-resumable';
import { downloadUrl } from './config.js';
import { h, setAttribute, setText } from './dom.js';
import { bytes, duration, integer, percent, rate, size } from './format.js';
import { type Key, t } from './i18n.js';
import { isSettled } from './uploads.js';

export interface UploadRow {
  task: UploadTask;
  element: HTMLLIElement;
  render(): void;
}

const FACTS = ['sent', 'stored', 'speed', 'left', 'parts'] satisfies Key[];

/** @param remove called when the user removes the row of a settled upload */
export function createUploadRow(task: UploadTask, remove: () => void): UploadRow {
  const bar = createBar();
  const facts = createFacts();
  const status = h('p', { class: 'status' });
  const proof = h('p', { class: 'proof', hidden: true });
  const note = h('p', { class: 'note', hidden: true });
  const main = h('button', { class: 'button small', type: 'button' });
  const download = h('a', { class: 'button small', hidden: true });
  const end = h('button', { class: 'button small quiet', type: 'button' });
  const fileSize = h('span', { class: 'size' });
  const element = h(
    'li',
    { class: 'row' },
    createName(task.path),
    fileSize,
    bar.element,
    h('div', { class: 'line' }, status, facts.element, proof),
    note,
    h('div', { class: 'actions' }, main, download, end),
  );
  /** Bytes that were stored before this page resumed the upload. */
  let resumedFrom: number | undefined;

  main.addEventListener('click', () => {
    const action = mainAction(task.getSnapshot());
    if (action === 'pause') void task.pause();
    else if (action) task.resume();
  });
  end.addEventListener('click', () => {
    if (isSettled(task)) remove();
    else void task.abort();
  });

  function render(): void {
    const state = task.getSnapshot();
    const { confirmed, total, parts } = state.progress;
    if (resumedFrom === undefined && state.status === 'uploading' && parts.total > 0) resumedFrom = confirmed;
    setAttribute(element, 'data-status', state.status);
    setText(fileSize, size(total));
    setText(status, statusWords(state));
    bar.render(task.path, state);
    facts.render(state);
    renderProof(proof, state);
    renderNote(note, state, resumedFrom);
    renderActions(state);
  }

  function renderActions(state: TaskState): void {
    const action = mainAction(state);
    main.hidden = action === undefined;
    if (action) name(main, action);
    const hadFocus = document.activeElement === main && main.hidden;
    download.hidden = state.status !== 'done';
    if (state.status === 'done') {
      download.href = downloadUrl(state.result.key);
      setAttribute(download, 'title', state.result.key);
    }
    name(download, 'download');
    name(end, isSettled(task) ? 'remove' : 'cancel');
    if (hadFocus) (download.hidden ? end : download).focus();
  }

  function name(button: HTMLElement, action: Key): void {
    setText(button, t(action));
    setAttribute(button, 'aria-label', t('actionOn', { action: t(action), name: task.path }));
  }

  return { task, element, render };
}

function createName(path: string): HTMLElement {
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  return h('p', { class: 'name', title: path }, h('bdi', {}, h('span', { class: 'folder' }, folder), path.slice(folder.length)));
}

function createBar(): { element: HTMLElement; render(name: string, state: TaskState): void } {
  const loadedBar = h('div', { class: 'bar-loaded' });
  const confirmedBar = h('div', { class: 'bar-confirmed' });
  const element = h('div', { class: 'bar', role: 'progressbar', 'aria-valuemin': '0', 'aria-valuemax': '100' }, loadedBar, confirmedBar);
  return {
    element,
    render(name, state) {
      const { loaded, confirmed, total } = state.progress;
      const share = (part: number): string => String(total > 0 ? part / total : Number(state.status === 'done'));
      loadedBar.style.setProperty('--part', share(loaded));
      confirmedBar.style.setProperty('--part', share(confirmed));
      setAttribute(element, 'aria-label', t('progressOf', { name }));
      setAttribute(element, 'aria-valuenow', String(state.status === 'done' ? 100 : Math.floor((100 * loaded) / Math.max(total, 1))));
      setAttribute(element, 'aria-valuetext', `${sentShare(state)}, ${statusWords(state)}`);
    },
  };
}

function createFacts(): { element: HTMLElement; render(state: TaskState): void } {
  const figures = FACTS.map((fact) => ({ fact, term: h('dt'), figure: h('dd') }));
  const element = h(
    'dl',
    { class: 'facts' },
    ...figures.map(({ fact, term, figure }) => h('div', { class: `fact-${fact}` }, term, figure)),
  );
  return {
    element,
    render(state) {
      const { confirmed, speed, eta, parts } = state.progress;
      const figureOf: Record<(typeof FACTS)[number], string> = {
        sent: sentShare(state),
        stored: bytes(confirmed),
        speed: state.status === 'uploading' ? rate(speed) : '–',
        left: state.status === 'uploading' ? duration(eta) : '–',
        parts: parts.total > 0 ? t('of', { part: integer(parts.done), whole: integer(parts.total) }) : '–',
      };
      for (const { fact, term, figure } of figures) {
        setText(term, t(fact));
        setText(figure, figureOf[fact]);
      }
      element.hidden = state.status === 'done' || state.status === 'aborted';
    },
  };
}

function renderProof(proof: HTMLElement, state: TaskState): void {
  proof.hidden = state.status !== 'done';
  if (state.status !== 'done') return;
  const { verified, crc64 = '' } = state.result;
  setText(proof, verified ? t('verified', { crc64 }) : t('notVerified'));
  proof.classList.toggle('good', verified);
}

/** Shows what one word can't say: why it waits or failed, what is wrong, and where it resumed. */
function renderNote(note: HTMLElement, state: TaskState, resumedFrom: number | undefined): void {
  const sentences = state.warnings.map(({ code }) => t(code === 'checkpoint-in-memory' ? 'warnMemory' : 'warnCrc64'));
  if (state.status === 'failed') sentences.unshift(errorText(state.error) + (state.resumable ? ` ${t('canResume')}` : ''));
  else if (state.status === 'waiting' && state.error) sentences.unshift(errorText(state.error));
  else if (state.status === 'done' && !state.result.verified && !sentences.length) sentences.push(t('notVerifiedWhy'));
  else if (resumedFrom && state.status !== 'aborted') sentences.push(t('resumedFrom', { stored: bytes(resumedFrom) }));
  note.hidden = sentences.length === 0;
  setText(note, sentences.join(' '));
}

/** With the code, by which people search. */
function errorText({ code, message }: UploadError): string {
  return message.includes(code) ? message : `${code}: ${message}`;
}

function sentShare({ status, progress: { loaded, total } }: TaskState): string {
  return status === 'done' ? percent(1, 1) : percent(loaded, total);
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
    'this-page': 'waitingThisPage',
    credentials: 'waitingCredentials',
  } as const;
  return t(words[state.reason]);
}
