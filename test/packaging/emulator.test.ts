/** The emulator of the packed package: as a command, and as a module that browsers never get. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { codeBlocks } from '../helpers/samples.js';
import { NAME, pack, unpack } from './pack.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

let application: string;
let installed: string;
let command: string;

beforeAll(async () => {
  application = await realpath(await mkdtemp(join(tmpdir(), 'oss-resumable-emulator-test-')));
  installed = await unpack(await pack(application), application);
  const { bin } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')) as { bin: Record<string, string> };
  command = join(installed, bin[NAME] as string);
});
afterAll(() => rm(application, { recursive: true, force: true }));

interface Run {
  child: ChildProcess;
  out: string;
  err: string;
  exited: Promise<number | null>;
}
const running: Run[] = [];
afterEach(async () => {
  for (const { child, exited } of running.splice(0)) {
    child.kill('SIGKILL');
    await exited;
  }
});

/** Runs `oss-resumable`, without this process's own OSS_EMULATOR_ variables. */
function start(args: string[], env: Record<string, string> = {}): Run {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('OSS_'));
  const child = spawn(process.execPath, [command, ...args], { cwd: application, env: { ...Object.fromEntries(inherited), ...env } });
  const run: Run = { child, out: '', err: '', exited: new Promise((resolve) => child.once('close', resolve)) };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (run.out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (run.err += text));
  running.push(run);
  return run;
}

interface Ready {
  url: string;
  sts: string;
  control: string;
  bucket: string;
  accessKeyId: string;
  accessKeySecret: string;
  token?: string;
  certificate?: string;
}

/** Starts the emulator and waits for its line. */
async function ready(args: string[], env?: Record<string, string>): Promise<Run & { line: Ready }> {
  const run = start(['emulator', '--json', '--port', '0', ...args], env);
  await expect.poll(() => run.out + run.err, { timeout: 10_000, interval: 20 }).toContain('\n');
  await expect.poll(() => run.out, { interval: 20 }).toMatch(/^\{.*\}\n$/);
  return Object.assign(run, { line: JSON.parse(run.out) as Ready });
}

const local = (url: string): string => url.replace('localhost', '127.0.0.1');
const json = async (url: string): Promise<any> => (await fetch(local(url))).json();
const file = async (name: string, content: unknown): Promise<string> => {
  const path = join(application, name);
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
};

