import { abortable, within } from '../core/abortable.js';
import type { Pace } from '../core/pace.js';
import type { Pool } from '../core/pool.js';
import type { ObjectHeaders } from '../options/types.js';
import type { OpenUpload } from '../oss/authorize.js';
import type { BackgroundRequests, RemoteUpload } from '../oss/background-requests.js';
import { listUploads } from '../oss/list-uploads.js';
import { type Begun, initiateUpload, type PartUpload } from '../oss/object-operations.js';
import type { Operation } from '../oss/operation.js';
import type { Requester } from '../oss/request.js';
import type { Clock } from '../ports.js';
import type { RequestExtras, StatusReporter } from './status-reporter.js';

/** What one run asks of OSS. Each request shows its waits in the task's status, and ends with the run. */
export interface Requests {
  /** Waits for a slot, and sends. */
  sendInSlot<T>(operation: Operation<T>, givingUp?: AbortSignal): Promise<T>;
  /** A slot for a request that sends bytes: the caller releases it. */
  acquire(signal: AbortSignal, limit?: number): Promise<() => void>;
  /** Sends; needs a slot. */
  send<T>(operation: Operation<T>, extras?: RequestExtras): Promise<T>;
  /** Sends a part, which needs a slot, and learns from it about the line. */
  sendPart(part: PartUpload, extras: RequestExtras): Promise<{ etag: string; crc64: string | undefined }>;
  readonly pace: Pace;
  /**
   * An upload whose ID never arrives would stay on the server for ever. So a request that is on its way when the run ends may
   * finish: soon enough, the upload is returned; later, it is aborted.
   * @param size bytes of the file
   */
  initiate(key: string, size: number): Promise<Begun>;
  /** Open uploads of a key, newest first. */
  openUploads(key: string): Promise<OpenUpload[]>;
  /** Aborts an upload in the background that no record speaks of. */
  abandon(upload: RemoteUpload): void;
  /** Address of the object, unsigned, by the endpoint in use. */
  urlOf(key: string): string;
  /** The endpoint has answered before: silence now means the network. */
  trust(): void;
}

/** Milliseconds for the answer to an Initiate that is on its way when the run ends: while the run waits, and in all. */
const INITIATE_GRACE = 500;
const INITIATE_PATIENCE = 15_000;

export function createRequests(
  requester: Requester,
  background: BackgroundRequests,
  pool: Pool,
  pace: Pace,
  { initiate: initiateHeaders, everyRequest }: ObjectHeaders,
  status: StatusReporter,
  clock: Clock,
  signal: AbortSignal,
): Requests {
  /** Slots go round the owners. */
  const owner = {};

  function withHeaders<T>(operation: Operation<T>): Operation<T> {
    return {
      ...operation,
      headers: { ...everyRequest, ...operation.headers },
      ahead: (count) => operation.ahead?.(count).map(withHeaders) ?? [],
    };
  }

  function send<T>(operation: Operation<T>, extras?: RequestExtras): Promise<T> {
    const complete = withHeaders(operation);
    return status.request((context) => requester.send(complete, context), extras);
  }

  async function inSlot<T>(work: () => Promise<T>): Promise<T> {
    const release = await pool.acquire(owner, signal);
    try {
      return await work();
    } finally {
      release();
    }
  }

  function abandon(upload: RemoteUpload): void {
    void background.abort({ ...upload, headers: everyRequest }).catch(() => {});
  }

  const sendInSlot: Requests['sendInSlot'] = (operation, givingUp) => inSlot(() => send(operation, givingUp && { givingUp }));

  return {
    ...requester,
    sendInSlot,
    async openUploads(key) {
      const { openUploads } = requester;
      return openUploads ? status.request((context) => openUploads(key, context)) : listUploads(sendInSlot, key);
    },
    acquire: (ending, limit) => pool.acquire(owner, ending, limit),
    send,
    sendPart: (part, extras) =>
      pace.measure(part.size, (report) => {
        const body = (): Blob => {
          report(0);
          return part.body();
        };
        const onSent = (bytes: number): void => {
          report(bytes);
          extras.onSent?.(bytes);
        };
        return send({ ...part, body }, { ...extras, onSent });
      }),
    pace,
    async initiate(key, size) {
      const patience = new AbortController();
      const initiating = inSlot(() => send(initiateUpload(key, size, initiateHeaders), { signal: patience.signal, givingUp: signal }));
      try {
        return await abortable(initiating, signal);
      } catch (error) {
        if (!signal.aborted) throw error;
        const answer = initiating.finally(clock.after(INITIATE_PATIENCE, () => patience.abort(error)));
        const begun = await within(answer, INITIATE_GRACE, clock);
        if (begun) return begun;
        answer.then(abandon).catch(() => {});
        throw error;
      }
    },
    abandon,
  };
}
