import { type PartPlan, partRange } from '../core/plan.js';
import type { ListedPart } from '../oss/xml.js';
import type { Checkpoint, CheckpointPart } from '../ports.js';
import { readCheckpoints } from './record.js';

/** What makes two uploads the same one. */
export interface Identity {
  endpoint: string;
  bucket: string;
  fingerprint: string;
  /** Only when the caller named it as a string: keys made by a function differ each time. */
  key: string | undefined;
  /** The file's path as the user knows it. */
  path: string;
}

/** A finished part as the upload goes on from it. */
export interface CarriedPart {
  number: number;
  etag: string;
  size: number;
  /** What the local slice must come to, unsigned decimal text. */
  crc64: string;
}

/**
 * The ID under which an upload without a checkpoint begins one: equal in every tab for the same file and aim.
 * The path is part of it so that copies of one file in one folder stay uploads of their own.
 */
export function checkpointId({ endpoint, bucket, fingerprint, key, path }: Identity): string {
  return JSON.stringify([endpoint, bucket, fingerprint, ...(key === undefined ? ['path', path] : ['key', key])]);
}

/**
 * Which checkpoints the upload may go on from, best first: same endpoint, bucket and fingerprint, and key if the
 * caller named one. Otherwise the checkpoint's key wins; one begun under the same path before the others.
 */
export function findMatches(values: readonly unknown[], identity: Identity): Checkpoint[] {
  const id = checkpointId(identity);
  return readCheckpoints(values, identity)
    .filter(({ discarded, fingerprint }) => !discarded && fingerprint === identity.fingerprint)
    .filter(({ key }) => identity.key === undefined || key === identity.key)
    .sort((a, b) => Number(b.id === id) - Number(a.id === id) || b.updatedAt - a.updatedAt);
}

/**
 * What can be carried over: parts the server has, of the right size, whose CRC-64 is known from it or from the
 * record. None of them is believed before the local slice has been hashed and found equal, so the record's ETag
 * decides only where the server reports no CRC-64.
 */
export function reconcile(recorded: ReadonlyMap<number, CheckpointPart>, listed: readonly ListedPart[], plan: PartPlan): CarriedPart[] {
  const carried: CarriedPart[] = [];
  for (const { number, etag, size, crc64 } of listed) {
    if (number > plan.count || size !== sizeOfPart(plan, number)) continue;
    const own = recorded.get(number);
    const known = crc64 ?? (own && sameEtag(own.etag, etag) ? own.crc64 : undefined);
    if (known !== undefined) carried.push({ number, etag, size, crc64: known });
  }
  return carried;
}

/** Quotes and case carry no meaning. */
export function sameEtag(a: string, b: string): boolean {
  const bare = (etag: string): string => etag.replaceAll('"', '').toUpperCase();
  return bare(a) === bare(b);
}

function sizeOfPart(plan: PartPlan, number: number): number {
  const { start, end } = partRange(plan, number);
  return end - start;
}
