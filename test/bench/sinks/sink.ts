/** What the stand-ins have in common that rivals with a protocol of their own are measured against. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { combineCrc64 } from '../../../demo/server/crc64.js';
import type { Received } from '../../../demo/server/hashed-file.js';
import type { KnownFile } from '../../../demo/server/known-file.js';

/** A whole object, as it came in. */
export interface Arrived {
  size: number;
  crc64: string;
  parts: number;
}

/** By key. */
export type Arrivals = Map<string, Arrived>;

export interface Answer {
  status: number;
  headers?: Record<string, string>;
  body?: string;
}

/** Reads a body, which must be a stretch of the known file, as bodies sent to the embedded OSS must. */
export async function take(request: IncomingMessage, known: KnownFile): Promise<Received> {
  const comparison = known.comparison();
  for await (const chunk of request as AsyncIterable<Buffer>) comparison.append(chunk);
  const { first, size } = comparison.end();
  return known.digest(first, size);
}

export async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** Parts one after the other are one object. */
export function joined(parts: readonly Received[]): Arrived {
  const whole = { size: 0, crc64: '0', parts: parts.length };
  for (const { size, crc64 } of parts) {
    whole.crc64 = combineCrc64(whole.crc64, crc64, size);
    whole.size += size;
  }
  return whole;
}

/** @returns its port on loopback; preflights are answered as the embedded OSS answers them */
export async function listen(expose: string, answer: (request: IncomingMessage) => Promise<Answer>): Promise<number> {
  const cors = (request: IncomingMessage): Record<string, string> => ({
    'Access-Control-Allow-Origin': '*',
    'Access-Control-Allow-Methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
    'Access-Control-Allow-Headers': request.headers['access-control-request-headers'] ?? '',
    'Access-Control-Expose-Headers': expose,
    'Access-Control-Max-Age': '600',
  });
  const server = createServer({ keepAliveTimeout: 60_000, requestTimeout: 0 }, async (request, response) => {
    request.on('error', () => {});
    try {
      reply(response, cors(request), request.method === 'OPTIONS' ? { status: 204 } : await answer(request));
    } catch (error) {
      request.resume();
      reply(response, cors(request), { status: 400, body: error instanceof Error ? error.message : String(error) });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  return (server.address() as AddressInfo).port;
}

function reply(response: ServerResponse, cors: Record<string, string>, { status, headers, body = '' }: Answer): void {
  response.writeHead(status, { ...cors, ...headers, 'Content-Length': Buffer.byteLength(body) }).end(body);
}
