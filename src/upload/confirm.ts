/** Looks for an object that no answer has confirmed. */
import { OssError, UploadError } from '../errors.js';
import type { ObjectHead, Stored } from '../oss/client.js';
import { bareEtag, sameEtag } from './checkpoint.js';
import { inSlot, type Job } from './job.js';

/** An object that is there. What the application server said to the callback is lost when the object was found by looking. */
export type StoredObject = Omit<Stored, 'body'> & { body: string | undefined };

/** What shows that an object is ours. */
export interface Proof {
  /** Of the local file, unsigned decimal text. */
  crc64: string | undefined;
  /** What Complete gives for our parts, where the CRC-64 can't be compared. */
  etag?: string | undefined;
}

/**
 * Looks whether the object is there although no answer said so: a lost reply to Complete, or a Complete that another
 * tab or an earlier page load has won. Size and age prove nothing: only an equal CRC-64 or ETag does.
 *
 * @param prove is asked only when an object of this size is there: it may have to read the whole file
 * @returns `undefined` when there is no such object or another one
 * @throws {UploadError} `Unconfirmed` when an object of this size is there, and nothing tells whose it is
 * @throws {OssError} with status 403 when the credentials may not look
 */
export async function findStored(job: Job, key: string, prove: (head: ObjectHead) => Promise<Proof>): Promise<StoredObject | undefined> {
  const head = await inSlot(job, (context) => job.client.headObject(key, job.headers.everyRequest, context));
  if (!head || (head.size !== undefined && head.size !== job.upload.file.size)) return undefined;
  const { crc64, etag } = await prove(head);
  const { size, lastModified, ...found } = head;
  const stored = { ...found, requestId: undefined, body: undefined, callbackFailure: undefined };
  if (crc64 !== undefined && head.crc64 !== undefined) return crc64 === head.crc64 ? stored : undefined;
  if (etag !== undefined && head.etag !== undefined && sameEtag(etag, head.etag)) return stored;
  const why = 'an object of this size is there, and its CRC-64 is hidden or was not computed';
  throw createUnconfirmed(key, why, "Expose x-oss-hash-crc64ecma in the bucket's CORS rules, leave integrity.crc64 on");
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
  const why = `the credentials may not read the object (HEAD was refused with ${error.code})`;
  return createUnconfirmed(key, why, 'Allow oss:GetObject on the upload prefix', error);
}

function createUnconfirmed(key: string, why: string, remedy: string, cause?: unknown): UploadError {
  const message = `Whether "${key}" was completed can't be confirmed: the answer was lost, and ${why}. ${remedy} and call resume(), or check the object from your server; to upload it again, discard this upload.`;
  return new UploadError('Unconfirmed', message, { key, cause });
}
