import { checkKey } from '../core/key.js';
import { planParts } from '../core/plan.js';
import type { Checkpoint, CheckpointPart } from '../ports.js';

/** A stored value as a checkpoint, or `undefined` when it is corrupt or of another version. */
export function readCheckpoint(value: unknown): Checkpoint | undefined {
  const record = value as Checkpoint | null | undefined;
  const file = record?.file;
  const sound =
    record?.version === 1 &&
    [record.id, record.fingerprint, record.endpoint, record.bucket, record.key, record.uploadId].every(
      (text) => typeof text === 'string' && text !== '' && !/\p{Surrogate}/u.test(text),
    ) &&
    [record.partSize, record.createdAt, record.updatedAt, file?.size].every(isNatural) &&
    // Before 1970 it is negative.
    Number.isSafeInteger(file?.lastModified) &&
    [file?.name, file?.type].every((text) => typeof text === 'string');
  return sound && isPossible(record) ? record : undefined;
}

/** The sound ones of stored values that are about this bucket. */
export function readCheckpoints(values: readonly unknown[], { endpoint, bucket }: { endpoint: string; bucket: string }): Checkpoint[] {
  return values.flatMap((value) => {
    const record = readCheckpoint(value);
    return record?.endpoint === endpoint && record.bucket === bucket ? [record] : [];
  });
}

/** Whether an upload with this key and these parts can have been begun: OSS refuses others again and again. */
function isPossible({ key, file, partSize }: Checkpoint): boolean {
  try {
    checkKey(key);
    return planParts(file.size, partSize).partSize === partSize;
  } catch {
    return false;
  }
}

/** The stored parts that make sense, by number. */
export function readParts(values: readonly unknown[]): Map<number, CheckpointPart> {
  const parts = new Map<number, CheckpointPart>();
  for (const value of values) {
    const part = value as CheckpointPart | null;
    const sound =
      isNatural(part?.number) &&
      isNatural(part?.size) &&
      typeof part?.etag === 'string' &&
      (part.crc64 === undefined || typeof part.crc64 === 'string');
    if (sound) parts.set(part.number, part);
  }
  return parts;
}

function isNatural(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
