/** A server in place of Alibaba Cloud’s STS. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

const ANSWER = {
  RequestId: 'A1',
  Credentials: {
    AccessKeyId: 'STS.NUExample',
    AccessKeySecret: 'TempSecret',
    SecurityToken: 'CAIS+/==',
    Expiration: '2026-11-22T09:00:00Z',
  },
};

export interface StsStandIn {
  /** The queries of its requests. */
  asked: URLSearchParams[];
  /** The options with which `demo/sts-example.mjs` uses it. */
  options: {
    region: string;
    bucket: string;
    accessKeyId: string;
    accessKeySecret: string;
    roleArn: string;
    appOrigin: string;
    client: { endpoint: string; protocol: string };
  };
  close(): Promise<void>;
}

export async function startStsStandIn(status = 200, answer: unknown = ANSWER): Promise<StsStandIn> {
  const asked: URLSearchParams[] = [];
  const server = createServer((request, response) => {
    asked.push(new URL(request.url ?? '/', 'http://sts').searchParams);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  });
  return {
    asked,
    options: {
      region: 'cn-hangzhou',
      bucket: 'examplebucket',
      accessKeyId: 'LTAI5tExampleKeyId0000',
      accessKeySecret: 'ExampleSecretForTestVectorsOnly00',
      roleArn: 'acs:ram::1234567890123456:role/uploader',
      appOrigin: 'https://app.example.com',
      client: { endpoint: await listen(server), protocol: 'http' },
    },
    close: () => close(server),
  };
}

/** @returns its address, as `host:port` */
export async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
