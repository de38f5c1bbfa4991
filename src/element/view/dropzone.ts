/** The area that files are dropped on, with the buttons that open a picker. */
import type { Text } from '../messages.js';
import { createButton, h, setText } from './dom.js';
import { type Rules, rulesOf } from './rules.js';

/** The attributes that the texts and controls depend on. */
export interface ViewSettings extends Rules {
  readonly directory: boolean;
  readonly noPaste: boolean;
}

export interface Dropzone {
  readonly element: HTMLElement;
  readonly chooseFiles: HTMLButtonElement;
  applySettings(text: Text, settings: ViewSettings): void;
}

export function createDropzone(pick: (folder: boolean) => void): Dropzone {
  const title = h('p', 'title');
  const hint = h('slot', '');
  hint.name = 'hint';
  const rules = h('p', 'hint rules');
  const chooseFiles = createButton('button choose-files', () => pick(false));
  const chooseFolder = createButton('button choose-folder', () => pick(true));
  const element = h('div', 'dropzone', title, h('p', 'hint', hint), rules, h('div', 'buttons', chooseFiles, chooseFolder));
  // Keyboards and screen readers have the button.
  element.onclick = ({ target }) => {
    if (!(target as Element).closest('button, a, input, label') && !chooseFiles.matches(':disabled')) pick(false);
  };
  return {
    element,
    chooseFiles,
    applySettings(text, settings) {
      const { directory, noPaste } = settings;
      // Phones have nothing to paste files with.
      const canPaste = !noPaste && matchMedia('(any-hover: hover)').matches;
      setText(title, text(directory ? 'dropFolders' : 'dropFiles'));
      setText(hint, `${canPaste ? text('paste') : ''} ${text('hint')}`);
      setText(rules, rulesOf(settings, text));
      setText(chooseFiles, text('chooseFiles'));
      setText(chooseFolder, text('chooseFolder'));
      chooseFolder.hidden = !directory;
    },
  };
}
