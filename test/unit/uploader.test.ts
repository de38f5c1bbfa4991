/** An uploader with its ports replaced. */
import { expect, test, vi } from 'vitest';
import type { UploaderOptions } from '../../src/options/types.js';
import type { UploadTask } from '../../src/upload/task.js';
import { createUploader, type Uploader } from '../../src/uploader.js';
import { crcOf, makeFile } from '../helpers/make-file.js';
import { PART } from '../helpers/sizes.js';
import { eventually, settle } from '../helpers/turns.js';
import { failureOf, gate } from '../helpers/waits.js';
import { holdElsewhere, leaveUnfinished } from './upload/scenes.js';
import { createWorld, type World } from './upload/world.js';

const KEY = 'dir/a.bin';
const FILE = makeFile(4 * PART);

type Fetch = (url: string, init: { method: string }) => Promise<Response>;

/** An uploader in the world whose requests go to `fetch` instead of the world's service. */
function open(
  { hasher, locks, fileHandles, store, clock }: World,
  fetch: Fetch = () => new Promise<never>(() => {}),
  options: Partial<UploaderOptions> = {},
): Uploader {
  return createUploader({
    region: 'cn-hangzhou',
    bucket: 'examplebucket',
    credentials: { accessKeyId: 'STS.id', accessKeySecret: 'secret', securityToken: 'token' },
    fetch: fetch as typeof globalThis.fetch,
    parallel: 1,
    wakeLock: false,
    unloadGuard: false,
    checkpoint: store,
    ports: { hasher, locks, fileHandles, clock, network: { isOnline: () => true, subscribe: () => () => {} } },
    ...options,
  } as UploaderOptions);
}

test('dispose() ends a batch whose source of files is idle', async () => {
  const uploader = open(createWorld());
  const batch = uploader.uploadAll(
    (async function* () {
      yield FILE;
      await new Promise(() => {});
    })(),
  );
  await settle();
  await uploader.dispose();
  const ended = await Promise.race([batch.results, settle().then(() => 'open')]);
  expect(ended).not.toBe('open');
});

const answer = (status: number, body: string, headers = {}) =>
  new Response(body || null, { status, headers: { 'x-oss-request-id': 'R', ...headers } });
const LISTED = '<ListPartsResult><IsTruncated>false</IsTruncated></ListPartsResult>';
const DENIED = '<Error><Code>AccessDenied</Code><Message>no</Message><RequestId>R</RequestId></Error>';

test('discard() of its own task’s upload rejects when the credentials don’t allow aborting it', async () => {
  const world = createWorld({ parallel: 1 });
  const { id } = await leaveUnfinished(world, FILE, 2);
  const uploader = open(world, async (_url, { method }) => {
    if (method === 'GET') return answer(200, LISTED);
    if (method === 'DELETE') return answer(403, DENIED);
    return new Promise<never>(() => {});
  });
  const task = uploader.upload(FILE, { key: KEY });
  await eventually(() => task.getSnapshot().status === 'uploading');
  await task.pause();
  expect(task.getSnapshot().checkpointId).toBe(id);
  expect(await failureOf(uploader.discard(id))).toMatchObject({ code: 'AccessDenied' });
});

test('discard() waits for its own task that stops slowly, instead of reporting another tab', async () => {
  const world = createWorld({ parallel: 1 });
  const { id } = await leaveUnfinished(world, FILE, 2);
  const uploader = open(world, async (_url, { method }) => {
    if (method === 'GET') return answer(200, LISTED);
    if (method === 'DELETE') return answer(204, '');
    return answer(200, '', { ETag: '"E"' });
  });
  const saved = gate();
  const spy = vi.spyOn(world.store, 'savePart').mockReturnValue(saved.opened);
  const task = uploader.upload(FILE, { key: KEY });
  await eventually(() => spy.mock.calls.length > 0);
  const discarded = uploader.discard(id).then(
    () => 'discarded',
    (error) => error.code,
  );
  await settle();
  world.clock.pass(1_000);
  await settle();
  saved.open();
  expect(await discarded).toBe('discarded');
  expect(task.getSnapshot().status).toBe('aborted');
});

