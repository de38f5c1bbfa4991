import { type Keys, parseCredentials } from '../oss/parse-credentials.js';
import type { HandlerOptions } from './types.js';

/** They are replaced this long before their end, in milliseconds: a signature must stay valid while it is used. */
const RESERVE = 20 * 60_000;

/** Returns the keys that sign, fetched by one call at a time. */
export function createKeysCache(source: HandlerOptions['credentials']): () => Promise<Keys> {
  if (typeof source !== 'function') {
    const fixed = parseCredentials(source);
    return async () => fixed;
  }
  let current: Keys | undefined;
  let fetching: Promise<Keys> | undefined;
  const fetchKeys = async (): Promise<Keys> => (current = parseCredentials(await source()));
  return () => {
    if (current?.expiration !== undefined && Date.now() < current.expiration - RESERVE) return Promise.resolve(current);
    fetching ??= fetchKeys().finally(() => {
      fetching = undefined;
    });
    return fetching;
  };
}
