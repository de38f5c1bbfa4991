/** An operation of the service: what it gets, and what it returns. */
import type { Writable } from 'node:stream';
import type { BodyStore } from '../receive-body.js';
import type { Received } from '../hashed-file.js';
import type { CallbackOutcome, CallbackRequest } from '../callback.js';
import type { BucketStore } from '../bucket-store.js';

/** The request, the bucket, and how to receive the body. */
export interface OperationContext {
  bucket: BucketStore;
  /** '' for bucket-level operations. */
  key: string;
  query: ReadonlyMap<string, string>;
  headers: ReadonlyMap<string, string>;
  region: string;
  now(): number;
  requestId: string;
  clientIp: string;
  /** Where the client reaches the bucket, as it was addressed; used in `Location`. */
  location: string;
  /** The body as it arrives. Requires Content-Length. */
  chunks(): AsyncIterable<Buffer>;
  /** Writes a body to a file and computes its checksums. */
  store: BodyStore['receive'];
  /** Streams the body into a file and computes its checksums. Requires Content-Length. */
  bodyToFile(path: string): Promise<Received>;
  /** Reads what `bodyToFile` has received at a path. */
  readBody: BodyStore['read'];
  bodyToBuffer(limit: number): Promise<Buffer | undefined>;
  callBack(callback: CallbackRequest): Promise<CallbackOutcome>;
}

export interface Reply {
  status: number;
  headers?: Record<string, string>;
  body?: string;
  /** Writes the body piece by piece, in place of `body`. Not called for HEAD. */
  stream?: (response: Writable) => Promise<void>;
  /** Called once the answer is out, or can't be sent. */
  release?: () => void;
}

export type Operation = (context: OperationContext) => Promise<Reply>;

export function quoted(etag: string): string {
  return `"${etag}"`;
}

export function xmlReply(body: string, headers: Record<string, string> = {}): Reply {
  return { status: 200, headers: { 'Content-Type': 'application/xml', ...headers }, body };
}
