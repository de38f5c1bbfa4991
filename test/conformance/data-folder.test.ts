/** The data folder of the embedded OSS: who may have it, what damage does, and what a full disk is answered. */
import { fork } from 'node:child_process';
import * as fs from 'node:fs';
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { FolderLock } from '../../src/emulator/folder-lock.js';
import { type Fault, startEmulator } from '../../src/emulator/index.js';
import { ThreadedFile } from '../../src/emulator/threaded-file.js';
import { writeJson } from '../../src/emulator/write-json.js';
import { startTestOss, type TestOss } from '../helpers/embedded-oss.js';
import { createWire, type Wire } from './wire.js';

const order: string[] = [];
vi.mock('node:fs', async (original) => {
  const real = await original<typeof fs>();
  const noted = <K extends 'fsyncSync' | 'renameSync'>(name: K): (typeof real)[K] =>
    ((...args: never[]) => {
      order.push(name);
      return (real[name] as (...args: never[]) => unknown)(...args);
    }) as never;
  return { ...real, fsyncSync: noted('fsyncSync'), renameSync: noted('renameSync') };
});

/** What writing a body fails with, or waits for. */
const disk: { failure: Error | undefined; ready: Promise<void> | undefined } = { failure: undefined, ready: undefined };
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  const open: typeof real.open = async (...args) => {
    if (disk.failure !== undefined) throw disk.failure;
    await disk.ready;
    return real.open(...args);
  };
  return { ...real, open };
});

let oss: TestOss | undefined;
let wire: Wire;
async function start(options: Parameters<typeof startTestOss>[0] = {}): Promise<TestOss> {
  oss = await startTestOss(options);
  wire = createWire(oss);
  return oss;
}
afterEach(async () => {
  wire?.close();
  await oss?.cleanup();
  oss = undefined;
});

const folders: string[] = [];
afterEach(async () => {
  for (const path of folders.splice(0)) await rm(path, { recursive: true, force: true });
});

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'data-folder-'));
  folders.push(path);
  return path;
}

describe('the lock', () => {
  test('a second server on the same folder is refused in words and changes nothing', async () => {
    const { dataDir } = await start();
    const incoming = join(dataDir, 'buckets/demo-bucket/incoming/half');
    await writeFile(incoming, 'half of a part');
    await expect(startEmulator({ data: dataDir })).rejects.toThrow(/data folder .* is in use by another server \(process \d+\)/);
    expect(await readFile(incoming, 'utf8')).toBe('half of a part');
  });

  test('is free again after close, and after a start that failed', async () => {
    const { dataDir, port } = await start();
    const other = await folder();
    await expect(startEmulator({ data: other, port })).rejects.toMatchObject({
      code: 'EADDRINUSE',
      message: `Port ${port} on 127.0.0.1 is taken. Stop what listens there, or choose another port; 0 is any free one.`,
    });
    for (let i = 0; i < 2; i++) await (await startEmulator({ data: other })).close();
    expect(await readdir(other)).not.toContain('lock.json');
    expect(await readdir(dataDir)).toContain('lock.json');
  });

  test('of a process that was killed is taken over at once', async () => {
    const dataDir = await folder();
    const script = join(dataDir, '..', `owner-${Date.now()}.mjs`);
    await writeFile(script, `process.send('up'); setInterval(() => {}, 1000);`);
    const owner = fork(script);
    await new Promise((resolve) => owner.once('message', resolve));
    const lock = FolderLock.acquire(dataDir);
    const path = join(dataDir, 'lock.json');
    const stat = process.platform === 'linux' ? (await readFile(`/proc/${owner.pid}/stat`, 'utf8')).replace(/^.*\) /s, '') : '';
    const mine = JSON.parse(await readFile(path, 'utf8'));
    await writeFile(path, JSON.stringify({ ...mine, id: 'theirs', pid: owner.pid, started: stat.split(' ')[19] ?? null }));
    lock.release();
    expect(() => FolderLock.acquire(dataDir)).toThrow(`process ${owner.pid}`);

    owner.kill('SIGKILL');
    await new Promise((resolve) => owner.once('exit', resolve));
    FolderLock.acquire(dataDir).release();
    await rm(script);
  });

  test.runIf(process.platform === 'linux')('of another process that got the same number is taken over', async () => {
    const dataDir = await folder();
    const path = join(dataDir, 'lock.json');
    FolderLock.acquire(dataDir);
    await writeFile(path, JSON.stringify({ ...JSON.parse(await readFile(path, 'utf8')), started: '1' }));
    FolderLock.acquire(dataDir).release();
  });

  test('of another machine is respected while it is touched, and taken over when it has been silent', async () => {
    const dataDir = await folder();
    const path = join(dataDir, 'lock.json');
    await writeFile(path, JSON.stringify({ id: 'x', pid: 1, host: 'elsewhere', started: null }));
    expect(() => FolderLock.acquire(dataDir)).toThrow('process 1 on elsewhere');
    const minuteAgo = new Date(Date.now() - 60_000);
    fs.utimesSync(path, minuteAgo, minuteAgo);
    FolderLock.acquire(dataDir).release();
  });

  test('a folder that is a file is refused in words', async () => {
    const dataDir = join(await folder(), 'file');
    await writeFile(dataDir, '');
    await expect(startEmulator({ data: dataDir })).rejects.toThrow(/The data folder .* can't be used \((EEXIST|ENOTDIR)\)/);
  });
});

