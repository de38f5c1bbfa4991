import { claimed } from '../checkpoint/claim.js';
import { type Checkpoints, loadCheckpoint } from '../checkpoint/checkpoints.js';
import { type CarriedPart, type Identity, isOfAim, isOfOtherPath, reconcile } from '../checkpoint/match.js';
import { discardHeld } from '../checkpoint/discard.js';
import { planOf, readParts } from '../checkpoint/read.js';
import { abortable } from '../core/abortable.js';
import { type PartPlan, planParts } from '../core/plan.js';
import { hasCode } from '../errors.js';
import { listAllParts } from '../oss/list-all-parts.js';
import type { Checkpoint, CheckpointPart } from '../ports.js';
import { type EqualObject, findEqualObject } from './find-equal-object.js';
import { discoverUpload } from './discover-upload.js';
import type { LocalFile } from './local-file.js';
import type { Requests } from './requests.js';
import { resolveKey } from './resolve-key.js';
import type { RunningTask } from './running-task.js';

/** An upload that OSS knows, and the parts of it that are there. */
export interface OpenUpload {
  checkpoint: Checkpoint;
  plan: PartPlan;
  /** Parts on the server that the local file still has to be compared with. */
  carried: CarriedPart[];
  /** It was begun by an earlier run: another tab, paused, may still have it in mind. */
  isResumed: boolean;
}

/** An upload to send, or the object itself where an earlier Complete has won. */
export type Opened = { open: OpenUpload } | (EqualObject & { checkpoint: Checkpoint | undefined });

/**
 * Resumes the checkpoint of this ID if there is one that the server confirms; begins a new upload otherwise.
 * The caller holds the lock of `id`.
 *
 * @returns `undefined` when the checkpoint is not for this upload: another user's, of other content, or discarded
 */
export async function openUpload(
  task: RunningTask,
  file: LocalFile,
  requests: Requests,
  checkpoints: Checkpoints,
  id: string,
  identity: Identity,
): Promise<Opened | undefined> {
  const { upload, memory, signal } = task;
  // The database may have been cleared, or another tab may have completed the upload: the server knows.
  const record = await abortable(loadCheckpoint(checkpoints, id, memory.opened?.id === id ? memory.opened : undefined), signal);
  if (!record || record.outcome) {
    const found =
      upload.discover && identity.scope === undefined && (await discoverUpload(task, file, requests, checkpoints, identity.key));
    // In a scope, a copy of the file may have taken the upload over, and the key with it.
    const key = record && isOfOtherPath(record, identity) ? undefined : (memory.opened?.proposedKey ?? memory.key);
    if (!found) return begin(task, requests, checkpoints, id, identity, key);
    const { uploadId, plan, parts, isFound } = found;
    const { partSize, recuts } = plan;
    const known = { key: identity.key, uploadId, partSize, recuts, isFound };
    const checkpoint = await claim(task, checkpoints, newRecord(task, checkpoints, id, identity, known), 'server');
    return { open: { checkpoint, plan, carried: reconcile(new Map(), parts, plan), isResumed: true } };
  }
  if (record.discarded || !isOfAim(record, identity)) return undefined;
  const isOurs = memory.opened?.uploadId === record.uploadId;
  // Without locks, another tab that began at the same moment has won: no record speaks of this one's upload.
  if (memory.opened && !isOurs) requests.abandon(memory.opened);
  if (record.fingerprint !== identity.fingerprint || record.file.size !== upload.file.size) {
    // The file has changed in hand: the parts of its older content are of no use.
    if (isOurs) void discardHeld(checkpoints, record, true).catch(() => {});
    return undefined;
  }
  requests.trust();
  const { key, uploadId } = record;
  const recorded = readParts(await abortable(checkpoints.store.parts(id), signal));
  const plan = planOf(record);
  try {
    const listed = await listAllParts(requests.sendInSlot, key, uploadId, Math.max(0, ...recorded.keys()));
    const checkpoint = await claim(task, checkpoints, { ...record, completing: false }, 'checkpoint');
    return { open: { checkpoint, plan, carried: reconcile(recorded, listed, plan), isResumed: true } };
  } catch (error) {
    // What these credentials may not list is not this user's: it is left alone.
    if (hasCode(error, 'AccessDenied', 'SignerRefused') && !isOurs) return undefined;
    if (!hasCode(error, 'NoSuchUpload')) throw error;
  }
  memory.identify(key);
  const parts = recorded.size === plan.count ? [...recorded.values()].sort((a, b) => a.number - b.number) : [];
  return beginUnlessStored(task, file, requests, checkpoints, id, identity, record, parts);
}

