import { CheckpointError } from '../errors.js';
import type { Host } from './engine.js';
import { holdIfFree } from './lock.js';
import { readCheckpoint, readCheckpoints } from './record.js';

/** Milliseconds: what can't be aborted by then stays marked, and is tried again at a later start. */
const PATIENCE = 15_000;
/** Orphans looked after at one start: more would compete with the uploads the user waits for. */
const MAX_ORPHANS = 20;

/** Aborts an upload on the server and forgets it. The caller holds its lock. */
export async function discardHeld({ store, client, fileHandles }: Host, id: string): Promise<void> {
  const record = readCheckpoint(await store.load(id));
  if (!record) return store.remove(id);
  await store.save({ ...record, discarded: true });
  await fileHandles.remove(id).catch(() => {});
  try {
    await client.abort(record.key, record.uploadId, {}, { signal: AbortSignal.timeout(PATIENCE), onWait: () => () => {} });
  } catch {
    // Parts cost money as long as they are there: the mark makes a later start try again.
    return;
  }
  await store.remove(id);
}

/** @throws {CheckpointError} `InUse` when another tab is uploading it */
export async function discard(host: Host, id: string): Promise<void> {
  const done = await holdIfFree(host.locks, id, new AbortController().signal, () => discardHeld(host, id));
  if (!done) throw new CheckpointError('InUse', 'Another tab is uploading this file: cancel it there.');
}

/** Aborts what was discarded without the server hearing of it, and what nobody has touched for `maxAge`. */
export async function sweepOrphans(host: Host): Promise<void> {
  const { store, clock, config, locks } = host;
  const oldest = clock.now() - config.checkpoint.maxAge;
  const orphans = readCheckpoints(await store.list(), { endpoint: config.endpoints[0].origin, bucket: config.bucket }).filter(({ discarded, updatedAt }) => discarded || updatedAt < oldest);
  for (const { id } of orphans.slice(0, MAX_ORPHANS)) {
    await holdIfFree(locks, id, new AbortController().signal, () => discardHeld(host, id));
  }
}
