/** The log of requests. */
import type { RequestEvent } from 'oss-resumable';
import type { LogEntry } from '../../src/emulator/index.js';
import { h } from './dom.js';
import { bytes, integer } from './format.js';
import { onLanguage, t, translate } from './i18n.js';
import { type Line, linesOf, type Seen } from './wire-lines.js';

const SHOWN = 12;
/** Milliseconds. */
const INTERVAL = 600;
/** More than are shown, because preflights are left out: they would push out everything else. */
const REQUESTED = 40;

/**
 * Shows the last requests, so that one sees what is sent, and what isn't sent again: the attempts of this page as the uploader reports
 * them, also those that never arrived, and from the embedded OSS what only it knows: requests that are running, those of other pages and
 * of this one before its reload, and the faults.
 *
 * @param read the last requests that the embedded OSS has received; `undefined` with the real one
 * @returns to be called with each attempt of a request of this page
 */
export function createWireLog(root: HTMLElement, read?: (last: number) => Promise<LogEntry[]>): (event: RequestEvent) => void {
  const body = h('tbody');
  const empty = h('p', { class: 'hint', 'data-i18n': 'wireLogEmpty' });
  const head = (key: string, style = ''): HTMLElement => h('th', { scope: 'col', class: style, 'data-i18n': key });
  const table = h(
    'table',
    { class: 'wire', hidden: true },
    h(
      'thead',
      {},
      h('tr', {}, head('request'), head('part', 'figure'), head('bytesSent', 'figure'), head('answer', 'figure'), head('took', 'figure')),
    ),
    body,
  );
  root.append(h('h2', { id: 'wire-title', 'data-i18n': 'wireLog' }), h('p', { class: 'hint', 'data-i18n': 'wireLogHint' }), empty, table);
  let seen: Seen[] = [];
  let log: LogEntry[] = [];
  let shown = '';
  let isScheduled = false;

  async function refresh(): Promise<void> {
    try {
      if (read && root.checkVisibility() && !document.hidden) log = await read(REQUESTED);
    } catch {
      // The server is restarting, perhaps on purpose.
    }
    show();
    setTimeout(refresh, INTERVAL);
  }

  function show(): void {
    isScheduled = false;
    const lines = linesOf(seen, log).slice(0, SHOWN);
    const signature = JSON.stringify(
      lines.map(({ startedAt, seen, received }) => [startedAt, seen?.endedAt, received?.n, received?.bytesIn, received?.finished]),
    );
    if (signature === shown) return;
    shown = signature;
    body.replaceChildren(...lines.map(createLine));
    table.hidden = lines.length === 0;
    empty.hidden = lines.length > 0;
  }

  onLanguage(() => {
    shown = '';
    show();
  });
  translate(root);
  void refresh();
  return (event) => {
    seen = [...seen, { ...event, endedAt: Date.now() }].slice(-REQUESTED);
    if (!isScheduled) requestAnimationFrame(show);
    isScheduled = true;
  };
}

function createLine({ operation, key, partNumber, seen, received }: Line): HTMLTableRowElement {
  const sent = received?.bytesIn || seen?.sentBytes || 0;
  const status = seen ? seen.status : (received?.status ?? undefined);
  const isOver = seen ?? received?.finished;
  const answer = status ?? (isOver ? t(seen?.outcome === 'failed' ? 'noAnswer' : 'cut') : t('running'));
  const style = status === undefined ? (isOver ? 'bad' : '') : status >= 400 ? 'bad' : 'good';
  const again = seen && seen.attempt > 1 ? [' ', h('span', { class: 'again' }, t('attempt', { number: seen.attempt }))] : [];
  return h(
    'tr',
    { title: detailsOf(key, seen, received) },
    h('th', { scope: 'row' }, operation.replace(/MultipartUploads?/, ''), ...again),
    h('td', { class: 'figure' }, partNumber === undefined ? '' : String(partNumber)),
    h('td', { class: 'figure' }, sent > 0 ? bytes(sent) : ''),
    h('td', { class: `figure ${style}` }, String(answer)),
    h('td', { class: 'figure' }, seen ? time(seen.totalMs) : ''),
  );
}

/** What doesn't fit into the line. */
function detailsOf(key: string | null, seen: Seen | undefined, received: LogEntry | undefined): string {
  return [
    key,
    seen?.code ?? received?.code,
    received?.fault,
    seen && seen.queuedMs >= 1 && t('queued', { time: time(seen.queuedMs) }),
    seen?.firstByteMs && t('firstByte', { time: time(seen.firstByteMs) }),
    seen?.requestId,
  ]
    .filter(Boolean)
    .join(' · ');
}

/** `1,234 ms`, and `12 s` where milliseconds no longer matter. */
function time(milliseconds: number): string {
  return milliseconds < 10_000 ? `${integer(Math.round(milliseconds))} ms` : `${integer(Math.round(milliseconds / 1000))} s`;
}
