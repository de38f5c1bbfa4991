/**
 * Refuses keys that OSS does not allow and keys that a browser can't send.
 *
 * @throws {TypeError}
 * @see OSS documentation, "PutObject"; URL Standard, "double-dot URL path segment"
 */
export function checkKey(key: unknown): string {
  if (typeof key !== 'string' || key === '') throw new TypeError('key must be a string of 1..1023 bytes');
  if (/\p{Surrogate}/u.test(key)) throw new TypeError('key must not hold half of a surrogate pair');
  const bytes = new TextEncoder().encode(key).length;
  if (bytes > 1023) throw new TypeError(`key must be 1..1023 bytes of UTF-8, not ${bytes}`);
  if (/^[/\\]/.test(key)) throw new TypeError(`key must not begin with "/" or "\\": "${key}"`);
  if (key.split('/').some((segment) => segment === '.' || segment === '..')) {
    throw new TypeError(`key must not have "." or ".." segments, which browsers remove from URLs: "${key}"`);
  }
  return key;
}
