/** Which texts an element shows: those of its language, changed by the application. */
import en from './locales/en.js';
import zhCN from './locales/zh-CN.js';
import { createText, type Messages, type Text } from './messages.js';

const known: Messages[] = [en, zhCN];

/**
 * Adds languages to all `<oss-upload>` of the page: each follows its `lang`, or that of its nearest ancestor with one. English and
 * simplified Chinese are always there.
 *
 * @example
 * import { addMessages } from 'oss-resumable/element';
 * import ja from 'oss-resumable/element/locales/ja';
 * addMessages(ja);
 */
export function addMessages(...messages: Messages[]): void {
  known.unshift(...messages);
  for (const onAdded of listeners) onAdded();
}

/** Called when languages were added. */
const listeners: Set<() => void> = new Set();

/** @param own texts of the application, which replace those of the language; one without a value doesn't */
export function textFor(tag: string, own: Partial<Messages>): Text {
  const given = Object.entries(own).filter(([, text]) => text != null);
  return createText({ ...messagesFor(tag), ...Object.fromEntries(given) });
}

/** The texts of a language in its script, otherwise of the language, otherwise English: `zh-HK` is shown in traditional Chinese. */
function messagesFor(tag: string): Messages {
  const wanted = localeOf(tag);
  const ofLanguage = known.filter(({ language }) => localeOf(language).language === wanted.language);
  return ofLanguage.find(({ language }) => localeOf(language).script === wanted.script) ?? ofLanguage[0] ?? en;
}

/** Also of tags that `Intl` refuses: `zh_CN`, and `zh-cmn-Hans`, whose second part is an older way to name a language. */
function localeOf(tag: string): Intl.Locale {
  const accepted = tag.replaceAll('_', '-').replace(/^([a-z]{2,3})(-[a-z]{3})+\b/i, '$1');
  try {
    return new Intl.Locale(accepted).maximize();
  } catch {
    return new Intl.Locale('en');
  }
}

/** The language of an element: its own, that of the nearest ancestor with one, or the user's. */
export function languageTagOf(element: Element): string {
  const labelled = element.closest<HTMLElement>('[lang]');
  const root = element.getRootNode();
  if (!labelled && 'host' in root) return languageTagOf(root.host as Element);
  return labelled?.lang || navigator.language;
}

/** Calls back when the language of the element or of an ancestor may have changed. Returns what ends it. */
export function watchLanguage(element: Element, onChange: () => void): () => void {
  const observer = new MutationObserver(onChange);
  for (let node: Node | undefined = element; node; node = (node as Partial<ShadowRoot>).host) {
    node = node.getRootNode();
    observer.observe(node, { subtree: true, attributeFilter: ['lang'] });
  }
  listeners.add(onChange);
  return () => {
    observer.disconnect();
    listeners.delete(onChange);
  };
}
