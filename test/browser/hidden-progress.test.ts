/** Transports that report no progress, over real HTTP: bytes that the socket took may still be on this machine. */
import { afterEach, expect, test, vi } from 'vitest';
import { makeFile } from '../helpers/make-file.js';
import { PART } from '../helpers/sizes.js';
import { control, slow } from './helpers/service.js';
import { makeUploader, newKey } from './helpers/uploads.js';
import { acknowledgedParts, lines } from './helpers/wire.js';

afterEach(() => {
  vi.unstubAllGlobals();
});

/** As request monitors replace it: `upload` is an object without events. */
function patchXhr(): void {
  const Original = globalThis.XMLHttpRequest;
  class Patched extends Original {
    override get upload(): XMLHttpRequestUpload {
      return {} as XMLHttpRequestUpload;
    }
  }
  vi.stubGlobal('XMLHttpRequest', Patched);
}

/** Each part is answered late, as behind a gateway that accepts it at once and forwards it slowly. */
const answerLate = (key: string, milliseconds: number) => slow(key, 'UploadPart', milliseconds);

test('with a patched XMLHttpRequest, parts that take five times stallTimeout are sent once each', async () => {
  const key = newKey();
  await answerLate(key, 1_500);
  patchXhr();
  const result = await makeUploader({ parallel: 3, stallTimeout: 300 }).upload(makeFile(6 * PART), { key }).result;
  expect(result.verified).toBe(true);
  expect((await lines(key)).filter((line) => line.startsWith('UploadPart'))).toHaveLength(6);
});

test('parts that the network accepts whole and answers late are sent once each', async () => {
  const key = newKey();
  await answerLate(key, 1_500);
  const result = await makeUploader({ parallel: 3, stallTimeout: 300 }).upload(makeFile(6 * PART), { key }).result;
  expect(result.verified).toBe(true);
  expect((await lines(key)).filter((line) => line.startsWith('UploadPart'))).toHaveLength(6);
});

test('with the application’s own fetch, which reports no progress, parts that are answered late are sent once each', async () => {
  const key = newKey();
  await answerLate(key, 1_000);
  const own = (url: RequestInfo | URL, init?: RequestInit): Promise<Response> => fetch(url, init);
  const result = await makeUploader({ parallel: 3, stallTimeout: 300, fetch: own as typeof fetch }).upload(makeFile(4 * PART), { key })
    .result;
  expect(result.verified).toBe(true);
  expect((await acknowledgedParts(key)).sort()).toEqual([1, 2, 3, 4]);
  expect((await lines(key)).filter((line) => line.startsWith('UploadPart'))).toHaveLength(4);
});

test('a call of the application’s own fetch that never returns is a stall: the part is sent again', async () => {
  const key = newKey();
  let isDeaf = true;
  const own = (url: string, init?: RequestInit): Promise<Response> => {
    if (!(isDeaf && url.includes('partNumber=2'))) return fetch(url, init);
    isDeaf = false;
    return new Promise(() => {});
  };
  const result = await makeUploader({ parallel: 2, stallTimeout: 300, fetch: own as typeof fetch }).upload(makeFile(3 * PART), { key })
    .result;
  expect(result.verified).toBe(true);
});

test('twelve parts at a time over six connections are no stall: parts in the browser’s queue are not timed', async () => {
  const key = newKey();
  await answerLate(key, 700);
  const result = await makeUploader({ parallel: 12, stallTimeout: 1_000 }).upload(makeFile(24 * PART), { key }).result;
  expect(result.verified).toBe(true);
  expect((await lines(key)).filter((line) => line.startsWith('UploadPart'))).toHaveLength(24);
});

test('parts that a proxy refuses without CORS headers end the upload with a resumable error that mentions proxies', async () => {
  const key = newKey();
  // What the page sees: the connection fails, while everything else is answered.
  const refusal = await control.addFault({ key, operation: 'UploadPart', times: null, fault: { kind: 'reset' } });
  const task = makeUploader({ parallel: 2 }).upload(makeFile(4 * PART), { key });
  const error: any = await task.result.catch((reason: unknown) => reason);
  expect(error).toMatchObject({ name: 'CorsError', code: 'AnswerBlocked', resumable: true });
  expect(error.message).toMatch(/proxy.*firewall/s);
  // Chromium repeats a reset request by itself.
  expect((await lines(key)).filter((line) => line.startsWith('UploadPart')).length).toBeLessThan(40);
  await control.removeFault(refusal.id);
  task.resume();
  expect((await task.result).verified).toBe(true);
});
