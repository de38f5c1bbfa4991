/** A file that is written and checksummed in one pass, in blocks, with only a few of them in memory. */
import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { Crc64 } from './crc64.js';
import { ThreadedFile } from './threaded-file.js';

export interface Received {
  size: number;
  /** Lower-case hex. */
  md5: string;
  crc64: string;
}

/** Bytes: large enough to be worth a message to the thread and a system call. */
const BLOCK = 512 * 1024;
/** Blocks of one body that may be on the thread while the next one is filled. */
const ON_THREAD = 2;
/** Blocks kept for the next body. */
const SPARE = 16;

const spare: ArrayBuffer[] = [];

export class HashedFile {
  readonly #handle: FileHandle;
  readonly #crc = new Crc64();
  #thread: ThreadedFile | undefined;
  #block: ArrayBuffer | undefined;
  #bytes: Uint8Array = new Uint8Array(0);
  #filled = 0;
  #size = 0;
  #pending: Promise<void>[] = [];

  private constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  static async create(path: string): Promise<HashedFile> {
    return new HashedFile(await open(path, 'wx'));
  }

  async append(chunk: Uint8Array): Promise<void> {
    this.#size += chunk.length;
    this.#crc.update(chunk);
    for (let at = 0; at < chunk.length; ) {
      if (this.#block === undefined) {
        this.#block = spare.pop() ?? new ArrayBuffer(BLOCK);
        this.#bytes = new Uint8Array(this.#block);
      }
      const piece = chunk.subarray(at, at + BLOCK - this.#filled);
      this.#bytes.set(piece, this.#filled);
      this.#filled += piece.length;
      at += piece.length;
      if (this.#filled === BLOCK) await this.#flush();
    }
  }

  /** Hands the block to the thread; waits only if the thread is behind. */
  async #flush(): Promise<void> {
    if (this.#block === undefined) return;
    this.#thread ??= new ThreadedFile(this.#handle.fd);
    const done = this.#thread.append(this.#block, this.#filled).then(keep);
    this.#block = undefined;
    this.#filled = 0;
    // A failure is reported to whoever waits next; until then it must not count as unhandled.
    done.catch(() => {});
    this.#pending.push(done);
    if (this.#pending.length > ON_THREAD) await this.#pending.shift();
  }

  async end(): Promise<Received> {
    if (this.#thread === undefined) return this.#endSmall();
    await this.#flush();
    await Promise.all(this.#pending);
    return { size: this.#size, md5: await this.#thread.md5(), crc64: this.#crc.digest() };
  }

  /** Less than a block: a thread would only delay it. */
  async #endSmall(): Promise<Received> {
    const bytes = this.#bytes.subarray(0, this.#filled);
    for (let at = 0; at < bytes.length; ) at += (await this.#handle.write(bytes, at, bytes.length - at)).bytesWritten;
    return { size: this.#size, md5: createHash('md5').update(bytes).digest('hex'), crc64: this.#crc.digest() };
  }

  /** Must be called in any case, also after a failure. */
  async close(): Promise<void> {
    // The thread may still write to the descriptor; once it is closed, its number could belong to another file.
    await Promise.allSettled(this.#pending);
    this.#thread?.drop();
    keep(this.#block);
    this.#block = undefined;
    await this.#handle.close();
  }
}

function keep(block: ArrayBuffer | undefined): void {
  if (block !== undefined && spare.length < SPARE) spare.push(block);
}
