/** The control surface as JSON over HTTP, below `/_control/`. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { anything, oneOf, record, shown } from './check-value.js';
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
  // HEAD asks whether it is ready.
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const url = new URL(request.url ?? '/', 'http://control');
  const [, , name = '', ...rest] = url.pathname.split('/');
  const named = Object.hasOwn(ROUTES, `${method} ${name}`) ? ROUTES[`${method} ${name}`] : undefined;
  // A slash at the end means nothing, except where an id was to follow.
  const found = named?.takesPath === true || rest.join('/') === '' ? named : undefined;
  if (found === undefined) {
    const isIndex = name === '' && method === 'GET';
    const error = isIndex ? {} : { error: `There is no ${request.method} ${url.pathname} here.` };
    return sendJson(request, response, isIndex ? 200 : 404, { ...error, routes: routes() });
  }
  const text = await readText(request);
  if (text === undefined) return sendJson(request, response, 413, { error: 'The body is larger than 1 MiB.' });
  try {
    for (const parameter of url.searchParams.keys()) checkParameter(parameter, found);
    if (found.takesBody !== true && !/^\s*(\{\s*\}|null)?\s*$/.test(text)) throw new TypeError(`${method} ${url.pathname} takes no body.`);
    const result = await found.serve(control, {
      body: () => parseJson(text),
      hasBody: text.trim() !== '',
      rest: rest.length === 0 ? undefined : decodePath(rest.join('/')),
      query: url.searchParams,
      health,
    });
    sendJson(request, response, 200, result ?? { ok: true });
  } catch (error) {
    sendJson(request, response, 400, { error: error instanceof Error ? error.message : String(error) });
  }
}

interface Call {
  /** Parsed. What it holds is checked by whoever gets it. */
  body: () => unknown;
  hasBody: boolean;
  /** The path after the matched prefix. */
  rest: string | undefined;
  query: URLSearchParams;
  health: () => Health;
}

interface Route {
  /** What it does, in the list that `GET /_control/` answers. */
  does: string;
  takesBody?: true;
  takesPath?: true;
  /** The query's parameters. */
  parameters?: readonly string[];
  serve(control: Control, call: Call): unknown;
}

/** A parameter that means nothing is a typing error, and would be a wish that isn't granted. */
function checkParameter(name: string, { parameters = [] }: Route): void {
  if (name === 'token' || parameters.includes(name)) return;
  throw new TypeError(`There is no parameter ${shown(name)} here${parameters.length === 0 ? '' : `; there is ${parameters.join(', ')}`}.`);
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw new TypeError('The path is not valid UTF-8.');
  }
}

/** Fields of a body; their values are checked by the control. */
function fieldsOf<T>(body: unknown, ...names: (keyof T & string)[]): Partial<T> {
  record(Object.fromEntries(names.map((name) => [name, anything])))(body, 'The body');
  return body as Partial<T>;
}

function isTrue(name: string, text: string): boolean {
  oneOf(['true', 'false'])(text, name);
  return text === 'true';
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
    takesBody: true,
    does: '{ operation?, key?, partNumber?, skip?, times?, probability?, seed?, fault: { kind, … } } adds a fault',
    serve: (control, { body }) => control.addFault(body() as FaultRule),
  },
  'DELETE faults': {
    takesPath: true,
    does: 'removes all faults, or /{id} only that one',
    serve: (control, { rest }) => control.removeFault(rest),
  },
  'GET log': {
    parameters: ['key', 'last'],
    does: 'the requests, oldest first; ?key= only those for a key, ?last= only the last few',
    serve: (control, { query }) => lastOf(control.log(query.get('key') ?? undefined), query.get('last')),
  },
  'DELETE log': { does: 'empties the log', serve: (control) => control.clearLog() },
  'GET link': { does: 'bandwidth, latency, offline', serve: (control) => control.link() },
  'PUT link': {
    takesBody: true,
    does: '{ bytesPerSecond?, latencyMilliseconds?, offline? } changes them',
    serve: (control, { body }) => control.setLink(body() as Partial<LinkState>),
  },
  'GET rules': { does: 'the settings of bucket and account', serve: (control) => control.rules() },
  'PUT rules': {
    takesBody: true,
    does: '{ forbidPublicEndpoint?, requesterPays?, versioning?, cnames? } changes them',
    serve: (control, { body }) => control.setRules(body() as Partial<ServiceRules>),
  },
  'GET cors': { does: 'the CORS rules of each bucket', serve: (control) => control.cors() },
  'PUT cors': {
    takesBody: true,
    does: '{ rules, bucket? } replaces the CORS rules; rules: null turns CORS off',
    serve: (control, { body }) => {
      const { rules, bucket } = fieldsOf<{ rules: CorsRule[] | null; bucket: string }>(body(), 'rules', 'bucket');
      control.setCors(rules as CorsRule[] | null, bucket);
    },
  },
  'GET clock': { does: 'how far the clock is ahead', serve: (control) => ({ offsetMilliseconds: control.clock() }) },
  'PUT clock': {
    takesBody: true,
    does: '{ offsetMilliseconds } shifts the clock',
    serve: (control, { body }) =>
      control.setClock(fieldsOf<{ offsetMilliseconds: number }>(body(), 'offsetMilliseconds').offsetMilliseconds as number),
  },
  'GET tokens': { does: 'the life of new tokens', serve: (control) => ({ seconds: control.tokenSeconds() }) },
  'PUT tokens': {
    takesBody: true,
    does: '{ seconds } changes it',
    serve: (control, { body }) => control.setTokenSeconds(fieldsOf<{ seconds: number }>(body(), 'seconds').seconds as number),
  },
  'POST tokens': {
    takesPath: true,
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
    takesBody: true,
    does: '{ status, body?, contentType?, delayMilliseconds? } is what /_callback answers; null: 200 and JSON',
    serve: (control, { body }) => control.setCallbackReply(body() as CallbackReply | null),
  },
  'POST reset': {
    takesBody: true,
    parameters: ['data'],
    does: 'restores what it was started with; ?data=true or { data: true } also deletes objects and uploads',
    serve: (control, { query, body, hasBody }) => {
      const { data } = fieldsOf<{ data: boolean }>((hasBody ? body() : null) ?? {}, 'data');
      const given = query.get('data');
      const wish = given === null ? data : isTrue('data', given);
      return control.reset(wish === undefined ? {} : { data: wish });
    },
  },
};
