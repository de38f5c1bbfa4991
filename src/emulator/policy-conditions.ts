/** The conditions of a policy's statement: operators, and how each compares a request's value. */
import { BlockList, isIP } from 'node:net';
import { matchesWildcard } from './wildcard.js';

export interface Condition {
  operator: string;
  key: string;
  /** Any of them. */
  values: string[];
}

/** What a request offers to be compared: `acs:SourceIp`, `oss:Prefix`, … A key that doesn't apply to the request is absent. */
export type ConditionValues = ReadonlyMap<string, string>;

type Compare = (actual: string, wanted: string) => boolean;

const numbers =
  (compare: (a: number, b: number) => boolean): Compare =>
  (actual, wanted) =>
    actual.trim() !== '' && wanted.trim() !== '' && compare(Number(actual), Number(wanted));

const dates =
  (compare: (a: number, b: number) => boolean): Compare =>
  (actual, wanted) =>
    compare(Date.parse(actual), Date.parse(wanted));

const foldCase = (text: string): string => text.toLowerCase();

const POSITIVE: Record<string, Compare> = {
  StringEquals: (actual, wanted) => actual === wanted,
  StringEqualsIgnoreCase: (actual, wanted) => foldCase(actual) === foldCase(wanted),
  StringLike: (actual, wanted) => matchesWildcard(wanted, actual),
  NumericEquals: numbers((a, b) => a === b),
  NumericLessThan: numbers((a, b) => a < b),
  NumericLessThanEquals: numbers((a, b) => a <= b),
  NumericGreaterThan: numbers((a, b) => a > b),
  NumericGreaterThanEquals: numbers((a, b) => a >= b),
  DateEquals: dates((a, b) => a === b),
  DateLessThan: dates((a, b) => a < b),
  DateLessThanEquals: dates((a, b) => a <= b),
  DateGreaterThan: dates((a, b) => a > b),
  DateGreaterThanEquals: dates((a, b) => a >= b),
  Bool: (actual, wanted) => actual === foldCase(wanted),
  IpAddress: isInBlock,
};

/** The operators that deny one of the above. */
const NEGATIVE: Record<string, string> = {
  StringNotEquals: 'StringEquals',
  StringNotEqualsIgnoreCase: 'StringEqualsIgnoreCase',
  StringNotLike: 'StringLike',
  NumericNotEquals: 'NumericEquals',
  DateNotEquals: 'DateEquals',
  NotIpAddress: 'IpAddress',
};

export function isConditionOperator(name: string): boolean {
  return Object.hasOwn(POSITIVE, name) || Object.hasOwn(NEGATIVE, name);
}

/**
 * All conditions must hold; of a condition's values any. A negative operator holds if its positive one doesn't, and so also
 * where the request has no such value.
 */
export function conditionsHold(conditions: readonly Condition[], values: ConditionValues): boolean {
  return conditions.every(({ operator, key, values: wanted }) => {
    const negated = Object.hasOwn(NEGATIVE, operator);
    const compare = POSITIVE[negated ? (NEGATIVE[operator] as string) : operator] as Compare;
    const actual = values.get(key);
    return negated !== (actual !== undefined && wanted.some((value) => compare(actual, value)));
  });
}

/** An address, or a block such as `10.0.0.0/8`. */
function isInBlock(actual: string, wanted: string): boolean {
  const [address = '', length] = wanted.split('/');
  const family = isIP(address);
  if (family === 0 || family !== isIP(actual)) return false;
  const bits = family === 4 ? 32 : 128;
  const prefix = length === undefined ? bits : Number(length);
  if (!Number.isInteger(prefix) || prefix < 0 || prefix > bits || length === '') return false;
  const blocks = new BlockList();
  blocks.addSubnet(address, prefix, family === 4 ? 'ipv4' : 'ipv6');
  return blocks.check(actual, family === 4 ? 'ipv4' : 'ipv6');
}