describe('close', () => {
  const manifests = (dataDir: string): Promise<string[]> => readdir(join(dataDir, 'buckets/demo-bucket/objects'));

  test.each<[string, (control: TestOss['control']) => void]>([
    ['a fault', (control) => control.addFault({ fault: { kind: 'delay', milliseconds: 300 } })],
    ['latency', (control) => control.setLink({ latencyMilliseconds: 300 })],
  ])('a request that %s delays is not performed on a folder that another server has by then', async (_, slowDown) => {
    let running = await start();
    await wire.send('PUT', 'a', { body: 'x' });
    running.control.clearLog();
    slowDown(running.control);
    const refused = expect(wire.send('DELETE', 'a')).rejects.toThrow();
    await expect.poll(() => running.control.log().length).toBe(1);
    oss = running = await running.restart();
    await refused;
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(await manifests(running.dataDir)).toHaveLength(1);
    wire.close();
    expect((await wire.send('GET', 'a')).text).toBe('x');
  });

  test('waits for a request that still writes, and only then gives the folder away', async () => {
    const running = await start();
    let open = (): void => {};
    disk.ready = new Promise((resolve) => {
      open = resolve;
    });
    const refused = expect(wire.send('PUT', 'a', { body: 'x' })).rejects.toThrow();
    await expect.poll(() => running.control.log().length).toBe(1);
    const closed = running.close();
    await refused;
    await new Promise((resolve) => setTimeout(resolve, 50));
    await expect(startEmulator({ data: running.dataDir })).rejects.toMatchObject({ code: 'DATA_IN_USE' });
    open();
    disk.ready = undefined;
    await closed;
    expect(await readdir(join(running.dataDir, 'buckets/demo-bucket/incoming'))).toEqual([]);
    FolderLock.acquire(running.dataDir).release();
  });

  test.each<[string, (control: TestOss['control'], milliseconds: number) => void]>([
    ['before the work', (control, milliseconds) => control.addFault({ fault: { kind: 'delay', milliseconds } })],
    ['after the work', (control, milliseconds) => control.addFault({ fault: { kind: 'delay', afterMilliseconds: milliseconds } })],
    ['on the link', (control, latencyMilliseconds) => control.setLink({ latencyMilliseconds })],
    ['of a callback', (control, delayMilliseconds) => control.setCallbackReply({ status: 200, delayMilliseconds })],
  ])('ends a delay %s, so that the process can end', async (_, delay) => {
    const started = vi.spyOn(globalThis, 'setTimeout');
    const ended = vi.spyOn(globalThis, 'clearTimeout');
    const running = await start();
    // About as long as no other timer.
    delay(running.control, 7_654_321);
    const timer = (): unknown =>
      started.mock.results[started.mock.calls.findIndex(([, length]) => Number(length) > 7_000_000 && Number(length) < 8_000_000)]?.value;
    const url = `http://127.0.0.1:${running.port}/_callback`;
    const callback = Buffer.from(JSON.stringify({ callbackUrl: url, callbackBody: 'x' })).toString('base64');
    const refused = expect(wire.send('PUT', 'a', { body: 'x', headers: { 'x-oss-callback': callback } })).rejects.toThrow();
    await expect.poll(timer).toBeDefined();
    await running.close();
    await refused;
    expect(ended.mock.calls.map(([handle]) => handle)).toContain(timer());
    vi.restoreAllMocks();
  });
});

