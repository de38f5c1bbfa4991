/** Changes of files on disk. Node only. */
import { open, stat, utimes } from 'node:fs/promises';

/** Flips the lowest bit of one byte. */
export async function flipByte(path: string, offset: number): Promise<void> {
  const file = await open(path, 'r+');
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, offset);
  await file.write(Buffer.of(buffer[0]! ^ 1), 0, 1, offset);
  await file.close();
}

/** Makes a change, then restores the file's modification time. */
export async function keepingTime(path: string, change: () => Promise<unknown>): Promise<void> {
  const { atime, mtime } = await stat(path);
  await change();
  await utimes(path, atime, mtime);
}