describe('the command', () => {
  it('is ready within two seconds', async () => {
    const times: number[] = [];
    for (let attempt = 0; attempt < 3; attempt++) {
      const started = performance.now();
      await ready([]);
      times.push(performance.now() - started);
    }
    // The best of three: other tests may run at the same time.
    expect(Math.min(...times)).toBeLessThan(2000);
  });

  it('prints one line of JSON, and what the line names answers', async () => {
    const { line, out } = await ready([]);
    expect(out.split('\n')).toHaveLength(2);
    const port = new URL(line.url).port;
    expect(line).toEqual({
      url: `http://localhost:${port}`,
      sts: `http://localhost:${port}/sts`,
      control: `http://localhost:${port}/_control/`,
      bucket: 'demo-bucket',
      accessKeyId: expect.stringMatching(/^LTAI/),
      accessKeySecret: expect.stringMatching(/^\w{20,}$/),
    });
    expect(await json(`${line.control}health`)).toEqual({ status: 'ok', region: 'cn-hangzhou', buckets: ['demo-bucket'] });
    expect((await json(line.sts)).Credentials.AccessKeyId).toMatch(/^STS\./);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('ends clean on %s, and leaves no temporary folder', async (signal) => {
    const TMPDIR = join(application, `temporary-${signal}`);
    await mkdir(TMPDIR);
    const run = await ready([], { TMPDIR, TEMP: TMPDIR });
    expect(await readdir(TMPDIR)).toHaveLength(1);
    run.child.kill(signal);
    expect([await run.exited, run.err]).toEqual([0, '']);
    expect(await readdir(TMPDIR)).toEqual([]);
  });

  it('takes everything from flags', async () => {
    const seed = join(application, 'seed');
    await mkdir(join(seed, 'two-bucket'), { recursive: true });
    await writeFile(join(seed, 'two-bucket', 'a.txt'), 'hello');
    const flags = ['--bucket', 'one-bucket', '--bucket=two-bucket', '--region', 'cn-beijing', '--access-key', 'ID:SECRET', '--seed', seed];
    const cors = await file('cors.json', [{ allowedOrigins: ['https://a.test'], allowedMethods: ['PUT'] }]);
    const faults = await file('faults.json', [{ operation: 'AssumeRole', fault: { kind: 'status', status: 503 } }]);
    const more = [
      '--token-seconds',
      '900',
      '--cors',
      cors,
      '--cname',
      'img.test=two-bucket',
      '--forbid-public-endpoint',
      '--faults',
      faults,
    ];
    const { line } = await ready([...flags, ...more]);
    expect(line).toMatchObject({ bucket: 'one-bucket', accessKeyId: 'ID', accessKeySecret: 'SECRET' });
    expect(await json(`${line.control}health`)).toMatchObject({ region: 'cn-beijing', buckets: ['one-bucket', 'two-bucket'] });
    expect(await json(`${line.control}objects`)).toMatchObject([{ bucket: 'two-bucket', key: 'a.txt', contentType: 'text/plain' }]);
    expect(await json(`${line.control}tokens`)).toEqual({ seconds: 900 });
    expect((await json(`${line.control}cors`))['one-bucket']).toEqual([{ allowedOrigins: ['https://a.test'], allowedMethods: ['PUT'] }]);
    expect(await json(`${line.control}rules`)).toMatchObject({ forbidPublicEndpoint: true, cnames: { 'img.test': 'two-bucket' } });
    expect((await fetch(local(line.sts))).status).toBe(503);
  });

  it('takes everything from variables, and flags win', async () => {
    const { line } = await ready(['--region', 'cn-shenzhen'], {
      OSS_EMULATOR_BUCKET: 'one-bucket, two-bucket',
      OSS_EMULATOR_REGION: 'cn-beijing',
      OSS_EMULATOR_TOKEN_SECONDS: '900',
      OSS_EMULATOR_CORS: 'off',
      OSS_EMULATOR_FORBID_PUBLIC_ENDPOINT: 'true',
    });
    expect(await json(`${line.control}health`)).toMatchObject({ region: 'cn-shenzhen', buckets: ['one-bucket', 'two-bucket'] });
    expect(await json(`${line.control}tokens`)).toEqual({ seconds: 900 });
    expect((await json(`${line.control}cors`))['one-bucket']).toEqual([]);
    expect(await json(`${line.control}rules`)).toMatchObject({ forbidPublicEndpoint: true });
  });

  it('with a data folder continues after kill -9 what it had, and refuses a second server', async () => {
    const data = join(application, 'data');
    const seed = join(application, 'seed-of-data');
    await mkdir(join(seed, 'demo-bucket'), { recursive: true });
    await writeFile(join(seed, 'demo-bucket', 'kept'), 'x');
    const first = await ready(['--data', data, '--seed', seed]);
    const second = start(['emulator', '--port', '0', '--data', data]);
    expect(await second.exited).toBe(1);
    expect(second.err).toMatch(
      /^The data folder .*data is in use by another server \(process \d+\)\. Stop that one, or name another folder\.\n$/,
    );
    first.child.kill('SIGKILL');
    await first.exited;
    const { line } = await ready(['--data', data]);
    expect(await json(`${line.control}objects`)).toMatchObject([{ key: 'kept' }]);
  });

  it('open to the network it warns, and its addresses hold the token', async () => {
    const { line, err } = await ready(['--host', '0.0.0.0']);
    expect(err).toMatch(/^Warning: 0\.0\.0\.0 is open to the network/);
    expect(line.sts).toBe(`${line.url}/sts?token=${line.token}`);
    expect((await fetch(local(line.sts))).status).toBe(200);
    expect((await fetch(local(`${line.control}objects`))).status).toBe(401);
    expect((await fetch(local(`${line.control}objects`), { headers: { authorization: `Bearer ${line.token}` } })).status).toBe(200);
  });

  it('with --tls gives the certificate that clients are to trust, and keeps it in the data folder', async () => {
    const data = join(application, 'tls-data');
    const first = await ready(['--tls', '--data', data]);
    expect(first.line).toMatchObject({
      url: expect.stringMatching(/^https:/),
      certificate: expect.stringMatching(/^-----BEGIN CERTIFICATE-----/),
    });
    first.child.kill('SIGTERM');
    await first.exited;
    expect((await ready(['--tls', '--data', data])).line.certificate).toBe(first.line.certificate);
  });

  it('prints nothing with --quiet, and what to do without', async () => {
    const loud = start(['emulator', '--port', '0']);
    await expect.poll(() => loud.out, { timeout: 10_000 }).toMatch(/Endpoint +http:\/\/localhost:\d+ .*path style/);
    loud.child.kill('SIGTERM');
    await loud.exited;
    const port = /localhost:(\d+)/.exec(loud.out)?.[1] as string;
    const quiet = start(['emulator', '--port', port, '--quiet']);
    const answers = (): Promise<boolean> =>
      fetch(`http://127.0.0.1:${port}/_control/health`).then(
        (reply) => reply.ok,
        () => false,
      );
    await expect.poll(answers, { timeout: 10_000 }).toBe(true);
    quiet.child.kill('SIGTERM');
    expect([await quiet.exited, quiet.out, quiet.err]).toEqual([0, '', '']);
  });

  it('prints help and version', async () => {
    const { version } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')) as { version: string };
    const runs = [['emulator', '--help'], ['emulator', '--version'], ['--version'], ['--help']].map((args) => start(args));
    expect(await Promise.all(runs.map(({ exited }) => exited))).toEqual([0, 0, 0, 0]);
    expect(runs[0]?.out).toMatch(/--token-seconds N +life of the tokens/);
    expect(runs.slice(1, 3).map(({ out }) => out.trim())).toEqual([version, version]);
  });
});

describe('an error of the command is in words, and its exit code is not 0', () => {
  it.each<[string, string[], Record<string, string>]>([
    ['There is no option --prot; --help lists them.', ['--prot', '1'], {}],
    ['There is no option bucket; --help lists them.', ['bucket'], {}],
    ['--port must be a whole number, not x.', ['--port', 'x'], {}],
    ['--port must be an integer from 0 to 65535, not 70000.', ['--port', '70000'], {}],
    ['--port needs a value: --port N.', ['--port'], {}],
    ['--port may be given only once.', ['--port', '1', '--port', '2'], {}],
    ['--json must be true or false, not yes.', ['--json=yes'], {}],
    ['OSS_EMULATOR_JSON must be true or false, not 1.', [], { OSS_EMULATOR_JSON: '1' }],
    ['--access-key must be ID:SECRET.', ['--access-key', 'only-an-id'], {}],
    ['--cname must be HOST=BUCKET, not img.test.', ['--cname', 'img.test'], {}],
    ['--bucket must be 3 to 63 of a-z, 0-9 and -, not "A".', ['--bucket', 'A'], {}],
    ["--faults: /no/such.json can't be read (ENOENT).", ['--faults', '/no/such.json'], {}],
    ["--tls: a can't be read (ENOENT).", ['--tls', 'a,b'], {}],
    ["The seed folder /no/such can't be read (ENOENT).", ['--seed', '/no/such'], {}],
  ])('%s', async (message, args, env) => {
    const run = start(['emulator', ...args], env);
    expect(await run.exited).toBe(2);
    expect([run.err, run.out]).toEqual([`${message}\n`, '']);
  });

  it('also for files that hold something else', async () => {
    const broken = start(['emulator', '--port', '0', '--cors', await file('broken.json', '[{')]);
    const wrong = start([
      'emulator',
      '--port',
      '0',
      '--faults',
      await file('wrong.json', [{ operation: 'Put', fault: { kind: 'reset' } }]),
    ]);
    expect([await broken.exited, await wrong.exited]).toEqual([2, 2]);
    expect(broken.err).toMatch(/^--cors: .*broken\.json is not JSON: /);
    expect(wrong.err).toMatch(/^The fault rule\.operation must be one of /);
  });

  it('for a port that is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const run = start(['emulator', '--port', String(port)]);
    expect(await run.exited).toBe(1);
    expect(run.err).toBe(`Port ${port} on 127.0.0.1 is taken. Stop what listens there, or choose another port; 0 is any free one.\n`);
    server.close();
  });

  it('for a data folder that is no folder', async () => {
    const run = start(['emulator', '--port', '0', '--data', await file('no-folder', '')]);
    expect(await run.exited).toBe(1);
    expect(run.err).toMatch(/^The data folder .*no-folder can't be used \((EEXIST|ENOTDIR)\)/);
  });

  it('for a command that there is not', async () => {
    const run = start(['emulate']);
    expect([await run.exited, run.err.split('\n')[0]]).toEqual([2, 'There is no command emulate.']);
  });
});

describe('the example of its README', () => {
  it('passes in an empty folder, with the packed package', { timeout: 60_000 }, async () => {
    const [example] = codeBlocks(await readFile(join(installed, 'src/emulator/README.md'), 'utf8')).filter(
      ({ language }) => language === 'ts',
    );
    for (const name of ['vitest', 'ali-oss'])
      await symlink(join(ROOT, 'node_modules', name), join(application, 'node_modules', name), 'junction');
    await file('emulator.test.ts', example?.code);
    await file('package.json', { type: 'module' });
    const child = spawn(process.execPath, [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', '--root', application], {
      cwd: application,
    });
    let printed = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (printed += text));
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect(printed).toMatch(/Tests .*1 passed/);
    expect(code).toBe(0);
  });
});

describe('in browser bundles', () => {
  it('there is not a byte of it', async () => {
    const scripts = (await readdir(join(installed, 'dist'), { recursive: true })).filter((name) => name.endsWith('.js'));
    const withIt: string[] = [];
    for (const name of scripts)
      if (/AliyunOSS|\/_control|from ["']node:/.test(await readFile(join(installed, 'dist', name), 'utf8'))) withIt.push(name);
    expect(withIt.sort()).toEqual(['cli.js', 'emulator.js']);
  });

  it('no other file of the package imports it, and it imports nothing but Node', async () => {
    const importers: string[] = [];
    const scripts = (await readdir(join(installed, 'dist'), { recursive: true })).filter((name) => name.endsWith('.js'));
    for (const name of scripts) {
      if (/["'](\.\.?\/)+(emulator|cli)\.js["']/.test(await readFile(join(installed, 'dist', name), 'utf8'))) importers.push(name);
    }
    expect(importers).toEqual(['cli.js']);
    const code = await readFile(join(installed, 'dist/emulator.js'), 'utf8');
    const imported = [...code.matchAll(/^import .*? from ["'](.+?)["'];$/gm)].map(([, name]) => name as string);
    expect(imported.length).toBeGreaterThan(5);
    expect(imported.filter((name) => !name.startsWith('node:'))).toEqual([]);
  });
});
