/** Multipart uploads of the embedded OSS. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { crc64 } from '../../src/hash/crc64.js';
import vectors from '../vectors/crc64.json' with { type: 'json' };
import errors from '../vectors/errors.json' with { type: 'json' };
import { oss, serveTests, wire } from './service.js';
import { completeBody, type WireReply } from './wire.js';

serveTests();

const KEY = '目录/a b+c&d.bin';
const MIN = Buffer.alloc(102_400, 65);
const etagOf = (reply: WireReply): string => String(reply.headers.etag);
const md5 = (text: string | Buffer): string => createHash('md5').update(text).digest('base64');

/** Expects every documented field of that error in test/vectors/errors.json. */
function expectError(reply: WireReply, code: string, operation?: string, message?: string): void {
  const row = errors.errors.find(
    (error) =>
      error.code === code &&
      (operation === undefined || error.operation.includes(operation)) &&
      (message === undefined || error.message === message),
  );
  expect(row, `${code} in errors.json`).toBeDefined();
  expect({ status: reply.status, code: reply.xml('Code'), message: reply.xml('Message'), ec: reply.xml('EC') ?? null }).toEqual({
    status: row?.status,
    code,
    message: row?.message,
    ec: row?.ec,
  });
  for (const name of Object.keys(row?.extra ?? {})) expect(reply.text).toContain(`<${name}>`);
  expect(reply.xml('RequestId')).toMatch(/^[0-9A-F]{24}$/);
  expect(reply.headers['x-oss-request-id']).toBe(reply.xml('RequestId'));
}

async function twoParts(): Promise<{ id: string; parts: [number, string][] }> {
  const id = await wire.initiate(KEY);
  const parts: [number, string][] = [];
  for (const number of [1, 2]) parts.push([number, etagOf(await wire.part(KEY, id, number, MIN))]);
  return { id, parts };
}

describe('Initiate', () => {
  test('answers with bucket, key and an id of 32 upper-case hex digits', async () => {
    const reply = await wire.send('POST', KEY, { query: { uploads: '' } });
    expect(reply.status).toBe(200);
    expect(reply.headers).toMatchObject({ server: 'AliyunOSS', 'content-type': 'application/xml' });
    expect(reply.headers['x-oss-server-time']).toMatch(/^\d+$/);
    expect(reply.xml('Key')).toBe(KEY);
    expect(reply.xml('UploadId')).toMatch(/^[0-9A-F]{32}$/);
  });

  test('encodes the key with encoding-type', async () => {
    const reply = await wire.send('POST', KEY, { query: { uploads: '', 'encoding-type': 'url' } });
    expect(reply.xml('EncodingType')).toBe('url');
    expect(reply.xml('Key')).toBe('%E7%9B%AE%E5%BD%95%2Fa%20b%2Bc%26d.bin');
  });

  test('keeps metadata, storage class, encryption and tags for the object, and ignores an ACL', async () => {
    const id = await wire.initiate(KEY, {
      headers: {
        'Content-Type': 'video/mp4',
        'Cache-Control': 'no-cache',
        'x-oss-meta-origin': 'web',
        'x-oss-storage-class': 'IA',
        'x-oss-server-side-encryption': 'AES256',
        'x-oss-tagging': 'k=v&k2=v2',
        'x-oss-object-acl': 'public-read',
      },
    });
    const part = await wire.part(KEY, id, 1, 'tail');
    expect(part.headers['x-oss-server-side-encryption']).toBe('AES256');
    await wire.complete(KEY, id, [[1, etagOf(part)]]);
    expect((await wire.send('HEAD', KEY)).headers).toMatchObject({
      'content-type': 'video/mp4',
      'cache-control': 'no-cache',
      'x-oss-meta-origin': 'web',
      'x-oss-storage-class': 'IA',
      'x-oss-server-side-encryption': 'AES256',
      'x-oss-tagging-count': '2',
      'x-oss-object-type': 'Multipart',
    });
    expect((await wire.send('GET', KEY, { sign: false })).status).toBe(403);
  });

  test('refuses a storage class or an encryption that does not exist', async () => {
    const classed = await wire.send('POST', KEY, { query: { uploads: '' }, headers: { 'x-oss-storage-class': 'Gold' } });
    expect([classed.status, classed.xml('Code')]).toEqual([400, 'InvalidArgument']);
    expectError(
      await wire.send('POST', KEY, { query: { uploads: '' }, headers: { 'x-oss-server-side-encryption': 'ROT13' } }),
      'InvalidEncryptionAlgorithmError',
    );
  });

  test('refuses a body, and takes an empty one in chunks', async () => {
    const reply = await wire.send('POST', KEY, { query: { uploads: '' }, body: '<x/>' });
    expect([reply.status, reply.xml('Code'), oss.control.uploads()]).toEqual([400, 'InvalidArgument', []]);
    expect((await wire.send('POST', KEY, { query: { uploads: '' }, chunked: true })).status).toBe(200);
  });

  test('refuses to begin when overwriting is forbidden and the object exists', async () => {
    await wire.send('PUT', KEY, { body: 'first' });
    expectError(
      await wire.send('POST', KEY, { query: { uploads: '' }, headers: { 'x-oss-forbid-overwrite': 'true' } }),
      'FileAlreadyExists',
    );
    expect((await wire.send('POST', KEY, { query: { uploads: '' }, headers: { 'x-oss-forbid-overwrite': 'false' } })).status).toBe(200);
  });
});

