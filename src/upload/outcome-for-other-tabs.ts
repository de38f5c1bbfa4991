/** What a finished upload leaves in its checkpoint's place, for tabs that wait for it or were paused. */
import { loadCheckpoint, type Checkpoints } from '../checkpoint/checkpoints.js';
import { lockName } from '../checkpoint/lock.js';
import { abortable } from '../core/abortable.js';
import { type Identity, isOfAim, isOfOtherPath } from '../checkpoint/match.js';
import type { UploadResult } from '../core/task-state.js';
import type { Checkpoint } from '../ports.js';
import { hasCallback, unknownCallback } from './to-result.js';
import type { LocalFile } from './local-file.js';
import type { RunningTask } from './running-task.js';

/** @param isAwaited only then is the application server's answer kept, which is nobody else's business */
export function toOutcome(checkpoint: Checkpoint, result: UploadResult, isAwaited: boolean, now: number): Checkpoint {
  const { callbackBody, ...rest } = result;
  const outcome = { ...rest, callbackBody: isAwaited ? callbackBody : undefined };
  return { ...checkpoint, updatedAt: now, completing: false, outcome };
}

/**
 * The result of another tab, if it has completed this very upload: the one that was waited for, or that this task was working on
 * before it was paused. The last tab that waits clears it away. Files with equal fingerprints may differ: the whole file is compared.
 * @param stale upload ID of an outcome that was there before the wait
 */
export async function adoptOutcome(
  { upload, memory, dispatch, signal }: RunningTask,
  file: LocalFile,
  checkpoints: Checkpoints,
  id: string,
  identity: Identity,
  hasWaited: boolean,
  stale: string | undefined,
): Promise<UploadResult | undefined> {
  if (!hasWaited && memory.opened === undefined) return undefined;
  const record = await abortable(loadCheckpoint(checkpoints, id), signal);
  const result = record?.outcome as UploadResult | undefined;
  if (!record || result?.key !== record.key || record.fingerprint !== identity.fingerprint) return undefined;
  const isSameKey = isOfAim(record, identity) && !isOfOtherPath(record, identity);
  const isSameUpload = hasWaited ? record.uploadId !== stale : memory.opened?.uploadId === record.uploadId;
  if (!isSameKey || !isSameUpload) return undefined;
  const { crc64 } = await file.digest(file.blob, { crc64: true, md5: false }, { key: record.key });
  if (crc64 !== result.crc64) return undefined;
  const { locks, store } = checkpoints;
  if (!(await locks.isAwaited(lockName(id)).catch(() => true))) await store.remove(id);
  memory.close();
  memory.identify(record.key);
  if (hasCallback(upload) && result.callbackBody === undefined) dispatch(unknownCallback(record.key));
  return result;
}
