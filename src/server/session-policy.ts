import { isPrefix } from './object-key.js';

/**
 * The session policy that narrows a role to one prefix: uploads, their parts, and HEAD. It is what `assumeRole` of
 * {@link HandlerOptions} gets; with it, credentials for a page can also be issued without a handler.
 *
 * @param bucket the bucket's name
 * @param prefix ends in `/`, without `*` and `?`, which a policy reads as wildcards
 * @param headers `x-oss-object-acl` and `x-oss-tagging`, if pages may set them
 * @throws {TypeError} for another prefix
 * @see https://www.alibabacloud.com/help/en/ram/developer-reference/api-sts-2015-04-01-assumerole
 *
 * @example
 * const policy = sessionPolicy('examplebucket', `users/${user.id}/`);
 */
export function sessionPolicy(bucket: string, prefix: string, headers: readonly string[] = []): string {
  if (!isPrefix(prefix) || /[*?$]/.test(prefix)) throw new TypeError('prefix must end in "/" and have no "*", "?" or "$"');
  return JSON.stringify({
    Version: '1',
    Statement: [
      {
        Effect: 'Allow',
        // oss:GetObject is for HEAD: without it a Complete whose answer was lost can't be confirmed.
        Action: [
          'oss:PutObject',
          'oss:ListParts',
          'oss:AbortMultipartUpload',
          'oss:GetObject',
          ...(headers.includes('x-oss-object-acl') ? ['oss:PutObjectAcl'] : []),
          ...(headers.includes('x-oss-tagging') ? ['oss:PutObjectTagging'] : []),
        ],
        Resource: [`acs:oss:*:*:${bucket}/${prefix}*`],
      },
    ],
  });
}
