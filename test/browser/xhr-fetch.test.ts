/** The transport over real HTTP, against the embedded OSS. */
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { objectUrl, queryText } from '../../src/oss/address.js';
import { createSigner, type Query } from '../../src/oss/sign.js';
import { browserFetch, type TransportInit, xhrFetch } from '../../src/oss/xhr-fetch.js';
import { noise } from '../helpers/noise.js';
import type { Fault } from '../helpers/oss-control.js';
import { MiB } from '../helpers/sizes.js';
import { failureOf, sleep } from '../helpers/waits.js';
import { control, ossUrl } from './helpers/service.js';
import { newKey } from './helpers/uploads.js';
import { transcript } from './helpers/wire.js';

const bucket = 'demo-bucket';
const signer = createSigner('cn-hangzhou');

/** Sends one signed request by the transport. */
async function send(
  method: string,
  key: string,
  { query = {}, ...init }: Partial<TransportInit> & { query?: Query } = {},
  transport = xhrFetch,
): Promise<Response> {
  const { Credentials: keys } = await control.assumeRole();
  const credentials = { accessKeyId: keys.AccessKeyId, accessKeySecret: keys.AccessKeySecret, securityToken: keys.SecurityToken };
  const headers = await signer.sign({ method, bucket, key, query, headers: init.headers ?? {} }, credentials, Date.now());
  const url = objectUrl({ origin: ossUrl, addressing: 'virtual-host' }, bucket, key) + queryText(query);
  return transport(url, { signal: new AbortController().signal, ...init, method, headers });
}

/** Strikes every time, since Chromium itself repeats a request when its re-used connection was reset. */
function addFault(key: string, fault: Fault): Promise<{ id: string }> {
  return control.addFault({ key, times: null, fault });
}

/** The log's one entry of a key, when the server has done with it. */
async function exchange(key: string): Promise<Awaited<ReturnType<typeof transcript>>[number]> {
  return vi.waitFor(
    async () => {
      const entry = (await transcript(key))[0];
      expect(entry?.finished).toBe(true);
      return entry as Awaited<ReturnType<typeof transcript>>[number];
    },
    { timeout: 5_000, interval: 50 },
  );
}

describe('a body', () => {
  test('arrives as it is, and its progress ends at its size without ever going back', async () => {
    const key = newKey();
    const body = new Blob([noise(8 * MiB, 1)]);
    const sent: number[] = [];
    const response = await send('PUT', key, { body, onSent: (bytes) => sent.push(bytes) });
    expect(response.status).toBe(200);
    expect(await exchange(key)).toMatchObject({ status: 200, bytesIn: body.size });
    expect(sent.at(-1)).toBe(body.size);
    expect(sent).toEqual([...sent].sort((a, b) => a - b));
    const stored = await send('GET', key);
    expect((await stored.text()).length).toBeGreaterThan(0);
  });

  test('of a file’s slice is that slice', async () => {
    const key = newKey();
    const slice = new Blob(['0123456789']).slice(3, 7);
    await send('PUT', key, { body: slice });
    expect(await (await send('GET', key)).text()).toBe('3456');
  });

  test('of text is sent as UTF-8, with the content type it was signed with', async () => {
    const key = newKey();
    expect((await send('PUT', key, { body: '文件', headers: { 'content-type': 'application/xml' } })).status).toBe(200);
    const { headers } = await exchange(key);
    expect([headers['content-type'], headers['content-length']]).toEqual(['application/xml', '6']);
  });

  test('that is empty reports no progress beyond nothing', async () => {
    const key = newKey();
    const onSent = vi.fn();
    expect((await send('PUT', key, { body: new Blob([]), onSent })).status).toBe(200);
    for (const [bytes] of onSent.mock.calls) expect(bytes).toBe(0);
    expect((await exchange(key)).bytesIn).toBe(0);
  });
});

