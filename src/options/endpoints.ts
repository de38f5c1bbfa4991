import { flag } from './checks.js';
import type { Endpoint } from './endpoint.js';
import type { UploaderOptions } from './types.js';

const MOST = 8;
/** An optional scheme, and nothing after host and port. Chromium accepts `not%20a%20url` as a host, so URL alone doesn't suffice. */
const HOST_OR_ORIGIN = /^(https?:\/\/)?[^\s/\\?#@%]*[^\s/\\?#@%:]\/?$/i;
/** The host as URL normalizes it: labels that are not empty. */
const HOST = /^(\[.+\]|\w([\w-]*\w)?(\.\w([\w-]*\w)?)*\.?)$/;
const IP_ADDRESS = /^(\d+(\.\d+){3}|\[.*\])$/;

/**
 * The bucket's endpoints in the given order, each once.
 * @throws {TypeError} for anything but hosts and origins, and for invalid addressing
 */
export function normalizeEndpoints(
  options: Pick<UploaderOptions, 'endpoint' | 'cname' | 'pathStyle'>,
  region: string,
  bucket: string,
): [Endpoint, ...Endpoint[]] {
  const { endpoint, cname = false, pathStyle = false } = options;
  flag('cname', cname);
  flag('pathStyle', pathStyle);
  if (cname && pathStyle) throw new TypeError('cname and pathStyle exclude each other');
  if (cname && endpoint === undefined) throw new TypeError('cname needs endpoint, the custom domain');
  const given: readonly unknown[] = Array.isArray(endpoint) ? endpoint : [endpoint === undefined ? `oss-${region}.aliyuncs.com` : endpoint];
  if (given.length < 1 || given.length > MOST) {
    throw new TypeError(`endpoint must be one host or a list of 1..${MOST}, not of ${given.length}`);
  }
  const byOrigin = new Map<string, Endpoint>();
  for (const entry of given) {
    const url = parse(entry);
    const addressing = addressingOf(url.hostname, bucket, cname, pathStyle);
    if (addressing === 'virtual-host' && IP_ADDRESS.test(url.hostname)) {
      throw new TypeError('endpoint is an IP address: set pathStyle: true');
    }
    if (!byOrigin.has(url.origin)) byOrigin.set(url.origin, { origin: url.origin, addressing });
  }
  return [...byOrigin.values()] as [Endpoint, ...Endpoint[]];
}

/** The bucket's own host is complete, as a custom domain is. Other hosts of the service are no custom domains. */
function addressingOf(host: string, bucket: string, cname: boolean, pathStyle: boolean): Endpoint['addressing'] {
  if (pathStyle) return 'path';
  return host.startsWith(`${bucket}.oss-`) || (cname && !/\.aliyuncs\.com\.?$/.test(host)) ? 'cname' : 'virtual-host';
}

/** The message doesn't show the value: it may contain a password. */
function parse(entry: unknown): URL {
  const match = typeof entry === 'string' ? HOST_OR_ORIGIN.exec(entry) : null;
  let url: URL | undefined;
  try {
    if (match) url = new URL(match[1] ? match[0] : `https://${match[0]}`);
  } catch {}
  if (!url || !HOST.test(url.hostname)) throw new TypeError(`endpoint must be a host or an origin, without a path`);
  return url;
}
