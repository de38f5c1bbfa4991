/** The whole way that the demo's page describes: the official STS client on a server, its session policy, and ali-oss in its place as the browser. */
import type { Server } from 'node:http';
import Client, { AssumeRoleRequest } from '@alicloud/sts20150401';
import OSS from 'ali-oss';
import { afterEach, expect, test } from 'vitest';
import { createStsServer } from '../../demo/sts-example.mjs';
import { close, listen } from '../helpers/sts-stand-in.js';
import { oss, serveTests } from './service.js';

serveTests();

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of closing.splice(0)) await end();
});

const endpoint = (): { endpoint: string; protocol: string } => ({ endpoint: `127.0.0.1:${oss.port}`, protocol: 'http' });
const SERVER = {
  region: 'cn-hangzhou',
  bucket: 'demo-bucket',
  accessKeyId: 'LTAIserver',
  accessKeySecret: 'secret',
  roleArn: 'acs:ram::1:role/uploader',
};

test('the demo’s STS server gives each user credentials for their own prefix', async () => {
  const server: Server = createStsServer({ ...SERVER, client: endpoint(), whoIs: async () => 'user-42' });
  const address = await listen(server);
  closing.push(() => close(server));
  const { accessKeyId, accessKeySecret, securityToken, prefix } = (await (await fetch(`http://${address}/sts`)).json()) as Record<
    string,
    string
  >;
  const page = new OSS({
    region: 'oss-cn-hangzhou',
    bucket: 'demo-bucket',
    accessKeyId,
    accessKeySecret,
    stsToken: securityToken,
    authorizationV4: true,
    refreshSTSTokenInterval: 3_600_000,
    endpoint: `http://127.0.0.1:${oss.port}`,
  });
  await page.put(`${prefix}photo.jpg`, Buffer.from('x'));
  expect((await page.head(`${prefix}photo.jpg`)).status).toBe(200);
  await expect(page.put('uploads/user-43/photo.jpg', Buffer.from('x'))).rejects.toMatchObject({ code: 'AccessDenied', status: 403 });
  await expect(page.delete(`${prefix}photo.jpg`)).rejects.toMatchObject({ code: 'AccessDenied', status: 403 });
  expect(oss.control.objects().map(({ key }) => key)).toEqual(['uploads/user-42/photo.jpg']);
});

test('the official STS client reads the credentials, and the refusal of a policy', async () => {
  const client = new Client({ accessKeyId: 'LTAIserver', accessKeySecret: 'secret', ...endpoint() } as never);
  const ask = (policy?: string): ReturnType<typeof client.assumeRole> =>
    client.assumeRole(
      new AssumeRoleRequest({
        roleArn: SERVER.roleArn,
        roleSessionName: 'session-1',
        durationSeconds: 900,
        ...(policy !== undefined && { policy }),
      }),
    );
  const { body } = await ask();
  expect(body?.credentials).toMatchObject({ accessKeyId: expect.stringMatching(/^STS\./), securityToken: expect.stringMatching(/^CAIS/) });
  expect(Date.parse(body?.credentials?.expiration ?? '') - Date.now()).toBeLessThanOrEqual(901_000);
  await expect(ask('{"Version":"2"}')).rejects.toMatchObject({ code: 'InvalidParameter.PolicyGrammar', statusCode: 400 });
});

test('the STS client of ali-oss, which names its action in a form, gets credentials that work', async () => {
  const sts = new OSS.STS({ accessKeyId: 'LTAIserver', accessKeySecret: 'secret', endpoint: `http://127.0.0.1:${oss.port}` } as never);
  const policy = { Version: '1', Statement: [{ Effect: 'Allow', Action: ['oss:PutObject'], Resource: ['acs:oss:*:*:demo-bucket/a/*'] }] };
  const { credentials } = await sts.assumeRole(SERVER.roleArn, policy, 900, 'session-1');
  const client = new OSS({
    region: 'oss-cn-hangzhou',
    bucket: 'demo-bucket',
    accessKeyId: credentials.AccessKeyId,
    accessKeySecret: credentials.AccessKeySecret,
    stsToken: credentials.SecurityToken,
    authorizationV4: true,
    endpoint: `http://127.0.0.1:${oss.port}`,
  });
  await client.put('a/1', Buffer.from('x'));
  await expect(client.put('b/1', Buffer.from('x'))).rejects.toMatchObject({ code: 'AccessDenied' });
  await expect(sts.assumeRole(SERVER.roleArn, policy, 5, 'session-1')).rejects.toMatchObject({ code: 'InvalidParameter.DurationSeconds' });
});

const ask = (path: string, form?: Record<string, string>): Promise<Response> =>
  fetch(`http://127.0.0.1:${oss.port}${path}`, form && { method: 'POST', body: new URLSearchParams(form) });

test('another action than AssumeRole is not found, and what is no form at the root is OSS’s', async () => {
  const reply = await ask('/', { Action: 'GetCallerIdentity' });
  expect([reply.status, ((await reply.json()) as { Code: string }).Code]).toEqual([404, 'InvalidAction.NotFound']);
  expect((await ask('/?Action=AssumeRole')).status).toBe(200);
  expect((await fetch(`http://127.0.0.1:${oss.port}/`, { method: 'POST', body: 'x' })).status).toBe(403);
});

test.each(['899', '43201', '5', '1e3', 'x', ''])('AssumeRole refuses a DurationSeconds of %j', async (duration) => {
  for (const reply of [await ask('/sts', { DurationSeconds: duration }), await ask(`/?Action=AssumeRole&DurationSeconds=${duration}`)]) {
    expect([reply.status, ((await reply.json()) as { Code: string }).Code]).toEqual([400, 'InvalidParameter.DurationSeconds']);
  }
});

test.each(['1e20', 'Infinity', '0', '-5', 'x', ''])('/sts refuses a duration of %j, and issues nothing', async (duration) => {
  const reply = await ask(`/sts?duration=${duration}`);
  expect([reply.status, await reply.text()]).toEqual([400, expect.stringContaining('from 1 to 1000000000')]);
});

test.each([1e20, -5, 0, Number.NaN, 'abc'])('credentials refuses %j seconds in words', (seconds) => {
  expect(() => oss.credentials({ seconds: seconds as number })).toThrow(/^seconds must be a number from 1 to 1000000000, not /);
});
