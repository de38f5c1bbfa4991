/** The operations of uploads on one object. @see https://www.alibabacloud.com/help/en/oss/developer-reference/initiatemultipartupload */
import type { Bytes } from '../ports.js';
import { sizeOf } from '../core/bytes.js';
import { parseJson } from '../core/parse-json.js';
import { CorsError } from '../errors.js';
import type { Operation, Reply } from './operation.js';
import { isXmlText } from './parse-xml.js';
import type { Query } from './sign.js';
import {
  type ListPartsPage,
  type ListUploadsPage,
  readCompleteEtag,
  readError,
  readListParts,
  readListUploads,
  readUploadId,
  timeOf,
  wholeNumber,
  writeComplete,
} from './xml.js';

type Headers = Record<string, string>;

/** OSS's answer to an Initiate. */
export interface Begun {
  /** As it was sent: a signer may have chosen another one than was asked for. */
  key: string;
  uploadId: string;
}

/** OSS's answer to a write. */
export interface Stored {
  /** As it was sent: a signer may have chosen another one than was asked for. */
  key: string;
  /** As sent, in quotes; `undefined` when the bucket's CORS rules hide it. */
  etag: string | undefined;
  /** Unsigned decimal text; `undefined` when hidden. */
  crc64: string | undefined;
  requestId?: string | undefined;
  versionId: string | undefined;
  /** The application server's answer to the callback, which the page or the signer has asked for. */
  callbackBody?: string | undefined;
  /** Why the callback failed, according to OSS, although the object is stored (HTTP 203). */
  callbackFailure?: string | undefined;
}

/** OSS's answer to a HEAD of an object. */
export interface ObjectHead {
  /** `undefined` when the answer doesn't say. */
  size: number | undefined;
  etag: string | undefined;
  crc64: string | undefined;
  versionId: string | undefined;
  /** Milliseconds since the epoch. */
  lastModified: number | undefined;
}

/** Each Initiate whose answer can't be read may leave an upload behind on the server. */
const INITIATE_REPEATS = 2;
const LISTING_REPEATS = 2;
/** In stall timeouts: completing thousands of parts takes longer than the stall timeout allows. */
const COMPLETE_PATIENCE = 3;

/** @param size bytes of the whole file: a signer may have a limit */
export function initiateUpload(key: string, size: number, headers: Headers): Operation<Begun> {
  return {
    operation: 'InitiateMultipartUpload',
    method: 'POST',
    key,
    query: { uploads: '', ...encodingFor(key) },
    headers,
    size,
    unreadableLimit: INITIATE_REPEATS,
    read({ key, body }) {
      const uploadId = readUploadId(body);
      return uploadId ? { key, uploadId } : undefined;
    },
  };
}

/** Sends one part. `size` is in bytes. */
export type PartUpload = Operation<{ etag: string; crc64: string | undefined }> & { size: number; body(): Blob };

/**
 * Reading the answer throws a {@link CorsError} `EtagNotExposed` where it shows no ETag, unless an earlier one has: then something
 * between has answered.
 * @param size bytes of the body
 */
export function uploadPart(
  key: string,
  uploadId: string,
  partNumber: number,
  size: number,
  body: () => Blob,
  headers: Headers,
): PartUpload {
  return {
    operation: 'UploadPart',
    method: 'PUT',
    key,
    partNumber,
    query: { partNumber: String(partNumber), uploadId },
    headers,
    body,
    size,
    read(reply, endpoints) {
      const { etag, crc64 } = readIdentity(reply);
      // OSS answers a part without a body: with one, a portal has answered. Without an ETag nobody can say.
      if (reply.body.trim() || (!etag && endpoints.exposesEtag)) return undefined;
      if (etag) {
        endpoints.exposesEtag = true;
        return { etag, crc64 };
      }
      const message = `UploadPart of "${key}": CORS rules hide the ETag: add ETag and x-oss-hash-crc64ecma to ExposeHeader.`;
      throw new CorsError('EtagNotExposed', message, { key, partNumber });
    },
  };
}

/** One page: a thousand parts, of numbers above `after`. */
export function listParts(key: string, uploadId: string, after: number): Operation<ListPartsPage> {
  return {
    operation: 'ListParts',
    method: 'GET',
    key,
    query: { uploadId, 'max-parts': '1000', ...encodingFor(key), ...(after > 0 && { 'part-number-marker': String(after) }) },
    read: ({ body }) => readListParts(body),
  };
}

/** One page: a thousand open uploads of keys that begin with this one. @param after an upload ID of this key */
export function listUploadsPage(key: string, after: string | undefined): Operation<ListUploadsPage> {
  return {
    operation: 'ListMultipartUploads',
    method: 'GET',
    key: '',
    // Asked for convenience: a page in its place is no reason to wait.
    unreadableLimit: LISTING_REPEATS,
    query: {
      uploads: '',
      prefix: key,
      'encoding-type': 'url',
      ...(after !== undefined && { 'key-marker': key, 'upload-id-marker': after }),
    },
    read: ({ body }) => readListUploads(body),
  };
}

