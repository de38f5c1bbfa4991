/** An application's server: its handler signs for pages without keys, and a client of others presigns URLs. Node only. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Emulator, PolicyDocument } from '../../src/emulator/index.js';
import type { RequestToSign } from '../../src/index.js';
import { createHandler, type Grant, type HandlerOptions, toNode } from '../../src/server/index.js';
import { createAliOss } from './read-back.js';

/** What an application's role may do: what holds pages back is the handler. */
export const ROLE: PolicyDocument = {
  Version: '1',
  Statement: [
    {
      Effect: 'Allow',
      Action: ['oss:PutObject', 'oss:ListParts', 'oss:AbortMultipartUpload', 'oss:GetObject', 'oss:ListMultipartUploads'],
      Resource: ['acs:oss:*:*:demo-bucket', 'acs:oss:*:*:demo-bucket/*'],
    },
  ],
};

/** What a page asks to be signed, without what it need not say. */
export type Asked = Pick<RequestToSign, 'operation' | 'method' | 'key'> & Partial<RequestToSign>;

export interface AppServer {
  /** The handler. */
  url: string;
  /** Takes the same requests, and answers with URLs that ali-oss has signed. */
  presignUrl: string;
  /** What pages may do; `undefined` refuses. */
  grant: Grant | undefined;
  /** The status of every answer, while it is set. */
  failsWith: number | undefined;
  /** Milliseconds before each answer. */
  delay: number;
  /** What pages have asked to be signed, one list for each request. */
  asked: RequestToSign[][];
  /** Secrets of the keys that have signed. */
  secrets: string[];
  close(): Promise<void>;
}

/** @param origins of pages */
export async function startAppServer(oss: Emulator, origins: readonly string[] = []): Promise<AppServer> {
  const keys = () => {
    const issued = oss.control.assumeRole(3600, ROLE).Credentials;
    app.secrets.push(issued.AccessKeySecret);
    return issued;
  };
  const handler = createHandler({
    ...placeOf(oss),
    credentials: keys,
    allow: () => app.grant,
    assumeRole: ({ policy }) => oss.control.assumeRole(900, JSON.parse(policy) as PolicyDocument),
    origins,
  });
  const serve = toNode(handler);

  async function presign(requests: RequestToSign[]): Promise<{ url: string }[]> {
    const { AccessKeyId, AccessKeySecret, SecurityToken } = keys();
    const client = createAliOss({
      endpoint: `http://localhost:${oss.port}`,
      accessKeyId: AccessKeyId,
      accessKeySecret: AccessKeySecret,
      stsToken: SecurityToken!,
    });
    return Promise.all(
      requests.map(async ({ method, key, query, headers }) => {
        // To ali-oss, a name alone is one whose value is null.
        const queries = Object.fromEntries(Object.entries(query).map(([name, value]) => [name, value === '' ? null : value]));
        return { url: await client.signatureUrlV4(method, 600, { headers, queries }, key) };
      }),
    );
  }

  const server = createServer(async (request, response) => {
    const { origin = '' } = request.headers;
    const cors = {
      'access-control-allow-origin': origin,
      'access-control-allow-credentials': 'true',
      'access-control-allow-headers': 'content-type',
    };
    if (app.delay > 0) await new Promise((resolve) => setTimeout(resolve, app.delay));
    if (request.method !== 'OPTIONS' && app.failsWith !== undefined) {
      response.writeHead(app.failsWith, cors).end('out of order');
      return;
    }
    const body = await textOf(request);
    const { requests } = JSON.parse(body || '{}') as { requests?: RequestToSign[] };
    if (requests) app.asked.push(requests);
    if (request.url === '/presign') {
      response.writeHead(200, { ...cors, 'content-type': 'application/json' });
      response.end(JSON.stringify(requests ? await presign(requests) : []));
      return;
    }
    await serve(Object.assign(request, { body: body ? JSON.parse(body) : undefined }), response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const app: AppServer = {
    url: `${base}/oss`,
    presignUrl: `${base}/presign`,
    grant: { prefix: 'users/42/' },
    failsWith: undefined,
    delay: 0,
    asked: [],
    secrets: [],
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return app;
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** Where a handler finds the emulator. */
export function placeOf(oss: Emulator): Pick<HandlerOptions, 'region' | 'bucket' | 'endpoint' | 'pathStyle'> {
  // Not every machine resolves names below `localhost` outside of browsers.
  return { region: oss.region, bucket: 'demo-bucket', endpoint: oss.url, pathStyle: true };
}
