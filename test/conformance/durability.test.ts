/** What the embedded OSS keeps on disk and in memory. */
import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { combineCrc64 } from '../../src/core/crc64-combine.js';
import { crc64 } from '../../src/hash/crc64.js';
import { startTestOss, type TestOss } from '../helpers/embedded-oss.js';
import { createWire, type Wire } from './wire.js';

let oss: TestOss;
let wire: Wire;
async function start(): Promise<void> {
  oss = await startTestOss();
  wire = createWire(oss);
}
/** Credentials that live by the server's present clock. */
function renew(): void {
  wire.close();
  wire = createWire(oss);
}
afterEach(async () => {
  wire.close();
  await oss.cleanup();
});

/** Restarts with the same folder, port and credentials; existing connections end. */
async function restart(): Promise<void> {
  oss = await oss.restart();
  wire.close();
}

async function filesBelow(folder: string): Promise<string[]> {
  return (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).map((entry) => entry.name);
}

describe('after a restart', () => {
  test('uploads, parts, objects and live tokens are all there', async () => {
    await start();
    const parts = [randomBytes(102_400), randomBytes(102_400), randomBytes(50)];
    const id = await wire.initiate('big.bin', { headers: { 'Content-Type': 'video/mp4', 'x-oss-meta-a': '1' } });
    const listed: [number, string][] = [];
    await wire.part('big.bin', id, 1, 'replaced later');
    for (const [i, part] of parts.slice(0, 2).entries())
      listed.push([i + 1, String((await wire.part('big.bin', id, i + 1, part)).headers.etag)]);
    await wire.send('PUT', 'small.txt', { body: 'hello oss', headers: { 'Content-Type': 'text/plain' } });
    const before = await wire.send('GET', 'big.bin', { query: { uploadId: id } });

    await restart();
    const after = await wire.send('GET', 'big.bin', { query: { uploadId: id } });
    expect(after.status).toBe(200);
    expect(after.text).toBe(before.text);
    listed.push([3, String((await wire.part('big.bin', id, 3, parts[2] as Buffer)).headers.etag)]);
    const done = await wire.complete('big.bin', id, listed);
    expect(done.headers['x-oss-hash-crc64ecma']).toBe(crc64(Buffer.concat(parts)));
    expect((await wire.send('GET', 'small.txt')).text).toBe('hello oss');

    await restart();
    const got = await wire.send('GET', 'big.bin');
    expect(got.body.equals(Buffer.concat(parts))).toBe(true);
    expect(got.headers).toMatchObject({ 'content-type': 'video/mp4', 'x-oss-meta-a': '1', 'x-oss-object-type': 'Multipart' });
    expect((await wire.complete('big.bin', id, listed)).xml('Code')).toBe('NoSuchUpload');
  });

  test.each([
    ['has fractions of a millisecond', 1.1 * 3_600_000 + 0.3],
    ['is before 1970', -60 * 365 * 86_400_000],
  ])('parts and objects are all there when the clock %s', async (_, offset) => {
    await start();
    oss.control.setClock(offset);
    renew();
    const at = Date.now() + offset;
    const id = await wire.initiate('open', { at });
    await wire.part('open', id, 1, 'part', { at });
    await wire.send('PUT', 'k', { body: 'x', at });
    await restart();
    expect(oss.warnings).toEqual([]);
    expect(oss.control.uploads()).toMatchObject([{ uploadId: id, parts: 1, bytes: 4 }]);
    expect(oss.control.objects()).toMatchObject([{ key: 'k', size: 1 }]);
  });

  test('an expired token is still expired', async () => {
    await start();
    oss.control.expireTokens();
    await restart();
    expect((await wire.send('GET', 'x')).xml('Code')).toBe('SecurityTokenExpired');
  });
});

describe('files', () => {
  test('aborted uploads, replaced objects, omitted parts and truncated bodies leave none behind', async () => {
    await start();
    const aborted = await wire.initiate('a');
    await wire.part('a', aborted, 1, 'x');
    await wire.send('DELETE', 'a', { query: { uploadId: aborted } });
    for (const body of ['first', 'second']) await wire.send('PUT', 'replaced', { body });
    const id = await wire.initiate('subset');
    const etag = String((await wire.part('subset', id, 1, 'one')).headers.etag);
    await wire.part('subset', id, 2, 'two');
    await wire.part('subset', id, 1, 'one');
    await wire.complete('subset', id, [[1, etag]]);
    await wire.send('PUT', 'refused', { body: 'x', headers: { 'Content-MD5': 'AAAAAAAAAAAAAAAAAAAAAA==' } });
    await expect(wire.send('PUT', 'broken', { body: 'half', contentLength: 8 })).rejects.toThrow();

    const bucket = join(oss.dataDir, 'buckets', 'demo-bucket');
    await expect.poll(() => filesBelow(join(bucket, 'incoming'))).toEqual([]);
    await expect.poll(() => filesBelow(join(bucket, 'uploads'))).toEqual([]);
    await expect
      .poll(async () => (await filesBelow(join(bucket, 'blobs'))).sort())
      .toEqual([expect.stringMatching(/^00001\./), 'body', 'upload.json'].sort());
    expect(await filesBelow(join(bucket, 'objects'))).toHaveLength(2);
    await oss.control.reset({ data: true });
    expect(await filesBelow(bucket)).toEqual([]);
  });
});

describe('memory', () => {
  test('a part of 300 MB is streamed, not buffered', async () => {
    await start();
    const id = await wire.initiate('large.bin');
    const block = randomBytes(1024 * 1024);
    const blocks = 300;
    let expected = '0';
    for (let i = 0; i < blocks; i++) expected = combineCrc64(expected, crc64(block), block.length);

    const path = wire.presign('PUT', 'large.bin', { query: { partNumber: '1', uploadId: id } });
    const before = process.memoryUsage();
    let peak = 0;
    const crc = await new Promise<string>((resolve, reject) => {
      const request = httpRequest(
        {
          host: '127.0.0.1',
          port: oss.port,
          method: 'PUT',
          path,
          setHost: false,
          headers: { Host: `demo-bucket.localhost:${oss.port}`, 'Content-Length': blocks * block.length },
        },
        (response) => {
          response.resume();
          response.on('end', () => resolve(String(response.headers['x-oss-hash-crc64ecma'])));
        },
      );
      request.on('error', reject);
      let sent = 0;
      const more = (): void => {
        const { rss, arrayBuffers } = process.memoryUsage();
        peak = Math.max(peak, rss - before.rss, arrayBuffers - before.arrayBuffers);
        if (sent++ === blocks) request.end();
        else request.write(block, more);
      };
      more();
    });
    expect(crc).toBe(expected);
    // Client and server share this process; the growth of both together is measured.
    expect(peak / 1e6).toBeLessThan(80);
  });
});
