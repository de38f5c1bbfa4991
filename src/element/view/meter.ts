import { h, setAttributes, setText } from './dom.js';
import { durationOf, percentOf, sizeOf } from './figures.js';
import type { Text } from './words.js';

/** How far something is. Sizes in bytes, `speed` a second, `eta` in milliseconds. */
export interface Measure {
  loaded: number;
  total: number;
  speed?: number;
  eta?: number | undefined;
}

/** Words, the figures beside them, and a bar. */
export interface Meter {
  readonly line: HTMLElement;
  readonly bar: HTMLElement;
  /** @param figures each has its place, whatever it says: nothing moves while it ticks */
  render(text: Text, label: string, words: string, measure: Measure, figures?: string[]): void;
}

export function createMeter(part: string): Meter {
  const words = h('span', part);
  const places = [0, 1, 2, 3].map(() => h('span', 'figure'));
  const fill = h('div', 'fill');
  const bar = setAttributes(h('div', 'bar', fill), { role: 'progressbar' });
  return {
    line: h('p', 'line', words, ...places),
    bar,
    render(text, label, status, { loaded, total, speed, eta }, figures) {
      // An empty file is nowhere until it is done.
      const share = loaded / Math.max(total, 1);
      const shown = figures ?? [
        percentOf(share),
        `${sizeOf(loaded)} / ${sizeOf(total)}`,
        speed ? `${sizeOf(speed)}/s` : '',
        eta === undefined ? '' : text('left', { time: durationOf(eta) }),
      ];
      setText(words, status);
      places.forEach((place, index) => setText(place, shown[index] ?? ''));
      fill.style.setProperty('--share', String(share));
      setAttributes(bar, {
        'aria-label': label,
        'aria-valuenow': Math.floor(100 * share),
        'aria-valuetext': `${percentOf(share)}, ${status}`,
      });
    },
  };
}
