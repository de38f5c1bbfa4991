/**
 * The older versions of a bucket's objects, and the markers of deleted ones. Each is kept like an object, under a key that
 * no client can name.
 */
import { randomBytes } from 'node:crypto';
import type { ObjectRecord } from './records.js';
import type { Versioning } from './types.js';

/** What the versions need of their bucket. */
interface Shelf {
  readonly objects: ReadonlyMap<string, ObjectRecord>;
  /** Writes a record under its key. The body stays where it is. */
  save(record: ObjectRecord): void;
  /** Forgets a record, and removes its body unless `keepBody`. */
  deleteObject(key: string, keepBody?: boolean): void;
}

/** A version and where it stands. */
export interface Version {
  record: ObjectRecord;
  /** The object's key. */
  key: string;
  isLatest: boolean;
}

/** Keys don't begin with a slash. */
const SHELF = '/versions/';
/** The ID of a version that was stored while versioning was off or suspended. */
const NULL_VERSION = 'null';

export class Versions {
  /** Asked at each request, since a test may change it. */
  state: () => Versioning = () => 'Off';
  readonly #shelf: Shelf;
  /** The shelved records of each object, by its key: looking one up costs the same however many objects there are. */
  readonly #shelved = new Map<string, Map<string, ObjectRecord>>();
  #order = 0;

  constructor(shelf: Shelf) {
    this.#shelf = shelf;
  }

  /** Told by the bucket of each record that it has now under its key. */
  added(record: ObjectRecord): void {
    this.#order = Math.max(this.#order, record.order ?? 0);
    if (!isShelved(record)) return;
    const key = keyOf(record);
    const versions = this.#shelved.get(key) ?? new Map<string, ObjectRecord>();
    this.#shelved.set(key, versions.set(record.key, record));
  }

  /** Told by the bucket of each record that it has no more. */
  removed(record: ObjectRecord): void {
    const key = keyOf(record);
    const versions = this.#shelved.get(key);
    versions?.delete(record.key);
    if (versions?.size === 0) this.#shelved.delete(key);
  }

  /** The fields of a new object that make it a version. It has a place among them in any case: versions may be kept later, or again. */
  stamp(key: string): Pick<ObjectRecord, 'versionId' | 'order'> {
    const state = this.state();
    this.#order += 1;
    const order = this.#order;
    if (state === 'Enabled') return { versionId: `CAEQ${randomBytes(45).toString('base64url').replace(/[-_]/g, 'x')}`, order };
    // There is one version without an ID of its own, and the new object is it.
    this.#shelf.deleteObject(shelfKey(key, NULL_VERSION));
    return state === 'Off' ? { order } : { versionId: NULL_VERSION, order };
  }

  /** Keeps an object that has been replaced, if the bucket keeps versions. @returns whether it is kept */
  keep(replaced: ObjectRecord): boolean {
    const state = this.state();
    if (state === 'Off') return false;
    const id = versionIdOf(replaced);
    if (state === 'Suspended' && id === NULL_VERSION) return false;
    this.#shelf.save({ ...replaced, versionId: id, key: shelfKey(replaced.key, id) });
    return true;
  }

  /** Puts a marker in an object's place. @returns the marker's ID, or undefined if the bucket keeps no versions */
  markDeleted(key: string, now: number): string | undefined {
    if (this.state() === 'Off') return undefined;
    const { versionId = NULL_VERSION, order } = this.stamp(key);
    const current = this.#shelf.objects.get(key);
    if (current !== undefined) this.#shelf.deleteObject(key, this.keep(current));
    this.#shelf.save({
      versionId,
      ...(order !== undefined && { order }),
      key: shelfKey(key, versionId),
      deleteMarker: true,
      lastModified: now,
      size: 0,
      etag: '',
      crc64: '0',
      type: 'Normal',
      acl: 'default',
      attributes: {},
      folder: `marker-${randomBytes(12).toString('hex')}`,
      pieces: [],
    });
    return versionId;
  }

  /** An object's version by its ID. */
  find(key: string, versionId: string): ObjectRecord | undefined {
    const current = this.#shelf.objects.get(key);
    return current !== undefined && versionIdOf(current) === versionId ? current : this.#shelf.objects.get(shelfKey(key, versionId));
  }

  /** The marker that stands in an object's place. */
  markerOf(key: string): ObjectRecord | undefined {
    if (this.#shelf.objects.has(key)) return undefined;
    const newest = this.#newestShelved(key);
    return newest?.deleteMarker === true ? newest : undefined;
  }

  /** Deletes a version for ever. The next older one takes its place. @returns what was deleted */
  remove(key: string, versionId: string): ObjectRecord | undefined {
    const record = this.find(key, versionId);
    if (record === undefined) return undefined;
    this.#shelf.deleteObject(record.key);
    const newest = this.#shelf.objects.has(key) ? undefined : this.#newestShelved(key);
    if (newest !== undefined && newest.deleteMarker !== true) {
      this.#shelf.save({ ...newest, key });
      this.#shelf.deleteObject(newest.key, true);
    }
    return record;
  }

  /** All versions, by key, and the newest first. Where an object was deleted without a marker, none is the latest. */
  list(): Version[] {
    const byKey = new Map<string, ObjectRecord[]>();
    for (const record of this.#shelf.objects.values()) {
      const key = keyOf(record);
      const versions = byKey.get(key);
      if (versions === undefined) byKey.set(key, [record]);
      else versions.push(record);
    }
    return [...byKey].flatMap(([key, records]) =>
      records
        .sort(newestFirst)
        .map((record, index) => ({ record, key, isLatest: index === 0 && (!isShelved(record) || record.deleteMarker === true) })),
    );
  }

  /** After a start: a server that stopped while a version changed its place has left it in both. Then it is the object itself. */
  dropDoubles(): void {
    for (const record of [...this.#shelf.objects.values()]) {
      const isDouble = isShelved(record) && this.#shelf.objects.get(keyOf(record))?.folder === record.folder;
      if (isDouble) this.#shelf.deleteObject(record.key, true);
    }
  }

  #newestShelved(key: string): ObjectRecord | undefined {
    let newest: ObjectRecord | undefined;
    for (const record of this.#shelved.get(key)?.values() ?? []) {
      if (newest === undefined || newestFirst(record, newest) < 0) newest = record;
    }
    return newest;
  }
}

/** Whether a record is an older version or a marker, and no object. */
export function isShelved({ key }: ObjectRecord): boolean {
  return key.startsWith(SHELF);
}

export function versionIdOf({ versionId }: ObjectRecord): string {
  return versionId ?? NULL_VERSION;
}

function shelfKey(key: string, versionId: string): string {
  return `${SHELF}${versionId}/${key}`;
}

function keyOf(record: ObjectRecord): string {
  return isShelved(record) ? record.key.slice(record.key.indexOf('/', SHELF.length) + 1) : record.key;
}

function newestFirst(a: ObjectRecord, b: ObjectRecord): number {
  return (b.order ?? 0) - (a.order ?? 0);
}
