/** Receives request bodies: to a file with checksums on the way, or to memory for the small XML. */
import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { Crc64 } from './crc64.js';
import { ClientGone } from './errors.js';
import type { Lane } from './link.js';
import type { ActiveFault } from './types.js';

export interface Received {
  size: number;
  /** Lower-case hex. */
  md5: string;
  crc64: string;
}

export interface BodyConditions {
  /** Bandwidth of the link and of `x-oss-traffic-limit`, whichever is slower. */
  lanes: readonly Lane[];
  fault: ActiveFault | undefined;
  onBytes(count: number): void;
}

/** Enough for one write call to be worth its system call; two of these are alive per request. */
const BATCH = 512 * 1024;

class BatchedFile {
  readonly #handle: FileHandle;
  #batch: Uint8Array[] = [];
  #bytes = 0;
  #writing: Promise<unknown> = Promise.resolve();

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#batch.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes >= BATCH) await this.#flush();
  }

  /** Waits for the batch before, not for this one: reading goes on while the disk works. */
  async #flush(): Promise<void> {
    const batch = this.#batch;
    this.#batch = [];
    this.#bytes = 0;
    await this.#writing;
    this.#writing = writeAll(this.#handle, batch);
    // A failure is reported by the next await; until then it must not count as unhandled.
    this.#writing.catch(() => {});
  }

  async end(): Promise<void> {
    if (this.#bytes > 0) await this.#flush();
    await this.#writing;
  }

  async close(): Promise<void> {
    await this.#writing.catch(() => {});
    await this.#handle.close();
  }
}

async function writeAll(handle: FileHandle, batch: Uint8Array[]): Promise<void> {
  let rest = batch;
  while (rest.length > 0) {
    let { bytesWritten } = await handle.writev(rest);
    // A short write is rare but legal, e.g. when the disk is nearly full.
    while (rest[0] !== undefined && bytesWritten >= rest[0].length) {
      bytesWritten -= rest[0].length;
      rest = rest.slice(1);
    }
    if (rest[0] !== undefined && bytesWritten > 0) rest = [rest[0].subarray(bytesWritten), ...rest.slice(1)];
  }
}

function untilClosed(socket: Socket, milliseconds: number | undefined): Promise<void> {
  return new Promise((resolve) => {
    // A paused socket doesn't notice that the client left; an interim response makes it find out.
    const probe = setInterval(() => socket.write('HTTP/1.1 100 Continue\r\n\r\n'), 1000);
    const timer = milliseconds === undefined ? undefined : setTimeout(done, milliseconds);
    socket.once('close', done);
    if (socket.destroyed) done();
    function done(): void {
      clearInterval(probe);
      clearTimeout(timer);
      socket.off('close', done);
      resolve();
    }
  });
}

function pause(socket: Socket, milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, milliseconds);
    socket.once('close', done);
    function done(): void {
      clearTimeout(timer);
      socket.off('close', done);
      resolve();
    }
  });
}

/** Acts out a reset or stall. Never returns normally. */
export async function breakConnection(socket: Socket, fault: ActiveFault['fault']): Promise<never> {
  if (fault.kind === 'stall') {
    socket.pause();
    await untilClosed(socket, fault.milliseconds);
  }
  // RST, not FIN: the client must see a broken connection, never a short answer.
  socket.resetAndDestroy();
  throw new ClientGone(`The connection was cut by a ${fault.kind} fault.`);
}

/** The body's chunks, at the speed of the link, with the scripted misfortune at its byte. */
export async function* receive(request: IncomingMessage, { lanes, fault, onBytes }: BodyConditions): AsyncGenerator<Uint8Array> {
  const { socket } = request;
  const breaking = fault?.fault.kind === 'reset' || fault?.fault.kind === 'stall' ? fault.fault : undefined;
  const breakAt = breaking === undefined ? Number.POSITIVE_INFINITY : (breaking.afterBytes ?? 0);
  let corrupt = fault?.fault.kind === 'corrupt';
  let seen = 0;
  try {
    if (breaking !== undefined && breakAt === 0) await breakConnection(socket, breaking);
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      onBytes(Math.min(chunk.length, breakAt - seen));
      seen += chunk.length;
      if (breaking !== undefined && seen >= breakAt) await breakConnection(socket, breaking);
      const wait = Math.max(0, ...lanes.map((lane) => lane.reserve(chunk.length)));
      if (wait > 1) await pause(socket, wait);
      if (corrupt && chunk.length > 0) {
        corrupt = false;
        chunk[chunk.length >>> 1] = (chunk[chunk.length >>> 1] as number) ^ 1;
      }
      yield chunk;
    }
  } catch (error) {
    if (error instanceof ClientGone) throw error;
    throw new ClientGone('The client left before its request was complete.', { cause: error });
  }
  // The client announced fewer bytes than the fault waits for; cut here, before anything is stored.
  if (breaking !== undefined) await breakConnection(socket, breaking);
}

/** Streams the body into a new file. On any failure the file is left to the caller to discard. */
export async function receiveToFile(request: IncomingMessage, path: string, conditions: BodyConditions): Promise<Received> {
  const file = new BatchedFile(await open(path, 'wx'));
  try {
    const md5 = createHash('md5');
    const crc = new Crc64();
    let size = 0;
    for await (const chunk of receive(request, conditions)) {
      md5.update(chunk);
      crc.update(chunk);
      size += chunk.length;
      await file.write(chunk);
    }
    await file.end();
    return { size, md5: md5.digest('hex'), crc64: crc.digest() };
  } finally {
    await file.close();
  }
}

/** A small body. More than the limit is read and thrown away, and the result is undefined. */
export async function receiveBuffer(request: IncomingMessage, limit: number, conditions: BodyConditions): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of receive(request, conditions)) {
    size += chunk.length;
    if (size <= limit) chunks.push(chunk);
  }
  return size <= limit ? Buffer.concat(chunks) : undefined;
}
