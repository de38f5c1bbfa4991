/** The policy of a form upload: its grammar, and whether a form follows it. */
import { againstPolicy, invalidPolicy } from './post-errors.js';

interface FieldCondition {
  mode: 'eq' | 'starts-with' | 'in' | 'not-in';
  /** Lower case. */
  field: string;
  values: string[];
  /** As an error shows it. */
  printed: string;
}

export interface PostPolicy {
  /** Milliseconds. */
  expiration: number;
  conditions: FieldCondition[];
  /** Bytes that the file may have. */
  size: { min: number; max: number };
}

const MODES = ['eq', 'starts-with', 'in', 'not-in'];
/** Fields that the policy must name if the form has them. */
const COVERED = ['x-oss-signature-version', 'x-oss-credential', 'x-oss-date', 'x-oss-security-token'];

/** @throws {OssError} 400 InvalidPolicyDocument */
export function parsePostPolicy(text: string): PostPolicy {
  const policy = parseJson(text);
  if (typeof policy !== 'object' || policy === null || Array.isArray(policy))
    throw invalidPolicy('The policy must be an object.', '0006-00000201');
  const { expiration, conditions, ...others } = policy as Record<string, unknown>;
  const unknown = Object.keys(others)[0];
  if (unknown !== undefined) throw invalidPolicy(`Unexpected member: ${unknown}.`, '0006-00000206');
  if (expiration === undefined && conditions === undefined) throw invalidPolicy('expiration and conditions are missing.', '0006-00000209');
  if (conditions === undefined) throw invalidPolicy('conditions is missing.', '0006-00000207');
  if (expiration === undefined) throw invalidPolicy('expiration is missing.', '0006-00000208');
  const parsed: PostPolicy = { expiration: parseExpiration(expiration), conditions: [], size: { min: 0, max: Number.MAX_SAFE_INTEGER } };
  if (!Array.isArray(conditions)) throw invalidPolicy('conditions must be a list.');
  if (conditions.length === 0) throw invalidPolicy('conditions must not be empty.', '0006-00000215');
  for (const condition of conditions) {
    if (Array.isArray(condition) && condition[0] === 'content-length-range') {
      const { min, max } = parseRange(condition);
      parsed.size = { min: Math.max(parsed.size.min, min), max: Math.min(parsed.size.max, max) };
    } else parsed.conditions.push(Array.isArray(condition) ? parseList(condition) : parseSimple(condition));
  }
  return parsed;
}

/**
 * @param fields of the form by lower-case name, with `bucket`, and the file's type where there is no field for it
 * @throws {OssError} 403 AccessDenied
 */
export function checkPostPolicy(policy: PostPolicy, fields: ReadonlyMap<string, string>, now: number): void {
  if (now > policy.expiration) throw againstPolicy('Policy expired.', '0006-00000213');
  for (const condition of policy.conditions) {
    const value = fields.get(condition.field);
    // A condition on a field that the form doesn't have fails, a negative one too.
    if (value === undefined || !holds(condition, value))
      throw againstPolicy(`Policy Condition failed: ${condition.printed}`, '0006-00000227');
  }
  const uncovered = COVERED.find((name) => fields.has(name) && !policy.conditions.some(({ field }) => field === name));
  if (uncovered !== undefined) throw againstPolicy(`Extra input fields: ${uncovered}`, '0006-00000228');
}

function holds({ mode, values }: FieldCondition, value: string): boolean {
  if (mode === 'starts-with') return value.startsWith(values[0] ?? '');
  return values.includes(value) !== (mode === 'not-in');
}

function parseExpiration(value: unknown): number {
  if (typeof value !== 'string') throw invalidPolicy('expiration must be a text.', '0006-00000210');
  if (value === '') throw invalidPolicy('expiration must not be empty.', '0006-00000211');
  const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(time)) throw invalidPolicy('expiration must be ISO 8601 in GMT, such as 2026-11-22T09:00:00.000Z.');
  return time;
}

/** `{"name": "value"}` */
function parseSimple(condition: unknown): FieldCondition {
  const entries = typeof condition === 'object' && condition !== null ? Object.entries(condition) : [];
  const [name, value] = entries[0] ?? [];
  if (entries.length !== 1 || name === undefined) {
    throw invalidPolicy('Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.');
  }
  return fieldCondition('eq', name, [value], value);
}

/** `["eq", "$name", "value"]`, or a list of values for `in` and `not-in` */
function parseList(condition: readonly unknown[]): FieldCondition {
  const [mode, name, value] = condition;
  if (typeof mode !== 'string' || !MODES.includes(mode)) throw invalidPolicy('A condition must begin with its mode.', '0006-00000216');
  if (condition.length !== 3 || typeof name !== 'string') throw invalidPolicy(`${mode} needs a field and a value.`);
  const isList = mode === 'in' || mode === 'not-in';
  if (isList !== Array.isArray(value)) throw invalidPolicy(`The value of ${mode} must be a ${isList ? 'list' : 'text'}.`);
  return fieldCondition(mode as FieldCondition['mode'], name, isList ? (value as unknown[]) : [value], value);
}

function fieldCondition(mode: FieldCondition['mode'], name: string, values: readonly unknown[], value: unknown): FieldCondition {
  if (!values.every((item) => typeof item === 'string')) throw invalidPolicy(`The value of ${name} must be a text.`);
  // The dollar sign may be missing in the policy; an error shows it.
  const bare = name.replace(/^\$/, '');
  return {
    mode,
    field: bare.toLowerCase(),
    // A dollar sign in a value may be written with a backslash.
    values: (values as string[]).map((text) => text.replaceAll('\\$', '$')),
    printed: `["${mode}", "$${bare}", ${JSON.stringify(value)}]`,
  };
}

function parseRange([, min, max, ...more]: readonly unknown[]): { min: number; max: number } {
  if (!isSize(min)) throw invalidPolicy('The limits of content-length-range must be integers.', '0006-00000223');
  if (!isSize(max) || more.length > 0) throw invalidPolicy('The limits of content-length-range must be integers.', '0006-00000221');
  if (max < min) throw invalidPolicy('The limits of content-length-range are reversed.', '0006-00000219');
  return { min, max };
}

const isSize = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function parseJson(text: string): unknown {
  // `\$` isn't JSON, but OSS takes it.
  const strict = text.replace(/\\([\s\S])/g, (pair, escaped: string) => (escaped === '$' ? '$' : pair));
  try {
    return JSON.parse(strict);
  } catch (error) {
    const position = /position (\d+)/.exec((error as Error).message)?.[1];
    const char = position === undefined ? undefined : strict[Number(position)];
    throw invalidPolicy(`Invalid JSON: ${char === undefined ? ', or ] expected' : `unknown char ${char}`}`);
  }
}
