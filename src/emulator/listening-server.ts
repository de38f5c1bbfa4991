/** The server that listens: HTTP, or HTTPS with HTTP/1.1 and HTTP/2, on one address or on both of loopback. */
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createSecureServer, type Http2SecureServer, type ServerHttp2Session } from 'node:http2';
import { type AddressInfo, isIP, type Server, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { tcpSockets } from './connection.js';
import { EmulatorError } from './emulator-error.js';
import { type Limits, MAX_HEADER_BYTES } from './limits.js';
import type { Certificate } from './self-signed.js';

export interface ListenOptions {
  /** 0: any free port. */
  port: number;
  /** An address or a name of this machine; `localhost` and `127.0.0.1` stand for both loopback addresses. */
  host: string;
  /** Undefined: no TLS. */
  tls: Certificate | undefined;
  limits: Limits;
}

/** Milliseconds that a connection may be idle between two requests. */
const KEEP_ALIVE = 60_000;
/** Bytes that a client may send ahead over HTTP/2, on one stream and on one connection. */
const STREAM_WINDOW = 1024 * 1024;
const SESSION_WINDOW = 8 * 1024 * 1024;

export class ListeningServer {
  readonly port: number;
  readonly #servers: readonly Server[];
  readonly #sockets: Set<Socket>;

  private constructor(port: number, servers: readonly Server[], sockets: Set<Socket>) {
    this.port = port;
    this.#servers = servers;
    this.#sockets = sockets;
  }

  /** @throws {EmulatorError} if the port or the address can't be used */
  static async start(options: ListenOptions, serve: RequestListener): Promise<ListeningServer> {
    const sockets = new Set<Socket>();
    const create = (): Server => track(options.tls === undefined ? createPlain(options, serve) : createSecure(options, serve), sockets);
    const { port, host } = options;
    try {
      const { servers, port: chosen } = isLoopback(host) ? await listenOnLoopback(create, port) : await listenOn(create, port, host);
      return new ListeningServer(chosen, servers, sockets);
    } catch (error) {
      throw explain(error as NodeJS.ErrnoException, options);
    }
  }

  /** Cuts the connections that `isCut` names. */
  cut(isCut: (socket: Socket) => boolean = () => true): void {
    for (const socket of this.#sockets) if (isCut(socket)) socket.destroy();
  }

  async close(): Promise<void> {
    const closed = this.#servers.map((server) => new Promise((resolve) => server.close(resolve)));
    this.cut();
    await Promise.all(closed);
  }
}

/** Whether only this machine can reach the address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

/** Without a limit on whole requests: slow clients are what it is tested with. */
function createPlain({ limits: { headerMilliseconds } }: ListenOptions, serve: RequestListener): Server {
  return createServer(
    {
      keepAlive: true,
      keepAliveTimeout: KEEP_ALIVE,
      requestTimeout: 0,
      headersTimeout: headerMilliseconds,
      connectionsCheckingInterval: Math.min(10_000, headerMilliseconds),
      maxHeaderSize: MAX_HEADER_BYTES,
    },
    serve,
  );
}

function createSecure({ tls, limits: { headerMilliseconds } }: ListenOptions, serve: RequestListener): Server {
  const timing = { headersTimeout: headerMilliseconds, connectionsCheckingInterval: Math.min(10_000, headerMilliseconds) };
  const options = {
    ...tls,
    allowHTTP1: true,
    handshakeTimeout: headerMilliseconds,
    settings: { initialWindowSize: STREAM_WINDOW },
    // Read by the HTTP/1.1 side.
    ...timing,
    requestTimeout: 0,
    maxHeaderSize: MAX_HEADER_BYTES,
  };
  const server: Http2SecureServer = createSecureServer(options, serve as unknown as Parameters<typeof createSecureServer>[1]);
  Object.assign(server, { headersTimeout: headerMilliseconds, requestTimeout: 0 });
  server.on('session', (session) => {
    session.setLocalWindowSize(SESSION_WINDOW);
    session.on('error', () => {});
    let streams = 0;
    session.on('stream', (stream) => {
      streams += 1;
      stream.once('close', () => (streams -= 1));
    });
    session.setTimeout(headerMilliseconds, () => {
      if (streams === 0) session.destroy();
    });
  });
  expectHeaders(server as unknown as Server, headerMilliseconds);
  return server as unknown as Server;
}

/** Ends connections with HTTP/1.1 over TLS on which no headers come: there Node doesn't watch `headersTimeout`. */
function expectHeaders(server: Server, headerMilliseconds: number): void {
  const timers = new WeakMap<object, NodeJS.Timeout>();
  const expect = (socket: Socket, milliseconds: number): void => {
    clearTimeout(timers.get(socket));
    if (!socket.destroyed) timers.set(socket, setTimeout(() => socket.destroy(), milliseconds).unref());
  };
  server.on('secureConnection', (socket: TLSSocket) => {
    if (socket.alpnProtocol !== 'h2') expect(socket, headerMilliseconds);
  });
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request;
    if (request.httpVersionMajor === 2) return;
    clearTimeout(timers.get(socket));
    response.once('close', () => expect(socket, KEEP_ALIVE));
  });
}

