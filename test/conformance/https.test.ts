/** HTTPS with HTTP/1.1 and HTTP/2, as browsers use it in production: the same service, the same faults. */
import { Agent, request as httpsRequest } from 'node:https';
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2';
import { connect as tlsConnect } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { crc64 } from '../../src/hash/crc64.js';
import { type Emulator, type PolicyDocument, startEmulator } from '../../src/emulator/index.js';
import { selfSigned } from '../../src/emulator/self-signed.js';
import { BOUNDARY, formBody, signedFields } from './form.js';
import { createWire, type WireRequest } from './wire.js';

let oss: Emulator;
beforeAll(async () => {
  oss = await startEmulator({ tls: true });
});
afterEach(() => oss.control.reset({ data: true }));
afterAll(() => oss.close());

interface Reply {
  status: number;
  headers: Record<string, string>;
  text: string;
}

interface Client {
  send(method: string, path: string, headers?: Record<string, string>, body?: Buffer): Promise<Reply>;
  close(): void;
}

const host = (): string => `demo-bucket.localhost:${oss.port}`;
const signed = (method: string, key: string | null, request: WireRequest = {}): string =>
  createWire(oss).presign(method, key as string, request);

function http1(): Client {
  const agent = new Agent({ keepAlive: true, ca: oss.certificate as string });
  return {
    close: () => agent.destroy(),
    send: (method, path, headers = {}, body = Buffer.alloc(0)) =>
      new Promise((resolve, reject) => {
        const length = method === 'PUT' || method === 'POST' ? { 'content-length': body.length } : {};
        const options = { host: '127.0.0.1', port: oss.port, servername: 'demo-bucket.localhost', agent, method, path };
        const request = httpsRequest({ ...options, headers: { host: host(), ...headers, ...length } }, (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (chunk) => (text += chunk));
          response.on('end', () =>
            resolve({ status: response.statusCode ?? 0, headers: response.headers as Record<string, string>, text }),
          );
          response.on('error', reject);
        });
        request.on('error', reject);
        request.end(body);
      }),
  };
}

function connectHttp2(): ClientHttp2Session {
  const session = connect(`https://127.0.0.1:${oss.port}`, { ca: oss.certificate as string, servername: 'demo-bucket.localhost' });
  session.on('error', () => {});
  return session;
}

function answerOf(stream: ClientHttp2Stream): Promise<Reply> {
  return new Promise((resolve, reject) => {
    let [headers, text]: [Record<string, string>, string] = [{}, ''];
    stream.on('response', (received) => (headers = received as Record<string, string>));
    stream.setEncoding('utf8').on('data', (chunk) => (text += chunk));
    stream.on('error', reject);
    stream.on('close', () => {
      if (headers[':status'] === undefined) reject(new Error(`The stream ended without an answer: ${stream.rstCode}`));
      else resolve({ status: Number(headers[':status']), headers, text });
    });
  });
}

function http2(session = connectHttp2()): Client {
  return {
    close: () => session.destroy(),
    send: (method, path, headers = {}, body = Buffer.alloc(0)) => {
      const length = method === 'PUT' || method === 'POST' ? { 'content-length': body.length } : {};
      const stream = session.request({ ':method': method, ':path': path, ':authority': host(), ...headers, ...length });
      const answer = answerOf(stream);
      if (body.length > 0) stream.end(body);
      else stream.end();
      return answer;
    },
  };
}

