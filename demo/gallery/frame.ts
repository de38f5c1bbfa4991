/** What is around every example: the head with links to the others, language and theme, and the source below. */
import '../page/base.css';
import '../page/controls.css';
import './gallery.css';
import './rows.css';
import { createChoices } from '../page/choices.js';
import { h } from '../page/dom.js';
import { formatIn } from '../page/format.js';
import { onLanguage, t, translate } from '../page/i18n.js';
import { createSource } from './source.js';

const EXAMPLES = {
  plain: 'Plain API',
  element: '<oss-upload>',
  antd: 'Ant Design',
  'element-plus': 'Element Plus',
  uppy: 'Uppy',
  filepond: 'FilePond',
  react: 'React',
  vue: 'Vue',
};

const current = location.pathname.split('/').at(-2) as keyof typeof EXAMPLES;
/** The only name that isn't the same in both languages. */
const isPlain = (folder: string): boolean => folder === 'plain';

// The examples are in English, but `<oss-upload>` speaks the page's language.
formatIn('en');
if (current !== 'element') document.querySelector('main')?.setAttribute('lang', 'en');

const heading = h('h1', isPlain(current) ? { 'data-i18n': 'plainExample' } : {}, EXAMPLES[current]);
const links = Object.entries(EXAMPLES).map(([folder, name]) =>
  h(
    'a',
    {
      href: `../${folder}/`,
      'data-i18n': isPlain(folder) ? 'plainExample' : undefined,
      'aria-current': folder === current ? 'page' : undefined,
    },
    name,
  ),
);
const head = h(
  'header',
  { class: 'top' },
  h('div', { class: 'brand' }, h('a', { class: 'home', href: '../../' }, 'oss-resumable'), heading),
  h('div', { class: 'choices' }, ...createChoices()),
  h('nav', { class: 'examples', 'data-i18n-label': 'examples' }, ...links),
);
document.body.prepend(head);
document.body.append(createSource(current));

function show(): void {
  translate(document);
  document.title = `${isPlain(current) ? t('plainExample') : EXAMPLES[current]} – oss-resumable`;
}
onLanguage(show);
show();
// On a phone the links are one line that scrolls.
links.find((link) => link.hasAttribute('aria-current'))?.scrollIntoView({ block: 'nearest', inline: 'center' });
