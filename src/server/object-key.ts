import { utf8 } from '../core/bytes.js';
import { Refusal } from './refusal.js';

/**
 * Control characters, lone surrogates, backslashes, and escapes of `.`, `/`, `\` and `%`, which a proxy that decodes twice would turn
 * into them.
 */
const UNSAFE = /[\0-\x1f\x7f-\x9f\u2028\u2029\\\p{Surrogate}]|%(2e|2f|5c|25|0\w)/iu;
/** Bytes of UTF-8. @see https://www.alibabacloud.com/help/en/oss/developer-reference/putobject */
const MAX_KEY = 1023;

/**
 * Accepts only keys below a prefix, compared character by character: nothing is decoded or normalized.
 * @throws {Refusal} 403 `KeyNotAllowed`
 */
export function checkKeyInPrefix(key: unknown, prefix: string): string {
  if (typeof key !== 'string' || !key.startsWith(prefix) || !isSafe(key)) throw keyNotAllowed(prefix);
  return key;
}

export function keyNotAllowed(prefix: string): Refusal {
  const message = `The key must begin with "${prefix}" and have no empty, "." or ".." segments or unsafe characters.`;
  return new Refusal(403, 'KeyNotAllowed', message);
}

/** Whether a text is a prefix that can't reach into a neighbour's. */
export function isPrefix(prefix: unknown): prefix is string {
  return typeof prefix === 'string' && prefix.endsWith('/') && isSafe(`${prefix}x`);
}

/** Stricter than OSS and browsers are: see `checkKey` of the client. */
function isSafe(key: string): boolean {
  return !UNSAFE.test(key) && key.split('/').every((segment) => !/^\.{0,2}$/.test(segment)) && utf8(key).length <= MAX_KEY;
}
