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
