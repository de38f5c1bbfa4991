import { describe, expect, test } from 'vitest';
import { crcOf, makeFile } from '../../helpers/make-file.js';
import { ossError } from '../../helpers/scripted-faults.js';
import { PART } from '../../helpers/sizes.js';
import { objectOf } from './scenes.js';
import { createWorld } from './world.js';

const KEY = 'dir/there.bin';

describe.each([
  ['in one request', makeFile(1_000), ['Put']],
  ['in parts', makeFile(3 * PART), ['Initiate', 'UploadPart 1', 'UploadPart 2', 'UploadPart 3', 'Complete']],
])('with skipExisting, a file that would be sent %s', (_, file, sent) => {
  test('is done at once when an equal object is there: nothing is sent', async () => {
    const world = createWorld({ parallel: 1 });
    world.service.objects.set(KEY, await objectOf(file));
    const task = world.upload(file, { key: KEY, skipExisting: true });
    expect(await task.result).toMatchObject({ key: KEY, size: file.size, crc64: await crcOf(file), verified: true, instant: true });
    expect(world.service.log).toEqual(['Head']);
    expect(task.getSnapshot()).toMatchObject({ status: 'done', progress: { loaded: file.size, confirmed: file.size } });
  });

  test.each([
    ['there is none', undefined],
    ['it has another size', { size: 1 }],
    ['its bytes are others', { crc64: '1' }],
    ['CORS hides its CRC-64', { crc64: undefined }],
  ])('is sent when %s', async (_case, change) => {
    const world = createWorld({ parallel: 1 });
    if (change) world.service.objects.set(KEY, await objectOf(file, change as object));
    const result = await world.upload(file, { key: KEY, skipExisting: true }).result;
    expect(result).not.toHaveProperty('instant');
    expect(world.service.log).toEqual(['Head', ...sent]);
  });

  test('is sent when the credentials may not look', async () => {
    const world = createWorld({ parallel: 1 });
    world.service.objects.set(KEY, await objectOf(file));
    world.service.fault('Head', { error: ossError('AccessDenied', 403) });
    await world.upload(file, { key: KEY, skipExisting: true }).result;
    expect(world.service.log).toEqual(['Head ✗ AccessDenied', ...sent]);
  });
});

test.each([
  [{ callback: { callbackUrl: 'https://app.example.com', callbackBody: 'a=b' } }, 'skipExisting and callback exclude each other'],
  [{ scope: 'avatar', key: () => 'random' }, 'skipExisting and scope exclude each other'],
])('skipExisting with %o is refused at the call', (options, message) => {
  expect(() => createWorld().upload(makeFile(1), { key: KEY, skipExisting: true, ...options })).toThrow(message);
});
