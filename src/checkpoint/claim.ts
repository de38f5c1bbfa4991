/** Whose a checkpoint is where there are no locks: the newest claim wins. */
import { abortable } from '../core/abortable.js';
import { CheckpointError } from '../errors.js';
import type { Checkpoint } from '../ports.js';
import type { Checkpoints } from './checkpoints.js';

/** Puts the name of one run into a record. */
export function claimed(checkpoint: Checkpoint, path: string, now: number): Checkpoint {
  // In a scope, a copy under another path may take the upload over: it is that file's from now on.
  return { ...checkpoint, file: { ...checkpoint.file, name: path }, updatedAt: now, owner: crypto.randomUUID() };
}

/** @throws {CheckpointError} `TakenOver` when the record bears a newer claim */
export async function checkClaim({ locks, store, background }: Checkpoints, own: Checkpoint, signal: AbortSignal): Promise<void> {
  if (locks.exclusive) return;
  const current = (await abortable(store.load(own.id), signal)) as { owner?: string; uploadId?: string } | undefined;
  if (current?.owner === own.owner) return;
  // Both have begun at the same moment: no record speaks of this one's upload.
  if (current && current.uploadId !== own.uploadId) void background.abort(own).catch(() => {});
  throw takenOver(own.key);
}

export function takenOver(key: string | undefined): CheckpointError {
  return new CheckpointError('TakenOver', `Another tab has taken over the upload of "${key}".`, { key });
}
