/** Opens an upload: resumes the one of a checkpoint, or begins a new one. */
import { abortable, abortableLater } from '../core/abortable.js';
import { type PartPlan, planParts } from '../core/plan.js';
import { fromFile } from '../core/file-errors.js';
import { hasCode, OssError } from '../errors.js';
import type { Checkpoint } from '../ports.js';
import { type CarriedPart, type Identity, reconcile } from '../checkpoint/match.js';
import { completeEtag, findStored, type StoredObject, unconfirmed } from './find-stored-object.js';
import { discardHeld, withPatience } from '../checkpoint/discard.js';
import { identify, inSlot, type Job, resolveKey } from './job.js';
import { listAllParts } from './list-all-parts.js';
import { readCheckpoint, readParts } from '../checkpoint/read.js';

/** An upload that OSS knows, and what of it is there. */
export interface Session {
  checkpoint: Checkpoint;
  plan: PartPlan;
  /** Parts on the server that the local file still has to be compared with. */
  carried: CarriedPart[];
  /** It was begun by an earlier run: another tab, paused, may still have it in mind. */
  isResumed: boolean;
}

/** A session to resume, or the object itself where an earlier Complete has won. */
export type Opened =
  | { session: Session }
  | { stored: StoredObject; key: string; crc64: string | undefined; checkpoint: Checkpoint | undefined };

/** Milliseconds for the answer to an Initiate that is on its way when the upload is stopped, while the caller waits, and in all. */
const INITIATE_GRACE = 500;
const INITIATE_PATIENCE = 15_000;

/**
 * Resumes the checkpoint of this ID where there is one that the server confirms; begins a new upload otherwise.
 * The caller holds the lock of `id`.
 *
 * @returns `undefined` when the checkpoint is not for this upload: another user's, of other content, or given up
 */
export async function openSession(job: Job, id: string, identity: Identity): Promise<Opened | undefined> {
  const { store, config, memory, signal } = job;
  const value = await abortable(store.load(id), signal);
  // The database may have been cleared, or another tab may have completed the upload: the server knows.
  const own = memory.opened?.id === id && value === undefined ? memory.opened : undefined;
  const record = readCheckpoint(value, config) ?? own;
  if (!record || record.outcome !== undefined) return begin(job, id, identity, memory.key);
  if (record.discarded || (identity.scope === undefined && record.key !== identity.key)) return undefined;
  const isOurs = memory.opened?.uploadId === record.uploadId;
  if (record.fingerprint !== identity.fingerprint) {
    // The file has changed in hand: the parts of its older content are of no use.
    if (isOurs) void discardHeld(job, record, true).catch(() => {});
    return undefined;
  }
  job.trustEndpoint();
  const { key, uploadId, partSize } = record;
  const recorded = readParts(await abortable(store.parts(id), signal));
  try {
    const listed = await listAllParts(job, key, uploadId, Math.max(0, ...recorded.keys()));
    const plan = planParts(job.upload.file.size, partSize);
    const checkpoint = await claim(job, { ...record, completing: false });
    return { session: { checkpoint, plan, carried: reconcile(recorded, listed, plan), isResumed: true } };
  } catch (error) {
    // What these credentials may not list is not this user's: it is left alone.
    if (hasCode(error, 'AccessDenied') && !isOurs) return undefined;
    if (!hasCode(error, 'NoSuchUpload')) throw error;
  }
  identify(job, key);
  const { count } = planParts(job.upload.file.size, partSize);
  const parts = recorded.size === count ? [...recorded.values()].sort((a, b) => a.number - b.number) : [];
  const won = await findEarlierSuccess(job, key, parts, record.completing === true);
  return won ? { ...won, checkpoint: record } : begin(job, id, identity, key);
}

