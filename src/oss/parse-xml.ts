/** A reader of XML 1.0, as much of it as a service sends: no DTD, no processing. Web workers have no DOMParser. */

/** One element. Its attributes are not kept: no document of OSS has any that matter. */
export interface XmlElement {
  /** Without a prefix. */
  readonly name: string;
  readonly children: XmlElement[];
  /** The element's own, entities resolved. */
  text: string;
}

/** OSS nests three deep. */
const MAX_DEPTH = 32;
/** What XML 1.0 can't carry, lone surrogates included. @see Extensible Markup Language 1.0, 2.2 "Characters" */
const NO_CHARACTER = /[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;
const NAME = '(?:[A-Za-z_][\\w.-]*:)?([A-Za-z_][\\w.-]*)';
const START = new RegExp(`<${NAME}(?:\\s+[^\\s=<>"'/]+\\s*=\\s*(?:"[^"<]*"|'[^'<]*')){0,64}\\s*(/?)>`, 'y');
const END = new RegExp(`</${NAME}\\s*>`, 'y');
/** What says nothing: comments, and instructions such as the declaration. */
const SILENT = [
  ['<!--', '-->'],
  ['<?', '?>'],
] as const;
const CDATA = ['<![CDATA[', ']]>'] as const;
const ENTITY = /&(?:(lt|gt|amp|quot|apos)|#(\d{1,7})|#x([\da-f]{1,6}));|&/gi;
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
  for (let at = 0; at < xml.length; ) {
    const current = open.at(-1) as XmlElement;
    if (xml[at] !== '<') {
      const next = xml.indexOf('<', at);
      const end = next < 0 ? xml.length : next;
      const text = resolveEntities(xml.slice(at, end));
      if (text === undefined) return undefined;
      current.text += text;
      at = end;
      continue;
    }
    const [, closing] = [CDATA, ...SILENT].find(([opening]) => xml.startsWith(opening, at)) ?? [];
    if (closing) {
      const end = xml.indexOf(closing, at);
      if (end < 0) return undefined;
      if (closing === CDATA[1]) {
        if (current === top) return undefined;
        current.text += xml.slice(at + CDATA[0].length, end);
      }
      at = end + closing.length;
      continue;
    }
    const tag = match(START, xml, at) ?? match(END, xml, at);
    if (!tag) return undefined;
    at += tag[0].length;
    const [, name = '', isEmpty] = tag;
    if (isEmpty === undefined) {
      if (current === top || current.name !== name) return undefined;
      open.pop();
      continue;
    }
    if (open.length > MAX_DEPTH) return undefined;
    const element: XmlElement = { name, children: [], text: '' };
    current.children.push(element);
    if (!isEmpty) open.push(element);
  }
  const isWhole = open.length === 1 && top.children.length === 1 && top.text.trim() === '';
  return isWhole ? top.children[0] : undefined;
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** `undefined` when an ampersand begins nothing that XML knows without a DTD. */
function resolveEntities(text: string): string | undefined {
  let isSound = true;
  const resolved = text.replace(ENTITY, (_entity, name?: string, decimal?: string, hex?: string) => {
    if (name && NAMED[name]) return NAMED[name];
    const code = decimal ? Number(decimal) : hex ? Number.parseInt(hex, 16) : 0;
    const character = code <= 0x10ffff ? String.fromCodePoint(code) : '\0';
    if (!isXmlText(character)) isSound = false;
    return character;
  });
  return isSound ? resolved : undefined;
}
