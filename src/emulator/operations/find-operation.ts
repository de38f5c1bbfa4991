/** Finds the operation that a request means. */
import { methodNotAllowed, parameterNotImplemented } from '../oss-error.js';
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
  if (bucket === null || unservedParameter(query) !== undefined) return 'Unknown';
  if (key === null) {
    if (method === 'POST') return 'PostObject';
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

/** The parameters that mean something here, and those that only a signature needs. */
const SERVED = new Set([
  ...['uploads', 'uploadId', 'partNumber', 'sequential', 'versions', 'versionId'],
  ...['prefix', 'delimiter', 'encoding-type', 'max-keys', 'marker', 'list-type', 'start-after', 'continuation-token', 'fetch-owner'],
  ...['max-parts', 'part-number-marker', 'max-uploads', 'key-marker', 'upload-id-marker', 'version-id-marker'],
  ...['callback', 'callback-var', 'x-oss-traffic-limit', 'x-oss-request-payer'],
  ...['x-oss-signature-version', 'x-oss-credential', 'x-oss-date', 'x-oss-expires', 'x-oss-signature', 'x-oss-additional-headers'],
  ...['x-oss-security-token', 'security-token', 'OSSAccessKeyId', 'Expires', 'Signature'],
]);

/**
 * A parameter that asks for what isn't served: any other bare name, which is how the service spells its sub-resources, and any
 * other name of its own. Such requests must not be treated as objects. What an application appends, as `?v=2`, counts for nothing.
 */
function unservedParameter(query: ReadonlyMap<string, string>): string | undefined {
  for (const [name, value] of query) {
    if (SERVED.has(name) || name.startsWith('response-')) continue;
    if (value === '' || name.startsWith('x-oss-')) return name;
  }
  return undefined;
}

export function findOperation(name: OperationName, method: string, { key }: Address, query: ReadonlyMap<string, string>): Operation {
  const unserved = unservedParameter(query);
  if (unserved !== undefined) throw parameterNotImplemented(unserved);
  const operation = OPERATIONS[name];
  if (operation === undefined) throw methodNotAllowed(method, key === null ? 'Bucket' : 'Object');
  return operation;
}
