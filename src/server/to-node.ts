/** Adapts a function of the web's Request and Response to `node:http`, Connect and Express. */
import { utf8 } from '../core/bytes.js';
import { Refusal } from './refusal.js';

/** The part of Node's `IncomingMessage` that is used, and of Express's request. */
export interface NodeRequest extends AsyncIterable<Uint8Array | string> {
  /** Such as `POST`. */
  method?: string | undefined;
  /** Path and query. */
  url?: string | undefined;
  /** The path before a router changed it; Express and Connect. */
  originalUrl?: string | undefined;
  /** By lower-case name. */
  headers: Record<string, string | string[] | undefined>;
  /** What a body parser has read; Express and Fastify. */
  body?: unknown;
  /** Whether the connection is TLS. */
  socket?: object | undefined;
}

/** The part of Node's `ServerResponse` that is used. */
export interface NodeResponse {
  /** The HTTP status. */
  statusCode: number;
  /** Sets a header. */
  setHeader(name: string, value: string): unknown;
  /** Sends the body. */
  end(body?: Uint8Array): unknown;
}

/** A request listener, a handler of Express, and a middleware of Connect. */
export type NodeHandler = (request: NodeRequest, response: NodeResponse, next?: (error?: unknown) => void) => Promise<void>;

/** The handler itself refuses bodies that are shorter than this: here, only memory is protected. */
const MAX_BODY = 2 * 1024 * 1024;
/** So much of a body is read in all, the rest being discarded after the answer: clients that send everything first get to read it. */
const MAX_DISCARDED = 16 * 1024 * 1024;

/**
 * Runs a handler in Express, Connect or `node:http`, before or behind a body parser. Node's request, with what middlewares have added to
 * it, such as `session`, is the handler's context: the second argument of `allow`. The body is read when the handler asks for it.
 *
 * @example
 * app.post('/oss', toNode(createHandler({ …, allow: (_, { session }) => session.user && { prefix: `users/${session.user}/` } })));
 */
export function toNode<Context = unknown>(handler: (request: Request, context?: Context) => Promise<Response>): NodeHandler {
  return async (incoming, outgoing, next) => {
    const refuse = (status: number): void => {
      outgoing.statusCode = status;
      outgoing.end();
    };
    const body = createBody(incoming);
    const request = toRequest(incoming, body.content);
    if (!request) return refuse(400);
    try {
      const response = await handler(request, incoming as Context);
      const bytes = new Uint8Array(await response.arrayBuffer());
      if (body.fault) return refuse(body.fault.status);
      outgoing.statusCode = response.status;
      response.headers.forEach((value, name) => void outgoing.setHeader(name, value));
      // OSS refuses the answer to a callback without it.
      if (response.status !== 204) outgoing.setHeader('content-length', String(bytes.byteLength));
      outgoing.end(bytes);
    } catch (error) {
      // The client's mistakes are nothing for the framework's log.
      if (body.fault) return refuse(body.fault.status);
      if (next) return next(error);
      refuse(500);
    } finally {
      void body.discard();
    }
  };
}

/** Nothing when it has no URL, or no method of the web. */
function toRequest(incoming: NodeRequest, body: BodyInit): Request | undefined {
  const { method = 'GET', headers, socket } = incoming;
  const scheme = socket && 'encrypted' in socket ? 'https' : 'http';
  const host = headers[':authority'] ?? headers['host'] ?? 'localhost';
  const target = (incoming.originalUrl ?? incoming.url ?? '/').replace(/^[^/]*/, '');
  const hasBody = method !== 'GET' && method !== 'HEAD';
  try {
    return new Request(`${scheme}://${host}${target}`, {
      method,
      headers: Object.entries(headers)
        .filter(([name]) => !name.startsWith(':'))
        .map(([name, value]): [string, string] => [name, String(value ?? '')]),
      // The types of browsers don't know `duplex` yet: streams need it.
      ...(hasBody && ({ body, duplex: 'half' } as RequestInit)),
    });
  } catch {
    return undefined;
  }
}

/** The body of a request on its way. */
interface Body {
  /** For the handler. */
  content: BodyInit;
  /** Why it can't be read, if the client is to blame. What the handler reads fails with it. */
  readonly fault: Refusal | undefined;
  /** Reads what the handler has left of a body that it began to read, so that the connection serves the next request. */
  discard(): Promise<void>;
}

/**
 * The bytes as they come, not before they are asked for: strangers are refused without them. Of a body that was parsed, JSON that says
 * the same.
 */
function createBody(incoming: NodeRequest): Body {
  const { body: parsed } = incoming;
  let fault: Refusal | undefined;
  let chunks: AsyncIterator<Uint8Array | string> | undefined;
  let read = 0;
  const fail = (...why: ConstructorParameters<typeof Refusal>): never => {
    throw (fault = new Refusal(...why));
  };

  async function pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    chunks ??= incoming[Symbol.asyncIterator]();
    const next = await chunks.next().catch(() => fail(400, 'InvalidRequest', 'The client went away.'));
    if (next.done) {
      // A parser that found nothing to parse may leave an empty object and the bytes unread.
      if (read === 0 && parsed !== undefined && parsed !== null) controller.enqueue(utf8(JSON.stringify(parsed)));
      return controller.close();
    }
    read += next.value.length;
    if (read > MAX_BODY) fail(413, 'RequestTooLarge', 'The body is too long.');
    controller.enqueue(typeof next.value === 'string' ? utf8(next.value) : next.value);
  }

  async function discard(): Promise<void> {
    // Node itself discards a body that nobody has begun to read.
    if (!chunks) return;
    try {
      for (let next = await chunks.next(); !next.done && read <= MAX_DISCARDED; next = await chunks.next()) read += next.value.length;
      // Nothing more is read from a client that still sends: Node ends its connection as one that is idle.
      await chunks.return?.();
    } catch {
      // The client went away.
    }
  }

  const isRead = typeof parsed === 'string' || parsed instanceof Uint8Array;
  // Nothing is read ahead: a stream would ask for one chunk at once.
  const content = isRead ? (parsed as BodyInit) : new ReadableStream({ pull }, { highWaterMark: 0 });
  return {
    content,
    get fault() {
      return fault;
    },
    discard,
  };
}
