/** Reads the subset of XML 1.0 that a service sends: no DTD, no processing. Web workers have no DOMParser. */

/** One element, without attributes: no document of OSS has any that matter. */
export interface XmlElement {
  /** Local name, without a prefix. */
  readonly name: string;
  readonly children: XmlElement[];
  /** The element's own text, entities resolved. */
  text: string;
}

/** A character that XML 1.0 can't contain, lone surrogates included. @see https://www.w3.org/TR/xml/#charsets */
const NO_CHARACTER = /[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;
/** Captures the local name: prefixes are ignored. */
const NAME = '(?:[A-Za-z_][\\w.-]*:)?([A-Za-z_][\\w.-]*)';
/** Tokens, one right after the other: no search skips text, which keeps the time linear. */
const TOKENS = /* @__PURE__ */ new RegExp(
  [
    '([^<&]+)',
    '&(?:(lt|gt|amp|quot|apos)|#(\\d{1,7}|x[\\da-fA-F]{1,6}));',
    '<!\\[CDATA\\[([^]*?)\\]\\]>',
    // Ignored: comments, and instructions such as the declaration.
    '<!--[^]*?-->|<\\?[^]*?\\?>',
    `</${NAME}\\s*>`,
    `<${NAME}(?:\\s+[^\\s=<>"'/]+\\s*=\\s*(?:"[^"<]*"|'[^'<]*')){0,64}\\s*(/?)>`,
  ].join('|'),
  'gy',
);
const NAMED: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/** Whether XML 1.0 can contain a text. */
export function isXmlText(text: string): boolean {
  return !NO_CHARACTER.test(text);
}

/** The root element; `undefined` if the text is not well-formed. Takes linear time and never throws. */
export function parseXml(xml: string): XmlElement | undefined {
  if (!isXmlText(xml)) return undefined;
  const top: XmlElement = { name: '', children: [], text: '' };
  const open = [top];
  let read = 0;
  for (const [token, blank, named, code, cdata, end, start, isEmpty] of xml.matchAll(TOKENS)) {
    const current = open.at(-1) as XmlElement;
    read += token.length;
    if (start) {
      const element: XmlElement = { name: start, children: [], text: '' };
      current.children.push(element);
      if (!isEmpty) open.push(element);
    } else if (end) {
      if (open.pop()?.name !== end) return undefined;
    } else {
      const text = blank ?? cdata ?? (code ? characterOf(code) : named && NAMED[named]) ?? '';
      if (!isXmlText(text)) return undefined;
      current.text += text;
    }
  }
  const isWhole = read === xml.length && open.length === 1 && top.children.length === 1 && top.text.trim() === '';
  return isWhole ? top.children[0] : undefined;
}

/** The character of a numeric reference, such as `65` or `x41`; one that XML can't contain if there is none. */
function characterOf(code: string): string {
  const point = Number(`0${code}`);
  return point <= 0x10ffff ? String.fromCodePoint(point) : '\0';
}
