/** Which RAM actions an operation needs, and on which resource. */
import type { OperationName } from './types.js';

export interface RequiredAction {
  action: string;
  /** `bucket` or `bucket/key`. */
  resource: string;
}

export interface RequestedAccess {
  operation: OperationName;
  bucket: string;
  key: string | null;
  /** Headers, or the fields of a form. */
  headers: ReadonlyMap<string, string>;
  query: ReadonlyMap<string, string>;
}

const ACTIONS: Partial<Record<OperationName, string>> = {
  InitiateMultipartUpload: 'PutObject',
  UploadPart: 'PutObject',
  CompleteMultipartUpload: 'PutObject',
  PutObject: 'PutObject',
  PostObject: 'PutObject',
  ListParts: 'ListParts',
  AbortMultipartUpload: 'AbortMultipartUpload',
  ListMultipartUploads: 'ListMultipartUploads',
  HeadObject: 'GetObject',
  GetObject: 'GetObject',
  DeleteObject: 'DeleteObject',
  ListObjects: 'ListObjects',
  ListObjectVersions: 'ListObjectVersions',
};

const TAGGED: readonly OperationName[] = ['PutObject', 'InitiateMultipartUpload'];
const WITH_ACL: readonly OperationName[] = ['PutObject', 'PostObject', 'CompleteMultipartUpload'];
const VERSIONED: readonly OperationName[] = ['GetObject', 'HeadObject', 'DeleteObject'];

/** All of them are needed. Empty for what is no operation. */
export function requiredActions({ operation, bucket, key, headers, query }: RequestedAccess): RequiredAction[] {
  const action = ACTIONS[operation];
  if (action === undefined) return [];
  const resource = key === null ? bucket : `${bucket}/${key}`;
  const versioned = query.has('versionId') && VERSIONED.includes(operation);
  const required = [{ action: `oss:${action}${versioned ? 'Version' : ''}`, resource }];
  if (isSet(headers, 'x-oss-tagging') && TAGGED.includes(operation)) required.push({ action: 'oss:PutObjectTagging', resource });
  if (isSet(headers, 'x-oss-object-acl') && WITH_ACL.includes(operation)) required.push({ action: 'oss:PutObjectAcl', resource });
  return required;
}

const isSet = (headers: ReadonlyMap<string, string>, name: string): boolean => (headers.get(name) ?? '') !== '';
