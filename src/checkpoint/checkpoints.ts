import type { BackgroundRequests } from '../oss/background-requests.js';
import type { ServiceClock } from '../oss/service-clock.js';
import type { Checkpoint, CheckpointStore, FileHandles, Locks } from '../ports.js';
import { type Place, readCheckpoint } from './read.js';

/** The checkpoints of one bucket: where they are, who may touch them, the clock they are dated by, and the requests about their uploads. */
export interface Checkpoints {
  readonly place: Place;
  /** They outlive the page, or with `checkpoint: false` only pauses. */
  readonly store: CheckpointStore;
  readonly locks: Locks;
  readonly fileHandles: FileHandles;
  readonly serviceClock: ServiceClock;
  readonly background: BackgroundRequests;
}

/**
 * The record of this ID, if it is sound and about this bucket.
 * @param known what a task remembers of it, for a database that has been cleared, or a record that can't be read
 */
export async function loadCheckpoint({ store, place }: Checkpoints, id: string, known?: Checkpoint): Promise<Checkpoint | undefined> {
  const record = readCheckpoint(await store.load(id), place);
  return record?.id === id ? record : known;
}

/** Forgets an upload that is over. */
export async function forgetCheckpoint({ store, fileHandles }: Checkpoints, id: string): Promise<void> {
  await store.remove(id);
  await fileHandles.remove(id).catch(() => {});
}
