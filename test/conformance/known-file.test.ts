/** Bodies that are compared instead of stored: the answers must equal the service's, to the byte. */
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { crc64 } from '../../src/hash/crc64.js';
import { BLOCK, KnownFile, knownFileBodies } from '../../src/emulator/known-file.js';
import { startEmbeddedOss, type EmbeddedOss } from '../../src/emulator/embedded-oss.js';
import { startTestOss } from '../helpers/embedded-oss.js';
import { createWire, type Wire, type WireReply } from './wire.js';

const PART = 25 * BLOCK;
const SIZE = 2 * PART + 12_345;

const known = new KnownFile();
const stretch = (first: number, size: number): Buffer =>
  Buffer.concat(Array.from(known.pieces(first, size), (piece) => Buffer.from(piece)));
const content = stretch(0, SIZE);
const slices = [content.subarray(0, PART), content.subarray(PART, 2 * PART), content.subarray(2 * PART)];

let dataDir: string;
let oss: EmbeddedOss;
let wire: Wire;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'known-file-'));
  await start();
});
async function start(): Promise<void> {
  oss = await startEmbeddedOss({ dataDir, isLasting: false, bodies: knownFileBodies(new KnownFile()) });
  wire = createWire(oss);
}
afterEach(async () => {
  wire.close();
  await oss.close();
  await rm(dataDir, { recursive: true });
});

/** The content of an answer, without what differs from one run to the next. */
function contentOf({ status, headers, text }: WireReply): object {
  const { etag, 'content-md5': md5, 'content-length': length, 'content-range': range, 'x-oss-hash-crc64ecma': crc } = headers;
  return {
    status,
    etag,
    md5,
    length,
    range,
    crc,
    code: /<Code>\w+/.exec(text)?.[0],
    sizes: text.match(/<(?:Size|ETag|HashCrc64ecma)>[^<]*/g),
  };
}

async function upload(wire: Wire): Promise<WireReply[]> {
  const id = await wire.initiate('a.bin');
  const parts: WireReply[] = [];
  for (const [index, body] of slices.entries()) parts.push(await wire.part('a.bin', id, index + 1, body));
  const listed = await wire.send('GET', 'a.bin', { query: { uploadId: id } });
  const completed = await wire.complete(
    'a.bin',
    id,
    parts.map((part, index) => [index + 1, String(part.headers.etag)]),
  );
  const rest = [
    await wire.send('HEAD', 'a.bin'),
    await wire.send('GET', 'a.bin'),
    await wire.send('GET', 'a.bin', { headers: { Range: `bytes=${PART - 5}-${PART + 70_000}` } }),
    await wire.send('PUT', 'whole.bin', { body: content }),
    await wire.send('PUT', 'empty.bin', { body: '' }),
    await wire.send('GET', 'whole.bin', { headers: { Range: 'bytes=-100' } }),
  ];
  return [...parts, listed, completed, ...rest];
}

describe('the known file', () => {
  test('has a number in each block, which is the only difference between blocks', () => {
    expect(content.readBigUInt64LE(0)).toBe(0n);
    expect(content.readBigUInt64LE(20 * BLOCK)).toBe(20n);
    expect(content.subarray(8, BLOCK).equals(content.subarray(20 * BLOCK + 8, 21 * BLOCK))).toBe(true);
  });

  test('is the same from any offset', () => {
    expect(stretch(30, 1000).equals(content.subarray(30 * BLOCK, 30 * BLOCK + 1000))).toBe(true);
  });

  test.each([1, 7, 4096, 65_536, 70_000])('is recognised in chunks of %i bytes', (length) => {
    const comparison = known.comparison();
    const body = content.subarray(3 * BLOCK, 3 * BLOCK + 150_000);
    for (let at = 0; at < body.length; at += length) comparison.append(body.subarray(at, at + length));
    expect(comparison.end()).toEqual({ first: 3, size: 150_000 });
  });
});

