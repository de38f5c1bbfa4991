import { CorsError, OssError } from '../errors.js';
import type { Operation, Reply, RequestContext } from './operation.js';
import { isXmlText } from './parse-xml.js';
import type { Requester } from './request.js';
import type { Query } from './sign.js';
import {
  type ListedPart,
  type ListPartsPage,
  readCompleteEtag,
  readError,
  readListParts,
  readUploadId,
  timeOf,
  wholeNumber,
  writeComplete,
} from './xml.js';

type Headers = Record<string, string>;

/** The operations of uploads. @see https://www.alibabacloud.com/help/en/oss/developer-reference/initiatemultipartupload */
export interface OssClient {
  /** @returns the upload ID */
  initiate(key: string, headers: Headers, context: RequestContext): Promise<string>;
  uploadPart(part: UploadPart, headers: Headers, context: RequestContext): Promise<{ etag: string; crc64: string | undefined }>;
  /**
   * All pages, ascending by part number.
   * @param headers those of every request, as for {@link abort} and {@link headObject}
   * @param range lists parts above `after`, and no page that begins at `upTo` or above. @default all
   */
  listParts(
    key: string,
    uploadId: string,
    headers: Headers,
    context: RequestContext,
    range?: { after: number; upTo: number },
  ): Promise<ListedPart[]>;
  complete(
    key: string,
    uploadId: string,
    parts: readonly { number: number; etag: string }[],
    headers: Headers,
    context: RequestContext,
  ): Promise<Stored>;
  /** Also resolves if the upload no longer exists. */
  abort(key: string, uploadId: string, headers: Headers, context: RequestContext): Promise<void>;
  putObject(key: string, body: Blob, headers: Headers, context: RequestContext): Promise<Stored>;
  /** `undefined` when there is no such object. */
  headObject(key: string, headers: Headers, context: RequestContext): Promise<ObjectHead | undefined>;
  /** URL of the object at the endpoint in use, unsigned. */
  urlOf(key: string): string;
  /** The endpoint has answered before: from now on, silence means the network. */
  trust(): void;
}

export interface UploadPart {
  key: string;
  uploadId: string;
  partNumber: number;
  body: () => Blob;
}

