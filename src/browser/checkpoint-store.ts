import { promisifyRequest } from 'idb-keyval';
import type { Checkpoint, CheckpointPart, CheckpointStore, Clock } from '../ports.js';
import { abortable, withPatience } from '../core/abortable.js';
import { createClock } from './clock.js';
import { openDatabase } from './database.js';

/**
 * Checkpoints in IndexedDB, one small row for each record and each part: `['checkpoint', id]`, `['part', id, number]`. Writes
 * resolve when their transaction is complete. Calls reject when IndexedDB is missing, full or doesn't open within 3 s.
 */
export function createCheckpointStore(databaseName: string, clock?: Clock): CheckpointStore {
  const database = openDatabase(databaseName, 'checkpoints', clock);
  const read = <T>(ask: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> =>
    database.run('readonly', (store) => promisifyRequest(ask(store)));
  let queue: ((store: IDBObjectStore) => void)[] = [];
  let running: Promise<unknown> = Promise.resolve();
  let following: Promise<void> | undefined;
  /** Writes during a transaction share the next one: ten times as fast as one transaction each. */
  const write = (change: (store: IDBObjectStore) => void): Promise<void> => {
    queue.push(change);
    following ??= running.then(() => {
      const changes = queue;
      queue = [];
      following = undefined;
      const done = database.run('readwrite', (store) => {
        for (const change of changes) change(store);
        // The browser need not check whether more will follow.
        store.transaction.commit?.();
        return promisifyRequest(store.transaction);
      });
      running = done.catch(() => {});
      return done;
    });
    return following;
  };
  const put = (value: unknown, key: IDBValidKey): Promise<void> => write((store) => store.put(value, key));
  /** Copies now, because the transaction begins later. */
  const putCopy = async (value: unknown, key: IDBValidKey): Promise<void> => put(structuredClone(value), key);
  return {
    list: () => read((store) => store.getAll(below('checkpoint'))),
    load: (id) => read((store) => store.get(['checkpoint', id])),
    save: (record) => putCopy(record, ['checkpoint', record.id]),
    remove: (id) =>
      write((store) => {
        store.delete(['checkpoint', id]);
        store.delete(below('part', id));
      }),
    parts: (id) => read((store) => store.getAll(below('part', id))),
    // A part is flat: a spread copies it almost for free.
    savePart: (id, part) => put({ ...part }, ['part', id, part.number]),
    removePart: (id, number) => write((store) => store.delete(['part', id, number])),
    close: database.close,
  };
}

/** All array keys that begin with `prefix`: in key order, arrays come after all strings and numbers. */
function below(...prefix: string[]): IDBKeyRange {
  return IDBKeyRange.bound(prefix, [...prefix, []]);
}

/** Checkpoints that last as long as the page. Values are copied, as in IndexedDB. */
export function createMemoryCheckpointStore(): CheckpointStore {
  const records = new Map<string, Checkpoint>();
  const parts = new Map<string, Map<number, CheckpointPart>>();
  return {
    list: async () => structuredClone([...records.values()]),
    load: async (id) => structuredClone(records.get(id)),
    save: async (record) => void records.set(record.id, structuredClone(record)),
    remove: async (id) => {
      records.delete(id);
      parts.delete(id);
    },
    parts: async (id) => structuredClone([...(parts.get(id)?.values() ?? [])].sort((a, b) => a.number - b.number)),
    savePart: async (id, part) => {
      if (!parts.has(id)) parts.set(id, new Map());
      parts.get(id)!.set(part.number, { ...part });
    },
    removePart: async (id, number) => void parts.get(id)?.delete(number),
  };
}

/** Milliseconds for a call of a store that may be anybody's; IndexedDB has a shorter limit of its own. */
const PATIENCE = 40_000;

/**
 * A store that continues in memory from the first failure of `primary`, or call that it doesn't answer within 40 s, with everything this page has written or read, so
 * that an upload never fails for want of a checkpoint.
 *
 * @param onFallback called once, with the error
 */
export function withMemoryFallback(
  primary: CheckpointStore,
  onFallback: (error: unknown) => void,
  clock: Clock = createClock(),
): CheckpointStore {
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
    await inOrder([change(memory), (failed && !known.has(id)) || attempt(() => change(primary))]);
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
