import type { Checkpoints } from '../checkpoint/checkpoints.js';
import { discard } from '../checkpoint/discard.js';
import { chooseCheckpoint, findMatches, type Identity } from '../checkpoint/match.js';
import { readCheckpoints } from '../checkpoint/read.js';
import { abortable, within } from '../core/abortable.js';
import { MIN_PART_SIZE, planParts } from '../core/plan.js';
import type { Pace } from '../core/pace.js';
import type { Pool } from '../core/pool.js';
import type { UploadResult } from '../core/task-state.js';
import type { Requester } from '../oss/request.js';
import type { Checkpoint, Clock, Hasher } from '../ports.js';
import { createLocalFile, type LocalFile } from './local-file.js';
import { findEqualObject } from './find-equal-object.js';
import { createRequests } from './requests.js';
import { resolveKey } from './resolve-key.js';
import type { RunningTask, TaskContext } from './running-task.js';
import { createStatusReporter } from './status-reporter.js';
import { toResult } from './to-result.js';
import { uploadInOneRequest } from './upload-in-one-request.js';
import { uploadInParts } from './upload-in-parts.js';

/** Runs the uploads of an uploader. */
export interface Runner {
  /**
   * Runs an upload to its end: in one request, or in parts. A checkpoint is looked for before today's options decide that: with a
   * larger `partSize`, a file that was begun in parts would be small.
   */
  run(task: TaskContext): Promise<UploadResult>;
  /** The ID of the checkpoint that {@link run} would resume, if that can be known without asking for a key and nobody else works on it. */
  findCheckpoint(task: TaskContext): Promise<string | undefined>;
  /** @see discard */
  discard(id: string, own?: Checkpoint): Promise<void>;
}

/** Milliseconds. */
const LIST_PATIENCE = 5_000;

export function createRunner(requester: Requester, pool: Pool, pace: Pace, hasher: Hasher, checkpoints: Checkpoints, clock: Clock): Runner {
  const { store, place } = checkpoints;

  /** Whether any record is of a file of this size: only then is a fingerprint worth its time. */
  async function mayBeBegun({ size }: Blob, signal: AbortSignal): Promise<boolean> {
    if (size <= MIN_PART_SIZE) return false;
    // A store that hangs keeps no small file from its one request.
    const records = await within(store.list(), LIST_PATIENCE, clock, signal);
    return readCheckpoints(records ?? [], place).some(({ file }) => file.size === size);
  }

  async function findCheckpoint(task: TaskContext): Promise<string | undefined> {
    const { upload } = task;
    const isKeyKnown = task.memory.key !== undefined || typeof upload.key !== 'function' || upload.scope !== undefined;
    if (!isKeyKnown || !(await mayBeBegun(upload.file, task.signal))) return undefined;
    await settleKey(task);
    const identity = await identify(task, createLocalFile(upload.file, hasher, task.signal));
    const { id, isOfOtherPath } = chooseCheckpoint(await store.list(), place, identity, new Set());
    return isOfOtherPath || task.isTaken(id) ? undefined : id;
  }

  return {
    async run(context) {
      const { upload } = context;
      const ending = new AbortController();
      const signal = AbortSignal.any([context.signal, ending.signal]);
      const status = createStatusReporter(context.dispatch, signal);
      const task: RunningTask = { ...context, signal, status, end: (error) => ending.abort(error) };
      const file = createLocalFile(upload.file, hasher, signal);
      const requests = createRequests(requester, checkpoints.background, pool, pace, upload.headers, status, clock, signal);
      await settleKey(task);
      if (upload.skipExisting && !task.memory.opened) {
        const equal = await findEqualObject(file, requests, task.memory.key as string, [], false);
        if (equal) {
          // Parts of an upload that was begun earlier are of no use any more.
          void findCheckpoint(task)
            .then((id) => (id === undefined ? undefined : discard(checkpoints, id)))
            .catch(() => {});
          return { ...toResult(task, requests, equal.key, equal.stored, equal.crc64), instant: true };
        }
      }
      const isSmall = task.memory.opened === undefined && planParts(upload.file.size, upload.partSize).count === 1;
      if (isSmall && !(await mayBeBegun(upload.file, signal))) return uploadInOneRequest(task, file, requests);
      // Side by side: opening the database takes a while, too.
      const [identity, records] = await Promise.all([identify(task, file), abortable(store.list(), signal)]);
      const hasMatch = findMatches(records, place, identity).length > 0;
      return isSmall && !hasMatch
        ? uploadInOneRequest(task, file, requests)
        : uploadInParts(task, file, requests, checkpoints, identity, records);
    },
    findCheckpoint,
    discard: (id, own) => discard(checkpoints, id, own),
  };
}

/** Outside a scope the key decides what is resumed, so it has to be known at the start; later runs of a task keep it. */
async function settleKey({ upload, memory, signal }: TaskContext): Promise<void> {
  if (memory.key === undefined && upload.scope === undefined) memory.identify(await resolveKey(upload, signal));
}

/** By what the checkpoint of a file is found. */
async function identify({ upload: { scope, path }, memory }: TaskContext, file: LocalFile): Promise<Identity> {
  const fingerprint = await file.fingerprint(memory.key);
  return scope === undefined ? { fingerprint, key: memory.key as string } : { fingerprint, scope, path };
}
