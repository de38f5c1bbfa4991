/** Many at once: open uploads, and connections. */
import { request as httpRequest, type ClientRequest } from 'node:http';
import { expect, test } from 'vitest';
import { oss, serveTests, wire } from './service.js';

serveTests();

const UPLOADS = 10_000;
const CONNECTIONS = 1000;

/** Runs the work for 0 … count - 1, several at a time. */
async function times(count: number, work: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const run = async (): Promise<void> => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: 8 }, run));
}

test('10,000 uploads are open at once, are listed page by page, take parts, and are aborted', async () => {
  const keys = Array.from({ length: UPLOADS }, (_, index) => `folder/${String(index).padStart(5, '0')}`);
  const ids = new Map<string, string>();
  await times(UPLOADS, async (index) => ids.set(keys[index]!, await wire.initiate(keys[index]!)));
  expect(new Set(ids.values()).size).toBe(UPLOADS);

  const listed: string[] = [];
  let pages = 0;
  for (let marker: Record<string, string> = {}; ; pages++) {
    const page = await wire.send('GET', null, { query: { uploads: '', prefix: 'folder/', ...marker } });
    for (const [, key, id] of page.text.matchAll(/<Key>([^<]*)<\/Key>\s*<UploadId>([^<]*)</g)) {
      expect(id).toBe(ids.get(key!));
      listed.push(key!);
    }
    if (page.xml('IsTruncated') === 'false') break;
    marker = { 'key-marker': page.xml('NextKeyMarker') ?? '', 'upload-id-marker': page.xml('NextUploadIdMarker') ?? '' };
  }
  expect([pages + 1, listed]).toEqual([UPLOADS / 1000, keys]);

  for (const key of [keys[0]!, keys[5000]!, keys[UPLOADS - 1]!]) {
    expect((await wire.part(key, ids.get(key)!, 1, 'part')).status).toBe(200);
  }
  expect(oss.control.uploads().reduce((sum, { parts }) => sum + parts, 0)).toBe(3);

  const answers = new Set<number>();
  await times(UPLOADS, async (index) => {
    answers.add((await wire.send('DELETE', keys[index]!, { query: { uploadId: ids.get(keys[index]!)! } })).status);
  });
  expect([[...answers], oss.control.uploads()]).toEqual([[204], []]);
}, 60_000);

test('1,000 connections are served at once', async () => {
  const waiting: ClientRequest[] = [];
  const answers = Array.from({ length: CONNECTIONS }, (_, index) => {
    const path = wire.presign('PUT', `connection/${index}`);
    const headers = { Host: `demo-bucket.localhost:${oss.port}`, 'Content-Length': 10 };
    const request = httpRequest({ host: '127.0.0.1', port: oss.port, method: 'PUT', path, headers, agent: false });
    waiting.push(request);
    request.write('first');
    return new Promise<number | undefined>((resolve, reject) => {
      request.on('error', reject);
      request.on('response', (response) => {
        response.resume();
        response.on('end', () => resolve(response.statusCode));
      });
    });
  });
  // None is answered before all of them have begun.
  await expect.poll(() => oss.control.log().filter(({ bytesIn }) => bytesIn === 5).length, { timeout: 20_000 }).toBe(CONNECTIONS);
  expect(oss.control.objects()).toEqual([]);
  for (const request of waiting) request.end('after');
  expect(new Set(await Promise.all(answers))).toEqual(new Set([200]));
  const objects = oss.control.objects();
  expect([objects.length, new Set(objects.map(({ size, crc64 }) => `${size} ${crc64}`)).size]).toEqual([CONNECTIONS, 1]);
}, 60_000);
