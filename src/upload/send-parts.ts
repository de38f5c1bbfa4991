import { abortable } from '../core/abortable.js';
import { type PartPlan, partRange } from '../core/plan.js';
import { fromFile, isFileError } from '../core/file-errors.js';
import { CheckpointError, IntegrityError } from '../errors.js';
import type { Digests, WantedDigests } from '../ports.js';
import { sameEtag } from '../checkpoint/match.js';
import { type Job, MAX_SENDS, warnHiddenCrc64 } from './job.js';
import { listAllParts } from './list-all-parts.js';
import { yieldToPage } from '../core/yield-to-page.js';
import { abortInBackground, type Session } from './open-upload.js';

/** A part that is on the server and equal to the local slice, as far as the service lets that be known. */
export interface FinishedPart {
  number: number;
  etag: string;
  size: number;
  /** The local slice's, unsigned decimal text; `undefined` with hashing off. */
  crc64: string | undefined;
}

/** A part about to be sent; with MD5 it is hashed ahead. */
interface Prepared {
  number: number;
  blob: Blob;
  digests: Promise<Digests> | undefined;
}

/** Milliseconds between updates of a checkpoint's age: parts themselves are recorded at once. */
const TOUCH_INTERVAL = 30_000;

/**
 * Sends every part that is not carried over, compares every part with the file, and resolves when all are there.
 * One part's failure stops new parts only: those in flight finish and are recorded first.
 */
