import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { startRealSts } from '../../../demo/server.js';
import { assumeRole, readRealBucket } from '../../../demo/real-sts.js';
import { sessionPolicy } from '../../../src/server/index.js';

const REAL = {
  region: 'cn-hangzhou',
  bucket: 'my-bucket',
  accessKeyId: 'LTAI5tExampleKeyId0000',
  accessKeySecret: 'ExampleSecretForTestVectorsOnly00',
  roleArn: 'acs:ram::1234567890123456:role/uploader',
};

const CREDENTIALS = {
  AccessKeyId: 'STS.NUExampleTempKeyId',
  AccessKeySecret: 'ExampleTempSecret',
  SecurityToken: 'CAISExampleToken+/==',
  Expiration: '2026-11-22T09:00:00Z',
};

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** A local server in the place of the STS service; remembers what it was asked. */
async function fakeSts(status: number, answer: unknown): Promise<{ endpoint: string; asked: URLSearchParams[] }> {
  const asked: URLSearchParams[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const parameters = new URL(request.url ?? '/', 'http://sts').searchParams;
    for (const [name, value] of new URLSearchParams(Buffer.concat(chunks).toString())) parameters.set(name, value);
    parameters.set('action header', String(request.headers['x-acs-action'] ?? ''));
    asked.push(parameters);
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(answer));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { endpoint: `127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

test('the session policy allows the upload actions below the prefix and nothing else', () => {
  expect(JSON.parse(sessionPolicy('my-bucket', 'uploads/'))).toEqual({
    Version: '1',
    Statement: [
      {
        Effect: 'Allow',
        Action: ['oss:PutObject', 'oss:ListParts', 'oss:AbortMultipartUpload', 'oss:GetObject'],
        Resource: ['acs:oss:*:*:my-bucket/uploads/*'],
      },
    ],
  });
});

test('AssumeRole is sent with role, duration and the narrowed policy', async () => {
  const { endpoint, asked } = await fakeSts(200, {
    RequestId: '964E0EC5-575B-4FF5-8FD0-D4BD8025602A',
    AssumedRoleUser: { Arn: `${REAL.roleArn}/oss-resumable-demo`, AssumedRoleId: '1:oss-resumable-demo' },
    Credentials: CREDENTIALS,
  });
  const reply = await assumeRole(REAL, { endpoint, protocol: 'http' });
  expect(reply.Credentials).toEqual(CREDENTIALS);
  expect(asked).toHaveLength(1);
  expect(Object.fromEntries(asked[0] ?? [])).toMatchObject({
    'action header': 'AssumeRole',
    RoleArn: REAL.roleArn,
    RoleSessionName: 'oss-resumable-demo',
    DurationSeconds: '3600',
    Policy: sessionPolicy('my-bucket', 'uploads/'),
  });
  expect([...(asked[0]?.values() ?? [])].join()).not.toContain(REAL.accessKeySecret);
});

test('none of the variables set means the embedded OSS, some of them is a mistake that names the rest', () => {
  expect(readRealBucket({ PATH: '/bin' })).toBeUndefined();
  expect(() => readRealBucket({ OSS_REGION: 'cn-hangzhou', OSS_BUCKET: 'b' })).toThrow(
    'set OSS_ACCESS_KEY_ID, OSS_ACCESS_KEY_SECRET, OSS_ROLE_ARN as well',
  );
  expect(
    readRealBucket({
      OSS_REGION: 'oss-cn-hangzhou',
      OSS_BUCKET: 'my-bucket',
      OSS_ACCESS_KEY_ID: REAL.accessKeyId,
      OSS_ACCESS_KEY_SECRET: REAL.accessKeySecret,
      OSS_ROLE_ARN: REAL.roleArn,
    }),
  ).toEqual(REAL);
});

test('real credentials go to pages of this machine, not to a site elsewhere', async () => {
  const { endpoint } = await fakeSts(200, { RequestId: 'x', Credentials: CREDENTIALS });
  const demo = await startRealSts(0, REAL, { endpoint, protocol: 'http' });
  const url = demo.config.stsUrl.replace('localhost', '127.0.0.1');
  const own = await fetch(url, { headers: { Origin: 'http://localhost:5173' } });
  expect(own.status).toBe(200);
  expect(own.headers.get('access-control-allow-origin')).toBe('http://localhost:5173');
  expect(((await own.json()) as { Credentials: unknown }).Credentials).toEqual(CREDENTIALS);
  const foreign = await fetch(url, { headers: { Origin: 'https://evil.example' } });
  expect(foreign.status).toBe(403);
  expect(await foreign.text()).not.toContain('STS.');
  expect(JSON.stringify(demo.config)).not.toContain(REAL.accessKeySecret);
  await demo.close();
});

test('a refusal of STS comes back as 502 with its code', async () => {
  const { endpoint } = await fakeSts(403, { RequestId: 'x', Code: 'NoPermission', Message: 'You are not authorized to do this action.' });
  const demo = await startRealSts(0, REAL, { endpoint, protocol: 'http' });
  const reply = await fetch(demo.config.stsUrl.replace('localhost', '127.0.0.1'));
  expect(reply.status).toBe(502);
  const text = await reply.text();
  expect(text).toContain('NoPermission');
  expect(text).not.toContain(REAL.accessKeySecret);
  await demo.close();
});

const ENVIRONMENT = {
  OSS_REGION: 'cn-hangzhou',
  OSS_BUCKET: 'my-bucket',
  OSS_ACCESS_KEY_ID: REAL.accessKeyId,
  OSS_ACCESS_KEY_SECRET: REAL.accessKeySecret,
  OSS_ROLE_ARN: REAL.roleArn,
};

test.each([
  [
    { OSS_ENDPOINT: 'upload.example.com', OSS_CNAME: 'true' },
    { endpoint: 'https://upload.example.com', cname: true },
  ],
  [{ OSS_ENDPOINT: 'https://oss-accelerate.aliyuncs.com/' }, { endpoint: 'https://oss-accelerate.aliyuncs.com', cname: false }],
  [
    { OSS_ENDPOINT: 'http://oss.example.com:9000', OSS_CNAME: 'false' },
    { endpoint: 'http://oss.example.com:9000', cname: false },
  ],
])('%j is where the page uploads to', async (settings, address) => {
  const real = readRealBucket({ ...ENVIRONMENT, ...settings });
  expect(real).toEqual({ ...REAL, ...address });
  const demo = await startRealSts(0, real!);
  expect(demo.config).toMatchObject(address);
  const { origin } = new URL((await demo.presign('uploads/a.txt'))!);
  expect(origin).toBe(address.cname ? address.endpoint : address.endpoint.replace('://', '://my-bucket.'));
  await demo.close();
});

test('without OSS_ENDPOINT it is the public endpoint of the region', async () => {
  const demo = await startRealSts(0, readRealBucket(ENVIRONMENT)!);
  expect(demo.config).toMatchObject({ endpoint: 'https://oss-cn-hangzhou.aliyuncs.com', cname: false });
  await demo.close();
});

test.each([
  [{ OSS_CNAME: 'true' }, 'OSS_CNAME=true needs OSS_ENDPOINT'],
  [{ OSS_ENDPOINT: 'upload.example.com', OSS_CNAME: 'yes' }, 'OSS_CNAME must be true or false, not yes'],
  [{ OSS_ENDPOINT: 'https://upload.example.com/files' }, 'OSS_ENDPOINT must be a host or an origin'],
  [{ OSS_ENDPOINT: 'not a url' }, 'OSS_ENDPOINT must be a host or an origin'],
])('%j is a mistake that is named', (settings, message) => {
  expect(() => readRealBucket({ ...ENVIRONMENT, ...settings })).toThrow(message);
});
