/** Finds the operation that a request means. */
import { methodNotAllowed, notImplemented } from '../oss-error.js';
import type { Address } from '../parse-request.js';
import type { OperationName } from '../types.js';
import type { Operation } from './operation.js';
import { listMultipartUploads, listObjects, listParts } from './listing.js';
import { listObjectVersions } from './list-object-versions.js';
import { abortMultipartUpload, completeMultipartUpload, initiateMultipartUpload, uploadPart } from './multipart.js';
import { deleteObject, getObject, headObject, putObject } from './objects.js';

const OPERATIONS: Partial<Record<OperationName, Operation>> = {
  InitiateMultipartUpload: initiateMultipartUpload,
  UploadPart: uploadPart,
  ListParts: listParts,
  CompleteMultipartUpload: completeMultipartUpload,
  AbortMultipartUpload: abortMultipartUpload,
  ListMultipartUploads: listMultipartUploads,
  PutObject: putObject,
  HeadObject: headObject,
  GetObject: getObject,
  DeleteObject: deleteObject,
  ListObjects: listObjects,
  ListObjectVersions: listObjectVersions,
};

export function operationName(method: string, { bucket, key }: Address, query: ReadonlyMap<string, string>): OperationName {
  if (method === 'OPTIONS') return 'Preflight';
  if (bucket === null) return 'Unknown';
  if (key === null) {
    if (method === 'POST' && !isElsewhere(query)) return 'PostObject';
    if (method !== 'GET') return 'Unknown';
    if (query.has('uploads')) return 'ListMultipartUploads';
    return query.has('versions') ? 'ListObjectVersions' : 'ListObjects';
  }
  switch (method) {
    case 'POST':
      if (query.has('uploads')) return 'InitiateMultipartUpload';
      return query.has('uploadId') ? 'CompleteMultipartUpload' : 'Unknown';
    case 'PUT':
      // With only one of the two it is still meant as a part, and refused as one.
      return query.has('uploadId') || query.has('partNumber') ? 'UploadPart' : 'PutObject';
    case 'GET':
      return query.has('uploadId') ? 'ListParts' : 'GetObject';
    case 'DELETE':
      return query.has('uploadId') ? 'AbortMultipartUpload' : 'DeleteObject';
    case 'HEAD':
      return 'HeadObject';
    default:
      return 'Unknown';
  }
}

/** Sub-resources of the real service that this one doesn't have. Such requests must not be treated as objects. */
const ELSEWHERE = [
  'acl',
  'append',
  'cors',
  'tagging',
  'policy',
  'lifecycle',
  'symlink',
  'delete',
  'restore',
  'versioning',
  'objectMeta',
  'bucketInfo',
];

const isElsewhere = (query: ReadonlyMap<string, string>): boolean => ELSEWHERE.some((resource) => query.get(resource) === '');

export function findOperation(name: OperationName, method: string, { key }: Address, query: ReadonlyMap<string, string>): Operation {
  if (isElsewhere(query)) throw notImplemented();
  const operation = OPERATIONS[name];
  if (operation === undefined) throw methodNotAllowed(method, key === null ? 'Bucket' : 'Object');
  return operation;
}