/** OSS's answer to a write. */
export interface Stored {
  /** As sent, in quotes; `undefined` when the bucket's CORS rules hide it. */
  etag: string | undefined;
  /** Unsigned decimal text; `undefined` when hidden. */
  crc64: string | undefined;
  requestId: string | undefined;
  versionId: string | undefined;
  /** Text of the answer: with a callback, the application server's. */
  body: string;
  /** Why the callback failed, according to OSS, although the object is stored (HTTP 203). */
  callbackFailure: string | undefined;
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
/** In stall timeouts: completing thousands of parts takes longer than the stall timeout allows. */
const COMPLETE_PATIENCE = 3;
/** ListParts returns a thousand parts a page, and an upload has at most ten thousand, whatever the answers claim. */
const MAX_PAGES = 12;
const MAX_PARTS = 10_000;

export function createOssClient({ send, urlOf, trust }: Requester): OssClient {
  /** A part's answer has shown an ETag: the bucket's CORS rules expose it. */
  let isEtagExposed = false;

  return {
    urlOf,
    trust: trust,

    initiate: (key, headers, context) => send(initiating(key, headers), context),

    async uploadPart(part, headers, context) {
      // OSS answers a part without a body: with one, a portal has answered. Without an ETag nobody can say.
      const read = (reply: Reply): Stored | undefined =>
        reply.body.trim() || (isEtagExposed && !reply.headers.get('ETag')) ? undefined : readStored(reply);
      const { etag, crc64 } = await send(uploadingPart(part, headers, read), context);
      if (etag) {
        isEtagExposed = true;
        return { etag, crc64 };
      }
      const { key, partNumber } = part;
      const message = `UploadPart of "${key}": the bucket's CORS rules hide the ETag; add ETag (and x-oss-hash-crc64ecma) to ExposeHeader.`;
      throw new CorsError('EtagNotExposed', message, { key, partNumber });
    },

    async listParts(key, uploadId, headers, context, { after, upTo } = { after: 0, upTo: Number.POSITIVE_INFINITY }) {
      const parts: ListedPart[] = [];
      let marker = after;
      for (let pages = 1; ; pages += 1) {
        const page = await send(listingParts(key, uploadId, marker, headers), context);
        parts.push(...page.parts);
        const next = Number(page.nextPartNumberMarker);
        // A marker that doesn't grow, or grows by little, would never end.
        const isLast = !page.isTruncated || next <= marker || next >= Math.min(upTo, MAX_PARTS);
        if (isLast || pages === MAX_PAGES) return parts.slice(0, MAX_PARTS);
        marker = next;
      }
    },

    complete: (key, uploadId, parts, headers, context) => send(completing(key, uploadId, parts, headers), context),

    async abort(key, uploadId, headers, context) {
      try {
        await send({ operation: 'AbortMultipartUpload', method: 'DELETE', key, query: { uploadId }, headers, read: readAborted }, context);
      } catch (error) {
        if (!(error instanceof OssError && error.code === 'NoSuchUpload')) throw error;
      }
    },

    putObject(key, body, headers, context) {
      const read = (reply: Reply): Stored | undefined => readWhole(reply, headers, reply.body.trim() === '');
      return send({ operation: 'PutObject', method: 'PUT', key, query: {}, headers, body, read }, context);
    },

    async headObject(key, headers, context) {
      try {
        return await send({ operation: 'HeadObject', method: 'HEAD', key, query: {}, headers, read: readHead }, context);
      } catch (error) {
        if (error instanceof OssError && error.status === 404 && error.code !== 'NoSuchBucket') return undefined;
        throw error;
      }
    },
  };
}

function initiating(key: string, headers: Headers): Operation<string> {
  return {
    operation: 'InitiateMultipartUpload',
    method: 'POST',
    key,
    query: { uploads: '', ...encodingFor(key) },
    headers,
    unreadableLimit: INITIATE_REPEATS,
    read: ({ body }) => readUploadId(body),
  };
}

function uploadingPart(part: UploadPart, headers: Headers, read: Operation<Stored>['read']): Operation<Stored> {
  const { key, uploadId, partNumber, body } = part;
  return {
    operation: 'UploadPart',
    method: 'PUT',
    key,
    partNumber,
    query: { partNumber: String(partNumber), uploadId },
    headers,
    body,
    read,
  };
}

function listingParts(key: string, uploadId: string, marker: number, headers: Headers): Operation<ListPartsPage> {
  return {
    operation: 'ListParts',
    method: 'GET',
    key,
    query: { uploadId, 'max-parts': '1000', ...encodingFor(key), ...(marker > 0 && { 'part-number-marker': String(marker) }) },
    headers,
    read: ({ body }) => readListParts(body),
  };
}

function completing(
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
    patience: COMPLETE_PATIENCE,
    read: (reply) => readCompleted(reply, headers),
  };
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
  const { headers, status, body } = reply;
  return {
    ...readIdentity(reply),
    requestId: headers.get('x-oss-request-id') ?? undefined,
    body,
    // 203 is a success in HTTP: the object is stored, but the application server refused the callback.
    callbackFailure: status === 203 ? readError(body)?.message || 'no reason given' : undefined,
  };
}

/**
 * The answer to a write of the whole object. CORS may hide every mark of OSS: then the body has to show whose answer it is.
 * @param isPlain whether OSS sends such a body without a callback
 */
function readWhole(reply: Reply, headers: Headers, isPlain: boolean): Stored | undefined {
  const { status, body } = reply;
  const error = readError(body);
  // With an error document, only 203 is a success: there it is the application server's refusal.
  if (error && status !== 203) return undefined;
  const isAnswer = (): boolean => (status === 203 ? error !== undefined : isJson(body));
  const isWhole = hasMarks(reply.headers) || ('x-oss-callback' in headers ? isAnswer() : isPlain);
  return isWhole ? readStored(reply) : undefined;
}

/** The document contains the ETag, which CORS may hide in the header. */
function readCompleted(reply: Reply, headers: Headers): Stored | undefined {
  const etag = readCompleteEtag(reply.body);
  const stored = readWhole(reply, headers, etag !== undefined);
  return stored && { ...stored, etag: stored.etag ?? etag };
}

function readAborted(reply: Reply): true | undefined {
  return reply.status === 204 || (hasMarks(reply.headers) && !readError(reply.body)) || undefined;
}

function readHead(reply: Reply): ObjectHead | undefined {
  const { headers } = reply;
  const lastModified = timeOf(headers.get('Last-Modified'));
  if (!hasMarks(headers) && lastModified === undefined) return undefined;
  return { ...readIdentity(reply), size: wholeNumber(headers.get('Content-Length')), lastModified };
}

/** Whether a header that CORS lets the page see shows that OSS has answered, rather than a portal or a proxy. */
function hasMarks(headers: globalThis.Headers): boolean {
  return headers.has('ETag') || [...headers.keys()].some((name) => name.startsWith('x-oss-'));
}

/** By OSS's rule, the application server answers a callback with JSON. */
function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
