/** Scripted faults, the link, and the control surface of the embedded OSS. */
import { Buffer } from 'node:buffer';
import { connect } from 'node:net';
import { beforeAll, describe, expect, test } from 'vitest';
import { crc64 } from '../../src/hash/crc64.js';
import { createControl, type FaultRule, type RemoteControl } from '../helpers/oss-control.js';
import { oss, serveTests, wire } from './service.js';

let control: RemoteControl;
serveTests();
beforeAll(() => {
  control = createControl(`http://127.0.0.1:${oss.port}`);
});

const BODY = Buffer.alloc(200_000, 7);
const fault = (rule: FaultRule): { id: string } => oss.control.addFault(rule);

describe('a rule', () => {
  test('applies once by default', async () => {
    fault({ operation: 'PutObject', fault: { kind: 'status', status: 503 } });
    const statuses = [];
    for (let i = 0; i < 3; i++) statuses.push((await wire.send('PUT', 'k', { body: 'x' })).status);
    expect(statuses).toEqual([503, 200, 200]);
  });

  test('respects skip and times, and lasts until it is removed with times null', async () => {
    fault({ operation: 'PutObject', skip: 1, times: 2, fault: { kind: 'status', status: 500 } });
    const statuses = [];
    for (let i = 0; i < 4; i++) statuses.push((await wire.send('PUT', 'k', { body: 'x' })).status);
    expect(statuses).toEqual([200, 500, 500, 200]);
    const { id } = fault({ times: null, fault: { kind: 'status', status: 500 } });
    for (let i = 0; i < 3; i++) expect((await wire.send('HEAD', 'k')).status).toBe(500);
    expect(oss.control.faults()).toMatchObject([{ id, hits: 3 }]);
    oss.control.removeFault(id);
    expect((await wire.send('HEAD', 'k')).status).toBe(200);
  });

  test('applies only to its operation, key and part', async () => {
    const id = await wire.initiate('k');
    fault({ operation: ['UploadPart', 'ListParts'], key: 'k', partNumber: 2, times: null, fault: { kind: 'status', status: 500 } });
    expect((await wire.part('k', id, 1, 'x')).status).toBe(200);
    expect((await wire.part('k', id, 2, 'x')).status).toBe(500);
    expect((await wire.send('GET', 'k', { query: { uploadId: id } })).status).toBe(200);
  });

  test('applies to preflights and STS only when they are named', async () => {
    fault({ times: null, fault: { kind: 'status', status: 500 } });
    const preflight = { sign: false, headers: { Origin: 'http://a', 'Access-Control-Request-Method': 'PUT' } };
    expect((await wire.send('OPTIONS', 'k', preflight)).status).toBe(200);
    expect((await control.assumeRole()).Credentials.AccessKeyId).toMatch(/^STS\./);
    oss.control.removeFault();
    fault({ operation: 'Preflight', fault: { kind: 'status', status: 403, code: 'AccessForbidden' } });
    fault({ operation: 'AssumeRole', fault: { kind: 'status', status: 500 } });
    expect((await wire.send('OPTIONS', 'k', preflight)).status).toBe(403);
    await expect(control.assumeRole()).rejects.toThrow('500');
  });

  test('with a probability applies to the same requests for the same seed', async () => {
    const run = async (): Promise<string> => {
      oss.control.removeFault();
      fault({ operation: 'HeadObject', times: null, probability: 0.3, seed: 7, fault: { kind: 'status', status: 500 } });
      let pattern = '';
      for (let i = 0; i < 60; i++) pattern += (await wire.send('HEAD', 'k')).status === 500 ? 'x' : '.';
      return pattern;
    };
    const first = await run();
    expect(await run()).toBe(first);
    expect(first.replaceAll('.', '').length).toBeGreaterThan(8);
    expect(first.replaceAll('.', '').length).toBeLessThan(30);
  });
});

