/** Whether an access key may do what a request asks: its session's policy, then its own policies, then the object's ACL. */
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { BucketStore } from './bucket-store.js';
import { evaluatePolicies, type Decision } from './evaluate-policy.js';
import { OssError } from './oss-error.js';
import { OWNER } from './owner.js';
import { parseTags } from './operations/attributes.js';
import type { ConditionValues } from './policy-conditions.js';
import { type RequestedAccess, type RequiredAction, requiredActions } from './required-actions.js';
import type { AccessKey } from './verify-v4.js';
import type { XmlNode } from './xml.js';

export interface Requester {
  accessKeyId: string;
  key: AccessKey;
  socket: Socket;
  /** The server's time in milliseconds. */
  now: number;
}

/** @throws {OssError} 403 AccessDenied, in the words of whoever denies it */
export function authorize(requester: Requester, bucket: BucketStore, access: Omit<RequestedAccess, 'bucket'>): void {
  const { policies, session } = requester.key;
  if (policies === undefined && session === undefined) return;
  const full = { ...access, bucket: bucket.name };
  const values = conditionValues(requester, bucket, full);
  for (const required of requiredActions(full)) {
    const question = { ...required, owner: OWNER, values };
    if (session !== undefined && evaluatePolicies([session], question) !== 'Allow') {
      throw denied("Access denied by authorizer's policy.", '0003-00000301');
    }
    const decision = policies === undefined ? 'Allow' : evaluatePolicies(policies, question);
    if (decision === 'Allow' || (decision === 'ImplicitDeny' && aclAllows(bucket, access.key, required.action))) continue;
    throw identityDenied(decision, required, requester);
  }
}

function denied(message: string, ec: string, details: XmlNode[] = []): OssError {
  return new OssError(403, 'AccessDenied', message, { ec, details });
}

function identityDenied(decision: Decision, { action }: RequiredAction, { accessKeyId, key }: Requester): OssError {
  const detail: XmlNode = [
    'AccessDeniedDetail',
    [
      ['AuthAction', action],
      ['AuthPrincipalType', key.securityToken === undefined ? 'SubUser' : 'AssumedRoleUser'],
      ['AuthPrincipalOwnerId', OWNER],
      ['AuthPrincipalDisplayName', accessKeyId],
      ['PolicyType', 'AccountLevelIdentityBasedPolicy'],
      ['NoPermissionType', decision],
    ],
  ];
  if (decision === 'ExplicitDeny') return denied('Access denied by bucket policy.', '0003-00000201', [detail]);
  return denied('You have no right to access this object because of bucket acl.', '0003-00000001', [detail]);
}

/** What no policy mentions falls to the object's ACL; buckets are private. */
function aclAllows(bucket: BucketStore, key: string | null, action: string): boolean {
  const acl = bucket.objects.get(key ?? '')?.acl ?? 'default';
  if (action === 'oss:GetObject') return acl.startsWith('public-read');
  return action === 'oss:PutObject' && acl === 'public-read-write';
}

function conditionValues({ accessKeyId, socket, now }: Requester, bucket: BucketStore, access: RequestedAccess): ConditionValues {
  const { headers, query, operation, key } = access;
  const values = new Map([
    // A server that listens on IPv6 reports IPv4 addresses in this form.
    ['acs:SourceIp', (socket.remoteAddress ?? '').replace(/^::ffff:(?=\d+\.)/, '')],
    ['acs:SecureTransport', String((socket as Partial<TLSSocket>).encrypted === true)],
    ['acs:CurrentTime', new Date(now).toISOString()],
    ['acs:AccessId', accessKeyId],
    ['acs:MFAPresent', 'false'],
  ]);
  const agent = headers.get('user-agent');
  if (agent !== undefined) values.set('acs:UserAgent', agent);
  if (operation === 'ListObjects') {
    values.set('oss:Prefix', query.get('prefix') ?? '');
    values.set('oss:Delimiter', query.get('delimiter') ?? '');
  }
  for (const [name, value] of parseTags(headers.get('x-oss-tagging'))) values.set(`oss:RequestObjectTag/${name}`, value);
  if (operation === 'GetObject' || operation === 'HeadObject') {
    const tags = bucket.objects.get(key ?? '')?.attributes['x-oss-tagging'];
    for (const [name, value] of parseTags(tags)) values.set(`oss:ExistingObjectTag/${name}`, value);
  }
  return values;
}
