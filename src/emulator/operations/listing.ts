/** ListParts, ListMultipartUploads and ListObjects, page by page. */
import { invalidArgument, noSuchUpload } from '../oss-error.js';
import { isShelved } from '../versions.js';
import { OWNER } from '../owner.js';
import { encodeStrict } from '../parse-request.js';
import { xmlDocument, type XmlNode } from '../xml.js';
import { quoted, xmlReply, type Operation } from './operation.js';

type Query = ReadonlyMap<string, string>;

export const listParts: Operation = async ({ bucket, key, query }) => {
  const id = query.get('uploadId') ?? '';
  const upload = bucket.findUpload(id, key);
  if (upload === undefined) throw noSuchUpload(id, '0042-00000002');
  const max = integer(query, 'max-parts', 1000, 1, 1000);
  const marker = integer(query, 'part-number-marker', 0, 0, 10_000);
  const encoded = wantsUrlEncoding(query);

  const after = [...upload.parts.values()].filter((part) => part.number > marker).sort((a, b) => a.number - b.number);
  const page = after.slice(0, max);
  const nodes: XmlNode[] = [
    ['Bucket', bucket.name],
    ['Key', encoded ? encodeStrict(key) : key],
    ['UploadId', id],
    ['StorageClass', upload.attributes['x-oss-storage-class'] ?? 'Standard'],
    ['PartNumberMarker', marker],
    ['NextPartNumberMarker', page.at(-1)?.number ?? 0],
    ['MaxParts', max],
    ['IsTruncated', after.length > page.length],
    ...page.map(
      (part): XmlNode => [
        'Part',
        [
          ['PartNumber', part.number],
          ['LastModified', isoTime(part.modified)],
          ['ETag', quoted(part.etag)],
          ['HashCrc64ecma', part.crc64],
          ['Size', part.size],
        ],
      ],
    ),
  ];
  if (encoded) nodes.unshift(['EncodingType', 'url']);
  return xmlReply(xmlDocument(['ListPartsResult', nodes]));
};

export const listMultipartUploads: Operation = async ({ bucket, query }) => {
  const max = integer(query, 'max-uploads', 1000, 1, 1000);
  const [prefix, delimiter] = [query.get('prefix') ?? '', query.get('delimiter') ?? ''];
  const [keyMarker, idMarker] = [query.get('key-marker') ?? '', query.get('upload-id-marker') ?? ''];
  const encoded = wantsUrlEncoding(query);
  const encode = (text: string): string => (encoded ? encodeStrict(text) : text);

  // Uploads of one key are ordered by ID, not by time. Without a key marker the ID marker counts for nothing.
  const after = [...bucket.uploads.values()]
    .filter((upload) => upload.key.startsWith(prefix))
    .filter((upload) => {
      if (keyMarker === '') return true;
      if (isListed(upload.key, keyMarker, prefix, delimiter)) return false;
      return byteOrder(upload.key, keyMarker) > 0 || (idMarker !== '' && upload.key === keyMarker && byteOrder(upload.id, idMarker) > 0);
    })
    .sort((a, b) => byteOrder(a.key, b.key) || byteOrder(a.id, b.id));
  const page = cutPage(after, prefix, delimiter, max);

  const nodes: XmlNode[] = [
    ['Bucket', bucket.name],
    ['KeyMarker', encode(keyMarker)],
    ['UploadIdMarker', idMarker],
    // Filled on the last page too: only IsTruncated says whether there is another.
    ['NextKeyMarker', encode(page.last?.key ?? '')],
    ['NextUploadIdMarker', page.last?.item?.id ?? ''],
    ['Delimiter', encode(delimiter)],
    ['Prefix', encode(prefix)],
    ['MaxUploads', max],
    ['IsTruncated', page.truncated],
    ...page.items.map(
      (upload): XmlNode => [
        'Upload',
        [
          ['Key', encode(upload.key)],
          ['UploadId', upload.id],
          ['StorageClass', upload.attributes['x-oss-storage-class'] ?? 'Standard'],
          ['Initiated', isoTime(upload.initiated)],
        ],
      ],
    ),
    ...prefixNodes(page.prefixes, encode),
  ];
  if (encoded) nodes.unshift(['EncodingType', 'url']);
  return xmlReply(xmlDocument(['ListMultipartUploadsResult', nodes]));
};

