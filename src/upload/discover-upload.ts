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
  /** Nothing shows that this browser has begun it. */
  isFound: boolean;
}

/** Candidates: the newest. */
const MOST = 5;

/**
 * Looks on the server for an open upload of this key whose lowest and highest parts equal the local slices. What is not the file's is left alone,
 * and so is what these credentials may not see.
 */
export async function discoverUpload(
  task: RunningTask,
  file: LocalFile,
  requests: Requests,
  checkpoints: Checkpoints,
  key: string,
): Promise<DiscoveredUpload | undefined> {
  const { memory, dispatch, signal } = task;
  try {
    const candidates = (await requests.openUploads(key)).slice(0, MOST);
    for (const { uploadId, parts } of candidates) {
      const found = await compare(file, requests, key, uploadId, parts, signal);
      const isFound = found && (await takeRecord(task, checkpoints, uploadId));
      if (!found || isFound === undefined) continue;
      // They have just been compared: not once more.
      for (const part of ends(found.parts)) memory.verified.set(part.number, { ...part, start: partRange(found.plan, part.number).start });
      return { ...found, isFound };
    }
  } catch (error) {
    signal.throwIfAborted();
    if (!isOssError(error) && !isCredentialsError(error) && !hasCode(error, 'UnreadableAnswer')) throw error;
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
): Promise<Omit<DiscoveredUpload, 'isFound'> | undefined> {
  const parts = known ?? (await listAllParts(requests.sendInSlot, key, uploadId, 0).catch(unlessInvisible(signal)));
  const isEqual = async (plan: PartPlan, { number, crc64 }: ListedPart): Promise<boolean> => {
    const { start, end } = partRange(plan, number);
    const local = await file.digest(file.blob.slice(start, end), { crc64: true, md5: false }, { key, partNumber: number });
    return crc64 !== undefined && local.crc64 === crc64;
  };
  plans: for (const plan of inferPlans(file.blob.size, parts)) {
    for (const part of ends(parts)) if (!(await isEqual(plan, part))) continue plans;
    return { uploadId, plan, parts };
  }
  return undefined;
}

/** The highest part, which tells part sizes apart, and the lowest: files of one kind may end alike. */
function ends(parts: readonly ListedPart[]): ListedPart[] {
  return [parts.at(-1), parts.length > 1 ? parts[0] : undefined].filter((part) => part !== undefined);
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
 * @returns whether others have begun it; `undefined` when somebody works on it, or the user has discarded it
 */
async function takeRecord({ signal, isTaken }: RunningTask, checkpoints: Checkpoints, uploadId: string): Promise<boolean | undefined> {
  const { store, place, locks } = checkpoints;
  const record = readCheckpoints(await abortable(store.list(), signal), place).find((other) => other.uploadId === uploadId);
  if (!record) return true;
  if (record.discarded || isTaken(record.id) || (await locks.isHeld(lockName(record.id)))) return undefined;
  await abortable(forgetCheckpoint(checkpoints, record.id), signal);
  return record.isFound === true;
}

function refused(message: string): TaskEvent {
  return { type: 'warn', warning: { code: 'discovery-refused', message: `Not looked for: ${message}` } };
}
