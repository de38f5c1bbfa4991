/**
 * The types that the embedded OSS shares with whoever controls it: tests in this process, tests over
 * HTTP, and the network panel of the demo page. Types only, so they add nothing to a browser bundle.
 */

export type OperationName =
  | 'InitiateMultipartUpload'
  | 'UploadPart'
  | 'ListParts'
  | 'CompleteMultipartUpload'
  | 'AbortMultipartUpload'
  | 'ListMultipartUploads'
  | 'PutObject'
  | 'HeadObject'
  | 'GetObject'
  | 'DeleteObject'
  | 'ListObjects'
  | 'Preflight'
  | 'AssumeRole'
  | 'Unknown';

export type Fault =
  /** An error reply as the service writes it: XML, or `x-oss-err` on HEAD. */
  | {
      kind: 'status';
      status: number;
      code?: string;
      message?: string;
      ec?: string;
      headers?: Record<string, string>;
      extra?: Record<string, string>;
    }
  /** Any body under any status: truncated XML, a proxy's HTML, nothing at all. */
  | { kind: 'raw'; status: number; contentType?: string; body: string; headers?: Record<string, string> }
  /** RST after this many bytes of the request body (default 0: at once). */
  | { kind: 'reset'; afterBytes?: number }
  /** Stops reading and never answers, until the client leaves or the time is over (then: RST). */
  | { kind: 'stall'; afterBytes?: number; milliseconds?: number }
  /** A page in HTML, as captive portals and proxies send it (default: 200), in place of the answer; with `afterWork` the work is done first. */
  | { kind: 'html'; status?: number; afterWork?: boolean }
  /** 200 and the service's marks, with an error document as the body; with `afterWork` the work is done first. */
  | { kind: 'error-in-200'; code?: string; message?: string; afterWork?: boolean }
  /** Waits before the work, and after it, with the answer ready. */
  | { kind: 'delay'; milliseconds?: number; afterMilliseconds?: number }
  /** Does the work, then closes the connection without an answer. */
  | { kind: 'drop-response' }
  /** Does the work, then sends the answer byte by byte, head and body, over this many milliseconds. */
  | { kind: 'trickle'; milliseconds: number }
  /** Flips one bit of the body; the answer describes the bytes that were stored. */
  | { kind: 'corrupt' }
  /** Does the work and answers with a wrong ETag, or with a weak one (`W/"…"`), as proxies that compress do. */
  | { kind: 'etag'; form: 'wrong' | 'weak' }
  /** Does the work and answers with headers added, replaced or removed. */
  | { kind: 'response-headers'; set?: Record<string, string>; remove?: string[] }
  /** Does the work and answers without CORS headers: a page can't read the answer. */
  | { kind: 'no-cors' };

export interface FaultRule {
  /** If absent: any OSS operation, but neither Preflight nor AssumeRole. */
  operation?: OperationName | OperationName[];
  partNumber?: number;
  key?: string;
  /** Lets the first n matching requests pass. */
  skip?: number;
  /** @default 1; null: until removed. */
  times?: number | null;
  /** 0..1, decided by a generator seeded with `seed`, so that a run can be repeated. */
  probability?: number;
  seed?: number;
  fault: Fault;
}

export interface ActiveFault extends FaultRule {
  id: string;
  /** How many requests it has hit. */
  hits: number;
}

export interface LogEntry {
  n: number;
  /** ISO 8601, by the server's (possibly shifted) clock. */
  time: string;
  operation: OperationName;
  method: string;
  bucket: string | null;
  key: string | null;
  partNumber?: number;
  uploadId?: string;
  /** null: no answer has been sent. */
  status: number | null;
  code?: string;
  /** Bytes of the request body that were read. */
  bytesIn: number;
  durationMs: number;
  origin?: string;
  /** The connection ended before the exchange was complete. */
  aborted: boolean;
  /** False while the request is being served. */
  finished: boolean;
  /** Request headers, lower case; credentials are replaced by `***`. */
  headers: Record<string, string>;
  query: Record<string, string>;
  fault?: Fault['kind'];
}

