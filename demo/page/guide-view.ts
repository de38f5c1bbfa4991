/** How the guide looks: its texts and buttons for what has happened. */
import { h, setText } from './dom.js';
import { bytes, size } from './format.js';
import { type GuideFacts, stepOf } from './guide-facts.js';
import { type Key, t, translate } from './i18n.js';

type ActionName = 'uploadMade' | 'makeAgain' | 'saveMade' | 'cut' | 'connect' | 'reload' | 'startOver';

export interface GuideActions extends Record<ActionName, () => Promise<unknown>> {
  hide(): void;
}

/** Sizes in bytes, speed in bytes a second. */
export interface GuideFigures {
  big: number;
  made: number;
  slow: number;
  hasPanel: boolean;
}

export interface GuideView {
  /** @param stored bytes of the followed upload that OSS has acknowledged */
  render(facts: GuideFacts, stored: number, isOffline: boolean): void;
  /** Whether the line may be slowed while the guide is followed. */
  wantsSlowLine(): boolean;
  focus(): void;
}

const LABELS: Record<ActionName, Key> = {
  uploadMade: 'uploadMade',
  makeAgain: 'makeAgain',
  saveMade: 'saveMade',
  cut: 'cutNetwork',
  connect: 'connectNetwork',
  reload: 'reloadPage',
  startOver: 'guideAgain',
};

export function createGuideView(root: HTMLElement, figures: GuideFigures, actions: GuideActions): GuideView {
  const title = h('h2', { id: 'guide-title', tabindex: '-1', 'data-i18n': 'guide' });
  const hide = h('button', { class: 'button small quiet', type: 'button', 'data-i18n': 'hide', 'data-i18n-label': 'hideGuide' });
  const slow = h('input', { type: 'checkbox', checked: true });
  const slowLabel = h('span');
  const button = createButtons(actions);
  const steps = [
    createStep(1, 'stepDrop', h('label', { class: 'check' }, slow, slowLabel), button.uploadMade, button.saveMade),
    createStep(2, 'stepCut', undefined, button.cut, button.reload),
    createStep(3, 'stepAgain', undefined, button.connect, button.makeAgain, button.startOver),
  ] as const;
  const list = h('ol', { class: 'steps' }, ...steps.map(({ element }) => element));
  root.append(h('div', { class: 'section-head' }, title, hide), list);
  translate(root);
  hide.addEventListener('click', actions.hide);

  function render(facts: GuideFacts, stored: number, isOffline: boolean): void {
    const next = stepOf(facts);
    const focused = root.contains(document.activeElement) ? (document.activeElement as HTMLElement) : undefined;
    const { upload, interruption } = facts;
    const isRunning = next === 2 && stored > 0;
    setText(slowLabel, t('slowLine', { rate: `${size(figures.slow)}/s` }));
    slow.parentElement!.hidden = !figures.hasPanel || next !== 1;
    button.uploadMade.hidden = button.saveMade.hidden = next !== 1;
    button.reload.hidden = !isRunning;
    button.cut.hidden = !figures.hasPanel || !isRunning || isOffline;
    button.connect.hidden = !figures.hasPanel || !isOffline || next < 2;
    button.makeAgain.hidden = !(next === 3 && interruption === 'reload' && upload?.isMade);
    button.startOver.hidden = next !== 4 || !facts.end;
    for (const name of Object.keys(LABELS) as ActionName[]) setText(button[name], t(LABELS[name], { size: size(figures.made) }));
    for (const [index, step] of steps.entries()) {
      const words = [dropWords, cutWords, againWords][index]!(facts, next, figures, stored);
      step.render(index + 1 < next ? 'done' : index + 1 === next ? 'next' : 'later', words);
    }
    // A button that has done its work is hidden: the keyboard stays where the next step is.
    if (focused && !focused.checkVisibility()) (list.querySelector<HTMLElement>('.button:not([hidden])') ?? title).focus();
  }

  return { render, wantsSlowLine: () => slow.checked, focus: () => title.focus() };
}

function createButtons(actions: GuideActions): Record<ActionName, HTMLButtonElement> {
  const entries = (Object.keys(LABELS) as ActionName[]).map((name) => {
    const isMain = name !== 'saveMade' && name !== 'reload';
    const element = h('button', { class: `button small ${isMain ? 'primary' : ''}`, type: 'button', hidden: true });
    // An action fails only for a reason that the widget or the network panel shows.
    element.addEventListener('click', () => void actions[name]().catch(() => {}));
    return [name, element];
  });
  return Object.fromEntries(entries);
}

type StepState = 'done' | 'next' | 'later';

/** What a step says: what to do, and what has happened. */
interface StepWords {
  hint: string;
  /** Changes all the time: screen readers must not announce it. */
  progress?: string;
  outcome?: string;
}

function createStep(number: number, title: Key, option: HTMLElement | undefined, ...buttons: HTMLElement[]) {
  const hint = h('p', { class: 'hint' });
  const progress = h('p', { class: 'hint' });
  const outcome = h('p', { class: 'outcome', role: 'status' });
  const spoken = h('span', { class: 'visually-hidden' });
  const element = h(
    'li',
    { class: 'step' },
    h('span', { class: 'badge', 'aria-hidden': 'true' }, String(number)),
    h('h3', {}, spoken, h('span', { 'data-i18n': title })),
    h('div', { class: 'step-body' }, hint, progress, outcome, ...(option ? [option] : []), h('div', { class: 'buttons' }, ...buttons)),
  );
  return {
    element,
    render(state: StepState, words: StepWords): void {
      element.dataset['state'] = state;
      setText(spoken, `${t('guideStep', { number })}${state === 'done' ? `, ${t('guideDone')}` : ''}: `);
      if (state === 'next') element.setAttribute('aria-current', 'step');
      else element.removeAttribute('aria-current');
      for (const [paragraph, text = ''] of [
        [hint, words.hint],
        [progress, words.progress],
        [outcome, words.outcome],
      ] as const) {
        setText(paragraph, text);
        paragraph.classList.toggle('empty', text === '');
      }
    },
  };
}

type Words = (facts: GuideFacts, next: number, figures: GuideFigures, stored: number) => StepWords;

const dropWords: Words = ({ upload, end }, next, { big }) => {
  if (next > 1 && upload) return { hint: '', outcome: t('stepDropDone', { name: upload.name, size: size(upload.size) }) };
  const hint = t('stepDropHint', { size: size(big) });
  return end ? { hint, outcome: t('stepDropTooSoon') } : { hint };
};

const cutWords: Words = ({ upload, interruption }, next, _figures, stored) => {
  if (next > 2) return { hint: '', outcome: t(interruption === 'network' ? 'stepCutNetwork' : 'stepCutReload') };
  const hint = t('stepCutHint');
  return next === 2 && upload ? { hint, progress: t('stepCutProgress', { stored: bytes(stored), total: size(upload.size) }) } : { hint };
};

const againWords: Words = ({ upload, interruption, kept, end }, next) => {
  if (next < 3 || !upload) return { hint: t('stepAgainHint') };
  if (kept === undefined) {
    if (interruption === 'network') return { hint: t('stepAgainNetwork') };
    return { hint: t(upload.isMade ? 'stepAgainMade' : 'stepAgainReload', { name: upload.name }) };
  }
  const sentence = t(end ? 'stepAgainDone' : 'stepAgainKept', { kept: size(kept), total: size(upload.size) });
  return { hint: '', outcome: end === 'verified' ? `${sentence} ${t('stepAgainVerified')}` : sentence };
};