test('a folder with something else in the place of its files is refused in words, and is free again', async () => {
  const dataDir = await folder();
  await writeFile(join(dataDir, 'buckets'), '');
  for (let i = 0; i < 2; i++) {
    await expect(startEmulator({ data: dataDir })).rejects.toThrow(/The data folder .* can't be used: .*buckets.* \((ENOTDIR|EEXIST)\)/);
  }
});

describe('damage', () => {
  test.each([
    ['empty', ''],
    ['torn', '{"key":"a","si'],
    ['of another shape', '{"key":"a"}'],
    [
      'naming a folder elsewhere',
      '{"key":"a","etag":"","crc64":"0","acl":"","size":0,"lastModified":0,"attributes":{},"folder":"../..","pieces":[]}',
    ],
  ])('a manifest that is %s is skipped and reported, and the others are served', async (_, content) => {
    let running = await start();
    for (const key of ['a', 'b']) await wire.send('PUT', key, { body: `body of ${key}` });
    const id = await wire.initiate('open');
    const lost = await wire.initiate('lost');
    const bucket = join(running.dataDir, 'buckets/demo-bucket');
    for (const file of await readdir(join(bucket, 'objects'))) {
      if ((await readFile(join(bucket, 'objects', file), 'utf8')).includes('"key":"a"'))
        await writeFile(join(bucket, 'objects', file), content);
    }
    await writeFile(join(bucket, 'uploads', lost, 'upload.json'), content);

    oss = running = await running.restart();
    wire.close();
    expect(running.warnings).toHaveLength(2);
    expect(running.warnings.join()).toMatch(/objects\/\w+\.json is damaged and was skipped.*upload\.json is damaged/);
    expect((await wire.send('GET', 'b')).text).toBe('body of b');
    expect((await wire.part('open', id, 1, 'x')).status).toBe(200);
    expect((await wire.send('GET', 'a')).status).toBe(404);
    // The bytes may still be wanted by who repairs the manifest.
    expect(await readdir(join(bucket, 'blobs'))).toHaveLength(2);
    await running.control.reset({ data: true });
    oss = running = await running.restart();
    wire.close();
    expect(running.warnings).toEqual([]);
    await expect.poll(() => readdir(join(bucket, 'blobs'))).toEqual([]);
  });

  test('an object or a part whose file has lost bytes is skipped and reported, and a part can be sent again', async () => {
    let running = await start();
    for (const key of ['a', 'b']) await wire.send('PUT', key, { body: `body of ${key}` });
    const id = await wire.initiate('open');
    for (const number of [1, 2]) await wire.part('open', id, number, `part ${number}`);
    const bucket = join(running.dataDir, 'buckets/demo-bucket');
    await running.close();
    for (const folder of await readdir(join(bucket, 'blobs'))) {
      const body = join(bucket, 'blobs', folder, 'body');
      if ((await readFile(body, 'utf8')) === 'body of a') await truncate(body, 3);
    }
    const [, second] = (await readdir(join(bucket, 'uploads', id))).sort();
    await truncate(join(bucket, 'uploads', id, String(second)), 0);
    oss = running = await running.restart();
    wire.close();
    expect(running.warnings).toEqual([
      expect.stringMatching(/objects\/\w+\.json \(a\) has lost bytes of its body and was skipped\.$/),
      expect.stringMatching(/00002\.\S+ has lost bytes and was skipped\.$/),
    ]);
    expect([(await wire.send('GET', 'a')).status, (await wire.send('GET', 'b')).text]).toEqual([404, 'body of b']);
    expect(running.control.uploads()).toMatchObject([{ parts: 1 }]);
    for (const _ of [1, 2]) expect((await wire.part('open', id, 2, 'again')).status).toBe(200);
  });

  test.each<Fault | undefined>([undefined, { kind: 'trickle', milliseconds: 20 }])(
    'a body that loses bytes while it is served breaks the connection (fault: %j)',
    async (fault) => {
      const running = await start();
      await wire.send('PUT', 'a', { body: 'x'.repeat(1000) });
      const blobs = join(running.dataDir, 'buckets/demo-bucket/blobs');
      await truncate(join(blobs, String((await readdir(blobs))[0]), 'body'), 100);
      if (fault !== undefined) running.control.addFault({ fault });
      await expect(wire.send('GET', 'a')).rejects.toMatchObject({ code: 'ECONNRESET' });
      await expect.poll(() => running.control.log().at(-1)).toMatchObject({ status: 200, finished: true, aborted: true });
    },
  );

  test('a manifest is on the disk before it has its name', async () => {
    const path = join(await folder(), 'manifest.json');
    order.length = 0;
    writeJson(path, { a: 1 }, true);
    expect(order).toEqual(['fsyncSync', 'renameSync']);
    await start({ fsync: true });
    order.length = 0;
    await wire.initiate('k');
    expect(order).toEqual(['fsyncSync', 'renameSync']);
    wire.close();
    await oss?.cleanup();
    await start({ fsync: false });
    order.length = 0;
    await wire.initiate('k');
    expect(order).toEqual(['renameSync']);
  });
});

describe('a full disk', () => {
  test('is answered as such, and not with "try again"', async () => {
    const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    const printed = vi.spyOn(console, 'error').mockImplementation(() => {});
    await start();
    disk.failure = full;
    const reply = await wire.send('PUT', 'k', { body: 'x' });
    expect([reply.status, reply.xml('Code')]).toEqual([507, 'InsufficientStorage']);
    expect(reply.xml('Message')).toMatch(/disk of its data folder is full \(ENOSPC\)/);
    expect(printed).toHaveBeenCalledWith(full);
    disk.failure = undefined;
    printed.mockRestore();
  });

  test.runIf(process.platform === 'linux')('is recognized on the writing thread, too', async () => {
    const fd = fs.openSync('/dev/full', 'w');
    await expect(new ThreadedFile(fd).append(new ArrayBuffer(8), 8)).rejects.toMatchObject({ code: 'ENOSPC' });
    fs.closeSync(fd);
  });
});
