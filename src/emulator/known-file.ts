/**
 * Bodies without their bytes, for benchmarks: the server neither hashes nor writes what arrives, and still gives the same
 * answers.
 *
 * This works for ranges of one known file, in which every block of 4 KiB consists of its own number and the same noise.
 * A body therefore says where it begins. It is compared with the known file byte by byte, which is one memcmp and many
 * times cheaper than MD5 and CRC-64. The digests of a range are computed when it is seen for the first time, and cached.
 * Only a body's position in the known file is kept: it is read back from there. Any other body is refused.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { BodyStore } from './receive-body.js';
import { Crc64 } from './crc64.js';
import { invalidArgument, type OssError } from './oss-error.js';
import type { Received } from './hashed-file.js';

export const BLOCK = 4096;
/** Bytes compared at a time: about as many as a socket delivers at once. */
const WINDOW = 16 * BLOCK;
/** Each block begins with its number. */
const NUMBER_BYTES = 8;

const refusal = (byte: number): OssError =>
  invalidArgument('Only stretches of the known file, from the beginning of a block on, are taken here.', 'byte', String(byte));

export class KnownFile {
  readonly #window: Buffer;
  /** The number of the window's first block. */
  #first = -1;
  readonly #digests = new Map<string, Received>();

  constructor() {
    // A chain of hashes: not compressible, and the same on every machine.
    const noise = Buffer.concat(Array.from({ length: BLOCK / 32 }, (_, n) => createHash('sha256').update(`known file ${n}`).digest()));
    this.#window = Buffer.concat(new Array(WINDOW / BLOCK).fill(noise));
  }

  /** The bytes from block `first` on. Valid until the next call. */
  #from(first: number): Buffer {
    if (this.#first !== first) {
      this.#first = first;
      for (let at = 0; at < WINDOW; at += BLOCK) this.#window.writeBigUInt64LE(BigInt(first + at / BLOCK), at);
    }
    return this.#window;
  }

  /** `size` bytes from the beginning of block `first`, in pieces that are valid until the next one is requested. */
  *pieces(first: number, size: number): Generator<Buffer> {
    for (let at = 0; at < size; at += WINDOW) yield this.#from(first + at / BLOCK).subarray(0, Math.min(WINDOW, size - at));
  }

  /** Compares a body with the known file, chunk after chunk. */
  comparison(): Comparison {
    return new Comparison((first) => this.#from(first));
  }

  /** The digests that the service reports for these bytes. The first call takes as long as hashing them. */
  digest(first: number, size: number): Received {
    const range = `${first} ${size}`;
    let digests = this.#digests.get(range);
    if (digests === undefined) {
      const md5 = createHash('md5');
      const crc = new Crc64();
      for (const piece of this.pieces(first, size)) {
        md5.update(piece);
        crc.update(piece);
      }
      digests = { size, md5: md5.digest('hex'), crc64: crc.digest() };
      this.#digests.set(range, digests);
    }
    return digests;
  }

  /** Computes the digests of the parts of the known file's first `size` bytes in advance. */
  learn(size: number, partSize: number): void {
    for (let at = 0; at < size; at += partSize) this.digest(at / BLOCK, Math.min(partSize, size - at));
  }

  /** Writes a range to the disk, to be uploaded. */
  async write(path: string, size: number, first = 0): Promise<void> {
    const file = await open(path, 'w');
    try {
      // A copy: bodies that are compared meanwhile change the window.
      for (const piece of this.pieces(first, size)) await file.write(Buffer.from(piece));
    } finally {
      await file.close();
    }
  }
}

/** One body while it arrives. */
export class Comparison {
  /** The number of the body's first block; known once its first bytes have arrived. */
  first: number | undefined;
  size = 0;
  readonly #from: (first: number) => Buffer;
  #head = Buffer.alloc(0);

  constructor(from: (first: number) => Buffer) {
    this.#from = from;
  }

  /** @throws {OssError} at the first byte that differs from the known file */
  append(chunk: Buffer): void {
    if (this.first === undefined) {
      this.#head = Buffer.concat([this.#head, chunk]);
      if (this.#head.length < NUMBER_BYTES) return;
      const first = Number(this.#head.readBigUInt64LE(0));
      if (!Number.isSafeInteger(first)) throw refusal(0);
      this.first = first;
      chunk = this.#head;
    }
    for (let at = 0; at < chunk.length; ) {
      const within = this.size % WINDOW;
      const length = Math.min(chunk.length - at, WINDOW - within);
      const expected = this.#from(this.first + (this.size - within) / BLOCK);
      if (chunk.compare(expected, within, within + length, at, at + length) !== 0) throw refusal(this.size);
      at += length;
      this.size += length;
    }
  }

  /** @throws {OssError} if the body was too short to say where it belongs */
  end(): { first: number; size: number } {
    if (this.first === undefined && this.#head.length > 0) throw refusal(0);
    return { first: this.first ?? 0, size: this.size };
  }
}

/** Accepts only bodies of the known file, and keeps only the position at which each begins. */
export function knownFileBodies(known: KnownFile): BodyStore {
  return {
    async receive(chunks, path) {
      const comparison = known.comparison();
      for await (const chunk of chunks) comparison.append(chunk);
      const { first, size } = comparison.end();
      writeFileSync(path, String(first), { flag: 'wx' });
      return known.digest(first, size);
    },
    isWhole: existsSync,
    read(path, start, end) {
      const first = Number(readFileSync(path, 'utf8')) + Math.floor(start / BLOCK);
      const skipped = start % BLOCK;
      const copies = function* () {
        let at = 0;
        for (const piece of known.pieces(first, skipped + end - start + 1)) {
          yield Buffer.from(piece.subarray(at === 0 ? skipped : 0));
          at += piece.length;
        }
      };
      return Readable.from(copies());
    },
  };
}
