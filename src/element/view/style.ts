/// <reference path="./css.d.ts" />
/** Styles shadow trees by sheets made by script: to a Content-Security-Policy these are no inline style. */
import css from './style.css?inline';

/** By text: all elements of a document share its sheets, which no other document accepts. */
const sheets = new WeakMap<Document, Map<string, CSSStyleSheet>>();

/** Adds the element's own style. */
export function adoptStyle(root: ShadowRoot): void {
  addStyle(root, css);
}

/**
 * Adds a style, unless it is there. Call it whenever the element is added to a page: moving to another document takes the sheets away.
 * @returns a function that removes it
 */
export function addStyle(root: ShadowRoot, css: string): () => void {
  const { ownerDocument, adoptedStyleSheets } = root;
  const { defaultView } = ownerDocument;
  // A document that is never displayed.
  if (!defaultView) return () => {};
  const known = sheets.get(ownerDocument) ?? new Map<string, CSSStyleSheet>();
  const sheet = known.get(css) ?? new defaultView.CSSStyleSheet();
  if (!known.has(css)) sheet.replaceSync(css);
  sheets.set(ownerDocument, known.set(css, sheet));
  if (!adoptedStyleSheets.includes(sheet)) adoptedStyleSheets.push(sheet);
  return () => {
    root.adoptedStyleSheets = root.adoptedStyleSheets.filter((other) => other !== sheet);
  };
}
