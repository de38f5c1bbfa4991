import { type Endpoint, normalizeEndpoint } from './endpoint.js';
import type { UploaderOptions } from './types.js';

const MOST = 8;

/**
 * The bucket's endpoints in the given order, each once.
 * @throws {TypeError} for anything but hosts and origins, and for invalid addressing
 */
export function normalizeEndpoints(
  options: Pick<UploaderOptions, 'endpoint' | 'cname' | 'pathStyle'>,
  region: string,
  bucket: string,
): [Endpoint, ...Endpoint[]] {
  const { endpoint } = options;
  const given: readonly unknown[] = Array.isArray(endpoint) ? endpoint : [endpoint];
  if (given.length < 1 || given.length > MOST) {
    throw new TypeError(`endpoint must be one host or a list of 1..${MOST}, not of ${given.length}`);
  }
  const all = given.map((entry) => normalizeEndpoint(entry, options, region, bucket));
  return all.filter(({ origin }, index) => all.findIndex((other) => other.origin === origin) === index) as [Endpoint, ...Endpoint[]];
}
