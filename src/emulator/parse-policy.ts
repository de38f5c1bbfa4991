/** Reads a RAM policy document, of an access key, of a role or of an AssumeRole session, and refuses what isn't one. */
import { type Condition, isConditionOperator } from './policy-conditions.js';

export interface Statement {
  effect: 'Allow' | 'Deny';
  /** Patterns of actions; with `NotAction` the statement is about all others. */
  actions: Patterns;
  resources: Patterns;
  conditions: Condition[];
}

export interface Patterns {
  patterns: string[];
  negated: boolean;
}

export type Policy = readonly Statement[];

/** The document doesn't follow the grammar. */
export class PolicyGrammarError extends Error {
  override readonly name = 'PolicyGrammarError';
}

/**
 * @param document JSON text, or what it stands for
 * @throws {PolicyGrammarError}
 */
export function parsePolicy(document: unknown): Policy {
  const policy = asObject(typeof document === 'string' ? parseJson(document) : document, 'The policy');
  onlyMembers(policy, ['Version', 'Statement'], 'The policy');
  if (policy['Version'] !== '1') throw new PolicyGrammarError('Version must be "1".');
  const statements = policy['Statement'];
  if (!Array.isArray(statements) || statements.length === 0) throw new PolicyGrammarError('Statement must be a list of statements.');
  return statements.map(parseStatement);
}

function parseStatement(value: unknown): Statement {
  const statement = asObject(value, 'A statement');
  onlyMembers(statement, ['Effect', 'Action', 'NotAction', 'Resource', 'NotResource', 'Condition'], 'A statement');
  const effect = statement['Effect'];
  if (effect !== 'Allow' && effect !== 'Deny') throw new PolicyGrammarError('Effect must be Allow or Deny.');
  const actions = patternsOf(statement, 'Action');
  const resources = patternsOf(statement, 'Resource');
  for (const action of actions.patterns) {
    if (!/^(\*|[A-Za-z*?-]+:[^:\s]+)$/.test(action))
      throw new PolicyGrammarError(`"${action}" is not an action; expecting service:Action.`);
  }
  for (const resource of resources.patterns) {
    if (resource !== '*' && !/^acs:[^:]*:[^:]*:[^:]*:./s.test(resource)) {
      throw new PolicyGrammarError(`"${resource}" is not a resource; expecting acs:service:region:account:name.`);
    }
  }
  return { effect, actions, resources, conditions: parseConditions(statement['Condition']) };
}

/** `Action` or `NotAction`, `Resource` or `NotResource`: exactly one of the two. */
function patternsOf(statement: Record<string, unknown>, name: string): Patterns {
  const negated = statement[`Not${name}`] !== undefined;
  if (negated === (statement[name] !== undefined)) throw new PolicyGrammarError(`A statement needs either ${name} or Not${name}.`);
  const value = statement[negated ? `Not${name}` : name];
  const patterns = Array.isArray(value) ? value : [value];
  if (patterns.length === 0 || !patterns.every((pattern) => typeof pattern === 'string' && pattern !== '')) {
    throw new PolicyGrammarError(`${name} must be a text or a list of texts.`);
  }
  return { patterns: patterns as string[], negated };
}

function parseConditions(value: unknown): Condition[] {
  if (value === undefined) return [];
  const conditions: Condition[] = [];
  for (const [operator, keys] of Object.entries(asObject(value, 'Condition'))) {
    if (!isConditionOperator(operator)) throw new PolicyGrammarError(`"${operator}" is not a condition operator.`);
    for (const [key, given] of Object.entries(asObject(keys, operator))) {
      const values = Array.isArray(given) ? given : [given];
      const plain = values.every((item) => ['string', 'number', 'boolean'].includes(typeof item));
      if (values.length === 0 || !plain) throw new PolicyGrammarError(`${key} must be compared with a text or a list of texts.`);
      conditions.push({ operator, key, values: values.map(String) });
    }
  }
  return conditions;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new PolicyGrammarError('The policy is not JSON.');
  }
}

function asObject(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new PolicyGrammarError(`${what} must be an object.`);
  return value as Record<string, unknown>;
}

function onlyMembers(value: Record<string, unknown>, allowed: readonly string[], what: string): void {
  const unknown = Object.keys(value).find((name) => !allowed.includes(name));
  if (unknown !== undefined) throw new PolicyGrammarError(`${what} has no member "${unknown}".`);
}
