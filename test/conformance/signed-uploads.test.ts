/** Pages without keys: the handler over HTTP, behind `toNode`, signs; OSS with policies judges. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createHandler, type Grant, toNode } from '../../src/server/index.js';
import { type Asked, placeOf, ROLE } from '../helpers/app-server.js';
import { sendForm } from './signed-form.js';
import { oss, serveTests, wire } from './service.js';
import { completeBody, createWire } from './wire.js';

const PREFIX = 'users/42/';
serveTests();

let server: Server;
let url: string;
let grant: Grant | undefined;

beforeAll(async () => {
  const handler = createHandler({
    ...placeOf(oss),
    credentials: () => oss.control.assumeRole(3600, ROLE),
    allow: () => grant,
    assumeRole: ({ policy }) => oss.control.assumeRole(900, JSON.parse(policy)),
  });
  server = createServer((request, response) => void toNode(handler)(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/oss`;
});
afterAll(() => void server.close());
beforeEach(() => {
  grant = { prefix: PREFIX };
});

async function handlerSays(body: object): Promise<{ status: number; body: Record<string, never> }> {
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
  return { status: response.status, body: (await response.json()) as Record<string, never> };
}

async function signed(asked: Asked): Promise<{ key: string; headers: Record<string, string>; fields: Record<string, string> }> {
  const { status, body } = await handlerSays({ requests: [asked] });
  if (status !== 200) throw new Error(JSON.stringify(body));
  return body['signatures']![0]!;
}

/** What a page without keys does: asks, and sends. */
async function send(asked: Asked, body = '', change: { body?: string; headers?: Record<string, string> } = {}) {
  const { key, headers } = await signed(asked);
  return wire.send(asked.method, key, {
    sign: false,
    query: asked.query ?? {},
    headers: { ...asked.headers, ...headers, ...change.headers },
    body: change.body ?? body,
  });
}
const initiate = async (key: string): Promise<string> =>
  String((await send({ operation: 'InitiateMultipartUpload', method: 'POST', key, query: { uploads: '' } })).xml('UploadId'));
const sendPart = (key: string, uploadId: string, number: number, body: string) =>
  send({ operation: 'UploadPart', method: 'PUT', key, query: { partNumber: String(number), uploadId }, size: body.length }, body);
const toXml = (parts: { number: number; etag: string }[]) =>
  `<?xml version="1.0" encoding="UTF-8"?><CompleteMultipartUpload>${parts
    .map(({ number, etag }) => `<Part><PartNumber>${number}</PartNumber><ETag>${etag.replaceAll('"', '&#34;')}</ETag></Part>`)
    .join('')}</CompleteMultipartUpload>`;
const keysOf = (): string[] => oss.control.objects().map(({ key }) => key);
const BIG = 'x'.repeat(102_400);

describe('a client without keys', () => {
  it('initiates, sends and lists parts, completes and reads the head', async () => {
    const key = `${PREFIX}目录/a b+'(1)!.bin`;
    const uploadId = await initiate(key);
    const etags = [await sendPart(key, uploadId, 1, BIG), await sendPart(key, uploadId, 2, 'end')].map(({ headers }) =>
      String(headers.etag),
    );
    const listed = await send({ operation: 'ListParts', method: 'GET', key, query: { uploadId } });
    expect([listed.status, listed.text.match(/<PartNumber>/g)?.length]).toEqual([200, 2]);
    const parts = etags.map((etag, index) => ({ number: index + 1, etag }));
    const completed = await send({ operation: 'CompleteMultipartUpload', method: 'POST', key, query: { uploadId }, parts }, toXml(parts));
    expect(completed.status).toBe(200);
    const head = await send({ operation: 'HeadObject', method: 'HEAD', key });
    expect(head.headers['content-length']).toBe(String(BIG.length + 3));
  });

  it('aborts an upload, and stores a small object', async () => {
    const uploadId = await initiate(`${PREFIX}a`);
    expect((await send({ operation: 'AbortMultipartUpload', method: 'DELETE', key: `${PREFIX}a`, query: { uploadId } })).status).toBe(204);
    expect(oss.control.uploads()).toEqual([]);
    expect((await send({ operation: 'PutObject', method: 'PUT', key: `${PREFIX}b`, size: 2 }, 'hi')).status).toBe(200);
  });

  it('can send neither another size, nor another key, nor headers that were not signed', async () => {
    const asked = { operation: 'PutObject', method: 'PUT', key: `${PREFIX}b`, size: 2 };
    expect((await send(asked, 'hi', { body: 'longer' })).xml('Code')).toBe('SignatureDoesNotMatch');
    expect((await send(asked, 'hi', { headers: { 'x-oss-object-acl': 'public-read' } })).xml('Code')).toBe('SignatureDoesNotMatch');
    expect((await send(asked, 'hi', { headers: { 'content-type': 'text/html' } })).xml('Code')).toBe('SignatureDoesNotMatch');
    const { headers } = await signed(asked);
    expect((await wire.send('PUT', 'users/43/b', { sign: false, headers, body: 'hi' })).xml('Code')).toBe('SignatureDoesNotMatch');
    const deleted = await wire.send('DELETE', `${PREFIX}b`, { sign: false, headers, body: 'hi' });
    expect(deleted.xml('Code')).toBe('SignatureDoesNotMatch');
    expect(keysOf()).toEqual([]);
  });

  it('replaces nothing where that is not granted', async () => {
    grant = { prefix: PREFIX, overwrite: false };
    const asked = { operation: 'PutObject', method: 'PUT', key: `${PREFIX}b`, size: 2 };
    expect((await send(asked, 'hi')).status).toBe(200);
    expect((await send(asked, 'ho')).xml('Code')).toBe('FileAlreadyExists');
  });

  it('stores a small object with a form of exactly that size and type', async () => {
    grant = { prefix: PREFIX, maxBytes: 2, overwrite: false, metadata: { owner: '42' } };
    const headers = { 'content-type': 'image/png' };
    const { fields } = await signed({ operation: 'PostObject', method: 'POST', key: `${PREFIX}f`, size: 2, headers });
    expect(await sendForm(wire, { ...fields, key: 'users/43/f' }, 'hi')).toBe(403);
    expect(await sendForm(wire, fields, 'longer')).toBe(400);
    expect(keysOf()).toEqual([]);
    expect(await sendForm(wire, fields, 'hi')).toBe(200);
    expect((await wire.send('HEAD', `${PREFIX}f`)).headers).toMatchObject({ 'content-type': 'image/png', 'x-oss-meta-owner': '42' });
  });
});

