import { createButton, h, setAttributes, setText } from './dom.js';
import { sizeOf } from './figures.js';
import type { Text } from './words.js';

/** What the frame's words and controls depend on. */
export interface FrameSettings {
  readonly accept: string;
  /** Bytes. */
  readonly maxSize: number | undefined;
  readonly directory: boolean;
  readonly noPaste: boolean;
}

/** What is there before any file is: the place to drop, the buttons to pick, and the places of the lists. */
export interface Frame {
  readonly root: HTMLFieldSetElement;
  readonly chooseFiles: HTMLButtonElement;
  readonly unfinished: HTMLElement;
  readonly uploads: HTMLElement;
  render(text: Text, lang: string, label: string, settings: FrameSettings): void;
  /** Says what was not taken. */
  complain(lines: string[]): void;
  /** For screen readers, politely. */
  say(text: string): void;
}

export function createFrame(pick: (folder: boolean) => void): Frame {
  const [title, hint, heading, spoken, problem] = [
    h('p', 'title'),
    h('slot', ''),
    h('p', 'heading'),
    h('p', 'spoken'),
    h('div', 'problem'),
  ];
  const chooseFiles = createButton('button choose-files', () => pick(false));
  const chooseFolder = createButton('button choose-folder', () => pick(true));
  const live = setAttributes(h('div', 'live', spoken, problem), { role: 'status', 'aria-atomic': 'false' });
  const drop = h('div', 'dropzone', title, h('p', 'hint', hint), h('div', 'buttons', chooseFiles, chooseFolder));
  const unfinished = h('div', 'section', h('div', 'head', heading));
  const uploads = h('div', 'section');
  const root = h('fieldset', 'root', drop, live, unfinished, uploads);
  hint.name = 'hint';

  return {
    root,
    chooseFiles,
    unfinished,
    uploads,
    render(text, lang, label, { accept, maxSize, directory, noPaste }) {
      setText(title, text(directory ? 'dropFolders' : 'drop'));
      const limit = maxSize ? `≤ ${sizeOf(maxSize)}` : '';
      setText(hint, `${noPaste ? '' : text('paste')} ${text('hint')} ${limit} ${accept}`);
      setText(chooseFiles, text('chooseFiles'));
      setText(chooseFolder, text('chooseFolder'));
      setText(heading, text('unfinished'));
      chooseFolder.hidden = !directory;
      setAttributes(root, { lang, 'aria-label': label });
    },
    complain: (lines) => problem.replaceChildren(...lines.map((line) => h('p', '', line))),
    say: (text) => setText(spoken, text),
  };
}