/** Lists and aborts uploads as OSS does; parts get no answer. */
function createAnswers(): { fetch: Fetch; requests: string[] } {
  const requests: string[] = [];
  return {
    requests,
    fetch: async (url, { method }) => {
      requests.push(`${method} ${new URL(url).searchParams.get('uploadId')}`);
      if (method === 'GET') return answer(200, LISTED);
      if (method === 'DELETE') return answer(204, '');
      return new Promise<never>(() => {});
    },
  };
}

/** A task that resumes the unfinished upload of {@link FILE} and was paused. */
async function pausedIn(uploader: Uploader): Promise<UploadTask> {
  const task = uploader.upload(FILE, { key: KEY });
  await eventually(() => task.getSnapshot().status === 'uploading');
  await task.pause();
  return task;
}

/** A task that resumes the unfinished upload of {@link FILE} and was ended by its signal, which keeps the record. */
async function endedBySignal(uploader: Uploader): Promise<UploadTask> {
  const controller = new AbortController();
  const task = uploader.upload(FILE, { key: KEY, signal: controller.signal });
  await eventually(() => task.getSnapshot().status === 'uploading');
  controller.abort(new Error('closed'));
  await failureOf(task.result);
  return task;
}

test('discard() of an upload whose task was ended by its signal aborts it on the server and removes its record', async () => {
  const world = createWorld({ parallel: 1 });
  const { id, uploadId } = await leaveUnfinished(world, FILE, 2);
  const { fetch, requests } = createAnswers();
  const uploader = open(world, fetch);
  const task = await endedBySignal(uploader);
  await settle();
  expect([task.getSnapshot().status, (await world.records()).length]).toEqual(['aborted', 1]);
  await uploader.discard(id);
  expect(requests.filter((request) => request.startsWith('DELETE'))).toEqual([`DELETE ${uploadId}`]);
  expect(await world.records()).toEqual([]);
});

test('discard() aborts the paused task of an upload on which an ended task has worked before', async () => {
  const world = createWorld({ parallel: 1 });
  const { id, uploadId } = await leaveUnfinished(world, FILE, 2);
  const { fetch, requests } = createAnswers();
  const uploader = open(world, fetch);
  const ended = await endedBySignal(uploader);
  const paused = await pausedIn(uploader);
  expect([ended, paused].map((task) => task.getSnapshot().checkpointId)).toEqual([id, id]);
  await uploader.discard(id);
  expect(paused.getSnapshot().status).toBe('aborted');
  expect(requests.filter((request) => request.startsWith('DELETE'))).toEqual([`DELETE ${uploadId}`]);
  expect(await world.records()).toEqual([]);
});

test('discard() of its own paused task’s upload rejects with InUse while another tab is uploading it, and the record stays', async () => {
  const world = createWorld({ parallel: 1 });
  const { id } = await leaveUnfinished(world, FILE, 2);
  const { fetch, requests } = createAnswers();
  const uploader = open(world, fetch);
  await pausedIn(uploader);
  const [record] = await world.records();
  const release = holdElsewhere(world, id);
  expect(await failureOf(uploader.discard(id))).toMatchObject({ name: 'CheckpointError', code: 'InUse' });
  await release();
  expect([await world.records(), requests.filter((request) => request.startsWith('DELETE'))]).toEqual([[record], []]);
  await uploader.discard(id);
  expect(await world.records()).toEqual([]);
});

test('unfinished() says who uses an upload: another tab, or another uploader of this page', async () => {
  const world = createWorld({ parallel: 1 });
  const { id } = await leaveUnfinished(world, FILE, 2);
  const release = holdElsewhere(world, id);
  expect(await open(world).unfinished()).toMatchObject([{ id, isInUse: true, isInUseHere: false }]);
  world.locks.isHeldHere = () => true;
  expect(await open(world).unfinished()).toMatchObject([{ id, isInUse: true, isInUseHere: true }]);
  await release();
  expect(await open(world).unfinished()).toMatchObject([{ id, isInUse: false, isInUseHere: false }]);
});

test('unfinished() lists an upload as not in use when the lock manager fails', async () => {
  const world = createWorld({ parallel: 1 });
  const { id } = await leaveUnfinished(world, FILE, 2);
  vi.spyOn(world.locks, 'isHeld').mockRejectedValue(new Error('no'));
  expect(await open(world).unfinished()).toMatchObject([{ id, confirmed: 2 * PART, isInUse: false }]);
});

