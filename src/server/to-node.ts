/** Adapts a function of the web's Request and Response to `node:http`, Connect and Express. */

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

/**
 * Runs a handler in Express, Connect or `node:http`, before or behind a body parser. Node's request, with what middlewares have added to
 * it, such as `session`, is the handler's context: the second argument of `allow`.
 *
 * @example
 * app.post('/oss', toNode(createHandler({ …, allow: (_, { session }) => session.user && { prefix: `users/${session.user}/` } })));
 */
export function toNode<Context = unknown>(handler: (request: Request, context?: Context) => Promise<Response>): NodeHandler {
  return async (incoming, outgoing, next) => {
    let request: Request;
    try {
      request = await toRequest(incoming);
    } catch (error) {
      // No URL, no method of the web, or a body that is too long: the client's mistake, and nothing for the framework's log.
      outgoing.statusCode = error instanceof RangeError ? 413 : 400;
      outgoing.end();
      return;
    }
    try {
      const response = await handler(request, incoming as Context);
      const body = new Uint8Array(await response.arrayBuffer());
      outgoing.statusCode = response.status;
      response.headers.forEach((value, name) => void outgoing.setHeader(name, value));
      // OSS refuses the answer to a callback without it.
      if (response.status !== 204) outgoing.setHeader('content-length', String(body.byteLength));
      outgoing.end(body);
    } catch (error) {
      if (next) return next(error);
      outgoing.statusCode = 500;
      outgoing.end();
    }
  };
}

async function toRequest(incoming: NodeRequest): Promise<Request> {
  const { method = 'GET', headers, socket } = incoming;
  const scheme = socket && 'encrypted' in socket ? 'https' : 'http';
  const host = headers[':authority'] ?? headers['host'] ?? 'localhost';
  const target = (incoming.originalUrl ?? incoming.url ?? '/').replace(/^[^/]*/, '');
  const hasBody = method !== 'GET' && method !== 'HEAD';
  return new Request(`${scheme}://${host}${target}`, {
    method,
    headers: Object.entries(headers)
      .filter(([name]) => !name.startsWith(':'))
      .map(([name, value]): [string, string] => [name, String(value ?? '')]),
    ...(hasBody && { body: await bodyOf(incoming) }),
  });
}

/** The bytes as they came; of a body that was parsed, JSON that says the same. */
async function bodyOf(incoming: NodeRequest): Promise<BodyInit> {
  const { body } = incoming;
  if (typeof body === 'string' || body instanceof Uint8Array) return body as BodyInit;
  const chunks: BlobPart[] = [];
  let read = 0;
  for await (const chunk of incoming) {
    read += chunk.length;
    if (read > MAX_BODY) throw new RangeError('The body is too long.');
    chunks.push(chunk as BlobPart);
  }
  // A parser that found nothing to parse may leave an empty object and the bytes unread.
  return read === 0 && body !== undefined && body !== null ? JSON.stringify(body) : new Blob(chunks);
}
