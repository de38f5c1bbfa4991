/** OSS's multipart protocol in memory behind the requester's interface, with a transcript and scripted faults. */
import { abortable } from '../../src/core/abortable.js';
import { combineCrc64 } from '../../src/core/crc64-combine.js';
import { OssError } from '../../src/errors.js';
import type { ObjectHead, Stored } from '../../src/oss/object-operations.js';
import type { Operation as SentOperation, RequestContext } from '../../src/oss/operation.js';
import type { Requester } from '../../src/oss/request.js';
import type { ListedPart } from '../../src/oss/xml.js';
import type { Clock } from '../../src/ports.js';
import { crcOf } from './make-file.js';
import { createFaultList, type Fault, type Operation, ossError } from './scripted-faults.js';

interface ServerPart {
  etag: string;
  size: number;
  crc64: string;
  lastModified: number;
}

interface ServerUpload {
  key: string;
  headers: Record<string, string>;
  parts: Map<number, ServerPart>;
}

export interface ServerObject extends ObjectHead {
  headers: Record<string, string>;
}

interface Sent {
  operation: Operation;
  headers: Record<string, string>;
  signal: AbortSignal;
}

type Headers = Record<string, string>;

/** What the service does for each operation: a test may put something else in its place. */
export interface Handlers {
  initiate(key: string, headers: Headers, context: RequestContext): Promise<string>;
  uploadPart(
    part: { uploadId: string; partNumber: number; body: () => Blob },
    headers: Headers,
    context: RequestContext,
  ): Promise<{ etag: string; crc64: string | undefined }>;
  listParts(key: string, uploadId: string, headers: Headers, context: RequestContext): Promise<ListedPart[]>;
  complete(
    key: string,
    uploadId: string,
    parts: { number: number; etag: string }[],
    headers: Headers,
    context: RequestContext,
  ): Promise<Stored>;
  abort(key: string, uploadId: string, headers: Headers, context: RequestContext): Promise<void>;
  putObject(key: string, body: Blob, headers: Headers, context: RequestContext): Promise<Stored>;
  headObject(key: string, headers: Headers, context: RequestContext): Promise<ObjectHead | undefined>;
}

export interface Service {
  requester: Requester;
  handlers: Handlers;
  /** Open uploads by their IDs: `upload-1`, `upload-2`, … */
  uploads: Map<string, ServerUpload>;
  objects: Map<string, ServerObject>;
  /** One line for each request that has ended: `UploadPart 2`, `Complete ✗ AccessDenied`. */
  log: string[];
  /** Every request when it was sent. */
  sent: Sent[];
  /** What else PutObject and Complete answer. */
  answer: { body: string; callbackFailure: string | undefined; requestId: string };
  /** One entry each time an upload reported that the endpoint has answered. */
  trusted: number[];
  readonly mostInFlight: number;
  fault(operation: Operation, fault: Fault): void;
  clearFaults(): void;
  /** Numbers of the parts acknowledged so far. */
  acknowledged(): number[];
  /** How many lines of the log are about this operation. */
  count(operation: Operation): number;
}