/** Keeps the server's TCP connections, and which one lies below each TLS socket and HTTP/2 session. */
function track(server: Server, sockets: Set<Socket>): Server {
  const byClient = new Map<string, Socket>();
  const clientOf = ({ remoteAddress, remotePort }: { remoteAddress?: string | undefined; remotePort?: number | undefined }): string =>
    `${remoteAddress} ${remotePort}`;
  const link = (upper: object, lower: Socket | undefined): void => {
    if (lower !== undefined) tcpSockets.set(upper, lower);
  };
  server.on('connection', (socket: Socket) => {
    const client = clientOf(socket);
    sockets.add(socket);
    byClient.set(client, socket);
    socket.setNoDelay(true);
    socket.on('error', () => {});
    socket.on('close', () => {
      sockets.delete(socket);
      byClient.delete(client);
    });
  });
  server.on('secureConnection', (socket: TLSSocket) => link(socket, byClient.get(clientOf(socket))));
  server.on('session', (session: ServerHttp2Session) => link(session, byClient.get(clientOf(session.socket))));
  return server;
}

/** Listens on 127.0.0.1 and, where the machine has IPv6, on ::1, on the same port: browsers may take `localhost` for either. */
async function listenOnLoopback(create: () => Server, port: number): Promise<{ servers: Server[]; port: number }> {
  for (let attempt = 0; ; attempt++) {
    const { servers, port: chosen } = await listenOn(create, port, '127.0.0.1');
    const v6 = create();
    try {
      await listen(v6, chosen, '::1');
      return { servers: [...servers, v6], port: chosen };
    } catch (error) {
      if (isCode(error, 'EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EINVAL')) return { servers, port: chosen };
      for (const server of servers) server.close();
      // A port that is free on one loopback may be taken on the other: try another one.
      if (!isCode(error, 'EADDRINUSE') || port !== 0 || attempt >= 20) throw error;
    }
  }
}

async function listenOn(create: () => Server, port: number, host: string): Promise<{ servers: Server[]; port: number }> {
  const server = create();
  await listen(server, port, host);
  return { servers: [server], port: (server.address() as AddressInfo).port };
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    // Node's 511 is too few for 1,000 clients at once: Linux drops the others, and they come again after a second.
    const backlog = 4096;
    // `::` is every address of the machine, those of IPv4 included.
    server.listen({ port, host, backlog, ipv6Only: isIP(host) === 6 && host !== '::' }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function isCode(error: unknown, ...codes: string[]): boolean {
  return codes.includes((error as NodeJS.ErrnoException).code ?? '');
}

function explain(error: NodeJS.ErrnoException, { port, host }: ListenOptions): EmulatorError {
  const code = error.code ?? 'UNKNOWN';
  const reasons: Record<string, string> = {
    EADDRINUSE: `Port ${port} on ${host} is taken. Stop what listens there, or choose another port; 0 is any free one.`,
    EACCES: `Port ${port} needs more rights than this process has. Choose one above 1023.`,
    EADDRNOTAVAIL: `${host} is no address of this machine.`,
    ENOTFOUND: `${host} is no name that this machine knows.`,
  };
  return new EmulatorError(code, reasons[code] ?? `The emulator can't listen on ${host}, port ${port}: ${error.message}`, { cause: error });
}