describe('UploadPart', () => {
  test('answers with ETag, Content-MD5 and CRC-64 of the part', async () => {
    const id = await wire.initiate(KEY);
    const reply = await wire.part(KEY, id, 3, 'tail');
    expect(reply.status).toBe(200);
    expect(reply.headers).toMatchObject({
      etag: '"7AEA2552DFE7EB84B9443B6FC9BA6E01"',
      'content-md5': 'euolUt/n64S5RDtvybpuAQ==',
      'x-oss-hash-crc64ecma': '1564134088860173973',
      'content-length': '0',
    });
  });

  test('stores nothing when Content-MD5 does not match', async () => {
    const id = await wire.initiate(KEY);
    expectError(await wire.part(KEY, id, 1, 'tail', { headers: { 'Content-MD5': md5('other') } }), 'InvalidDigest');
    expect(oss.control.uploads()).toMatchObject([{ parts: 0 }]);
    expect((await wire.part(KEY, id, 1, 'tail', { headers: { 'Content-MD5': md5('tail') } })).status).toBe(200);
  });

  test('replaces the earlier part of the same number', async () => {
    const id = await wire.initiate(KEY);
    await wire.part(KEY, id, 1, 'first');
    const second = await wire.part(KEY, id, 1, 'second');
    expect(oss.control.uploads()).toMatchObject([{ parts: 1, bytes: 6 }]);
    expect((await wire.complete(KEY, id, [[1, etagOf(second)]])).status).toBe(200);
    expect((await wire.send('GET', KEY)).text).toBe('second');
  });

  test.each(['0', '10001', 'x', '1.5', '-1'])('refuses part number %s', async (partNumber) => {
    const id = await wire.initiate(KEY);
    const reply = await wire.send('PUT', KEY, { query: { partNumber, uploadId: id }, body: 'x' });
    expectError(reply, 'InvalidArgument', 'UploadPart', 'Part number must be an integer between 1 and 10000, inclusive.');
    expect(reply.xml('ArgumentValue')).toBe(partNumber);
  });

  test('refuses a part without a number', async () => {
    const reply = await wire.send('PUT', KEY, { query: { uploadId: await wire.initiate(KEY) }, body: 'x' });
    expectError(reply, 'InvalidArgument', 'UploadPart', 'Unexpected query string parameter');
  });

  test('refuses an upload of another key, an aborted, a completed or an unknown one', async () => {
    const { id, parts } = await twoParts();
    expectError(await wire.part('other.bin', id, 1, 'x'), 'NoSuchUpload', 'UploadPart');
    expectError(await wire.part(KEY, 'nonsense', 1, 'x'), 'NoSuchUpload', 'UploadPart');
    await wire.complete(KEY, id, parts);
    expectError(await wire.part(KEY, id, 1, 'x'), 'NoSuchUpload', 'UploadPart');
    const aborted = await wire.initiate(KEY);
    expect((await wire.send('DELETE', KEY, { query: { uploadId: aborted } })).status).toBe(204);
    const reply = await wire.part(KEY, aborted, 1, 'x');
    expectError(reply, 'NoSuchUpload', 'UploadPart');
    expect(reply.xml('UploadId')).toBe(aborted);
  });

  test('refuses encryption headers, a missing length and a traffic limit out of range', async () => {
    const id = await wire.initiate(KEY);
    const encrypted = await wire.part(KEY, id, 1, 'x', { headers: { 'x-oss-server-side-encryption': 'AES256' } });
    expect([encrypted.status, encrypted.xml('Code')]).toEqual([400, 'InvalidArgument']);
    expectError(await wire.part(KEY, id, 1, 'x', { chunked: true }), 'MissingContentLength');
    for (const limit of ['819199', '838860801', 'fast']) {
      expect((await wire.part(KEY, id, 1, 'x', { headers: { 'x-oss-traffic-limit': limit } })).xml('Code')).toBe('InvalidArgument');
    }
    const twice = await wire.part(KEY, id, 1, 'x', {
      headers: { 'x-oss-traffic-limit': '819200' },
      query: { 'x-oss-traffic-limit': '819200' },
    });
    expect(twice.xml('Code')).toBe('InvalidArgument');
    expect(oss.control.uploads()).toMatchObject([{ parts: 0 }]);
  });

  test('takes as long as the traffic limit requires', async () => {
    const id = await wire.initiate(KEY);
    const started = performance.now();
    const reply = await wire.part(KEY, id, 1, Buffer.alloc(102_400), { headers: { 'x-oss-traffic-limit': '819200' } });
    expect(reply.status).toBe(200);
    expect(performance.now() - started).toBeGreaterThan(900);
  });

  test('stores nothing of a truncated body', async () => {
    const id = await wire.initiate(KEY);
    await expect(wire.part(KEY, id, 1, 'half', { contentLength: 8 })).rejects.toThrow();
    await expect.poll(() => oss.control.log().at(-1)).toMatchObject({ operation: 'UploadPart', status: null, aborted: true, bytesIn: 4 });
    expect(oss.control.uploads()).toMatchObject([{ parts: 0 }]);
  });

  test('requires the order of parts in sequential mode', async () => {
    const id = await wire.initiate(KEY, { query: { sequential: '' } });
    expect((await wire.part(KEY, id, 1, MIN)).status).toBe(200);
    const early = await wire.part(KEY, id, 3, MIN);
    expectError(early, 'PartNotSequential');
    expect(early.xml('PartNumber')).toBe('3');
    const again = await wire.part(KEY, id, 1, MIN);
    expectError(again, 'PartAlreadyExist');
    expect(again.xml('PartEtag')).toBe('"17FEA6E97583648E493E6D8BCD54C8F4"');
  });
});

