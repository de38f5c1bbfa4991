import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { createCheckpointStore } from '../../src/browser/checkpoint-store.js';
import { createClock } from '../../src/browser/clock.js';
import { createMemoryCheckpointStore } from '../../src/checkpoint/memory-store.js';
import { withMemoryFallback } from '../../src/checkpoint/with-memory-fallback.js';
import type { Checkpoint, CheckpointPart, CheckpointStore } from '../../src/ports.js';

let databases = 0;

/** A database of this test's own, deleted when it ends. */
function freshName(): string {
  const name = `checkpoints-test-${Date.now()}-${++databases}`;
  onTestFinished(() => void indexedDB.deleteDatabase(name));
  return name;
}

function freshStore(): CheckpointStore {
  const store = createCheckpointStore(freshName());
  onTestFinished(() => store.close?.());
  return store;
}

function checkpoint(id: string, changes: Partial<Checkpoint> = {}): Checkpoint {
  return {
    version: 2,
    id,
    fingerprint: 'v1:1:2:3',
    region: 'cn-hangzhou',
    bucket: 'examplebucket',
    key: 'exampledir/exampleobject.txt',
    uploadId: '0004B9894A22E5B1888A1E29F823****',
    file: { name: 'exampleobject.txt', size: 1_000_000, lastModified: 1, type: 'text/plain' },
    partSize: 102_400,
    createdAt: 1,
    updatedAt: 1,
    ...changes,
  };
}

function part(number: number): CheckpointPart {
  return { number, etag: `"${'0'.repeat(31)}${number}"`, size: 102_400, crc64: '11051210869376104954' };
}

const broken = (): Promise<never> => Promise.reject(new DOMException('The disk is full', 'QuotaExceededError'));

/** A store on which every operation fails. */
function brokenStore(): CheckpointStore {
  return {
    list: broken,
    load: broken,
    save: broken,
    remove: broken,
    parts: broken,
    savePart: broken,
    removePart: broken,
  };
}

describe.each<[string, () => CheckpointStore]>([
  ['in IndexedDB', freshStore],
  ['in memory', createMemoryCheckpointStore],
  ['in IndexedDB with memory to fall back to', () => withMemoryFallback(freshStore(), createClock(), () => expect.unreachable())],
  ['in memory after IndexedDB failed', () => withMemoryFallback(brokenStore(), createClock(), () => {})],
])('a checkpoint store %s', (_, create) => {
  test('knows nothing at first', async () => {
    const store = create();
    expect(await store.list()).toEqual([]);
    expect(await store.load('a')).toBeUndefined();
    expect(await store.parts('a')).toEqual([]);
  });

  test('gives back the last record saved under an id', async () => {
    const store = create();
    await store.save(checkpoint('a'));
    await store.save(checkpoint('a', { updatedAt: 2 }));
    expect(await store.load('a')).toEqual(checkpoint('a', { updatedAt: 2 }));
  });

  test('lists every record, and no parts', async () => {
    const store = create();
    await store.save(checkpoint('a'));
    await store.save(checkpoint('b'));
    await store.savePart('a', part(1));
    const ids = (await store.list()).map((record) => (record as Checkpoint).id);
    expect(ids.sort()).toEqual(['a', 'b']);
  });

  test('gives back the parts of one upload in the order of their numbers, the last one saved of each', async () => {
    const store = create();
    for (const number of [10_000, 2, 1, 30]) await store.savePart('a', part(number));
    await store.savePart('a', { ...part(2), etag: '"new"' });
    await store.savePart('ab', part(5));
    expect(await store.parts('a')).toEqual([part(1), { ...part(2), etag: '"new"' }, part(30), part(10_000)]);
  });

  test('removes one part', async () => {
    const store = create();
    await store.savePart('a', part(1));
    await store.savePart('a', part(2));
    await store.removePart('a', 1);
    await store.removePart('a', 7);
    expect(await store.parts('a')).toEqual([part(2)]);
  });

  test('forgets a record with its parts, and keeps all other uploads', async () => {
    const store = create();
    for (const id of ['a', 'b']) {
      await store.save(checkpoint(id));
      await store.savePart(id, part(1));
    }
    await store.remove('a');
    expect(await store.load('a')).toBeUndefined();
    expect(await store.parts('a')).toEqual([]);
    expect(await store.load('b')).toEqual(checkpoint('b'));
    expect(await store.parts('b')).toEqual([part(1)]);
  });

  test('keeps what a finished upload came to in the place of its record', async () => {
    const store = create();
    await store.save(checkpoint('a', { outcome: { etag: '"e"' } }));
    expect(await store.load('a')).toEqual(checkpoint('a', { outcome: { etag: '"e"' } }));
  });

  test('is not changed by what happens to a value after it was saved or loaded', async () => {
    const store = create();
    const record = checkpoint('a');
    const saving = store.save(record);
    record.file.name = 'changed';
    await saving;
    const loaded = (await store.load('a')) as Checkpoint;
    loaded.file.name = 'changed too';
    expect(await store.load('a')).toEqual(checkpoint('a'));
  });

  test('saves 10,000 parts of many at once and loads them', async () => {
    const store = create();
    await Promise.all(Array.from({ length: 10_000 }, (_, index) => store.savePart('a', part(index + 1))));
    const parts = await store.parts('a');
    expect(parts).toHaveLength(10_000);
    expect(parts[9_999]).toEqual(part(10_000));
  });
});

