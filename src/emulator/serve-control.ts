/** The control surface as JSON over HTTP, below `/_control/`. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { readText, sendJson } from './json-http.js';
import type { CallbackReply, Control, CorsRule, FaultRule, LinkState, ServiceRules } from './types.js';

/** What `GET /_control/health` answers. */
export interface Health {
  status: 'ok';
  region: string;
  buckets: string[];
}

/** @param health of the server; it is asked for each time */
export async function serveControl(
  control: Control,
  health: () => Health,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method === 'OPTIONS') return sendJson(request, response, 204, undefined);
  const url = new URL(request.url ?? '/', 'http://control');
  const [, , name = '', ...rest] = url.pathname.split('/');
  const found = Object.hasOwn(ROUTES, `${request.method} ${name}`) ? ROUTES[`${request.method} ${name}`] : undefined;
  if (found === undefined) {
    const isIndex = name === '' && request.method === 'GET';
    const error = isIndex ? {} : { error: `There is no ${request.method} ${url.pathname} here.` };
    return sendJson(request, response, isIndex ? 200 : 404, { ...error, routes: routes() });
  }
  const text = await readText(request);
  if (text === undefined) return sendJson(request, response, 413, { error: 'The body is larger than 1 MiB.' });
  try {
    const result = await found.serve(control, {
      body: <T>() => parseJson(text) as T,
      rest: rest.length === 0 ? undefined : decodeURIComponent(rest.join('/')),
      query: url.searchParams,
      health,
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
  health: () => Health;
}

interface Route {
  /** What it does, in the list that `GET /_control/` answers. */
  does: string;
  serve(control: Control, call: Call): unknown;
}

/** `GET /_control/faults` → what it does. */
function routes(): Record<string, string> {
  return Object.fromEntries(Object.entries(ROUTES).map(([route, { does }]) => [route.replace(' ', ' /_control/'), does]));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new TypeError('The body must be JSON.');
  }
}

function lastOf(log: ReturnType<Control['log']>, last: string | null): ReturnType<Control['log']> {
  if (last === null) return log;
  const count = Number(last);
  if (!Number.isInteger(count) || count < 1) throw new TypeError('last must be an integer of at least 1.');
  return log.slice(-count);
}

const ROUTES: Record<string, Route> = {
  'GET health': { does: 'whether it is ready: region and buckets', serve: (_, { health }) => health() },
  'GET faults': { does: 'the faults that are still to strike, with their hits', serve: (control) => control.faults() },
  'POST faults': {
    does: '{ operation?, key?, partNumber?, skip?, times?, probability?, seed?, fault: { kind, … } } adds a fault',
    serve: (control, { body }) => control.addFault(body<FaultRule>()),
  },
  'DELETE faults': {
    does: 'removes all faults, or /{id} only that one',
    serve: (control, { rest }) => control.removeFault(rest),
  },
  'GET log': {
    does: 'the requests, oldest first; ?key= only those for a key, ?last= only the last few',
    serve: (control, { query }) => lastOf(control.log(query.get('key') ?? undefined), query.get('last')),
  },
  'DELETE log': { does: 'empties the log', serve: (control) => control.clearLog() },
  'GET link': { does: 'bandwidth, latency, offline', serve: (control) => control.link() },
  'PUT link': {
    does: '{ bytesPerSecond?, latencyMilliseconds?, offline? } changes them',
    serve: (control, { body }) => control.setLink(body<Partial<LinkState>>()),
  },
  'GET rules': { does: 'the settings of bucket and account', serve: (control) => control.rules() },
  'PUT rules': {
    does: '{ forbidPublicEndpoint?, requesterPays?, versioning?, cnames? } changes them',
    serve: (control, { body }) => control.setRules(body<Partial<ServiceRules>>()),
  },
  'GET cors': { does: 'the CORS rules of each bucket', serve: (control) => control.cors() },
  'PUT cors': {
    does: '{ rules, bucket? } replaces the CORS rules; rules: null turns CORS off',
    serve: (control, { body }) => {
      const { rules, bucket } = body<{ bucket?: string; rules: CorsRule[] | null }>();
      control.setCors(rules, bucket);
    },
  },
  'GET clock': { does: 'how far the clock is ahead', serve: (control) => ({ offsetMilliseconds: control.clock() }) },
  'PUT clock': {
    does: '{ offsetMilliseconds } shifts the clock',
    serve: (control, { body }) => control.setClock(body<{ offsetMilliseconds: number }>().offsetMilliseconds),
  },
  'GET tokens': { does: 'the life of new tokens', serve: (control) => ({ seconds: control.tokenSeconds() }) },
  'PUT tokens': {
    does: '{ seconds } changes it',
    serve: (control, { body }) => control.setTokenSeconds(body<{ seconds: number }>().seconds),
  },
  'POST tokens': {
    does: '/expire ends all tokens at once',
    serve: (control, { rest }) => {
      if (rest !== 'expire') throw new TypeError('expecting /_control/tokens/expire');
      control.expireTokens();
    },
  },
  'GET uploads': { does: 'the unfinished multipart uploads', serve: (control) => control.uploads() },
  'GET objects': { does: 'the objects', serve: (control) => control.objects() },
  'GET callbacks': { does: 'what /_callback has received', serve: (control) => control.callbacks() },
  'PUT callbacks': {
    does: '{ status, body?, contentType?, delayMilliseconds? } is what /_callback answers; null: 200 and JSON',
    serve: (control, { body }) => control.setCallbackReply(body<CallbackReply | null>()),
  },
  'POST reset': {
    does: 'restores what it was started with; ?data=true also deletes objects and uploads',
    serve: (control, { query }) => control.reset({ data: query.get('data') === 'true' }),
  },
};
