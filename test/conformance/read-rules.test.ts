/** What GetObject and HeadObject answer: header values of any language, overrides, conditions, and an object that is replaced while it is read. */
import { request as httpRequest } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { oss, serveTests, wire } from './service.js';

serveTests();

/** Header values as the UTF-8 that clients send; Node reads and writes them as Latin-1. */
const bytes = (text: string): string => Buffer.from(text).toString('latin1');
const text = (value: unknown): string => Buffer.from(String(value), 'latin1').toString();

describe('header values that are not ASCII', () => {
  const disposition = 'attachment; filename="年度报告 é 😀.pdf"';

  test('are stored by Put and returned by HEAD and GET', async () => {
    const headers = { 'Content-Disposition': bytes(disposition), 'x-oss-meta-author': bytes('王小明') };
    // Without a body: Node's own client garbles a Content-Disposition that is sent with one.
    expect((await wire.send('PUT', 'a.pdf', { headers })).status).toBe(200);
    for (const method of ['HEAD', 'GET']) {
      const reply = await wire.send(method, 'a.pdf');
      expect(reply.status).toBe(200);
      expect(text(reply.headers['content-disposition'])).toBe(disposition);
      expect(text(reply.headers['x-oss-meta-author'])).toBe('王小明');
    }
  });

  test('are stored by Initiate', async () => {
    const id = await wire.initiate('b.pdf', { headers: { 'Content-Disposition': bytes(disposition) } });
    const { headers } = await wire.part('b.pdf', id, 1, 'x');
    await wire.complete('b.pdf', id, [[1, String(headers.etag)]]);
    expect(text((await wire.send('HEAD', 'b.pdf')).headers['content-disposition'])).toBe(disposition);
  });

  test('are returned byte by byte when the answer trickles', async () => {
    await wire.send('PUT', 'a.pdf', { body: 'x', headers: { 'x-oss-meta-author': bytes('王小明') } });
    oss.control.addFault({ operation: 'HeadObject', fault: { kind: 'trickle', milliseconds: 20 } });
    expect(text((await wire.send('HEAD', 'a.pdf')).headers['x-oss-meta-author'])).toBe('王小明');
  });

  test('a body that trickles arrives whole, over its time, and in the range that was asked for', async () => {
    const body = Buffer.from(Array.from({ length: 300_000 }, (_, i) => i % 251));
    await wire.send('PUT', 'a.bin', { body });
    oss.control.addFault({ operation: 'GetObject', times: 2, fault: { kind: 'trickle', milliseconds: 200 } });
    const started = performance.now();
    const whole = await wire.send('GET', 'a.bin');
    expect(performance.now() - started).toBeGreaterThan(190);
    expect([whole.status, whole.body.equals(body)]).toEqual([200, true]);
    const range = await wire.send('GET', 'a.bin', { headers: { Range: 'bytes=1000-280000' } });
    expect([range.status, range.body.equals(body.subarray(1000, 280_001))]).toEqual([206, true]);
    await expect.poll(() => oss.control.log().map(({ aborted }) => aborted)).toEqual([false, false, false]);
  });

  test('a preflight that asks for one is answered', async () => {
    const headers = { Origin: 'http://app.test', 'Access-Control-Request-Method': 'PUT', 'Access-Control-Request-Headers': bytes('x-年') };
    expect((await wire.send('OPTIONS', 'a', { sign: false, headers })).status).toBe(200);
  });
});

