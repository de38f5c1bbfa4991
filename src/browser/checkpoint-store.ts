import { promisifyRequest } from 'idb-keyval';
import type { CheckpointStore, Clock } from '../ports.js';
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
