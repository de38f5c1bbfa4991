/** Signs URLs by which the demo page opens objects of a private bucket for a short time. */
import { createUrlSigner, encode, encodePath } from '../src/oss/sign.js';

export interface Account {
  accessKeyId: string;
  accessKeySecret: string;
}

/** Seconds: long enough for a click, too short to be worth passing on. */
const EXPIRES = 60;

/**
 * Signs with a long-lived key, never with STS credentials: their token would be part of the URL.
 *
 * @param prefix keys must begin with it
 * @returns a function that gives the URL of a key, or `undefined` for a key that it doesn't sign for
 */
export function createPresigner(
  bucketUrl: string,
  { bucket, region, prefix, account }: { bucket: string; region: string; prefix: string; account: Account },
) {
  const signer = createUrlSigner(region);
  return async (key: string): Promise<string | undefined> => {
    if (!key.startsWith(prefix)) return undefined;
    const name = encode(key.slice(key.lastIndexOf('/') + 1));
    const query = { 'response-content-disposition': `attachment; filename*=UTF-8''${name}` };
    const signed = await signer.presign({ method: 'GET', bucket, key, query, headers: {} }, account, Date.now(), EXPIRES);
    return `${bucketUrl}/${encodePath(key)}?${Object.entries(signed)
      .map((pair) => pair.map(encode).join('='))
      .join('&')}`;
  };
}
