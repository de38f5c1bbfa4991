/** The session policy that a token for one bucket or one prefix carries: the one that the README shows. */
import type { PolicyDocument } from './types.js';

/** What the README's role allows: to upload, to resume, and to confirm that an object is stored. */
const UPLOADER = ['oss:PutObject', 'oss:ListParts', 'oss:AbortMultipartUpload', 'oss:GetObject'];

/**
 * @param buckets by name
 * @param prefix of keys; without one, everything in the buckets is allowed
 */
export function sessionPolicy(buckets: readonly string[], prefix: string | undefined): PolicyDocument {
  const resources =
    prefix === undefined
      ? buckets.flatMap((bucket) => [`acs:oss:*:*:${bucket}`, `acs:oss:*:*:${bucket}/*`])
      : buckets.map((bucket) => `acs:oss:*:*:${bucket}/${prefix}*`);
  return { Version: '1', Statement: [{ Effect: 'Allow', Action: prefix === undefined ? ['oss:*'] : UPLOADER, Resource: resources }] };
}
