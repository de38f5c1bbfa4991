/** Reads what a store returns: whatever is corrupt, of another version or of another bucket is ignored. */
import { isWhole } from '../core/is-whole.js';
import { checkKey } from '../core/key.js';
import { checkPartSize, evenPlan, MAX_PART_SIZE, MAX_PARTS, type PartPlan, recut } from '../core/plan.js';
import type { Endpoint } from '../options/endpoint.js';
import type { Checkpoint, CheckpointPart } from '../ports.js';

/** The bucket that records have to be about. */
export interface Place {
  region: string;
  bucket: string;
  endpoints: readonly Endpoint[];
}

/** Version 1 named the endpoint, and times were the local clock's. */
interface OldCheckpoint extends Omit<Checkpoint, 'version' | 'region'> {
  version: 1;
  endpoint: string;
}

/** A stored value as a checkpoint of this bucket, or `undefined`. */
export function readCheckpoint(value: unknown, place: Place): Checkpoint | undefined {
  const record = upgrade(value as Checkpoint | OldCheckpoint | null | undefined, place);
  const file = record?.file;
  const sound =
    record?.version === 2 &&
    record.region === place.region &&
    record.bucket === place.bucket &&
    [record.id, record.fingerprint, record.key, record.uploadId].every(isText) &&
    (record.scope === undefined || isText(record.scope)) &&
    [record.partSize, record.createdAt, record.updatedAt, file?.size].every(isNatural) &&
    // Before 1970 it is negative.
    Number.isSafeInteger(file?.lastModified) &&
    [file?.name, file?.type].every((text) => typeof text === 'string');
  return sound && isPossible(record) ? record : undefined;
}

/** The sound ones of stored values that are about this bucket. */
export function readCheckpoints(values: readonly unknown[], place: Place): Checkpoint[] {
  return values.flatMap((value) => readCheckpoint(value, place) ?? []);
}

/** Those of them whose uploads are neither discarded nor finished, newest first. */
export function readUnfinished(values: readonly unknown[], place: Place): Checkpoint[] {
  return readCheckpoints(values, place)
    .filter(({ discarded, outcome }) => !discarded && !outcome)
    .sort((a, b) => b.updatedAt - a.updatedAt);
}

/** The stored parts that make sense, by number. */
export function readParts(values: readonly unknown[]): Map<number, CheckpointPart> {
  const parts = new Map<number, CheckpointPart>();
  for (const value of values) {
    const part = value as CheckpointPart | null;
    const sound =
      isWhole(part?.number, 1, MAX_PARTS) &&
      isWhole(part.size, 0, MAX_PART_SIZE) &&
      typeof part.etag === 'string' &&
      (part.crc64 === undefined || (typeof part.crc64 === 'string' && /^\d{1,20}$/.test(part.crc64)));
    if (sound) parts.set(part.number, part);
  }
  return parts;
}

/** How the file of a record was cut. @throws {TypeError | RangeError} where it can't have been cut so */
export function planOf({ file, partSize, recuts = [] }: Checkpoint): PartPlan {
  checkPartSize(partSize);
  return recuts.reduce((plan, next) => recut(plan, next.from, next.partSize), evenPlan(file.size, partSize));
}

/** A record of version 1 fits where its endpoint is one of ours, or its host names our region. */
function upgrade(record: Checkpoint | OldCheckpoint | null | undefined, { region, endpoints }: Place): Checkpoint | undefined {
  if (record?.version !== 1) return record ?? undefined;
  const { endpoint, ...rest } = record;
  if (typeof endpoint !== 'string') return undefined;
  const fits = endpoints.some(({ origin }) => origin === endpoint) || endpoint.includes(`://oss-${region}.`);
  return fits ? { ...rest, version: 2, region } : undefined;
}

/** Whether an upload with this key and these parts can have been begun: OSS refuses others again and again. */
function isPossible(record: Checkpoint): boolean {
  try {
    checkKey(record.key);
    return planOf(record).count <= MAX_PARTS;
  } catch {
    return false;
  }
}

function isText(text: unknown): boolean {
  return typeof text === 'string' && text !== '' && !/\p{Surrogate}/u.test(text);
}

function isNatural(value: unknown): boolean {
  return isWhole(value, 0, Number.MAX_SAFE_INTEGER);
}
