import type { Clock } from '../ports.js';
import type { OssClient } from './client.js';
import type { RequestContext } from './operation.js';
import type { ListedPart } from './xml.js';

/** A multipart upload on the server. */
export interface RemoteUpload {
  key: string;
  uploadId: string;
  /** Headers of every request about it: who pays for them. */
  headers?: Record<string, string>;
}

/** Requests that no upload waits for: each is given up after 15 seconds and shows no wait. */
export interface BackgroundRequests {
  /** Resolves also when there is no such upload any more. */
  abort(upload: RemoteUpload): Promise<void>;
  /** All parts, ascending by number. */
  listParts(upload: RemoteUpload): Promise<ListedPart[]>;
}

/** Milliseconds. */
const PATIENCE = 15_000;

export function createBackgroundRequests(client: OssClient, clock: Clock): BackgroundRequests {
  async function patiently<T>(send: (context: RequestContext) => Promise<T>): Promise<T> {
    const patience = new AbortController();
    const cancel = clock.after(PATIENCE, () => patience.abort(new DOMException('No answer in time', 'TimeoutError')));
    try {
      return await send({ signal: patience.signal, onWait: () => () => {} });
    } finally {
      cancel();
    }
  }
  return {
    abort: ({ key, uploadId, headers = {} }) => patiently((context) => client.abort(key, uploadId, headers, context)),
    listParts: ({ key, uploadId, headers = {} }) => patiently((context) => client.listParts(key, uploadId, headers, context)),
  };
}
