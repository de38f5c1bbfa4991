import type { Endpoint } from '../options/types.js';
import { encodePath, type Query, queryPair } from './sign.js';

/** The URL of an object, without a query. @see OSS documentation, "Regions and endpoints" */
export function objectUrl({ origin, addressing }: Endpoint, bucket: string, key: string): string {
  const path = encodePath(key);
  if (addressing === 'cname') return `${origin}/${path}`;
  if (addressing === 'path') return `${origin}/${bucket}/${path}`;
  return `${origin.replace('://', `://${bucket}.`)}/${path}`;
}

/** A query as it stands in a URL: `?uploads&x=1`, or nothing. */
export function queryText(query: Query): string {
  const pairs = Object.entries(query).map(queryPair);
  return pairs.length > 0 ? `?${pairs.join('&')}` : '';
}
