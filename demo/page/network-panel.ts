import type { Network } from 'oss-resumable';
import type { ActiveFault, FaultRule, LinkState } from '../../src/emulator/types.js';
import { h, setText } from './dom.js';
import { integer, rate } from './format.js';
import { type Key, onLanguage, t, translate } from './i18n.js';
import { createWireLog } from './wire-log.js';

const MiB = 1024 ** 2;
const BANDWIDTHS = [null, 50 * MiB, 5 * MiB, MiB];
const LATENCIES = [0, 50, 200];
const SHORT = 15;
const NORMAL = 3600;
const FLAKY: FaultRule[] = [
  { operation: 'UploadPart', times: null, probability: 0.1, seed: 7, fault: { kind: 'status', status: 503 } },
  { operation: 'UploadPart', times: null, probability: 0.05, seed: 11, fault: { kind: 'reset', afterBytes: 65_536 } },
];

/** What the page believes of its connection: the browser's word, unless the panel takes the network away. */
export interface SwitchableNetwork extends Network {
  setAvailable(available: boolean): void;
}

export function createSwitchableNetwork(): SwitchableNetwork {
  const listeners = new Set<(online: boolean) => void>();
  let isAvailable = true;
  const isOnline = (): boolean => isAvailable && navigator.onLine;
  const tell = (): void => {
    for (const listener of [...listeners]) listener(isOnline());
  };
  window.addEventListener('online', tell);
  window.addEventListener('offline', tell);
  return {
    isOnline,
    subscribe(listener) {
      const entry = (online: boolean): void => listener(online);
      listeners.add(entry);
      return () => listeners.delete(entry);
    },
    setAvailable(available) {
      if (isAvailable === available) return;
      isAvailable = available;
      tell();
    },
  };
}

/** Misfortune at a click, by the embedded OSS's control surface. */
export async function createNetworkPanel(root: HTMLElement, controlUrl: string, network: SwitchableNetwork): Promise<void> {
  async function control<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${controlUrl}/_control/${path}`, { method, ...(body !== undefined && { body: JSON.stringify(body) }) });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status}`);
    return response.json();
  }

  const bandwidth = h('select');
  const latency = h('select');
  const offline = h('input', { type: 'checkbox', role: 'switch' });
  const flaky = h('input', { type: 'checkbox', role: 'switch' });
  const shortTokens = h('input', { type: 'checkbox', role: 'switch' });
  const expire = h('button', { class: 'button small', type: 'button', 'data-i18n': 'expireTokens' });
  const damage = h('button', { class: 'button small', type: 'button', 'data-i18n': 'damagePart' });
  const reset = h('button', { class: 'button small quiet', type: 'button', 'data-i18n': 'reset' });
  const outcome = h('p', { class: 'hint outcome', role: 'status' });
  const label = (key: Key): HTMLElement => h('span', { 'data-i18n': key });
  const wireLog = createWireLog((last) => control('GET', `log?last=${last}`));
  root.append(
    h('div', { class: 'section-head' }, h('h2', { id: 'network-title', 'data-i18n': 'network' }), reset),
    h('p', { class: 'hint', 'data-i18n': 'networkHint' }),
    h(
      'div',
      { class: 'fields' },
      h('label', { class: 'field' }, label('bandwidth'), bandwidth),
      h('label', { class: 'field' }, label('latency'), latency),
      h('label', { class: 'check' }, offline, label('offline')),
      h('label', { class: 'check' }, flaky, label('flaky')),
      h('label', { class: 'check' }, shortTokens, label('shortTokens')),
      h('div', { class: 'buttons' }, expire, damage),
      outcome,
    ),
    wireLog.element,
  );
  translate(root);

  /** The server is asked rather than remembered: another tab, or a test, may have changed it. */
  async function show(): Promise<void> {
    const [link, faults, { seconds }] = await Promise.all([
      control<LinkState>('GET', 'link'),
      control<ActiveFault[]>('GET', 'faults'),
      control<{ seconds: number }>('GET', 'tokens'),
    ]);
    bandwidth.value = String(link.bytesPerSecond);
    // A test, or a curious user, may have set something else.
    if (bandwidth.selectedIndex < 0)
      bandwidth.append(h('option', { selected: true, value: String(link.bytesPerSecond) }, rate(link.bytesPerSecond ?? 0)));
    latency.value = String(link.latencyMilliseconds);
    offline.checked = link.offline;
    flaky.checked = faults.some(isFlaky);
    shortTokens.checked = seconds <= SHORT;
    network.setAvailable(!link.offline);
  }

  function showOptions(): void {
    const [chosenBandwidth, chosenLatency] = [bandwidth.value, latency.value];
    bandwidth.replaceChildren(
      ...BANDWIDTHS.map((value) => h('option', { value: String(value) }, value === null ? t('unlimited') : rate(value))),
    );
    latency.replaceChildren(
      ...LATENCIES.map((value) => h('option', { value: String(value) }, value === 0 ? t('none') : `${integer(value)} ms`)),
    );
    if (chosenBandwidth) [bandwidth.value, latency.value] = [chosenBandwidth, chosenLatency];
    setText(outcome, '');
  }

  async function setFlaky(on: boolean): Promise<void> {
    const active = (await control<ActiveFault[]>('GET', 'faults')).filter(isFlaky);
    for (const { id } of active) await control('DELETE', `faults/${id}`);
    if (on) for (const rule of FLAKY) await control('POST', 'faults', rule);
  }

  function on(element: HTMLElement, type: 'change' | 'click', act: () => Promise<unknown>, says?: Key): void {
    element.addEventListener(type, async () => {
      try {
        await act();
        setText(outcome, says ? t(says) : '');
        await show();
      } catch {
        setText(outcome, t('controlFailed'));
      }
    });
  }
  on(bandwidth, 'change', () => control('PUT', 'link', { bytesPerSecond: JSON.parse(bandwidth.value) }));
  on(latency, 'change', () => control('PUT', 'link', { latencyMilliseconds: Number(latency.value) }));
  on(offline, 'change', () => control('PUT', 'link', { offline: offline.checked }));
  on(flaky, 'change', () => setFlaky(flaky.checked));
  on(shortTokens, 'change', () => control('PUT', 'tokens', { seconds: shortTokens.checked ? SHORT : NORMAL }));
  on(expire, 'click', () => control('POST', 'tokens/expire'), 'tokensExpired');
  on(
    damage,
    'click',
    () => control('POST', 'faults', { operation: 'UploadPart', fault: { kind: 'corrupt' } } satisfies FaultRule),
    'partWillBeDamaged',
  );
  on(reset, 'click', async () => {
    await setFlaky(false);
    await control('DELETE', 'faults');
    await control('PUT', 'link', { bytesPerSecond: null, latencyMilliseconds: 0, offline: false } satisfies LinkState);
    await control('PUT', 'tokens', { seconds: NORMAL });
  });

  onLanguage(showOptions);
  showOptions();
  root.hidden = false;
  await show().catch(() => setText(outcome, t('controlFailed')));
}

function isFlaky({ times, probability }: ActiveFault): boolean {
  return times === null && probability !== undefined;
}