describe.each([
  ['HTTP/1.1', http1],
  ['HTTP/2', () => http2()],
] as const)('over %s', (name, connectBy) => {
  let client: Client;
  beforeAll(() => {
    client = connectBy();
  });
  afterAll(() => client.close());
  const BODY = Buffer.alloc(3_000_000, 'bytes of a part ');

  test('a multipart upload, whole: initiate, parts, list, complete, read', async () => {
    const created = await client.send('POST', signed('POST', 'k', { query: { uploads: '' } }));
    const uploadId = /<UploadId>(\w+)</.exec(created.text)?.[1] as string;
    const etags: string[] = [];
    for (const number of [1, 2]) {
      const query = { partNumber: String(number), uploadId };
      const part = await client.send('PUT', signed('PUT', 'k', { query }), {}, BODY);
      expect([part.status, part.headers['x-oss-hash-crc64ecma']]).toEqual([200, crc64(BODY)]);
      etags.push(part.headers['etag'] as string);
    }
    const listed = await client.send('GET', signed('GET', 'k', { query: { uploadId } }));
    expect(listed.text.match(/<PartNumber>/g)).toHaveLength(2);
    const document = etags.map((etag, i) => `<Part><PartNumber>${i + 1}</PartNumber><ETag>${etag}</ETag></Part>`).join('');
    const body = Buffer.from(`<CompleteMultipartUpload>${document}</CompleteMultipartUpload>`);
    const done = await client.send('POST', signed('POST', 'k', { query: { uploadId } }), {}, body);
    expect([done.status, /<Location>(.*)</.exec(done.text)?.[1]]).toEqual([200, `https://${host()}/k`]);
    const got = await client.send('GET', signed('GET', 'k'));
    expect([got.status, got.text.length, got.headers['x-oss-hash-crc64ecma']]).toEqual([
      200,
      6_000_000,
      crc64(Buffer.concat([BODY, BODY])),
    ]);
    const head = await client.send('HEAD', signed('HEAD', 'k'));
    expect([head.status, head.headers['content-length'], head.text]).toEqual([200, '6000000', '']);
  });

  test('a signed header, a preflight, and an error reply', async () => {
    const path = signed('PUT', 'k', { headers: { 'x-oss-meta-a': '1' } });
    expect((await client.send('PUT', path, { 'x-oss-meta-a': '2' }, BODY)).text).toContain('SignatureDoesNotMatch');
    expect((await client.send('PUT', path, { 'x-oss-meta-a': '1' }, BODY)).status).toBe(200);
    const asked = { origin: 'https://app.test', 'access-control-request-method': 'PUT' };
    const preflight = await client.send('OPTIONS', '/k', asked);
    expect([preflight.status, preflight.headers['access-control-allow-origin']]).toEqual([200, '*']);
    expect(await client.send('GET', signed('GET', 'absent'))).toMatchObject({ status: 404, text: expect.stringContaining('NoSuchKey') });
  });

  test('header values in UTF-8 come back as they were sent', async () => {
    const disposition = Buffer.from('attachment; filename="年度报告 é.pdf"').toString('latin1');
    // Without a body: Node's own client over HTTP/1.1 garbles a Content-Disposition that is sent with one.
    expect((await client.send('PUT', signed('PUT', 'k'), { 'content-disposition': disposition })).status).toBe(200);
    const { status, headers } = await client.send('HEAD', signed('HEAD', 'k'));
    expect([status, headers['content-disposition']]).toEqual([200, disposition]);
  });

  test('a form, and a policy that demands a secure connection', async () => {
    const policy: PolicyDocument = {
      Version: '1',
      Statement: [{ Effect: 'Allow', Action: 'oss:PutObject', Resource: '*', Condition: { Bool: { 'acs:SecureTransport': 'true' } } }],
    };
    const fields = signedFields(oss.control.assumeRole(60, policy).Credentials);
    const form = formBody([['key', 'k'], ['success_action_status', '201'], ...fields], { content: BODY });
    const reply = await client.send('POST', '/', { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` }, form);
    expect([reply.status, /<Location>(.*)</.exec(reply.text)?.[1]]).toEqual([201, `https://${host()}/k`]);
    expect(oss.control.objects()).toMatchObject([{ key: 'k', size: BODY.length, crc64: crc64(BODY) }]);
    const refused = await client.send('POST', '/', { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` }, formBody(fields));
    expect([refused.status, /<Code>(.*)</.exec(refused.text)?.[1]]).toEqual([400, expect.any(String)]);
  });

  test('a form whose connection breaks leaves nothing', async () => {
    const form = formBody([['key', 'k'], ...signedFields(oss.control.assumeRole().Credentials)], { content: BODY });
    const post = (): Promise<Reply> => client.send('POST', '/', { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` }, form);
    oss.control.addFault({ operation: 'PostObject', fault: { kind: 'reset', afterBytes: 1_000_000 } });
    await expect(post()).rejects.toThrow();
    expect(oss.control.objects()).toEqual([]);
    expect((await post()).status).toBe(204);
  });

  test('the control surface and /sts', async () => {
    const at = { host: `localhost:${oss.port}` };
    if (name === 'HTTP/1.1') expect(JSON.parse((await client.send('GET', '/_control/health', at)).text)).toMatchObject({ status: 'ok' });
    else expect((await client.send('GET', '/demo-bucket')).status).toBe(403);
    expect(oss.stsUrl).toBe(`https://localhost:${oss.port}/sts`);
  });

  test('faults: reset, stall, dropped and trickled answers, delays', async () => {
    const put = (): Promise<Reply> => client.send('PUT', signed('PUT', 'k'), {}, BODY);
    oss.control.addFault({ operation: 'PutObject', fault: { kind: 'reset', afterBytes: 1_000_000 } });
    await expect(put()).rejects.toThrow();
    await expect.poll(() => oss.control.log()[0]).toMatchObject({ status: null, aborted: true, finished: true, fault: 'reset' });
    oss.control.addFault({ operation: 'PutObject', fault: { kind: 'stall', afterBytes: 1_000_000, milliseconds: 300 } });
    const started = performance.now();
    await expect(put()).rejects.toThrow();
    expect(performance.now() - started).toBeGreaterThan(290);
    expect(oss.control.objects()).toEqual([]);
    oss.control.addFault({ operation: 'PutObject', fault: { kind: 'drop-response' } });
    await expect(put()).rejects.toThrow();
    expect(oss.control.objects()).toHaveLength(1);
    oss.control.addFault({ operation: 'ListObjects', fault: { kind: 'trickle', milliseconds: 200 } });
    expect((await client.send('GET', signed('GET', null))).text).toContain('</ListBucketResult>');
    oss.control.addFault({ operation: 'PutObject', fault: { kind: 'delay', milliseconds: 50, afterMilliseconds: 50 } });
    expect((await put()).status).toBe(200);
    await expect.poll(() => oss.control.log().every(({ finished }) => finished)).toBe(true);
    const broken = oss.control.log().filter(({ aborted }) => aborted);
    expect(broken.map(({ fault }) => fault)).toEqual(['reset', 'stall', 'drop-response']);
  });

  test('offline cuts what is under way', async () => {
    oss.control.setLink({ bytesPerSecond: 100_000 });
    const cut = expect(client.send('PUT', signed('PUT', 'k'), {}, BODY)).rejects.toThrow();
    await expect.poll(() => oss.control.log()[0]?.bytesIn ?? 0).toBeGreaterThan(0);
    oss.control.setLink({ offline: true });
    await cut;
    oss.control.setLink({ offline: false, bytesPerSecond: null });
    client.close();
    client = connectBy();
    expect((await client.send('PUT', signed('PUT', 'k'), {}, BODY)).status).toBe(200);
  });

  test('a client that leaves in the middle is noticed', async () => {
    oss.control.setLink({ bytesPerSecond: 1_500_000 });
    const gone = expect(client.send('PUT', signed('PUT', 'k'), {}, BODY)).rejects.toThrow();
    await expect.poll(() => oss.control.log()[0]?.bytesIn ?? 0).toBeGreaterThan(0);
    client.close();
    await gone;
    // Over HTTP/1.1 when it has read what had already arrived.
    await expect.poll(() => oss.control.log()[0], { timeout: 8000 }).toMatchObject({ aborted: true, finished: true, status: null });
    client = connectBy();
  });
});

test('over HTTP/2 a hundred uploads share one connection, and one that is reset leaves the others alone', async () => {
  const session = connectHttp2();
  const client = http2(session);
  const body = Buffer.alloc(200_000, 7);
  oss.control.addFault({ key: 'k13', fault: { kind: 'reset', afterBytes: 1000 } });
  const answers = await Promise.allSettled(Array.from({ length: 100 }, (_, n) => client.send('PUT', signed('PUT', `k${n}`), {}, body)));
  expect(answers.flatMap(({ status }, n) => (status === 'rejected' ? [n] : []))).toEqual([13]);
  expect(oss.control.objects()).toHaveLength(99);
  expect(session.destroyed).toBe(false);
  client.close();
});

// Node's request then looks as though it had ended in order.
test.each([
  ['before its first byte', 0],
  ['after a few bytes', 1000],
])('over HTTP/2 nothing is stored of a body that is given up %s', async (_, sent) => {
  const session = connectHttp2();
  const give = (n: number): void => {
    const path = signed('PUT', `k${n}`);
    const stream = session.request({ ':method': 'PUT', ':path': path, ':authority': host(), 'content-length': 3_000_000 });
    stream.on('error', () => {});
    if (sent > 0) stream.write(Buffer.alloc(sent));
    setTimeout(() => stream.close(constants.NGHTTP2_CANCEL), n % 10);
  };
  for (let n = 0; n < 50; n += 1) give(n);
  const isOver = (): boolean => oss.control.log().length === 50 && oss.control.log().every(({ finished }) => finished);
  await expect.poll(isOver, { timeout: 10_000 }).toBe(true);
  expect(oss.control.log().filter(({ status }) => status !== null)).toEqual([]);
  expect(oss.control.objects()).toEqual([]);
  session.destroy();
});

test('HTTP/2 is offered, and clients that know only HTTP/1.1 are served', async () => {
  const protocolFor = (ALPNProtocols: string[]): Promise<string | false | null> =>
    new Promise((resolve, reject) => {
      const socket = tlsConnect(
        { host: '127.0.0.1', port: oss.port, servername: 'localhost', ca: oss.certificate as string, ALPNProtocols },
        () => {
          resolve(socket.alpnProtocol);
          socket.destroy();
        },
      );
      socket.on('error', reject);
    });
  expect(await protocolFor(['h2', 'http/1.1'])).toBe('h2');
  expect(await protocolFor(['http/1.1'])).toBe('http/1.1');
});

test('a certificate that is given is used', async () => {
  const tls = selfSigned(['my.test', 'localhost']);
  await using own = await startEmulator({ tls });
  expect(own.certificate).toBe(tls.cert);
  const session = connect(`https://127.0.0.1:${own.port}`, { ca: tls.cert, servername: 'my.test' });
  const stream = session.request({ ':path': '/_control/health', ':authority': `localhost:${own.port}` });
  const answer = answerOf(stream);
  expect(JSON.parse((await answer).text)).toMatchObject({ status: 'ok' });
  session.close();
});

test('a certificate that is none is refused in words', async () => {
  await expect(startEmulator({ tls: { cert: 'x', key: 'y' } })).rejects.toThrow(/^The certificate and its key can't be used/);
});
