/** The object headers that Initiate and Put accept and Head returns, checked by the service's rules. */
import { invalidArgument, OssError } from '../oss-error.js';
import { parseQuery } from '../parse-request.js';
import { headerValue } from './response-overrides.js';
import type { Attributes } from '../bucket-store.js';

const KEPT = ['content-type', 'cache-control', 'content-disposition', 'content-encoding', 'expires', 'content-language'];
const STORAGE_CLASSES = ['Standard', 'IA', 'Archive', 'ColdArchive', 'DeepColdArchive'];
const ENCRYPTION = 'x-oss-server-side-encryption';
const ACLS = ['default', 'private', 'public-read', 'public-read-write'];
const META_LIMIT = 8 * 1024;

export function readAttributes(headers: ReadonlyMap<string, string>): Attributes {
  const attributes: Attributes = { 'content-type': 'application/octet-stream' };
  let metaBytes = 0;
  for (const [name, value] of headers) {
    if (KEPT.includes(name) && value !== '') attributes[name] = headerValue(value, name);
    if (name.startsWith('x-oss-meta-')) {
      // In a form a name may hold anything.
      if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name)) throw invalidArgument('The name of the user metadata is not valid.', name, value);
      metaBytes += Buffer.byteLength(name) + Buffer.byteLength(value);
      attributes[name] = headerValue(value, name);
    }
  }
  if (metaBytes > META_LIMIT)
    throw invalidArgument('The total size of the user metadata must not exceed 8 KB.', 'x-oss-meta', String(metaBytes));

  const storageClass = headers.get('x-oss-storage-class') ?? 'Standard';
  if (!STORAGE_CLASSES.includes(storageClass)) {
    throw invalidArgument('The storage class you specified is not valid.', 'x-oss-storage-class', storageClass);
  }
  attributes['x-oss-storage-class'] = storageClass;

  const encryption = headers.get(ENCRYPTION);
  if (encryption !== undefined) {
    if (!['AES256', 'KMS', 'SM4'].includes(encryption)) {
      throw new OssError(
        400,
        'InvalidEncryptionAlgorithmError',
        'The Encryption request you specified is not valid. Supported value: AES256/SM4/KMS.',
      );
    }
    for (const name of [ENCRYPTION, 'x-oss-server-side-data-encryption', `${ENCRYPTION}-key-id`]) {
      const value = headers.get(name);
      if (value !== undefined) attributes[name] = headerValue(value, name);
    }
  }

  const tagging = headers.get('x-oss-tagging');
  if (tagging !== undefined && tagging !== '') {
    const tags = tagging.split('&');
    parseTags(tagging);
    if (tags.length > 10) throw invalidArgument('An object may have at most 10 tags.', 'x-oss-tagging', tagging);
    attributes['x-oss-tagging-count'] = String(tags.length);
    attributes['x-oss-tagging'] = tagging;
  }
  return attributes;
}

/** The tags of `x-oss-tagging`: `name=value&…`, URL-encoded. */
export function parseTags(tagging: string | undefined): ReadonlyMap<string, string> {
  return parseQuery(tagging ?? '');
}

/** Encryption is set at Initiate; on a part it is refused. */
export function refuseEncryption(headers: ReadonlyMap<string, string>): void {
  for (const [name, value] of headers) {
    if (name.startsWith(ENCRYPTION) || name === 'x-oss-server-side-data-encryption') {
      throw invalidArgument('Encryption headers are not allowed here.', name, value);
    }
  }
}

export function readAcl(headers: ReadonlyMap<string, string>): string {
  const acl = headers.get('x-oss-object-acl') ?? 'default';
  if (!ACLS.includes(acl)) throw invalidArgument('The object ACL you specified is not valid.', 'x-oss-object-acl', acl);
  return acl;
}

export function forbidsOverwrite(headers: ReadonlyMap<string, string>): boolean {
  return headers.get('x-oss-forbid-overwrite')?.toLowerCase() === 'true';
}

/** The encryption that an answer repeats. */
export function encryptionHeaders(attributes: Attributes): Record<string, string> {
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => name.startsWith(ENCRYPTION)));
}
