/** What a request to `/sts` asks for: how long the credentials live, and their session policy. */
import type { IncomingMessage } from 'node:http';
import { invalidArgument, OssError } from './oss-error.js';
import { parsePolicy, PolicyGrammarError } from './parse-policy.js';
import { MAX_SECONDS } from './limits.js';
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

/** What the role's sessions may last, in seconds. */
const DURATION = { min: 900, max: 43_200 };

/**
 * Whether a request to the service itself is an STS client's: they send it to `/`, and name the action in the query, in a header or in a form.
 * OSS has no use for such a form.
 */
export function isAssumeRole({ method, url = '/', headers }: Pick<IncomingMessage, 'method' | 'url' | 'headers'>): boolean {
  if (!/^\/(\?|$)/.test(url)) return false;
  return (
    (method === 'POST' && (headers['x-acs-action'] === 'AssumeRole' || isForm(headers['content-type']))) ||
    /[?&]Action=AssumeRole(&|$)/.test(url)
  );
}

export function isForm(contentType: string | undefined): boolean {
  return /^application\/x-www-form-urlencoded\b/i.test(contentType ?? '');
}

/** @throws {StsError} for another action than AssumeRole, the only one that there is */
export function checkAction(action: string | undefined): void {
  if (action === 'AssumeRole') return;
  throw new StsError(404, 'InvalidAction.NotFound', `Only AssumeRole is offered here, not ${action ?? 'a request without an Action'}.`);
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
  const [bucket, prefix] = [query.get('bucket'), query.get('prefix')];
  const policy = query.get('policy') ?? query.get('Policy');
  const request = { seconds: durationOf(query) ?? seconds };
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

/** `duration` is ours, for tests that want short lives; `DurationSeconds` has the limits of AssumeRole. */
function durationOf(query: ReadonlyMap<string, string>): number | undefined {
  const [duration, standard] = [query.get('duration'), query.get('DurationSeconds')];
  if (duration !== undefined) {
    const seconds = Number(duration);
    if (!(seconds >= 1 && seconds <= MAX_SECONDS)) {
      throw invalidArgument(`duration must be a number of seconds from 1 to ${MAX_SECONDS}.`, 'duration', duration);
    }
    return seconds;
  }
  if (standard === undefined) return undefined;
  const seconds = /^\d+$/.test(standard) ? Number(standard) : Number.NaN;
  if (seconds >= DURATION.min && seconds <= DURATION.max) return seconds;
  throw new StsError(
    400,
    'InvalidParameter.DurationSeconds',
    `The parameter DurationSeconds must be from ${DURATION.min} to ${DURATION.max}; for shorter lives there is /sts?duration=.`,
  );
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
