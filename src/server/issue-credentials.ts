import { parseCredentials } from '../oss/parse-credentials.js';
import { Refusal } from './refusal.js';
import { sessionPolicy } from './session-policy.js';
import type { Grant, HandlerOptions } from './types.js';

/** Credentials for a page, in the form that `credentials` of `createUploader` accepts. */
export interface IssuedCredentials {
  /** Begins with `STS.`. */
  accessKeyId: string;
  /** Signs in the page. */
  accessKeySecret: string;
  /** Sent with each request. */
  securityToken: string;
  /** ISO 8601. */
  expiration: string | undefined;
  /** Keys must begin with it. */
  prefix: string;
}

/**
 * A policy can narrow a token to a prefix, and to nothing else: where the grant limits more, only signatures are given.
 * @throws {Refusal} 403 `CredentialsNotAllowed`, 502 `ServiceFailed`
 */
export async function issueCredentials<Context>(
  grant: Grant,
  { bucket, assumeRole }: HandlerOptions<Context>,
  context: Context,
): Promise<IssuedCredentials> {
  const { prefix, maxBytes, contentTypes, overwrite, callback, metadata, keyFor } = grant;
  const limits = [maxBytes, contentTypes, callback, metadata, keyFor].some((limit) => limit !== undefined) || overwrite === false;
  if (!assumeRole || limits) {
    throw new Refusal(403, 'CredentialsNotAllowed', 'No credentials are given here, which could not keep the limits. Ask for signatures.');
  }
  const policy = sessionPolicy(bucket, prefix, grant.headers);
  try {
    const { accessKeyId, accessKeySecret, securityToken, expiration } = parseCredentials(await assumeRole({ policy, prefix }, context));
    // A long-lived key has no token: it must never get into a page.
    if (!securityToken) throw new TypeError('assumeRole returned no security token');
    const end = expiration === undefined ? undefined : new Date(expiration).toISOString();
    return { accessKeyId, accessKeySecret, securityToken, expiration: end, prefix };
  } catch (cause) {
    throw Object.assign(new Refusal(502, 'ServiceFailed', 'No credentials at the moment. Try again.'), { cause });
  }
}
