import { type Checkpoints, forgetCheckpoint } from '../checkpoint/checkpoints.js';
import { lockName } from '../checkpoint/lock.js';
import { readCheckpoints } from '../checkpoint/read.js';
import { abortable } from '../core/abortable.js';
import { inferPlans } from '../core/infer-plans.js';
import { type PartPlan, partRange } from '../core/plan.js';
import type { TaskEvent } from '../core/task-state.js';
import { hasCode, isCredentialsError, isOssError } from '../errors.js';
import { listAllParts } from '../oss/list-all-parts.js';
import type { ListedPart } from '../oss/xml.js';
import type { LocalFile } from './local-file.js';
import type { Requests } from './requests.js';
import type { RunningTask } from './running-task.js';

/** An upload of the same content that is on the server: begun by another device or tool, or before this browser's storage was cleared. */
export interface DiscoveredUpload {
  uploadId: string;
  plan: PartPlan;
  parts: ListedPart[];
}

/** Candidates: the newest. */
const MOST = 5;

/**
 * Looks on the server for an open upload of this key whose highest part equals the local slice. What is not the file's is left alone,
 * and so is what these credentials may not see.
 */
export async function discoverUpload(
  { memory, dispatch, signal }: RunningTask,
  file: LocalFile,
  requests: Requests,
  checkpoints: Checkpoints,
  key: string,
): Promise<DiscoveredUpload | undefined> {
  try {
    const candidates = (await requests.openUploads(key)).slice(0, MOST);
    for (const { uploadId, parts } of candidates) {
      const found = await compare(file, requests, key, uploadId, parts, signal);
      if (!found || !(await takeRecord(checkpoints, uploadId, signal))) continue;
      // It has just been compared: not once more.
      const highest = found.parts.at(-1) as ListedPart;
      memory.verified.set(highest.number, highest);
      return found;
    }
  } catch (error) {
    signal.throwIfAborted();
    if (!isOssError(error) && !isCredentialsError(error)) throw error;
    dispatch(refused(error.message));
  }
  return undefined;
}

async function compare(
  file: LocalFile,
  requests: Requests,
  key: string,
  uploadId: string,
  known: ListedPart[] | undefined,
  signal: AbortSignal,
): Promise<DiscoveredUpload | undefined> {
  const parts = known ?? (await listAllParts(requests.sendInSlot, key, uploadId, 0).catch(unlessInvisible(signal)));
  const highest = parts.at(-1);
  if (highest?.crc64 === undefined) return undefined;
  for (const plan of inferPlans(file.blob.size, parts)) {
    const { start, end } = partRange(plan, highest.number);
    const { crc64 } = await file.digest(file.blob.slice(start, end), { crc64: true, md5: false }, { key, partNumber: highest.number });
    if (crc64 === highest.crc64) return { uploadId, plan, parts };
  }
  return undefined;
}

/** Completed or aborted in the meantime, or another user's. */
function unlessInvisible(signal: AbortSignal): (error: unknown) => ListedPart[] {
  return (error) => {
    signal.throwIfAborted();
    if (hasCode(error, 'NoSuchUpload', 'AccessDenied')) return [];
    throw error;
  };
}

/**
 * This browser may have a record of the upload, under another modification time: one record is enough.
 * @returns false when somebody works on it, or the user has discarded it
 */
async function takeRecord(checkpoints: Checkpoints, uploadId: string, signal: AbortSignal): Promise<boolean> {
  const { store, place, locks } = checkpoints;
  const record = readCheckpoints(await abortable(store.list(), signal), place).find((other) => other.uploadId === uploadId);
  if (!record) return true;
  if (record.discarded || (await locks.isHeld(lockName(record.id)))) return false;
  await abortable(forgetCheckpoint(checkpoints, record.id), signal);
  return true;
}

function refused(message: string): TaskEvent {
  return { type: 'warn', warning: { code: 'discovery-refused', message: `Nothing was looked for on the server: ${message}` } };
}
