import { abortable, within } from '../core/abortable.js';
import { MIN_PART_SIZE, planParts } from '../core/plan.js';
import type { UploadResult } from '../core/state.js';
import { fromFile } from '../core/file-errors.js';
import { createActivity } from './task-status.js';
import { chooseCheckpoint, findMatches, type Identity } from '../checkpoint/match.js';
import type { Run } from './host.js';
import { identify, type Job, resolveKey } from './job.js';
import { uploadMultipart } from './upload-in-parts.js';
import { uploadSmall } from './upload-in-one-request.js';
import { readCheckpoints } from '../checkpoint/read.js';

/** Milliseconds. */
const LIST_PATIENCE = 5_000;

/**
 * Runs an upload to its end: in one request, or in parts. A checkpoint is looked for before today's options decide that: with a
 * larger `partSize`, a file that was begun in parts would be small.
 */
export async function runUpload(run: Run): Promise<UploadResult> {
  const job = createJob(run);
  await settleKey(job);
  const isSmall = planParts(run.upload.file.size, run.upload.partSize).count === 1;
  if (isSmall && !run.memory.opened && !(await mayBeBegun(job))) return uploadSmall(job);
  // Side by side: opening the database takes a while, too.
  const [identity, records] = await Promise.all([identityOf(job), abortable(run.store.list(), run.signal)]);
  if (isSmall && !run.memory.opened && findMatches(records, run.config, identity).length === 0) return uploadSmall(job);
  return uploadMultipart(job, identity, records);
}

/** What {@link runUpload} would resume, as far as that is known without asking for a key, and nobody else works on it. */
export async function findCheckpoint(run: Run): Promise<string | undefined> {
  const { upload, memory, store, config } = run;
  const isKeyKnown = memory.key !== undefined || typeof upload.key !== 'function' || upload.scope !== undefined;
  const job = createJob(run);
  if (!isKeyKnown || !(await mayBeBegun(job))) return undefined;
  await settleKey(job);
  const { id, isOfOtherPath } = chooseCheckpoint(await store.list(), config, await identityOf(job), new Set());
  return isOfOtherPath || run.isTaken(id) ? undefined : id;
}

function createJob(run: Run): Job {
  return { ...run, activity: createActivity(run.dispatch, run.signal) };
}

/** Outside a scope the key decides what is resumed, so it has to be known at the start; later runs of a task keep it. */
async function settleKey(job: Job): Promise<void> {
  if (job.memory.key === undefined && job.upload.scope === undefined) identify(job, await resolveKey(job));
}

async function identityOf({ upload, memory, hasher, signal }: Job): Promise<Identity> {
  const fingerprint = await fromFile(hasher.fingerprint(upload.file, signal), signal, { key: memory.key });
  signal.throwIfAborted();
  return upload.scope === undefined ? { fingerprint, key: memory.key as string } : { fingerprint, scope: upload.scope, path: upload.path };
}

/** Whether any record is of a file of this size: only then is a fingerprint worth its time. */
async function mayBeBegun({ upload, store, config, clock, signal }: Job): Promise<boolean> {
  const { size } = upload.file;
  if (size <= MIN_PART_SIZE) return false;
  // A store that hangs keeps no small file from its one request.
  const records = await within(store.list(), LIST_PATIENCE, clock, signal);
  return readCheckpoints(records ?? [], config).some(({ file }) => file.size === size);
}
