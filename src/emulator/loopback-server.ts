/** The HTTP server on both loopback addresses, since browsers may take `localhost` for either. */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export class LoopbackServer {
  readonly port: number;
  readonly #servers: readonly Server[];
  readonly #sockets: Set<Socket>;

  private constructor(port: number, servers: readonly Server[], sockets: Set<Socket>) {
    this.port = port;
    this.#servers = servers;
    this.#sockets = sockets;
  }

  /** @param port 0 is any free port */
  static async start(port: number, serve: RequestListener): Promise<LoopbackServer> {
    const sockets = new Set<Socket>();
    const { servers, port: chosen } = await listenOnLoopback(() => createPatientServer(serve, sockets), port);
    return new LoopbackServer(chosen, servers, sockets);
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

/** A server without time limits: slow clients are what it is tested with. */
function createPatientServer(serve: RequestListener, sockets: Set<Socket>): Server {
  const server = createServer({ keepAlive: true, keepAliveTimeout: 60_000, requestTimeout: 0, headersTimeout: 60_000 }, serve);
  server.timeout = 0;
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('close', () => sockets.delete(socket));
  });
  return server;
}

/** Listens on 127.0.0.1 and, where the machine has IPv6, on ::1, on the same port. */
async function listenOnLoopback(create: () => Server, port: number): Promise<{ servers: Server[]; port: number }> {
  for (let attempt = 0; ; attempt++) {
    const v4 = create();
    await listen(v4, port, '127.0.0.1');
    const chosen = (v4.address() as AddressInfo).port;
    const v6 = create();
    try {
      await listen(v6, chosen, '::1');
      return { servers: [v4, v6], port: chosen };
    } catch (error) {
      if (isCode(error, 'EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EINVAL')) return { servers: [v4], port: chosen };
      v4.close();
      // A port that is free on one loopback may be taken on the other: try another one.
      if (!isCode(error, 'EADDRINUSE') || port !== 0 || attempt >= 20) throw error;
    }
  }
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host, ipv6Only: host.includes(':') }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function isCode(error: unknown, ...codes: string[]): boolean {
  return codes.includes((error as NodeJS.ErrnoException).code ?? '');
}
