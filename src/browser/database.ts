import { createStore, type UseStore } from 'idb-keyval';

/** Milliseconds to wait for a database that doesn't open: some browsers then never answer, with no event. */
const OPEN_TIMEOUT = 3_000;

/** One object store that outlives what happens to its database. */
export interface Database {
  /** Runs a callback in a transaction. Opens the database when needed; rejects when that takes more than 3 s. */
  run: UseStore;
  /** Closes the connection. A later `run` opens a new one. */
  close(): void;
}

/**
 * idb-keyval's store, except that it steps aside when the database is deleted or upgraded elsewhere, and opens it again
 * when it is next used.
 */
export function openDatabase(databaseName: string, storeName: string): Database {
  let transact: UseStore | undefined;
  let connection: IDBDatabase | undefined;

  const close = (): void => {
    connection?.close();
    connection = transact = undefined;
  };
  const attempt: UseStore = async (mode, callback) => {
    if (connection && transact) return transact(mode, callback);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        transact = undefined;
        reject(new DOMException(`The database ${databaseName} didn't open`, 'TimeoutError'));
      }, OPEN_TIMEOUT);
    });
    try {
      transact ??= createStore(databaseName, storeName);
      const done = transact(mode, (store) => {
        clearTimeout(timer);
        connection = store.transaction.db;
        connection.onversionchange = close;
        return callback(store);
      });
      return await Promise.race([timeout, done]);
    } finally {
      clearTimeout(timer);
    }
  };

  return {
    async run(mode, callback) {
      try {
        return await attempt(mode, callback);
      } catch (error) {
        // The connection was closed under us: by the browser, or by `close`.
        if ((error as Error | null)?.name !== 'InvalidStateError') throw error;
        close();
        return attempt(mode, callback);
      }
    },
    close,
  };
}
