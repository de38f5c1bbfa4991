import { isWhole } from '../core/is-whole.js';
import { isPrefix } from './object-key.js';
import type { Grant } from './types.js';

/**
 * What `allow` returned is the application's code: mistakes are errors of the server, not of the page.
 * @throws {TypeError} that names the field
 */
export function checkGrant(grant: Grant): void {
  const { prefix, maxBytes, contentTypes = [], overwrite = true, discover = false, forms = true, keyFor, metadata = {} } = grant;
  if (!isPrefix(prefix)) throw new TypeError('prefix must be segments that end in "/", such as "users/42/"');
  if (maxBytes !== undefined && !isWhole(maxBytes, 0, Number.MAX_SAFE_INTEGER))
    throw new TypeError('maxBytes must be a whole number of bytes');
  if (!Array.isArray(contentTypes) || !contentTypes.every((type) => /^[^\s/;*]+\/([^\s/;*]+|\*)$/.test(type))) {
    throw new TypeError('contentTypes must be a list such as ["image/*", "application/pdf"]');
  }
  if (![overwrite, discover, forms].every((flag) => typeof flag === 'boolean')) {
    throw new TypeError('overwrite, discover and forms must be true or false');
  }
  if (keyFor !== undefined && typeof keyFor !== 'function') throw new TypeError('keyFor must be a function');
  const isMetadata = Object.entries(metadata).every(
    ([name, value]) => /^[a-z\d-]+$/.test(name) && typeof value === 'string' && /^[\x20-\x7e]*$/.test(value),
  );
  if (!isMetadata) throw new TypeError('metadata must have names of a-z, 0-9 and "-", and printable ASCII texts');
  const extra: readonly string[] = grant.headers ?? [];
  if (!extra.every((name) => name === 'x-oss-object-acl' || name === 'x-oss-tagging')) {
    throw new TypeError('headers can only be x-oss-object-acl and x-oss-tagging');
  }
}

/**
 * A content type with its parameters. Of several with commas between them, browsers take the last one; the values of a parameter may have
 * commas, as the codecs of recordings do, but no slash. @see RFC 9110, section 8.3
 */
const CONTENT_TYPE = /^([\w!#$%&'+.^`|~-]+\/[\w!#$%&'+.^`|~-]+)(\s*;\s*[\w!#$%&'+.^`|~-]+=([\w!#$%&'+.^`|~,-]+|"[^"/\\]*"))*$/;

/** Whether a content type is one of those that are allowed; parameters such as `charset` don't count. */
export function isAllowedType(type: string | undefined, { contentTypes }: Grant): boolean {
  if (!contentTypes) return true;
  const plain = CONTENT_TYPE.exec(type ?? '')?.[1]?.toLowerCase();
  return contentTypes.some((allowed) => {
    const wanted = allowed.toLowerCase();
    return wanted.endsWith('/*') ? plain?.startsWith(wanted.slice(0, -1)) : plain === wanted;
  });
}
