import { once } from 'node:events';
import { Agent, createServer, request, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createHandler, type Grant, type NodeRequest, toNode } from '../../../src/server/index.js';
import { HANDLER, put } from './handler.js';

const echo = async (request: Request): Promise<Response> => new Response(`${request.method} ${request.url} ${await request.text()}`);

async function run(change: object, chunks: string[] = [], handler = echo, next?: (error?: unknown) => void) {
  const headers = { host: 'app.example.com', cookie: 'a=b' };
  const request = {
    method: 'POST',
    url: '/oss?x',
    headers,
    ...change,
    [Symbol.asyncIterator]: async function* () {
      yield* chunks;
    },
  };
  const response = { statusCode: 0, setHeader: vi.fn(), end: vi.fn() };
  await toNode(handler)(request as unknown as NodeRequest, response, next);
  const [body] = (response.end.mock.calls[0] ?? []) as [Uint8Array?];
  return { ...response, text: new TextDecoder().decode(body) };
}

describe('toNode', () => {
  it.each<[string, object, string[], string]>([
    ['reads the body', {}, ['a', 'b'], 'POST http://app.example.com/oss?x ab'],
    ['takes what a parser of JSON has read', { body: { a: 1 } }, [], 'POST http://app.example.com/oss?x {"a":1}'],
    ['takes what a parser of bytes has read', { body: Buffer.from('raw') }, [], 'POST http://app.example.com/oss?x raw'],
    ['reads what a parser has left', { body: {} }, ['a'], 'POST http://app.example.com/oss?x a'],
    ['sees the path before a router changed it', { originalUrl: '/api/oss' }, [], 'POST http://app.example.com/api/oss '],
    ['sees TLS', { socket: { encrypted: true } }, [], 'POST https://app.example.com/oss?x '],
  ])('%s', async (_, change, chunks, expected) => {
    const { text, setHeader, statusCode } = await run(change, chunks);
    expect([statusCode, text]).toEqual([200, expected]);
    expect(setHeader).toHaveBeenCalledWith('content-length', String(Buffer.byteLength(expected)));
  });

  it('stops reading a body that is too long', async () => {
    expect((await run({}, ['x'.repeat(2 ** 21), 'y'])).statusCode).toBe(413);
  });

  it.each([
    ['a host that is none', { headers: { host: 'a b:c' } }],
    ['a method that pages may not use', { method: 'TRACE' }],
  ])('answers %s with 400, also in a framework', async (_, change) => {
    const next = vi.fn();
    expect((await run(change, [], echo, next)).statusCode).toBe(400);
    expect((await run(change)).statusCode).toBe(400);
    expect(next).not.toHaveBeenCalled();
  });

  it('hands failures to the framework, where there is one', async () => {
    const failing = () => Promise.reject(new Error('x'));
    const next = vi.fn();
    await run({}, [], failing, next);
    expect(next).toHaveBeenCalledExactlyOnceWith(new Error('x'));
    expect((await run({}, [], failing)).statusCode).toBe(500);
  });
});

