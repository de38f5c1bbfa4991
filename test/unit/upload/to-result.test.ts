import { describe, expect, test } from 'vitest';
import { makeFile } from '../../helpers/make-file.js';
import { ossError } from '../../helpers/scripted-faults.js';
import { PART } from '../../helpers/sizes.js';
import { failureOf } from '../../helpers/waits.js';
import { createWorld } from './world.js';

const KEY = 'dir/a.bin';
const FILE = makeFile(2 * PART);
const callback = { callbackUrl: 'https://app.example/cb', callbackBody: 'a=b' };

describe('a result', () => {
  test('is unverified when neither CRC-64 is known', async () => {
    const world = createWorld({ integrity: { crc64: false } });
    world.service.fault('Complete', { reply: (answer) => ({ ...answer, crc64: undefined }) });
    expect(await world.upload(FILE, { key: KEY }).result).toMatchObject({ verified: false, crc64: undefined });
  });

  test('has an empty ETag when the answer shows none', async () => {
    const world = createWorld();
    world.service.fault('Complete', { reply: (answer) => ({ ...answer, etag: undefined }) });
    expect((await world.upload(FILE, { key: KEY }).result).etag).toBe('');
  });

  test('has no callback answer, and a warning, when it was lost with the answer to Complete', async () => {
    const world = createWorld();
    world.service.answer.body = '{"Status":"OK"}';
    world.service.fault('Complete', { error: ossError('NoSuchUpload', 404), isDone: true });
    const task = world.upload(FILE, { key: KEY, callback });
    expect((await task.result).callbackBody).toBeUndefined();
    expect(task.getSnapshot().warnings).toMatchObject([{ code: 'callback-unknown' }]);
  });

  test('of a failed callback without a request ID is reported without one', async () => {
    const world = createWorld();
    world.service.answer.callbackFailure = 'Not valid json.';
    world.service.answer.requestId = undefined as never;
    const { message } = await failureOf(world.upload(FILE, { key: KEY, callback }).result);
    expect(message).toContain("failed: Not valid json.. Don't");
  });
});
