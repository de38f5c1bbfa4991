/** What a finished upload leaves in its checkpoint's place, for tabs that wait for it or were paused. */
import { abortable } from '../core/abortable.js';
import type { UploadResult } from '../core/state.js';
import type { Checkpoint } from '../ports.js';
import type { Identity } from './match.js';
import { identify, type Job, warnUnknownCallback } from '../upload/job.js';
import { lockName } from './lock.js';
import { readCheckpoint } from './read.js';

/** @param isAwaited only then is the application server's answer kept, which is nobody else's business */
export function toOutcome({ serviceClock }: Job, checkpoint: Checkpoint, result: UploadResult, isAwaited: boolean): Checkpoint {
  const { callbackBody, ...rest } = result;
  const outcome = { ...rest, callbackBody: isAwaited ? callbackBody : undefined };
  return { ...checkpoint, updatedAt: serviceClock.now(), completing: false, outcome };
}

/**
 * The result of another tab, if it has completed this very upload: the one that was waited for, or that this task was working on
 * before it was paused. The last tab that waits clears it away.
 */
export async function adoptOutcome(job: Job, id: string, identity: Identity, hasWaited: boolean): Promise<UploadResult | undefined> {
  const { store, config, memory, headers, locks } = job;
  if (!hasWaited && memory.opened === undefined) return undefined;
  const record = readCheckpoint(await abortable(store.load(id), job.signal), config);
  const result = record?.outcome as UploadResult | undefined;
  if (!record || result?.key !== record.key) return undefined;
  // Copies of a file in one scope are objects of their own.
  const isSameKey = identity.scope === undefined ? identity.key === record.key : identity.path === record.file.name;
  const isSameUpload = hasWaited || memory.opened?.uploadId === record.uploadId;
  if (!isSameKey || !isSameUpload) return undefined;
  if (!(await locks.isAwaited(lockName(id)).catch(() => true))) await store.remove(id);
  memory.opened = undefined;
  identify(job, record.key);
  if (headers.complete['x-oss-callback'] !== undefined && result.callbackBody === undefined) warnUnknownCallback(job, record.key);
  return result;
}
