/** The source of an example, below it: the very files that run above, read when they are opened. */
import { h, setText } from '../page/dom.js';
import { type Key, onLanguage, t, translate } from '../page/i18n.js';

const FILES = import.meta.glob<string>(['./*/*.{html,css,ts,tsx,vue}', './uploader.ts', './words.ts'], {
  query: '?raw',
  import: 'default',
});

const LANGUAGES: Record<string, string> = { html: 'HTML', css: 'CSS', ts: 'TypeScript', tsx: 'TypeScript, JSX', vue: 'Vue' };
/** Examples that share the texts of an upload's state. */
const WITH_WORDS = ['react', 'vue'];
/** Milliseconds that the copy button says that it has copied. */
const CONFIRMATION = 2000;

/** @param example its folder */
export function createSource(example: string): HTMLElement {
  const own = Object.keys(FILES).filter((path) => path.startsWith(`./${example}/`));
  const paths = [...own.sort((a, b) => rank(a) - rank(b)), './uploader.ts', ...(WITH_WORDS.includes(example) ? ['./words.ts'] : [])];
  const section = h(
    'section',
    { class: 'source', 'aria-labelledby': 'source-title' },
    h('h2', { id: 'source-title', 'data-i18n': 'source' }),
    h('p', { class: 'hint', 'data-i18n': 'sourceHint' }),
    ...paths.map(createFile),
  );
  translate(section);
  return section;
}

/** What the example is about comes first: its main module or component, then the rest, the page's HTML last. */
function rank(path: string): number {
  if (/\/App\.vue$|\/main\.tsx$/.test(path)) return 0;
  if (path.endsWith('/index.html')) return 3;
  return path.endsWith('/main.ts') ? 1 : 2;
}

function createFile(path: string): HTMLElement {
  const name = path.slice(2);
  const code = h('code');
  const numbers = h('span', { class: 'line-numbers', 'aria-hidden': 'true' });
  // It scrolls, which the keyboard needs the focus for.
  const listing = h('pre', { tabindex: '0', role: 'region', 'aria-label': name, translate: 'no' }, numbers, code);
  let reading: Promise<string> | undefined;
  const read = (): Promise<string> => (reading ??= FILES[path]!().then((text) => text.trimEnd()));
  const copy = createCopyButton(name, read);
  const language = LANGUAGES[name.slice(name.lastIndexOf('.') + 1)] ?? '';
  const element = h('details', {}, h('summary', {}, h('code', {}, name), h('span', { class: 'hint' }, language)), copy, listing);
  element.addEventListener('toggle', async () => {
    const text = await read();
    code.textContent = text;
    numbers.textContent = text
      .split('\n')
      .map((_line, index) => index + 1)
      .join('\n');
  });
  return element;
}

function createCopyButton(name: string, read: () => Promise<string>): HTMLButtonElement {
  const words = h('span', { role: 'status' });
  const button = h('button', { class: 'button small copy', type: 'button' }, words);
  let said: Key = 'copy';
  const say = (key: Key): void => {
    said = key;
    setText(words, t(key));
    button.setAttribute('aria-label', `${t(key)}: ${name}`);
  };
  button.addEventListener('click', async () => {
    // There is no clipboard where the page is not secure.
    const copied = read().then((text) => navigator.clipboard.writeText(text));
    say(
      await copied.then(
        () => 'copied' as const,
        () => 'copyFailed' as const,
      ),
    );
    setTimeout(() => say('copy'), CONFIRMATION);
  });
  onLanguage(() => say(said));
  say('copy');
  return button;
}