export async function sendParts(job: Job, { checkpoint, plan, carried }: Session): Promise<FinishedPart[]> {
  const { config, upload, client, pool, hasher, store, ledger, memory, signal } = job;
  const { id, key, uploadId } = checkpoint;
  const { crc64: wantCrc64, md5: wantMd5 } = config.integrity;
  const finished = new Map<number, FinishedPart>();
  const sends = new Map<number, number>();
  /** Parts whose reply did not show a CRC-64. */
  const unproved = new Set<number>();
  const writes = new Set<Promise<void>>();
  /** Aborted by the first failure, with its error. */
  const failing = new AbortController();
  const active = AbortSignal.any([signal, failing.signal]);
  /** Aborted, with the error, when a reading of the file has failed. */
  const unreadable = new AbortController();
  const carriedNumbers = new Set(carried.map(({ number }) => number));
  const pending = numbers(plan).filter((number) => !carriedNumbers.has(number));
  /** Work under way: parts in flight, hashes being computed. */
  let running = 0;
  let wake = (): void => {};
  let touchedAt = checkpoint.updatedAt;

  ledger.plan(plan.fileSize, plan.count);
  for (const { number, size } of carried) ledger.restore(number, size);

  const sizeOf = (number: number): number => {
    const { start, end } = partRange(plan, number);
    return end - start;
  };
  const slice = (number: number): Blob => {
    const { start, end } = partRange(plan, number);
    return upload.file.slice(start, end);
  };
  const digest = (number: number, blob: Blob, wanted: WantedDigests): Promise<Digests> => {
    const digests = fromFile(hasher.digest(blob, wanted, active), active, { key, partNumber: number });
    // Told at once: the requests under way may wait for the same file.
    digests.catch((error: unknown) => {
      if (!isFileError(error)) return;
      failing.abort(error);
      unreadable.abort(error);
    });
    return digests;
  };
  /** Until work ends, or there is new work. */
  const change = (): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve;
    });
  const write = (saving: Promise<void>): void => {
    writes.add(saving);
    void saving.finally(() => writes.delete(saving)).catch(() => {});
  };

  /** Runs beside the others; its failure is the upload's. */
  function launch(work: () => Promise<void>): void {
    running += 1;
    work()
      .catch((error: unknown) => {
        failing.abort(error);
      })
      .finally(() => {
        running -= 1;
        wake();
      });
  }

  function record(number: number, etag: string, crc64: string | undefined): void {
    const size = sizeOf(number);
    write(store.savePart(id, { number, etag, size, ...(crc64 !== undefined && { crc64 }) }));
    const now = job.serviceClock.now();
    if (now - touchedAt < TOUCH_INTERVAL) return;
    touchedAt = now;
    write(store.save({ ...checkpoint, updatedAt: now }));
  }

  function accept(part: FinishedPart): void {
    finished.set(part.number, part);
    memory.verified.set(part.number, part);
  }

  /** The server's part is not the local slice: sent again, from its first byte. */
  function resend(number: number): void {
    finished.delete(number);
    unproved.delete(number);
    memory.verified.delete(number);
    ledger.reset(number);
    write(store.removePart(id, number));
    pending.unshift(number);
  }

  async function send({ number, blob, digests }: Prepared, release: () => void): Promise<void> {
    const count = (sends.get(number) ?? 0) + 1;
    sends.set(number, count);
    if (count > MAX_SENDS) {
      release();
      throw new IntegrityError(
        'PartMismatch',
        `Part ${number} of "${key}" arrived damaged ${MAX_SENDS} times: its CRC-64 differs from the local file's. Check memory, disk and proxies.`,
        { key, partNumber: number },
      );
    }
    // Hashed while it is sent: the digest is due when the reply comes. An MD5 has to be known before.
    const open = (): Blob => {
      if (wantCrc64) digests ??= digest(number, blob, { crc64: true, md5: false });
      digests?.catch(() => {});
      return blob;
    };
    let answer: { etag: string; crc64: string | undefined };
    try {
      const headers = { ...job.headers.uploadPart, ...(wantMd5 && { 'content-md5': (await digests)?.md5 as string }) };
      answer = await job.activity.request(
        (context) => client.uploadPart({ key, uploadId, partNumber: number, body: open }, headers, context),
        {
          onSent: (bytes) => ledger.sent(number, bytes),
          givingUp: failing.signal,
          unreadable: unreadable.signal,
        },
      );
    } catch (error) {
      // Known before the slot is free, or the next part would take it.
      failing.abort(error);
      throw error;
    } finally {
      release();
    }
    await checkClaim(job, checkpoint);
    record(number, answer.etag, answer.crc64);
    ledger.confirm(number, sizeOf(number));
    const crc64 = (await digests)?.crc64;
    if (crc64 !== undefined && answer.crc64 !== undefined && answer.crc64 !== crc64) {
      resend(number);
      return;
    }
    if (wantCrc64 && answer.crc64 === undefined) {
      unproved.add(number);
      warnHiddenCrc64(job);
    }
    accept({ number, etag: answer.etag, size: sizeOf(number), crc64 });
  }

  /** Compares what an earlier page load has left with the file in hand, one part after the other. */
  async function verifyCarried(): Promise<void> {
    for (const { number, etag, size, crc64 } of carried) {
      const known = memory.verified.get(number);
      const isKnown = known !== undefined && sameEtag(known.etag, etag) && known.crc64 === crc64;
      const local = isKnown ? crc64 : (await digest(number, slice(number), { crc64: true, md5: false })).crc64;
      if (local === crc64) {
        accept({ number, etag, size, crc64 });
        continue;
      }
      resend(number);
      wake();
    }
  }

  /** Where CORS hides the CRC-64 of replies, ListParts still tells it in its body. */
  async function proveByListing(): Promise<void> {
    const listed = await listAllParts(job, key, uploadId, plan.count);
    const stored = new Map(listed.map((part) => [part.number, part]));
    for (const number of [...unproved]) {
      const crc64 = stored.get(number)?.crc64;
      if (crc64 !== undefined && crc64 !== finished.get(number)?.crc64) resend(number);
      else unproved.delete(number);
    }
  }

  /** Slots are taken one after the other; what they are taken for runs beside. */
  async function dispatch(): Promise<void> {
    const ahead: Prepared[] = [];
    for (;;) {
      signal.throwIfAborted();
      // No slot waits for a slice to be cut, which takes a millisecond, nor for an MD5.
      while (pending.length > 0 && ahead.length < (wantMd5 ? upload.parallel : 1)) {
        const number = pending.shift() as number;
        const blob = slice(number);
        const digests = wantMd5 ? digest(number, blob, { crc64: wantCrc64, md5: true }) : undefined;
        digests?.catch(() => {});
        ahead.push({ number, blob, digests });
      }
      if (failing.signal.aborted) break;
      // Hashing that falls behind slows sending down, rather than piling up.
      const isBehind = running >= 3 * upload.parallel + Number(carried.length > 0);
      const next = ahead[0];
      if (isBehind || !next) {
        if (running === 0) {
          if (unproved.size === 0) break;
          await proveByListing();
          continue;
        }
        await change();
        continue;
      }
      await next.digests?.catch(() => {});
      const release = await pool.acquire(job, active, upload.parallel);
      if (failing.signal.aborted) {
        release();
        continue;
      }
      ahead.shift();
      launch(() => send(next, release));
      // Six requests made in one task would be felt as a hitch.
      await yieldToPage();
    }
  }

  try {
    launch(verifyCarried);
    await dispatch();
  } catch (error) {
    failing.abort(error);
  } finally {
    // Parts in flight finish, are recorded, and only then is the failure told.
    while (running > 0) await change();
    await Promise.allSettled(writes);
  }
  failing.signal.throwIfAborted();
  return numbers(plan).map((number) => finished.get(number) as FinishedPart);
}

/** Without locks, a newer claim in the record means that another tab has taken the upload over. */
export async function checkClaim(job: Job, { id, owner, key, uploadId }: Session['checkpoint']): Promise<void> {
  if (job.locks.exclusive) return;
  const current = (await abortable(job.store.load(id), job.signal)) as { owner?: string; uploadId?: string } | undefined;
  if (current?.owner === owner) return;
  // Both have begun at the same moment: no record speaks of this one's upload.
  if (current && current.uploadId !== uploadId) abortInBackground(job, key, uploadId);
  throw new CheckpointError('TakenOver', `Another tab has taken over the upload of "${key}".`, { key });
}

function numbers({ count }: PartPlan): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}
