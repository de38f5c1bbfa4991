import { expect, test } from 'vitest';
import { signForm, encodeForm } from '../../../src/oss/post-form.js';
import { createSigner } from '../../../src/oss/sign.js';

const NOW = Date.UTC(2026, 10, 28, 8);
const CREDENTIALS = { accessKeyId: 'STS.id', accessKeySecret: 'secret', securityToken: 'the-token' };
const HEADERS = {
  'content-type': 'text/plain',
  'x-oss-meta-who': 'me',
  'x-oss-callback': btoa('{"callbackUrl":"https://app.example.com"}'),
  'x-oss-callback-var': Buffer.from('{"x:name":"春天"}').toString('base64'),
};

const fieldsFor = (headers: Record<string, string>, key = 'a.txt') =>
  signForm({ bucket: 'examplebucket', key, size: 3, headers }, createSigner('cn-hangzhou'), CREDENTIALS, NOW);

test('the policy covers every field, the exact size and the bucket, for 15 minutes', async () => {
  const { policy, 'x-oss-signature': _, ...fields } = await fieldsFor({ 'content-type': 'text/plain' }, '照片/春天.jpg');
  expect(JSON.parse(Buffer.from(policy!, 'base64').toString())).toEqual({
    expiration: '2026-11-28T08:15:00.000Z',
    conditions: [
      { bucket: 'examplebucket' },
      ['content-length-range', 3, 3],
      ['eq', '$key', '照片/春天.jpg'],
      ['eq', '$content-type', 'text/plain'],
      ['eq', '$success_action_status', '200'],
      ['eq', '$x-oss-signature-version', 'OSS4-HMAC-SHA256'],
      ['eq', '$x-oss-credential', 'STS.id/20261128/cn-hangzhou/oss/aliyun_v4_request'],
      ['eq', '$x-oss-date', '20261128T080000Z'],
      ['eq', '$x-oss-security-token', 'the-token'],
    ],
  });
  expect(Object.keys(fields)).toHaveLength(7);
});

test('callback and its variables are fields of their own, in UTF-8', async () => {
  const fields = await fieldsFor(HEADERS);
  expect(fields).toMatchObject({ callback: HEADERS['x-oss-callback'], 'x:name': '春天' });
  expect(Object.keys(fields).filter((name) => name.startsWith('x-oss-callback'))).toEqual([]);
});

test('the file comes last, with the type that is signed, byte for byte', async () => {
  const bytes = new Uint8Array([0, 13, 10, 45, 45, 255]);
  const { type, body } = encodeForm({ key: '春天.txt', 'content-type': 'text/plain' }, bytes);
  const entries = [...(await new Response(body, { headers: { 'content-type': type } }).formData())];
  expect(entries.map(([name]) => name)).toEqual(['key', 'content-type', 'file']);
  expect(entries[0]![1]).toBe('春天.txt');
  const file = entries[2]![1] as File;
  expect([file.name, file.type, new Uint8Array(await file.arrayBuffer())]).toEqual(['file', 'text/plain', bytes]);
});

test('an empty file is a form, too', async () => {
  const { type, body } = encodeForm({ key: 'a' }, new Uint8Array());
  const file = (await new Response(body, { headers: { 'content-type': type } }).formData()).get('file') as File;
  expect(file.size).toBe(0);
});