describe('maxBytes', () => {
  const complete = async (key: string, uploadId: string, parts: { number: number; etag: string }[]) =>
    handlerSays({ requests: [{ operation: 'CompleteMultipartUpload', method: 'POST', key, query: { uploadId }, parts }] });

  it('is exact: that many bytes can be completed, one more aborts the upload', async () => {
    const key = `${PREFIX}exact`;
    for (const [extra, status] of [
      [0, 200],
      [1, 413],
    ] as const) {
      grant = { prefix: PREFIX, maxBytes: BIG.length + 4 };
      const uploadId = await initiate(key);
      const replies = [await sendPart(key, uploadId, 1, BIG), await sendPart(key, uploadId, 2, 'y'.repeat(4 + extra))];
      const parts = replies.map(({ headers }, index) => ({ number: index + 1, etag: String(headers.etag) }));
      expect((await complete(key, uploadId, parts)).status).toBe(status);
      expect(oss.control.uploads().filter((upload) => upload.uploadId === uploadId)).toHaveLength(extra === 0 ? 1 : 0);
    }
  });

  it('holds against parts that arrive after the check', async () => {
    const key = `${PREFIX}late`;
    grant = { prefix: PREFIX, maxBytes: BIG.length + 4 };
    const uploadId = await initiate(key);
    const first = { number: 1, etag: String((await sendPart(key, uploadId, 1, BIG)).headers.etag) };
    const query = { uploadId };
    const { headers } = await signed({ operation: 'CompleteMultipartUpload', method: 'POST', key, query, parts: [first] });
    const second = { number: 2, etag: String((await sendPart(key, uploadId, 2, BIG)).headers.etag) };
    const forged = await wire.send('POST', key, { sign: false, query, headers, body: toXml([first, second]) });
    expect([forged.status, keysOf()]).toEqual([400, []]);
    expect((await wire.send('POST', key, { sign: false, query, headers, body: toXml([first]) })).status).toBe(200);
  });

  it('refuses parts that OSS does not have', async () => {
    grant = { prefix: PREFIX, maxBytes: 9 };
    const uploadId = await initiate(`${PREFIX}a`);
    expect((await complete(`${PREFIX}a`, uploadId, [{ number: 1, etag: 'A' }])).status).toBe(409);
  });
});

describe('discovery', () => {
  it('finds the five newest uploads of exactly one key, with all their parts', async () => {
    const key = `${PREFIX}a`;
    grant = { prefix: PREFIX, discover: true };
    await initiate(`${key}b`);
    const ids: string[] = [];
    for (let count = 0; count < 6; count += 1) {
      oss.control.setClock(count * 1000);
      ids.push(await wire.initiate(key));
    }
    oss.control.setClock(0);
    await sendPart(key, ids[5] ?? '', 3, 'xyz');
    const { body } = await handlerSays({ discover: { key } });
    const uploads = body['uploads'] as unknown as { uploadId: string; parts: { number: number; size: number }[] }[];
    expect(uploads.map(({ uploadId }) => uploadId)).toEqual(ids.slice(1).reverse());
    expect(uploads[0]?.parts).toMatchObject([{ number: 3, size: 3 }]);
  });

  it('finds nothing where there is nothing', async () => {
    grant = { prefix: PREFIX, discover: true };
    expect((await handlerSays({ discover: { key: `${PREFIX}none` } })).body).toEqual({ uploads: [] });
  });
});