describe('response-* in the query', () => {
  test('replaces the six headers that OSS knows', async () => {
    await wire.send('PUT', 'a', { body: 'x', headers: { 'Content-Type': 'text/plain' } });
    const six: Record<string, string> = {
      'response-content-type': 'text/html',
      'response-content-language': 'de',
      'response-expires': 'Fri, 01 Jan 2027 00:00:00 GMT',
      'response-cache-control': 'no-cache',
      'response-content-disposition': 'inline; filename="报告.html"',
      'response-content-encoding': 'identity',
    };
    const { status, headers } = await wire.send('GET', 'a', { query: six });
    expect(status).toBe(200);
    for (const [name, value] of Object.entries(six)) expect(text(headers[name.slice(9)])).toBe(value);
  });

  test.each([
    ['response-content-length', '1000'],
    ['response-transfer-encoding', 'chunked'],
    ['response-etag', '"other"'],
    ['response-x-oss-hash-crc64ecma', '1'],
    ['response-access-control-allow-origin', 'http://evil.test'],
    ['response-', 'x'],
  ])('%s changes nothing', async (name, value) => {
    await wire.send('PUT', 'a', { body: 'hello' });
    const plain = await wire.send('GET', 'a');
    const reply = await wire.send('GET', 'a', { query: { [name]: value } });
    expect([reply.status, reply.text]).toEqual([200, 'hello']);
    expect(Object.keys(reply.headers).sort()).toEqual(Object.keys(plain.headers).sort());
    expect(reply.headers).toMatchObject({ etag: plain.headers.etag, 'content-length': '5' });
  });

  test.each(['a\r\nX-Injected: 1', 'a\u0000b', '\u007f'])('the value %j is refused', async (value) => {
    await wire.send('PUT', 'a', { body: 'x' });
    const reply = await wire.send('GET', 'a', { query: { 'response-content-disposition': value } });
    expect([reply.status, reply.xml('Code'), reply.xml('ArgumentName')]).toEqual([400, 'InvalidArgument', 'response-content-disposition']);
    expect(reply.headers['x-injected']).toBeUndefined();
  });
});

describe('conditions', () => {
  const past = 'Thu, 01 Jan 2015 00:00:00 GMT';
  const future = 'Fri, 01 Jan 2100 00:00:00 GMT';
  const ETAG = '"337B33C02F89493026843983FF272A30"';

  test.each<[string, Record<string, string>, number]>([
    ['If-Match with the ETag', { 'If-Match': ETAG }, 200],
    ['If-Match with the ETag without quotes', { 'If-Match': ETAG.slice(1, -1) }, 200],
    ['If-Match with one of two', { 'If-Match': `"other", ${ETAG}` }, 200],
    ['If-Match with another', { 'If-Match': '"other"' }, 412],
    ['If-Unmodified-Since later', { 'If-Unmodified-Since': future }, 200],
    ['If-Unmodified-Since earlier', { 'If-Unmodified-Since': past }, 412],
    ['If-Unmodified-Since that is no date', { 'If-Unmodified-Since': 'yesterday' }, 200],
    ['If-Match decides, not If-Unmodified-Since', { 'If-Match': ETAG, 'If-Unmodified-Since': past }, 200],
    ['If-None-Match with the ETag', { 'If-None-Match': ETAG }, 304],
    ['If-None-Match with another', { 'If-None-Match': '"other"' }, 200],
    ['If-Modified-Since later', { 'If-Modified-Since': future }, 304],
    ['If-Modified-Since earlier', { 'If-Modified-Since': past }, 200],
    ['If-None-Match decides, not If-Modified-Since', { 'If-None-Match': '"other"', 'If-Modified-Since': future }, 200],
    ['a failed If-Match before If-None-Match', { 'If-Match': '"other"', 'If-None-Match': ETAG }, 412],
  ])('%s', async (_, headers, status) => {
    await wire.send('PUT', 'a', { body: 'hello oss' });
    const get = await wire.send('GET', 'a', { headers });
    expect(get.status).toBe(status);
    expect((await wire.send('HEAD', 'a', { headers })).status).toBe(status);
    if (status === 412) expect([get.xml('Code'), get.xml('Condition')]).toEqual(['PreconditionFailed', Object.keys(headers)[0]]);
    else expect(get.headers.etag).toBe(ETAG);
  });
});

