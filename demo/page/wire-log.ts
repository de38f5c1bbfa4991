/** The log of requests. */
import type { LogEntry } from '../../src/emulator/index.js';
import { h } from './dom.js';
import { bytes } from './format.js';
import { onLanguage, t, translate } from './i18n.js';

const SHOWN = 12;
/** Milliseconds. */
const INTERVAL = 600;
/** More than are shown, because preflights are left out: they would push out everything else. */
const REQUESTED = 40;

/** Shows the last requests that the embedded OSS has received, so that one sees what is sent, and what isn't sent again. */
export function createWireLog(root: HTMLElement, read: (last: number) => Promise<LogEntry[]>): void {
  const body = h('tbody');
  const empty = h('p', { class: 'hint', 'data-i18n': 'wireLogEmpty' });
  const head = (key: string, style = ''): HTMLElement => h('th', { scope: 'col', class: style, 'data-i18n': key });
  const table = h(
    'table',
    { class: 'wire', hidden: true },
    h('thead', {}, h('tr', {}, head('request'), head('part', 'figure'), head('bytesSent', 'figure'), head('answer', 'figure'))),
    body,
  );
  root.append(h('h2', { id: 'wire-title', 'data-i18n': 'wireLog' }), h('p', { class: 'hint', 'data-i18n': 'wireLogHint' }), empty, table);
  let shown = '';

  async function refresh(): Promise<void> {
    try {
      if (root.checkVisibility() && !document.hidden) show(await read(REQUESTED));
    } catch {
      // The server is restarting, perhaps on purpose.
    }
    setTimeout(refresh, INTERVAL);
  }

  function show(entries: LogEntry[]): void {
    const lines = entries
      .filter(({ operation }) => operation !== 'Preflight')
      .slice(-SHOWN)
      .reverse();
    const signature = JSON.stringify(lines.map(({ n, status, bytesIn, finished }) => [n, status, bytesIn, finished]));
    if (signature === shown) return;
    shown = signature;
    body.replaceChildren(...lines.map(createLine));
    table.hidden = lines.length === 0;
    empty.hidden = lines.length > 0;
  }

  onLanguage(() => {
    shown = '';
  });
  translate(root);
  void refresh();
}

function createLine({ n, operation, key, partNumber, bytesIn, status, code, fault, finished }: LogEntry): HTMLTableRowElement {
  const answer = status ?? (finished ? t('cut') : t('running'));
  const style = status === null ? (finished ? 'bad' : '') : status >= 400 ? 'bad' : 'good';
  return h(
    'tr',
    { title: [key, code, fault].filter(Boolean).join(' · '), 'data-n': String(n) },
    h('th', { scope: 'row' }, operation.replace('MultipartUpload', '')),
    h('td', { class: 'figure' }, partNumber === undefined ? '' : String(partNumber)),
    h('td', { class: 'figure' }, bytesIn > 0 ? bytes(bytesIn) : ''),
    h('td', { class: `figure ${style}` }, String(answer)),
  );
}
