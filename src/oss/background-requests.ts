import { withPatience } from '../core/abortable.js';
import type { Clock } from '../ports.js';
import { listAllParts } from './list-all-parts.js';
import { abortUpload } from './object-operations.js';
import type { Operation } from './operation.js';
import type { Requester } from './request.js';
import type { ListedPart } from './xml.js';

/** A multipart upload on the server. */
export interface RemoteUpload {
  key: string;
  uploadId: string;
  /** It was found on the server: others may have begun it, and only they may abort it. */
  isFound?: boolean;
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

export function createBackgroundRequests({ send }: Requester, clock: Clock): BackgroundRequests {
  const patiently = <T>(operation: Operation<T>, { headers }: RemoteUpload): Promise<T> =>
    withPatience(PATIENCE, clock, (signal) => send({ ...operation, headers: { ...headers } }, { signal, onWait: () => () => {} }));

  return {
    async abort(upload) {
      if (!upload.isFound) await patiently(abortUpload(upload.key, upload.uploadId), upload);
    },
    listParts: (upload) => listAllParts((page) => patiently(page, upload), upload.key, upload.uploadId, 0),
  };
}
