/** A database that doesn't answer, as real ones do without any event. */
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { openDatabase } from '../../src/browser/database.js';

let databases = 0;

function freshName(): string {
  const name = `database-test-${Date.now()}-${++databases}`;
  onTestFinished(() => void indexedDB.deleteDatabase(name));
  return name;
}

/** Real time for IndexedDB's answers. */
const realSetTimeout = window.setTimeout.bind(window);
const letAnswer = (): Promise<void> => new Promise((resolve) => realSetTimeout(resolve, 150));

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

/** Blocks whoever opens `name`, until it is called: a connection that ignores `versionchange` blocks an upgrade, which blocks them. */
async function block(name: string): Promise<() => Promise<void>> {
  const holder = await new Promise<IDBDatabase>((resolve) => {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => request.result.createObjectStore('things');
    request.onsuccess = () => resolve(request.result);
  });
  const upgrade = indexedDB.open(name, 2);
  const upgraded = new Promise<void>((resolve) => {
    upgrade.onsuccess = () => {
      upgrade.result.close();
      resolve();
    };
  });
  return () => {
    holder.close();
    return upgraded;
  };
}

const put = (value: string) => (store: IDBObjectStore) => void store.put(value, 'key');
const get = (store: IDBObjectStore): Promise<unknown> =>
  new Promise((resolve) => {
    const request = store.get('key');
    request.onsuccess = () => resolve(request.result);
  });
/** The error a promise rejects with, or what it comes to. */
const outcomeOf = (promise: Promise<unknown>): Promise<any> => promise.catch((error: unknown) => error);

test('of all runs on a database that never opens only the first waits: three seconds, not three for each', async () => {
  const name = freshName();
  const unblock = await block(name);
  const { run, close } = openDatabase(name, 'things');
  const first = outcomeOf(run('readwrite', put('first')));
  await letAnswer();
  vi.advanceTimersByTime(3_000);
  expect(await first).toMatchObject({ name: 'TimeoutError', message: expect.stringContaining(name) });
  for (const value of ['second', 'third']) expect(await outcomeOf(run('readwrite', put(value)))).toMatchObject({ name: 'TimeoutError' });
  close();
  await unblock();
});

test('it is used again as soon as it has opened, and nothing that was given up is done after all', async () => {
  const name = freshName();
  const unblock = await block(name);
  const { run, close } = openDatabase(name, 'things');
  const first = outcomeOf(run('readwrite', put('given up')));
  await letAnswer();
  vi.advanceTimersByTime(3_000);
  await first;
  await unblock();
  await letAnswer();
  expect(await run('readonly', get)).toBeUndefined();
  await run('readwrite', put('later'));
  expect(await run('readonly', get)).toBe('later');
  close();
});

test('a database that opens within three seconds is waited for', async () => {
  const name = freshName();
  const unblock = await block(name);
  const { run, close } = openDatabase(name, 'things');
  const first = run('readwrite', put('patient'));
  await letAnswer();
  vi.advanceTimersByTime(2_900);
  await unblock();
  await first;
  expect(await run('readonly', get)).toBe('patient');
  close();
});

test('a transaction that never ends is given up after half a minute, and the next ones at once until it ends', async () => {
  const { run, close } = openDatabase(freshName(), 'things');
  let end = (_: unknown): void => {};
  const hanging = outcomeOf(run('readwrite', () => new Promise((resolve) => (end = resolve))));
  await letAnswer();
  vi.advanceTimersByTime(30_000);
  expect(await hanging).toMatchObject({ name: 'TimeoutError' });
  expect(await outcomeOf(run('readwrite', put('too early')))).toMatchObject({ name: 'TimeoutError' });
  end(undefined);
  await letAnswer();
  await run('readwrite', put('afterwards'));
  expect(await run('readonly', get)).toBe('afterwards');
  close();
});

test('a database that is closed while it opens is closed as soon as it is open', async () => {
  const name = freshName();
  const { run, close } = openDatabase(name, 'things');
  const running = outcomeOf(run('readonly', get));
  close();
  await running;
  await letAnswer();
  const blocked = await new Promise<boolean>((resolve) => {
    const request = indexedDB.deleteDatabase(name);
    request.onsuccess = () => resolve(false);
    request.onblocked = () => resolve(true);
  });
  expect(blocked).toBe(false);
});

test('a connection that the browser closes is opened again', async () => {
  const { run, close } = openDatabase(freshName(), 'things');
  await run('readwrite', put('kept'));
  await run('readonly', ({ transaction: { db } }) => {
    db.close();
    db.dispatchEvent(new Event('close'));
  });
  expect(await run('readonly', get)).toBe('kept');
  close();
});

test('no timer is left behind', async () => {
  const { run, close } = openDatabase(freshName(), 'things');
  await run('readwrite', put('x'));
  expect(vi.getTimerCount()).toBe(0);
  close();
});