/** Begins a new upload under an ID. A key that is known already is kept; a function is asked for one otherwise. */
export async function begin(job: Job, id: string, { fingerprint, scope }: Identity, knownKey: string | undefined): Promise<Opened> {
  const { upload, config, serviceClock, store, memory, headers, signal } = job;
  const { file } = upload;
  const key = knownKey ?? (await resolveKey(job));
  identify(job, key);
  memory.verified.clear();
  const plan = planParts(file.size, upload.partSize);
  // Parts of an earlier upload under this ID are of no use to this one, nor is what that has come to.
  await abortable(store.remove(id), signal);
  const uploadId = await initiate(job, key);
  if (hasCode(signal.reason, 'TakenOver')) {
    abortInBackground(job, key, uploadId);
    throw signal.reason;
  }
  const now = serviceClock.now();
  const checkpoint: Checkpoint = {
    version: 2,
    id,
    fingerprint,
    region: config.region,
    bucket: config.bucket,
    key,
    ...(scope !== undefined && { scope }),
    uploadId,
    file: { name: upload.path, size: file.size, lastModified: (file as Partial<File>).lastModified ?? 0, type: file.type },
    partSize: plan.partSize,
    createdAt: now,
    updatedAt: now,
    ...(Object.keys(headers.everyRequest).length > 0 && { headers: headers.everyRequest }),
  };
  const claimed = await claim(job, checkpoint);
  return { session: { checkpoint: claimed, plan, carried: [], isResumed: false } };
}

/**
 * Asks for an upload ID. An upload whose answer never came would stay on the server for ever, so a request that is on its way
 * when the upload is stopped may finish: soon enough, its upload is recorded; later, it is aborted.
 */
async function initiate(job: Job, key: string): Promise<string> {
  const { client, clock, headers, signal } = job;
  const patience = new AbortController();
  const initiating = inSlot(job, (context) =>
    client.initiate(key, headers.initiate, { ...context, signal: patience.signal, givingUp: signal }),
  );
  try {
    return await abortableLater(initiating, signal, INITIATE_GRACE, clock);
  } catch (error) {
    if (signal.aborted) {
      const cancel = clock.after(INITIATE_PATIENCE, () => patience.abort(signal.reason));
      void initiating
        .then((uploadId) => abortInBackground(job, key, uploadId))
        .catch(() => {})
        .finally(cancel);
    }
    throw error;
  }
}

/** For an upload that no record speaks of. */
export function abortInBackground(job: Job, key: string, uploadId: string): void {
  void withPatience(job, (context) => job.client.abort(key, uploadId, job.headers.everyRequest, context)).catch(() => {});
}

/** Puts this run's name into the record and saves it: where there are no locks, the newest claim wins. */
async function claim(job: Job, checkpoint: Checkpoint): Promise<Checkpoint> {
  const { store, serviceClock, fileHandles, upload, memory } = job;
  const owner = crypto.randomUUID();
  // In a scope, a copy under another path has taken it over: it is that one's now.
  const claimed = { ...checkpoint, file: { ...checkpoint.file, name: upload.path }, updatedAt: serviceClock.now(), owner };
  memory.opened = claimed;
  identify(job, claimed.key);
  await abortable(store.save(claimed), job.signal);
  // Also when resuming: the file may have been picked the first time, and dropped now.
  if (upload.fileHandle) await fileHandles.save(claimed.id, upload.fileHandle).catch(() => {});
  return claimed;
}

/**
 * The upload is gone: did an earlier Complete win? Size and CRC-64 of the whole local file decide. Where the credentials
 * may not look, or nothing tells, uploading again is the safe answer, unless Complete had been sent: then nobody but the
 * server knows.
 *
 * @param parts all of them as recorded, or none
 */
async function findEarlierSuccess(
  job: Job,
  key: string,
  parts: readonly { etag: string }[],
  isCompleting: boolean,
): Promise<{ stored: StoredObject; key: string; crc64: string | undefined } | undefined> {
  const { hasher, upload, signal } = job;
  let crc64: string | undefined;
  try {
    const stored = await findStored(job, key, async (head) => {
      if (head.crc64 !== undefined)
        ({ crc64 } = await fromFile(hasher.digest(upload.file, { crc64: true, md5: false }, signal), signal, { key }));
      return { crc64, etag: parts.length > 0 ? await completeEtag(job, parts) : undefined };
    });
    return stored && { stored, key, crc64 };
  } catch (error) {
    const isRefused = error instanceof OssError && error.status === 403;
    if (!isRefused && !hasCode(error, 'Unconfirmed')) throw error;
    if (isCompleting) throw unconfirmed(error, key);
    return undefined;
  }
}
