/** A meter: a line of text with figures, and a progress bar. */
import { h, setAttributes, setText } from './dom.js';
import { formatDuration, formatSize } from './figures.js';
import { type Text, WORDS } from './words.js';

/** Sizes in bytes, `speed` in bytes a second, `eta` in milliseconds. */
export interface ProgressFigures {
  loaded: number;
  total: number;
  speed?: number;
  eta?: number | undefined;
}

export interface Meter {
  readonly line: HTMLElement;
  readonly bar: HTMLElement;
  /** @param figures instead of percentage, sizes, speed and time left. Each has a fixed place, so that nothing moves while it changes. */
  render(text: Text, label: string, status: string, progress: ProgressFigures, figures?: string[]): void;
}

/** @param part of the text before the figures */
export function createMeter(part: string): Meter {
  const words = h('span', part);
  const places = [0, 1, 2, 3].map(() => h('span', 'figure'));
  const fill = h('div', 'fill');
  const bar = setAttributes(h('div', 'bar', fill), { role: 'progressbar' });
  return {
    line: h('p', 'line', words, ...places),
    bar,
    render(text, label, status, { loaded, total, speed, eta }, figures) {
      // An empty file is at 0 until it is done.
      const share = loaded / Math.max(total, 1);
      // Rounded down: 100 % is a promise.
      const percent = Math.floor(100 * share);
      const shown = figures ?? [
        `${percent}%`,
        `${formatSize(loaded)} / ${formatSize(total)}`,
        speed ? `${formatSize(speed)}/s` : '',
        eta === undefined ? '' : text(WORDS.status.timeLeft, formatDuration(eta)),
      ];
      setText(words, status);
      places.forEach((place, index) => setText(place, shown[index] ?? ''));
      fill.style.setProperty('--share', String(share));
      setAttributes(bar, {
        'aria-label': label,
        'aria-valuenow': percent,
        'aria-valuetext': `${percent}%, ${status}`,
      });
    },
  };
}
