import { OssError, UploadError } from '../errors.js';
import type { Stored } from '../oss/client.js';
import { inSlot, type Job } from './job.js';

/** What the object must be like to be ours. */
export interface Expectation {
  key: string;
  /** Unsigned decimal text; without it size and age must do, and the result is not verified. */
  crc64: string | undefined;
  /** Milliseconds since the epoch: an older object can't be this upload's. */
  since: number;
}

/**
 * Looks whether the object is there although no answer said so: a lost reply to Complete, or a Complete that another
 * tab or an earlier page load has won.
 * @returns `undefined` when there is no such object or another one
 * @throws {OssError} with status 403 when the credentials may not look
 */
export async function findStored(job: Job, { key, crc64, since }: Expectation): Promise<Stored | undefined> {
  const head = await inSlot(job, (context) => job.client.headObject(key, job.headers.everyRequest, context));
  if (!head || head.size !== job.upload.file.size) return undefined;
  const equal = crc64 !== undefined && head.crc64 !== undefined ? crc64 === head.crc64 : (head.lastModified ?? 0) >= since - 900_000;
  return equal
    ? { etag: head.etag, crc64: head.crc64, versionId: head.versionId, requestId: undefined, body: '', callbackFailure: undefined }
    : undefined;
}

/** Turns a refusal to look into words about what it means. */
export function unconfirmed(error: unknown, key: string): unknown {
  if (!(error instanceof OssError && error.status === 403)) return error;
  return new UploadError(
    'Unconfirmed',
    `Whether "${key}" was completed can't be confirmed: the answer was lost, and the credentials may not read the object (HEAD was refused with ${error.code}). Allow oss:GetObject on the upload prefix and go on, or check the object from your server; discarding this upload allows to send it again.`,
    { key, cause: error },
  );
}
