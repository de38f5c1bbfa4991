import { utf8 } from './bytes.js';
import { refuse } from './refuse.js';

const ACCEPTED = 'a string of 1..1023 bytes of UTF-8';

/**
 * Refuses keys that OSS does not allow and keys that a browser can't send.
 *
 * @throws {TypeError}
 * @see https://www.alibabacloud.com/help/en/oss/developer-reference/putobject and https://url.spec.whatwg.org/#double-dot-path-segment
 */
export function checkKey(key: unknown): string {
  if (typeof key !== 'string' || key === '') refuse('key', ACCEPTED, key);
  if (/\p{Surrogate}/u.test(key)) throw new TypeError('key contains an unpaired surrogate');
  const bytes = utf8(key).length;
  if (bytes > 1023) refuse('key', ACCEPTED, bytes);
  if (/^[/\\]/.test(key)) throw new TypeError(`key must not begin with "/" or "\\": "${key}"`);
  if (key.split('/').some((segment) => segment === '.' || segment === '..')) {
    throw new TypeError(`key must not have "." or ".." segments: "${key}"`);
  }
  return key;
}
