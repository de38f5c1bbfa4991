/** RAM policies: what parses, and what a parsed one decides. */
import { describe, expect, test } from 'vitest';
import { evaluatePolicies } from '../../../src/emulator/evaluate-policy.js';
import { parsePolicy, PolicyGrammarError } from '../../../src/emulator/parse-policy.js';
import { matchesWildcard } from '../../../src/emulator/wildcard.js';

type Fields = Record<string, unknown>;

const allow = (Action: unknown, Resource: unknown, more: Fields = {}): Fields => ({ Effect: 'Allow', Action, Resource, ...more });
const deny = (Action: unknown, Resource: unknown, more: Fields = {}): Fields => ({ Effect: 'Deny', Action, Resource, ...more });
const policy = (...Statement: Fields[]): ReturnType<typeof parsePolicy> => parsePolicy({ Version: '1', Statement });

function decide(statements: Fields[], action: string, resource: string, values: Record<string, string> = {}): string {
  const question = { action, resource, owner: '1234567890123456', values: new Map(Object.entries(values)) };
  return evaluatePolicies([policy(...statements)], question);
}

describe('wildcards', () => {
  test.each([
    ['*', '', true],
    ['*', 'a/b', true],
    ['a*', 'a', true],
    ['a*c', 'abbbc', true],
    ['a*c', 'abbb', false],
    ['a?c', 'abc', true],
    ['a?c', 'ac', false],
    ['?', '', false],
    ['?', '😀', true],
    ['??', '😀', false],
    ['*a*b*', 'xxaxxbxx', true],
    ['*a*b*', 'xxbxxaxx', false],
    ['a.c', 'abc', false],
    ['a+', 'aa', false],
    ['', '', true],
    ['', 'a', false],
    ['oss:List*', 'oss:ListParts', true],
    ['oss:list*', 'oss:ListParts', false],
  ])('%j and %j: %s', (pattern, text, expected) => {
    expect(matchesWildcard(pattern, text)).toBe(expected);
  });

  test('many stars take no exponential time', () => {
    const started = performance.now();
    expect(matchesWildcard(`${'*a'.repeat(100)}b`, 'a'.repeat(5000))).toBe(false);
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

describe('the decision', () => {
  const uploads = 'acs:oss:*:*:demo-bucket/uploads/*';

  test.each<[string, Fields[], string, string, string]>([
    ['an Allow for action and resource', [allow('oss:PutObject', uploads)], 'oss:PutObject', 'demo-bucket/uploads/a', 'Allow'],
    ['a list of actions', [allow(['oss:GetObject', 'oss:PutObject'], [uploads])], 'oss:PutObject', 'demo-bucket/uploads/a/b', 'Allow'],
    ['another action', [allow('oss:PutObject', uploads)], 'oss:GetObject', 'demo-bucket/uploads/a', 'ImplicitDeny'],
    ['another prefix', [allow('oss:PutObject', uploads)], 'oss:PutObject', 'demo-bucket/other/a', 'ImplicitDeny'],
    ['another bucket', [allow('oss:PutObject', uploads)], 'oss:PutObject', 'x-demo-bucket/uploads/a', 'ImplicitDeny'],
    ['a key in another case', [allow('oss:PutObject', uploads)], 'oss:PutObject', 'demo-bucket/Uploads/a', 'ImplicitDeny'],
    ['an action in another case', [allow('oss:putobject', uploads)], 'oss:PutObject', 'demo-bucket/uploads/a', 'ImplicitDeny'],
    ['bucket/* for the bucket', [allow('oss:*', 'acs:oss:*:*:demo-bucket/*')], 'oss:ListObjects', 'demo-bucket', 'ImplicitDeny'],
    ['the bucket for its objects', [allow('oss:*', 'acs:oss:*:*:demo-bucket')], 'oss:PutObject', 'demo-bucket/a', 'ImplicitDeny'],
    ['* for everything', [allow('*', '*')], 'oss:ListObjects', 'demo-bucket', 'Allow'],
    ['a colon in the key', [allow('oss:*', 'acs:oss:*:*:demo-bucket/a:b*')], 'oss:PutObject', 'demo-bucket/a:b:c', 'Allow'],
    ['the owner as account', [allow('oss:*', 'acs:oss:*:1234567890123456:*')], 'oss:PutObject', 'demo-bucket/a', 'Allow'],
    ['another account', [allow('oss:*', 'acs:oss:*:99:*')], 'oss:PutObject', 'demo-bucket/a', 'ImplicitDeny'],
    ['a region', [allow('oss:*', 'acs:oss:cn-hangzhou:*:*')], 'oss:PutObject', 'demo-bucket/a', 'ImplicitDeny'],
    ['another service', [allow('ecs:*', 'acs:ecs:*:*:*')], 'oss:PutObject', 'demo-bucket/a', 'ImplicitDeny'],
    [
      'a Deny after an Allow',
      [allow('oss:*', '*'), deny('oss:PutObject', uploads)],
      'oss:PutObject',
      'demo-bucket/uploads/a',
      'ExplicitDeny',
    ],
    [
      'a Deny before an Allow',
      [deny('oss:PutObject', uploads), allow('oss:*', '*')],
      'oss:PutObject',
      'demo-bucket/uploads/a',
      'ExplicitDeny',
    ],
    ['a Deny of something else', [deny('oss:GetObject', uploads), allow('oss:*', '*')], 'oss:PutObject', 'demo-bucket/uploads/a', 'Allow'],
    ['NotAction', [{ Effect: 'Allow', NotAction: 'oss:Delete*', Resource: '*' }], 'oss:DeleteObject', 'demo-bucket/a', 'ImplicitDeny'],
    ['NotAction, another', [{ Effect: 'Allow', NotAction: 'oss:Delete*', Resource: '*' }], 'oss:PutObject', 'demo-bucket/a', 'Allow'],
    [
      'NotResource',
      [{ Effect: 'Deny', Action: '*', NotResource: uploads }, allow('*', '*')],
      'oss:PutObject',
      'demo-bucket/a',
      'ExplicitDeny',
    ],
  ])('%s', (_, statements, action, resource, expected) => {
    expect(decide(statements, action, resource)).toBe(expected);
  });

  test('several policies are judged together', () => {
    const question = { action: 'oss:PutObject', resource: 'demo-bucket/a', owner: '1', values: new Map<string, string>() };
    expect(evaluatePolicies([policy(allow('oss:*', '*')), policy(deny('oss:Put*', '*'))], question)).toBe('ExplicitDeny');
    expect(evaluatePolicies([policy(allow('oss:GetObject', '*')), policy(allow('oss:Put*', '*'))], question)).toBe('Allow');
    expect(evaluatePolicies([], question)).toBe('ImplicitDeny');
  });
});

describe('conditions', () => {
  const now = { 'acs:CurrentTime': '2026-11-22T08:00:00.000Z' };

  test.each<[Fields, Record<string, string>, boolean]>([
    [{ IpAddress: { 'acs:SourceIp': '10.0.0.0/8' } }, { 'acs:SourceIp': '10.1.2.3' }, true],
    [{ IpAddress: { 'acs:SourceIp': ['192.168.0.1', '10.0.0.0/8'] } }, { 'acs:SourceIp': '192.168.0.1' }, true],
    [{ IpAddress: { 'acs:SourceIp': '10.0.0.0/8' } }, { 'acs:SourceIp': '11.1.2.3' }, false],
    [{ IpAddress: { 'acs:SourceIp': '2001:db8::/32' } }, { 'acs:SourceIp': '2001:db8::1' }, true],
    [{ IpAddress: { 'acs:SourceIp': '10.0.0.0/99' } }, { 'acs:SourceIp': '10.1.2.3' }, false],
    [{ IpAddress: { 'acs:SourceIp': '0.0.0.0/0' } }, { 'acs:SourceIp': '::1' }, false],
    [{ NotIpAddress: { 'acs:SourceIp': '10.0.0.0/8' } }, { 'acs:SourceIp': '11.1.2.3' }, true],
    [{ NotIpAddress: { 'acs:SourceIp': ['10.0.0.0/8', '11.0.0.0/8'] } }, { 'acs:SourceIp': '11.1.2.3' }, false],
    [{ Bool: { 'acs:SecureTransport': 'true' } }, { 'acs:SecureTransport': 'true' }, true],
    [{ Bool: { 'acs:SecureTransport': true } }, { 'acs:SecureTransport': 'false' }, false],
    [{ DateLessThan: { 'acs:CurrentTime': '2026-11-22T16:00:01+08:00' } }, now, true],
    [{ DateGreaterThan: { 'acs:CurrentTime': '2026-11-22T08:00:00Z' } }, now, false],
    [{ DateGreaterThanEquals: { 'acs:CurrentTime': '2026-11-22T08:00:00Z' } }, now, true],
    [{ DateLessThan: { 'acs:CurrentTime': 'tomorrow' } }, now, false],
    [{ StringLike: { 'oss:Prefix': ['team/a/*'] } }, { 'oss:Prefix': 'team/a/x' }, true],
    [{ StringLike: { 'oss:Prefix': ['team/a/*'] } }, { 'oss:Prefix': '' }, false],
    [{ StringEquals: { 'oss:Prefix': 'team/*' } }, { 'oss:Prefix': 'team/a' }, false],
    [{ StringEqualsIgnoreCase: { 'acs:UserAgent': 'CURL' } }, { 'acs:UserAgent': 'curl' }, true],
    [{ StringNotEquals: { 'oss:RequestObjectTag/k': ['a', 'b'] } }, { 'oss:RequestObjectTag/k': 'b' }, false],
    [{ StringNotEquals: { 'oss:RequestObjectTag/k': 'a' } }, {}, true],
    [{ StringEquals: { 'oss:RequestObjectTag/k': 'a' } }, {}, false],
    [{ StringNotLike: { 'acs:AccessId': 'STS.*' } }, { 'acs:AccessId': 'LTAI1' }, true],
    [{ NumericLessThanEquals: { n: 5 } }, { n: '5' }, true],
    [{ NumericEquals: { n: '0' } }, { n: '' }, false],
    // All operators, and all keys of each.
    [{ Bool: { a: 'true' }, StringEquals: { b: 'x', c: 'y' } }, { a: 'true', b: 'x', c: 'z' }, false],
    [{ Bool: { a: 'true' }, StringEquals: { b: 'x', c: 'y' } }, { a: 'true', b: 'x', c: 'y' }, true],
  ])('%j with %j: %s', (Condition, values, holds) => {
    expect(decide([allow('*', '*', { Condition })], 'oss:PutObject', 'b/k', values)).toBe(holds ? 'Allow' : 'ImplicitDeny');
    expect(decide([deny('*', '*', { Condition }), allow('*', '*')], 'oss:PutObject', 'b/k', values)).toBe(holds ? 'ExplicitDeny' : 'Allow');
  });
});

describe('the grammar', () => {
  const statement = allow('oss:*', '*');

  test.each<[string, unknown]>([
    ['no JSON', '{'],
    ['a list', []],
    ['no version', { Statement: [statement] }],
    ['version 2', { Version: '2', Statement: [statement] }],
    ['a number as version', { Version: 1, Statement: [statement] }],
    ['no statement', { Version: '1' }],
    ['an empty list of statements', { Version: '1', Statement: [] }],
    ['a statement that is no list', { Version: '1', Statement: statement }],
    ['an unknown member', { Version: '1', Statement: [statement], Id: 'x' }],
    ['an effect in lower case', { Version: '1', Statement: [{ ...statement, Effect: 'allow' }] }],
    ['no effect', { Version: '1', Statement: [{ Action: '*', Resource: '*' }] }],
    ['no action', { Version: '1', Statement: [{ Effect: 'Allow', Resource: '*' }] }],
    ['Action and NotAction', { Version: '1', Statement: [{ ...statement, NotAction: '*' }] }],
    ['no resource', { Version: '1', Statement: [{ Effect: 'Allow', Action: '*' }] }],
    ['an empty list of actions', { Version: '1', Statement: [{ ...statement, Action: [] }] }],
    ['an action without its service', { Version: '1', Statement: [{ ...statement, Action: 'PutObject' }] }],
    ['an action that is a number', { Version: '1', Statement: [{ ...statement, Action: [1] }] }],
    ['a resource of S3', { Version: '1', Statement: [{ ...statement, Resource: 'arn:aws:s3:::bucket/*' }] }],
    ['a resource that is a bucket', { Version: '1', Statement: [{ ...statement, Resource: 'bucket/*' }] }],
    ['an unknown member of a statement', { Version: '1', Statement: [{ ...statement, Principal: '*' }] }],
    ['an unknown operator', { Version: '1', Statement: [{ ...statement, Condition: { StringSame: { a: 'b' } } }] }],
    ['an inherited name as operator', { Version: '1', Statement: [{ ...statement, Condition: { toString: { a: 'b' } } }] }],
    ['a condition on nothing', { Version: '1', Statement: [{ ...statement, Condition: { Bool: { a: [] } } }] }],
    ['a condition on an object', { Version: '1', Statement: [{ ...statement, Condition: { Bool: { a: { b: 1 } } } }] }],
  ])('%s is refused', (_, document) => {
    expect(() => parsePolicy(document)).toThrow(PolicyGrammarError);
  });
});
