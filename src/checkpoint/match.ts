/** Which checkpoint an upload resumes, and under which ID a new one begins. */
import { type PartPlan, partSize } from '../core/plan.js';
import type { ListedPart } from '../oss/xml.js';
import type { Checkpoint, CheckpointPart } from '../ports.js';
import { type Place, readCheckpoint, readUnfinished } from './read.js';

/** What makes two uploads the same one. The endpoint is no part of it. */
export type Identity = { fingerprint: string } & (
  | { key: string; scope?: undefined; path?: undefined }
  /** Keys are random: within the scope, the file's path prefers a checkpoint, and the checkpoint's key wins. */
  | { scope: string; path: string }
);

/** A finished part as the upload resumes with it. */
export interface CarriedPart {
  number: number;
  etag: string;
  size: number;
  /** What the local slice must come to, unsigned decimal text. */
  crc64: string;
}

/** A checkpoint to try. */
export interface Choice {
  id: string;
  /** It was begun for another path: it may be a copy's, so nobody waits for it. */
  isOfOtherPath: boolean;
}

/**
 * The checkpoint to resume, or the ID for a new one: equal in every tab for the same file and aim.
 *
 * @param values as the store lists them
 * @param refused IDs that were tried: other users' uploads, or other tabs'
 * @param own the ID under which the task has worked before; it is tried first, whatever became of its record
 */
export function chooseCheckpoint(
  values: readonly unknown[],
  place: Place,
  identity: Identity,
  refused: ReadonlySet<string>,
  own?: string,
): Choice {
  if (own !== undefined && !refused.has(own)) return { id: own, isOfOtherPath: false };
  const matches = findMatches(values, place, identity).filter(({ id }) => !refused.has(id));
  const match = matches.find((record) => !isOfOtherPath(record, identity)) ?? matches[0];
  if (match) return { id: match.id, isOfOtherPath: isOfOtherPath(match, identity) };
  const taken = new Set(values.filter((value) => isOccupied(value, place)).map((value) => (value as Checkpoint).id));
  for (let number = 1; ; number += 1) {
    const id = checkpointId(place, identity, number);
    if (!taken.has(id) && !refused.has(id)) return { id, isOfOtherPath: false };
  }
}

/** Unfinished uploads of the same content under the same key, or in the same scope, newest first. */
export function findMatches(values: readonly unknown[], place: Place, identity: Identity): Checkpoint[] {
  return readUnfinished(values, place)
    .filter(({ fingerprint }) => fingerprint === identity.fingerprint)
    .filter((record) => isOfAim(record, identity));
}

/** Whether a record is of this key or scope. A signer may have chosen the key: then the one that it was asked for counts, too. */
export function isOfAim({ key, proposedKey, scope }: Checkpoint, identity: Identity): boolean {
  return identity.scope === undefined ? identity.key === key || identity.key === proposedKey : identity.scope === scope;
}

/** Whether a record of a scope is another file's: copies are objects of their own. */
export function isOfOtherPath({ file }: Checkpoint, { path = file.name }: Identity): boolean {
  return path !== file.name;
}

/**
 * What can be carried over: parts the server has, of the right size, whose CRC-64 is known from it or from the
 * record. None of them is believed before the local slice has been hashed and found equal, so the record's ETag
 * decides only where the server reports no CRC-64.
 */
export function reconcile(recorded: ReadonlyMap<number, CheckpointPart>, listed: readonly ListedPart[], plan: PartPlan): CarriedPart[] {
  const carried: CarriedPart[] = [];
  for (const { number, etag, size, crc64 } of listed) {
    if (number > plan.count || size !== partSize(plan, number)) continue;
    const own = recorded.get(number);
    const known = crc64 ?? (own && sameEtag(own.etag, etag) ? own.crc64 : undefined);
    if (known !== undefined) carried.push({ number, etag, size, crc64: known });
  }
  return carried;
}

/** Quotes and case carry no meaning. */
export function sameEtag(a: string, b: string): boolean {
  return bareEtag(a) === bareEtag(b);
}

export function bareEtag(etag: string): string {
  return etag.replaceAll('"', '').toUpperCase();
}

/** @param number counts the uploads of this identity that exist at the same time: other users', or discarded but not yet aborted */
function checkpointId({ region, bucket }: Place, identity: Identity, number: number): string {
  const aim = identity.scope === undefined ? ['key', identity.key] : ['scope', identity.scope, identity.path];
  return JSON.stringify([region, bucket, identity.fingerprint, ...aim, ...(number > 1 ? [number] : [])]);
}

/** Whether a record must not be replaced: whatever is unfinished, and what a later release of the page has written. */
function isOccupied(value: unknown, place: Place): boolean {
  const isLater = ((value as { version?: number } | null)?.version ?? 0) > 2;
  const record = readCheckpoint(value, place);
  return isLater || (record !== undefined && !record.outcome);
}
