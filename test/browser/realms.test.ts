/** Files and signals made in another realm: here a frame, in practice pop-ups and embedded editors. */
import { expect, onTestFinished, test } from 'vitest';
import { isAbortSignal } from '../../src/core/is-abort-signal.js';
import { isBlob } from '../../src/core/is-blob.js';
import { normalizeOptions, normalizeUploadOptions } from '../../src/options/normalize.js';
import { crcOf } from '../helpers/make-file.js';
import { noise } from '../helpers/noise.js';
import { PART } from '../helpers/sizes.js';
import { failureOf, until } from '../helpers/waits.js';
import { storedObject } from './helpers/service.js';
import { makeUploader, newKey } from './helpers/uploads.js';

type Realm = typeof globalThis & Window;

function openRealm(): { realm: Realm; close(): void } {
  const frame = document.createElement('iframe');
  document.body.append(frame);
  onTestFinished(() => frame.remove());
  return { realm: frame.contentWindow as Realm, close: () => frame.remove() };
}

const config = normalizeOptions({
  region: 'cn-hangzhou',
  bucket: 'examplebucket',
  credentials: { accessKeyId: 'STS.id', accessKeySecret: 'secret' },
});

test('files and signals of another realm are recognised although `instanceof` is false', () => {
  const { realm } = openRealm();
  const file = new realm.File(['x'], 'a.txt');
  const { signal } = new realm.AbortController();
  expect([file instanceof Blob, signal instanceof AbortSignal]).toEqual([false, false]);
  expect([isBlob(file), isBlob(new realm.Blob([])), isAbortSignal(signal)]).toEqual([true, true, true]);
  expect(normalizeUploadOptions(file, { signal }, config)).toMatchObject({ path: 'a.txt' });
  for (const value of [undefined, null, 7, 'file', {}, { size: 1, slice() {} }, signal, new realm.Response()])
    expect(isBlob(value)).toBe(false);
  for (const value of [undefined, null, 7, {}, { aborted: true }, document, file]) expect(isAbortSignal(value)).toBe(false);
});

test('a signal of another realm aborts a signal joined from it and one of this realm', () => {
  const { realm } = openRealm();
  const theirs = new realm.AbortController();
  const joined = AbortSignal.any([theirs.signal, new AbortController().signal]);
  theirs.abort('stopped there');
  expect([joined.aborted, joined.reason]).toEqual([true, 'stopped there']);
});

test.each([
  ['in one request', PART, undefined],
  ['in parts', 3 * PART + 1, undefined],
  ['with Content-MD5', 2 * PART, { md5: true }],
])('a file of another realm is uploaded %s', async (_, size, integrity) => {
  const { realm } = openRealm();
  const key = newKey();
  const file = new realm.File([noise(size, 1)], 'theirs.bin', { lastModified: 5 });
  const result = await makeUploader(integrity ? { integrity } : {}).upload(file, { key }).result;
  expect(result).toMatchObject({ verified: true, size, crc64: await crcOf(file) });
  expect(await storedObject(key)).toMatchObject({ size });
});

test.each([
  ['in parts', 3 * PART],
  ['in one request', PART],
  ['empty', 0],
])('a file whose realm is gone, as after a pop-up closes, is uploaded %s', async (_, size) => {
  const { realm, close } = openRealm();
  const key = newKey();
  const bytes = noise(size, 1);
  const file = new realm.File([bytes], 'theirs.bin', { lastModified: 5 });
  close();
  const result = await makeUploader().upload(file, { key }).result;
  expect(result).toMatchObject({ verified: true, size, crc64: await crcOf(new Blob([bytes])) });
});

test('uploadAll takes files of another realm', async () => {
  const { realm } = openRealm();
  const path = newKey();
  const file = new realm.File([noise(10, 1)], path);
  const [outcome] = await makeUploader().uploadAll([file]).results;
  expect(outcome).toMatchObject({ status: 'fulfilled', value: { size: 10 } });
});

test('a signal of another realm stops an upload', async () => {
  const { realm } = openRealm();
  const theirs = new realm.AbortController();
  const task = makeUploader({ parallel: 1 }).upload(new File([noise(20 * PART, 1)], 'a.bin'), { key: newKey(), signal: theirs.signal });
  const failure = failureOf(task.result);
  await until(task, ({ progress }) => progress.confirmed > 0);
  theirs.abort();
  expect(await failure).toMatchObject({ name: 'AbortError' });
});
