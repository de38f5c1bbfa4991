/** Custom domains and their buckets. */
import { type Check, shown, texts } from './check-value.js';

/** The first bucket's. Browsers resolve every name below `localhost` to loopback. */
export const DEFAULT_CNAME = 'cname.localhost';

/** Domain, with or without its port → bucket. */
type Domains = Record<string, string>;

/** Host names in ASCII, with or without a port. */
export const checkDomains: Check = (value, name) => {
  texts(value, name);
  for (const domain of Object.keys(value as Domains)) {
    if (!/^[a-z0-9_]([a-z0-9._-]*[a-z0-9])?(:\d{1,5})?$/i.test(domain)) {
      throw new TypeError(`${name}: ${shown(domain)} must be a host name such as img.example.com, without a scheme or a path.`);
    }
  }
};

/** @throws {TypeError} for a bucket that there isn't */
export function checkBuckets(domains: Domains, buckets: readonly string[]): void {
  for (const [domain, bucket] of Object.entries(domains)) {
    if (!buckets.includes(bucket)) {
      throw new TypeError(`The custom domain ${domain} names the bucket ${bucket}, which is none of ${buckets.join(', ')}.`);
    }
  }
}

/** As hosts are compared: in lower case. */
export function inLowerCase(domains: Domains): Domains {
  return Object.fromEntries(Object.entries(domains).map(([domain, bucket]) => [domain.toLowerCase(), bucket]));
}
