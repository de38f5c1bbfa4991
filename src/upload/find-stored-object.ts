import { bareEtag, sameEtag } from '../checkpoint/match.js';
import { fromBase64 } from '../core/base64.js';
import { hex } from '../core/bytes.js';
import { isRefusal, UploadError } from '../errors.js';
import { headObject, type ObjectHead, type Stored } from '../oss/object-operations.js';
import type { LocalFile } from './local-file.js';
import type { Requests } from './requests.js';

/** An object that is there. The application server's answer to the callback is lost when the object was found by a request of ours. */
export type StoredObject = Stored;

/** What shows that an object is ours. */
export interface Proof {
  /** Of the local file, unsigned decimal text. */
  crc64: string | undefined;
  /** What Complete gives for our parts, where the CRC-64 can't be compared. */
  etag?: string | undefined;
}

/**
 * Looks for an object that no answer has confirmed: after a lost reply to Complete, or after a Complete that another
 * tab or an earlier page load has won. Size and age prove nothing: only an equal CRC-64 or ETag does.
 *
 * @param size of the local file, in bytes
 * @param prove is called only when an object of this size is there: it may have to read the whole file
 * @returns `undefined` when there is no such object or another one
 * @throws {UploadError} `Unconfirmed` when an object of this size is there, and nothing proves whose it is
 * @throws {OssError} with status 403 when the credentials may not look
 */
export async function findStoredObject(
  requests: Requests,
  key: string,
  size: number,
  prove: (head: ObjectHead) => Promise<Proof>,
): Promise<StoredObject | undefined> {
  const head = await requests.sendInSlot(headObject(key));
  if (!head || (head.size !== undefined && head.size !== size)) return undefined;
  const { crc64, etag } = await prove(head);
  const stored = { ...head, key };
  if (crc64 !== undefined && head.crc64 !== undefined) return crc64 === head.crc64 ? stored : undefined;
  if (etag !== undefined && head.etag !== undefined && sameEtag(etag, head.etag)) return stored;
  throw createUnconfirmed(key, 'no CRC-64 shows whose it is');
}

/**
 * The ETag that Complete gives: an MD5 over the ETags of the parts. An equal one proves that the object was made of our
 * parts; another one proves nothing, since the rule is an observation. @see OSS documentation, "CompleteMultipartUpload"
 */
export async function completeEtag(file: LocalFile, parts: readonly { etag: string }[]): Promise<string | undefined> {
  const text = new Blob([parts.map(({ etag }) => bareEtag(etag)).join('')]);
  const { md5 } = await file.digest(text, { crc64: false, md5: true }, {});
  const bytes = md5 === undefined ? undefined : fromBase64(md5);
  return bytes && `${hex(bytes).toUpperCase()}-${parts.length}`;
}

/** Turns a refusal to look into words about what it means. */
export function unconfirmed(error: unknown, key: string): unknown {
  if (!isRefusal(error)) return error;
  return createUnconfirmed(key, `the credentials may not read it (${(error as UploadError).code})`, error);
}

function createUnconfirmed(key: string, why: string, cause?: unknown): UploadError {
  const message = `"${key}" can't be confirmed: ${why}. Allow oss:GetObject, expose x-oss-hash-crc64ecma, call resume().`;
  return new UploadError('Unconfirmed', message, { key, cause });
}
