/** Policies at the running service: which action each operation needs, and how a denial is answered. */
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { sessionPolicy } from '../../demo/sts-example.mjs';
import type { AssumeRoleReply, PolicyDocument, PolicyStatement } from '../../src/emulator/index.js';
import { startTestOss } from '../helpers/embedded-oss.js';
import { oss, serveTests, wire } from './service.js';
import { createWire, type Wire, type WireReply, type WireRequest } from './wire.js';

const USER = { accessKeyId: 'LTAIuploader', accessKeySecret: 'uploader-secret' };
const PERMANENT = { AccessKeyId: USER.accessKeyId, AccessKeySecret: USER.accessKeySecret, SecurityToken: '', Expiration: '' };

serveTests();

const opened: Wire[] = [];
afterEach(() => {
  for (const client of opened.splice(0)) client.close();
});

function connect(credentials: AssumeRoleReply['Credentials'], server = oss): Wire {
  const client = createWire(server, credentials);
  opened.push(client);
  return client;
}

const document = (...Statement: PolicyStatement[]): PolicyDocument => ({ Version: '1', Statement });
const everything: PolicyStatement = { Effect: 'Allow', Action: 'oss:*', Resource: '*' };
const withSession = (policy: PolicyDocument): Wire => connect(oss.control.assumeRole(600, policy).Credentials);
const verdict = (reply: WireReply): unknown[] => [reply.status, reply.xml('Code'), reply.xml('Message'), reply.xml('EC')];
const BY_SESSION = [403, 'AccessDenied', "Access denied by authorizer's policy.", '0003-00000301'];
const sts = (query: string): Promise<Response> => fetch(`http://127.0.0.1:${oss.port}/sts?${query}`);

/** Every operation, the action it needs besides those of `wire`, and how it is sent once something is stored. */
const OPERATIONS: [name: string, action: string, send: (by: Wire, uploadId: string, etag: string) => Promise<WireReply>][] = [
  ['PutObject', 'oss:PutObject', (by) => by.send('PUT', 'k/new', { body: 'x' })],
  ['PutObject with tags', 'oss:PutObjectTagging', (by) => by.send('PUT', 'k/new', { body: 'x', headers: { 'x-oss-tagging': 'a=b' } })],
  ['PutObject with an ACL', 'oss:PutObjectAcl', (by) => by.send('PUT', 'k/new', { body: 'x', headers: { 'x-oss-object-acl': 'private' } })],
  ['InitiateMultipartUpload', 'oss:PutObject', (by) => by.send('POST', 'k/new', { query: { uploads: '' } })],
  [
    'InitiateMultipartUpload with tags',
    'oss:PutObjectTagging',
    (by) => by.send('POST', 'k/new', { query: { uploads: '' }, headers: { 'x-oss-tagging': 'a=b' } }),
  ],
  ['UploadPart', 'oss:PutObject', (by, id) => by.part('k/open', id, 2, 'x')],
  ['ListParts', 'oss:ListParts', (by, uploadId) => by.send('GET', 'k/open', { query: { uploadId } })],
  ['CompleteMultipartUpload', 'oss:PutObject', (by, id, etag) => by.complete('k/open', id, [[1, etag]])],
  [
    'CompleteMultipartUpload with an ACL',
    'oss:PutObjectAcl',
    (by, id, etag) => by.complete('k/open', id, [[1, etag]], { headers: { 'x-oss-object-acl': 'private' } }),
  ],
  ['AbortMultipartUpload', 'oss:AbortMultipartUpload', (by, uploadId) => by.send('DELETE', 'k/open', { query: { uploadId } })],
  ['HeadObject', 'oss:GetObject', (by) => by.send('HEAD', 'k/stored')],
  ['GetObject', 'oss:GetObject', (by) => by.send('GET', 'k/stored')],
  ['DeleteObject', 'oss:DeleteObject', (by) => by.send('DELETE', 'k/stored')],
  ['ListObjects', 'oss:ListObjects', (by) => by.send('GET', null, { query: { 'list-type': '2' } })],
  ['ListMultipartUploads', 'oss:ListMultipartUploads', (by) => by.send('GET', null, { query: { uploads: '' } })],
];

async function store(): Promise<{ uploadId: string; etag: string }> {
  await wire.send('PUT', 'k/stored', { body: 'x' });
  const uploadId = await wire.initiate('k/open');
  return { uploadId, etag: String((await wire.part('k/open', uploadId, 1, 'x')).headers.etag) };
}

