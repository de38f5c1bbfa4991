/**
 * Computes MD5 and writes files on a thread of its own. MD5 is the most expensive step of an upload on the
 * server; with CRC-64 on the main thread and MD5 on this one, a part takes nearly half the time. Blocks are
 * transferred to the thread and back, so that nothing is copied.
 */
import { Worker } from 'node:worker_threads';

/** One file that is written and hashed on the thread, block by block. */
export class ThreadedFile {
  readonly #stream = ++streams;
  readonly #fd: number;

  constructor(fd: number) {
    this.#fd = fd;
  }

  /** Transfers the block to the thread, and returns it (as another object) when it has been written. */
  async append(block: ArrayBuffer, length: number): Promise<ArrayBuffer> {
    const reply = await ask({ stream: this.#stream, fd: this.#fd, block, length });
    return reply.block as ArrayBuffer;
  }

  async md5(): Promise<string> {
    return (await ask({ stream: this.#stream, end: 'digest' })).md5 ?? '';
  }

  drop(): void {
    ask({ stream: this.#stream, end: 'drop' }).catch(() => {});
  }
}

interface Request {
  stream: number;
  fd?: number;
  block?: ArrayBuffer;
  length?: number;
  end?: 'digest' | 'drop';
}

interface Reply {
  job: number;
  block?: ArrayBuffer;
  md5?: string;
  /** A message between threads carries an error's text, but not its code. */
  error?: { message: string; code?: string };
}

interface Waiting {
  resolve: (reply: Reply) => void;
  reject: (reason: unknown) => void;
}

let worker: Worker | undefined;
let jobs = 0;
let streams = 0;
const waiting = new Map<number, Waiting>();

function ask(request: Request): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const job = ++jobs;
    waiting.set(job, { resolve, reject });
    thread().postMessage({ job, ...request }, request.block === undefined ? [] : [request.block]);
  });
}

function thread(): Worker {
  if (worker !== undefined) return worker;
  const started = new Worker(SOURCE, { eval: true });
  started.on('message', (reply: Reply) => {
    const asked = waiting.get(reply.job);
    waiting.delete(reply.job);
    if (reply.error === undefined) asked?.resolve(reply);
    else asked?.reject(Object.assign(new Error(reply.error.message), { code: reply.error.code }));
  });
  const fail = (reason: unknown): void => {
    if (worker === started) worker = undefined;
    for (const { reject } of waiting.values()) reject(reason);
    waiting.clear();
  };
  started.on('error', fail);
  started.on('exit', (code) => fail(new Error(`The MD5 thread ended with code ${code}.`)));
  // It must not keep the process alive. Called after `on('message')`, which would reference the worker again.
  started.unref();
  worker = started;
  return started;
}

/** As text: Node can't load TypeScript into a worker, and a bundler would have to find the file. */
const SOURCE = `
const { parentPort } = require('node:worker_threads');
const { createHash } = require('node:crypto');
const { writeSync } = require('node:fs');
const open = new Map();
parentPort.on('message', ({ job, stream, fd, block, length, end }) => {
  const reply = { job };
  try {
    if (block !== undefined) {
      if (!open.has(stream)) open.set(stream, createHash('md5'));
      const bytes = new Uint8Array(block, 0, length);
      open.get(stream).update(bytes);
      for (let at = 0; at < length; ) at += writeSync(fd, bytes, at, length - at);
    }
    if (end === 'digest') reply.md5 = open.get(stream).digest('hex');
    if (end !== undefined) open.delete(stream);
  } catch (error) {
    reply.error = { message: String(error && error.message), code: error && error.code };
  }
  parentPort.postMessage({ ...reply, block }, block === undefined ? [] : [block]);
});
`;