export interface LinkState {
  /** Upload bandwidth shared by all connections; null: unlimited. */
  bytesPerSecond: number | null;
  /** Delay before each OSS and STS request is processed. */
  latencyMilliseconds: number;
  /** Cuts every OSS and STS connection while it is true. */
  offline: boolean;
}

/** Settings of the bucket and its account that decide whether a request is served. */
export interface ServiceRules {
  /**
   * As for accounts opened since 2025-03-20: only custom domains are served, see `cnames`.
   * @default false
   */
  forbidPublicEndpoint: boolean;
  /** Requests without `x-oss-request-payer: requester` are refused. @default false */
  requesterPays: boolean;
  /** Custom domain, with or without its port → bucket. @default `cname.localhost` → the first bucket */
  cnames: Record<string, string>;
}

export interface CorsRule {
  allowedOrigins: string[];
  allowedMethods: string[];
  allowedHeaders?: string[];
  exposeHeaders?: string[];
  maxAgeSeconds?: number;
}

export interface AssumeRoleReply {
  RequestId: string;
  AssumedRoleUser: { Arn: string; AssumedRoleId: string };
  Credentials: {
    AccessKeyId: string;
    AccessKeySecret: string;
    SecurityToken: string;
    /** ISO 8601 UTC without a fraction. */
    Expiration: string;
  };
}

export interface OpenUpload {
  bucket: string;
  key: string;
  uploadId: string;
  initiated: string;
  parts: number;
  bytes: number;
}

export interface StoredObject {
  bucket: string;
  key: string;
  size: number;
  etag: string;
  crc64: string;
  type: 'Normal' | 'Multipart';
  lastModified: string;
  contentType: string;
}

export interface ReceivedCallback {
  time: string;
  contentType: string;
  body: string;
  headers: Record<string, string>;
}

/** Everything that a test or the demo page can do to the embedded OSS. */
export interface Control {
  addFault(rule: FaultRule): { id: string };
  faults(): ActiveFault[];
  /** Without an id: all of them. */
  removeFault(id?: string): void;
  /** Removes all faults. */
  clearFaults(): void;
  /** Oldest first; with a key, only the requests for that key. */
  log(key?: string): LogEntry[];
  clearLog(): void;
  link(): LinkState;
  setLink(change: Partial<LinkState>): LinkState;
  rules(): ServiceRules;
  setRules(change: Partial<ServiceRules>): ServiceRules;
  /** The CORS rules by bucket. */
  cors(): Record<string, CorsRule[]>;
  /** null turns CORS off for the bucket; without a bucket: for all. */
  setCors(rules: CorsRule[] | null, bucket?: string): void;
  /** Milliseconds by which the server's clock is ahead. */
  clock(): number;
  /** Shifts the server's clock: milliseconds by which it is ahead of the real one. */
  setClock(offsetMilliseconds: number): void;
  /** Every token issued until now expires at once. */
  expireTokens(): void;
  setTokenSeconds(seconds: number): void;
  tokenSeconds(): number;
  uploads(): OpenUpload[];
  objects(): StoredObject[];
  /** The answer that `/sts` would give. */
  assumeRole(seconds?: number): AssumeRoleReply;
  callbacks(): ReceivedCallback[];
  /** The answer that `/_callback` gives from now on; null: its default, 200 and JSON. */
  setCallbackReply(reply: CallbackReply | null): void;
  /** Restores the defaults of faults, log, link, rules, CORS, clock and callbacks; with `data` it also deletes objects and uploads. */
  reset(options?: { data?: boolean }): Promise<void>;
}

export interface CallbackReply {
  status: number;
  body?: string;
  contentType?: string;
  delayMilliseconds?: number;
}
