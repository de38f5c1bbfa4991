/** What the stand-ins have in common that rivals with a protocol of their own are measured against. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BLOCK, type KnownFile } from '../../../src/emulator/known-file.js';

/** Where in the known file a body lies. */
export interface Stretch {
  /** The number of its first block. */
  first: number;
  size: number;
}

/** Whole objects by key, each as the bodies it was put together from. */
export type Arrivals = Map<string, readonly Stretch[]>;

export interface Answer {
  status: number;
  headers?: Record<string, string>;
  body?: string;
}

/** Reads a body, which must be a stretch of the known file, as bodies sent to the embedded OSS must. */
export async function take(request: IncomingMessage, known: KnownFile): Promise<Stretch> {
  const comparison = known.comparison();
  for await (const chunk of request as AsyncIterable<Buffer>) comparison.append(chunk);
  return comparison.end();
}

export async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** One after the other as one; `undefined` when they don't follow on each other. */
export function joined(pieces: readonly Stretch[]): Stretch | undefined {
  let whole: Stretch | undefined;
  for (const { first, size } of pieces) {
    if (whole !== undefined && whole.first + whole.size / BLOCK !== first) return undefined;
    whole = { first: whole?.first ?? first, size: (whole?.size ?? 0) + size };
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