describe('an object that is replaced while it is read', () => {
  const MiB = 1024 * 1024;

  /** Reads an object slowly. `begun` resolves with its first bytes; `whole` when the answer ends. */
  function readSlowly(key: string): { begun: Promise<void>; go: () => void; whole: Promise<Buffer> } {
    let started = (): void => {};
    let go = (): void => {};
    const begun = new Promise<void>((resolve) => {
      started = resolve;
    });
    const whole = new Promise<Buffer>((resolve, reject) => {
      const path = wire.presign('GET', key);
      const headers = { Host: `demo-bucket.localhost:${oss.port}` };
      httpRequest({ host: '127.0.0.1', port: oss.port, path, headers, agent: false }, (response) => {
        const chunks: Buffer[] = [];
        response.once('data', (first: Buffer) => {
          chunks.push(first);
          response.pause();
          go = () => {
            response.on('data', (chunk: Buffer) => chunks.push(chunk));
            response.resume();
          };
          started();
        });
        response.on('end', () => resolve(Buffer.concat(chunks)));
        response.on('error', reject);
      })
        .on('error', reject)
        .end();
    });
    return { begun, go: () => go(), whole };
  }

  async function upload(key: string, fills: readonly number[]): Promise<void> {
    const id = await wire.initiate(key);
    const parts: [number, string][] = [];
    for (const [index, fill] of fills.entries()) {
      const { headers } = await wire.part(key, id, index + 1, Buffer.alloc(4 * MiB, fill));
      parts.push([index + 1, String(headers.etag)]);
    }
    await wire.complete(key, id, parts);
  }

  test.each<[string, () => Promise<unknown>]>([
    ['by Put', () => wire.send('PUT', 'film', { body: 'new' })],
    ['by Complete', () => upload('film', [9])],
    ['by Delete', () => wire.send('DELETE', 'film')],
  ])('%s is read to its end', async (_, replace) => {
    const fills = [1, 2, 3, 4, 5, 6];
    await upload('film', fills);
    const reading = readSlowly('film');
    await reading.begun;
    await replace();
    // Long enough for the removal to run.
    await sleep(200);
    reading.go();
    const body = await reading.whole;
    expect(body.length).toBe(fills.length * 4 * MiB);
    expect(fills.map((_fill, index) => body[index * 4 * MiB + 100])).toEqual(fills);
  });
});

describe('signatures of older versions', () => {
  test.each<[string, Record<string, string>, Record<string, string>]>([
    ['V1 in a header', { Authorization: 'OSS LTAI:c2lnbmF0dXJl' }, {}],
    ['V1 in a URL', {}, { OSSAccessKeyId: 'LTAI', Expires: '1900000000', Signature: 'c2ln' }],
    ['V2 in a header', { Authorization: 'OSS2 AccessKeyId:LTAI,Signature:c2ln' }, {}],
    ['V2 in a URL', {}, { 'x-oss-signature-version': 'OSS2', 'x-oss-signature': 'c2ln' }],
  ])('%s is refused with words that name V4', async (what, headers, query) => {
    const reply = await wire.send('GET', 'a', { sign: false, headers, query });
    expect([reply.status, reply.xml('Code')]).toEqual([400, 'InvalidArgument']);
    expect(reply.xml('Message')).toMatch(new RegExp(`version ${what.slice(0, 2)} .* is not accepted; sign the request with V4`));
  });
});

describe('encoding-type', () => {
  test('a wrong one is refused before anything is changed', async () => {
    const query = { 'encoding-type': 'base64' };
    expect((await wire.send('POST', 'a', { query: { ...query, uploads: '' } })).xml('Code')).toBe('InvalidArgument');
    expect(oss.control.uploads()).toEqual([]);
    const id = await wire.initiate('a');
    const { headers } = await wire.part('a', id, 1, 'x');
    expect((await wire.complete('a', id, [[1, String(headers.etag)]], { query })).xml('Code')).toBe('InvalidArgument');
    expect(oss.control.objects()).toEqual([]);
    expect((await wire.complete('a', id, [[1, String(headers.etag)]])).status).toBe(200);
  });

  test('a carriage return in a key survives in XML, as line feeds and tabs do', async () => {
    const reply = await wire.send('POST', 'a\r\n\tb', { query: { uploads: '' } });
    expect(reply.text).toContain('<Key>a&#13;\n\tb</Key>');
  });
});
