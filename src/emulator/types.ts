/**
 * The types that the embedded OSS shares with whoever controls it: tests in this process, tests over
 * HTTP, and the network panel of the demo page. Types only, so they add nothing to a browser bundle.
 */

import type { Fault } from './fault.js';

export type { Fault };

/** What a request asks of the service. `Unknown` is none of them. */
export type OperationName =
  | 'InitiateMultipartUpload'
  | 'UploadPart'
  | 'ListParts'
  | 'CompleteMultipartUpload'
  | 'AbortMultipartUpload'
  | 'ListMultipartUploads'
  | 'PutObject'
  | 'PostObject'
  | 'HeadObject'
  | 'GetObject'
  | 'DeleteObject'
  | 'ListObjects'
  | 'ListObjectVersions'
  | 'Preflight'
  | 'AssumeRole'
  | 'Unknown';

/** A fault, and which requests it hits. */
export interface FaultRule {
  /** If absent: any OSS operation, but neither Preflight nor AssumeRole. */
  operation?: OperationName | OperationName[];
  /** Only this part. */
  partNumber?: number;
  /** Only this key. */
  key?: string;
  /** Lets the first n matching requests pass. */
  skip?: number;
  /** @default 1; null: until removed. */
  times?: number | null;
  /** Above 0, up to 1, decided by a generator seeded with `seed`, so that a run can be repeated. */
  probability?: number;
  /** Of that generator. @default 1 */
  seed?: number;
  /** What goes wrong. */
  fault: Fault;
}

/** A fault that is still to strike. */
export interface ActiveFault extends FaultRule {
  /** For `removeFault`. */
  id: string;
  /** How many requests it has hit. */
  hits: number;
}

/** One request and what became of it. */
export interface LogEntry {
  /** 1 for the first request since the start. */
  n: number;
  /** ISO 8601, by the server's (possibly shifted) clock. */
  time: string;
  /** What it asked for. */
  operation: OperationName;
  /** The HTTP method. */
  method: string;
  /** `1.1`, or `2.0` over TLS. */
  httpVersion: string;
  /** null: it named none. */
  bucket: string | null;
  /** null: it was about the bucket, or about nothing. */
  key: string | null;
  /** Of a part. */
  partNumber?: number;
  /** Of a multipart upload. */
  uploadId?: string;
  /** null: no answer has been sent. */
  status: number | null;
  /** The code of an error reply. */
  code?: string;
  /** Bytes of the request body that were read. */
  bytesIn: number;
  /** Milliseconds until the answer was out or the connection had ended. */
  durationMs: number;
  /** The page that asked. */
  origin?: string;
  /** The connection ended before the exchange was complete. */
  aborted: boolean;
  /** False while the request is being served. */
  finished: boolean;
  /** Request headers, lower case; credentials are replaced by `***`. */
  headers: Record<string, string>;
  /** The query; credentials are replaced by `***`. */
  query: Record<string, string>;
  /** The fault that has hit it. */
  fault?: Fault['kind'];
}

/** The simulated network between client and server. */
export interface LinkState {
  /** Upload bandwidth shared by all connections; null: unlimited. */
  bytesPerSecond: number | null;
  /** Delay before each OSS and STS request is processed. */
  latencyMilliseconds: number;
  /** Cuts every OSS and STS connection while it is true. */
  offline: boolean;
}

/** Whether a replaced or deleted object is kept as an older version. */
export type Versioning = 'Off' | 'Enabled' | 'Suspended';

/** Settings of the bucket and its account that decide whether a request is served. */
export interface ServiceRules {
  /**
   * As for accounts opened since 2025-03-20: only custom domains are served, see `cnames`.
   * @default false
   */
  forbidPublicEndpoint: boolean;
  /** Requests without `x-oss-request-payer: requester` are refused. @default false */
  requesterPays: boolean;
  /** Whether older versions are kept from now on. @default 'Off' */
  versioning: Versioning;
  /** Custom domain, with or without its port → bucket. @default `cname.localhost` → the first bucket */
  cnames: Record<string, string>;
}

/** A CORS rule, as in the console of OSS. */
export interface CorsRule {
  /** Origins, each with at most one `*`. */
  allowedOrigins: string[];
  /** HTTP methods in capitals. */
  allowedMethods: string[];
  /** Request headers, each with at most one `*`. @default none */
  allowedHeaders?: string[];
  /** Headers that a page may read. @default none */
  exposeHeaders?: string[];
  /** How long browsers may remember a preflight, in seconds. */
  maxAgeSeconds?: number;
}

