/** A bucket whose requests have to say who pays: one without the header is refused. @see OSS documentation, "Pay-by-requester" */
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { UploadOptions } from '../../src/index.js';
import { makeFile } from '../helpers/make-file.js';
import { PART } from '../helpers/sizes.js';
import { until } from '../helpers/waits.js';
import { control, openUploads, removeFaults } from './helpers/service.js';
import { makeUploader, newDatabase, newKey } from './helpers/uploads.js';
import { lines, requestCount } from './helpers/wire.js';

beforeEach(() => control.setRules({ requesterPays: true }));
afterEach(() => control.setRules({ requesterPays: false }));

const paying: UploadOptions = { headers: { 'x-oss-request-payer': 'requester' } };
const file = makeFile(4 * PART, { seed: 5 });

/** No request about the key was refused. */
async function expectNoRefusal(key: string): Promise<void> {
  expect((await lines(key)).filter((line) => line.includes(' 403'))).toEqual([]);
}

test('without the header an upload is refused', async () => {
  const error = await makeUploader()
    .upload(file, { key: newKey() })
    .result.catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'AccessDenied' });
});

test.each([
  ['a small file', makeFile(1_000), {}, 'PutObject'],
  ['a small file that may not overwrite', makeFile(1_000), { forbidOverwrite: true }, 'HeadObject'],
  ['a file in parts', file, {}, 'CompleteMultipartUpload'],
] as const)('every request of %s says who pays', async (_, body, options, operation) => {
  const key = newKey();
  expect((await makeUploader().upload(body, { ...paying, ...options, key }).result).verified).toBe(true);
  expect(await requestCount(key, operation)).toBe(1);
  await expectNoRefusal(key);
});

test('so does the HEAD after a lost answer to Complete', async () => {
  const key = newKey();
  await control.addFault({ key, operation: 'CompleteMultipartUpload', fault: { kind: 'drop-response' } });
  expect((await makeUploader().upload(file, { ...paying, key }).result).verified).toBe(true);
  expect(await requestCount(key, 'HeadObject')).toBe(1);
  await expectNoRefusal(key);
});

/** Sends two parts, and stops as a page that is left does. */
async function leave(key: string, checkpoint: { name: string }): Promise<void> {
  const uploader = makeUploader({ checkpoint, parallel: 2 });
  await control.addFault({ key, operation: 'UploadPart', skip: 2, times: null, fault: { kind: 'stall' } });
  await until(uploader.upload(file, { ...paying, key }), ({ progress }) => progress.parts.done === 2);
  await uploader.dispose();
  await removeFaults(key);
}

test('so does the ListParts of a resumed upload', async () => {
  const [key, checkpoint] = [newKey(), newDatabase()];
  await leave(key, checkpoint);
  expect((await makeUploader({ checkpoint }).upload(file, { ...paying, key }).result).verified).toBe(true);
  expect(await requestCount(key, 'ListParts')).toBe(1);
  await expectNoRefusal(key);
});

test('so does the Abort of a task', async () => {
  const key = newKey();
  await control.addFault({ key, operation: 'UploadPart', skip: 2, times: null, fault: { kind: 'stall' } });
  const task = makeUploader({ parallel: 2 }).upload(file, { ...paying, key });
  await until(task, ({ progress }) => progress.parts.done === 2);
  await task.abort();
  await expect.poll(() => openUploads(key)).toEqual([]);
  await expectNoRefusal(key);
});

test('so does the Abort of an upload that an earlier page load left', async () => {
  const [key, checkpoint] = [newKey(), newDatabase()];
  await leave(key, checkpoint);
  const uploader = makeUploader({ checkpoint });
  for (const { id } of await uploader.unfinished()) await uploader.discard(id);
  expect(await openUploads(key)).toEqual([]);
  await expectNoRefusal(key);
});
