/** Clients that behave badly, on purpose or because they are broken: each ends, and the others are served meanwhile. */
import { connect as connectHttp2 } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Emulator, startEmulator } from '../../src/emulator/index.js';

/** Milliseconds; the defaults are minutes. */
const limits = { headerMilliseconds: 600, silentMilliseconds: 600 };
let oss: Emulator;
let secure: Emulator;
beforeAll(async () => {
  oss = await startEmulator({ limits });
  secure = await startEmulator({ limits, tls: true });
});
afterAll(() => Promise.all([oss.close(), secure.close()]));

/** A connection, and what came over it until it ended. */
function open(head = ''): { socket: Socket; received: () => string; closed: Promise<void> } {
  const socket = connect(oss.port, '127.0.0.1');
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk) => (text += chunk));
  socket.on('error', () => {});
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.write(head);
  return { socket, received: () => text, closed };
}

async function isHealthy(): Promise<void> {
  expect((await fetch(`http://127.0.0.1:${oss.port}/_control/health`)).status).toBe(200);
}

const within = async (promise: Promise<unknown>, milliseconds: number): Promise<boolean> =>
  Promise.race([promise.then(() => true), new Promise<boolean>((resolve) => setTimeout(resolve, milliseconds, false))]);

const PUT = (more: string): string => `PUT /demo-bucket/k HTTP/1.1\r\nHost: localhost:${oss.port}\r\n${more}\r\n`;

/** A request whose body is awaited: with a signature that holds. */
function signedPut(more: string): string {
  const url = `/demo-bucket/k?${new URLSearchParams(presigned)}`;
  return `PUT ${url} HTTP/1.1\r\nHost: localhost:${oss.port}\r\n${more}\r\n`;
}
let presigned: Record<string, string>;
beforeAll(async () => {
  const { createWire } = await import('./wire.js');
  const path = createWire(oss as never).presign('PUT', 'k');
  presigned = Object.fromEntries(new URL(path, 'http://x').searchParams);
});

describe('headers', () => {
  test('a megabyte of them is answered with 431 and ends', async () => {
    const bomb = open(PUT(`X-Bomb: ${'x'.repeat(1024 * 1024)}\r\n`));
    expect(await within(bomb.closed, 3000)).toBe(true);
    expect(bomb.received()).toMatch(/^HTTP\/1\.1 431 /);
    await isHealthy();
  });

  test('a hundred thousand of them, too', async () => {
    const bomb = open(PUT('a: b\r\n'.repeat(100_000)));
    expect(await within(bomb.closed, 3000)).toBe(true);
    expect(bomb.received()).toMatch(/^HTTP\/1\.1 431 /);
    await isHealthy();
  });

  test('that come byte by byte and never end are cut off', async () => {
    const loris = open(`GET / HTTP/1.1\r\nHost: localhost\r\n`);
    const drip = setInterval(() => loris.socket.write('X'), 50);
    expect(await within(loris.closed, 4000)).toBe(true);
    clearInterval(drip);
    expect(loris.received()).toMatch(/^HTTP\/1\.1 408 /);
  });

  test('that never come: silent connections are cut off, with TLS and HTTP/2 as well', async () => {
    const plain = open();
    const ended = (socket: Socket): Promise<void> => new Promise((resolve) => socket.once('close', () => resolve()));
    const handshake = connect(secure.port, '127.0.0.1').on('error', () => {});
    const options = { host: '127.0.0.1', port: secure.port, servername: 'localhost', ca: secure.certificate as string };
    const old = connectTls({ ...options, ALPNProtocols: ['http/1.1'] }).on('error', () => {});
    const session = connectHttp2(`https://127.0.0.1:${secure.port}`, options).on('error', () => {});
    const idle = new Promise<void>((resolve) => session.once('close', () => resolve()));
    expect(await Promise.all([plain.closed, ended(handshake), ended(old), idle].map((end) => within(end, 4000)))).toEqual([
      true,
      true,
      true,
      true,
    ]);
  });

  test('a header bomb over HTTP/2 ends its session and nothing else', async () => {
    const session = connectHttp2(`https://127.0.0.1:${secure.port}`, { ca: secure.certificate as string, servername: 'localhost' });
    session.on('error', () => {});
    const headers = Object.fromEntries(Array.from({ length: 2000 }, (_, n) => [`x-${n}`, 'x'.repeat(100)]));
    const stream = session.request({ ':path': '/', ...headers });
    const status = await new Promise((resolve) => {
      stream.on('response', (received) => resolve(received[':status']));
      stream.on('error', () => resolve('refused'));
      stream.on('close', () => resolve('refused'));
    });
    expect([431, 'refused']).toContain(status);
    session.destroy();
    const next = connectHttp2(`https://127.0.0.1:${secure.port}`, { ca: secure.certificate as string, servername: 'localhost' });
    const health = next.request({ ':path': '/_control/health', ':authority': 'localhost' });
    expect(await new Promise((resolve) => health.on('response', (received) => resolve(received[':status'])))).toBe(200);
    next.destroy();
  });

  test.each([
    'GET\r\n\r\n',
    'GET / HTTP/9.9\r\n\r\n',
    '\0\0\0\0\r\n\r\n',
    'GET / HTTP/1.1\r\nHost\r\n\r\n',
    'PUT /k HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n',
  ])('that are no headers (%j) are answered with 400', async (bytes) => {
    const broken = open(bytes);
    expect(await within(broken.closed, 3000)).toBe(true);
    expect(broken.received()).toMatch(/^HTTP\/1\.1 400 /);
  });
});

