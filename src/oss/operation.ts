/** One operation of OSS's API on one object, before it is addressed and signed. */
import type { Bytes } from '../ports.js';
import type { OssError, UploadError } from '../errors.js';
import type { EndpointList } from './endpoint-list.js';
import type { Query } from './sign.js';

/** What to send, and how to read the reply. */
export interface Operation<T> extends Subject {
  method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  query: Query;
  headers?: Record<string, string>;
  /** A function is called right before the request is sent: making a slice costs Chromium's main thread milliseconds. */
  body?: Blob | string | Bytes | (() => Blob);
  /** Bytes of the file in the body; of an Initiate, of the whole file. */
  size?: number;
  /** What a Complete makes the object of. */
  parts?: readonly { number: number; etag: string }[];
  /** Operations that follow soon, in order and at most so many: a signer may sign them along. */
  ahead?(count: number): Operation<unknown>[];
  /** How many `stallTimeout`s the service may take to answer. @default 1 */
  patience?: number;
  /** How often the operation is repeated after an unreadable reply. @default `retry.networkLimit` */
  unreadableLimit?: number;
  /** Reads a 2xx reply. `undefined` when it is not OSS's: then the operation is repeated. */
  read(reply: Reply, endpoints: Pick<EndpointList, 'exposesEtag'>): T | undefined;
  /** Reads a refusal that is an answer, too; `undefined` when it is none. */
  readRefusal?(error: OssError): T | undefined;
}

/** What a message names. */
export interface Subject {
  /** The API operation's name, such as `UploadPart`. */
  operation: string;
  key: string;
  partNumber?: number | undefined;
}

/** A reply that was received completely. */
export interface Reply {
  /** The key that was sent: a signer may have chosen another one. */
  key: string;
  /** The request asked for a callback: the page, or the signer. */
  hasCallback: boolean;
  status: number;
  headers: Headers;
  body: string;
}

/** How a request and its caller influence each other. */
export interface RequestContext {
  signal: AbortSignal;
  /** The request waits for something; the returned function ends that. */
  onWait(reason: 'network' | 'service' | 'credentials', error?: UploadError): () => void;
  onSent?(bytes: number): void;
  /** Aborted, with the reason, when this request no longer decides anything: the attempt under way may finish, waits end. */
  givingUp?: AbortSignal;
  /** Aborted, with the error, when the file could not be read: an attempt under way may finish, but gets little time. */
  unreadable?: AbortSignal;
}

/** What an attempt tells while it is under way. */
export interface Trace {
  sending(): void;
  answering(): void;
  replied(reply: Reply | OssError): void;
}

/** "UploadPart 3 of "dir/a.bin"" */
export function describe({ operation, key, partNumber }: Subject): string {
  return `${operation}${partNumber ? ` ${partNumber}` : ''} of "${key}"`;
}