/** GetBucket (V1) and ListObjectsV2, with what SDKs need to browse. */
export const listObjects: Operation = async ({ bucket, query }) => {
  const v2 = query.get('list-type') === '2';
  const max = integer(query, 'max-keys', 100, 1, 1000);
  const [prefix, delimiter] = [query.get('prefix') ?? '', query.get('delimiter') ?? ''];
  const token = query.get('continuation-token');
  const marker = (token === undefined ? query.get(v2 ? 'start-after' : 'marker') : Buffer.from(token, 'base64').toString()) ?? '';
  const encoded = wantsUrlEncoding(query);
  const encode = (text: string): string => (encoded ? encodeStrict(text) : text);

  const after = [...bucket.objects.values()]
    .filter((record) => !isShelved(record))
    .filter(({ key }) => key.startsWith(prefix) && byteOrder(key, marker) > 0)
    .filter(({ key }) => !isListed(key, marker, prefix, delimiter))
    .sort((a, b) => byteOrder(a.key, b.key));
  const page = cutPage(after, prefix, delimiter, max);
  const next = page.truncated ? (page.last?.key ?? '') : '';

  const nodes: XmlNode[] = [
    ['Name', bucket.name],
    ['Prefix', encode(prefix)],
    ['MaxKeys', max],
    ['Delimiter', encode(delimiter)],
    ['IsTruncated', page.truncated],
    ...(encoded ? [['EncodingType', 'url'] satisfies XmlNode] : []),
    ...(v2
      ? ([
          ['KeyCount', page.items.length + page.prefixes.length],
          ['NextContinuationToken', Buffer.from(next).toString('base64')],
        ] satisfies XmlNode[])
      : ([
          ['Marker', encode(marker)],
          ['NextMarker', encode(next)],
        ] satisfies XmlNode[])),
    ...page.items.map(
      (record): XmlNode => [
        'Contents',
        [
          ['Key', encode(record.key)],
          ['LastModified', isoTime(record.lastModified)],
          ['ETag', quoted(record.etag)],
          ['Type', record.type],
          ['Size', record.size],
          ['StorageClass', record.attributes['x-oss-storage-class'] ?? 'Standard'],
          // ali-oss reads it without checking that it exists.
          [
            'Owner',
            [
              ['ID', OWNER],
              ['DisplayName', 'embedded'],
            ],
          ],
        ],
      ],
    ),
    ...prefixNodes(page.prefixes, encode),
  ];
  return xmlReply(xmlDocument(['ListBucketResult', nodes]));
};

interface Page<T> {
  items: T[];
  prefixes: string[];
  truncated: boolean;
  last: { key: string; item: T | undefined } | undefined;
}

/** Groups a sorted list by delimiter and cuts it to `max` entries; a common prefix counts as one entry. */
function cutPage<T extends { key: string }>(sorted: readonly T[], prefix: string, delimiter: string, max: number): Page<T> {
  const page: Page<T> = { items: [], prefixes: [], truncated: false, last: undefined };
  for (const item of sorted) {
    const common = commonPrefix(item.key, prefix, delimiter);
    if (common !== undefined && common === page.prefixes.at(-1)) continue;
    if (page.items.length + page.prefixes.length === max) return { ...page, truncated: true };
    if (common === undefined) page.items.push(item);
    else page.prefixes.push(common);
    page.last = { key: common ?? item.key, item: common === undefined ? item : undefined };
  }
  return page;
}

/** Up to the first delimiter behind the prefix; undefined if there is none. */
function commonPrefix(key: string, prefix: string, delimiter: string): string | undefined {
  const cut = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
  return cut < 0 ? undefined : key.slice(0, cut + delimiter.length);
}

/** Whether the last page ended with the common prefix that the key belongs to. */
function isListed(key: string, marker: string, prefix: string, delimiter: string): boolean {
  return key.startsWith(marker) && commonPrefix(marker, prefix, delimiter) === marker;
}

const prefixNodes = (prefixes: readonly string[], encode: (text: string) => string): XmlNode[] =>
  prefixes.map((prefix): XmlNode => ['CommonPrefixes', [['Prefix', encode(prefix)]]]);

export function wantsUrlEncoding(query: Query): boolean {
  const type = query.get('encoding-type');
  if (type !== undefined && type !== 'url') throw invalidArgument('Invalid Encoding Method specified in Request.', 'encoding-type', type);
  return type === 'url';
}

export function integer(query: Query, name: string, fallback: number, min: number, max: number): number {
  const text = query.get(name);
  if (text === undefined || text === '') return fallback;
  const value = Number(text);
  if (!/^\d{1,10}$/.test(text) || value < min || value > max) {
    throw invalidArgument(`Argument ${name} must be an integer between ${min} and ${max}.`, name, text);
  }
  return value;
}

export const isoTime = (time: number): string => new Date(time).toISOString();
export const byteOrder = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
