import { checkClaim } from '../checkpoint/claim.js';
import type { Checkpoints } from '../checkpoint/checkpoints.js';
import { isFileError } from '../core/file-errors.js';
import { partRange, partSize } from '../core/plan.js';
import { type PartUpload, uploadPart, withMd5 } from '../oss/object-operations.js';
import type { Operation } from '../oss/operation.js';
import type { Digests, WantedDigests } from '../ports.js';
import type { LocalFile } from './local-file.js';
import type { OpenUpload } from './open-upload.js';
import type { PartBook } from './part-book.js';
import type { Requests } from './requests.js';
import { HIDDEN_CRC64 } from './to-result.js';
import type { RunningTask } from './running-task.js';

/** A part about to be sent; with MD5 it is hashed ahead. */
export interface PreparedPart {
  number: number;
  blob: Blob;
  digests: Promise<Digests> | undefined;
}

/** Reads, hashes and sends single parts of one upload. */
export interface PartSender {
  prepare(number: number): PreparedPart;
  /** Sends a part and compares what has arrived. @param release gives its slot back */
  send(part: PreparedPart, release: () => void): Promise<void>;
  /** The CRC-64 of the local slice. */
  crc64Of(number: number): Promise<string | undefined>;
}

/** @param failing aborted by the first failure of any part, with its error: parts in flight finish, no new one begins */
export function createPartSender(
  { upload: { integrity, headers }, ledger, signal, dispatch }: RunningTask,
  file: LocalFile,
  requests: Requests,
  checkpoints: Checkpoints,
  { checkpoint }: OpenUpload,
  book: PartBook,
  failing: AbortController,
): PartSender {
  const { key, uploadId } = checkpoint;
  const active = AbortSignal.any([signal, failing.signal]);
  /** Aborted, with the error, when a reading of the file has failed. */
  const unreadable = new AbortController();

  const slice = (number: number): Blob => {
    const { start, end } = partRange(book.plan(), number);
    return file.blob.slice(start, end);
  };

  function digest(number: number, blob: Blob, wanted: WantedDigests): Promise<Digests> {
    const digests = file.digest(blob, wanted, { key, partNumber: number }, active);
    // At once: the requests under way may wait for the same file.
    digests.catch((error: unknown) => {
      if (!isFileError(error)) return;
      failing.abort(error);
      unreadable.abort(error);
    });
    return digests;
  }

  function operationOf(number: number, body: () => Blob, md5: string | undefined): PartUpload {
    return uploadPart(key, uploadId, number, partSize(book.plan(), number), body, withMd5(headers.uploadPart, md5));
  }

  /** Hashed while it is sent: the digest is due when the reply comes. An MD5 has to be known before. */
  async function transfer(part: PreparedPart): Promise<{ etag: string; crc64: string | undefined }> {
    const { number, blob } = part;
    book.countSending(number);
    const body = (): Blob => {
      if (integrity.crc64) part.digests ??= digest(number, blob, { crc64: true, md5: false });
      return blob;
    };
    const md5 = integrity.md5 ? (await part.digests)?.md5 : undefined;
    const operation = operationOf(number, body, md5);
    // With an MD5, the headers of the parts that follow are not known yet.
    const ahead = (count: number): Operation<unknown>[] => book.upcoming(number, count).map((next) => operationOf(next, body, undefined));
    return requests.sendPart(integrity.md5 ? operation : { ...operation, ahead }, {
      onSent: (bytes) => ledger.sent(number, bytes),
      givingUp: failing.signal,
      unreadable: unreadable.signal,
    });
  }

  return {
    prepare(number) {
      const blob = slice(number);
      return { number, blob, digests: integrity.md5 ? digest(number, blob, { ...integrity }) : undefined };
    },
    async send(part, release) {
      const { number } = part;
      const { etag, crc64: arrived } = await transfer(part)
        .catch((error: unknown) => {
          // Known before the slot is free, or the next part would take it.
          failing.abort(error);
          throw error;
        })
        .finally(release);
      await checkClaim(checkpoints, checkpoint, signal);
      book.confirm(number, etag, arrived);
      const crc64 = (await part.digests)?.crc64;
      if (crc64 !== undefined && arrived !== undefined && arrived !== crc64) return book.sendAgain(number);
      if (integrity.crc64 && arrived === undefined) {
        book.unproved.add(number);
        dispatch(HIDDEN_CRC64);
      }
      book.accept({ number, etag, size: partSize(book.plan(), number), crc64 });
    },
    crc64Of: async (number) => (await digest(number, slice(number), { crc64: true, md5: false })).crc64,
  };
}
