/**
 * The embedded OSS: a strict stand-in for the service, with STS and a control surface on the same
 * port. It shares no code with the library that it tests. `start-emulator.ts` is its public form.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { BucketStore } from './bucket-store.js';
import { CallbackSigner, KEY_PATH } from './callback-signer.js';
import { CallbackSink } from './callback-sink.js';
import { endWithoutAnswer, http2Stream, likeHttp1, resetRequest, tcpSocket } from './connection.js';
import { ControlAccess } from './control-access.js';
import { DEFAULT_CORS } from './cors.js';
import { DEFAULT_CNAME, inLowerCase } from './custom-domains.js';
import { createControl } from './create-control.js';
import { EmulatorError } from './emulator-error.js';
import { FaultBook } from './fault-book.js';
import { FolderLock } from './folder-lock.js';
import { Link } from './link.js';
import { DEFAULT_LIMITS, type Limits } from './limits.js';
import { ListeningServer } from './listening-server.js';
import { type Addressing, boundBucket, internalHost, isServiceHost } from './parse-request.js';
import { parsePolicy } from './parse-policy.js';
import { type BodyStore, storedBodies } from './receive-body.js';
import { refuse } from './json-http.js';
import { isAssumeRole } from './read-sts-request.js';
import { RequestLog } from './request-log.js';
import { type Health, serveControl } from './serve-control.js';
import { serveOss, serveSts, type Service } from './serve-oss.js';
import type { Certificate } from './self-signed.js';
import { ServerClock } from './server-clock.js';
import { type PermanentKey, TokenService } from './token-service.js';
import type { Control, CorsRule, FaultRule, PolicyDocument, ServiceRules, Versioning } from './types.js';

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
  /** What the role that `/sts` assumes may do. @default everything */
  rolePolicy?: PolicyDocument;
  /** The server's clock in milliseconds. @default Date.now */
  now?: () => number;
  /** The CORS rules every bucket starts with; null: off. @default anything from anywhere */
  cors?: CorsRule[] | null;
  /** Further custom domains, with or without their port → bucket. `cname.localhost` is always the first bucket's. */
  cnames?: Record<string, string>;
  /** Serve custom domains only. @default false */
  forbidPublicEndpoint?: boolean;
  /** Whether replaced and deleted objects are kept as older versions. @default 'Off' */
  versioning?: Versioning;
  /** Life of the tokens that `/sts` issues, in seconds. @default 3600 */
  tokenSeconds?: number;
  /** Faults from the start on. @default none */
  faults?: FaultRule[];
  /** The address it listens on. @default '127.0.0.1': both loopback addresses */
  host?: string;
  /** The name under which it is addressed. @default 'localhost' */
  hostname?: string;
  /** Serves HTTPS, with HTTP/1.1 and HTTP/2. @default none: HTTP/1.1 without TLS */
  tls?: Certificate | undefined;
  /** Where bodies go. @default storedBodies: files in `dataDir` */
  bodies?: BodyStore;
  /** Origins of pages, besides those on `localhost`, that may use the control surface and `/sts`. @default none */
  origins?: string[];
  /** Needed for the control surface and `/sts`. @default none */
  controlToken?: string | undefined;
  /** How long it waits for silent clients. @default DEFAULT_LIMITS */
  limits?: Partial<Limits> | undefined;
  /** Fills the buckets before the first request. */
  fill?: ((buckets: ReadonlyMap<string, BucketStore>) => Promise<void>) | undefined;
  /** Whether `dataDir` shall survive a power cut: writes of manifests then wait for the disk. @default true */
  isLasting?: boolean;
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
  /** What is wrong with the data folder, a sentence each: damaged files that were skipped. */
  problems: string[];
  /** Cuts all connections, and waits until no request is being served any more and all files have been written and removed. */
  close(): Promise<void>;
}