test('dispose() soon after unfinished() prevents the sweep: nothing is sent, and no timer is left', async () => {
  const world = createWorld({ parallel: 1 });
  const record = await leaveUnfinished(world, FILE, 2);
  await world.store.save({ ...record, discarded: true });
  const { fetch, requests } = createAnswers();
  const uploader = open(world, fetch);
  await uploader.unfinished();
  world.clock.pass(4_999);
  await uploader.dispose();
  expect(world.clock.timers.size).toBe(0);
  world.clock.pass(5_001);
  await settle();
  expect([requests, (await world.records()).length]).toEqual([[], 1]);
});

test('dispose() during the sweep: the upload under way is the last one that is aborted', async () => {
  const world = createWorld({ parallel: 1 });
  const record = await leaveUnfinished(world, FILE, 2);
  for (const id of [record.id, 'second', 'third']) await world.store.save({ ...record, id, discarded: true });
  const { fetch, requests } = createAnswers();
  const answered = gate();
  const load = vi.spyOn(world.store, 'load');
  const uploader = open(world, async (...request) => {
    const reply = fetch(...request);
    await answered.opened;
    return reply;
  });
  await uploader.unfinished();
  world.clock.pass(5_000);
  await eventually(() => requests.length === 1);
  await uploader.dispose();
  answered.open();
  await eventually(async () => (await world.records()).length === 2);
  await settle();
  // Whatever comes next would be looked at first.
  expect([requests, load.mock.calls.length]).toEqual([[`DELETE ${record.uploadId}`], 1]);
});

test('discard() right after a signal has ended the task waits until it has stopped, instead of reporting another tab', async () => {
  const world = createWorld({ parallel: 1 });
  const { id, uploadId } = await leaveUnfinished(world, FILE, 2);
  const { fetch, requests } = createAnswers();
  const uploader = open(world, fetch);
  const controller = new AbortController();
  const task = uploader.upload(FILE, { key: KEY, signal: controller.signal });
  await eventually(() => task.getSnapshot().status === 'uploading');
  controller.abort(new Error('closed'));
  await uploader.discard(id);
  expect(requests.filter((request) => request.startsWith('DELETE'))).toEqual([`DELETE ${uploadId}`]);
  expect(await world.records()).toEqual([]);
});

test.each([{ headers: null }, { headers: 'x' }, { outcome: null }])('discard() of a record with %j aborts its upload', async (change) => {
  const world = createWorld();
  const left = await leaveUnfinished(world, FILE, 2);
  await world.store.save({ ...left, ...change } as never);
  const { fetch, requests } = createAnswers();
  await open(world, fetch).discard(left.id);
  expect(requests.filter((request) => request.startsWith('DELETE'))).toHaveLength(1);
  expect(await world.records()).toEqual([]);
});

test('once a part has shown its ETag, an answer of the next endpoint without one is repeated', async () => {
  const world = createWorld();
  let parts = 0;
  let hiccups = 0;
  const uploader = createUploader({
    region: 'cn-hangzhou',
    bucket: 'examplebucket',
    endpoint: ['a.example.com', 'b.example.com'],
    credentials: { accessKeyId: 'STS.id', accessKeySecret: 'secret' },
    partSize: PART,
    parallel: 1,
    retry: { baseDelay: 0 },
    checkpoint: world.store,
    wakeLock: false,
    ports: { hasher: world.hasher, locks: world.locks, fileHandles: world.fileHandles },
    fetch: (async (url: string, init: { method: string; body: Blob }) => {
      if (url.includes('?uploads'))
        return answer(200, '<InitiateMultipartUploadResult><UploadId>U</UploadId></InitiateMultipartUploadResult>');
      if (init.method === 'POST') return answer(200, '', { ETag: '"W"', 'x-oss-hash-crc64ecma': await crcOf(FILE) });
      parts += 1;
      const isFirstEndpoint = url.includes('a.example.com');
      if (isFirstEndpoint && parts > 1) throw new TypeError('Failed to fetch');
      if (!isFirstEndpoint && (hiccups += 1) === 1) return new Response('');
      return answer(200, '', { ETag: '"E"', 'x-oss-hash-crc64ecma': await crcOf(init.body) });
    }) as never,
  });
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')));
  const result = await uploader.upload(FILE, { key: KEY }).result.finally(() => vi.unstubAllGlobals());
  expect([result.verified, hiccups]).toEqual([true, 4]);
});