/** The answer of AssumeRole, which `/sts` gives. */
export interface AssumeRoleReply {
  /** Of this answer. */
  RequestId: string;
  /** Whose session it is; made up. */
  AssumedRoleUser: { Arn: string; AssumedRoleId: string };
  /** The key and the token of the session. */
  Credentials: {
    AccessKeyId: string;
    AccessKeySecret: string;
    SecurityToken: string;
    /** ISO 8601 UTC without a fraction. */
    Expiration: string;
  };
}

/** A RAM policy, of a user, a role or a session. */
export interface PolicyDocument {
  /** Of the policy language. */
  Version: '1';
  /** Any Deny that applies wins; without an Allow that applies a request is refused. */
  Statement: PolicyStatement[];
}

/** What is allowed or denied, on which resources, and when. */
export interface PolicyStatement {
  /** Whether it allows or denies. */
  Effect: 'Allow' | 'Deny';
  /** `oss:PutObject`; `*` and `?` are wildcards. */
  Action?: string | string[];
  /** All actions but these. */
  NotAction?: string | string[];
  /** `acs:oss:*:*:bucket/prefix*`; `*` and `?` are wildcards. */
  Resource?: string | string[];
  /** All resources but these. */
  NotResource?: string | string[];
  /** Operator → key → values. */
  Condition?: Record<string, Record<string, ConditionValue | ConditionValue[]>>;
}

/** A value in a condition; numbers and booleans count as their texts. */
export type ConditionValue = string | number | boolean;

/** A multipart upload that is neither complete nor aborted. */
export interface OpenUpload {
  /** Its bucket. */
  bucket: string;
  /** The key that its object will have. */
  key: string;
  /** Its ID. */
  uploadId: string;
  /** ISO 8601. */
  initiated: string;
  /** Number of parts that are stored. */
  parts: number;
  /** Bytes of these parts. */
  bytes: number;
}

/** An object. */
export interface StoredObject {
  /** Its bucket. */
  bucket: string;
  /** Its key. */
  key: string;
  /** Bytes. */
  size: number;
  /** Without quotes. */
  etag: string;
  /** Decimal, as in `x-oss-hash-crc64ecma`. */
  crc64: string;
  /** How it was uploaded. */
  type: 'Normal' | 'Multipart';
  /** ISO 8601. */
  lastModified: string;
  /** As it was given at the upload. */
  contentType: string;
  /** If the bucket kept versions when it was stored. */
  versionId?: string;
}

/** A request that `/_callback` has received. */
export interface ReceivedCallback {
  /** ISO 8601. */
  time: string;
  /** Of the body. */
  contentType: string;
  /** As it was received. */
  body: string;
  /** Lower-case names. */
  headers: Record<string, string>;
}

/** Everything that a test or the demo page can do to the embedded OSS. */
export interface Control {
  /** Adds a fault. @throws {TypeError} for a rule that is malformed or could never strike */
  addFault(rule: FaultRule): { id: string };
  /** The faults that are still to strike, in the order in which they were added. */
  faults(): ActiveFault[];
  /** Without an id: all of them. @throws {TypeError} for an id that no fault has had */
  removeFault(id?: string): void;
  /** Removes all faults. */
  clearFaults(): void;
  /** Oldest first; with a key, only the requests for that key. */
  log(key?: string): LogEntry[];
  /** Empties the log. */
  clearLog(): void;
  /** The simulated network. */
  link(): LinkState;
  /** Changes what is named; the answer is the whole. */
  setLink(change: Partial<LinkState>): LinkState;
  /** The settings of bucket and account. */
  rules(): ServiceRules;
  /** Changes what is named; the answer is the whole. */
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
  /** Life of the tokens from now on, in seconds. */
  setTokenSeconds(seconds: number): void;
  /** Life of new tokens, in seconds. */
  tokenSeconds(): number;
  /** The unfinished multipart uploads. */
  uploads(): OpenUpload[];
  /** The objects. */
  objects(): StoredObject[];
  /** The answer that `/sts` would give. @throws {Error} for a life of less than a second, and for a policy that AssumeRole would refuse */
  assumeRole(seconds?: number, policy?: PolicyDocument): AssumeRoleReply;
  /** What `/_callback` has received, oldest first. */
  callbacks(): ReceivedCallback[];
  /** The answer that `/_callback` gives from now on; null: its default, 200 and JSON. */
  setCallbackReply(reply: CallbackReply | null): void;
  /**
   * Restores what it was started with: faults, link, rules, CORS, clock and the life of tokens. Empties the log and the callbacks; with
   * `data` it also deletes objects and uploads. Tokens stay valid.
   */
  reset(options?: { data?: boolean }): Promise<void>;
}

/** What `/_callback` answers. */
export interface CallbackReply {
  /** The HTTP status. */
  status: number;
  /** @default JSON with the status `OK` and the body that was received */
  body?: string;
  /** @default 'application/json' */
  contentType?: string;
  /** Milliseconds before the answer. @default 0 */
  delayMilliseconds?: number;
}
