/** ListObjectVersions: every version and every marker, by key, the newest first. */
import { OWNER } from '../owner.js';
import { encodeStrict } from '../parse-request.js';
import { versionIdOf, type Version } from '../versions.js';
import { xmlDocument, type XmlNode } from '../xml.js';
import { byteOrder, integer, isoTime, wantsUrlEncoding } from './listing.js';
import { quoted, xmlReply, type Operation } from './operation.js';

export const listObjectVersions: Operation = async ({ bucket, query }) => {
  const max = integer(query, 'max-keys', 100, 1, 1000);
  const prefix = query.get('prefix') ?? '';
  const [keyMarker, idMarker] = [query.get('key-marker') ?? '', query.get('version-id-marker') ?? ''];
  const encoded = wantsUrlEncoding(query);
  const encode = (text: string): string => (encoded ? encodeStrict(text) : text);

  const all = bucket.versions
    .list()
    .filter(({ key }) => key.startsWith(prefix))
    .sort((a, b) => byteOrder(a.key, b.key));
  const marked = all.findIndex(({ key, record }) => key === keyMarker && versionIdOf(record) === idMarker);
  const after = all.filter(({ key }, index) => (idMarker !== '' && marked >= 0 ? index > marked : byteOrder(key, keyMarker) > 0));
  const page = after.slice(0, max);
  const last = page.length < after.length ? page.at(-1) : undefined;

  const nodes: XmlNode[] = [
    ['Name', bucket.name],
    ['Prefix', encode(prefix)],
    ['KeyMarker', encode(keyMarker)],
    ['VersionIdMarker', idMarker],
    ['MaxKeys', max],
    ['Delimiter', ''],
    ['IsTruncated', last !== undefined],
    ...(encoded ? [['EncodingType', 'url'] satisfies XmlNode] : []),
    ...(last === undefined
      ? []
      : ([
          ['NextKeyMarker', encode(last.key)],
          ['NextVersionIdMarker', versionIdOf(last.record)],
        ] satisfies XmlNode[])),
    ...page.map((version) => versionNode(version, encode)),
  ];
  return xmlReply(xmlDocument(['ListVersionsResult', nodes]));
};

function versionNode({ record, key, isLatest }: Version, encode: (text: string) => string): XmlNode {
  const owner: XmlNode = [
    'Owner',
    [
      ['ID', OWNER],
      ['DisplayName', 'embedded'],
    ],
  ];
  const common: XmlNode[] = [
    ['Key', encode(key)],
    ['VersionId', versionIdOf(record)],
    ['IsLatest', isLatest],
    ['LastModified', isoTime(record.lastModified)],
  ];
  if (record.deleteMarker === true) return ['DeleteMarker', [...common, owner]];
  const described: XmlNode[] = [
    ['ETag', quoted(record.etag)],
    ['Type', record.type],
    ['Size', record.size],
    ['StorageClass', record.attributes['x-oss-storage-class'] ?? 'Standard'],
  ];
  return ['Version', [...common, ...described, owner]];
}