test('with checkpoint: false no file handle is kept', async () => {
  const world = createWorld();
  const { hasher, locks, fileHandles, clock } = world;
  const uploader = createUploader({
    region: 'cn-hangzhou',
    bucket: 'examplebucket',
    credentials: { accessKeyId: 'STS.id', accessKeySecret: 'secret' },
    partSize: PART,
    checkpoint: false,
    wakeLock: false,
    ports: { hasher, locks, fileHandles, clock },
    fetch: (async (url: string) =>
      url.includes('?uploads')
        ? answer(200, '<InitiateMultipartUploadResult><UploadId>U</UploadId></InitiateMultipartUploadResult>')
        : new Promise<never>(() => {})) as never,
  });
  const task = uploader.upload(FILE, { key: KEY, fileHandle: { kind: 'file', getFile: async () => FILE } as never });
  await eventually(() => task.getSnapshot().status === 'uploading');
  expect(fileHandles.handles.size).toBe(0);
});

test('uploadAll() of a disposed uploader throws, and asks for no file', async () => {
  const uploader = open(createWorld());
  await uploader.dispose();
  const source = vi.fn();
  expect(() => uploader.uploadAll({ [Symbol.asyncIterator]: source } as never)).toThrow('disposed');
  expect(source).not.toHaveBeenCalled();
});

test('an option of an item that is undefined doesn’t replace the shared one', async () => {
  const sent: unknown[] = [];
  const uploader = open(createWorld(), async (_url, { method, headers }: { method: string; headers?: Record<string, string> }) => {
    sent.push([method, headers?.['x-oss-forbid-overwrite']]);
    return answer(403, DENIED);
  });
  const item = { file: makeFile(1_000), path: 'a.bin', key: undefined, forbidOverwrite: undefined };
  const batch = uploader.uploadAll([item], { key: (_file, path) => `users/42/${path}`, forbidOverwrite: true });
  await batch.results;
  expect(batch.tasks[0]?.key).toBe('users/42/a.bin');
  expect(sent.at(-1)).toEqual(['PUT', 'true']);
});

test.each(['savePart', 'list', 'remove'] as const)(
  'a store whose %s() hangs delays an upload, and keeps none from its end',
  async (hanging) => {
    const world = createWorld();
    vi.spyOn(world.store, hanging).mockReturnValue(new Promise<never>(() => {}));
    const serve: Fetch = async (url, { method }) => {
      if (url.includes('?uploads'))
        return answer(200, '<InitiateMultipartUploadResult><UploadId>U</UploadId></InitiateMultipartUploadResult>');
      if (method === 'PUT') return answer(200, '', { ETag: '"E"' });
      return answer(200, '<CompleteMultipartUploadResult><ETag>"E"</ETag></CompleteMultipartUploadResult>');
    };
    const task = open(world, serve, { partSize: PART, integrity: { crc64: false } }).upload(FILE, { key: KEY });
    const isOver = async (): Promise<boolean> => {
      // A little after each answer: what a browser does meanwhile takes real time.
      await new Promise((resolve) => setTimeout(resolve, 20));
      world.clock.pass(1_000);
      return task.getSnapshot().status === 'done';
    };
    await eventually(isOver);
    expect(task.getSnapshot()).toMatchObject({ status: 'done', warnings: [{ code: 'checkpoint-in-memory' }] });
  },
);

test('a store that has no list for an upload without parts is replaced by memory', async () => {
  const world = createWorld();
  await leaveUnfinished(world, FILE, 2);
  vi.spyOn(world.store, 'parts').mockResolvedValue(undefined as never);
  const uploader = open(world, async (_url, { method }) => (method === 'GET' ? answer(200, LISTED) : new Promise<never>(() => {})));
  const task = uploader.upload(FILE, { key: KEY });
  await eventually(() => task.getSnapshot().status === 'uploading');
  expect(task.getSnapshot().warnings).toMatchObject([{ code: 'checkpoint-in-memory' }]);
});

test('a task behind a Proxy, as in Vue’s reactive(), shows its key and its result', async () => {
  const uploader = open(createWorld());
  const task = new Proxy(uploader.upload(FILE, { key: KEY }), {});
  expect(task.key).toBe(KEY);
  expect(task.result).toBeInstanceOf(Promise);
  await uploader.dispose();
});
