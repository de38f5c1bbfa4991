import { hasCode, isRefusal } from '../errors.js';
import type { CheckpointPart } from '../ports.js';
import { completeEtag, findStoredObject, type StoredObject, unconfirmed } from './find-stored-object.js';
import type { LocalFile } from './local-file.js';
import type { Requests } from './requests.js';
import { wholeCrc64 } from './whole-crc64.js';

/** An object that equals the local file. */
export interface EqualObject {
  key: string;
  stored: StoredObject;
  /** Of the local file. */
  crc64: string | undefined;
}

/**
 * Is the whole file there already, because an earlier Complete has won, for example? Size and CRC-64 of the local file decide. Where the
 * credentials may not look, or nothing proves it, uploading is the safe answer, unless Complete had been sent: then nobody but the server
 * knows.
 *
 * @param parts all of them as recorded, or none
 */
export async function findEqualObject(
  file: LocalFile,
  requests: Requests,
  key: string,
  parts: readonly CheckpointPart[],
  isCompleting: boolean,
): Promise<EqualObject | undefined> {
  let crc64: string | undefined;
  try {
    const stored = await findStoredObject(requests, key, file.blob.size, async (head) => {
      // Without either there is nothing to compare with, and a large file takes minutes to read.
      if (head.crc64 || parts.length) ({ crc64 } = await file.digest(file.blob, { crc64: true, md5: false }, { key }));
      // The recorded parts may be those of a file that only resembles this one.
      const isOfParts = (await wholeCrc64(parts)) === crc64;
      return { crc64, etag: isOfParts ? await completeEtag(file, parts) : undefined };
    });
    return stored && { stored, key, crc64 };
  } catch (error) {
    if (!isRefusal(error) && !hasCode(error, 'Unconfirmed')) throw error;
    if (isCompleting) throw unconfirmed(error, key);
    return undefined;
  }
}
