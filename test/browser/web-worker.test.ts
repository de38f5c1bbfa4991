/** The whole library inside a module worker, without document, window and DOMParser. */
import { expect, onTestFinished, test } from 'vitest';
import { crcOf, makeFile } from '../helpers/make-file.js';
import { PART } from '../helpers/sizes.js';
import { ossUrl, storedObject } from './helpers/service.js';
import { newKey } from './helpers/uploads.js';
import { lines } from './helpers/wire.js';
import type { WorkerReply, WorkerRequest } from './helpers/upload-in-worker.js';

/** Opens a worker. `next` resolves with its next reply of a type, and rejects when the worker reports a failure. */
function openWorker(): {
  ask(request: WorkerRequest): void;
  next(type: string, check?: (reply: WorkerReply) => boolean): Promise<WorkerReply>;
} {
  const worker = new Worker(new URL('./helpers/upload-in-worker.ts', import.meta.url), { type: 'module' });
  onTestFinished(() => worker.terminate());
  return {
    ask: (request) => worker.postMessage(request),
    next: (type, check = () => true) =>
      new Promise((resolve, reject) => {
        worker.addEventListener('error', (event) => reject(new Error(event.message)));
        worker.addEventListener('message', ({ data }: MessageEvent<WorkerReply>) => {
          if (data.type === 'failed') reject(new Error(String(data.message)));
          if (data.type === type && check(data)) resolve(data);
        });
      }),
  };
}

test.each([
  ['in one request', PART, 'auto' as const, ['PostObject → 200']],
  [
    'in parts',
    2 * PART + 1,
    PART,
    ['InitiateMultipartUpload → 200', 'UploadPart 1 → 200', 'UploadPart 2 → 200', 'UploadPart 3 → 200', 'CompleteMultipartUpload → 200'],
  ],
])('uploads a file %s inside a web worker', async (_, size, partSize, wire) => {
  const key = newKey();
  const file = makeFile(size);
  const { ask, next } = openWorker();
  await next('ready');
  ask({ type: 'upload', ossUrl, file, key, partSize, database: `worker-${key}` });
  expect(await next('done')).toMatchObject({ key, verified: true, size, crc64: await crcOf(file) });
  expect(await storedObject(key)).toMatchObject({ size });
  expect(await lines(key)).toEqual(wire);
});

test('pauses, resumes and leaves nothing unfinished inside a web worker', async () => {
  const key = newKey();
  const file = makeFile(12 * PART);
  const { ask, next } = openWorker();
  await next('ready');
  const moving = next('state', ({ confirmed }) => (confirmed as number) >= PART);
  ask({ type: 'upload', ossUrl, file, key, partSize: PART, database: `worker-${key}` });
  await moving;
  const paused = next('paused');
  ask({ type: 'pause' });
  await paused;
  const done = next('done');
  ask({ type: 'resume' });
  expect(await done).toMatchObject({ key, verified: true, crc64: await crcOf(file) });
  const unfinished = next('unfinished');
  ask({ type: 'unfinished' });
  expect(await unfinished).toMatchObject({ count: 0 });
  expect((await lines(key)).filter((line) => line.startsWith('Initiate') || line.startsWith('Complete'))).toEqual([
    'InitiateMultipartUpload → 200',
    'CompleteMultipartUpload → 200',
  ]);
});