describe('Complete', () => {
  test.each(vectors.multipart.map((vector) => [vector.id, vector] as const))(
    'answers with size, CRC-64 and ETag of vector %s',
    async (_, vector) => {
      const id = await wire.initiate(KEY);
      const parts: [number, string][] = [];
      for (const { partNumber, data, crc64: crc, etag } of vector.parts) {
        const { repeatByte, length, utf8, pattern } = data as { repeatByte?: number; length?: number; utf8?: string; pattern?: string };
        const body =
          utf8 !== undefined
            ? Buffer.from(utf8)
            : Buffer.from(
                Array.from({ length: length ?? 0 }, (_unused, i) => (pattern === undefined ? (repeatByte ?? 0) : (i * 31 + 7) & 255)),
              );
        const reply = await wire.part(KEY, id, partNumber, body);
        expect([etagOf(reply), reply.headers['x-oss-hash-crc64ecma']]).toEqual([`"${etag}"`, crc]);
        parts.push([partNumber, etagOf(reply)]);
      }
      const done = await wire.complete(KEY, id, parts);
      expect(done.headers).toMatchObject({ etag: `"${vector.objectEtag}"`, 'x-oss-hash-crc64ecma': vector.objectCrc64 });
      expect(done.xml('ETag')).toBe(`"${vector.objectEtag}"`);
      expect((await wire.send('HEAD', KEY)).headers['content-length']).toBe(String(vector.objectSize));
    },
  );

  test('in path style Location names the bucket, so that it leads to the object', async () => {
    const id = await wire.initiate('a b');
    const etag = String((await wire.part('a b', id, 1, 'x')).headers.etag);
    const url = `http://127.0.0.1:${oss.port}/demo-bucket${wire.presign('POST', 'a b', { query: { uploadId: id } })}`;
    const reply = await fetch(url, { method: 'POST', body: new TextEncoder().encode(completeBody([[1, etag]])) });
    expect(await reply.text()).toContain(`<Location>http://127.0.0.1:${oss.port}/demo-bucket/a%20b</Location>`);
  });

  test('answers with plain or encoded Location and Key', async () => {
    const first = await twoParts();
    const plain = await wire.complete(KEY, first.id, first.parts);
    expect(plain.xml('Location')).toBe(`http://demo-bucket.localhost:${oss.port}/%E7%9B%AE%E5%BD%95/a%20b%2Bc%26d.bin`);
    expect(plain.xml('Key')).toBe(KEY);
    const second = await twoParts();
    const encoded = await wire.complete(KEY, second.id, second.parts, { query: { 'encoding-type': 'url' } });
    expect(encoded.xml('Key')).toBe('%E7%9B%AE%E5%BD%95%2Fa%20b%2Bc%26d.bin');
  });

  test.each([
    ['raw quotes', (etag: string) => `"${etag}"`],
    ['&quot;', (etag: string) => `&quot;${etag}&quot;`],
    ['&#34;', (etag: string) => `&#34;${etag}&#34;`],
    ['no quotes', (etag: string) => etag],
    ['lower case', (etag: string) => etag.toLowerCase()],
  ])('accepts an ETag with %s', async (_, write) => {
    const { id, parts } = await twoParts();
    expect(
      (
        await wire.complete(
          KEY,
          id,
          parts.map(([number, etag]) => [number, write(etag.slice(1, -1))]),
        )
      ).status,
    ).toBe(200);
  });

  test('accepts children in either order, with a declaration and whitespace', async () => {
    const { id, parts } = await twoParts();
    const list = parts.map(([number, etag]) => ` <Part>\n <ETag>${etag}</ETag>\n <PartNumber>${number}</PartNumber> </Part>\n`);
    const body = `<?xml version="1.0" encoding="UTF-8"?>\n<CompleteMultipartUpload>\n${list.join('')}</CompleteMultipartUpload>\n`;
    const headers = { 'Content-Type': 'application/xml', 'Content-MD5': md5(body) };
    expect((await wire.complete(KEY, id, [], { body, headers })).status).toBe(200);
  });

  test.each([
    ['nothing', ''],
    ['text', 'hello'],
    ['no parts', '<CompleteMultipartUpload></CompleteMultipartUpload>'],
    ['a truncated document', '<CompleteMultipartUpload><Part><PartNumber>1</PartNumber>'],
    ['another root', '<Complete><Part><PartNumber>1</PartNumber><ETag>x</ETag></Part></Complete>'],
    ['a part without ETag', '<CompleteMultipartUpload><Part><PartNumber>1</PartNumber></Part></CompleteMultipartUpload>'],
    ['an invalid number', '<CompleteMultipartUpload><Part><PartNumber>one</PartNumber><ETag>x</ETag></Part></CompleteMultipartUpload>'],
  ])('refuses %s as MalformedXML', async (_, body) => {
    const { id } = await twoParts();
    expectError(await wire.complete(KEY, id, [], { body }), 'MalformedXML');
    expect(oss.control.uploads()).toHaveLength(1);
  });

  test.each([
    ['comments that never end', '<!--'.repeat(500_000)],
    ['parts that never end', `<CompleteMultipartUpload>${'<Part>'.repeat(340_000)}</CompleteMultipartUpload>`],
    ['ends of parts that never end', `<CompleteMultipartUpload><Part>${'</Part          '.repeat(130_000)}</CompleteMultipartUpload>`],
    ['an end of blanks', `<CompleteMultipartUpload></CompleteMultipartUpload${' '.repeat(2_000_000)}`],
    ['declarations', '<?xml'.repeat(400_000)],
    ['a number of blanks', `<CompleteMultipartUpload><Part><PartNumber>${' '.repeat(2_000_000)}<ETag></Part></CompleteMultipartUpload>`],
    ['opening brackets', '<'.repeat(2_000_000)],
  ])('refuses two megabytes of %s as MalformedXML, without a wait for the others', async (_, body) => {
    const { id } = await twoParts();
    expectError(await wire.complete(KEY, id, [], { body }), 'MalformedXML');
    expect(oss.control.uploads()).toHaveLength(1);
  });

  test('accepts comments, also within a value', async () => {
    const { id, parts } = await twoParts();
    const list = parts.map(
      ([number, etag]) => `<!-- <Part> --><Part><PartNumber>${number}<!--0--></PartNumber><ETag>${etag}</ETag ></Part>`,
    );
    const body = `<!-- --><?xml version="1.0"?><CompleteMultipartUpload xmlns="x">${list.join('')}</CompleteMultipartUpload ><!---->`;
    expect((await wire.complete(KEY, id, [], { body })).status).toBe(200);
  });

  test('checks Content-MD5 of the document', async () => {
    const { id, parts } = await twoParts();
    expectError(await wire.complete(KEY, id, parts, { headers: { 'Content-MD5': md5('another document') } }), 'InvalidDigest');
  });

  test('refuses descending and repeated numbers, but accepts gaps', async () => {
    const { id, parts } = await twoParts();
    expectError(await wire.complete(KEY, id, [...parts].reverse()), 'InvalidPartOrder');
    expectError(await wire.complete(KEY, id, [parts[0]!, parts[0]!]), 'InvalidPartOrder');
    const ninth = await wire.part(KEY, id, 9, 'tail');
    expect((await wire.complete(KEY, id, [...parts, [9, etagOf(ninth)]])).status).toBe(200);
  });

  test('refuses a part that was never uploaded or has another ETag', async () => {
    const { id, parts } = await twoParts();
    const missing = await wire.complete(KEY, id, [...parts, [3, parts[0]![1]]]);
    expectError(missing, 'InvalidPart');
    expect(missing.xml('PartNumber')).toBe('3');
    const undefinedEtag = await wire.complete(KEY, id, [[1, 'undefined']]);
    expectError(undefinedEtag, 'InvalidPart');
    expect([undefinedEtag.xml('ETag'), undefinedEtag.xml('UploadId')]).toEqual(['undefined', id]);
    expect((await wire.complete(KEY, id, parts)).status).toBe(200);
  });

  test('refuses a small part unless it is the last', async () => {
    const id = await wire.initiate(KEY);
    const small = etagOf(await wire.part(KEY, id, 1, 'test'));
    const big = etagOf(await wire.part(KEY, id, 2, MIN));
    const reply = await wire.complete(KEY, id, [
      [1, small],
      [2, big],
    ]);
    expectError(reply, 'EntityTooSmall');
    expect([reply.xml('ProposedSize'), reply.xml('MinSizeAllowed'), reply.xml('PartNumber')]).toEqual(['4', '102400', '1']);
    expect((await wire.complete(KEY, id, [[1, small]])).status).toBe(200);
  });

  test('accepts a subset and deletes the other parts', async () => {
    const id = await wire.initiate(KEY);
    const one = etagOf(await wire.part(KEY, id, 1, 'one'));
    await wire.part(KEY, id, 2, 'two');
    expect((await wire.complete(KEY, id, [[1, one]])).status).toBe(200);
    expect((await wire.send('GET', KEY)).text).toBe('one');
  });

  test('can’t be repeated: the second one is NoSuchUpload', async () => {
    const { id, parts } = await twoParts();
    expect((await wire.complete(KEY, id, parts)).status).toBe(200);
    expectError(await wire.complete(KEY, id, parts), 'NoSuchUpload', 'CompleteMultipartUpload');
  });

  test('succeeds once when two are sent at the same time', async () => {
    const { id, parts } = await twoParts();
    const replies = await Promise.all([wire.complete(KEY, id, parts), wire.complete(KEY, id, parts)]);
    expect(replies.map((reply) => reply.status).sort()).toEqual([200, 404]);
  });

  test('completes all parts with x-oss-complete-all, without a body', async () => {
    const { id, parts } = await twoParts();
    const headers = { 'x-oss-complete-all': 'yes' };
    expectError(
      await wire.complete(KEY, id, parts, { headers }),
      'InvalidArgument',
      'Complete',
      'Should not speficy both complete all header and http body.',
    );
    const done = await wire.complete(KEY, id, [], { headers, body: '' });
    expect(etagOf(done)).toMatch(/-2"$/);
  });

  test('refuses to overwrite when that is forbidden, and overwrites otherwise', async () => {
    const first = await twoParts();
    const second = await twoParts();
    await wire.complete(KEY, first.id, first.parts);
    expectError(await wire.complete(KEY, second.id, second.parts, { headers: { 'x-oss-forbid-overwrite': 'true' } }), 'FileAlreadyExists');
    expect((await wire.complete(KEY, second.id, second.parts)).status).toBe(200);
  });

  test('sets the ACL', async () => {
    const { id, parts } = await twoParts();
    await wire.complete(KEY, id, parts, { headers: { 'x-oss-object-acl': 'public-read' } });
    expect((await wire.send('GET', KEY, { sign: false })).status).toBe(200);
  });
});

describe('ListParts', () => {
  test('pages through 3,000 parts in ascending order', async () => {
    const id = await wire.initiate(KEY);
    const numbers = Array.from({ length: 3000 }, (_, i) => i + 1);
    let next = 0;
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        for (let i = next++; i < numbers.length; i = next++) await wire.part(KEY, id, numbers[i] as number, `part ${numbers[i]}`);
      }),
    );
    const seen: number[] = [];
    let marker = '0';
    for (let page = 1; ; page++) {
      const reply = await wire.send('GET', KEY, { query: { uploadId: id, 'part-number-marker': marker } });
      expect(reply.xml('MaxParts')).toBe('1000');
      for (const match of reply.text.matchAll(
        /<Part>\s*<PartNumber>(\d+)<\/PartNumber>[\s\S]*?<HashCrc64ecma>(\d+)<\/HashCrc64ecma>\s*<Size>(\d+)</g,
      )) {
        seen.push(Number(match[1]));
        if (Number(match[1]) % 500 === 0) expect(match[2]).toBe(crc64(Buffer.from(`part ${match[1]}`)));
      }
      if (reply.xml('IsTruncated') === 'false') {
        expect(page).toBe(3);
        break;
      }
      marker = reply.xml('NextPartNumberMarker') ?? '';
    }
    expect(seen).toEqual(numbers);
  });

  test('refuses max-parts outside 1..1000 and an unknown upload', async () => {
    const id = await wire.initiate(KEY);
    for (const max of ['0', '1001', 'all']) {
      expect((await wire.send('GET', KEY, { query: { uploadId: id, 'max-parts': max } })).xml('Code')).toBe('InvalidArgument');
    }
    expectError(await wire.send('GET', KEY, { query: { uploadId: 'nonsense' } }), 'NoSuchUpload', 'ListParts');
  });

  test('shows an upload without parts', async () => {
    const id = await wire.initiate(KEY, { headers: { 'x-oss-storage-class': 'IA' } });
    const reply = await wire.send('GET', KEY, { query: { uploadId: id, 'encoding-type': 'url' } });
    expect(reply.text).not.toContain('<Part>');
    expect([reply.xml('NextPartNumberMarker'), reply.xml('IsTruncated'), reply.xml('StorageClass'), reply.xml('Key')]).toEqual([
      '0',
      'false',
      'IA',
      '%E7%9B%AE%E5%BD%95%2Fa%20b%2Bc%26d.bin',
    ]);
  });
});

