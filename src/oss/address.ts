import type { Endpoint } from '../options/endpoint.js';
import { encodePath, type Query, queryPair } from './sign.js';

/** The URL of an object, without a query. @see https://www.alibabacloud.com/help/en/oss/user-guide/regions-and-endpoints */
export function objectUrl({ origin, addressing }: Endpoint, bucket: string, key: string): string {
  const path = encodePath(key);
  if (addressing === 'cname') return `${origin}/${path}`;
  if (addressing === 'path') return `${origin}/${bucket}/${path}`;
  return `${origin.replace('://', `://${bucket}.`)}/${path}`;
}

/** A query in a URL, such as `?uploads&x=1`; an empty text if there is none. */
export function queryText(query: Query): string {
  const pairs = Object.entries(query).map(queryPair);
  return pairs.length > 0 ? `?${pairs.join('&')}` : '';
}
