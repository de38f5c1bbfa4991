/** The panel that makes uploads hard: it scripts the embedded OSS, and switches the page's network off. */
import type { LinkState } from '../../src/emulator/index.js';
import { h, setText } from './dom.js';
import { integer, rate } from './format.js';
import { type Key, onLanguage, t, translate } from './i18n.js';
import { type OssControl, type OssState, TOKEN_LIFE } from './oss-control.js';
import type { SwitchableNetwork } from './switchable-network.js';

const MiB = 1024 ** 2;
const BANDWIDTHS = [null, 50 * MiB, 5 * MiB, MiB];
const LATENCIES = [0, 50, 200];

export interface NetworkPanel {
  /** The link as the server has last described it; `undefined` until then. */
  link(): LinkState | undefined;
  setLink(change: Partial<LinkState>): Promise<void>;
  /** Calls `listener` when the link may have changed. */
  subscribe(listener: () => void): void;
}

export function createNetworkPanel(root: HTMLElement, control: OssControl, network: SwitchableNetwork): NetworkPanel {
  const fields = createFields();
  const { bandwidth, latency, offline, flaky, shortTokens, expire, damage, outcome } = fields;
  const reset = h('button', { class: 'button small quiet', type: 'button', 'data-i18n': 'reset' });
  const listeners = new Set<() => void>();
  let link: LinkState | undefined;
  let runs = 0;
  root.append(
    h('div', { class: 'section-head' }, h('h2', { id: 'network-title', 'data-i18n': 'network' }), reset),
    h('p', { class: 'hint', 'data-i18n': 'networkHint' }),
    fields.element,
  );
  translate(root);

  function show(state: OssState): void {
    link = state.link;
    fields.show(state);
    network.setAvailable(!link.offline);
    for (const listener of listeners) listener();
  }

  async function run(act: () => Promise<unknown>, result?: Key): Promise<void> {
    runs += 1;
    const own = runs;
    try {
      await act();
      setText(outcome, result ? t(result) : '');
      // Asks the server every time: another tab, or a test, may have changed something.
      const state = await control.state();
      // What the user has switched meanwhile is not in it.
      if (own === runs) show(state);
    } catch {
      setText(outcome, t('controlFailed'));
    }
  }
  const on = (element: HTMLElement, type: 'change' | 'click', act: () => Promise<unknown>, result?: Key): void =>
    element.addEventListener(type, () => void run(act, result));
  on(bandwidth, 'change', () => control.setLink({ bytesPerSecond: JSON.parse(bandwidth.value) }));
  on(latency, 'change', () => control.setLink({ latencyMilliseconds: Number(latency.value) }));
  on(offline, 'change', () => control.setLink({ offline: offline.checked }));
  on(flaky, 'change', () => control.setFlaky(flaky.checked));
  on(shortTokens, 'change', () => control.setTokenLife(shortTokens.checked ? TOKEN_LIFE.short : TOKEN_LIFE.normal));
  on(expire, 'click', () => control.expireTokens(), 'tokensExpired');
  on(damage, 'click', () => control.damageNextPart(), 'partWillBeDamaged');
  on(reset, 'click', () => control.backToNormal());

  onLanguage(fields.translate);
  fields.translate();
  void run(async () => {});
  return {
    link: () => link,
    setLink: (change) => run(() => control.setLink(change)),
    subscribe: (listener) => void listeners.add(listener),
  };
}

function createFields() {
  const bandwidth = h('select');
  const latency = h('select');
  const offline = h('input', { type: 'checkbox', role: 'switch' });
  const flaky = h('input', { type: 'checkbox', role: 'switch' });
  const shortTokens = h('input', { type: 'checkbox', role: 'switch' });
  const expire = h('button', { class: 'button small', type: 'button', 'data-i18n': 'expireTokens' });
  const damage = h('button', { class: 'button small', type: 'button', 'data-i18n': 'damagePart' });
  const outcome = h('p', { class: 'hint outcome', role: 'status' });
  const label = (key: Key): HTMLElement => h('span', { 'data-i18n': key });
  const element = h(
    'div',
    { class: 'fields' },
    h('label', { class: 'field' }, label('bandwidth'), bandwidth),
    h('label', { class: 'field' }, label('latency'), latency),
    h('label', { class: 'check' }, offline, label('offline')),
    h('label', { class: 'check' }, flaky, label('flaky')),
    h('label', { class: 'check' }, shortTokens, label('shortTokens')),
    h('div', { class: 'buttons' }, expire, damage),
    outcome,
  );

  function show({ link, isFlaky, hasShortTokens }: OssState): void {
    bandwidth.value = String(link.bytesPerSecond);
    // A test, or a curious user, may have set another value.
    if (bandwidth.selectedIndex < 0)
      bandwidth.append(h('option', { selected: true, value: String(link.bytesPerSecond) }, rate(link.bytesPerSecond ?? 0)));
    latency.value = String(link.latencyMilliseconds);
    offline.checked = link.offline;
    flaky.checked = isFlaky;
    shortTokens.checked = hasShortTokens;
  }

  /** Writes the choices in the page's language. */
  function translateChoices(): void {
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

  return { element, bandwidth, latency, offline, flaky, shortTokens, expire, damage, outcome, show, translate: translateChoices };
}
