/** How much work versions take: it must not grow with the number of other objects. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { BucketStore } from '../../../src/emulator/bucket-store.js';
import { Versions } from '../../../src/emulator/versions.js';
import type { ObjectRecord } from '../../../src/emulator/records.js';

const COUNT = 300;
let folder: string;
let bucket: BucketStore;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'versions-'));
  bucket = open();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await bucket.settled();
  rmSync(folder, { recursive: true, force: true });
});

function open(): BucketStore {
  const store = new BucketStore(folder, 'demo-bucket', false);
  store.versions.state = () => 'Enabled';
  return store;
}

/** How often all records are looked through. */
function countScans(): () => number {
  const ways = (['values', 'keys', 'entries', Symbol.iterator] as const).map((way) => vi.spyOn(bucket.objects, way as 'values'));
  return () => ways.reduce((sum, { mock }) => sum + mock.calls.length, 0);
}

test('looking for the marker of a missing key looks through no other objects, also after a restart', async () => {
  const marker = bucket.versions.markDeleted('gone', 1);
  for (let i = 0; i < COUNT; i++) bucket.versions.markDeleted(`other/${i}`, 1);
  await bucket.settled();
  for (const store of [bucket, open()]) {
    bucket = store;
    const scans = countScans();
    expect(bucket.versions.markerOf('never there')).toBeUndefined();
    expect(bucket.versions.markerOf('gone')?.versionId).toBe(marker);
    expect(scans()).toBe(0);
  }
});

test('a marker that is deleted for ever is found no more, and the one before it is', () => {
  const [first, second] = [bucket.versions.markDeleted('k', 1), bucket.versions.markDeleted('k', 2)];
  const scans = countScans();
  expect(bucket.versions.markerOf('k')?.versionId).toBe(second);
  bucket.versions.remove('k', String(second));
  expect(bucket.versions.markerOf('k')?.versionId).toBe(first);
  bucket.versions.remove('k', String(first));
  expect(bucket.versions.markerOf('k')).toBeUndefined();
  expect(scans()).toBe(0);
});

test('listing the versions of one key copies each of them only a few times', () => {
  const records = Array.from({ length: COUNT }, (_, order) => ({ key: `/versions/${order}/k`, order }) as ObjectRecord);
  const versions = new Versions({
    objects: new Map(records.map((record) => [record.key, record])),
    save: () => {},
    deleteObject: () => {},
  });
  const iterate = Array.prototype[Symbol.iterator];
  let copied = 0;
  const counting = function (this: unknown[]): ReturnType<typeof iterate> {
    copied += this.length;
    return iterate.call(this);
  };
  let listed: ReturnType<Versions['list']>;
  Object.defineProperty(Array.prototype, Symbol.iterator, { value: counting, configurable: true, writable: true });
  try {
    listed = versions.list();
  } finally {
    Object.defineProperty(Array.prototype, Symbol.iterator, { value: iterate, configurable: true, writable: true });
  }
  expect(listed.map(({ record }) => record.order)).toEqual(records.map(({ order }) => order).reverse());
  expect(copied).toBeLessThan(5 * COUNT);
});