describe.each(OPERATIONS)('%s', (name, action, send) => {
  test(`is served if ${action} is allowed, and refused if only that is denied`, async () => {
    const { uploadId, etag } = await store();
    const denied = await send(withSession(document(everything, { Effect: 'Deny', Action: action, Resource: '*' })), uploadId, etag);
    if (name === 'HeadObject') expect([denied.status, denied.headers['x-oss-ec']]).toEqual([403, '0003-00000301']);
    else expect(verdict(denied)).toEqual(BY_SESSION);
    const others = withSession(document({ Effect: 'Allow', NotAction: action, Resource: '*' }));
    expect((await send(others, uploadId, etag)).status).toBe(403);
    const needed = [action, ...(action.startsWith('oss:PutObject') ? ['oss:PutObject'] : [])];
    const exact = withSession(
      document({ Effect: 'Allow', Action: needed, Resource: ['acs:oss:*:*:demo-bucket/k/*', 'acs:oss:*:*:demo-bucket'] }),
    );
    expect((await send(exact, uploadId, etag)).status).toBeLessThan(300);
  });
});

describe('the policy of the README and the demo', () => {
  async function uploadBy(by: Wire, key: string): Promise<WireReply[]> {
    const id = await by.initiate(key);
    const part = await by.part(key, id, 1, 'x');
    const listed = await by.send('GET', key, { query: { uploadId: id } });
    const completed = await by.complete(key, id, [[1, String(part.headers.etag)]]);
    return [
      part,
      listed,
      completed,
      await by.send('HEAD', key),
      await by.send('DELETE', key, { query: { uploadId: await by.initiate(key) } }),
    ];
  }

  test.each<[string, () => Promise<PolicyDocument>]>([
    [
      'README',
      async () => JSON.parse(/```json\n(\{[^`]*"oss:PutObject"[^`]*\})\n```/.exec(readFileSync('demo/README.md', 'utf8'))?.[1] ?? ''),
    ],
    ['demo', async () => sessionPolicy('examplebucket', 'uploads/') as PolicyDocument],
  ])('of the %s allows an upload below its prefix, and nothing else', async (_, read) => {
    const text = JSON.stringify(await read()).replaceAll('examplebucket', 'demo-bucket');
    const by = withSession(JSON.parse(text) as PolicyDocument);
    for (const reply of await uploadBy(by, 'uploads/a.bin')) expect(reply.status).toBeLessThan(300);
    const refused: [string, string | null, WireRequest?][] = [
      ['PUT', 'other/a.bin', { body: 'x' }],
      ['PUT', 'uploads-not/a.bin', { body: 'x' }],
      ['PUT', 'uploads/tagged', { body: 'x', headers: { 'x-oss-tagging': 'a=b' } }],
      ['PUT', 'uploads/public', { body: 'x', headers: { 'x-oss-object-acl': 'public-read' } }],
      ['DELETE', 'uploads/a.bin'],
      ['GET', null, { query: { uploads: '' } }],
      ['GET', null, { query: { 'list-type': '2', prefix: 'uploads/' } }],
    ];
    for (const [method, key, request] of refused) expect(verdict(await by.send(method, key, request))).toEqual(BY_SESSION);
  });

  test('is what /sts gives for a prefix', async () => {
    const { Credentials } = (await (await sts('prefix=users%2Fb%2F')).json()) as AssumeRoleReply;
    const by = connect(Credentials);
    for (const reply of await uploadBy(by, 'users/b/a.bin')) expect(reply.status).toBeLessThan(300);
    expect(verdict(await by.send('PUT', 'x/users/b/a.bin', { body: 'x' }))).toEqual(BY_SESSION);
    expect(verdict(await by.send('DELETE', 'users/b/a.bin'))).toEqual(BY_SESSION);
    expect(verdict(await by.send('GET', null, { query: { uploads: '' } }))).toEqual(BY_SESSION);
  });
});