export function completeUpload(
  key: string,
  uploadId: string,
  parts: readonly { number: number; etag: string }[],
  headers: Headers,
): Operation<Stored> {
  return {
    operation: 'CompleteMultipartUpload',
    method: 'POST',
    key,
    query: { uploadId, ...encodingFor(key) },
    headers: { ...headers, 'content-type': 'application/xml' },
    body: writeComplete(parts),
    parts: parts.map(({ number, etag }) => ({ number, etag })),
    patience: COMPLETE_PATIENCE,
    read(reply) {
      // The document contains the ETag, which CORS may hide in the header.
      const etag = readCompleteEtag(reply.body);
      const stored = readWhole(reply, etag !== undefined);
      return stored && { ...stored, etag: stored.etag ?? etag };
    },
  };
}

/** Also answered if the upload no longer exists. */
export function abortUpload(key: string, uploadId: string): Operation<true> {
  return {
    operation: 'AbortMultipartUpload',
    method: 'DELETE',
    key,
    query: { uploadId },
    read: ({ status, headers, body }) => status === 204 || (hasMarks(headers) && !readError(body)) || undefined,
    readRefusal: ({ code }) => code === 'NoSuchUpload' || undefined,
  };
}

export function putObject(key: string, body: Blob | Bytes, headers: Headers): Operation<Stored> {
  return {
    operation: 'PutObject',
    method: 'PUT',
    key,
    query: {},
    headers,
    body,
    size: sizeOf(body),
    read: (reply) => readWhole(reply, reply.body.trim() === ''),
  };
}

/** Answered with `null` when there is no such object. */
export function headObject(key: string): Operation<ObjectHead | null> {
  return {
    operation: 'HeadObject',
    method: 'HEAD',
    key,
    query: {},
    read(reply) {
      const { headers } = reply;
      const lastModified = timeOf(headers.get('Last-Modified'));
      if (!hasMarks(headers) && lastModified === undefined) return undefined;
      return { ...readIdentity(reply), size: wholeNumber(headers.get('Content-Length')), lastModified };
    },
    readRefusal: ({ status, code }) => (status === 404 && code !== 'NoSuchBucket' ? null : undefined),
  };
}

/** The headers of a body whose MD5 OSS is to check, in base64. */
export function withMd5(headers: Headers, md5: string | undefined): Headers {
  return md5 === undefined ? headers : { ...headers, 'content-md5': md5 };
}

/** A key with characters that XML can't contain would make every document that repeats it unreadable. */
function encodingFor(key: string): Query {
  return isXmlText(key) ? {} : { 'encoding-type': 'url' };
}

/** Distinguishes contents of an object; `undefined` if the bucket's CORS rules hide it. */
function readIdentity({ headers }: Reply): Pick<Stored & ObjectHead, 'etag' | 'crc64' | 'versionId'> {
  const header = (name: string): string | undefined => headers.get(name) ?? undefined;
  return { etag: header('ETag'), crc64: header('x-oss-hash-crc64ecma'), versionId: header('x-oss-version-id') };
}

function readStored(reply: Reply): Stored {
  const { key, headers, status, body, hasCallback } = reply;
  return {
    key,
    ...readIdentity(reply),
    requestId: headers.get('x-oss-request-id') ?? undefined,
    callbackBody: hasCallback ? body : undefined,
    // 203 is a success in HTTP: the object is stored, but the application server refused the callback.
    callbackFailure: status === 203 ? readError(body)?.message || 'no reason given' : undefined,
  };
}

/**
 * The answer to a write of the whole object. CORS may hide every mark of OSS: then the body has to show whose answer it is.
 * @param isPlain whether OSS sends such a body without a callback
 */
function readWhole(reply: Reply, isPlain: boolean): Stored | undefined {
  const { status, body } = reply;
  const error = readError(body);
  // With an error document, only 203 is a success: there it is the application server's refusal.
  if (error && status !== 203) return undefined;
  // By OSS's rule, the application server answers a callback with JSON.
  const isAnswer = (): boolean => (status === 203 ? error : parseJson(body)) !== undefined;
  const isWhole = hasMarks(reply.headers) || (reply.hasCallback ? isAnswer() : isPlain);
  return isWhole ? readStored(reply) : undefined;
}

/** Whether a header that CORS lets the page see shows that OSS has answered. An ETag doesn't: any server's page may have one. */
function hasMarks(headers: globalThis.Headers): boolean {
  return [...headers.keys()].some((name) => name.startsWith('x-oss-'));
}
