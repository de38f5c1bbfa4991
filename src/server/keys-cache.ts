import { type Keys, parseCredentials } from '../oss/parse-credentials.js';
import type { Credentials } from '../options/types.js';
import type { HandlerOptions } from './types.js';

/** They are replaced this long before their end, in milliseconds: a signature must stay valid while it is used. */
const RESERVE = 20 * 60_000;
/** Milliseconds for which a signature is good: keys are used up to that long before their end when renewal fails. */
const SIGNATURE = 15 * 60_000;
/** Milliseconds. */
const PATIENCE = 10_000;

/** Returns the keys that sign, fetched by one call at a time. */
export function createKeysCache(source: HandlerOptions['credentials']): () => Promise<Keys> {
  if (typeof source !== 'function') {
    const fixed = parseFixed(source);
    return async () => fixed;
  }
  let current: Keys | undefined;
  let fetching: Promise<Keys> | undefined;
  const lastsFor = (milliseconds: number): boolean => current?.expiration !== undefined && Date.now() < current.expiration - milliseconds;
  const fetchKeys = async (): Promise<Keys> => (current = parseCredentials(await withinPatience(source)));
  return async () => {
    if (lastsFor(RESERVE)) return current as Keys;
    fetching ??= fetchKeys().finally(() => {
      fetching = undefined;
    });
    try {
      return await fetching;
    } catch (error) {
      if (lastsFor(SIGNATURE)) return current as Keys;
      throw error;
    }
  };
}

/** @throws {TypeError} that doesn't show what may be a key */
function parseFixed(source: Credentials): Keys {
  try {
    return parseCredentials(source);
  } catch (cause) {
    throw new TypeError('credentials must have an accessKeyId and an accessKeySecret', { cause });
  }
}

/** A call that hangs, as one of a request that is over does in a Worker, is given up: the next request makes another one. */
function withinPatience<T>(call: () => T | Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`\`credentials\` has not answered for ${PATIENCE / 1000} s`)), PATIENCE);
    Promise.resolve()
      .then(call)
      .then(resolve, reject)
      .finally(() => clearTimeout(timer));
  });
}
