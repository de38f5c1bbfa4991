/** Sends an answer byte by byte, over a time that a fault has set. */
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { http2Stream, isGone } from './connection.js';
import { ClientGone } from './oss-error.js';
import type { Reply } from './operations/operation.js';

/** Where the bytes go: the head that must be written first, and how. */
interface Line {
  head: Buffer;
  write(piece: Buffer): void;
  end(): void;
}

/** @throws {ClientGone} if the client leaves before the end */
export async function trickle(
  { request, response }: { request: IncomingMessage; response: ServerResponse },
  reply: Reply,
  headers: Record<string, string>,
  milliseconds: number,
): Promise<void> {
  const isBodyless = request.method === 'HEAD';
  const body = Buffer.from(isBodyless ? '' : (reply.body ?? ''));
  const stream = isBodyless ? undefined : reply.stream;
  const line = open(request, response, reply.status, headers);
  const total = line.head.length + (stream === undefined ? body.length : Number(headers['Content-Length'] ?? 0));
  const send = (bytes: Buffer): Promise<void> => overTime(request, bytes, (milliseconds * bytes.length) / total, line.write);
  await send(line.head);
  await (stream === undefined ? send(body) : sendStream(stream, send));
  line.end();
}

/** Over HTTP/2 the head is one frame, and only the body can be slow. */
function open(request: IncomingMessage, response: ServerResponse, status: number, headers: Record<string, string>): Line {
  if (http2Stream(request) !== undefined) {
    response.writeHead(status, headers);
    return { head: Buffer.alloc(0), write: (piece) => response.write(piece), end: () => response.end() };
  }
  const { socket } = request;
  const lines = Object.entries({ ...headers, Connection: 'close' }).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = Buffer.from(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'OK'}\r\n${lines.join('')}\r\n`, 'latin1');
  return { head, write: (piece) => socket.write(piece), end: () => socket.end() };
}

/** Takes a body no faster than it is sent. */
async function sendStream(stream: NonNullable<Reply['stream']>, send: (bytes: Buffer) => Promise<void>): Promise<void> {
  const slow = new Writable({
    highWaterMark: 1,
    write: (chunk: Buffer, _encoding, done) => void send(chunk).then(() => done(), done),
  });
  const sent = finished(slow);
  // A failure ends the stream, which stops its writer; it is thrown below.
  sent.catch(() => {});
  await stream(slow);
  slow.end();
  await sent;
}

async function overTime(request: IncomingMessage, bytes: Buffer, milliseconds: number, write: (piece: Buffer) => void): Promise<void> {
  const start = performance.now();
  for (let sent = 0; sent < bytes.length; ) {
    if (isGone(request)) throw new ClientGone('The client left before its answer was out.');
    // Timers are coarse: write as many bytes as are due by now.
    const due = Math.min(bytes.length, Math.ceil(((performance.now() - start) / milliseconds) * bytes.length));
    if (due > sent) write(bytes.subarray(sent, due));
    sent = Math.max(sent, due);
    // Not after the last byte: the client may close the connection as soon as it has that, and has lost nothing then.
    if (sent < bytes.length) await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
