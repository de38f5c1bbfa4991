/** Receives request bodies: into a file, with checksums computed on the way, or into memory for small XML. */
import { createReadStream, statSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { holdStill, resetRequest } from './connection.js';
import { ClientGone } from './oss-error.js';
import { chunksOf, SilentClient } from './chunks-of.js';
import { HashedFile, type Received } from './hashed-file.js';
import type { Lane } from './link.js';
import type { ActiveFault, Fault } from './types.js';

export interface BodyConditions {
  /** Bandwidth of the link and of `x-oss-traffic-limit`, whichever is slower. */
  lanes: () => readonly Lane[];
  /** Asked at each chunk: a form says only in its fields which key it is for. */
  fault: () => ActiveFault | undefined;
  /** Milliseconds without a byte after which the client is given up. */
  silence: number;
  onBytes(count: number): void;
}

type BreakingFault = Extract<Fault, { kind: 'reset' | 'stall' }>;

/** Where the bodies of parts and objects go, and where they are read from. */
export interface BodyStore {
  /** Streams a body into a new file at this path and computes its checksums. After a failure the caller discards the file. */
  receive(chunks: AsyncIterable<Buffer>, path: string): Promise<Received>;
  /** Bytes start..end (inclusive) of the body that was received at this path. */
  read(path: string, start: number, end: number): Readable;
  /** Whether that body is all there, which after a power cut it may not be. */
  isWhole(path: string, size: number): boolean;
}

/** Keeps every byte, as the service does. */
export const storedBodies: BodyStore = {
  receive: receiveToFile,
  read: (path, start, end) => createReadStream(path, { start, end, highWaterMark: 256 * 1024 }),
  isWhole: (path, size) => statSync(path, { throwIfNoEntry: false })?.size === size,
};

/** A small body, or undefined if it is larger than the limit; the rest is then left to whoever answers. */
export async function receiveBuffer(request: IncomingMessage, limit: number, conditions: BodyConditions): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of corrupted(receive(request, conditions), conditions.fault())) {
    size += chunk.length;
    if (size > limit) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The body's chunks, at the speed of the link, with the scripted fault at its byte. */
export async function* receive(request: IncomingMessage, { lanes, fault, silence, onBytes }: BodyConditions): AsyncGenerator<Buffer> {
  const breaking = (): BreakingFault | undefined => {
    const found = fault()?.fault;
    return found?.kind === 'reset' || found?.kind === 'stall' ? found : undefined;
  };
  let seen = 0;
  try {
    const first = breaking();
    if (first !== undefined && (first.afterBytes ?? 0) === 0) await breakConnection(request, first);
    for await (const chunk of chunksOf(request, silence)) {
      const found = breaking();
      const breakAt = found === undefined ? Number.POSITIVE_INFINITY : (found.afterBytes ?? 0);
      onBytes(Math.max(0, Math.min(chunk.length, breakAt - seen)));
      seen += chunk.length;
      if (found !== undefined && seen >= breakAt) await breakConnection(request, found);
      await Promise.all(lanes().map((lane) => lane.pass(request, chunk.length)));
      yield chunk;
    }
    // Node ends a body over HTTP/2 in order also when its client has reset the stream.
    if (seen < Number(request.headers['content-length'] ?? 0)) throw new Error('The body is shorter than its Content-Length.');
  } catch (error) {
    if (error instanceof ClientGone || error instanceof SilentClient) throw error;
    throw new ClientGone('The client left before its request was complete.', { cause: error });
  }
  // The body is shorter than the fault's position: cut here, before anything is stored.
  const last = breaking();
  if (last !== undefined) await breakConnection(request, last);
}

/** The same chunks; a corrupt fault flips one bit of them. Of a form only the file passes here. */
export async function* corrupted(chunks: AsyncIterable<Buffer>, fault: ActiveFault | undefined): AsyncGenerator<Buffer> {
  let isDue = fault?.fault.kind === 'corrupt';
  for await (const chunk of chunks) {
    if (isDue && chunk.length > 0) {
      isDue = false;
      chunk[chunk.length >>> 1] = (chunk[chunk.length >>> 1] as number) ^ 1;
    }
    yield chunk;
  }
}

async function receiveToFile(chunks: AsyncIterable<Buffer>, path: string): Promise<Received> {
  const file = await HashedFile.create(path);
  try {
    for await (const chunk of chunks) await file.append(chunk);
    return await file.end();
  } finally {
    await file.close();
  }
}

/** Performs a reset or stall. Never returns normally. */
export async function breakConnection(request: IncomingMessage, fault: ActiveFault['fault']): Promise<never> {
  if (fault.kind === 'stall') await holdStill(request, fault.milliseconds);
  resetRequest(request);
  throw new ClientGone(`The connection was cut by a ${fault.kind} fault.`);
}
