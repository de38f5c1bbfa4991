/** The head of a list: what it contains in words, all items as one meter, and buttons for all of them. */
import type { MessageName, Text } from '../messages.js';
import { createButton, h, keepFocus, setPart, setText } from './dom.js';
import { createMeter, type MeterView } from './meter.js';
import { isMuch, questionAbout } from './question.js';

export type AllAction = 'pause' | 'resume' | 'retry' | 'cancel' | 'discard' | 'clear';

export interface HeadView extends MeterView {
  /** `failed`, `done` or nothing: a class and a part of the head. */
  status: string;
  /** Stands out; may be empty. */
  alarm: string;
  /** Actions that have something to act on. */
  actions: ReadonlySet<AllAction>;
  /** Stored bytes that `cancel` and `discard` would lose. */
  atStake: number;
}

export interface Head {
  readonly element: HTMLElement;
  /** @param label names the meter */
  render(text: Text, label: string, view: HeadView): void;
}

/**
 * @param actions in the order of the buttons
 * @param extra further buttons
 */
export function createHead(actions: readonly AllAction[], act: (action: AllAction) => void, extra: HTMLButtonElement[]): Head {
  const heading = h('span', 'heading');
  const alarm = h('span', 'alarm');
  const meter = createMeter(heading);
  const question = h('p', 'question');
  let asked: AllAction | undefined;
  let atStake = 0;
  let repaint = (): void => {};

  function choose(action: AllAction, { detail: clicks }: MouseEvent): void {
    // The second click of a double click is no answer.
    if (action === asked && clicks > 1) return;
    const isAsking = action !== asked && isMuch(atStake) && (action === 'cancel' || action === 'discard');
    asked = isAsking ? action : undefined;
    if (!isAsking) act(action);
    repaint();
    // Nor is a key that is held down.
    if (isAsking) keep.focus();
  }

  const buttons = actions.map((action) => createButton(`button ${action}-all`, (event) => choose(action, event)));
  const keep = createButton('button keep', () => {
    asked = undefined;
    repaint();
  });
  heading.after(alarm);
  const element = h('div', 'head', meter.line, meter.bar, question, h('div', 'buttons', ...buttons, keep, ...extra));

  return {
    element,
    render(text, label, view) {
      repaint = () => this.render(text, label, view);
      atStake = view.atStake;
      if (asked && !view.actions.has(asked)) asked = undefined;
      setPart(element, `head ${view.status}`);
      meter.render(text, label, view);
      setText(alarm, view.alarm);
      setText(question, asked ? questionAbout(atStake, text) : '');
      buttons.forEach((button, index) => {
        const action = actions[index] as AllAction;
        setText(button, text(`${action}-all` satisfies MessageName));
        button.hidden = asked ? action !== asked : !view.actions.has(action);
      });
      setText(keep, text('keep'));
      keep.hidden = !asked;
      keepFocus([...buttons, keep]);
    },
  };
}
