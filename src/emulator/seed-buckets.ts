/** Puts the files of a folder into the buckets: `{folder}/{bucket}/{key}`. */
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';
import type { BucketStore } from './bucket-store.js';
import { invalidOption } from './emulator-error.js';
import { HashedFile } from './hashed-file.js';

const TYPES: Record<string, string> = {
  '.css': 'text/css',
  '.csv': 'text/csv',
  '.gif': 'image/gif',
  '.html': 'text/html',
  '.jpeg': 'image/jpeg',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.mp4': 'video/mp4',
  '.pdf': 'application/pdf',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain',
  '.webp': 'image/webp',
  '.xml': 'application/xml',
  '.zip': 'application/zip',
};

/** The names of the folders in a seed folder: each is a bucket. @throws {EmulatorError} if it can't be read or holds files outside of them */
export async function bucketsOfSeed(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    throw invalidOption(`The seed folder ${folder} can't be read (${error.code}).`);
  });
  const stray = entries.find((entry) => !entry.isDirectory() && !entry.name.startsWith('.'));
  if (stray !== undefined) {
    throw invalidOption(`The seed folder ${folder} must hold one folder a bucket, with the objects in it; ${stray.name} is in none.`);
  }
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}

/** Objects that are already there are left alone. */
export async function seedBuckets(folder: string, buckets: ReadonlyMap<string, BucketStore>, now: number): Promise<void> {
  for (const name of await bucketsOfSeed(folder)) {
    const bucket = buckets.get(name);
    if (bucket === undefined) throw invalidOption(`The seed folder ${folder} has a folder ${name}, which is none of the buckets.`);
    const files = await readdir(join(folder, name), { recursive: true, withFileTypes: true });
    for (const file of files.filter((entry) => entry.isFile())) {
      const path = join(file.parentPath, file.name);
      const key = path.slice(join(folder, name).length + 1).replaceAll(sep, '/');
      if (!bucket.objects.has(key)) await seedObject(bucket, key, path, now);
    }
  }
}

async function seedObject(bucket: BucketStore, key: string, path: string, now: number): Promise<void> {
  const incoming = bucket.incomingFile();
  const file = await HashedFile.create(incoming);
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 512 * 1024 })) await file.append(chunk as Buffer);
    const body = await file.end();
    const type = TYPES[extname(key).toLowerCase()] ?? 'application/octet-stream';
    bucket.putObject(key, incoming, body, { 'content-type': type, 'x-oss-storage-class': 'Standard' }, 'default', now);
  } finally {
    await file.close();
  }
}
