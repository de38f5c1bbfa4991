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
  const body = text
    .replace(/^\ufeff/, '')
    .replace(/<!--[\s\S]*?-->/g, '')
    .trim()
    .replace(/^<\?xml[^>]*\?>\s*/, '');
  const root = /^<CompleteMultipartUpload(?:\s[^>]*)?>([\s\S]*)<\/CompleteMultipartUpload\s*>$/.exec(body)?.[1];
  if (root === undefined) return undefined;

  const parts: ListedPart[] = [];
  const rest = root.replace(/<Part>([\s\S]*?)<\/Part\s*>/g, (_, content: string) => {
    const number = /<PartNumber>\s*(\d{1,9})\s*<\/PartNumber\s*>/.exec(content);
    const etag = /<ETag>([^<]*)<\/ETag\s*>/.exec(content);
    const other = content
      .replace(number?.[0] ?? '', '')
      .replace(etag?.[0] ?? '', '')
      .trim();
    if (number === null || etag === null || other !== '') return '!';
    parts.push({
      number: Number(number[1]),
      etag: unescapeXml(etag[1] ?? '')
        .trim()
        .replace(/^"|"$/g, ''),
    });
    return '';
  });
  return rest.trim() === '' && parts.length > 0 ? parts : undefined;
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
