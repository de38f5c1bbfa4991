/// <reference path="./css.d.ts" />
import css from './style.css?inline';

let sheet: CSSStyleSheet | undefined;

/** Adds the style. All elements share one sheet, made by script: to a Content-Security-Policy that is no inline style. */
export function adoptStyle(root: ShadowRoot): void {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
  }
  root.adoptedStyleSheets = [sheet];
}
