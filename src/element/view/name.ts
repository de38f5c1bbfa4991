/** A file's name, cut in the middle where there is no room: its end, with the extension, always stays. */
import { h, setText } from './dom.js';

export interface Name {
  readonly element: HTMLElement;
  show(path: string): void;
}

export function createName(): Name {
  const [start, end] = [h('span', 'start'), h('span', 'end')];
  // Its own direction within, the page's without: a Latin name in an Arabic page begins beside its icon.
  const cut = h('span', 'cut', start, end);
  cut.dir = 'auto';
  // A screen reader would read two pieces.
  cut.ariaHidden = 'true';
  const spoken = h('span', 'spoken');
  const element = h('p', 'name', spoken, cut);
  return {
    element,
    show(path) {
      const [kept = ''] = /\S.{0,3}\.[^./]{1,9}$|.{0,7}$/su.exec(path) ?? [];
      setText(start, path.slice(0, path.length - kept.length));
      setText(end, kept);
      setText(spoken, path);
      cut.title = path;
    },
  };
}
