import { describe, expect, it, vi } from 'vitest';
import { type NodeRequest, toNode } from '../../../src/server/index.js';

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