describe('createCheckpointStore', () => {
  afterEach(() => void vi.restoreAllMocks());

  test('finds what an earlier page saved', async () => {
    const name = freshName();
    const earlier = createCheckpointStore(name);
    await earlier.save(checkpoint('a'));
    await earlier.savePart('a', part(1));
    earlier.close?.();
    const later = createCheckpointStore(name);
    expect(await later.load('a')).toEqual(checkpoint('a'));
    expect(await later.parts('a')).toEqual([part(1)]);
    later.close?.();
  });

  test('saving the 10,000th part writes what saving the first one writes: one small row', async () => {
    const store = freshStore();
    await Promise.all(Array.from({ length: 9_999 }, (_, index) => store.savePart('a', part(index + 1))));
    const put = vi.spyOn(IDBObjectStore.prototype, 'put');
    await store.savePart('a', part(10_000));
    expect(put.mock.calls).toEqual([[part(10_000), ['part', 'a', 10_000]]]);
  });

  test('loading 10,000 parts is one read', async () => {
    const store = freshStore();
    await Promise.all(Array.from({ length: 10_000 }, (_, index) => store.savePart('a', part(index + 1))));
    const getAll = vi.spyOn(IDBObjectStore.prototype, 'getAll');
    expect(await store.parts('a')).toHaveLength(10_000);
    expect(getAll).toHaveBeenCalledTimes(1);
  });

  test('does not keep another tab from deleting the database, and begins a new one after that', async () => {
    const name = freshName();
    const store = createCheckpointStore(name);
    await store.save(checkpoint('a'));
    await new Promise<void>((resolve, reject) => {
      const request = indexedDB.deleteDatabase(name);
      request.onsuccess = () => resolve();
      request.onblocked = () => reject(new Error('blocked'));
    });
    expect(await store.load('a')).toBeUndefined();
    await store.save(checkpoint('b'));
    expect(await store.load('b')).toEqual(checkpoint('b'));
    store.close?.();
  });

  test('opens the database again after it was closed', async () => {
    const store = freshStore();
    await store.save(checkpoint('a'));
    store.close?.();
    expect(await store.load('a')).toEqual(checkpoint('a'));
  });

  test('rejects within seconds when the database never opens', async () => {
    const name = freshName();
    // A connection that ignores `versionchange` blocks the upgrade, and that blocks whoever opens after it.
    const holder = await new Promise<IDBDatabase>((resolve) => {
      const request = indexedDB.open(name, 1);
      request.onsuccess = () => resolve(request.result);
    });
    const upgrade = indexedDB.open(name, 2);
    const store = createCheckpointStore(name);
    await expect(store.load('a')).rejects.toMatchObject({ name: 'TimeoutError' });
    upgrade.onsuccess = () => upgrade.result.close();
    holder.close();
  });

  test('rejects when the database belongs to somebody else', async () => {
    const name = freshName();
    await new Promise<void>((resolve) => {
      const request = indexedDB.open(name);
      request.onsuccess = () => {
        request.result.close();
        resolve();
      };
    });
    await expect(createCheckpointStore(name).load('a')).rejects.toMatchObject({ name: 'NotFoundError' });
  });

  test('rejects where there is no IndexedDB', async () => {
    vi.spyOn(window, 'indexedDB', 'get').mockReturnValue(undefined as never);
    await expect(createCheckpointStore('none').load('a')).rejects.toBeInstanceOf(Error);
  });

  test('rejects what is not JSON-able instead of storing half of it', async () => {
    const store = freshStore();
    await expect(store.save(checkpoint('a', { outcome: { f: () => {} } }))).rejects.toMatchObject({ name: 'DataCloneError' });
    expect(await store.load('a')).toBeUndefined();
  });
});

describe('withMemoryFallback', () => {
  test('continues with everything written or read before the failure, and reports it once', async () => {
    const primary = freshStore();
    await primary.save(checkpoint('earlier'));
    await primary.savePart('earlier', part(1));
    await primary.savePart('earlier', part(2));
    const errors: unknown[] = [];
    const store = withMemoryFallback(primary, createClock(), (error) => errors.push(error));
    await store.list();
    await store.parts('earlier');
    await store.save(checkpoint('a'));
    await store.savePart('a', part(1));
    await store.removePart('earlier', 2);

    Object.assign(primary, brokenStore());
    await Promise.all([store.savePart('a', part(2)), store.savePart('a', part(3))]);
    await store.save(checkpoint('a', { updatedAt: 9 }));

    expect(errors).toEqual([expect.objectContaining({ name: 'QuotaExceededError' })]);
    expect(await store.parts('a')).toEqual([part(1), part(2), part(3)]);
    expect(await store.load('a')).toEqual(checkpoint('a', { updatedAt: 9 }));
    expect(await store.load('earlier')).toEqual(checkpoint('earlier'));
    expect(await store.parts('earlier')).toEqual([part(1)]);
    expect(await store.list()).toHaveLength(2);
  });

  test('still deletes from the failed store, so that a finished upload is not offered again', async () => {
    const primary = freshStore();
    const store = withMemoryFallback(primary, createClock(), () => {});
    await store.save(checkpoint('a'));
    const { savePart } = primary;
    primary.savePart = broken;
    await store.savePart('a', part(1));
    primary.savePart = savePart;
    await store.remove('a');
    expect(await primary.load('a')).toBeUndefined();
    expect(await store.load('a')).toBeUndefined();
  });

  test('passes on what it reads untouched, corrupt or not', async () => {
    const primary = createMemoryCheckpointStore();
    primary.list = async () => [null, 5, 'x', { id: 7 }];
    primary.parts = async () => [null, { number: 'one' }, part(1)];
    const store = withMemoryFallback(primary, createClock(), () => expect.unreachable());
    expect(await store.list()).toEqual([null, 5, 'x', { id: 7 }]);
    expect(await store.parts('a')).toEqual([null, { number: 'one' }, part(1)]);
  });
});
