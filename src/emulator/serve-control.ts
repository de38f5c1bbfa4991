/** The control surface as JSON over HTTP, below `/_control/`. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { readText, sendJson } from './json-http.js';
import type { CallbackReply, Control, CorsRule, FaultRule, LinkState, ServiceRules } from './types.js';

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
