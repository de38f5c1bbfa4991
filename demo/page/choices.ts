/** Language and theme: the choices that the first page and the gallery share, and remember. */
import { h } from './dom.js';
import { type Key, type Language, LANGUAGES, language, setLanguage, translate } from './i18n.js';
import { remember, remembered } from './memory.js';

const THEMES = { auto: 'themeAuto', light: 'themeLight', dark: 'themeDark' } satisfies Record<string, Key>;

/** Applies the remembered choices to the page, and makes the two fields that change them. */
export function createChoices(): HTMLElement[] {
  const languages = h('select', {}, ...Object.entries(LANGUAGES).map(([value, name]) => h('option', { value, lang: value }, name)));
  const themes = h('select', {}, ...Object.entries(THEMES).map(([value, key]) => h('option', { value, 'data-i18n': key })));
  const fields = [field('language', languages), field('theme', themes)];
  for (const each of fields) translate(each);

  const { language: chosen, theme } = remembered();
  setLanguage(typeof chosen === 'string' && chosen in LANGUAGES ? (chosen as Language) : language());
  languages.value = language();
  themes.value = typeof theme === 'string' && theme in THEMES ? theme : 'auto';
  showTheme(themes.value);

  languages.addEventListener('change', () => {
    setLanguage(languages.value as Language);
    remember({ language: languages.value });
  });
  themes.addEventListener('change', () => {
    showTheme(themes.value);
    remember({ theme: themes.value });
  });
  return fields;
}

function field(name: 'language' | 'theme', select: HTMLSelectElement): HTMLElement {
  return h('label', {}, h('span', { class: 'visually-hidden', 'data-i18n': name }), select);
}

function showTheme(theme: string): void {
  document.documentElement.dataset['theme'] = theme;
}