export function createService(clock: Clock): Service {
  const uploads: Service['uploads'] = new Map();
  const objects: Service['objects'] = new Map();
  const log: string[] = [];
  const sent: Sent[] = [];
  const faults = createFaultList();
  const answer: Service['answer'] = { body: '', callbackFailure: undefined, requestId: 'REQUEST' };
  const trusted: number[] = [];
  let inFlight = 0;
  let mostInFlight = 0;
  let lastId = 0;

  async function request<T>(
    operation: Operation,
    part: number | undefined,
    { signal }: RequestContext,
    headers: Record<string, string>,
    work: () => Promise<T>,
  ): Promise<T> {
    signal.throwIfAborted();
    sent.push({ operation, headers, signal });
    const line = part === undefined ? operation : `${operation} ${part}`;
    const fault = faults.take(operation, part);
    inFlight += 1;
    mostInFlight = Math.max(mostInFlight, inFlight);
    try {
      if (fault?.after) await abortable(fault.after, signal);
      if (fault && 'error' in fault && !fault.isDone) throw fault.error;
      const result = await work();
      if (fault && 'error' in fault) throw fault.error;
      signal.throwIfAborted();
      log.push(line);
      return fault?.reply ? ((await fault.reply(result)) as T) : result;
    } catch (error) {
      log.push(`${line} ✗ ${signal.aborted ? 'aborted' : ((error as { code?: string } | null)?.code ?? 'failed')}`);
      throw error;
    } finally {
      inFlight -= 1;
    }
  }

  function find(uploadId: string): ServerUpload {
    const upload = uploads.get(uploadId);
    if (!upload) throw ossError('NoSuchUpload', 404);
    return upload;
  }

  function store(key: string, object: Omit<ServerObject, 'lastModified' | 'versionId'>): Stored {
    if (object.headers['x-oss-forbid-overwrite'] && objects.has(key)) throw ossError('FileAlreadyExists', 409);
    objects.set(key, { ...object, lastModified: clock.now(), versionId: 'V1' });
    const { body, ...rest } = answer;
    const callbackBody = 'x-oss-callback' in object.headers ? body : undefined;
    return { ...rest, callbackBody, key, etag: object.etag, crc64: object.crc64, versionId: 'V1' };
  }

  const handlers: Handlers = {
    initiate: (key, headers, context) =>
      request('Initiate', undefined, context, headers, async () => {
        lastId += 1;
        uploads.set(`upload-${lastId}`, { key, headers, parts: new Map() });
        return `upload-${lastId}`;
      }),
    uploadPart: ({ uploadId, partNumber, body }, headers, context) =>
      request('UploadPart', partNumber, context, headers, async () => {
        const { parts } = find(uploadId);
        const blob = body();
        context.onSent?.(blob.size);
        const part = { etag: `"E${uploadId}-${partNumber}"`, size: blob.size, crc64: await crcOf(blob), lastModified: clock.now() };
        parts.set(partNumber, part);
        return { etag: part.etag, crc64: part.crc64 };
      }),
    listParts: (_key, uploadId, headers, context) =>
      request('ListParts', undefined, context, headers, async () =>
        [...find(uploadId).parts].sort(([a], [b]) => a - b).map(([number, part]) => ({ number, ...part })),
      ),
    complete: (key, uploadId, parts, headers, context) =>
      request('Complete', undefined, context, headers, async () => {
        const upload = find(uploadId);
        let size = 0;
        let whole = '0';
        for (const { number, etag } of parts) {
          const part = upload.parts.get(number);
          if (!part || part.etag !== etag) throw ossError('InvalidPart', 400);
          whole = combineCrc64(whole, part.crc64, part.size);
          size += part.size;
        }
        const etag = `"${uploadId}-${parts.length}"`;
        const stored = store(key, { size, etag, crc64: whole, headers: { ...upload.headers, ...headers } });
        uploads.delete(uploadId);
        return stored;
      }),
    abort: (_key, uploadId, headers, context) => request('Abort', undefined, context, headers, async () => void uploads.delete(uploadId)),
    putObject: (key, body, headers, context) =>
      request('Put', undefined, context, headers, async () => {
        context.onSent?.(body.size);
        return store(key, { size: body.size, etag: '"PUT"', crc64: await crcOf(body), headers });
      }),
    headObject: (key, headers, context) => request('Head', undefined, context, headers, async () => objects.get(key)),
  };

  async function handle(
    { operation, key, query, headers = {}, body, partNumber = 0 }: SentOperation<unknown>,
    context: RequestContext,
  ): Promise<unknown> {
    const { uploadId = '' } = query;
    switch (operation) {
      case 'InitiateMultipartUpload':
        return { key, uploadId: await handlers.initiate(key, headers, context) };
      case 'UploadPart':
        return handlers.uploadPart({ uploadId, partNumber, body: body as () => Blob }, headers, context);
      case 'ListParts':
        return { parts: await handlers.listParts(key, uploadId, headers, context), next: undefined };
      case 'CompleteMultipartUpload': {
        // It is the request's own, not the object's.
        const { 'content-type': _, ...own } = headers;
        return handlers.complete(key, uploadId, partsIn(body as string), own, context);
      }
      case 'AbortMultipartUpload':
        return handlers.abort(key, uploadId, headers, context);
      case 'PutObject':
        return handlers.putObject(key, new Blob([body as Blob | Uint8Array<ArrayBuffer>]), headers, context);
      default:
        return (await handlers.headObject(key, headers, context)) ?? null;
    }
  }

  const requester: Requester = {
    trust: () => void trusted.push(1),
    urlOf: (key) => `https://examplebucket.oss-cn-hangzhou.aliyuncs.com/${key}`,
    async send<T>(operation: SentOperation<T>, context: RequestContext) {
      try {
        return (await handle(operation, context)) as T;
      } catch (error) {
        const answer = error instanceof OssError ? operation.readRefusal?.(error) : undefined;
        if (answer === undefined) throw error;
        return answer;
      }
    },
  };

  return {
    requester,
    handlers,
    uploads,
    objects,
    log,
    sent,
    trusted,
    answer,
    fault: faults.add,
    clearFaults: faults.clear,
    get mostInFlight() {
      return mostInFlight;
    },
    acknowledged: () => log.filter((line) => /^UploadPart \d+$/.test(line)).map((line) => Number(line.split(' ')[1])),
    count: (operation) => log.filter((line) => line.startsWith(operation)).length,
  };
}

/** The parts that the body of a Complete names. */
function partsIn(xml: string): { number: number; etag: string }[] {
  const parts = xml.matchAll(/<PartNumber>(\d+)<\/PartNumber><ETag>(.*?)<\/ETag>/g);
  return Array.from(parts, ([, number, etag = '']) => ({
    number: Number(number),
    etag: etag.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code))),
  }));
}
