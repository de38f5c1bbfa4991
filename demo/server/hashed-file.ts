/** A file that is written and checksummed in one pass, in blocks, without ever holding more than a few. */
import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { Crc64 } from './crc64.js';
import { ThreadedMd5 } from './md5-thread.js';

export interface Received {
  size: number;
  /** Lower-case hex. */
  md5: string;
  crc64: string;
}

/** Large enough to be worth a system call and a message to the MD5 thread. */
const BLOCK = 512 * 1024;
/** Blocks a body may have in work: one filling, one being hashed, one being written. */
const IN_WORK = 3;
/** Blocks kept for the next body. */
const SPARE = 16;

const spare: SharedArrayBuffer[] = [];

async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  // A short write is rare but legal, e.g. when the disk is nearly full.
  for (let at = 0; at < bytes.length; ) at += (await handle.write(bytes, at, bytes.length - at)).bytesWritten;
}

export class HashedFile {
  readonly #handle: FileHandle;
  readonly #crc = new Crc64();
  #md5: ThreadedMd5 | undefined;
  #block: SharedArrayBuffer | undefined;
  #filled = 0;
  #size = 0;
  #inWork: Promise<void>[] = [];
  #lastWrite: Promise<void> = Promise.resolve();

  private constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  static async create(path: string): Promise<HashedFile> {
    return new HashedFile(await open(path, 'wx'));
  }

  async append(chunk: Uint8Array): Promise<void> {
    this.#size += chunk.length;
    for (let at = 0; at < chunk.length; ) {
      this.#block ??= spare.pop() ?? new SharedArrayBuffer(BLOCK);
      const piece = chunk.subarray(at, at + BLOCK - this.#filled);
      new Uint8Array(this.#block).set(piece, this.#filled);
      this.#filled += piece.length;
      at += piece.length;
      if (this.#filled === BLOCK) await this.#flush();
    }
  }

  /** Hands the block to disk and MD5 thread; waits only when too many are in work. */
  async #flush(): Promise<void> {
    const [block, length] = [this.#block, this.#filled];
    if (block === undefined) return;
    this.#block = undefined;
    this.#filled = 0;
    this.#md5 ??= new ThreadedMd5();
    const bytes = new Uint8Array(block, 0, length);
    const hashed = this.#md5.update(block, length);
    // One write after the other: the file position is the handle's.
    this.#lastWrite = this.#lastWrite.then(() => writeAll(this.#handle, bytes));
    const done = Promise.all([hashed, this.#lastWrite]).then(() => {
      if (spare.length < SPARE) spare.push(block);
    });
    // A failure is reported by whoever waits next; until then it must not count as unhandled.
    done.catch(() => {});
    this.#inWork.push(done);
    this.#crc.update(bytes);
    if (this.#inWork.length >= IN_WORK) await this.#inWork.shift();
  }

  async end(): Promise<Received> {
    if (this.#md5 === undefined) return this.#endSmall();
    await this.#flush();
    await Promise.all(this.#inWork);
    return { size: this.#size, md5: await this.#md5.digest(), crc64: this.#crc.digest() };
  }

  /** Less than a block: a thread would only delay it. */
  async #endSmall(): Promise<Received> {
    const bytes = new Uint8Array(this.#block ?? new SharedArrayBuffer(0), 0, this.#filled);
    await writeAll(this.#handle, bytes);
    return { size: this.#size, md5: createHash('md5').update(bytes).digest('hex'), crc64: this.#crc.update(bytes).digest() };
  }

  /** To be called in any case, also after a failure. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#inWork);
    this.#md5?.drop();
    if (this.#block !== undefined && spare.length < SPARE) spare.push(this.#block);
    this.#block = undefined;
    await this.#handle.close();
  }
}
