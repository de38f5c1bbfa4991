/** URLs as a back end hands them out. */
import { createUrlSigner, encode, encodePath } from '../../../src/oss/sign.js';
import type { Setup } from './setup.js';

/** Seconds. */
const EXPIRES = 3600;

export type Presign = (method: string, key: string, query?: Record<string, string>, headers?: Record<string, string>) => Promise<string>;

export function createPresign({ endpoint, region, bucket, account }: Setup): Presign {
  const signer = createUrlSigner(region);
  const origin = endpoint.replace('://', `://${bucket}.`);
  return async (method, key, query = {}, headers = {}) => {
    const signed = await signer.presign({ method, bucket, key, query, headers }, account, Date.now(), EXPIRES);
    const pairs = Object.entries(signed).map(([name, value]) => (value === '' ? encode(name) : `${encode(name)}=${encode(value)}`));
    return `${origin}/${encodePath(key)}?${pairs.join('&')}`;
  };
}
