import { abortable, withPatience } from '../core/abortable.js';
import type { Checkpoint, CheckpointPart, CheckpointStore, Clock } from '../ports.js';
import { createMemoryCheckpointStore } from './memory-store.js';

/** Milliseconds for a call of a store that may be anybody's; IndexedDB has a shorter limit of its own. */
const PATIENCE = 40_000;

/**
 * A store that continues in memory from the first call that `primary` refuses, or doesn't answer within 40 s, with everything this page
 * has written or read, so that an upload never fails for want of a checkpoint.
 *
 * @param onFallback called once, with the error
 */
export function withMemoryFallback(primary: CheckpointStore, clock: Clock, onFallback: (error: unknown) => void): CheckpointStore {
  const memory = createMemoryCheckpointStore();
  let failed = false;
  /** IDs that `primary` is known to contain. */
  const known = new Set<string>();
  /** What is being written: whoever reads next reads that. */
  let pending: Promise<unknown> = Promise.resolve();

  /** The result of a call to `primary`; `undefined` if it fails. */
  const attempt = async <T>(ask: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await withPatience(PATIENCE, clock, (signal) => abortable(ask(), signal));
    } catch (error) {
      if (!failed) onFallback(error);
      failed = true;
      return undefined;
    }
  };
  const inOrder = async (writes: unknown[]): Promise<void> => {
    const done = Promise.all(writes);
    // Without their values, which would hold each other for as long as the page is open.
    pending = Promise.allSettled([pending, done]).then(() => {});
    await done;
  };
  /** @param remember copies what was found to memory */
  const read = async <T>(ask: (store: CheckpointStore) => Promise<T>, remember: (found: T) => Promise<unknown>): Promise<T> => {
    await pending;
    const askPrimary = async (): Promise<{ value: T }> => {
      const value = await ask(primary);
      await remember(value);
      return { value };
    };
    const found = failed ? undefined : await attempt(askPrimary);
    return found ? found.value : ask(memory);
  };
  /** To memory as well, so that a write that is pending when another one fails is not lost. */
  const write = async (id: string, change: (store: CheckpointStore) => Promise<void>): Promise<void> => {
    const toPrimary = async (): Promise<void> => {
      await change(primary);
      known.add(id);
    };
    await inOrder([change(memory), failed || attempt(toPrimary)]);
  };
  /** Like {@link write}, but to `primary` even after it has failed: deleting may work where writing doesn't. */
  const forget = async (id: string, change: (store: CheckpointStore) => Promise<void>): Promise<void> => {
    await inOrder([change(memory), (failed && !known.has(id)) || attempt(async () => change(primary))]);
  };
  const rememberRecord = async (record: unknown): Promise<void> => {
    const { id } = (record ?? {}) as Partial<Checkpoint>;
    if (typeof id !== 'string') return;
    known.add(id);
    await memory.save(record as Checkpoint);
  };

  return {
    list: () =>
      read(
        (store) => store.list(),
        (records) => Promise.all(records.map(rememberRecord)),
      ),
    load: (id) => read((store) => store.load(id), rememberRecord),
    save: (record) => write(record.id, (store) => store.save(record)),
    remove: (id) => forget(id, (store) => store.remove(id)),
    parts: (id) =>
      read(
        (store) => store.parts(id),
        async (parts) => {
          for (const part of parts as (CheckpointPart | null)[]) if (typeof part?.number === 'number') await memory.savePart(id, part);
        },
      ),
    savePart: (id, part) => write(id, (store) => store.savePart(id, part)),
    removePart: (id, number) => forget(id, (store) => store.removePart(id, number)),
    close: () => primary.close?.(),
  };
}
