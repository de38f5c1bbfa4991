/** `demo/sts-example.mjs` in real frameworks, as its header shows. */
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { expect, test } from '@playwright/test';
import { stsForExpress, stsForFetch } from '../../demo/sts-example.mjs';
import { close, listen, startStsStandIn } from '../helpers/sts-stand-in.js';

// Installed when these tests run, not when types are checked.
const require = createRequire(import.meta.url);

test('in Express, only logged-in users get credentials', async () => {
  const { options, close: closeStandIn } = await startStsStandIn();
  const app = require('express')();
  app.get(
    '/sts',
    stsForExpress({ ...options, whoIs: async (request: { get(name: string): string | undefined }) => request.get('x-user') }),
  );
  const server = createServer(app);
  const url = `http://${await listen(server)}/sts`;

  const response = await fetch(url, { headers: { 'x-user': 'user-42' } });
  expect(response.status).toBe(200);
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(response.headers.get('access-control-allow-origin')).toBe('https://app.example.com');
  expect(await response.json()).toMatchObject({ accessKeyId: 'STS.NUExample', prefix: 'uploads/user-42/' });
  expect((await fetch(url)).status).toBe(401);
  await Promise.all([close(server), closeStandIn()]);
});

test('in Hono, only logged-in users get credentials', async () => {
  const { options, close: closeStandIn } = await startStsStandIn();
  const sts = stsForFetch({ ...options, whoIs: async (request) => request.headers.get('x-user') ?? undefined });
  const app = new (require('hono').Hono)();
  app.get('/sts', (context: { req: { raw: Request } }) => sts(context.req.raw));

  const response = await app.request('/sts', { headers: { 'x-user': 'user-42' } });
  expect(response.status).toBe(200);
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(await response.json()).toMatchObject({ accessKeyId: 'STS.NUExample', prefix: 'uploads/user-42/' });
  expect((await app.request('/sts')).status).toBe(401);
  await closeStandIn();
});
