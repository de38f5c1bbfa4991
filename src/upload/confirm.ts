/** Looks for an object that no answer has confirmed. */
import { OssError, UploadError } from '../errors.js';
import type { Stored } from '../oss/client.js';
import { bareEtag, sameEtag } from './checkpoint.js';
import { inSlot, type Job } from './job.js';

/** An object that is there. What the application server said to the callback is lost when the object was found by looking. */
export type StoredObject = Omit<Stored, 'body'> & { body: string | undefined };

/** What the object must be like to be ours. */
export interface Expectation {
  key: string;
  /** Of the local file, unsigned decimal text. */
  crc64: string | undefined;
  /** What Complete gives for our parts, where the CRC-64 can't be compared. */
  etag?: string | undefined;
}

/**
 * Looks whether the object is there although no answer said so: a lost reply to Complete, or a Complete that another
 * tab or an earlier page load has won. Size and age prove nothing: only an equal CRC-64 or ETag does.
 *
 * @returns `undefined` when there is no such object or another one
 * @throws {UploadError} `Unconfirmed` when an object of this size is there, and nothing tells whose it is
 * @throws {OssError} with status 403 when the credentials may not look
 */
export async function findStored(job: Job, { key, crc64, etag }: Expectation): Promise<StoredObject | undefined> {
  const head = await inSlot(job, (context) => job.client.headObject(key, job.headers.everyRequest, context));
  if (!head || (head.size !== undefined && head.size !== job.upload.file.size)) return undefined;
  const { size, lastModified, ...found } = head;
  const stored = { ...found, requestId: undefined, body: undefined, callbackFailure: undefined };
  if (crc64 !== undefined && head.crc64 !== undefined) return crc64 === head.crc64 ? stored : undefined;
  if (etag !== undefined && head.etag !== undefined && sameEtag(etag, head.etag)) return stored;
  throw new UploadError(
    'Unconfirmed',
    `Whether "${key}" was completed can't be confirmed: the answer was lost, an object of this size is there, and its CRC-64 is hidden or was not computed. Expose x-oss-hash-crc64ecma in the bucket's CORS rules, leave integrity.crc64 on, and call resume(); or check the object from your server. To upload it again, discard this upload first.`,
    { key },
  );
}

/**
 * The ETag that Complete gives: an MD5 over the ETags of the parts. An equal one proves that the object was made of our
 * parts; another one proves nothing, since the rule is an observation. @see OSS documentation, "CompleteMultipartUpload"
 */
export async function completeEtag(job: Job, parts: readonly { etag: string }[]): Promise<string | undefined> {
  const text = new Blob([parts.map(({ etag }) => bareEtag(etag)).join('')]);
  const { md5 } = await job.hasher.digest(text, { crc64: false, md5: true }, job.signal);
  const hex = md5 && Array.from(atob(md5), (char) => char.charCodeAt(0).toString(16).padStart(2, '0')).join('');
  return hex && `${hex.toUpperCase()}-${parts.length}`;
}

/** Turns a refusal to look into words about what it means. */
export function unconfirmed(error: unknown, key: string): unknown {
  if (!(error instanceof OssError && error.status === 403)) return error;
  return new UploadError(
    'Unconfirmed',
    `Whether "${key}" was completed can't be confirmed: the answer was lost, and the credentials may not read the object (HEAD was refused with ${error.code}). Allow oss:GetObject on the upload prefix and call resume(), or check the object from your server. To upload it again, discard this upload first.`,
    { key, cause: error },
  );
}