describe('an OSS that doesn’t store the known file', () => {
  test('gives the same answers as one that stores it', async () => {
    const real = await startTestOss();
    const realWire = createWire(real);
    const expected = await upload(realWire);
    realWire.close();
    await real.cleanup();

    const actual = await upload(wire);
    expect(actual.map(contentOf)).toEqual(expected.map(contentOf));
    for (const [index, { body }] of actual.entries()) {
      if (expected[index]?.headers['content-type'] !== 'application/xml') expect(body.equals(expected[index]!.body)).toBe(true);
    }
    expect(actual[4]?.headers['x-oss-hash-crc64ecma']).toBe(crc64(content));
  });

  test('gives the same answers the second time, from cached digests', async () => {
    const first = await upload(wire);
    expect((await upload(wire)).map(contentOf)).toEqual(first.map(contentOf));
  });

  test('reads back after a restart', async () => {
    await upload(wire);
    wire.close();
    await oss.close();
    await start();
    expect((await wire.send('GET', 'a.bin')).body.equals(content)).toBe(true);
  });

  test('shows by the CRC-64 of the object that parts are in the wrong order', async () => {
    const id = await wire.initiate('b.bin');
    const etags = [];
    for (const [index, body] of [slices[1]!, slices[0]!, slices[2]!].entries()) {
      etags.push([index + 1, String((await wire.part('b.bin', id, index + 1, body)).headers.etag)] as const);
    }
    const completed = await wire.complete('b.bin', id, etags);
    expect(completed.headers['x-oss-hash-crc64ecma']).toBe(crc64(Buffer.concat([slices[1]!, slices[0]!, slices[2]!])));
    expect(completed.headers['x-oss-hash-crc64ecma']).not.toBe(crc64(content));
  });

  test.each([
    ['a body with one flipped bit', Buffer.from(content.map((byte, index) => (index === 99_999 ? byte ^ 1 : byte)))],
    ['a slice that starts inside a block', content.subarray(100)],
    ['two slices that aren’t adjacent', Buffer.concat([slices[0]!, slices[2]!])],
    ['other bytes', Buffer.alloc(50_000, 65)],
    ['too few bytes to recognise', Buffer.from('hello')],
  ])('refuses %s', async (_, body) => {
    const reply = await wire.send('PUT', 'c.bin', { body });
    expect(reply).toMatchObject({ status: 400 });
    expect(reply.xml('Code')).toBe('InvalidArgument');
    expect((await wire.send('HEAD', 'c.bin')).status).toBe(404);
  });

  test('refuses everything that the service refuses', async () => {
    const id = await wire.initiate('d.bin');
    const put = (request: object) => wire.send('PUT', 'd.bin', { body: content, ...request });
    expect((await put({ sign: false })).status).toBe(403);
    expect((await put({ headers: { 'Content-MD5': 'AAAAAAAAAAAAAAAAAAAAAA==' } })).xml('Code')).toBe('InvalidDigest');
    expect((await put({ chunked: true })).xml('Code')).toBe('MissingContentLength');
    expect((await wire.part('d.bin', 'F'.repeat(32), 1, slices[0]!)).xml('Code')).toBe('NoSuchUpload');
    const etag = String((await wire.part('d.bin', id, 1, stretch(0, 10 * BLOCK))).headers.etag);
    const last = String((await wire.part('d.bin', id, 2, stretch(10, 10 * BLOCK))).headers.etag);
    expect((await wire.complete('d.bin', id, [[1, last]])).xml('Code')).toBe('InvalidPart');
    const small = [
      [1, etag],
      [2, last],
    ] as const;
    expect((await wire.complete('d.bin', id, small)).xml('Code')).toBe('EntityTooSmall');
  });

  test('stores almost nothing of a body', async () => {
    await upload(wire);
    const blobs = join(dataDir, 'buckets', 'demo-bucket', 'blobs');
    const files = (await readdir(blobs, { recursive: true, withFileTypes: true })).filter(
      (entry) => entry.isFile() && entry.name !== 'upload.json',
    );
    const sizes = await Promise.all(files.map(async (file) => (await stat(join(file.parentPath, file.name))).size));
    expect(Math.max(...sizes)).toBeLessThan(20);
  });
});

test('a file that is written while bodies are compared is the known one', async () => {
  const path = join(dataDir, 'written.bin');
  const other = stretch(9_000, 16 * BLOCK);
  const shared = new KnownFile();
  let isWritten = false;
  const writing = shared.write(path, 400 * 16 * BLOCK).finally(() => {
    isWritten = true;
  });
  while (!isWritten) {
    shared.comparison().append(other);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await writing;
  expect((await readFile(path)).equals(stretch(0, 400 * 16 * BLOCK))).toBe(true);
});
