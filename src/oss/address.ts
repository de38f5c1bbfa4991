import type { UploaderConfig } from '../options.js';
import { encode, encodePath, type Query } from './sign.js';

/** Where a bucket is. */
export type Address = Pick<UploaderConfig, 'endpoint' | 'bucket' | 'addressing'>;

/** The URL of an object, without a query. @see OSS documentation, "Regions and endpoints" */
export function objectUrl({ endpoint, bucket, addressing }: Address, key: string): string {
  const path = encodePath(key);
  if (addressing === 'cname') return `${endpoint}/${path}`;
  if (addressing === 'path') return `${endpoint}/${bucket}/${path}`;
  return `${endpoint.replace('://', `://${bucket}.`)}/${path}`;
}

/** A query as it stands in a URL: `?uploads&x=1`, or nothing. */
export function queryText(query: Query): string {
  const pairs = Object.entries(query).map(([name, value]) => (value === '' ? encode(name) : `${encode(name)}=${encode(value)}`));
  return pairs.length > 0 ? `?${pairs.join('&')}` : '';
}
