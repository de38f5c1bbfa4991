/** Callbacks from end to end: the handler orders them, OSS sends and signs them, `verifyCallback` judges. Over real HTTP. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createHandler, type Grant, toNode } from '../../src/server/index.js';
import { type CallbackOptions, type VerifiedCallback, verifyCallback } from '../../src/server/verify-callback.js';
import { type Asked, placeOf, ROLE } from '../helpers/app-server.js';
import { oss, serveTests, wire } from './service.js';
import { sendForm } from './signed-form.js';

const SECRET = 'a secret that only the servers know';
const PREFIX = 'users/42/';
serveTests();

let server: Server;
let base: string;
let grant: Grant;
/** What the application's server has made of each callback. */
const verdicts: VerifiedCallback[] = [];
/** The callbacks as they came. */
const received: { target: string; body: string; headers: Record<string, string> }[] = [];

const options = (): CallbackOptions => ({ secret: SECRET, testKeyUrl: `${oss.url}/_callback/key.pem` });

beforeAll(async () => {
  const sign = toNode(
    createHandler({ ...placeOf(oss), credentials: () => oss.control.assumeRole(3600, ROLE), allow: () => grant, callbackSecret: SECRET }),
  );
  const hear = toNode(async (request) => {
    const { pathname, search } = new URL(request.url);
    received.push({ target: pathname + search, body: await request.clone().text(), headers: Object.fromEntries(request.headers) });
    const verdict = await verifyCallback(request, options());
    verdicts.push(verdict);
    return verdict.ok ? Response.json({ welcome: verdict.object?.user }) : Response.json({ error: verdict.reason }, { status: 403 });
  });
  server = createServer((request, response) => void (request.url === '/oss' ? sign : hear)(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close());
beforeEach(() => {
  verdicts.length = 0;
  received.length = 0;
  grant = { prefix: PREFIX, maxBytes: 1_000_000, callback: { url: `${base}/a%20b?from=oss`, user: '42', variables: { album: '夏 "+&' } } };
});

async function signed(asked: Asked): Promise<{ headers: Record<string, string>; fields: Record<string, string> }> {
  const body = JSON.stringify({ requests: [asked] });
  const response = await fetch(`${base}/oss`, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
  expect(response.status).toBe(200);
  return ((await response.json()) as { signatures: [{ headers: Record<string, string>; fields: Record<string, string> }] }).signatures[0];
}

/** What a page without keys does: asks, and sends. */
async function send(asked: Asked, body = '') {
  const { headers } = await signed(asked);
  return wire.send(asked.method, asked.key, { sign: false, query: asked.query ?? {}, headers: { ...asked.headers, ...headers }, body });
}
const put = (key: string, body = 'hi') =>
  send({ operation: 'PutObject', method: 'PUT', key, size: body.length, headers: { 'content-type': 'image/png' } }, body);

const object = (key: string, size: number) => ({
  ok: true,
  object: { bucket: 'demo-bucket', key, size, mimeType: 'image/png', user: '42', variables: { album: '夏 "+&' } },
});

describe('the callback of what the handler has signed is verified', () => {
  it('after a PutObject, and the page gets the answer of the application', async () => {
    const reply = await put(`${PREFIX}a b.png`);
    expect([reply.status, reply.text]).toEqual([200, '{"welcome":"42"}']);
    expect(verdicts).toMatchObject([object(`${PREFIX}a b.png`, 2)]);
    expect(verdicts).toMatchObject([{ object: { etag: reply.headers.etag?.replaceAll('"', '') } }]);
    expect(received[0]?.headers).toMatchObject({ 'x-oss-tag': 'CALLBACK', 'x-oss-signature-version': '1.0' });
    expect(Buffer.from(received[0]?.headers['authorization'] ?? '', 'base64')).toHaveLength(64);
  });

  it('after an upload in parts', async () => {
    const key = `${PREFIX}parts.png`;
    const begin = {
      operation: 'InitiateMultipartUpload',
      method: 'POST',
      key,
      query: { uploads: '' },
      headers: { 'content-type': 'image/png' },
    };
    const uploadId = String((await send(begin)).xml('UploadId'));
    const part = { operation: 'UploadPart', method: 'PUT', key, query: { partNumber: '1', uploadId }, size: 3 };
    const etag = String((await send(part, 'end')).headers.etag);
    expect(verdicts).toEqual([]);
    const complete = { operation: 'CompleteMultipartUpload', method: 'POST', key, query: { uploadId }, parts: [{ number: 1, etag }] };
    const quoted = etag.replaceAll('"', '&#34;');
    const xml = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${quoted}</ETag></Part></CompleteMultipartUpload>`;
    expect((await send(complete, `<?xml version="1.0" encoding="UTF-8"?>${xml}`)).status).toBe(200);
    expect(verdicts).toMatchObject([object(key, 3)]);
  });

  it('after a form', async () => {
    const key = `${PREFIX}form.png`;
    const { fields } = await signed({ operation: 'PostObject', method: 'POST', key, size: 4, headers: { 'content-type': 'image/png' } });
    expect(await sendForm(wire, fields, 'form')).toBe(200);
    expect(verdicts).toMatchObject([object(key, 4)]);
  });

  it('and once more if somebody repeats it: applications must handle that', async () => {
    await put(`${PREFIX}a`);
    expect((await replay()).status).toBe(200);
  });
});

/** Sends the last callback again, changed. */
function replay(change: { target?: string; body?: string; headers?: Record<string, string> } = {}): Promise<Response> {
  const { target, body, headers } = { ...received.at(-1)!, ...change };
  const { authorization = '', 'x-oss-pub-key-url': keyUrl = '', 'content-type': type = '' } = { ...received.at(-1)!.headers, ...headers };
  return fetch(base + target, { method: 'POST', body, headers: { authorization, 'x-oss-pub-key-url': keyUrl, 'content-type': type } });
}

/** Orders a callback as whoever may write to the bucket can: OSS signs it all the same. */
async function order(key: string, body: object, variables: object): Promise<number> {
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64');
  const callback = { callbackUrl: `${base}/cb`, callbackBody: JSON.stringify(body), callbackBodyType: 'application/json' };
  const headers = { 'x-oss-callback': encode(callback), 'x-oss-callback-var': encode(variables) };
  return (await wire.send('PUT', key, { headers, body: 'hi' })).status;
}

describe('a callback is refused', () => {
  const refused = (reason: string) => expect(verdicts.at(-1)).toEqual({ ok: false, reason });

  it('with another signature, at another URL, or with another key in its body', async () => {
    await put(`${PREFIX}a`);
    const { body } = received[0]!;
    await replay({ headers: { authorization: Buffer.alloc(64, 1).toString('base64') } });
    refused('signature');
    await replay({ target: '/a%20b?from=other' });
    refused('signature');
    await replay({ body: body.replace(`${PREFIX}a`, `${PREFIX}b`) });
    refused('signature');
  });

  it('when its public key is elsewhere', async () => {
    await put(`${PREFIX}a`);
    await replay({ headers: { 'x-oss-pub-key-url': btoa(`${base}/_callback/key.pem`) } });
    refused('key-url');
  });

  it('without a proof: OSS signs whatever the holder of a key orders, and tells the page that it failed', async () => {
    expect(await order('users/43/own', { bucket: 'demo-bucket', object: 'users/43/own' }, {})).toBe(203);
    refused('body');
    const claimed = { bucket: 'demo-bucket', object: `${PREFIX}own`, etag: 'E', size: 2, mimeType: '', 'x:user': '42', 'x:max-bytes': '' };
    expect(await order(`${PREFIX}own`, { ...claimed, 'x:proof': '0'.repeat(64) }, {})).toBe(203);
    refused('proof');
  });

  it.each<[string, object]>([
    ['another key', { object: `${PREFIX}other` }],
    ['another bucket', { bucket: 'other' }],
    ['another user', { 'x:user': '43' }],
    ['a larger size', { 'x:max-bytes': '9000000' }],
    ['other variables', { 'x:album': 'other' }],
    ['more variables', { 'x:more': '' }],
  ])('with the proof of an earlier upload for %s', async (_, change) => {
    await put(`${PREFIX}a`);
    expect(await order(`${PREFIX}a`, JSON.parse(received[0]!.body) as object, {})).toBe(200);
    expect(await order(`${PREFIX}a`, { ...(JSON.parse(received[0]!.body) as object), ...change }, {})).toBe(203);
    refused('proof');
  });

  it('where the application accepts the key of OSS only', async () => {
    await put(`${PREFIX}a`);
    const { target, body, headers } = received[0]!;
    const request = (): Request => new Request(base + target, { method: 'POST', body, headers });
    expect(await verifyCallback(request(), { secret: SECRET })).toEqual({ ok: false, reason: 'key-url' });
    expect((await verifyCallback(request(), options())).ok).toBe(true);
  });
});
