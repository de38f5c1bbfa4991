import { CorsError, OssError } from '../errors.js';
import type { Reply, RequestContext, Requester } from './request.js';
import type { Query } from './sign.js';
import { type ListedPart, readCompleteEtag, readError, readListParts, readUploadId, writeComplete } from './xml.js';

/** What OSS answered to a write. */
export interface Stored {
  /** As sent, in quotes; `undefined` when the bucket's CORS rules hide it. */
  etag: string | undefined;
  /** Unsigned decimal text; `undefined` when hidden. */
  crc64: string | undefined;
  requestId: string | undefined;
  versionId: string | undefined;
  /** Text of the answer: the application server's when a callback was asked for. */
  body: string;
  /** OSS's account of why the callback failed, although the object is stored (HTTP 203). */
  callbackFailure: string | undefined;
}

/** What HEAD tells of an object. */
export interface ObjectHead {
  /** `undefined` when the answer doesn't say. */
  size: number | undefined;
  etag: string | undefined;
  crc64: string | undefined;
  versionId: string | undefined;
  /** Milliseconds since the epoch. */
  lastModified: number | undefined;
}

type Headers = Record<string, string>;

/** The operations of a multipart upload. @see OSS documentation, "Multipart upload" */
export interface OssClient {
  /** @returns the upload ID */
  initiate(key: string, headers: Headers, context: RequestContext): Promise<string>;
  uploadPart(part: UploadPart, headers: Headers, context: RequestContext): Promise<{ etag: string; crc64: string | undefined }>;
  /**
   * All pages, ascending by part number.
   * @param headers those of every request, as for {@link abort} and {@link headObject}
   * @param range asks for parts above `after`, and for no page that begins at `upTo` or above. @default all
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
  /** Resolves also when there is no such upload any more. */
  abort(key: string, uploadId: string, headers: Headers, context: RequestContext): Promise<void>;
  putObject(key: string, body: Blob, headers: Headers, context: RequestContext): Promise<Stored>;
  /** `undefined` when there is no such object. */
  headObject(key: string, headers: Headers, context: RequestContext): Promise<ObjectHead | undefined>;
  /** Address of the object, unsigned, by the endpoint in use. */
  urlOf(key: string): string;
}

export interface UploadPart {
  key: string;
  uploadId: string;
  partNumber: number;
  body: () => Blob;
}

/** Merging thousands of parts takes the service longer than any single byte may take. */
const COMPLETE_PATIENCE = 3;

export function createOssClient({ send, urlOf }: Requester): OssClient {
  return {
    urlOf,

    initiate(key, headers, context) {
      return send(
        {
          operation: 'InitiateMultipartUpload',
          method: 'POST',
          key,
          query: { uploads: '' },
          headers,
          read: ({ body }) => readUploadId(body),
        },
        context,
      );
    },

    async uploadPart({ key, uploadId, partNumber, body }, headers, context) {
      const { etag, crc64 } = await send(
        {
          operation: 'UploadPart',
          method: 'PUT',
          key,
          partNumber,
          query: { partNumber: String(partNumber), uploadId },
          headers,
          body,
          read: readStored,
        },
        context,
      );
      if (etag) return { etag, crc64 };
      const message = `UploadPart of "${key}" succeeded, but the bucket's CORS rules hide the ETag header, without which the upload can't be completed: add ETag (and x-oss-hash-crc64ecma) to ExposeHeader.`;
      throw new CorsError('EtagNotExposed', message, { key, partNumber });
    },

    async listParts(key, uploadId, headers, context, { after, upTo } = { after: 0, upTo: Number.POSITIVE_INFINITY }) {
      const parts: ListedPart[] = [];
      for (let marker = after; ; ) {
        const query: Query = { uploadId, 'max-parts': '1000', ...(marker > 0 && { 'part-number-marker': String(marker) }) };
        const page = await send(
          { operation: 'ListParts', method: 'GET', key, query, headers, read: ({ body }) => readListParts(body) },
          context,
        );
        parts.push(...page.parts);
        const next = Number(page.nextPartNumberMarker);
        // A marker that doesn't move would page for ever.
        if (!page.isTruncated || next <= marker || next >= upTo) return parts;
        marker = next;
      }
    },

    complete(key, uploadId, parts, headers, context) {
      return send(
        {
          operation: 'CompleteMultipartUpload',
          method: 'POST',
          key,
          query: { uploadId },
          headers: { ...headers, 'content-type': 'application/xml' },
          body: writeComplete(parts),
          patience: COMPLETE_PATIENCE,
          read: readCompleted,
        },
        context,
      );
    },

    async abort(key, uploadId, headers, context) {
      try {
        await send({ operation: 'AbortMultipartUpload', method: 'DELETE', key, query: { uploadId }, headers, read: () => true }, context);
      } catch (error) {
        if (!(error instanceof OssError && error.code === 'NoSuchUpload')) throw error;
      }
    },

    putObject(key, body, headers, context) {
      return send({ operation: 'PutObject', method: 'PUT', key, query: {}, headers, body, read: readStored }, context);
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

function readStored({ headers, status, body }: Reply): Stored {
  return {
    etag: headers.get('ETag') ?? undefined,
    crc64: headers.get('x-oss-hash-crc64ecma') ?? undefined,
    requestId: headers.get('x-oss-request-id') ?? undefined,
    versionId: headers.get('x-oss-version-id') ?? undefined,
    body,
    // 203 is a success to HTTP: the object is stored, the application server wasn't content.
    callbackFailure: status === 203 ? readError(body)?.message || 'no reason given' : undefined,
  };
}

/** With a callback the body is the application's; some mark of OSS's has to be there, or a portal on the way has answered. */
function readCompleted(reply: Reply): Stored | undefined {
  const stored = readStored(reply);
  const etag = stored.etag ?? readCompleteEtag(stored.body);
  const isFromOss = [etag, stored.crc64, stored.requestId, stored.callbackFailure].some((mark) => mark !== undefined);
  return isFromOss ? { ...stored, etag } : undefined;
}

function readHead({ headers }: Reply): ObjectHead {
  const lastModified = Date.parse(headers.get('Last-Modified') ?? '');
  return {
    size: Number(headers.get('Content-Length') ?? Number.NaN),
    etag: headers.get('ETag') ?? undefined,
    crc64: headers.get('x-oss-hash-crc64ecma') ?? undefined,
    versionId: headers.get('x-oss-version-id') ?? undefined,
    lastModified: Number.isNaN(lastModified) ? undefined : lastModified,
  };
}