describe('an answer', () => {
  test('has status, headers and text', async () => {
    const key = newKey();
    const response = await send('POST', key, { query: { uploads: '' } });
    expect(response).toMatchObject({ status: 200, ok: true });
    expect(await response.text()).toContain('<UploadId>');
    expect(response.headers.get('X-OSS-Request-ID')).toMatch(/^[0-9A-F]{24}$/);
    expect(response.headers.get('content-type')).toBe('application/xml');
  });

  test('has the headers whose values hold colons, blanks and commas whole', async () => {
    const key = newKey();
    await addFault(key, {
      kind: 'raw',
      status: 200,
      body: '',
      headers: { Date: 'Sun, 22 Nov 2026 08:00:00 GMT', 'x-oss-ec': 'a: b:c', ETag: '"E"' },
    });
    const { headers } = await send('GET', key);
    expect([headers.get('x-oss-ec'), headers.get('etag'), headers.get('date')]).toEqual(['a: b:c', '"E"', 'Sun, 22 Nov 2026 08:00:00 GMT']);
  });

  test('has no header that the bucket does not expose', async () => {
    const key = newKey();
    await addFault(key, { kind: 'raw', status: 200, body: '', headers: { 'x-oss-hidden': '1' } });
    expect((await send('GET', key)).headers.get('x-oss-hidden')).toBeNull();
  });

  test('of 204 has no body', async () => {
    const key = newKey();
    const uploadId = /<UploadId>(\w+)</.exec(await (await send('POST', key, { query: { uploads: '' } })).text())?.[1] as string;
    const response = await send('DELETE', key, { query: { uploadId } });
    expect([response.status, response.body, await response.text()]).toEqual([204, null, '']);
  });

  test('to HEAD has headers and no text', async () => {
    const key = newKey();
    await send('PUT', key, { body: new Blob(['1234567']) });
    const response = await send('HEAD', key);
    expect([response.status, response.headers.get('content-length'), await response.text()]).toEqual([200, '7', '']);
    expect(response.headers.get('etag')).toMatch(/^"[0-9A-F]{32}"$/);
  });

  test('that is an error is an answer, with its document', async () => {
    const response = await send('GET', newKey());
    expect([response.status, response.ok]).toEqual([404, false]);
    expect(await response.text()).toContain('<Code>NoSuchKey</Code>');
  });

  test.each([203, 299, 400, 503, 599, 600, 999])('of status %i settles', async (status) => {
    const key = newKey();
    await addFault(key, { kind: 'raw', status, body: 'x' });
    const outcome = await Promise.race([
      send('GET', key).then(
        (response) => response.status,
        (error: unknown) => (error instanceof TypeError ? 'TypeError' : error),
      ),
      new Promise((resolve) => setTimeout(resolve, 3_000, 'never')),
    ]);
    // What can't be a Response is as unreadable as none.
    expect(outcome).toBe(status > 599 ? 'TypeError' : status);
  });
});

describe('no answer', () => {
  test('from a connection that is reset: TypeError, as of fetch', async () => {
    const key = newKey();
    await addFault(key, { kind: 'reset', afterBytes: 1_000 });
    const error = await failureOf(send('PUT', key, { body: new Blob([noise(2 * MiB, 2)]) }));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toBe('Failed to fetch');
  });

  test('from a port where nobody listens: TypeError', async () => {
    const error = await failureOf(xhrFetch('http://localhost:9/', { method: 'GET', headers: {}, signal: new AbortController().signal }));
    expect(error).toBeInstanceOf(TypeError);
  });

  test('to a request that could not even be made rejects, and leaves no listener or timer', async () => {
    const { signal } = new AbortController();
    const [add, remove] = [vi.spyOn(signal, 'addEventListener'), vi.spyOn(signal, 'removeEventListener')];
    await failureOf(xhrFetch(ossUrl, { method: 'PUT', headers: { 'x-oss-meta-a': 'line\nbreak' }, signal }));
    expect(remove.mock.calls.length).toBe(add.mock.calls.length);
  });
});

describe('signs of life', () => {
  test('of the answer are told when it begins, and while it comes', async () => {
    const key = newKey();
    await send('PUT', key, { body: new Blob([noise(MiB, 7)]) });
    const onAnswer = vi.fn();
    await send('GET', key, { onAnswer });
    expect(onAnswer.mock.calls.length).toBeGreaterThanOrEqual(2);
  });

  test('of a body end with its size, also where the browser counts headers', async () => {
    const body = new Blob([noise(100_000, 8)]);
    const sent: number[] = [];
    await send('PUT', newKey(), { body, onSent: (bytes) => sent.push(bytes) });
    expect(sent.at(-1)).toBe(body.size);
  });
});