describe('/sts', () => {
  test('takes a policy', async () => {
    const policy = document({ Effect: 'Allow', Action: 'oss:GetObject', Resource: 'acs:oss:*:*:demo-bucket/a' });
    const { Credentials } = (await (await sts(`policy=${encodeURIComponent(JSON.stringify(policy))}`)).json()) as AssumeRoleReply;
    await wire.send('PUT', 'a', { body: 'x' });
    expect((await connect(Credentials).send('GET', 'a')).text).toBe('x');
    expect(verdict(await connect(Credentials).send('PUT', 'a', { body: 'y' }))).toEqual(BY_SESSION);
  });

  test.each([
    ['no JSON', '{', 'InvalidParameter.PolicyGrammar', /not JSON/],
    [
      'an unknown effect',
      '{"Version":"1","Statement":[{"Effect":"Permit","Action":"*","Resource":"*"}]}',
      'InvalidParameter.PolicyGrammar',
      /Effect/,
    ],
    ['nothing', '', 'InvalidParameter.PolicySize', /2048/],
    [
      'more than 2048 characters',
      JSON.stringify(document({ ...everything, Resource: `acs:oss:*:*:b/${'x'.repeat(2048)}` })),
      'InvalidParameter.PolicySize',
      /2048/,
    ],
  ])('refuses %s as a policy', async (_, policy, Code, message) => {
    const reply = await sts(`policy=${encodeURIComponent(policy)}`);
    expect(reply.status).toBe(400);
    expect(await reply.json()).toMatchObject({ Code, Message: expect.stringMatching(message), RequestId: expect.any(String) });
  });

  test('reads a form, as STS clients send it, and no other body', async () => {
    const url = `http://127.0.0.1:${oss.port}/sts`;
    const policy = JSON.stringify(document({ ...everything, Action: 'oss:GetObject' }));
    const form = await fetch(url, { method: 'POST', body: new URLSearchParams({ Policy: policy, DurationSeconds: '900' }) });
    const { Credentials } = (await form.json()) as AssumeRoleReply;
    expect(verdict(await connect(Credentials).send('PUT', 'a', { body: 'x' }))).toEqual(BY_SESSION);
    const json = await fetch(url, { method: 'POST', body: '{"prefix":"100%"}', headers: { 'Content-Type': 'application/json' } });
    expect((await connect(((await json.json()) as AssumeRoleReply).Credentials).send('PUT', 'a', { body: 'x' })).status).toBe(200);
  });

  test('refuses a prefix that would be a pattern', async () => {
    for (const prefix of ['users/*/', 'users/?/', 'users/${x}/'])
      expect((await sts(`prefix=${encodeURIComponent(prefix)}`)).status).toBe(400);
  });

  test('keeps a session’s policy over a restart', async () => {
    const first = await startTestOss();
    const { Credentials } = first.control.assumeRole(600, document({ ...everything, Action: 'oss:GetObject' }));
    const second = await first.restart();
    expect(verdict(await connect(Credentials, second).send('PUT', 'a', { body: 'x' }))).toEqual(BY_SESSION);
    await second.cleanup();
  });
});

