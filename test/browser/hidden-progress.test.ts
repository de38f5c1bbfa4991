/** Transports that show no progress, over real HTTP: what the socket took has not left. */
import { afterEach, expect, test, vi } from 'vitest';
import { makeFile } from '../helpers/make-file.js';
import { PART } from '../helpers/sizes.js';
import { acknowledgedParts, control, lines, makeUploader, newKey } from './helpers/wire.js';

afterEach(() => {
  vi.unstubAllGlobals();
});

/** As tools that watch requests replace it: `upload` is an object without events. */
function patchXhr(): void {
  const Original = globalThis.XMLHttpRequest;
  class Patched extends Original {
    override get upload(): XMLHttpRequestUpload {
      return {} as XMLHttpRequestUpload;
    }
  }
  vi.stubGlobal('XMLHttpRequest', Patched);
}

/** Each part is answered so late, as by a gateway that takes it at once and sends it on slowly. */
const answerLate = (key: string, milliseconds: number) =>
  control.addFault({ key, operation: 'UploadPart', times: null, fault: { kind: 'delay', milliseconds } });

test('with a patched XMLHttpRequest, parts that take five times stallTimeout are sent once each', async () => {
  const key = newKey();
  await answerLate(key, 1_500);
  patchXhr();
  const result = await makeUploader({ parallel: 3, stallTimeout: 300 }).upload(makeFile(6 * PART), { key }).result;
  expect(result.verified).toBe(true);
  expect((await lines(key)).filter((line) => line.startsWith('UploadPart'))).toHaveLength(6);
});

test('parts that the network has taken whole, and that are answered late, are sent once each', async () => {
  const key = newKey();
  await answerLate(key, 1_500);
  const result = await makeUploader({ parallel: 3, stallTimeout: 300 }).upload(makeFile(6 * PART), { key }).result;
  expect(result.verified).toBe(true);
  expect((await lines(key)).filter((line) => line.startsWith('UploadPart'))).toHaveLength(6);
});

test('with the page’s own fetch, which shows nothing either, too', async () => {
  const key = newKey();
  await answerLate(key, 1_000);
  const own = (url: RequestInfo | URL, init?: RequestInit): Promise<Response> => fetch(url, init);
  const result = await makeUploader({ parallel: 3, stallTimeout: 300, fetch: own as typeof fetch }).upload(makeFile(4 * PART), { key })
    .result;
  expect(result.verified).toBe(true);
  expect((await acknowledgedParts(key)).sort()).toEqual([1, 2, 3, 4]);
  expect((await lines(key)).filter((line) => line.startsWith('UploadPart'))).toHaveLength(4);
});

test('a page’s own fetch that never comes back is a stall: the part is sent again', async () => {
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

test('twelve parts at a time over six connections are no stall: those in the browser’s queue wait for their turn', async () => {
  const key = newKey();
  await answerLate(key, 700);
  const result = await makeUploader({ parallel: 12, stallTimeout: 1_000 }).upload(makeFile(24 * PART), { key }).result;
  expect(result.verified).toBe(true);
  expect((await lines(key)).filter((line) => line.startsWith('UploadPart'))).toHaveLength(24);
});

test('parts that a proxy refuses without CORS headers end the upload with a word about proxies, resumably', async () => {
  const key = newKey();
  // As seen by the page: the connection fails, while everything else is answered.
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
