/** The demo page's server: the embedded OSS or, with the OSS_… variables set, STS for a real bucket. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startEmulator } from '../src/emulator/index.js';
import { createPresigner } from './presign.js';
import { assumeRole, readRealBucket, type AssumeRoleOptions, type RealBucket } from './real-sts.js';

/** The page's configuration. Holds no secret. */
export interface DemoConfig {
  mode: 'embedded' | 'oss';
  region: string;
  bucket: string;
  /** Service endpoint without the bucket: its host is prefixed with `{bucket}.` unless it is a `cname`. */
  endpoint: string;
  /** `endpoint` is a custom domain bound to the bucket. */
  cname: boolean;
  stsUrl: string;
  /** Base of `/_control/*`; null for a real bucket. */
  controlUrl: string | null;
  /** Keys must begin with it: the session policy allows nothing else. */
  prefix: string;
}

export interface DemoServerOptions {
  /** @default 0: any free port */
  port?: number;
  /** The folder of the embedded OSS's objects. */
  dataFolder: string;
  /** The embedded OSS serves only its custom domain, as for accounts opened since 2025-03-20. @default false */
  forbidPublicEndpoint?: boolean;
  /** @default process.env */
  env?: Record<string, string | undefined>;
}

export interface DemoServer {
  config: DemoConfig;
  /** One line for the terminal. */
  description: string;
  /** A URL by which an uploaded object can be read for a minute; `undefined` for keys outside the prefix. */
  presign(key: string): Promise<string | undefined>;
  close(): Promise<void>;
}

const PREFIX = 'uploads/';

export async function startDemoServer(options: DemoServerOptions): Promise<DemoServer> {
  const { port = 0, dataFolder, forbidPublicEndpoint = false, env = process.env } = options;
  const real = readRealBucket(env);
  return real === undefined ? startEmbedded(port, dataFolder, forbidPublicEndpoint) : startRealSts(port, real);
}

/** The URL of the bucket, to which an object's key is added. */
function bucketUrl({ endpoint, cname, bucket }: Pick<DemoConfig, 'endpoint' | 'cname' | 'bucket'>): string {
  return cname ? endpoint : endpoint.replace('://', `://${bucket}.`);
}

async function startEmbedded(port: number, data: string, forbidPublicEndpoint: boolean): Promise<DemoServer> {
  const bucket = 'demo-bucket';
  const oss = await startEmulator({ port, data, buckets: [bucket], forbidPublicEndpoint });
  const address = { bucket, endpoint: forbidPublicEndpoint ? oss.cnameUrl : oss.url, cname: forbidPublicEndpoint };
  return {
    config: { mode: 'embedded', region: oss.region, ...address, stsUrl: oss.stsUrl, controlUrl: oss.url, prefix: PREFIX },
    description: `Embedded OSS at ${oss.url} (STS: ${oss.stsUrl}), bucket ${bucket}${forbidPublicEndpoint ? ` only at ${oss.cnameUrl}` : ''}`,
    presign: createPresigner(bucketUrl(address), { bucket, region: oss.region, prefix: PREFIX, account: oss }),
    close: () => oss.close(),
  };
}

/** Without port and brackets. */
function hostName(host: string): string {
  return host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
}

/** Whether a request comes from a page of this machine: no other page gets these credentials, because they are real. */
function isLocal(request: IncomingMessage): boolean {
  const local = (name: string): boolean => ['localhost', '127.0.0.1', '::1'].includes(name) || name.endsWith('.localhost');
  const { host = '', origin } = request.headers;
  if (!local(hostName(host.toLowerCase()))) return false;
  if (origin === undefined) return true;
  return URL.canParse(origin) && local(hostName(new URL(origin).hostname));
}

/** Serves only `/sts`; the page uploads straight to Alibaba Cloud. */
export async function startRealSts(port: number, real: RealBucket, options: AssumeRoleOptions = {}): Promise<DemoServer> {
  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const reply = (status: number, value: unknown): void => {
      response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(value));
    };
    if (!isLocal(request)) return reply(403, { Code: 'Forbidden', Message: 'Only pages of this machine get credentials.' });
    response.setHeader('Access-Control-Allow-Origin', request.headers.origin ?? '*');
    response.setHeader('Vary', 'Origin');
    response.setHeader('Cache-Control', 'no-store');
    if (request.method === 'OPTIONS') {
      response.setHeader('Access-Control-Allow-Methods', 'GET, POST');
      response.setHeader('Access-Control-Allow-Headers', request.headers['access-control-request-headers'] ?? '*');
      response.writeHead(204).end();
      return;
    }
    if (new URL(request.url ?? '/', 'http://sts').pathname !== '/sts')
      return reply(404, { Code: 'NotFound', Message: 'Only /sts is here.' });
    try {
      reply(200, await assumeRole(real, { prefix: PREFIX, ...options }));
    } catch (error) {
      const { code, message } = error as { code?: string; message?: string };
      reply(502, { Code: code ?? 'AssumeRoleFailed', Message: message ?? 'AssumeRole failed.' });
    }
  }
  const { region, bucket, endpoint = `https://oss-${region}.aliyuncs.com`, cname = false } = real;
  const address = { bucket, endpoint, cname };
  const server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((done, fail) => {
    server.once('error', fail);
    server.listen(port, '127.0.0.1', () => done());
  });
  const chosen = (server.address() as AddressInfo).port;
  return {
    config: {
      mode: 'oss',
      region,
      ...address,
      stsUrl: `http://localhost:${chosen}/sts`,
      controlUrl: null,
      prefix: PREFIX,
    },
    description: `Bucket ${bucket} in ${region} on Alibaba Cloud, at ${endpoint}; STS credentials from http://localhost:${chosen}/sts`,
    presign: createPresigner(bucketUrl(address), { bucket, region, prefix: PREFIX, account: real }),
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

/** Reads `--port`, `--data` and `--forbid-public-endpoint`; PORT and DATA may be environment variables as well. */
export async function main(argv: readonly string[], env: Record<string, string | undefined> = process.env): Promise<DemoServer> {
  const { values } = parseArgs({
    args: [...argv],
    options: { port: { type: 'string' }, data: { type: 'string' }, 'forbid-public-endpoint': { type: 'boolean', default: false } },
  });
  const port = Number(values.port ?? env['PORT'] ?? 8790);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new RangeError('--port must be 0 to 65535.');
  const dataFolder = resolve(values.data ?? env['DATA'] ?? '.demo-data');
  const server = await startDemoServer({ port, dataFolder, forbidPublicEndpoint: values['forbid-public-endpoint'], env });
  console.log(server.description);
  return server;
}
