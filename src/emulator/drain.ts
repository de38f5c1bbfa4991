/** Drops the rest of a body that nobody needs, so that the client gets its answer; but not for ever. */
import type { IncomingMessage } from 'node:http';
import { endWithoutAnswer } from './connection.js';
import { MAX_BODY, MAX_UNKNOWN_BYTES } from './limits.js';

/** @param silence milliseconds without a byte after which the connection is cut */
export function drain(request: IncomingMessage, silence: number, onBytes: (count: number) => void = () => {}): void {
  if (request.complete || request.readableEnded) return;
  const declared = Number(request.headers['content-length'] ?? Number.POSITIVE_INFINITY);
  const most = declared <= MAX_BODY ? declared : MAX_UNKNOWN_BYTES;
  const timer = setTimeout(() => endWithoutAnswer(request), silence).unref();
  let read = 0;
  request.on('data', (chunk: Buffer) => {
    timer.refresh();
    read += chunk.length;
    onBytes(chunk.length);
    if (read > most) endWithoutAnswer(request);
  });
  request.on('error', () => {});
  request.once('close', () => clearTimeout(timer));
  request.once('end', () => clearTimeout(timer));
  request.resume();
}