describe('a body that never ends', () => {
  test('because its client is silent: it is answered as the service does, cut off, and nothing is kept', async () => {
    const silent = open(`${signedPut('Content-Length: 1000\r\n')}half`);
    expect(await within(silent.closed, 4000)).toBe(true);
    expect(silent.received()).toMatch(/^HTTP\/1\.1 400 [\s\S]*<Code>RequestTimeout<\/Code>/);
    expect(oss.control.objects()).toEqual([]);
    expect(oss.control.log().at(-1)).toMatchObject({ status: 400, code: 'RequestTimeout', finished: true });
  });

  test('of a request that has been refused: it is cut off as well', async () => {
    const refused = open(`${PUT('Content-Length: 1000\r\n')}half`);
    expect(await within(refused.closed, 4000)).toBe(true);
    expect(refused.received()).toMatch(/^HTTP\/1\.1 403 /);
  });

  test('because it has no length: a flood is cut off after 64 MiB', async () => {
    const flood = open(PUT('Transfer-Encoding: chunked\r\n'));
    const chunk = Buffer.concat([Buffer.from('100000\r\n'), Buffer.alloc(1024 * 1024), Buffer.from('\r\n')]);
    let sent = 0;
    const pour = (): void => {
      if (flood.socket.destroyed || sent > 1000) return;
      sent += 1;
      flood.socket.write(chunk, () => setImmediate(pour));
    };
    pour();
    expect(await within(flood.closed, 10_000)).toBe(true);
    expect(sent).toBeLessThan(200);
    await isHealthy();
  });

  test('a slow client that keeps sending is not cut off', async () => {
    const slow = open(signedPut('Content-Length: 12\r\nConnection: close\r\n'));
    for (let i = 0; i < 6; i++) {
      await new Promise((resolve) => setTimeout(resolve, 250));
      slow.socket.write('ab');
    }
    expect(await within(slow.closed, 3000)).toBe(true);
    expect(slow.received()).toMatch(/^HTTP\/1\.1 200 /);
  });

  test('neither is a client that the scripted link makes slow', async () => {
    oss.control.setLink({ bytesPerSecond: 10_000 });
    const slow = open(`${signedPut('Content-Length: 15000\r\nConnection: close\r\n')}${'x'.repeat(15_000)}`);
    expect(await within(slow.closed, 5000)).toBe(true);
    expect(slow.received()).toMatch(/^HTTP\/1\.1 200 /);
    await oss.control.reset({ data: true });
  });
});

test('with a thousand connections at once the next one is served, and they leave nothing behind', async () => {
  const many = Array.from({ length: 1000 }, () => open(`${PUT('Content-Length: 10\r\n')}x`));
  await expect.poll(() => oss.control.log().length, { timeout: 10_000 }).toBeGreaterThanOrEqual(1000);
  const started = performance.now();
  await isHealthy();
  expect(performance.now() - started).toBeLessThan(1000);
  expect(await within(Promise.all(many.map(({ closed }) => closed)), 10_000)).toBe(true);
});
