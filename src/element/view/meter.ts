/** A meter: a line of text with figures, and a progress bar. */
import type { Text } from '../messages.js';
import { h, setAttributes, setText } from './dom.js';

/** Sizes in bytes, `speed` in bytes a second, `eta` in milliseconds. */
export interface ProgressFigures {
  loaded: number;
  total: number;
  speed?: number;
  eta?: number | undefined;
}

export interface MeterView {
  /** Before the figures. */
  words: string;
  /** Up to four. Each has a fixed place, so that nothing moves while it changes. */
  figures: string[];
  /** 0..1; without it there is no bar. */
  share?: number | undefined;
}

export interface Meter {
  readonly line: HTMLElement;
  readonly bar: HTMLElement;
  /** @param label names the bar */
  render(text: Text, label: string, view: MeterView): void;
}

/** @param words shows the text before the figures */
export function createMeter(words: HTMLElement): Meter {
  const places = [0, 1, 2, 3].map(() => h('span', 'figure'));
  const fill = h('div', 'fill');
  const bar = setAttributes(h('div', 'bar', fill), { role: 'progressbar' });
  return {
    line: h('p', 'line', words, ...places),
    bar,
    render(text, label, { words: status, figures, share }) {
      setText(words, status);
      places.forEach((place, index) => setText(place, figures[index] ?? ''));
      bar.hidden = share === undefined;
      if (share === undefined) return;
      fill.style.setProperty('--share', String(share));
      setAttributes(bar, {
        'aria-label': label,
        'aria-valuenow': Math.floor(100 * share),
        'aria-valuetext': `${text.percent(share)}, ${status}`,
      });
    },
  };
}

/** Share, sizes, speed and time left; unknown ones are empty. */
export function figuresOf({ loaded, total, speed, eta }: ProgressFigures, text: Text): string[] {
  return [
    text.percent(shareOf({ loaded, total })),
    `${text.size(loaded)} / ${text.size(total)}`,
    speed ? `${text.size(speed)}/s` : '',
    speed && eta !== undefined ? text('left', { time: text.time(eta) }) : '',
  ];
}

/** 0..1; an empty file is at 0 until it is done. */
export function shareOf({ loaded, total }: ProgressFigures): number {
  return loaded / Math.max(total, 1);
}