describe('each kind', () => {
  test('status: an error document with code, extras, EC and headers', async () => {
    fault({
      fault: {
        kind: 'status',
        status: 503,
        code: 'TotalQpsLimitExceeded',
        message: 'Slow down.',
        ec: '1-2',
        headers: { 'Retry-After': '3' },
        extra: { Hint: 'x' },
      },
    });
    const reply = await wire.send('PUT', 'k', { body: BODY, headers: { Origin: 'http://a' } });
    expect([reply.status, reply.xml('Code'), reply.xml('Message'), reply.xml('Hint'), reply.xml('EC')]).toEqual([
      503,
      'TotalQpsLimitExceeded',
      'Slow down.',
      'x',
      '1-2',
    ]);
    expect(reply.headers).toMatchObject({ 'retry-after': '3', 'access-control-allow-origin': '*' });
    expect(oss.control.objects()).toEqual([]);
    await expect
      .poll(() => oss.control.log()[0])
      .toMatchObject({ status: 503, code: 'TotalQpsLimitExceeded', fault: 'status', bytesIn: BODY.length });
  });

  test('status: without a code, the one that the service usually gives with it', async () => {
    const upload = { query: { uploadId: 'x', partNumber: '1' } };
    const codes = [];
    for (const status of [400, 403, 404, 405, 409, 411, 412, 416, 418, 500, 502, 503]) {
      fault({ fault: { kind: 'status', status } });
      codes.push((await wire.send('GET', 'k')).xml('Code'));
    }
    expect(codes).toEqual([
      'InvalidArgument',
      'AccessDenied',
      'NoSuchKey',
      'MethodNotAllowed',
      'FileAlreadyExists',
      'MissingContentLength',
      'PreconditionFailed',
      'InvalidRange',
      'InvalidArgument',
      'InternalError',
      'InternalError',
      'ServiceUnavailable',
    ]);
    fault({ times: null, fault: { kind: 'status', status: 404 } });
    expect((await wire.send('PUT', 'k', { body: 'x', ...upload })).xml('Code')).toBe('NoSuchUpload');
    expect((await wire.send('GET', null)).xml('Code')).toBe('NoSuchBucket');
  });

  test('raw: any body', async () => {
    fault({ fault: { kind: 'raw', status: 502, contentType: 'text/html', body: '<html>Bad Gate' } });
    const reply = await wire.send('PUT', 'k', { body: 'x' });
    expect([reply.status, reply.headers['content-type'], reply.text]).toEqual([502, 'text/html', '<html>Bad Gate']);
  });

  test.each([undefined, 70_000, 10_000_000])('reset after %s bytes: ECONNRESET, nothing stored', async (afterBytes) => {
    const id = await wire.initiate('k');
    fault({ operation: 'UploadPart', fault: afterBytes === undefined ? { kind: 'reset' } : { kind: 'reset', afterBytes } });
    await expect(wire.part('k', id, 1, BODY)).rejects.toMatchObject({ code: expect.stringMatching(/ECONNRESET|EPIPE/) });
    await expect.poll(() => oss.control.log().at(-1)).toMatchObject({ status: null, aborted: true, finished: true, fault: 'reset' });
    expect(oss.control.log().at(-1)?.bytesIn).toBeLessThanOrEqual(Math.min(afterBytes ?? 0, BODY.length));
    expect(oss.control.uploads()).toMatchObject([{ parts: 0 }]);
    expect((await wire.part('k', id, 1, BODY)).status).toBe(200);
  });

  test('reset: a request without a body, too', async () => {
    fault({ operation: 'HeadObject', fault: { kind: 'reset' } });
    await expect(wire.send('HEAD', 'k')).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  test('stall: no byte is read and nothing is answered until the time is over', async () => {
    fault({ operation: 'PutObject', fault: { kind: 'stall', afterBytes: 50_000, milliseconds: 400 } });
    const started = performance.now();
    await expect(wire.send('PUT', 'k', { body: Buffer.alloc(20_000_000) })).rejects.toThrow();
    expect(performance.now() - started).toBeGreaterThan(390);
    expect(oss.control.objects()).toEqual([]);
    await expect.poll(() => oss.control.log()[0]).toMatchObject({ aborted: true, bytesIn: 50_000, fault: 'stall' });
  });

  test('stall: sends nothing that a client’s timeout would take for life', async () => {
    fault({ operation: 'PutObject', fault: { kind: 'stall', milliseconds: 2500 } });
    const socket = connect(oss.port, '127.0.0.1');
    let received = '';
    socket.setEncoding('latin1').on('data', (text) => (received += text));
    socket.on('error', () => {});
    socket.write(`PUT /k HTTP/1.1\r\nHost: demo-bucket.localhost\r\nContent-Length: 1000\r\n\r\nhalf`);
    await new Promise((resolve) => socket.once('close', resolve));
    expect(received).toBe('');
    await expect.poll(() => oss.control.log()).toMatchObject([{ fault: 'stall', aborted: true, status: null }]);
  });

  test('stall: notices that a client in the middle of a big body has reset its connection', async () => {
    fault({ operation: 'PutObject', fault: { kind: 'stall', afterBytes: 50_000 } });
    const socket = connect(oss.port, '127.0.0.1');
    socket.on('error', () => {});
    const path = wire.presign('PUT', 'k');
    socket.write(`PUT ${path} HTTP/1.1\r\nHost: demo-bucket.localhost:${oss.port}\r\nContent-Length: 20000000\r\n\r\n`);
    socket.write(Buffer.alloc(20_000_000));
    await expect.poll(() => oss.control.log()[0]?.bytesIn).toBe(50_000);
    socket.resetAndDestroy();
    await expect.poll(() => oss.control.log()[0]?.finished, { timeout: 5000 }).toBe(true);
  });

  test('stall: notices that the client has disconnected', async () => {
    fault({ operation: 'PutObject', fault: { kind: 'stall' } });
    const socket = connect(oss.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write(`PUT /k HTTP/1.1\r\nHost: demo-bucket.localhost\r\nContent-Length: 1000\r\n\r\nhalf`);
    await expect.poll(() => oss.control.log().length).toBe(1);
    expect(oss.control.log()[0]).toMatchObject({ finished: false, status: null });
    socket.destroy();
    await expect.poll(() => oss.control.log()[0]?.finished, { timeout: 5000 }).toBe(true);
  });

  test('delay: a late but normal answer', async () => {
    fault({ fault: { kind: 'delay', milliseconds: 300 } });
    const started = performance.now();
    expect((await wire.send('PUT', 'k', { body: 'x' })).status).toBe(200);
    expect(performance.now() - started).toBeGreaterThan(290);
  });

  test('delay after the work: the object is there before the answer', async () => {
    fault({ operation: 'PutObject', fault: { kind: 'delay', afterMilliseconds: 400 } });
    const answer = wire.send('PUT', 'k', { body: 'x' });
    await expect.poll(() => oss.control.objects().length).toBe(1);
    expect(await Promise.race([answer, new Promise((resolve) => setTimeout(resolve, 100, 'none yet'))])).toBe('none yet');
    expect((await answer).status).toBe(200);
  });

  test('etag: wrong or weak, in the headers and in the document of Complete', async () => {
    const right = String((await wire.send('PUT', 'k', { body: 'x' })).headers.etag);
    fault({ fault: { kind: 'etag', form: 'weak' } });
    expect((await wire.send('HEAD', 'k')).headers.etag).toBe(`W/${right}`);
    fault({ fault: { kind: 'etag', form: 'wrong' } });
    const wrong = String((await wire.send('HEAD', 'k')).headers.etag);
    expect(wrong).toMatch(/^"[0-9A-F]{32}"$/);
    expect(wrong).not.toBe(right);

    const id = await wire.initiate('m');
    const etag = String((await wire.part('m', id, 1, 'tail')).headers.etag);
    fault({ operation: 'CompleteMultipartUpload', fault: { kind: 'etag', form: 'weak' } });
    const done = await wire.complete('m', id, [[1, etag]]);
    expect(done.xml('ETag')).toBe(done.headers.etag);
    expect(done.xml('ETag')).toMatch(/^W\/"[0-9A-F]{32}-1"$/);
  });

  test.each([
    [undefined, []],
    [true, ['k']],
  ])('html, afterWork %s: a page without the marks of the service', async (afterWork, stored) => {
    fault({ fault: { kind: 'html', ...(afterWork !== undefined && { afterWork }) } });
    const reply = await wire.send('PUT', 'k', { body: 'x' });
    expect([reply.status, reply.headers['content-type'], reply.headers['x-oss-request-id']]).toEqual([
      200,
      'text/html; charset=utf-8',
      undefined,
    ]);
    expect(reply.text).toMatch(/^<!DOCTYPE html>/);
    expect(oss.control.objects().map(({ key }) => key)).toEqual(stored);
  });

  test.each([
    [undefined, []],
    [true, ['k']],
  ])('error-in-200, afterWork %s: the marks of the service and an error document', async (afterWork, stored) => {
    fault({ fault: { kind: 'error-in-200', code: 'SlowDown', ...(afterWork !== undefined && { afterWork }) } });
    const reply = await wire.send('PUT', 'k', { body: 'x' });
    expect([reply.status, reply.xml('Code'), reply.xml('RequestId')]).toEqual([200, 'SlowDown', reply.headers['x-oss-request-id']]);
    expect(oss.control.objects().map(({ key }) => key)).toEqual(stored);
  });

  test('no-cors: the work is done, and no page may read the answer; a preflight only if it is named', async () => {
    const headers = { Origin: 'http://a' };
    const names = (reply: { headers: object }): string[] => Object.keys(reply.headers).filter((name) => name.startsWith('access-control'));
    fault({ fault: { kind: 'no-cors' } });
    fault({ operation: 'Preflight', fault: { kind: 'no-cors' } });
    const put = await wire.send('PUT', 'k', { body: 'x', headers });
    const preflight = await wire.send('OPTIONS', 'k', { sign: false, headers: { ...headers, 'Access-Control-Request-Method': 'PUT' } });
    expect([put.status, names(put), preflight.status, names(preflight)]).toEqual([200, [], 200, []]);
    expect(names(await wire.send('HEAD', 'k', { headers }))).not.toEqual([]);
  });

  test('drop-response: the work is done, the answer is lost', async () => {
    const id = await wire.initiate('k');
    const etag = String((await wire.part('k', id, 1, 'tail')).headers.etag);
    fault({ operation: 'CompleteMultipartUpload', fault: { kind: 'drop-response' } });
    await expect(wire.complete('k', id, [[1, etag]])).rejects.toThrow();
    expect((await wire.send('GET', 'k')).text).toBe('tail');
    expect((await wire.complete('k', id, [[1, etag]])).xml('Code')).toBe('NoSuchUpload');
  });

  test('corrupt: one bit of the stored bytes differs, and so do the checksums', async () => {
    fault({ operation: 'PutObject', fault: { kind: 'corrupt' } });
    const reply = await wire.send('PUT', 'k', { body: BODY });
    const stored = (await wire.send('GET', 'k')).body;
    expect(stored.reduce((bits, byte, i) => bits + (byte === BODY[i] ? 0 : 1), 0)).toBe(1);
    expect(reply.headers['x-oss-hash-crc64ecma']).toBe(crc64(stored));
    expect(crc64(stored)).not.toBe(crc64(BODY));
  });

  test('response-headers: sets and removes headers', async () => {
    fault({ fault: { kind: 'response-headers', set: { 'X-Oss-Hash-Crc64ecma': '1' }, remove: ['etag'] } });
    const { status, headers } = await wire.send('PUT', 'k', { body: 'x' });
    expect([status, headers['x-oss-hash-crc64ecma'], headers.etag]).toEqual([200, '1', undefined]);
  });

  test('an unknown kind is refused when it is added', async () => {
    await expect(control.addFault({ fault: { kind: 'explode' } } as unknown as FaultRule)).rejects.toThrow('fault.kind must be one of');
  });
});

describe('over HTTP', () => {
  test('the control surface does the same as in-process', async () => {
    const { id } = await control.addFault({ operation: 'HeadObject', times: null, fault: { kind: 'status', status: 500 } });
    await wire.send('HEAD', 'k');
    expect(await control.faults()).toMatchObject([{ id, hits: 1 }]);
    await control.removeFault(id);
    await wire.send('PUT', 'k', { body: 'x' });
    expect(await control.objects()).toMatchObject([{ bucket: 'demo-bucket', key: 'k', size: 1, type: 'Normal' }]);
    const uploadId = await wire.initiate('open');
    expect(await control.uploads()).toMatchObject([{ key: 'open', uploadId, parts: 0, bytes: 0 }]);
    expect((await control.log()).map((entry) => [entry.operation, entry.status])).toEqual([
      ['HeadObject', 500],
      ['PutObject', 200],
      ['InitiateMultipartUpload', 200],
    ]);
    expect((await control.log('open')).map(({ operation }) => operation)).toEqual(['InitiateMultipartUpload']);
    await control.reset({ data: true });
    expect([await control.objects(), await control.uploads(), await control.log()]).toEqual([[], [], []]);
  });

  test('the log shows names of credentials, never their values', async () => {
    await wire.send('PUT', 'k', { body: 'x' });
    await wire.send('GET', 'k', { presign: 60 });
    const [put, get] = oss.control.log();
    expect(put?.headers).toMatchObject({ authorization: '***', 'x-oss-security-token': '***' });
    expect(get?.query).toMatchObject({ 'x-oss-signature': '***', 'x-oss-security-token': '***', 'x-oss-expires': '60' });
    expect(JSON.stringify(oss.control.log())).not.toMatch(/CAIS|Signature=/);
  });
});

describe('link', () => {
  test('bandwidth is shared by all uploads', async () => {
    await control.setLink({ bytesPerSecond: 400_000 });
    const started = performance.now();
    await Promise.all([wire.send('PUT', 'a', { body: BODY }), wire.send('PUT', 'b', { body: BODY })]);
    const seconds = (performance.now() - started) / 1000;
    expect(seconds).toBeGreaterThan(0.9);
    expect(seconds).toBeLessThan(2.5);
  });

  test('latency applies once per request', async () => {
    await control.setLink({ latencyMilliseconds: 150 });
    const started = performance.now();
    await wire.send('HEAD', 'k');
    expect(performance.now() - started).toBeGreaterThan(145);
    expect(await control.link()).toEqual({ bytesPerSecond: null, latencyMilliseconds: 150, offline: false });
  });

  test('a faster link or a shorter latency ends the waiting of requests under way', async () => {
    for (const [slow, fast] of [
      [{ bytesPerSecond: 10 }, { bytesPerSecond: 1e9 }],
      [{ bytesPerSecond: 10 }, { bytesPerSecond: null }],
      [{ latencyMilliseconds: 10_000_000 }, { latencyMilliseconds: 0 }],
    ]) {
      await control.setLink(slow as object);
      oss.control.clearLog();
      const answer = wire.send('PUT', 'k', { body: BODY });
      const isUnderWay = (): boolean =>
        (oss.control.log()[0]?.bytesIn ?? 0) > 0 || ('latencyMilliseconds' in (slow as object) && oss.control.log().length > 0);
      await expect.poll(isUnderWay).toBe(true);
      await control.setLink(fast as object);
      expect((await answer).status).toBe(200);
    }
  });

  test('offline cuts transfers in flight and refuses new ones, but not the control surface', async () => {
    await control.setLink({ bytesPerSecond: 50_000 });
    const underWay = expect(wire.send('PUT', 'k', { body: BODY })).rejects.toThrow();
    await expect.poll(() => oss.control.log()[0]?.bytesIn ?? 0).toBeGreaterThan(0);
    await control.setLink({ offline: true });
    await underWay;
    await expect(wire.send('HEAD', 'k')).rejects.toThrow();
    await expect(fetch(`http://127.0.0.1:${oss.port}/sts`)).rejects.toThrow();
    await control.setLink({ offline: false, bytesPerSecond: null });
    expect((await wire.send('PUT', 'k', { body: BODY })).status).toBe(200);
  });
});
