/** A process that takes parts: the emulator, or a bare server that reads, hashes and writes them in the same way and does nothing else. */
import { mkdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { HashedFile } from '../../src/emulator/hashed-file.js';
import { startEmulator } from '../../src/emulator/index.js';
import { answerParent } from './processes.js';

export interface PartTarget {
  port: number;
  region: string;
  accessKeyId: string;
  accessKeySecret: string;
}

/** Removes what has been received. */
let empty: () => Promise<void> = async () => {};

async function emulator(data: string): Promise<PartTarget> {
  const { port, region, accessKeyId, accessKeySecret, control } = await startEmulator({ data });
  empty = () => control.reset({ data: true });
  return { port, region, accessKeyId, accessKeySecret };
}

async function sink(folder: string): Promise<PartTarget> {
  let count = 0;
  mkdirSync(folder, { recursive: true });
  empty = async () => {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
  };
  const server = createServer({ requestTimeout: 0 }, async (request, response) => {
    const file = await HashedFile.create(join(folder, String(++count)));
    for await (const chunk of request as AsyncIterable<Buffer>) await file.append(chunk);
    const { md5, crc64 } = await file.end();
    await file.close();
    response.writeHead(200, { ETag: `"${md5.toUpperCase()}"`, 'x-oss-hash-crc64ecma': crc64 }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, region: '', accessKeyId: '', accessKeySecret: '' };
}

const handlers = {
  start: (kind: 'emulator' | 'sink', folder: string): Promise<PartTarget> => (kind === 'emulator' ? emulator(folder) : sink(folder)),
  empty: () => empty(),
};

export type PartTargetHandlers = typeof handlers;

answerParent(handlers);
