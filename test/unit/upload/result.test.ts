import { describe, expect, test, vi } from 'vitest';
import { createActivity } from '../../../src/upload/task-status.js';
import { readCheckpoint } from '../../../src/checkpoint/read.js';
import { makeFile } from '../../helpers/make-file.js';
import { ossError } from '../../helpers/scripted-faults.js';
import { PART } from '../../helpers/sizes.js';
import { failureOf } from '../../helpers/waits.js';
import { leaveUnfinished } from './scenes.js';
import { createWorld } from './world.js';

const KEY = 'dir/a.bin';
const FILE = makeFile(2 * PART);
const callback = { callbackUrl: 'https://app.example/cb', callbackBody: 'a=b' };

describe('what a result says', () => {
  test('with neither sum known nothing is verified', async () => {
    const world = createWorld({ integrity: { crc64: false } });
    world.service.fault('Complete', { reply: (answer) => ({ ...answer, crc64: undefined }) });
    expect(await world.upload(FILE, { key: KEY }).result).toMatchObject({ verified: false, crc64: undefined });
  });

  test('an ETag that nobody told is empty', async () => {
    const world = createWorld();
    world.service.fault('Complete', { reply: (answer) => ({ ...answer, etag: undefined }) });
    expect((await world.upload(FILE, { key: KEY }).result).etag).toBe('');
  });

  test('the answer to a callback that is lost with the answer to Complete is unknown, not empty', async () => {
    const world = createWorld();
    world.service.answer.body = '{"Status":"OK"}';
    world.service.fault('Complete', { error: ossError('NoSuchUpload', 404), isDone: true });
    const task = world.upload(FILE, { key: KEY, callback });
    expect((await task.result).callbackBody).toBeUndefined();
    expect(task.getSnapshot().warnings).toMatchObject([{ code: 'callback-unknown' }]);
  });

  test('a callback that failed without a request ID is told without one', async () => {
    const world = createWorld();
    world.service.answer.callbackFailure = 'Not valid json.';
    world.service.answer.requestId = undefined as never;
    const { message } = await failureOf(world.upload(FILE, { key: KEY, callback }).result);
    expect(message).toContain('failed: Not valid json.. Nothing');
  });
});

test.each<[unknown, string]>([
  ['out of names', 'failed: out of names'],
  [null, 'failed: null'],
])('a key function may throw anything: %j', async (thrown, message) => {
  const key = (): string => {
    throw thrown;
  };
  const error = await failureOf(createWorld().upload(FILE, { key }).result);
  expect([error.code, error.message]).toEqual(['InvalidKey', expect.stringContaining(message)]);
});

test('a service in trouble while a lost Complete is looked for is not a missing permission', async () => {
  const world = createWorld();
  world.service.fault('Complete', { error: ossError('NoSuchUpload', 404), isDone: true });
  world.service.fault('Head', { error: ossError('InternalError', 500) });
  expect((await failureOf(world.upload(FILE, { key: KEY }).result)).code).toBe('InternalError');
});

test('discarding shows its waits to nobody', async () => {
  const world = createWorld();
  const { id } = await leaveUnfinished(world, FILE, 1);
  const abort = world.service.client.abort.bind(world.service.client);
  vi.spyOn(world.service.client, 'abort').mockImplementation((key, uploadId, headers, context) => {
    context.onWait('network')();
    return abort(key, uploadId, headers, context);
  });
  await world.discard(id);
  expect(await world.records()).toEqual([]);
});

test('before it has entered anything an upload prepares', async () => {
  const told: string[] = [];
  const activity = createActivity(({ type }) => void told.push(type), new AbortController().signal);
  await activity.request(async ({ onWait }) => onWait('network')());
  expect(told).toEqual(['wait', 'prepare', 'prepare']);
});

test('a record from the first moment of 1970, on a clock that was never set, is one', async () => {
  const world = createWorld();
  const record = await leaveUnfinished(world, FILE, 1);
  expect(readCheckpoint({ ...record, createdAt: 0, updatedAt: 0 }, world.config)).toBeDefined();
});

describe('a file that was changed while it was sent', () => {
  test('is noticed before Complete: no object is made of half of one and half of another', async () => {
    const world = createWorld({ parallel: 1 });
    const fingerprint = world.hasher.fingerprint.bind(world.hasher);
    let looks = 0;
    vi.spyOn(world.hasher, 'fingerprint').mockImplementation(async (file) => {
      looks += 1;
      return looks === 1 ? fingerprint(file) : 'v1:changed';
    });
    const error = await failureOf(world.upload(FILE, { key: KEY }).result);
    expect(error).toMatchObject({ name: 'FileChangedError', key: KEY, resumable: true });
    expect(world.service.count('Complete')).toBe(0);
  });

  test('is told with its key when it can’t be read any more', async () => {
    const world = createWorld({ parallel: 1 });
    const fingerprint = world.hasher.fingerprint.bind(world.hasher);
    let looks = 0;
    vi.spyOn(world.hasher, 'fingerprint').mockImplementation(async (file) => {
      looks += 1;
      if (looks === 1) return fingerprint(file);
      throw new DOMException('gone', 'NotFoundError');
    });
    expect(await failureOf(world.upload(FILE, { key: KEY }).result)).toMatchObject({ code: 'FileUnreadable', key: KEY });
    expect(world.service.count('Complete')).toBe(0);
  });
});

test('an upload that has to begin again says so', async () => {
  const world = createWorld({ parallel: 1 });
  world.service.fault('UploadPart', { part: 2, error: ossError('NoSuchUpload', 404) });
  const task = world.upload(FILE, { key: KEY });
  const statuses: string[] = [];
  task.subscribe(() => statuses.push(task.getSnapshot().status));
  await task.result;
  expect(statuses.filter((status, index) => status !== statuses[index - 1])).toEqual([
    ...['preparing', 'uploading', 'preparing', 'uploading', 'completing', 'done'],
  ]);
});