it('credentials that it issues reach the prefix and nothing else', async () => {
  const { body } = await handlerSays({ credentials: {} });
  const { accessKeyId, accessKeySecret, securityToken } = body['credentials'] as unknown as Record<string, string>;
  const page = createWire(oss, {
    AccessKeyId: accessKeyId ?? '',
    AccessKeySecret: accessKeySecret ?? '',
    SecurityToken: securityToken ?? '',
    Expiration: '',
  });
  expect((await page.send('PUT', `${PREFIX}a`, { body: 'x' })).status).toBe(200);
  expect((await page.send('PUT', 'users/43/a', { body: 'x' })).status).toBe(403);
  page.close();
});

it('of 2,500 hostile requests none is signed or stored outside the prefix', { timeout: 120_000 }, async () => {
  grant = { prefix: PREFIX, maxBytes: 64, contentTypes: ['image/*'], overwrite: false };
  const keys: unknown[] = ['users/43/a', 'users/42', PREFIX, `${PREFIX}../43/a`, `${PREFIX}%2e%2e/43/a`, `${PREFIX}./a`, `${PREFIX}/a`];
  keys.push(
    'users\u221542/a',
    'users/42\u2215a',
    '',
    null,
    {},
    `${PREFIX}a\0`,
    `${PREFIX}..\\43`,
    'USERS/42/a',
    `${PREFIX}good`,
    `${PREFIX}x/y.png`,
  );
  const id = { uploadId: 'ID' };
  /** What the handler signs; most requests are one of these with up to three changes. */
  const fine = [
    { operation: 'InitiateMultipartUpload', method: 'POST', query: { uploads: '' } },
    { operation: 'UploadPart', method: 'PUT', query: { ...id, partNumber: '1' } },
    { operation: 'ListParts', method: 'GET', query: id },
    { operation: 'AbortMultipartUpload', method: 'DELETE', query: id },
    { operation: 'PutObject', method: 'PUT', query: {} },
    { operation: 'HeadObject', method: 'HEAD', query: {} },
    { operation: 'PostObject', method: 'POST', query: {} },
  ];
  const operations = [...fine.map(({ operation }) => operation), 'CompleteMultipartUpload', 'DeleteObject', 'CopyObject', '__proto__'];
  const methods = ['PUT', 'POST', 'GET', 'HEAD', 'DELETE', undefined];
  const queries = [...fine.map(({ query }) => query), { acl: '' }, { ...id, partNumber: '0' }, { ...id, partNumber: '10001' }];
  const headers = [
    {},
    { 'content-type': 'image/png' },
    { 'content-type': 'text/html' },
    { 'x-oss-copy-source': '/demo-bucket/users/43/a' },
  ];
  headers.push({ 'content-type': 'image/png', 'x-oss-callback': 'e30=' } as never, { 'x-oss-object-acl': 'public-read' } as never);
  const sizes = [0, 5, 64, 65, -1, 1e12, '5', undefined];
  let seed = 42;
  const chance = (): number => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed / 2 ** 32;
  };
  const pick = <T>(list: readonly T[]): T => list[Math.floor(chance() * list.length)] as T;
  let signatures = 0;
  for (let batch = 0; batch < 100; batch += 1) {
    const asked = Array.from({ length: 25 }, () => ({
      ...pick(fine),
      key: pick(keys),
      headers: chance() < 0.5 ? { 'content-type': 'image/png' } : pick(headers),
      size: chance() < 0.5 ? 5 : pick(sizes),
      ...(chance() < 0.2 && { operation: pick(operations) }),
      ...(chance() < 0.2 && { method: pick(methods) }),
      ...(chance() < 0.2 && { query: pick(queries) }),
    }));
    await Promise.all(
      asked.map(async (request) => {
        const { status, body } = await handlerSays({ requests: [request] });
        if (status !== 200) return expect([400, 403, 413]).toContain(status);
        signatures += 1;
        expect([`${PREFIX}good`, `${PREFIX}x/y.png`]).toContain(request.key);
        const signature = (body['signatures'] as unknown as { headers?: Record<string, string> }[])[0];
        // The thief tries the signature at a neighbour's key.
        const { key: _, ...rest } = request;
        if (signature?.headers && rest.method) {
          const reply = await wire.send(rest.method, 'users/43/a', {
            sign: false,
            query: rest.query as Record<string, string>,
            headers: { ...rest.headers, ...signature.headers } as Record<string, string>,
            body: rest.method === 'PUT' ? 'x'.repeat(Number(rest.size)) : rest.method === 'POST' ? completeBody([[1, 'A']]) : '',
          });
          expect([400, 403]).toContain(reply.status);
        }
      }),
    );
  }
  // Otherwise the generator would prove nothing.
  expect(signatures).toBeGreaterThan(25);
  expect(keysOf().filter((key) => !key.startsWith(PREFIX))).toEqual([]);
  expect(oss.control.uploads()).toEqual([]);
});