describe('a question that must reach the service', () => {
  test('does so, though the browser has the answer in its cache', async () => {
    const key = newKey();
    const headers = { 'x-oss-meta-a': 'b', 'cache-control': 'max-age=3600' };
    await send('PUT', key, { body: new Blob(['first']), headers });
    expect(await (await send('GET', key, {}, browserFetch)).text()).toBe('first');
    expect((await send('HEAD', key, { cache: 'no-store' }, browserFetch)).status).toBe(200);
    expect((await send('GET', key, { cache: 'no-store' }, browserFetch)).status).toBe(200);
    const asked = (await transcript(key)).map(({ method }) => method);
    expect(asked).toEqual(['PUT', 'GET', 'HEAD', 'GET']);
  });
});

describe('aborting', () => {
  test('in the middle of a body rejects with signal.reason, whatever it is', async () => {
    const key = newKey();
    await addFault(key, { kind: 'stall', afterBytes: 100_000, milliseconds: 10_000 });
    const controller = new AbortController();
    const reason = { paused: true };
    const sending = send('PUT', key, { body: new Blob([noise(16 * MiB, 5)]), signal: controller.signal });
    await vi.waitFor(async () => expect((await transcript(key))[0]?.bytesIn).toBeGreaterThan(0), { timeout: 5_000 });
    controller.abort(reason);
    expect(await failureOf(sending)).toBe(reason);
  });

  test('ends the request at the server', async () => {
    const key = newKey();
    await addFault(key, { kind: 'delay', milliseconds: 60_000 });
    const controller = new AbortController();
    const sending = send('PUT', key, { body: new Blob([noise(1024, 5)]), signal: controller.signal });
    await vi.waitFor(async () => expect(await transcript(key)).toHaveLength(1), { timeout: 5_000 });
    controller.abort();
    await failureOf(sending);
    expect(await exchange(key)).toMatchObject({ aborted: true, status: null });
  });

  test('before the start sends nothing', async () => {
    const key = newKey();
    const reason = new Error('disposed');
    expect(await failureOf(send('GET', key, { signal: AbortSignal.abort(reason) }))).toBe(reason);
    expect(await transcript(key)).toEqual([]);
  });

  test('after the answer changes nothing, and no listener is left', async () => {
    const controller = new AbortController();
    const remove = vi.spyOn(controller.signal, 'removeEventListener');
    const response = await send('GET', newKey(), { signal: controller.signal });
    expect(remove).toHaveBeenCalledTimes(1);
    controller.abort();
    expect(await response.text()).toContain('NoSuchKey');
  });

  test('one of two leaves the other alone', async () => {
    const [gone, stays] = [newKey(), newKey()];
    for (const key of [gone, stays]) await addFault(key, { kind: 'delay', milliseconds: 500 });
    const controller = new AbortController();
    const [first, second] = [send('GET', gone, { signal: controller.signal }), send('GET', stays)];
    setTimeout(() => controller.abort(), 100);
    expect((await failureOf(first)).name).toBe('AbortError');
    expect((await second).status).toBe(404);
  });
});

test('rejects when the page stops its requests', async () => {
  const key = newKey();
  const frame = document.createElement('iframe');
  document.body.append(frame);
  onTestFinished(() => frame.remove());
  const inner = frame.contentWindow as Window & typeof globalThis;
  vi.stubGlobal('XMLHttpRequest', inner.XMLHttpRequest);
  onTestFinished(() => void vi.unstubAllGlobals());
  await control.addFault({ key, operation: 'PutObject', times: null, fault: { kind: 'stall' } });
  const url = `${ossUrl}/demo-bucket/${key}`;
  const failure = failureOf(xhrFetch(url, { method: 'PUT', headers: {}, body: new Blob(['x']), signal: new AbortController().signal }));
  await sleep(1_000);
  inner.stop();
  expect(await failure).toBeInstanceOf(TypeError);
});