describe('over HTTP', () => {
  const JSON_TYPE = { 'content-type': 'application/json' };
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });

  const reported = vi.fn();

  /** Serves a handler in a framework. */
  async function serve(handler: Parameters<typeof toNode>[0], fail?: RequestListener) {
    let connections = 0;
    const next = vi.fn();
    const server = createServer((incoming, outgoing) => {
      void toNode(handler)(incoming, outgoing, (error) => {
        next(error);
        fail?.(incoming, outgoing);
      });
    });
    server.on('connection', () => void (connections += 1));
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return { port: (server.address() as AddressInfo).port, server, next, connections: () => connections };
  }

  /** Sends the head of a request and a part of its body. */
  function begin(port: number, body: string | Buffer, headers: Record<string, string> = {}) {
    const sent = request({ port, method: 'POST', path: '/oss', headers: { ...JSON_TYPE, 'content-length': '1000000', ...headers } });
    sent.on('error', () => {});
    sent.write(body);
    return { sent, status: new Promise((resolve) => sent.on('response', ({ statusCode }) => resolve(statusCode))) };
  }

  it('refuses strangers whose body has not arrived', async () => {
    const allow = vi.fn(() => undefined);
    const { port } = await serve(createHandler({ ...HANDLER, allow }));
    expect(await begin(port, '{', { origin: 'https://evil.example' }).status).toBe(403);
    expect(allow).not.toHaveBeenCalled();
    expect(await begin(port, '{').status).toBe(403);
    expect(allow).toHaveBeenCalledTimes(1);
  });

  it('reads a body that comes in pieces, after a while', async () => {
    const allow = async () => new Promise<Grant>((resolve) => setTimeout(resolve, 20, { prefix: 'users/42/' }));
    const { port } = await serve(createHandler({ ...HANDLER, allow }));
    const body = JSON.stringify({ requests: [put()] });
    const { sent, status } = begin(port, body.slice(0, 9), { 'content-length': String(body.length) });
    setTimeout(() => sent.end(body.slice(9)), 40);
    expect(await status).toBe(200);
  });

  it.each<[string, (body: ReadableStreamDefaultReader<Uint8Array>) => unknown]>([
    ['nothing', () => {}],
    ['the first bytes', (body) => body.read()],
    ['the first bytes, and cancelled', (body) => body.read().then(() => body.cancel())],
  ])('uses a connection again after the handler has read %s', async (_, read) => {
    const { port, connections } = await serve(async ({ body }) => {
      await read(body!.getReader());
      return new Response('early');
    });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let time = 0; time < 3; time += 1) {
      const status = await new Promise((resolve, reject) => {
        const sent = request({ port, agent, method: 'POST' }, (answer) => answer.resume().on('end', () => resolve(answer.statusCode)));
        sent.on('error', reject);
        sent.end(Buffer.alloc(4 * 2 ** 20));
      });
      expect(status).toBe(200);
    }
    agent.destroy();
    expect(connections()).toBe(1);
  });

  it.each<[string, Parameters<typeof toNode>[0]]>([
    ['the handler', createHandler(HANDLER)],
    ['this adapter', echo],
    ['this adapter, whatever the handler makes of it', (incoming) => echo(incoming).catch(() => new Response(null, { status: 500 }))],
  ])('lets clients read the 413 for a body that is too long for %s', async (_, handler) => {
    const { port, next } = await serve(handler);
    const answer = await fetch(`http://127.0.0.1:${port}/oss`, { method: 'POST', headers: JSON_TYPE, body: 'x'.repeat(6 * 2 ** 20) });
    expect(answer.status).toBe(413);
    expect(next).not.toHaveBeenCalled();
  });

  it('answers a client that never stops, and reads no more than 16 MiB', async () => {
    const { port, server } = await serve(echo);
    server.keepAliveTimeout = 1;
    const accepted = once(server, 'connection') as Promise<[Socket]>;
    const client = connect(port, '127.0.0.1').on('error', () => {});
    const closed = new Promise((resolve) => client.on('close', resolve));
    const answered = once(client, 'data').then(String);
    const send = (): void => {
      while (!client.destroyed && client.write(Buffer.alloc(2 ** 20)));
    };
    client.on('drain', send).write(`POST /oss HTTP/1.1\r\nhost: a\r\ncontent-length: ${2 ** 40}\r\n\r\n`);
    send();
    expect(await answered).toMatch(/^HTTP\/1.1 413 /);
    await closed;
    expect((await accepted)[0].bytesRead).toBeLessThan(17 * 2 ** 20);
  });

  it.each<[string, Parameters<typeof toNode>[0]]>([
    ['the handler', createHandler({ ...HANDLER, onError: (error) => void reported(error) })],
    ['the framework', echo],
  ])('reports no client that goes away to %s', async (_, handler) => {
    const settled = vi.fn();
    const began = vi.fn();
    const { port, next } = await serve((incoming) => {
      began();
      return handler(incoming).finally(settled);
    });
    const { sent } = begin(port, '{');
    await vi.waitFor(() => expect(began).toHaveBeenCalled());
    sent.destroy();
    await vi.waitFor(() => expect(settled).toHaveBeenCalled());
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect([next.mock.calls, reported.mock.calls]).toEqual([[], []]);
  });

  it('leaves a framework no body that it would wait for', async () => {
    const { port } = await serve(
      async ({ body }) => {
        await body!.getReader().read();
        throw new Error('x');
      },
      // As Express answers: after the whole request.
      (incoming, response) => void incoming.resume().on('end', () => response.writeHead(500).end()),
    );
    const answer = await fetch(`http://127.0.0.1:${port}/oss`, { method: 'POST', body: 'x'.repeat(2 ** 20) });
    expect(answer.status).toBe(500);
  });
});
