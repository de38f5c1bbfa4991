/** MB/s of CRC-64 in a worker: the arithmetic alone, and with reading the selected file. */
import { createClock } from '../../../../src/browser/clock.js';
import { createNetwork } from '../../../../src/browser/network.js';
import { createHasher } from '../../../../src/hash/hasher.js';

const PART = 8 * 1024 * 1024;

export async function probe(rounds: number): Promise<{ alone: number; reading: number }> {
  const file = document.querySelector<HTMLInputElement>('#files')!.files![0]!;
  const hasher = createHasher(createClock(), createNetwork());
  // Starts the worker.
  await hasher.digest(file.slice(0, 1), { crc64: true, md5: false });
  const start = performance.now();
  for (let at = 0; at < file.size; at += PART) await hasher.digest(file.slice(at, at + PART), { crc64: true, md5: false });
  const reading = file.size / (performance.now() - start) / 1000;
  hasher.dispose();
  return { alone: await alone(rounds), reading };
}

function alone(rounds: number): Promise<number> {
  const worker = new Worker(new URL('../crc64-worker.ts', import.meta.url), { type: 'module' });
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => {
      worker.terminate();
      resolve(data);
    };
    worker.onerror = () => reject(new Error('The worker failed.'));
    worker.postMessage(rounds);
  });
}
