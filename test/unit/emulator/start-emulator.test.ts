import { existsSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type EmulatorOptions, EmulatorError, type PolicyDocument, startEmulator } from '../../../src/emulator/index.js';
import { aboutFlags } from '../../../src/emulator/command-line.js';
import { FolderLock } from '../../../src/emulator/folder-lock.js';
import { createWire } from '../../conformance/wire.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'start-emulator-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Node can't resolve `localhost` to either loopback address everywhere. */
const local = (url: string): string => url.replace('localhost', '127.0.0.1');
const PAIR = { accessKeyId: 'x', accessKeySecret: 'y' };
const temporary = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('oss-resumable-emulator-'));

describe('startEmulator', () => {
  it('needs no options, and says what to point a client at', async () => {
    await using oss = await startEmulator();
    expect(oss).toMatchObject({
      region: 'cn-hangzhou',
      bucket: 'demo-bucket',
      buckets: ['demo-bucket'],
      url: `http://localhost:${oss.port}`,
      cnameUrl: `http://cname.localhost:${oss.port}`,
      stsUrl: `http://localhost:${oss.port}/sts`,
      controlUrl: `http://localhost:${oss.port}/_control/`,
      controlToken: null,
      certificate: null,
      warnings: [],
    });
    expect(oss.accessKeyId).toMatch(/^LTAI/);
    expect(await (await fetch(local(`${oss.controlUrl}health`))).json()).toMatchObject({ status: 'ok' });
    expect(await (await fetch(local(oss.stsUrl))).json()).toMatchObject({ Credentials: { AccessKeyId: expect.stringMatching(/^STS\./) } });
  });

  it('gives credentials in the form that clients take, for as long as they are asked for', async () => {
    await using oss = await startEmulator({ tokenSeconds: 900 });
    const seconds = (expiration: string): number => Math.round((Date.parse(expiration) - Date.now()) / 1000);
    const credentials = oss.credentials();
    expect(credentials).toMatchObject({ accessKeyId: expect.stringMatching(/^STS\./), stsToken: credentials.securityToken });
    expect(seconds(credentials.expiration)).toBeGreaterThan(895);
    expect(seconds(oss.credentials({ seconds: 60 }).expiration)).toBeLessThanOrEqual(61);
  });

  it('narrows credentials and access keys by policies, and keeps versions', async () => {
    const policy: PolicyDocument = {
      Version: '1',
      Statement: [{ Effect: 'Allow', Action: 'oss:PutObject', Resource: 'acs:oss:*:*:demo-bucket/a/*' }],
    };
    const key = { accessKeyId: 'LTAIa', accessKeySecret: 'secret' };
    await using oss = await startEmulator({ accessKeys: [{ ...key, policy }], versioning: 'Enabled' });
    expect(oss).toMatchObject(key);
    expect(oss).not.toHaveProperty('policy');
    const narrow = oss.control.assumeRole(60, policy).Credentials;
    const permanent = { ...narrow, AccessKeyId: key.accessKeyId, AccessKeySecret: key.accessKeySecret, SecurityToken: '' };
    for (const credentials of [narrow, permanent]) {
      const wire = createWire(oss, credentials);
      const reply = await wire.send('PUT', 'a/k', { body: 'x' });
      expect([reply.status, reply.headers['x-oss-version-id']]).toEqual([200, expect.any(String)]);
      expect((await wire.send('PUT', 'b/k', { body: 'x' })).xml('Code')).toBe('AccessDenied');
      wire.close();
    }
    expect(oss.credentials({ policy }).accessKeyId).toMatch(/^STS\./);
    expect(() => oss.credentials({ policy: { Version: '2' } as never })).toThrow('has not passed grammar check');
  });

  it('removes its temporary folder at close, which may be called twice, and after a start that failed', async () => {
    const before = temporary();
    const oss = await startEmulator();
    const own = temporary().filter((name) => !before.includes(name));
    expect(own.length).toBeGreaterThan(0);
    await Promise.all([oss.close(), oss.close()]);
    expect(temporary().filter((name) => own.includes(name))).toEqual([]);
    await using running = await startEmulator();
    const during = temporary();
    await expect(startEmulator({ port: running.port })).rejects.toThrow('is taken');
    expect(temporary().filter((name) => !during.includes(name))).toEqual([]);
  });

  it('removes the temporary folders of processes that were killed, and no others', async () => {
    const abandoned = await mkdtemp(join(tmpdir(), 'oss-resumable-emulator-'));
    await writeFile(join(abandoned, 'lock.json'), JSON.stringify({ id: 'x', pid: 1, host: 'elsewhere', started: null }));
    const { utimes } = await import('node:fs/promises');
    await utimes(join(abandoned, 'lock.json'), 0, 0);
    const inUse = await mkdtemp(join(tmpdir(), 'oss-resumable-emulator-'));
    const lock = FolderLock.acquire(inUse);
    await using _oss = await startEmulator();
    expect([existsSync(abandoned), existsSync(inUse)]).toEqual([false, true]);
    lock.release();
    await rm(inUse, { recursive: true });
  });

  it('keeps what is in a data folder', async () => {
    const data = join(folder, 'data');
    const first = await startEmulator({ data, seed: await seed({ 'a.txt': 'one' }) });
    await first.close();
    await using second = await startEmulator({ data });
    expect(second.control.objects()).toMatchObject([{ key: 'a.txt', size: 3 }]);
    await expect(startEmulator({ data })).rejects.toMatchObject({ name: 'EmulatorError', code: 'DATA_IN_USE' });
  });

  it('makes objects of the files in a seed folder, with their types, and replaces none', async () => {
    const data = join(folder, 'data');
    const files = { 'a.txt': 'one', 'deep/er/b.png': 'two', plain: '' };
    await (await startEmulator({ data, seed: await seed(files) })).close();
    await seed({ ...files, 'a.txt': 'changed' });
    await using oss = await startEmulator({ data, seed: join(folder, 'seed') });
    expect(oss.buckets).toEqual(['seeded']);
    expect(oss.control.objects().sort((a, b) => a.key.localeCompare(b.key))).toMatchObject([
      { key: 'a.txt', size: 3, contentType: 'text/plain' },
      { key: 'deep/er/b.png', size: 3, contentType: 'image/png' },
      { key: 'plain', size: 0, contentType: 'application/octet-stream' },
    ]);
  });

  async function seed(files: Record<string, string>): Promise<string> {
    for (const [key, content] of Object.entries(files)) {
      const path = join(folder, 'seed', 'seeded', key);
      await mkdir(join(path, '..'), { recursive: true });
      await writeFile(path, content);
    }
    return join(folder, 'seed');
  }

  it('passes over what is no bucket and no object: hidden folders, and files of file managers', async () => {
    const data = join(folder, 'data');
    await mkdir(join(data, 'buckets'), { recursive: true });
    await writeFile(join(data, 'buckets', '.DS_Store'), '');
    const path = await seed({ 'a.txt': 'one', '.DS_Store': 'x', 'deep/Thumbs.db': 'x', '.well-known/b': '' });
    await mkdir(join(path, '.git'));
    await using oss = await startEmulator({ data, seed: path });
    expect(oss.buckets).toEqual(['seeded']);
    expect(oss.control.objects().map(({ key }) => key)).toEqual(expect.arrayContaining(['a.txt', '.well-known/b']));
    expect(oss.control.objects()).toHaveLength(2);
  });

  it.skipIf(process.platform !== 'linux')('refuses seeds that could not be reached', async () => {
    const path = await seed({ '\\a': '' });
    await expect(startEmulator({ seed: path })).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringContaining("can't be"),
    });
    await rm(join(path, 'seeded', '\\a'));
    await writeFile(Buffer.concat([Buffer.from(join(path, 'seeded/')), Buffer.from([0xe4])]), '');
    await expect(startEmulator({ seed: path })).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringContaining('UTF-8'),
    });
  });

  it('takes a region with the prefix that it has in endpoints', async () => {
    await using oss = await startEmulator({ region: 'oss-cn-beijing' });
    expect(oss.region).toBe('cn-beijing');
  });

  it('has its faults from the start on', async () => {
    await using oss = await startEmulator({ faults: [{ operation: 'AssumeRole', fault: { kind: 'status', status: 503 } }] });
    expect((await fetch(local(oss.stsUrl))).status).toBe(503);
    expect((await fetch(local(oss.stsUrl))).status).toBe(200);
    await oss.control.reset();
    expect((await fetch(local(oss.stsUrl))).status).toBe(503);
  });

  it('admits the pages that its CORS rules name', async () => {
    const cors = [{ allowedOrigins: ['https://app.test', '*.other.test'], allowedMethods: ['GET'] }];
    await using oss = await startEmulator({ cors });
    const status = async (origin: string): Promise<number> => (await fetch(local(oss.stsUrl), { headers: { Origin: origin } })).status;
    expect([await status('https://app.test'), await status('https://a.other.test')]).toEqual([200, 403]);
  });

  it('open to the network it warns, and demands a token for the control surface and /sts', async () => {
    await using oss = await startEmulator({ host: '0.0.0.0' });
    expect(oss.warnings).toEqual([expect.stringContaining('0.0.0.0 is open to the network')]);
    const token = oss.controlToken as string;
    expect(token.length).toBeGreaterThan(20);
    const status = async (path: string, headers: Record<string, string> = {}): Promise<number> =>
      (await fetch(`http://127.0.0.1:${oss.port}${path}`, { headers })).status;
    for (const path of ['/_control/objects', '/sts', '/?Action=AssumeRole']) {
      const query = (text: string): string => `${path}${path.includes('?') ? '&' : '?'}token=${text}`;
      expect(await status(path)).toBe(401);
      expect(await status(query('wrong'))).toBe(401);
      expect(await status(query(token))).toBe(200);
      expect(await status(path, { Authorization: `Bearer ${token}` })).toBe(200);
    }
    expect((await fetch(local(oss.stsUrl))).status).toBe(200);
    expect(JSON.stringify(oss.control.log())).not.toContain(token);
  });

  it.each<[string, object]>([
    ['options.port must be an integer from 0 to 65535, not 70000.', { port: 70_000 }],
    ['options has no field "bucket"; it has port, host, buckets', { bucket: 'x' }],
    ['options.buckets[0] must be 3 to 63 of a-z, 0-9 and -, not "No".', { buckets: ['No'] }],
    ['options.buckets must not be empty.', { buckets: [] }],
    ['options.accessKeys[0] needs accessKeySecret.', { accessKeys: [{ accessKeyId: 'x' }] }],
    ['options.accessKeys[0].policy is not a policy. Version must be "1".', { accessKeys: [{ ...PAIR, policy: {} }] }],
    ['options.versioning must be one of Off, Enabled, Suspended, not "On".', { versioning: 'On' }],
    ['The custom domain a.test names the bucket other', { buckets: ['one-bucket'], cnames: { 'a.test': 'other' } }],
    ['The custom domain a.test names the bucket other', { cnames: { 'a.test': 'other' } }],
    ['must be a host name', { cnames: { 'http://a.test': 'demo-bucket' } }],
    ['options.region must be a region such as cn-hangzhou, not "".', { region: '' }],
    ['options.region must be a region such as cn-hangzhou, not "a/b".', { region: 'a/b' }],
    ['The CORS rules must be a list', { cors: 'open' }],
    ['The fault rule.operation must be one of', { faults: [{ operation: 'Nothing', fault: { kind: 'reset' } }] }],
    ['options.tls needs key.', { tls: { cert: 'x' } }],
    ["can't be read (ENOENT)", { seed: '/no/such/folder' }],
  ])('refuses in words: %s', async (message, options) => {
    const refused = startEmulator(options as EmulatorOptions);
    await expect(refused).rejects.toThrow(message);
    await expect(refused).rejects.toBeInstanceOf(EmulatorError);
  });

  it('refuses an address that this machine does not have', async () => {
    await expect(startEmulator({ host: '203.0.113.7' })).rejects.toThrow('203.0.113.7 is no address of this machine.');
  });
});

it('an error about an option is one about its flag on the command line', () => {
  expect(['options.buckets[0] must', 'options.tokenSeconds must', 'options.accessKeys must', 'The seed'].map(aboutFlags)).toEqual([
    '--bucket must',
    '--token-seconds must',
    '--access-key must',
    'The seed',
  ]);
});
