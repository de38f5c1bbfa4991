import type { UnfinishedUpload } from '../options/types.js';
import type { Checkpoint } from '../ports.js';
import type { Checkpoints } from './checkpoints.js';
import { lockName } from './lock.js';
import { readParts, readUnfinished } from './read.js';

/**
 * The uploads that earlier page loads left unfinished, newest first.
 * @param isTaken whether a task of this page works on an upload, and so shows it
 */
export async function listUnfinished(checkpoints: Checkpoints, isTaken: (id: string) => boolean): Promise<UnfinishedUpload[]> {
  const { store, place } = checkpoints;
  const records = readUnfinished(await store.list(), place).filter(({ id }) => !isTaken(id));
  return Promise.all(records.map((record) => describe(checkpoints, record)));
}

async function describe({ store, locks, fileHandles }: Checkpoints, record: Checkpoint): Promise<UnfinishedUpload> {
  const { id, key, scope, file, updatedAt } = record;
  const parts = readParts(await store.parts(id));
  const isInUse = await locks.isHeld(lockName(id)).catch(() => false);
  return {
    id,
    key,
    scope,
    file,
    confirmed: [...parts.values()].reduce((sum, { size }) => sum + size, 0),
    total: file.size,
    updatedAt,
    isInUse,
    isInUseHere: isInUse && locks.isHeldHere?.(lockName(id)) === true,
    fileHandle: await fileHandles.load(id).catch(() => undefined),
  };
}
