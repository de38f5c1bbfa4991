/** An uploader with its ports replaced. */
import { expect, test, vi } from 'vitest';
import { createUploader, type Uploader } from '../../src/uploader.js';
import { makeFile } from '../helpers/make-file.js';
import { PART } from '../helpers/sizes.js';
import { eventually, settle } from '../helpers/turns.js';
import { failureOf, gate } from '../helpers/waits.js';
import { leaveUnfinished } from './upload/scenes.js';
import { createWorld, type World } from './upload/world.js';

const KEY = 'dir/a.bin';
const FILE = makeFile(4 * PART);

type Fetch = (url: string, init: { method: string }) => Promise<Response>;

/** An uploader in the world whose requests go to `fetch` instead of the world's service. */
function open({ hasher, locks, fileHandles, store, clock }: World, fetch: Fetch = () => new Promise<never>(() => {})): Uploader {
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
  });
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