describe('ListMultipartUploads', () => {
  const list = (query: Record<string, string> = {}): Promise<WireReply> => wire.send('GET', null, { query: { uploads: '', ...query } });
  const keysAndIds = ({ text }: WireReply): [string, string][] =>
    [...text.matchAll(/<Key>([^<]*)<\/Key>\s*<UploadId>([^<]*)</g)].map((match) => [match[1] ?? '', match[2] ?? '']);
  const prefixes = ({ text }: WireReply): string[] =>
    [...text.matchAll(/<Prefix>([^<]+)<\/Prefix>\s*<\/Common/g)].map((match) => match[1] ?? '');

  test('orders the uploads of one key by ID, not by time', async () => {
    const ids: string[] = [];
    for (let count = 0; count < 12; count++) ids.push(await wire.initiate('same'));
    expect(keysAndIds(await list()).map(([, id]) => id)).toEqual([...ids].sort());
  });

  test('finds the same uploads in pages of any size, though one of them ends meanwhile', async () => {
    for (let count = 0; count < 20; count++) await wire.initiate(`k${count % 7}`);
    const all = keysAndIds(await list());
    expect(all).toHaveLength(20);
    for (const size of [1, 8, 19, 20]) {
      const seen: [string, string][] = [];
      let marker: Record<string, string> = {};
      for (;;) {
        const page = await list({ 'max-uploads': String(size), ...marker });
        seen.push(...keysAndIds(page));
        // The markers are filled on the last page too.
        expect([page.xml('NextKeyMarker'), page.xml('NextUploadIdMarker')]).toEqual(seen.at(-1));
        if (page.xml('IsTruncated') === 'false') break;
        marker = { 'key-marker': page.xml('NextKeyMarker') ?? '', 'upload-id-marker': page.xml('NextUploadIdMarker') ?? '' };
      }
      expect(seen).toEqual(all);
    }
    // The upload that the marker names has ended: its successors are still found.
    const [key, id] = all[9] as [string, string];
    await wire.send('DELETE', key, { query: { uploadId: id } });
    expect(keysAndIds(await list({ 'key-marker': key, 'upload-id-marker': id }))).toEqual(all.slice(10));
  });

  test('counts a marker of the ID only together with one of the key; empty ones count for nothing', async () => {
    for (const key of ['a', 'b', 'b', 'c']) await wire.initiate(key);
    const all = keysAndIds(await list());
    expect(keysAndIds(await list({ 'upload-id-marker': 'F'.repeat(32) }))).toEqual(all);
    expect(keysAndIds(await list({ 'key-marker': '', 'upload-id-marker': '' }))).toEqual(all);
    expect(keysAndIds(await list({ 'key-marker': 'b' }))).toEqual(all.slice(3));
    expect(keysAndIds(await list({ 'key-marker': 'b', 'upload-id-marker': all[1]?.[1] ?? '' }))).toEqual(all.slice(2));
  });

  test('a page that ends with a common prefix is continued behind all of it', async () => {
    for (const key of ['a', 'dir/x', 'dir/y', 'dir2/z', 'e']) await wire.initiate(key);
    const first = await list({ delimiter: '/', 'max-uploads': '2' });
    expect([keysAndIds(first).map(([key]) => key), prefixes(first), first.xml('NextKeyMarker')]).toEqual([['a'], ['dir/'], 'dir/']);
    const second = await list({ delimiter: '/', 'key-marker': 'dir/', 'upload-id-marker': '' });
    expect([keysAndIds(second).map(([key]) => key), prefixes(second)]).toEqual([['e'], ['dir2/']]);
    const inside = await list({ delimiter: '/', prefix: 'dir/', 'key-marker': 'dir/x' });
    expect(keysAndIds(inside).map(([key]) => key)).toEqual(['dir/y']);
  });

  test('encoding-type encodes delimiter, prefixes, markers and keys', async () => {
    for (const key of ['目 录/a+b', '目 录/子/c', 'z']) await wire.initiate(key);
    const query = { 'encoding-type': 'url', prefix: '目 录/', delimiter: '/', 'key-marker': '目 录/', 'max-uploads': '1' };
    const reply = await list(query);
    const encoded = '%E7%9B%AE%20%E5%BD%95%2F';
    expect(['EncodingType', 'Delimiter', 'Prefix', 'KeyMarker', 'NextKeyMarker', 'Key', 'MaxUploads'].map(reply.xml)).toEqual([
      'url',
      '%2F',
      encoded,
      encoded,
      `${encoded}a%2Bb`,
      `${encoded}a%2Bb`,
      '1',
    ]);
    const rest = await list({ ...query, 'key-marker': '目 录/a+b', 'upload-id-marker': reply.xml('NextUploadIdMarker') ?? '' });
    expect(prefixes(rest)).toEqual([`${encoded}%E5%AD%90%2F`]);
  });

  test.each([
    ['max-uploads', '0'],
    ['max-uploads', '1001'],
    ['max-uploads', 'ten'],
    ['max-uploads', '-1'],
    ['encoding-type', 'gzip'],
  ])('%s=%s is InvalidArgument', async (name, value) => {
    const reply = await list({ [name]: value });
    expect([reply.status, reply.xml('Code'), reply.xml('ArgumentName')]).toEqual([400, 'InvalidArgument', name]);
  });

  test('pages by key and id, with prefix and delimiter', async () => {
    const ids: string[] = [];
    for (const key of ['b', 'a', 'dir/x', 'dir/y', 'a', 'z']) ids.push(await wire.initiate(key));
    const list = async (query: Record<string, string>): Promise<WireReply> => wire.send('GET', null, { query: { uploads: '', ...query } });
    const found = (reply: WireReply): string[] => [...reply.text.matchAll(/<Upload>\s*<Key>([^<]*)</g)].map((match) => match[1] ?? '');

    const seen: string[] = [];
    let marker: Record<string, string> = {};
    for (;;) {
      const reply = await list({ 'max-uploads': '2', ...marker });
      seen.push(...found(reply));
      if (reply.xml('IsTruncated') === 'false') break;
      marker = { 'key-marker': reply.xml('NextKeyMarker') ?? '', 'upload-id-marker': reply.xml('NextUploadIdMarker') ?? '' };
    }
    expect(seen).toEqual(['a', 'a', 'b', 'dir/x', 'dir/y', 'z']);

    const grouped = await list({ delimiter: '/' });
    expect(found(grouped)).toEqual(['a', 'a', 'b', 'z']);
    expect(grouped.text).toMatch(/<CommonPrefixes>\s*<Prefix>dir\/<\/Prefix>/);
    expect(found(await list({ prefix: 'dir/' }))).toEqual(['dir/x', 'dir/y']);
    expect(found(await list({ 'key-marker': 'b' }))).toEqual(['dir/x', 'dir/y', 'z']);
    expect((await list({ prefix: 'dir/', 'encoding-type': 'url' })).text).toContain('<Key>dir%2Fx</Key>');
  });
});

test('Abort answers 204 once and NoSuchUpload after', async () => {
  const { id } = await twoParts();
  expect((await wire.send('DELETE', KEY, { query: { uploadId: id } })).status).toBe(204);
  expectError(await wire.send('DELETE', KEY, { query: { uploadId: id } }), 'NoSuchUpload', 'AbortMultipartUpload');
});