describe('the policies of user and role', () => {
  test('an access key may do what its own policy allows', async () => {
    const server = await startTestOss({
      accessKeys: [
        {
          ...USER,
          policy: document(
            { ...everything, Resource: 'acs:oss:*:*:demo-bucket/a*' },
            { ...everything, Effect: 'Deny', Resource: 'acs:oss:*:*:demo-bucket/ab' },
          ),
        },
      ],
    });
    const all = createWire(server);
    for (const key of ['b', 'c'])
      await all.send('PUT', key, { body: 'x', headers: { 'x-oss-object-acl': key === 'c' ? 'public-read' : 'private' } });
    all.close();
    const by = connect(PERMANENT, server);
    expect((await by.send('PUT', 'aa')).status).toBe(200);
    const explicit = await by.send('PUT', 'ab');
    expect(verdict(explicit)).toEqual([403, 'AccessDenied', 'Access denied by bucket policy.', '0003-00000201']);
    expect([explicit.xml('AuthAction'), explicit.xml('AuthPrincipalType'), explicit.xml('NoPermissionType')]).toEqual([
      'oss:PutObject',
      'SubUser',
      'ExplicitDeny',
    ]);
    const implicit = await by.send('GET', 'b');
    expect(verdict(implicit)).toEqual([
      403,
      'AccessDenied',
      'You have no right to access this object because of bucket acl.',
      '0003-00000001',
    ]);
    expect(implicit.xml('NoPermissionType')).toBe('ImplicitDeny');
    // What no policy mentions falls to the object's ACL.
    expect((await by.send('GET', 'c')).text).toBe('x');
    expect((await by.send('PUT', 'c')).status).toBe(403);
    await server.cleanup();
  });

  test('a session has what its role and its own policy both allow', async () => {
    const server = await startTestOss({ rolePolicy: document({ ...everything, Action: ['oss:PutObject', 'oss:GetObject'] }) });
    const by = connect(
      server.control.assumeRole(600, document({ ...everything, Action: ['oss:PutObject', 'oss:DeleteObject'] })).Credentials,
      server,
    );
    expect((await by.send('PUT', 'a', { body: 'x' })).status).toBe(200);
    expect(verdict(await by.send('GET', 'a'))).toEqual(BY_SESSION);
    const deleted = await by.send('DELETE', 'a');
    expect(verdict(deleted)[2]).toBe('You have no right to access this object because of bucket acl.');
    expect(deleted.xml('AuthPrincipalType')).toBe('AssumedRoleUser');
    // Without a session policy the role's rights are unchanged.
    expect((await connect(server.control.assumeRole().Credentials, server).send('GET', 'a')).text).toBe('x');
    await server.cleanup();
  });

  test('a public object doesn’t pass a session policy that doesn’t allow reading it', async () => {
    await wire.send('PUT', 'a', { body: 'x', headers: { 'x-oss-object-acl': 'public-read' } });
    expect(verdict(await withSession(document({ ...everything, Action: 'oss:PutObject' })).send('GET', 'a'))).toEqual(BY_SESSION);
    expect((await wire.send('GET', 'a', { sign: false })).text).toBe('x');
  });
});

describe('conditions', () => {
  const when = (Condition: PolicyStatement['Condition']): Wire => withSession(document({ ...everything, Condition: Condition ?? {} }));

  test.each<[string, PolicyStatement['Condition'], number]>([
    ['acs:SourceIp of this machine', { IpAddress: { 'acs:SourceIp': ['127.0.0.0/8', '::1'] } }, 200],
    ['acs:SourceIp of another', { IpAddress: { 'acs:SourceIp': '10.0.0.0/8' } }, 403],
    ['acs:SecureTransport', { Bool: { 'acs:SecureTransport': 'true' } }, 403],
    ['acs:CurrentTime', { DateLessThan: { 'acs:CurrentTime': '2020-01-01T00:00:00Z' } }, 403],
    ['acs:UserAgent', { StringLike: { 'acs:UserAgent': 'test/*' } }, 200],
    ['acs:AccessId', { StringLike: { 'acs:AccessId': 'STS.*' } }, 200],
    ['acs:MFAPresent', { Bool: { 'acs:MFAPresent': 'true' } }, 403],
    ['oss:RequestObjectTag', { StringEquals: { 'oss:RequestObjectTag/team': 'a b' } }, 200],
    ['oss:RequestObjectTag, another', { StringEquals: { 'oss:RequestObjectTag/team': 'b' } }, 403],
  ])('%s', async (_, condition, status) => {
    const headers = { 'User-Agent': 'test/1', 'x-oss-tagging': 'team=a%20b' };
    expect((await when(condition).send('PUT', 'a', { body: 'x', headers })).status).toBe(status);
  });

  test('oss:Prefix narrows ListObjects', async () => {
    const by = when({ StringLike: { 'oss:Prefix': ['team/a/*'] } });
    expect((await by.send('GET', null, { query: { prefix: 'team/a/x' } })).status).toBe(200);
    expect((await by.send('GET', null, { query: { prefix: 'team/b/' } })).status).toBe(403);
    expect((await by.send('GET', null)).status).toBe(403);
  });

  test('oss:ExistingObjectTag is about the stored object, whose tags no answer shows', async () => {
    await wire.send('PUT', 'a', { body: 'x', headers: { 'x-oss-tagging': 'team=a' } });
    const head = await wire.send('HEAD', 'a');
    expect([head.headers['x-oss-tagging-count'], head.headers['x-oss-tagging']]).toEqual(['1', undefined]);
    expect((await when({ StringEquals: { 'oss:ExistingObjectTag/team': 'a' } }).send('GET', 'a')).status).toBe(200);
    expect((await when({ StringEquals: { 'oss:ExistingObjectTag/team': 'b' } }).send('GET', 'a')).status).toBe(403);
  });
});
