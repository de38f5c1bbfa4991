import type { Checkpoints } from '../checkpoint/checkpoints.js';
import type { CarriedPart } from '../checkpoint/match.js';
import { yieldToPage } from '../core/yield-to-page.js';
import type { UploadConfig } from '../options/types.js';
import { listAllParts } from '../oss/list-all-parts.js';
import type { Checkpoint } from '../ports.js';
import { isRefusal } from '../errors.js';
import type { LocalFile } from './local-file.js';
import type { OpenUpload } from './open-upload.js';
import { createParallelWork, type ParallelWork } from './parallel-work.js';
import { createPartBook, type FinishedPart, type PartBook } from './part-book.js';
import type { Requests } from './requests.js';
import type { RunningTask } from './running-task.js';
import { createPartSender, type PartSender, type PreparedPart } from './send-part.js';

/**
 * Sends every part that is not carried over, compares every part with the file, and resolves when all are there.
 * One part's failure stops new parts only: those in flight finish and are recorded first.
 */
export async function sendParts(
  task: RunningTask,
  file: LocalFile,
  requests: Requests,
  checkpoints: Checkpoints,
  open: OpenUpload,
): Promise<FinishedPart[]> {
  /** Aborted by the first failure, with its error. */
  const failing = new AbortController();
  const active = AbortSignal.any([task.signal, failing.signal]);
  const work = createParallelWork((error) => failing.abort(error));
  const book = createPartBook(task, checkpoints, open, requests.pace);
  const sender = createPartSender(task, file, requests, checkpoints, open, book, failing);
  try {
    work.launch(() => verifyCarried(open.carried, book, sender, work));
    for (;;) {
      await sendPending(task.upload, requests, book, sender, work, active);
      if (active.aborted || book.unproved.size === 0) break;
      await proveByListing(requests, open.checkpoint, book);
    }
  } catch (error) {
    failing.abort(error);
  } finally {
    // Parts in flight finish and are recorded before the failure is reported.
    while (work.size > 0) await work.change();
    await book.saved();
  }
  active.throwIfAborted();
  return book.all();
}

/** Sends until nothing is left to send and nothing is under way. Slots are taken one after the other; what they are taken for runs beside. */
async function sendPending(
  { parallel, integrity }: UploadConfig,
  requests: Requests,
  book: PartBook,
  sender: PartSender,
  work: ParallelWork,
  active: AbortSignal,
): Promise<void> {
  // No slot waits for a slice to be cut, which takes a millisecond, nor for an MD5.
  const lead = integrity.md5 ? parallel : 1;
  const ahead: PreparedPart[] = [];
  while (!active.aborted) {
    while (ahead.length < lead) {
      const number = book.next();
      if (number === undefined) break;
      ahead.push(sender.prepare(number));
    }
    const next = ahead[0];
    if (!next && work.size === 0) return;
    // Hashing that falls behind slows sending down, rather than piling up.
    if (!next || work.size >= 3 * parallel) {
      await work.change();
      continue;
    }
    await next.digests?.catch(() => {});
    const release = await requests.acquire(active, parallel);
    if (active.aborted) return release();
    ahead.shift();
    work.launch(() => sender.send(next, release));
    // Six requests made in one task would be felt as a hitch.
    await yieldToPage();
  }
}

/** Compares the parts that an earlier page load sent with the file in hand, one after the other. */
async function verifyCarried(carried: readonly CarriedPart[], book: PartBook, sender: PartSender, work: ParallelWork): Promise<void> {
  for (const { number, etag, size, crc64 } of carried) {
    const isEqual = book.isVerified(number, etag, crc64) || (await sender.crc64Of(number)) === crc64;
    if (isEqual) book.accept({ number, etag, size, crc64 });
    else {
      book.sendAgain(number);
      work.wake();
    }
  }
}

/** Where CORS hides the CRC-64 of replies, the body of ListParts still has it, for those who may ask. */
async function proveByListing(requests: Requests, { key, uploadId }: Checkpoint, book: PartBook): Promise<void> {
  const listed = await listAllParts(requests.sendInSlot, key, uploadId, book.plan().count).catch((error) => {
    if (!isRefusal(error)) throw error;
    return [];
  });
  const stored = new Map(listed.map((part) => [part.number, part]));
  for (const number of [...book.unproved]) {
    const crc64 = stored.get(number)?.crc64;
    if (crc64 !== undefined && crc64 !== book.get(number)?.crc64) book.sendAgain(number);
    else book.unproved.delete(number);
  }
}
