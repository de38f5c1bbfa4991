/** The folder of an emulator that keeps nothing: it is removed at the end, or by the next start if the process was killed. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAbandoned } from './folder-lock.js';

const PREFIX = 'oss-resumable-emulator-';

export async function makeTemporaryFolder(): Promise<string> {
  await removeAbandoned();
  return mkdtemp(join(tmpdir(), PREFIX));
}

async function removeAbandoned(): Promise<void> {
  const names = await readdir(tmpdir()).catch(() => []);
  for (const name of names) {
    const folder = join(tmpdir(), name);
    try {
      if (name.startsWith(PREFIX) && isAbandoned(folder)) await rm(folder, { recursive: true, force: true });
    } catch {
      // Another user's, or another process removes it at this moment.
    }
  }
}
