/** Puts the files of a folder into the buckets: `{folder}/{bucket}/{key}`. */
import { open, readdir } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';
import type { BucketStore } from './bucket-store.js';
import { invalidOption } from './emulator-error.js';
import { HashedFile } from './hashed-file.js';
import { checkKey } from './parse-request.js';

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
  return foldersIn(folder);
}

/** Without hidden ones, such as `.git`: no bucket has such a name. */
export async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries.filter((entry) => !entry.isFile() && !entry.name.startsWith('.')).map(({ name }) => name);
}

/** Files that file managers leave behind. */
const LITTER = ['.DS_Store', 'Thumbs.db', 'desktop.ini'];

/** Objects that are already there are left alone. */
export async function seedBuckets(folder: string, buckets: ReadonlyMap<string, BucketStore>, now: number): Promise<void> {
  for (const name of await bucketsOfSeed(folder)) {
    const bucket = buckets.get(name);
    if (bucket === undefined) throw invalidOption(`The seed folder ${folder} has a folder ${name}, which is none of the buckets.`);
    const files = await readdir(join(folder, name), { recursive: true, withFileTypes: true }).catch(unreadable);
    for (const file of files.filter((entry) => entry.isFile() && !LITTER.includes(entry.name))) {
      const path = join(file.parentPath, file.name);
      const key = path.slice(join(folder, name).length + 1).replaceAll(sep, '/');
      checkSeedKey(key, path);
      if (!bucket.objects.has(key)) await seedObject(bucket, key, path, now);
    }
  }
}

function checkSeedKey(key: string, path: string): void {
  // Bytes that are no UTF-8 have been read as this character.
  if (key.includes('\ufffd')) throw invalidOption(`The name of the seed file ${path} must be UTF-8.`);
  try {
    checkKey(key);
  } catch {
    throw invalidOption(`The seed file ${path} can't be an object: a key has up to 1023 bytes and doesn't begin with / or \\.`);
  }
}

function unreadable({ path, code, message }: NodeJS.ErrnoException): never {
  throw invalidOption(`The seed ${path ?? 'folder'} can't be read (${code ?? message}).`);
}

async function seedObject(bucket: BucketStore, key: string, path: string, now: number): Promise<void> {
  const incoming = bucket.incomingFile();
  const file = await HashedFile.create(incoming);
  try {
    const source = await open(path).catch(unreadable);
    for await (const chunk of source.createReadStream({ highWaterMark: 512 * 1024 })) await file.append(chunk as Buffer);
    const body = await file.end();
    const type = TYPES[extname(key).toLowerCase()] ?? 'application/octet-stream';
    bucket.putObject(key, incoming, body, { 'content-type': type, 'x-oss-storage-class': 'Standard' }, 'default', now);
  } finally {
    await file.close();
  }
}
