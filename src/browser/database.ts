import { createStore, type UseStore } from 'idb-keyval';
import type { Clock } from '../ports.js';
import { createClock } from './clock.js';

/** Milliseconds to wait for a database to open: some browsers never answer, without any event. */
const OPEN_TIMEOUT = 3_000;
/** Milliseconds to wait for a transaction: a slow disk takes seconds, a browser that has lost its storage process forever. */
const TRANSACTION_TIMEOUT = 30_000;

/** One object store that outlives what happens to its database. */
export interface Database {
  /**
   * Runs a callback in a transaction. Opens the database if necessary. Rejects with a `TimeoutError` when that takes more than 3 s,
   * or the transaction more than 30 s; and at once from then on, until the database answers.
   */
  run: UseStore;
  /** Closes the connection. A later `run` opens a new one. */
  close(): void;
}

/** One connection, from opening to closing. */
interface Session {
  transact: UseStore;
  opened: Promise<void>;
  connection?: IDBDatabase;
  /** A wait for it has timed out, and it has not answered since. */
  isStuck: boolean;
}

/**
 * idb-keyval's store, except that it closes the database when that is deleted or upgraded elsewhere, and opens it again at the
 * next use.
 */
export function openDatabase(databaseName: string, storeName: string, clock: Clock = createClock()): Database {
  let current: Session | undefined;

  const close = (): void => {
    current?.connection?.close();
    current = undefined;
  };

  const begin = (): Session => {
    const transact = createStore(databaseName, storeName);
    const open = async (): Promise<void> =>
      transact('readonly', ({ transaction: { db } }) => {
        if (current !== session) return db.close();
        session.connection = db;
        db.onversionchange = close;
        // Safari closes connections spontaneously.
        db.addEventListener('close', close);
      });
    const session: Session = { transact, opened: Promise.resolve().then(open), isStuck: false };
    session.opened.catch(() => {
      if (current === session) current = undefined;
    });
    return session;
  };

  /** Waits for a limited time. If the answer comes later, the database is used again. */
  const patiently = <T>(session: Session, work: Promise<T>, milliseconds: number): Promise<T> =>
    new Promise((resolve, reject) => {
      const cancel = clock.after(milliseconds, () => {
        session.isStuck = true;
        reject(silence());
      });
      work.then(resolve, reject).finally(() => {
        cancel();
        session.isStuck = false;
      });
    });

  const silence = (): DOMException => new DOMException(`The database ${databaseName} doesn't answer`, 'TimeoutError');

  const attempt: UseStore = async (mode, callback) => {
    current ??= begin();
    const session = current;
    if (session.isStuck) throw silence();
    if (!session.connection) await patiently(session, session.opened, OPEN_TIMEOUT);
    return patiently(session, session.transact(mode, callback), TRANSACTION_TIMEOUT);
  };

  return {
    async run(mode, callback) {
      try {
        return await attempt(mode, callback);
      } catch (error) {
        // The browser or `close` has closed the connection meanwhile.
        if ((error as Error | null)?.name !== 'InvalidStateError') throw error;
        close();
        return attempt(mode, callback);
      }
    },
    close,
  };
}
