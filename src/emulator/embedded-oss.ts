/**
 * The embedded OSS: a strict stand-in for the service, with STS and a control surface on the same
 * port. Loopback only. It shares no code with the library it is there to prove.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { storedBodies, type BodyStore } from './receive-body.js';
import { CallbackSink, serveControl } from './serve-control.js';
import { DEFAULT_CORS } from './cors.js';
import { FaultBook } from './fault-book.js';
import { internalHost, isServiceHost, type Addressing } from './parse-request.js';
import { Link } from './link.js';
import { RequestLog } from './request-log.js';
import { serveOss, serveSts, type Service } from './serve-oss.js';
import { BucketStore } from './bucket-store.js';
import { TokenService, type PermanentKey } from './token-service.js';
import type { Control, CorsRule, ServiceRules } from './types.js';

export interface EmbeddedOssOptions {
  /** Where objects, uploads and issued tokens are kept. */
  dataDir: string;
  /** @default 0: any free port */
  port?: number;
  /** @default ['demo-bucket'] */
  buckets?: string[];
  /** @default 'cn-hangzhou' */
  region?: string;
  /** Permanent keys, for tests of SDKs that have no STS token. */
  accounts?: PermanentKey[];
  /** The server's clock in milliseconds. @default Date.now */
  now?: () => number;
  /** The CORS rules every bucket starts with; null: off. @default anything from anywhere */
  cors?: CorsRule[] | null;
  /** Further custom domains, with or without their port → bucket. `cname.localhost` is the first bucket's anyway. */
  cnames?: Record<string, string>;
  /** Only custom domains are served. @default false */
  forbidPublicEndpoint?: boolean;
  /** The bucket of requests that name none. */
  defaultBucket?: string;
  /** Life of the tokens `/sts` issues, seconds. @default 3600 */
  tokenSeconds?: number;
  /** The name under which it is addressed. @default 'localhost' */
  hostname?: string;
  /** Where bodies go. @default storedBodies: as files of `dataDir` */
  bodies?: BodyStore;
}

export interface EmbeddedOss {
  port: number;
  /** `http://localhost:PORT`; a bucket's is `http://{bucket}.localhost:PORT`. */
  url: string;
  /** Its own custom domain, bound to the first bucket; needs `cname: true`. */
  cnameUrl: string;
  stsUrl: string;
  region: string;
  buckets: string[];
  control: Control;
  /** Cuts all connections and waits until files are settled. */
  close(): Promise<void>;
}

/** Browsers resolve every name below `localhost` to loopback. */
const DEFAULT_CNAME = 'cname.localhost';

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

/**
 * Both loopbacks on one port, since browsers may take `localhost` for either. A machine without IPv6
 * gets along with 127.0.0.1.
 */
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
      // A free port on one loopback may be taken on the other: draw again.
      if (!isCode(error, 'EADDRINUSE') || port !== 0 || attempt >= 20) throw error;
    }
  }
}

