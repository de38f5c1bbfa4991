import { afterEach, expect, test, vi } from 'vitest';
import { createStsServer, stsForFetch } from '../../../demo/sts-example.mjs';
import { close, listen, startStsStandIn } from '../../helpers/sts-stand-in.js';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  for (const end of closing.splice(0)) await end();
});

/** The example, in front of a server in the place of STS. */
async function start(whoIs?: () => Promise<string | undefined>, status?: number, answer?: unknown) {
  const { asked, options, close: closeStandIn } = await startStsStandIn(status, answer);
  const server = createStsServer({ ...options, ...(whoIs && { whoIs }) });
  const address = await listen(server);
  closing.push(() => close(server), closeStandIn);
  return { asked, options, ask: (path = '/sts') => fetch(`http://${address}${path}`) };
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

test("as a fetch handler, it is given the web's Request and answers the same", async () => {
  const { options } = await start();
  const handle = stsForFetch({ ...options, whoIs: async (request) => request.headers.get('x-user') ?? undefined });
  const response = await handle(new Request('https://app.example.com/sts', { headers: { 'x-user': 'user-42' } }));
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(await response.json()).toMatchObject({ accessKeyId: 'STS.NUExample', prefix: 'uploads/user-42/' });
  expect((await handle(new Request('https://app.example.com/sts'))).status).toBe(401);
});
