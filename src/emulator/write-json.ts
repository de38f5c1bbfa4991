/** Writes a JSON file so that it is there whole or not at all, also after a power cut. */
import { closeSync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs';

/**
 * The bytes reach the disk before the name does: a rename alone may survive without them.
 *
 * @param isLasting false for folders that end with the process anyway: then it waits for no disk
 */
export function writeJson(path: string, value: unknown, isLasting: boolean): void {
  const draft = `${path}.tmp`;
  const bytes = Buffer.from(JSON.stringify(value));
  const file = openSync(draft, 'w', 0o600);
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    if (isLasting) fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(draft, path);
}
