/** Evaluates policies as RAM does: an explicit Deny wins, then an Allow counts, and what nothing allows is denied. */
import type { Patterns, Policy } from './parse-policy.js';
import { type ConditionValues, conditionsHold } from './policy-conditions.js';
import { matchesWildcard } from './wildcard.js';

export type Decision = 'Allow' | 'ExplicitDeny' | 'ImplicitDeny';

export interface PolicyQuestion {
  /** `oss:PutObject` */
  action: string;
  /** `bucket` or `bucket/key`, as plain text. */
  resource: string;
  /** The account that owns the bucket. */
  owner: string;
  values: ConditionValues;
}

/** Several policies of one identity are judged together. */
export function evaluatePolicies(policies: readonly Policy[], question: PolicyQuestion): Decision {
  let decision: Decision = 'ImplicitDeny';
  for (const { effect, actions, resources, conditions } of policies.flat()) {
    if (!applies(actions, (pattern) => matchesWildcard(pattern, question.action))) continue;
    if (!applies(resources, (pattern) => namesResource(pattern, question))) continue;
    if (!conditionsHold(conditions, question.values)) continue;
    if (effect === 'Deny') return 'ExplicitDeny';
    decision = 'Allow';
  }
  return decision;
}

function applies({ patterns, negated }: Patterns, matches: (pattern: string) => boolean): boolean {
  return patterns.some(matches) !== negated;
}

/**
 * Whether `acs:oss:{region}:{account}:{name}` covers the resource. OSS takes only `*` for the region. `bucket/*` doesn't
 * cover the bucket itself.
 */
function namesResource(pattern: string, { resource, owner }: PolicyQuestion): boolean {
  if (pattern === '*') return true;
  const [scheme = '', service = '', region, account = '', ...name] = pattern.split(':');
  return (
    scheme === 'acs' &&
    matchesWildcard(service, 'oss') &&
    region === '*' &&
    matchesWildcard(account, owner) &&
    matchesWildcard(name.join(':'), resource)
  );
}
