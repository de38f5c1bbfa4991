/** JSON over HTTP for what isn't OSS itself: the control surface, the callback sink, STS. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { chunksOf } from './chunks-of.js';
import { endWithoutAnswer } from './connection.js';

export function sendJson(request: IncomingMessage, response: ServerResponse, status: number, value: unknown): void {
  const body = value === undefined ? '' : JSON.stringify(value);
  response.writeHead(status, {
    ...openCors(request),
    ...(value === undefined ? {} : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

/** Without CORS headers: the page can't even read why. */
export function refuse({ status, error }: { status: number; error: string }, request: IncomingMessage, response: ServerResponse): void {
  endSoon(request);
  response.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' }).end(JSON.stringify({ error }));
}

/** For the page that asks, which `ControlAccess` has admitted. */
export function openCors(request: IncomingMessage): Record<string, string> {
  const { origin } = request.headers;
  return {
    'Cache-Control': 'no-store',
    Vary: 'Origin',
    ...(origin === undefined
      ? {}
      : {
          'Access-Control-Allow-Origin': origin,
          'Access-Control-Allow-Methods': 'GET, POST, PUT, DELETE, OPTIONS',
          'Access-Control-Allow-Headers': request.headers['access-control-request-headers'] ?? '*',
          'Access-Control-Max-Age': '600',
        }),
  };
}

/** Bytes of a request that isn't OSS's. */
const MAX_TEXT = 1024 * 1024;
/** Milliseconds in which a client may finish sending what is too large, so that it sees the answer. */
const GRACE = 2000;
/** Milliseconds for the next byte. */
const SILENCE = 10_000;

/** The whole body; undefined if it is larger than 1 MiB: the rest is dropped, and the connection ends soon. */
export async function readText(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  if (Number(request.headers['content-length'] ?? 0) <= MAX_TEXT) {
    for await (const chunk of chunksOf(request, SILENCE)) {
      size += chunk.length;
      if (size > MAX_TEXT) break;
      chunks.push(chunk);
    }
    if (size <= MAX_TEXT) return Buffer.concat(chunks).toString('utf8');
  }
  endSoon(request);
  return undefined;
}

/** Drops what still comes, and cuts the connection if that takes long. */
function endSoon(request: IncomingMessage): void {
  request.resume();
  const timer = setTimeout(() => endWithoutAnswer(request), GRACE).unref();
  request.once('end', () => clearTimeout(timer));
}
