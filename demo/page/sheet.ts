/** On narrow screens the panels are a sheet above a bar of buttons at the bottom, so that they are near however long the list is. */
import { byId, h } from './dom.js';
import { type Key, translate } from './i18n.js';

/** @param panels ID of each panel, and what its button says */
export function createSheet(aside: HTMLElement, panels: Record<string, Key>): void {
  const buttons = Object.entries(panels).map(([id, label]) => {
    const button = h('button', { class: 'button', type: 'button', 'aria-controls': id, 'data-i18n': label });
    button.addEventListener('click', () => open(aside.dataset['open'] === id ? undefined : id));
    return button;
  });
  const bar = h('div', { class: 'sheet-bar' }, ...buttons);
  aside.prepend(bar);
  translate(bar);

  function open(id: string | undefined): void {
    if (id) aside.dataset['open'] = id;
    else delete aside.dataset['open'];
    for (const button of buttons) button.setAttribute('aria-expanded', String(button.getAttribute('aria-controls') === id));
    if (id) byId(id).scrollTop = 0;
  }

  aside.addEventListener('keydown', ({ key }) => {
    const opened = buttons.find((button) => button.getAttribute('aria-expanded') === 'true');
    if (key !== 'Escape' || !opened) return;
    open(undefined);
    opened.focus();
  });
  open(undefined);
}
