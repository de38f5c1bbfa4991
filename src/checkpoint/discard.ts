/** The one place where uploads are given up on the server: by the user, or because nobody has touched them for long. */
import { CheckpointError, OssError } from '../errors.js';
import type { Checkpoint } from '../ports.js';
import type { Host } from '../upload/host.js';
import { holdIfFree } from './lock.js';
import { isElsewhere, readCheckpoint, readCheckpoints } from './read.js';

/** Milliseconds: what can't be aborted by then stays marked, and is tried again at a later start. */
const PATIENCE = 15_000;
/** Orphans aborted at one start: more would compete with the uploads the user waits for. */
const MAX_ABORTED = 20;
/** Milliseconds for which the outcome of a finished upload is kept for tabs that wait for it or were paused. */
const KEEP_OUTCOME = 600_000;

/** What became of an upload that was to be discarded: aborted and forgotten, or still there. */
type Fate = 'aborted' | 'refused' | 'unreachable';

/**
 * Aborts an upload and forgets it. Leaves alone what another tab has taken over since, and what is of another bucket.
 *
 * @param own as the task that gives it up has claimed it; without one, whatever is there is meant
 * @throws {CheckpointError} `InUse` when another tab is uploading it
 * @throws {OssError} when the credentials may not abort it, which somebody else may have begun; its record stays then
 */
export async function discard(host: Host, id: string, own?: Checkpoint): Promise<void> {
  const { store, locks, config } = host;
  const held = await holdIfFree(locks, id, new AbortController().signal, async () => {
    const value = await store.load(id);
    // The database may have been cleared: the task still knows what it has begun.
    const record = readCheckpoint(value, config) ?? (value === undefined ? own : undefined);
    if (own && record?.owner !== own.owner) return;
    if (record) await discardHeld(host, record, own !== undefined);
    else if (!isElsewhere(value, config)) await store.remove(id);
  });
  if (!held) throw new CheckpointError('InUse', 'Another tab is uploading this file: cancel it there.');
}

/**
 * Discards an upload whose lock the caller holds.
 *
 * @param isOurs the caller has worked on it: a refusal is no sign that it is somebody else's
 * @throws {OssError} when the credentials may not abort it; unless it is ours, its record stays as it was
 */
export async function discardHeld(host: Host, record: Checkpoint, isOurs: boolean): Promise<Fate> {
  const { store, fileHandles } = host;
  if (record.outcome !== undefined) {
    await store.remove(record.id);
    return 'aborted';
  }
  // Parts cost money as long as they are there: the mark makes a later start try again.
  await store.save({ ...record, discarded: true, ...(!isOurs && { isUnproved: true }) });
  try {
    await withPatience(host, (context) => host.client.abort(record.key, record.uploadId, record.headers ?? {}, context));
  } catch (error) {
    if (!isRefusal(error)) return 'unreachable';
    const { discarded: _, isUnproved: __, ...asItWas } = record;
    if (!isOurs) await store.save(asItWas);
    throw error;
  }
  await store.remove(record.id);
  await fileHandles.remove(record.id).catch(() => {});
  return 'aborted';
}

/**
 * Aborts uploads that were discarded while offline, and uploads that nobody has touched for `maxAge`; forgets what is finished.
 *
 * @param signal ends it between two uploads
 */
export async function sweepOrphans(host: Host, signal: AbortSignal): Promise<void> {
  const { store, config, locks } = host;
  const records = readCheckpoints(await store.list(), config);
  // In a random order: those that can't be aborted by this user must not keep others from their turn at every start.
  const orphans = records.filter((record) => isOrphan(host, record)).sort(() => Math.random() - 0.5);
  let aborted = 0;
  for (const { id } of orphans) {
    if (signal.aborted || aborted === MAX_ABORTED) return;
    const fate = await holdIfFree(locks, id, signal, async () => {
      // Looked at again: another tab may have resumed it meanwhile.
      const record = readCheckpoint(await store.load(id), config);
      return record && isOrphan(host, record) ? sweep(host, record) : 'refused';
    });
    if (fate?.value === 'unreachable') return;
    if (fate?.value === 'aborted') aborted += 1;
  }
}

async function sweep(host: Host, record: Checkpoint): Promise<Fate> {
  const isKnownAge = record.discarded || record.outcome !== undefined;
  try {
    return isKnownAge || (await isAbandoned(host, record))
      ? await discardHeld(host, record, record.discarded === true && !record.isUnproved)
      : 'refused';
  } catch (error) {
    return isRefusal(error) ? 'refused' : 'unreachable';
  }
}

/** By the record, as far as the clock of this device can be trusted. */
function isOrphan({ serviceClock, config }: Host, { discarded, outcome, updatedAt }: Checkpoint): boolean {
  const age = serviceClock.now() - updatedAt;
  if (outcome !== undefined) return Math.abs(age) > KEEP_OUTCOME;
  return discarded === true || age > config.checkpoint.maxAge;
}

/**
 * Whether an upload is old by the service itself. The times of its parts are the service's own; and a request that OSS has
 * accepted proves our clock, or has corrected it: before the first one, this device's clock may be wrong by years.
 */
async function isAbandoned(host: Host, record: Checkpoint): Promise<boolean> {
  const { key, uploadId, headers = {} } = record;
  try {
    const parts = await withPatience(host, (context) => host.client.listParts(key, uploadId, headers, context));
    const updatedAt = parts.reduce((latest, { lastModified = 0 }) => Math.max(latest, lastModified), record.updatedAt);
    return isOrphan(host, { ...record, updatedAt });
  } catch (error) {
    if (error instanceof OssError && error.code === 'NoSuchUpload') return true;
    throw error;
  }
}

/** For a request beside the upload: it is given up after {@link PATIENCE} ms, and reports no wait. */
export async function withPatience<T>(
  { clock }: Host,
  send: (context: { signal: AbortSignal; onWait(): () => void }) => Promise<T>,
): Promise<T> {
  const patience = new AbortController();
  const cancel = clock.after(PATIENCE, () => patience.abort(new DOMException('No answer in time', 'TimeoutError')));
  try {
    return await send({ signal: patience.signal, onWait: () => () => {} });
  } finally {
    cancel();
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof OssError && error.status === 403;
}
