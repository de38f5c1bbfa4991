/** Stores a whole object, for Put and Post alike. */
import type { Attributes, ObjectRecord } from '../bucket-store.js';
import type { Received } from '../hashed-file.js';
import { fileAlreadyExists } from '../oss-error.js';
import { encryptionHeaders } from './attributes.js';
import type { BucketStore } from '../bucket-store.js';
import { type OperationContext, quoted } from './operation.js';

export interface NewObject {
  key: string;
  attributes: Attributes;
  acl: string;
  forbidOverwrite: boolean;
}

/**
 * @param receive writes the body to a file, and checks it
 * @returns the object and the headers that say what is stored
 * @throws {OssError} and nothing is stored
 */
export async function storeObject(
  { bucket, now }: Pick<OperationContext, 'bucket' | 'now'>,
  { key, attributes, acl, forbidOverwrite }: NewObject,
  receive: (path: string) => Promise<Received>,
): Promise<{ record: ObjectRecord; stored: Record<string, string> }> {
  const refused = (): boolean => forbidOverwrite && isProtected(bucket, key);
  if (refused()) throw fileAlreadyExists();
  const incoming = bucket.incomingFile();
  try {
    const body = await receive(incoming);
    if (refused()) throw fileAlreadyExists();
    const record = bucket.putObject(key, incoming, body, attributes, acl, now());
    return { record, stored: storedHeaders(record) };
  } catch (error) {
    await bucket.discard(incoming);
    throw error;
  }
}

/** Whether `x-oss-forbid-overwrite` protects what is stored there. It counts for nothing where versions are kept. */
export function isProtected({ objects, versions }: BucketStore, key: string): boolean {
  return versions.state() === 'Off' && objects.has(key);
}

/** The headers that say what has been stored. */
export function storedHeaders({ etag, crc64, attributes, versionId }: ObjectRecord): Record<string, string> {
  return {
    ETag: quoted(etag),
    'x-oss-hash-crc64ecma': crc64,
    ...(versionId !== undefined && { 'x-oss-version-id': versionId }),
    ...encryptionHeaders(attributes),
  };
}
