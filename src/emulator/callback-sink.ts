/** `/_callback`: an application server for tests of upload callbacks, so that they need no other process. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { headerBytes } from './header-bytes.js';
import { waitFor } from './connection.js';
import { readText, sendJson } from './json-http.js';
import { Recent } from './recent.js';
import type { CallbackReply, ReceivedCallback } from './types.js';

/** Older callbacks are dropped. */
const MOST = { entries: 1000, bytes: 64 * 1024 * 1024 };

export class CallbackSink {
  readonly received: Recent<ReceivedCallback> = new Recent<ReceivedCallback>(MOST);
  /** null: 200 and JSON. */
  reply: CallbackReply | null = null;

  async serve(request: IncomingMessage, response: ServerResponse, now: number): Promise<void> {
    if (request.method === 'OPTIONS') return sendJson(request, response, 204, undefined);
    const body = await readText(request);
    if (body === undefined) return sendJson(request, response, 413, { error: 'The body is larger than 1 MiB.' });
    const contentType = request.headers['content-type'] ?? '';
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(request.headers)) headers[name] = String(value);
    const callback = { time: new Date(now).toISOString(), contentType, body, headers };
    this.received.add(callback, JSON.stringify(callback).length);

    const { reply } = this;
    if (reply?.delayMilliseconds !== undefined) await waitFor(request, reply.delayMilliseconds);
    const text = reply?.body ?? JSON.stringify({ Status: 'OK', body });
    response.writeHead(reply?.status ?? 200, {
      'Content-Type': headerBytes(reply?.contentType ?? 'application/json'),
      'Content-Length': Buffer.byteLength(text),
    });
    response.end(text);
  }
}