export async function startEmbeddedOss(options: EmbeddedOssOptions): Promise<EmbeddedOss> {
  const { dataDir, region = 'cn-hangzhou', hostname = 'localhost', tokenSeconds = 3600 } = options;
  const names = options.buckets ?? ['demo-bucket'];
  const initialCors = options.cors === undefined ? [...DEFAULT_CORS] : (options.cors ?? []);
  let clockOffset = 0;
  const now = (): number => (options.now ?? Date.now)() + clockOffset;

  const sockets = new Set<Socket>();
  /** Connections over which the control surface was used last; they outlive `offline`. */
  const controlSockets = new WeakSet<Socket>();
  const link = new Link(() => {
    for (const socket of sockets) if (!controlSockets.has(socket)) socket.destroy();
  });
  const initialRules: ServiceRules = {
    forbidPublicEndpoint: options.forbidPublicEndpoint ?? false,
    requesterPays: false,
    cnames: { ...(names[0] !== undefined && { [DEFAULT_CNAME]: names[0] }), ...options.cnames },
  };
  const rules: ServiceRules = { ...initialRules };
  const addressing: Addressing = {
    baseHosts: [...new Set([hostname, 'localhost', `oss-${region}.aliyuncs.com`, internalHost(region)])],
    get cnames() {
      return rules.cnames;
    },
    defaultBucket: options.defaultBucket,
    buckets: new Set(names),
  };
  const tokens = new TokenService(join(dataDir, 'tokens.json'), options.accounts ?? [], tokenSeconds, now);
  const service: Service = {
    region,
    now,
    addressing,
    tokens,
    link,
    rules,
    faults: new FaultBook(),
    log: new RequestLog(),
    buckets: new Map(names.map((name) => [name, new BucketStore(join(dataDir, 'buckets'), name)])),
    bodies: options.bodies ?? storedBodies,
    cors: new Map(names.map((name) => [name, initialCors])),
  };
  const sink = new CallbackSink();

  const control: Control = {
    addFault: (rule) => service.faults.add(rule),
    faults: () => service.faults.list(),
    removeFault: (id) => service.faults.remove(id),
    log: (key) => service.log.list(key),
    clearLog: () => service.log.clear(),
    link: () => link.state(),
    setLink: (change) => link.set(change),
    rules: () => structuredClone(rules),
    setRules: (change) => structuredClone(Object.assign(rules, change)),
    setCors: (corsRules, bucket) => {
      for (const name of bucket === undefined ? names : [bucket]) service.cors.set(name, corsRules ?? []);
    },
    setClock: (offset) => {
      if (!Number.isFinite(offset)) throw new TypeError('offsetMilliseconds must be a number');
      clockOffset = offset;
    },
    expireTokens: () => tokens.expireAll(),
    setTokenSeconds: (seconds) => {
      if (!(seconds >= 1)) throw new RangeError('seconds must be at least 1');
      tokens.seconds = seconds;
    },
    tokenSeconds: () => tokens.seconds,
    uploads: () =>
      [...service.buckets.values()].flatMap((bucket) =>
        [...bucket.uploads.values()].map((upload) => ({
          bucket: bucket.name,
          key: upload.key,
          uploadId: upload.id,
          initiated: new Date(upload.initiated).toISOString(),
          parts: upload.parts.size,
          bytes: [...upload.parts.values()].reduce((sum, part) => sum + part.size, 0),
        })),
      ),
    objects: () =>
      [...service.buckets.values()].flatMap((bucket) =>
        [...bucket.objects.values()].map(({ key, size, etag, crc64, type, lastModified, attributes }) => ({
          bucket: bucket.name,
          key,
          size,
          etag,
          crc64,
          type,
          lastModified: new Date(lastModified).toISOString(),
          contentType: attributes['content-type'] ?? '',
        })),
      ),
    assumeRole: (seconds) => tokens.issue(seconds),
    callbacks: () => [...sink.received],
    setCallbackReply: (reply) => {
      sink.reply = reply;
    },
    reset: async ({ data = false } = {}) => {
      service.faults.remove();
      service.log.clear();
      link.set({ bytesPerSecond: null, latencyMilliseconds: 0, offline: false });
      Object.assign(rules, initialRules);
      for (const name of names) service.cors.set(name, initialCors);
      clockOffset = 0;
      tokens.seconds = tokenSeconds;
      sink.received = [];
      sink.reply = null;
      if (!data) return;
      for (const bucket of service.buckets.values()) bucket.clear();
      await Promise.all([...service.buckets.values()].map((bucket) => bucket.settled()));
    },
  };

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    const atService = isServiceHost((request.headers.host ?? '').toLowerCase(), addressing);
    if (atService && path.startsWith('/_control/')) {
      controlSockets.add(request.socket);
      return serveControl(control, request, response);
    }
    if (atService && path === '/_callback') return sink.serve(request, response, now());
    controlSockets.delete(request.socket);
    if (link.offline) {
      request.socket.destroy();
      return;
    }
    if (atService && path === '/sts') return serveSts(service, request, response);
    return serveOss(service, request, response);
  }

  const create = (): Server => {
    const server = createServer(
      { keepAlive: true, keepAliveTimeout: 60_000, requestTimeout: 0, headersTimeout: 60_000 },
      (request, response) => {
        // A client may leave at any moment; that is no reason for the process to end.
        request.on('error', () => {});
        response.on('error', () => {});
        serve(request, response).catch(() => request.socket.destroy());
      },
    );
    server.timeout = 0;
    server.on('connection', (socket: Socket) => {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('close', () => sockets.delete(socket));
    });
    return server;
  };
  const { servers, port } = await listenOnLoopback(create, options.port ?? 0);

  return {
    port,
    url: `http://${hostname}:${port}`,
    cnameUrl: `http://${DEFAULT_CNAME}:${port}`,
    stsUrl: `http://${hostname}:${port}/sts`,
    region,
    buckets: [...names],
    control,
    close: async () => {
      const closed = servers.map((server) => new Promise((resolve) => server.close(resolve)));
      for (const socket of sockets) socket.destroy();
      await Promise.all(closed);
      await Promise.all([...service.buckets.values()].map((bucket) => bucket.settled()));
    },
  };
}
