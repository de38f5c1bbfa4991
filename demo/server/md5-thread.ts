/**
 * MD5 beside the main thread. It is the dearest thing an upload costs the server, and with CRC-64 on
 * the main thread and MD5 on this one a part passes twice as fast.
 */
import { Worker } from 'node:worker_threads';

/** As text, since Node can't load TypeScript into a worker and a bundler would have to find the file. */
const SOURCE = `
const { parentPort } = require('node:worker_threads');
const { createHash } = require('node:crypto');
const open = new Map();
parentPort.on('message', ({ job, stream, buffer, length, end }) => {
  if (buffer !== undefined) {
    if (!open.has(stream)) open.set(stream, createHash('md5'));
    open.get(stream).update(new Uint8Array(buffer, 0, length));
  }
  const md5 = end === 'digest' ? open.get(stream).digest('hex') : undefined;
  if (end !== undefined) open.delete(stream);
  parentPort.postMessage({ job, md5 });
});
`;

interface Message {
  stream: number;
  buffer?: SharedArrayBuffer;
  length?: number;
  end?: 'digest' | 'drop';
}

type Waiting = { resolve: (md5: string | undefined) => void; reject: (reason: unknown) => void };

let worker: Worker | undefined;
let jobs = 0;
let streams = 0;
const waiting = new Map<number, Waiting>();

function thread(): Worker {
  if (worker !== undefined) return worker;
  const started = new Worker(SOURCE, { eval: true });
  // Nobody's process should stay alive for it.
  started.unref();
  started.on('message', ({ job, md5 }: { job: number; md5: string | undefined }) => {
    waiting.get(job)?.resolve(md5);
    waiting.delete(job);
  });
  const fail = (reason: unknown): void => {
    if (worker === started) worker = undefined;
    for (const { reject } of waiting.values()) reject(reason);
    waiting.clear();
  };
  started.on('error', fail);
  started.on('exit', (code) => fail(new Error(`The MD5 thread ended with code ${code}.`)));
  worker = started;
  return started;
}

function ask(message: Message): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const job = ++jobs;
    waiting.set(job, { resolve, reject });
    thread().postMessage({ job, ...message });
  });
}

/** One running MD5 on the thread. */
export class ThreadedMd5 {
  readonly #stream = ++streams;

  /** Resolves when the buffer may be used again. */
  async update(buffer: SharedArrayBuffer, length: number): Promise<void> {
    await ask({ stream: this.#stream, buffer, length });
  }

  async digest(): Promise<string> {
    return (await ask({ stream: this.#stream, end: 'digest' })) ?? '';
  }

  drop(): void {
    ask({ stream: this.#stream, end: 'drop' }).catch(() => {});
  }
}
