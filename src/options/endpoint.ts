import { flag } from './checks.js';

/** One address of the service. */
export interface Endpoint {
  /** Without a path. */
  origin: string;
  addressing: 'virtual-host' | 'path' | 'cname';
}

/** How the bucket is named in requests. */
export interface Addressing {
  cname?: boolean | undefined;
  pathStyle?: boolean | undefined;
}

/** An optional scheme, and nothing after host and port. Chromium accepts `not%20a%20url` as a host, so URL alone doesn't suffice. */
const HOST_OR_ORIGIN = /^(https?:\/\/)?[^\s/\\?#@%]*[^\s/\\?#@%:]\/?$/i;
/** The host as URL normalizes it: labels that are not empty. */
const HOST = /^(\[.+\]|\w([\w-]*\w)?(\.\w([\w-]*\w)?)*\.?)$/;
const IP_ADDRESS = /^(\d+(\.\d+){3}|\[.*\])$/;

/**
 * One endpoint of a bucket.
 * @param endpoint a host or an origin; `undefined` for the region's public endpoint
 * @throws {TypeError} for anything else, and for invalid addressing
 */
export function normalizeEndpoint(
  endpoint: unknown,
  { cname = false, pathStyle = false }: Addressing,
  region: string,
  bucket: string,
): Endpoint {
  flag('cname', cname);
  flag('pathStyle', pathStyle);
  if (cname && pathStyle) throw new TypeError('cname and pathStyle exclude each other');
  if (cname && endpoint === undefined) throw new TypeError('cname needs endpoint, the custom domain');
  const { origin, hostname } = parse(endpoint === undefined ? `oss-${region}.aliyuncs.com` : endpoint);
  const addressing = addressingOf(hostname, bucket, cname, pathStyle);
  if (addressing === 'virtual-host' && IP_ADDRESS.test(hostname)) throw new TypeError('endpoint is an IP address: set pathStyle: true');
  return { origin, addressing };
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
