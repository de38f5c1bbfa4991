import { abortableLater } from '../core/abortable.js';
import type { Pool } from '../core/pool.js';
import type { ObjectHeaders } from '../options/types.js';
import type { BackgroundRequests } from '../oss/background-requests.js';
import type { ObjectHead, OssClient, Stored, UploadPart } from '../oss/client.js';
import type { RequestContext } from '../oss/operation.js';
import type { ListedPart } from '../oss/xml.js';
import type { Clock } from '../ports.js';
import type { RequestExtras, StatusReporter } from './status-reporter.js';

/** What one run asks of OSS, with the headers of its upload. Each request waits for a slot, shows its waits in the task's status, and ends with the run. */
export interface Requests {
  /**
   * An upload whose ID never arrives would stay on the server for ever. So a request that is on its way when the run ends may
   * finish: soon enough, its upload ID is returned; later, the upload is aborted.
   * @returns the upload ID
   */
  initiate(key: string): Promise<string>;
  /** @param range part numbers above `after`, in pages that begin below `upTo` */
  listParts(key: string, uploadId: string, range: { after: number; upTo: number }, givingUp: AbortSignal): Promise<ListedPart[]>;
  complete(key: string, uploadId: string, parts: readonly { number: number; etag: string }[]): Promise<Stored>;
  headObject(key: string): Promise<ObjectHead | undefined>;
  /** A slot for a request that sends bytes: the caller releases it. */
  acquire(signal: AbortSignal, limit?: number): Promise<() => void>;
  /** Needs a slot. */
  uploadPart(part: UploadPart, md5: string | undefined, extras: RequestExtras): Promise<{ etag: string; crc64: string | undefined }>;
  /**
   * Needs a slot.
   * @param mayReplace the object that is there, although the upload may not overwrite others
   */
  putObject(key: string, body: Blob, md5: string | undefined, mayReplace: boolean, extras: RequestExtras): Promise<Stored>;
  /** Aborts an upload in the background that no record speaks of. */
  abandon(key: string, uploadId: string): void;
  /** Requests that the run doesn't wait for. */
  readonly background: BackgroundRequests;
  /** Address of the object, unsigned, by the endpoint in use. */
  urlOf(key: string): string;
  /** The endpoint has answered before: silence now means the network. */
  trust(): void;
}

/** Milliseconds for the answer to an Initiate that is on its way when the run ends: while the caller waits, and in all. */
const INITIATE_GRACE = 500;
const INITIATE_PATIENCE = 15_000;

export function createRequests(
  client: OssClient,
  background: BackgroundRequests,
  pool: Pool,
  headers: ObjectHeaders,
  status: StatusReporter,
  clock: Clock,
  signal: AbortSignal,
): Requests {
  /** Slots go round the owners. */
  const owner = {};
  const withMd5 = (own: Record<string, string>, md5: string | undefined): Record<string, string> =>
    md5 === undefined ? own : { ...own, 'content-md5': md5 };

  async function inSlot<T>(send: (context: RequestContext) => Promise<T>): Promise<T> {
    const release = await pool.acquire(owner, signal);
    try {
      return await status.request(send);
    } finally {
      release();
    }
  }

  function abandon(key: string, uploadId: string): void {
    void background.abort({ key, uploadId, headers: headers.everyRequest }).catch(() => {});
  }

  async function initiate(key: string): Promise<string> {
    const patience = new AbortController();
    const initiating = inSlot((context) =>
      client.initiate(key, headers.initiate, { ...context, signal: patience.signal, givingUp: signal }),
    );
    try {
      return await abortableLater(initiating, signal, INITIATE_GRACE, clock);
    } catch (error) {
      if (signal.aborted) {
        const cancel = clock.after(INITIATE_PATIENCE, () => patience.abort(signal.reason));
        void initiating
          .then((uploadId) => abandon(key, uploadId))
          .catch(() => {})
          .finally(cancel);
      }
      throw error;
    }
  }

  return {
    initiate,
    listParts: (key, uploadId, range, givingUp) =>
      inSlot((context) => client.listParts(key, uploadId, headers.everyRequest, { ...context, givingUp }, range)),
    complete: (key, uploadId, parts) => inSlot((context) => client.complete(key, uploadId, parts, headers.complete, context)),
    headObject: (key) => inSlot((context) => client.headObject(key, headers.everyRequest, context)),
    acquire: (ending, limit) => pool.acquire(owner, ending, limit),
    uploadPart: (part, md5, extras) =>
      status.request((context) => client.uploadPart(part, withMd5(headers.uploadPart, md5), context), extras),
    putObject(key, body, md5, mayReplace, extras) {
      const { 'x-oss-forbid-overwrite': _, ...replacing } = headers.putObject;
      const own = withMd5(mayReplace ? replacing : headers.putObject, md5);
      return status.request((context) => client.putObject(key, body, own, context), extras);
    },
    abandon,
    background,
    urlOf: client.urlOf,
    trust: client.trust,
  };
}
