/** What lies under a request, over HTTP/1.1 or HTTP/2, with TLS or without: how it is cut, and how its end is noticed. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { constants, type Http2ServerRequest, type ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import { ClientGone } from './oss-error.js';

/** The TCP connections below TLS sockets and HTTP/2 sessions. */
export const tcpSockets: WeakMap<object, Socket> = new WeakMap();

/** Undefined over HTTP/1.1. Node offers requests of both in the same form; where they differ, this file is asked. */
export function http2Stream(request: IncomingMessage): ServerHttp2Stream | undefined {
  return request.httpVersionMajor === 2 ? (request as unknown as Http2ServerRequest).stream : undefined;
}

/** The TCP connection, which several requests share. */
export function tcpSocket(request: IncomingMessage): Socket {
  const session = http2Stream(request)?.session;
  return (session === undefined ? tcpSockets.get(request.socket) : tcpSockets.get(session)) ?? request.socket;
}

/** Breaks the request off: its client must see an error, never a short answer. Over HTTP/2 other requests are not affected. */
export function resetRequest(request: IncomingMessage): void {
  const stream = http2Stream(request);
  if (stream === undefined) {
    // RST, not FIN.
    tcpSocket(request).resetAndDestroy();
    request.socket.destroy();
  } else stream.close(constants.NGHTTP2_INTERNAL_ERROR);
}

/** Ends the connection, or over HTTP/2 the stream, without an answer. */
export function endWithoutAnswer(request: IncomingMessage): void {
  const stream = http2Stream(request);
  if (stream === undefined) request.socket.destroy();
  else stream.close(constants.NGHTTP2_INTERNAL_ERROR);
}

export function isGone(request: IncomingMessage): boolean {
  return http2Stream(request)?.destroyed ?? request.socket.destroyed;
}

/** Whether the whole answer has been handed over by the end of the exchange. */
export function isAnswered(request: IncomingMessage, response: ServerResponse): boolean {
  const stream = http2Stream(request);
  // Node finishes the writable side of a stream also when it is reset.
  return stream === undefined ? response.writableFinished : response.writableEnded && stream.rstCode === constants.NGHTTP2_NO_ERROR;
}

/** Calls once the client has left or the connection is cut. @returns a function that stops waiting for it */
export function onceGone(request: IncomingMessage, then: () => void): () => void {
  const source = http2Stream(request) ?? request.socket;
  source.once('close', then);
  return () => source.off('close', then);
}

/** What the promise gives, unless the client leaves first, or is cut off because the server closes. @throws {ClientGone} */
export async function unlessGone<T>(request: IncomingMessage, promise: Promise<T>): Promise<T> {
  let stopWaiting = (): void => {};
  const gone = new Promise<never>((_, reject) => {
    const leave = (): void => reject(new ClientGone('The client left while its request was waiting.'));
    if (isGone(request)) leave();
    else stopWaiting = onceGone(request, leave);
  });
  try {
    return await Promise.race([promise, gone]);
  } finally {
    stopWaiting();
  }
}

/**
 * Nothing is done for a client that has left meanwhile, and no timer outlives it.
 *
 * @param cutShort ends it earlier
 * @throws {ClientGone}
 */
export async function waitFor(request: IncomingMessage, milliseconds: number, cutShort?: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const elapsed = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  try {
    await unlessGone(request, cutShort === undefined ? elapsed : Promise.race([elapsed, cutShort]));
  } finally {
    clearTimeout(timer);
  }
}

/** Waits until the whole request has arrived. @throws {ClientGone} */
export async function waitForEnd(request: IncomingMessage): Promise<void> {
  if (!request.complete) await unlessGone(request, new Promise((resolve) => request.once('end', resolve).once('close', resolve)));
}

/**
 * Waits without reading or sending a byte, until the client has left or the time is over.
 *
 * The body is left unread, so that the client can send only what the buffers take. As long as they take it, its end is noticed at
 * once. Behind full buffers it isn't seen; then only TCP's own probes, which no client sees, tell that the other side is gone.
 */
export async function holdStill(request: IncomingMessage, milliseconds: number | undefined): Promise<void> {
  const socket = tcpSocket(request);
  request.pause();
  socket.setKeepAlive(true, 1000);
  // An empty write sends nothing, and fails if the probes, or a reset, have found the client gone.
  const probe = setInterval(() => socket.write(''), 1000);
  try {
    if (milliseconds === undefined) await unlessGone(request, new Promise(() => {}));
    else await waitFor(request, milliseconds);
  } catch (error) {
    if (!(error instanceof ClientGone)) throw error;
  } finally {
    clearInterval(probe);
  }
}

/** Gives a request over HTTP/2 what the rest of the server reads of one over HTTP/1.1. */
export function likeHttp1(request: IncomingMessage, response: ServerResponse): void {
  const stream = http2Stream(request);
  if (stream === undefined) return;
  const { authority } = request as unknown as Http2ServerRequest;
  request.headers.host ??= authority;
  const raw: string[] = [];
  for (let i = 0; i < request.rawHeaders.length; i += 2) {
    const [name = '', value = ''] = request.rawHeaders.slice(i, i + 2);
    if (name === ':authority') raw.push('host', value);
    else if (!name.startsWith(':')) raw.push(name, value);
  }
  Object.defineProperty(request, 'rawHeaders', { value: raw });
  Object.defineProperty(response, 'destroyed', { get: () => stream.destroyed });
}
