/** The control surface, in-process and as JSON over HTTP under `/_control/`. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { CallbackReply, Control, CorsRule, FaultRule, LinkState, ReceivedCallback, ServiceRules } from './types.js';

const MAX_CALLBACKS = 1000;

/** Any page may use it: it is reachable on loopback only and holds nothing but test data. */
export function openCors(request: IncomingMessage): Record<string, string> {
  return {
    'Access-Control-Allow-Origin': '*',
    'Access-Control-Allow-Methods': 'GET, POST, PUT, DELETE, OPTIONS',
    'Access-Control-Allow-Headers': request.headers['access-control-request-headers'] ?? '*',
    'Access-Control-Max-Age': '600',
    'Cache-Control': 'no-store',
  };
}

export function sendJson(request: IncomingMessage, response: ServerResponse, status: number, value: unknown): void {
  const body = value === undefined ? '' : JSON.stringify(value);
  response.writeHead(status, {
    ...openCors(request),
    ...(value === undefined ? {} : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }),
  });
  response.end(body);
}

export async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

interface Call {
  body: <T>() => T;
  /** The path after the matched prefix. */
  rest: string | undefined;
  query: URLSearchParams;
}

type Route = (control: Control, call: Call) => unknown;

const ROUTES: Record<string, Route> = {
  'GET faults': (control) => control.faults(),
  'POST faults': (control, { body }) => control.addFault(body<FaultRule>()),
  'DELETE faults': (control, { rest }) => control.removeFault(rest),
  'GET log': (control, { query }) => {
    const log = control.log(query.get('key') ?? undefined);
    return query.has('last') ? log.slice(-Number(query.get('last'))) : log;
  },
  'DELETE log': (control) => control.clearLog(),
  'GET link': (control) => control.link(),
  'PUT link': (control, { body }) => control.setLink(body<Partial<LinkState>>()),
  'GET rules': (control) => control.rules(),
  'PUT rules': (control, { body }) => control.setRules(body<Partial<ServiceRules>>()),
  'PUT cors': (control, { body }) => {
    const { rules, bucket } = body<{ bucket?: string; rules: CorsRule[] | null }>();
    control.setCors(rules, bucket);
  },
  'PUT clock': (control, { body }) => control.setClock(body<{ offsetMilliseconds: number }>().offsetMilliseconds),
  'GET tokens': (control) => ({ seconds: control.tokenSeconds() }),
  'PUT tokens': (control, { body }) => control.setTokenSeconds(body<{ seconds: number }>().seconds),
  'POST tokens': (control, { rest }) => {
    if (rest !== 'expire') throw new TypeError('expecting /_control/tokens/expire');
    control.expireTokens();
  },
  'GET uploads': (control) => control.uploads(),
  'GET objects': (control) => control.objects(),
  'GET callbacks': (control) => control.callbacks(),
  'PUT callbacks': (control, { body }) => control.setCallbackReply(body<CallbackReply | null>()),
  'POST reset': (control, { query }) => control.reset({ data: query.get('data') === 'true' }),
};

export async function serveControl(control: Control, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method === 'OPTIONS') return sendJson(request, response, 204, undefined);
  const url = new URL(request.url ?? '/', 'http://control');
  const [, , name, ...rest] = url.pathname.split('/');
  const route = ROUTES[`${request.method} ${name}`];
  if (route === undefined) return sendJson(request, response, 404, { error: `No ${request.method} ${url.pathname} here.` });
  const text = await readText(request);
  try {
    const result = await route(control, {
      body: <T>() => JSON.parse(text) as T,
      rest: rest.length === 0 ? undefined : decodeURIComponent(rest.join('/')),
      query: url.searchParams,
    });
    sendJson(request, response, 200, result ?? { ok: true });
  } catch (error) {
    sendJson(request, response, 400, { error: error instanceof Error ? error.message : String(error) });
  }
}

/** `/_callback`: an app server for callback tests, so that they need no other process. */
export class CallbackSink {
  received: ReceivedCallback[] = [];
  reply: CallbackReply | null = null;

  async serve(request: IncomingMessage, response: ServerResponse, now: number): Promise<void> {
    if (request.method === 'OPTIONS') return sendJson(request, response, 204, undefined);
    const body = await readText(request);
    const contentType = request.headers['content-type'] ?? '';
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(request.headers)) headers[name] = String(value);
    this.received.push({ time: new Date(now).toISOString(), contentType, body, headers });
    if (this.received.length > MAX_CALLBACKS) this.received.shift();

    const { reply } = this;
    if (reply?.delayMilliseconds !== undefined) await new Promise((resolve) => setTimeout(resolve, reply.delayMilliseconds));
    const text = reply?.body ?? JSON.stringify({ Status: 'OK', body });
    response.writeHead(reply?.status ?? 200, {
      'Content-Type': reply?.contentType ?? 'application/json',
      'Content-Length': Buffer.byteLength(text),
    });
    response.end(text);
  }
}
