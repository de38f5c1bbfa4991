import { checkKey } from '../core/key.js';
import { Refusal } from './refusal.js';

/** Control characters, backslashes, and escapes of `.`, `/`, `\` and `%`, which a proxy that decodes twice would turn into them. */
const UNSAFE = /[\0-\x1f\x7f-\x9f\u2028\u2029\\]|%(2e|2f|5c|25|0\w)/i;

/**
 * Accepts only keys below a prefix, compared character by character: nothing is decoded or normalized.
 * @throws {Refusal} 403 `KeyNotAllowed`
 */
export function checkKeyInPrefix(key: unknown, prefix: string): string {
  if (typeof key !== 'string' || !key.startsWith(prefix) || !isSafe(key) || key === prefix) {
    throw new Refusal(
      403,
      'KeyNotAllowed',
      `The key must begin with "${prefix}" and have no empty, "." or ".." segments or unsafe characters.`,
    );
  }
  return key;
}

/** Whether a text is a prefix that can't reach into a neighbour's. */
export function isPrefix(prefix: unknown): prefix is string {
  return typeof prefix === 'string' && prefix.endsWith('/') && isSafe(`${prefix}x`);
}

function isSafe(key: string): boolean {
  try {
    checkKey(key);
  } catch {
    return false;
  }
  return !UNSAFE.test(key) && !key.split('/').includes('');
}
