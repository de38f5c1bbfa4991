import { type PartPlan, planParts } from '../core/plan.js';
import { OssError } from '../errors.js';
import type { Stored } from '../oss/client.js';
import type { Checkpoint } from '../ports.js';
import { type CarriedPart, reconcile } from './checkpoint.js';
import { findStored, unconfirmed } from './confirm.js';
import { listAllParts } from './listing.js';
import { fromFile, hasCode, inSlot, type Job, resolveKey } from './job.js';
import { readCheckpoint, readParts } from './record.js';

/** An upload that OSS knows, and what of it is there. */
export interface Session {
  checkpoint: Checkpoint;
  plan: PartPlan;
  /** Parts on the server that the local file still has to be compared with. */
  carried: CarriedPart[];
}

/** A session to go on with, or the object itself where an earlier Complete has won. */
export type Opened = { session: Session } | { stored: Stored; key: string; crc64: string };

/**
 * Goes on from the checkpoint of this ID where there is one that the server confirms; begins a new upload otherwise.
 * The caller holds the lock of `id`.
 */
export async function openSession(job: Job, id: string, fingerprint: string): Promise<Opened> {
  const checkpoint = readCheckpoint(await job.store.load(id));
  job.memory.checkpointId = id;
  if (!checkpoint || checkpoint.discarded || checkpoint.fingerprint !== fingerprint) {
    // Given up earlier, while the server could not be told, or of a file that has changed in hand: told now, beside the new upload.
    if (checkpoint) void job.activity.request((context) => job.client.abort(checkpoint.key, checkpoint.uploadId, job.headers.everyRequest, context)).catch(() => {});
    return begin(job, id, fingerprint, job.memory.key);
  }
  job.trustEndpoint();
  job.memory.key = checkpoint.key;
  const { key, uploadId, partSize } = checkpoint;
  try {
    const recorded = readParts(await job.store.parts(id));
    const listed = await listAllParts(job, key, uploadId, Math.max(0, ...recorded.keys()));
    const plan = planParts(job.upload.file.size, partSize);
    return {
      session: { checkpoint: await claim(job, { ...checkpoint, completing: false }), plan, carried: reconcile(recorded, listed, plan) },
    };
  } catch (error) {
    if (!hasCode(error, 'NoSuchUpload')) throw error;
  }
  const won = await findEarlierSuccess(job, checkpoint);
  return won ? { ...won, key } : begin(job, id, fingerprint, key);
}

/** Begins a new upload under an ID. A key that is known already is kept; a function is asked for one otherwise. */
export async function begin(job: Job, id: string, fingerprint: string, knownKey: string | undefined): Promise<{ session: Session }> {
  const { upload, config, clock, store } = job;
  const { file } = upload;
  const key = knownKey ?? (await resolveKey(job));
  job.memory.key = key;
  job.memory.verified.clear();
  const plan = planParts(file.size, upload.partSize);
  const uploadId = await inSlot(job, (context) => job.client.initiate(key, job.headers.initiate, context));
  const now = clock.now();
  const checkpoint: Checkpoint = {
    version: 1,
    id,
    fingerprint,
    endpoint: config.endpoints[0].origin,
    bucket: config.bucket,
    key,
    uploadId,
    file: { name: upload.path, size: file.size, lastModified: (file as Partial<File>).lastModified ?? 0, type: file.type },
    partSize: plan.partSize,
    createdAt: now,
    updatedAt: now,
  };
  // Parts of an earlier upload under this ID are of no use to this one.
  await store.remove(id);
  await store.saveOutcome(id, undefined);
  const claimed = await claim(job, checkpoint);
  return { session: { checkpoint: claimed, plan, carried: [] } };
}

/** Puts this tab's name into the record and saves it: where there are no locks, the newest claim wins. */
async function claim(job: Job, checkpoint: Checkpoint): Promise<Checkpoint> {
  const claimed = { ...checkpoint, updatedAt: job.clock.now(), ...(!job.locks.exclusive && { owner: crypto.randomUUID() }) };
  await job.store.save(claimed);
  // Also when going on: the file may have been picked the first time, and dropped now.
  if (job.upload.fileHandle) await job.fileHandles.save(claimed.id, job.upload.fileHandle).catch(() => {});
  return claimed;
}

/**
 * The upload is gone: did an earlier Complete win? Size and CRC-64 of the whole local file decide. Where the credentials
 * may not look, uploading again is the safe answer, unless Complete had been sent: then nobody but the server knows.
 */
async function findEarlierSuccess(
  job: Job,
  { key, createdAt, completing }: Checkpoint,
): Promise<{ stored: Stored; crc64: string } | undefined> {
  try {
    if (!(await findStored(job, { key, crc64: undefined, since: Number.NEGATIVE_INFINITY }))) return undefined;
    const { hasher, upload, signal } = job;
    const { crc64 } = await fromFile(hasher.digest(upload.file, { crc64: true, md5: false }, signal), signal, { key });
    const stored = await findStored(job, { key, crc64, since: createdAt });
    return stored?.crc64 !== undefined && crc64 !== undefined ? { stored, crc64 } : undefined;
  } catch (error) {
    if (!(error instanceof OssError && error.status === 403)) throw error;
    if (completing) throw unconfirmed(error, key);
    return undefined;
  }
}
