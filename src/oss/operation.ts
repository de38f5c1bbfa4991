import type { UploadError } from '../errors.js';
import type { Subject } from './error-reply.js';
import type { Query } from './sign.js';

/** What came back. */
export interface Reply {
  status: number;
  headers: Headers;
  body: string;
}

/** One operation on one object. */
export interface Operation<T> extends Subject {
  method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  query: Query;
  headers?: Record<string, string>;
  /** A function is called when the request is about to be sent: making a slice costs Chromium's main thread milliseconds. */
  body?: Blob | string | (() => Blob);
  /** How many `stallTimeout`s the service may think about it. @default 1 */
  patience?: number;
  /** How often it is repeated after a reply that makes no sense. @default `retry.networkLimit` */
  unreadableLimit?: number;
  /** Makes sense of a 2xx reply; `undefined` when there is none, which is a fault of the way and sent again. */
  read(reply: Reply): T | undefined;
}

/** What the caller of a request takes part in. */
export interface RequestContext {
  signal: AbortSignal;
  /** The request waits for something; the returned function ends that. */
  onWait(reason: 'network' | 'service' | 'credentials', error?: UploadError): () => void;
  onSent?(bytes: number): void;
  /** Aborted, with the reason, when this request no longer decides anything: what is under way may finish, waits end. */
  givingUp?: AbortSignal;
  /** Aborted, with the error, when a reading of the file has failed: a body that is on its way may finish, but is waited for briefly. */
  unreadable?: AbortSignal;
}
