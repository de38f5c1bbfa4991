/** A reader of XML 1.0, as much of it as a service sends: no DTD, no processing. Web workers have no DOMParser. */

/** One element. Its attributes are not kept: no document of OSS has any that matter. */
export interface XmlElement {
  /** Without a prefix. */
  readonly name: string;
  readonly children: XmlElement[];
  /** The element's own, entities resolved. */
  text: string;
}

/** What XML 1.0 can't carry, lone surrogates included. @see Extensible Markup Language 1.0, 2.2 "Characters" */
const NO_CHARACTER = /[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;
/** A prefix says nothing here. */
const NAME = '(?:[A-Za-z_][\\w.-]*:)?([A-Za-z_][\\w.-]*)';
/** One after the other, with nothing between them: none is looked for further than it reaches, which keeps the time linear. */
const TOKENS = /* @__PURE__ */ new RegExp(
  [
    '([^<&]+)',
    '&(?:(lt|gt|amp|quot|apos)|#(\\d{1,7}|x[\\da-fA-F]{1,6}));',
    '<!\\[CDATA\\[([^]*?)\\]\\]>',
    // What says nothing: comments, and instructions such as the declaration.
    '<!--[^]*?-->|<\\?[^]*?\\?>',
    `</${NAME}\\s*>`,
    `<${NAME}(?:\\s+[^\\s=<>"'/]+\\s*=\\s*(?:"[^"<]*"|'[^'<]*')){0,64}\\s*(/?)>`,
  ].join('|'),
  'gy',
);
const NAMED: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/** Whether XML 1.0 can carry a text at all. */
export function isXmlText(text: string): boolean {
  return !NO_CHARACTER.test(text);
}

/** The root element; `undefined` of whatever is not well-formed. Takes time in proportion to the length, and never throws. */
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

/** Of the number in a reference, such as `65` or `x41`; one that XML can't carry where there is none. */
function characterOf(code: string): string {
  const point = Number(`0${code}`);
  return point <= 0x10ffff ? String.fromCodePoint(point) : '\0';
}
