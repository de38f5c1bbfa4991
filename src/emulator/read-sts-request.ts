/** What a request to `/sts` asks for: how long the credentials live, and their session policy. */
import type { IncomingMessage } from 'node:http';
import { invalidArgument, OssError } from './oss-error.js';
import { parsePolicy, PolicyGrammarError } from './parse-policy.js';
import { sessionPolicy } from './session-policy.js';

/** Characters; AssumeRole's limit. */
const MAX_POLICY = 2048;

/** A refusal that STS itself would give; its answers are JSON. Codes and messages as STS documents them. */
export class StsError extends OssError {}

export interface StsRequest {
  seconds: number;
  /** The session policy's text. */
  policy: string | undefined;
}

/** Whether an STS client means AssumeRole: they send it to `/`, and name it in the query or, the newer ones, in a header. */
export function isAssumeRole({ method, url = '/', headers }: Pick<IncomingMessage, 'method' | 'url' | 'headers'>): boolean {
  if (!/^\/(\?|$)/.test(url)) return false;
  return (method === 'POST' && headers['x-acs-action'] === 'AssumeRole') || /[?&]Action=AssumeRole(&|$)/.test(url);
}

/**
 * `duration` or `DurationSeconds`; `policy` or `Policy`, a document; `bucket` and `prefix`, for the policy that the README
 * shows.
 *
 * @param defaults the life of a token, and the service's buckets
 * @throws {OssError}
 */
export function readStsRequest(
  query: ReadonlyMap<string, string>,
  { seconds, buckets }: { seconds: number; buckets: readonly string[] },
): StsRequest {
  const duration = query.get('duration') ?? query.get('DurationSeconds');
  if (duration !== undefined && !(Number(duration) >= 1))
    throw invalidArgument('duration must be at least 1 second.', 'duration', duration);
  const [bucket, prefix] = [query.get('bucket'), query.get('prefix')];
  const policy = query.get('policy') ?? query.get('Policy');
  const request = { seconds: duration === undefined ? seconds : Number(duration) };
  if (policy !== undefined) {
    if (bucket !== undefined || prefix !== undefined) throw invalidArgument('Give either a policy, or bucket and prefix.', 'policy');
    return { ...request, policy: checkSessionPolicy(policy) };
  }
  if (bucket === undefined && prefix === undefined) return { ...request, policy: undefined };
  for (const [name, text] of Object.entries({ bucket, prefix })) {
    if (/[*?]|\$\{/.test(text ?? '')) throw invalidArgument('In a policy *, ? and ${ would be a pattern.', name, text);
  }
  return { ...request, policy: JSON.stringify(sessionPolicy(bucket === undefined ? buckets : [bucket], prefix)) };
}

/** @throws {StsError} as AssumeRole refuses a malformed policy */
export function checkSessionPolicy(policy: string): string {
  if (policy === '' || policy.length > MAX_POLICY) {
    throw new StsError(400, 'InvalidParameter.PolicySize', `The size of Policy must be between 1 and ${MAX_POLICY} characters.`);
  }
  try {
    parsePolicy(policy);
  } catch (error) {
    if (!(error instanceof PolicyGrammarError)) throw error;
    throw new StsError(400, 'InvalidParameter.PolicyGrammar', `The parameter Policy has not passed grammar check. ${error.message}`);
  }
  return policy;
}
