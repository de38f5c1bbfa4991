import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { main, startDemoServer } from '../../../demo/server.js';

test('without OSS_ variables the demo gets an embedded OSS, reachable on loopback', async () => {
  const dataFolder = await mkdtemp(join(tmpdir(), 'demo-server-'));
  const demo = await startDemoServer({ dataFolder, env: {} });
  expect(demo.config).toMatchObject({ mode: 'embedded', region: 'cn-hangzhou', bucket: 'demo-bucket', prefix: 'uploads/' });
  expect(demo.config.controlUrl).toBe(demo.config.endpoint);
  const local = (url: string): string => url.replace('localhost', '127.0.0.1');
  const credentials = (await (await fetch(local(demo.config.stsUrl))).json()) as { Credentials: Record<string, string> };
  expect(credentials.Credentials).toMatchObject({
    AccessKeyId: expect.stringMatching(/^STS\./),
    Expiration: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
  });
  expect((await fetch(local(`${demo.config.controlUrl}/_control/link`))).status).toBe(200);
  await demo.close();
  await rm(dataFolder, { recursive: true });
});

test('some OSS_ variables but not all is an error that names the missing ones', async () => {
  await expect(startDemoServer({ dataFolder: tmpdir(), env: { OSS_REGION: 'cn-hangzhou' } })).rejects.toThrow('OSS_BUCKET');
  await expect(main(['--port', 'x'], {})).rejects.toThrow('--port must be 0 to 65535.');
});

test('with the public endpoint closed, the page is sent to the custom domain, and only that is served', async () => {
  const dataFolder = await mkdtemp(join(tmpdir(), 'demo-server-'));
  const demo = await startDemoServer({ dataFolder, forbidPublicEndpoint: true, env: {} });
  const { port } = new URL(demo.config.endpoint);
  expect(demo.config).toMatchObject({ endpoint: `http://cname.localhost:${port}`, cname: true, controlUrl: `http://localhost:${port}` });
  expect(new URL((await demo.presign('uploads/a'))!).origin).toBe(demo.config.endpoint);
  const refused = await fetch(`http://127.0.0.1:${port}/demo-bucket/a`);
  expect([refused.status, refused.headers.get('x-oss-ec')]).toEqual([400, '0048-00000401']);
  expect((await fetch(`http://127.0.0.1:${port}/sts`)).status).toBe(200);
  await demo.close();
  await rm(dataFolder, { recursive: true });
});