/**
 * An upload is gone: an earlier Complete, perhaps of another device, has won; or there is a new one to begin under the same key.
 * @param parts all of them as recorded, or none
 */
export async function beginUnlessStored(
  task: RunningTask,
  file: LocalFile,
  requests: Requests,
  checkpoints: Checkpoints,
  id: string,
  identity: Identity,
  gone: Checkpoint,
  parts: readonly CheckpointPart[],
): Promise<Opened> {
  const won = await findEqualObject(file, requests, gone.key, parts, gone.completing === true);
  return won ? { ...won, checkpoint: gone } : begin(task, requests, checkpoints, id, identity, gone.proposedKey ?? gone.key);
}

/** Begins a new upload under an ID. A key that is known is kept; without one, the caller's function chooses it. */
async function begin(
  task: RunningTask,
  requests: Requests,
  checkpoints: Checkpoints,
  id: string,
  identity: Identity,
  knownKey: string | undefined,
): Promise<Opened> {
  const { upload, memory, signal } = task;
  const { store } = checkpoints;
  const proposed = knownKey ?? (await resolveKey(upload, signal));
  memory.identify(proposed);
  memory.verified.clear();
  const plan = planParts(upload.file.size, upload.partSize, requests.pace.suitable(upload.parallel));
  // Parts of an earlier upload under this ID are of no use to this one, nor is its outcome.
  await abortable(store.remove(id), signal);
  const { key, uploadId } = await requests.initiate(proposed, upload.file.size);
  if (hasCode(signal.reason, 'TakenOver')) {
    requests.abandon({ key, uploadId });
    throw signal.reason;
  }
  const known = { key, uploadId, partSize: plan.partSize, ...(key !== proposed && { proposedKey: proposed }) };
  const checkpoint = await claim(task, checkpoints, newRecord(task, checkpoints, id, identity, known), undefined);
  return { open: { checkpoint, plan, carried: [], isResumed: false } };
}

function newRecord(
  { upload: { file, path, headers } }: RunningTask,
  { place, serviceClock }: Checkpoints,
  id: string,
  { fingerprint, scope }: Identity,
  known: Pick<Checkpoint, 'key' | 'proposedKey' | 'uploadId' | 'partSize' | 'recuts' | 'isFound'>,
): Checkpoint {
  const now = serviceClock.now();
  return {
    version: 2,
    id,
    fingerprint,
    region: place.region,
    bucket: place.bucket,
    scope,
    file: { name: path, size: file.size, lastModified: (file as Partial<File>).lastModified ?? 0, type: file.type },
    createdAt: now,
    updatedAt: now,
    headers: headers.everyRequest,
    ...known,
  };
}

/** Records that this run works on an upload. */
async function claim(
  { upload: { path, fileHandle }, memory, signal }: RunningTask,
  { store, serviceClock, fileHandles }: Checkpoints,
  checkpoint: Checkpoint,
  resumedFrom: 'checkpoint' | 'server' | undefined,
): Promise<Checkpoint> {
  const own = claimed(checkpoint, path, serviceClock.now());
  memory.open(own, resumedFrom);
  // Also when resuming: the file may have been picked the first time, and dropped now. Also when the run is ending.
  const saving = Promise.all([store.save(own), fileHandle && fileHandles.save(own.id, fileHandle).catch(() => {})]);
  await abortable(saving, signal);
  return own;
}
