/** The language of the page, which can be switched without a reload. */
import { type Key, TEXTS } from './texts.js';

export type { Key };

/** The languages by their own names. */
export const LANGUAGES = { en: 'English', 'zh-CN': '简体中文' };

export type Language = keyof typeof LANGUAGES;

const listeners = new Set<() => void>();
let current: Language = navigator.language.toLowerCase().startsWith('zh') ? 'zh-CN' : 'en';

export function language(): Language {
  return current;
}

export function setLanguage(next: Language): void {
  current = next;
  translate(document);
  document.documentElement.lang = next;
  for (const listener of listeners) listener();
}

/** Calls `listener` after each switch, for texts that are composed in code. */
export function onLanguage(listener: () => void): void {
  listeners.add(listener);
}

/** The text for a key, with `{name}` replaced by `values.name`. */
export function t(key: Key, values: Record<string, string | number> = {}): string {
  return TEXTS[current][key].replace(/\{(\w+)\}/g, (all, name: string) => String(values[name] ?? all));
}

/** Fills in the texts that HTML names: `data-i18n` is the text, `data-i18n-label` the accessible name. */
export function translate(root: ParentNode): void {
  for (const element of root.querySelectorAll<HTMLElement>('[data-i18n]')) element.textContent = t(element.dataset['i18n'] as Key);
  for (const element of root.querySelectorAll<HTMLElement>('[data-i18n-label]'))
    element.setAttribute('aria-label', t(element.dataset['i18nLabel'] as Key));
}
