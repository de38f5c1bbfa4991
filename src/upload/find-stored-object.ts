/** Looks for an object that no answer has confirmed. */
import { OssError, UploadError } from '../errors.js';
import type { ObjectHead, Stored } from '../oss/client.js';
import { bareEtag, sameEtag } from '../checkpoint/match.js';
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
  throw createUnconfirmed(key, 'the CRC-64 of the object that is there is hidden, or that of the file was not computed');
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
  return createUnconfirmed(key, `the credentials may not read the object (${error.code})`, error);
}

function createUnconfirmed(key: string, why: string, cause?: unknown): UploadError {
  const message = `Whether "${key}" was completed can't be confirmed: the answer was lost, and ${why}. Allow oss:GetObject, expose x-oss-hash-crc64ecma, and call resume(); or check the object from your server, and discard this upload to send it again.`;
  return new UploadError('Unconfirmed', message, { key, cause });
}
