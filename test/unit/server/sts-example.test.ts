import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { createStsServer } from '../../../demo/sts-example.mjs';

const servers: Server[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function listen(server: Server): Promise<string> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const ANSWER = {
  RequestId: 'A1',
  Credentials: {
    AccessKeyId: 'STS.NUExample',
    AccessKeySecret: 'TempSecret',
    SecurityToken: 'CAIS+/==',
    Expiration: '2026-11-22T09:00:00Z',
  },
};

/** The example, in front of a server in the place of STS that remembers what it was asked. */
async function start(whoIs?: () => Promise<string | undefined>, status = 200, answer: unknown = ANSWER) {
  const asked: URLSearchParams[] = [];
  const serve: RequestListener = (request, response) => {
    asked.push(new URL(request.url ?? '/', 'http://sts').searchParams);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  };
  const endpoint = await listen(createServer(serve));
  const address = await listen(
    createStsServer({
      region: 'cn-hangzhou',
      bucket: 'examplebucket',
      accessKeyId: 'LTAI5tExampleKeyId0000',
      accessKeySecret: 'ExampleSecretForTestVectorsOnly00',
      roleArn: 'acs:ram::1234567890123456:role/uploader',
      appOrigin: 'https://app.example.com',
      client: { endpoint, protocol: 'http' },
      ...(whoIs && { whoIs }),
    }),
  );
  return { asked, ask: (path = '/sts') => fetch(`http://${address}${path}`) };
}

test('a user gets credentials for a prefix of their own', async () => {
  const { ask, asked } = await start(async () => 'user-42');
  const response = await ask();
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(response.headers.get('access-control-allow-origin')).toBe('https://app.example.com');
  expect(await response.json()).toEqual({
    accessKeyId: 'STS.NUExample',
    accessKeySecret: 'TempSecret',
    securityToken: 'CAIS+/==',
    expiration: '2026-11-22T09:00:00Z',
    prefix: 'uploads/user-42/',
  });
  const [parameters] = asked;
  expect(parameters?.get('RoleSessionName')).toBe('user-42');
  expect(JSON.parse(parameters?.get('Policy') ?? '').Statement[0].Resource).toEqual(['acs:oss:*:*:examplebucket/uploads/user-42/*']);
});

test('as it comes, the example lets nobody in', async () => {
  const { ask, asked } = await start();
  expect((await ask()).status).toBe(401);
  expect((await ask('/')).status).toBe(404);
  expect(asked).toEqual([]);
});

test.each(['*', 'a*', '../admin', 'a/b', ''])('the user ID %j never gets into a policy', async (user) => {
  vi.spyOn(console, 'error').mockImplementation(() => {});
  const { ask, asked } = await start(async () => user);
  expect((await ask()).status).toBe(502);
  expect(asked).toEqual([]);
});

test('what STS says against it stays on the server', async () => {
  const log = vi.spyOn(console, 'error').mockImplementation(() => {});
  const { ask } = await start(async () => 'user-42', 403, {
    Code: 'NoPermission',
    Message: 'You are not authorized to do this action.',
    RequestId: 'A2',
  });
  const response = await ask();
  expect(response.status).toBe(502);
  expect(await response.text()).not.toContain('authorized');
  expect(log.mock.calls.join()).toContain('authorized');
});
