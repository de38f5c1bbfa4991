/** Writes the XML documents of OSS, and parses the one that it receives. */

export type XmlNode = [name: string, content: string | number | boolean | XmlNode[]];

export interface ListedPart {
  number: number;
  /** As sent, without its quotes. */
  etag: string;
}

export function xmlDocument(root: XmlNode): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${write(root, '')}`;
}

/**
 * Parses `<CompleteMultipartUpload>`. The children of a Part may come in either order, and the ETag with raw
 * quotes, `&quot;`, `&#34;` or none. Undefined for any other document.
 */
export function parseCompleteBody(text: string): ListedPart[] | undefined {
  const all = withoutComments(text.replace(/^\ufeff/, ''));
  const tags = all === undefined ? undefined : readTags(all);
  if (tags?.[0] !== undefined && isDeclaration(tags[0])) tags.shift();
  const [root, end] = [tags?.shift(), tags?.pop()];
  if (tags === undefined || root === undefined || end?.name !== '/CompleteMultipartUpload') return undefined;
  if (!/^CompleteMultipartUpload(\s|$)/.test(root.name) || !isBlank(root) || !isBlank(end)) return undefined;

  const parts: ListedPart[] = [];
  for (let at = 0; at < tags.length; at += 6) {
    const part = readPart(tags.slice(at, at + 6));
    if (part === undefined) return undefined;
    parts.push(part);
  }
  return parts.length > 0 ? parts : undefined;
}

/** A tag without its brackets, and the text up to the next one. */
interface Tag {
  name: string;
  text: string;
}

const isBlank = ({ text }: Tag): boolean => text.trim() === '';
const isDeclaration = (tag: Tag): boolean => tag.name.startsWith('?xml') && tag.name.endsWith('?') && isBlank(tag);

/** Looks at each character once, whatever the text: a body may be hostile, and all requests wait for this. */
function readTags(text: string): Tag[] | undefined {
  const tags: Tag[] = [];
  let start = text.indexOf('<');
  if (text.slice(0, Math.max(start, 0)).trim() !== '') return undefined;
  while (start >= 0) {
    const next = text.indexOf('<', start + 1);
    const piece = text.slice(start + 1, next < 0 ? undefined : next);
    const close = piece.indexOf('>');
    if (close < 0) return undefined;
    tags.push({ name: piece.slice(0, close).trimEnd(), text: piece.slice(close + 1) });
    start = next;
  }
  return tags;
}

/** Undefined if a comment doesn't end. */
function withoutComments(text: string): string | undefined {
  let kept = '';
  let from = 0;
  for (let start = text.indexOf('<!--'); start >= 0; start = text.indexOf('<!--', from)) {
    const end = text.indexOf('-->', start + 4);
    if (end < 0) return undefined;
    kept += text.slice(from, start);
    from = end + 3;
  }
  return kept + text.slice(from);
}

/** The three elements of a part: their six tags. */
function readPart(tags: readonly Tag[]): ListedPart | undefined {
  const order = tags.map(({ name }) => name).join(' ');
  const isNumberFirst = order === 'Part PartNumber /PartNumber ETag /ETag /Part';
  if (!isNumberFirst && order !== 'Part ETag /ETag PartNumber /PartNumber /Part') return undefined;
  const [part, first, firstEnd, second, secondEnd, partEnd] = tags as [Tag, Tag, Tag, Tag, Tag, Tag];
  if (![part, firstEnd, secondEnd, partEnd].every(isBlank)) return undefined;
  const [number, etag] = isNumberFirst ? [first.text.trim(), second.text] : [second.text.trim(), first.text];
  if (!/^\d{1,9}$/.test(number)) return undefined;
  return { number: Number(number), etag: unescapeXml(etag).trim().replace(/^"|"$/g, '') };
}

function write([name, content]: XmlNode, indent: string): string {
  if (!Array.isArray(content)) return `${indent}<${name}>${escapeXml(String(content))}</${name}>\n`;
  return `${indent}<${name}>\n${content.map((child) => write(child, `${indent}  `)).join('')}${indent}</${name}>\n`;
}

export function escapeXml(text: string): string {
  return (
    text
      .replace(/&/g, '&amp;')
      .replace(/</g, '&lt;')
      .replace(/>/g, '&gt;')
      // A parser reads a bare carriage return as a line feed.
      .replace(/\r/g, '&#13;')
      // XML 1.0 has no form for these: a document with such a reference is not well-formed. Clients with such keys ask for
      // encoding-type=url.
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, (char) => `&#${char.charCodeAt(0)};`)
  );
}

export function unescapeXml(text: string): string {
  return text.replace(/&(#x[0-9a-f]+|#\d+|\w+);/gi, (whole, entity: string) => {
    if (entity[0] !== '#') return ENTITIES[entity] ?? whole;
    const code = entity[1] === 'x' || entity[1] === 'X' ? Number.parseInt(entity.slice(2), 16) : Number(entity.slice(1));
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