export async function startEmbeddedOss(options: EmbeddedOssOptions): Promise<EmbeddedOss> {
  const lock = FolderLock.acquire(options.dataDir);
  try {
    return await start(options, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function start(options: EmbeddedOssOptions, lock: FolderLock): Promise<EmbeddedOss> {
  const { hostname = 'localhost', host = '127.0.0.1', tls, controlToken } = options;
  const service = openService(options);
  await options.fill?.(service.buckets);
  const callbacks = new CallbackSink();
  const control = createControl(service, callbacks);
  const underWay = new UnderWay();
  const access = new ControlAccess(options.origins, controlToken ?? null);
  const listener = createListener(service, control, callbacks, access, underWay);
  const server = await ListeningServer.start({ port: options.port ?? 0, host, tls, limits: service.limits }, listener);
  const { port } = server;
  service.link.cut = () => underWay.cut(server);
  const [scheme, token] = [tls === undefined ? 'http' : 'https', controlToken === undefined ? '' : `?token=${controlToken}`];
  const url = `${scheme}://${hostname.includes(':') ? `[${hostname}]` : hostname}:${port}`;
  service.callbackSigner.keyUrl = `${url}${KEY_PATH}`;
  return {
    port,
    url,
    cnameUrl: `${scheme}://${DEFAULT_CNAME}:${port}`,
    stsUrl: `${url}/sts${token}`,
    region: service.region,
    buckets: [...service.buckets.keys()],
    control,
    problems: [...service.buckets.values()].flatMap(({ damaged }) => [...damaged].map(([file, why]) => `${file} ${why} and was skipped.`)),
    close: async () => {
      await server.close();
      // Whatever still writes must be done before another server may have the folder.
      await underWay.ended();
      await Promise.all([...service.buckets.values()].map((bucket) => bucket.settled()));
      lock.release();
    },
  };
}

/** The requests that are being served, and what `offline` cuts: every connection, except those that were last used for the control surface. */
class UnderWay {
  readonly #served = new Set<Promise<void>>();
  readonly #control = new WeakSet<Socket>();
  /** Requests over HTTP/2, which may share their connection with the control surface. */
  readonly #streams = new Set<IncomingMessage>();

  add(request: IncomingMessage, isControl: boolean): void {
    if (isControl) this.#control.add(tcpSocket(request));
    else this.#control.delete(tcpSocket(request));
    const stream = http2Stream(request);
    if (stream === undefined || isControl) return;
    this.#streams.add(request);
    stream.once('close', () => this.#streams.delete(request));
  }

  serve(work: Promise<void>): void {
    const served = work.finally(() => this.#served.delete(served));
    this.#served.add(served);
  }

  /** Resolves when all requests have been served or given up. */
  async ended(): Promise<void> {
    while (this.#served.size > 0) await Promise.all(this.#served);
  }

  cut(server: ListeningServer): void {
    for (const request of this.#streams) resetRequest(request);
    server.cut((socket) => !this.#control.has(socket));
  }
}

/** @throws {EmulatorError} if files of the data folder can't be read or written */
function openService(options: EmbeddedOssOptions): Service {
  try {
    return createService(options);
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException;
    if (code === undefined || path === undefined) throw error;
    throw new EmulatorError('DATA_UNUSABLE', `The data folder ${options.dataDir} can't be used: ${path} (${code}).`, { cause: error });
  }
}

function createService(options: EmbeddedOssOptions): Service {
  const { dataDir, region = 'cn-hangzhou', hostname = 'localhost', tokenSeconds = 3600, isLasting = true } = options;
  const names = options.buckets ?? ['demo-bucket'];
  const cors = options.cors === undefined ? [...DEFAULT_CORS] : (options.cors ?? []);
  const clock = new ServerClock(options.now ?? Date.now);
  const rules: ServiceRules = {
    forbidPublicEndpoint: options.forbidPublicEndpoint ?? false,
    requesterPays: false,
    versioning: options.versioning ?? 'Off',
    cnames: { ...inLowerCase(options.cnames ?? {}), ...(names[0] !== undefined && { [DEFAULT_CNAME]: names[0] }) },
  };
  const addressing: Addressing = {
    baseHosts: [...new Set([hostname, 'localhost', `oss-${region}.aliyuncs.com`, internalHost(region)])],
    get cnames() {
      return rules.cnames;
    },
  };
  const tokens = new TokenService(join(dataDir, 'tokens.json'), options.accounts ?? [], tokenSeconds, () => clock.now());
  const bodies = options.bodies ?? storedBodies;
  const buckets = new Map(names.map((name) => [name, new BucketStore(join(dataDir, 'buckets'), name, isLasting, bodies)]));
  for (const bucket of buckets.values()) bucket.versions.state = () => rules.versioning;
  if (options.rolePolicy !== undefined) tokens.rolePolicy = parsePolicy(options.rolePolicy);
  return {
    region,
    clock,
    addressing,
    rules,
    tokens,
    link: new Link(),
    faults: new FaultBook(options.faults),
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    log: new RequestLog(),
    buckets,
    bodies,
    cors: new Map(names.map((name) => [name, cors])),
    callbackSigner: new CallbackSigner(),
  };
}

/** Decides by host and path who answers: the control surface, the callback sink, STS or the service. */
function createListener(
  service: Service,
  control: Control,
  callbacks: CallbackSink,
  access: ControlAccess,
  underWay: UnderWay,
): RequestListener {
  const health = (): Health => ({ status: 'ok', region: service.region, buckets: [...service.buckets.keys()] });
  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    const host = (request.headers.host ?? '').toLowerCase();
    const isControl = /^\/_control(\/|$)/.test(path);
    const isSts = path === '/sts' || isAssumeRole(request);
    // With a token it may be addressed by any name: containers have names of their own.
    const isNamed = access.token !== null && boundBucket(host, service.addressing) === undefined && (isControl || isSts);
    const isAtService = isNamed || isServiceHost(host, service.addressing);
    underWay.add(request, isAtService && isControl);
    if (isAtService && (isControl || isSts)) {
      const refusal = access.refusal(request);
      if (refusal !== undefined) return refuse(refusal, request, response);
    }
    if (isAtService && isControl) return serveControl(control, health, request, response);
    if (isAtService && path === KEY_PATH) return service.callbackSigner.serveKey(response);
    if (isAtService && path === '/_callback') return callbacks.serve(request, response, service.clock.now());
    if (service.link.offline) return endWithoutAnswer(request);
    if (isAtService && isSts) return serveSts(service, request, response);
    return serveOss(service, request, response);
  }
  return (request, response) => {
    // A client may leave at any moment; that must not end the process.
    request.on('error', () => {});
    response.on('error', () => {});
    likeHttp1(request, response);
    underWay.serve(serve(request, response).catch(() => endWithoutAnswer(request)));
  };
}
