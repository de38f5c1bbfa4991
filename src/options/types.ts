import type { Checkpoint, CheckpointStore, Ports } from '../ports.js';

/** Short-lived credentials from STS, in camelCase or as `AssumeRole` returns them. */
export type Credentials = StsCredentials | AssumeRoleCredentials | { Credentials: AssumeRoleCredentials };

/** STS credentials in camelCase, as ali-oss takes them, too. */
export interface StsCredentials {
  /** Starts with `STS.`. Never put the long-lived key of a RAM user into a web page. */
  accessKeyId: string;
  /** Requests are signed with it. It stays in the page's memory. */
  accessKeySecret: string;
  /** Sent with each request. */
  securityToken?: string | undefined;
  /** The same as `securityToken`, under the name that ali-oss uses. */
  stsToken?: string | undefined;
  /** ISO 8601 string, Date, or milliseconds since the epoch. Without it, credentials are not refreshed ahead of time. */
  expiration?: string | number | Date | undefined;
}

/** STS credentials in the spelling of the STS API. */
export interface AssumeRoleCredentials {
  /** Same as {@link StsCredentials.accessKeyId}. */
  AccessKeyId: string;
  /** Same as {@link StsCredentials.accessKeySecret}. */
  AccessKeySecret: string;
  /** Same as {@link StsCredentials.securityToken}. */
  SecurityToken?: string | undefined;
  /** Same as {@link StsCredentials.expiration}. */
  Expiration?: string | number | Date | undefined;
}

/**
 * Asked for fresh credentials whenever the current ones near their end or are refused. When it throws, it is asked again with growing
 * delays while uploads wait; a {@link CredentialsError} is final.
 */
export type CredentialsProvider = (context: { signal: AbortSignal }) => Credentials | Promise<Credentials>;

/** Where checkpoints are kept, and for how long. */
export interface CheckpointOptions {
  /** Name of the IndexedDB database. @default 'oss-resumable' */
  name?: string;
  /** Milliseconds after which an untouched upload is aborted on the server and forgotten, 0 and more. @default 604800000, 7 days */
  maxAge?: number;
}

/** What is hashed and compared. */
export interface IntegrityOptions {
  /** Compare the CRC-64 of every part, and of the whole object, with OSS's. @default true */
  crc64?: boolean;
  /** Send `Content-MD5` with every part, so that OSS refuses damaged ones by itself. Costs CPU. @default false */
  md5?: boolean;
}

/** How often, and after what delays, a request is repeated. */
export interface RetryOptions {
  /** Attempts after the first, for each request; 0..100. Waiting while offline, or having been offline, spends none. @default 10 */
  limit?: number;
  /**
   * Attempts after the first for as long as no answer comes at all, once the endpoint has answered this page before; 0..1000.
   * A router that is down for minutes is no reason to fail. @default `limit` where that is given, else 40: some eight minutes
   */
  networkLimit?: number;
  /** The first delay's upper bound in milliseconds, 0..86400000; it doubles each time (full jitter). @default 300 */
  baseDelay?: number;
  /** No delay is longer, in milliseconds, 0..86400000; what OSS asks for by `Retry-After` is honoured up to five minutes. @default 30000 */
  maxDelay?: number;
}

/** What every upload of one uploader shares. */
export interface UploaderOptions {
  /** Region ID such as `cn-hangzhou`; `oss-cn-hangzhou` is accepted too. It is part of every signature. */
  region: string;
  /** Bucket name: 3..63 lower-case letters, digits and hyphens. */
  bucket: string;
  /**
   * Service endpoint, a host or an origin: internal, accelerate or a custom domain. Of a list of 1..8, the next one is tried when one
   * stays silent or refuses; an upload resumes over any of them. @default `https://oss-<region>.aliyuncs.com`
   */
  endpoint?: string | readonly string[] | undefined;
  /** `endpoint` is a custom domain bound to the bucket; hosts below `aliyuncs.com` in its list are none. @default false */
  cname?: boolean | undefined;
  /** The bucket goes into the path: for emulators and IP endpoints; the public service refuses it. @default false */
  pathStyle?: boolean | undefined;
  /** STS credentials, or better a function that fetches them: it is called again whenever they expire. */
  credentials: Credentials | CredentialsProvider;
  /** Requests in flight over all files of this uploader, 1..100. @default 6 */
  parallel?: number | undefined;
  /** Bytes a part, 102400 (100 KiB) .. 5368709120 (5 GiB), or chosen from the file's size. @default 'auto' */
  partSize?: number | 'auto' | undefined;
  /** Resume interrupted uploads: on, off, where, or a store of your own. @default true */
  checkpoint?: boolean | CheckpointOptions | CheckpointStore | undefined;
  /** What is compared with OSS, besides sizes. */
  integrity?: IntegrityOptions | undefined;
  /** How often a request is repeated that may succeed next time. */
  retry?: RetryOptions | undefined;
  /**
   * Milliseconds without a byte moving after which an attempt is given up and repeated, 0..86400000; 0 is never. A part is given
   * up after ten seconds where the browser was offline meanwhile and is back. @default 60000
   */
  stallTimeout?: number | undefined;
  /** Hold a Screen Wake Lock while bytes move, where the platform has one. @default true */
  wakeLock?: boolean | undefined;
  /** Ask before the page is left while bytes move. @default false */
  unloadGuard?: boolean | undefined;
  /** Makes the worker that hashes, when the bundler's way of finding it doesn't suit the page. @default the package's `hash.worker.js` */
  workerFactory?: (() => Worker) | undefined;
  /** Replaces the transport; progress within a part is then unknown, and stalls are not noticed. @default XMLHttpRequest */
  fetch?: typeof fetch | undefined;
  /** Replaces parts of the platform, for tests and unusual hosts. @default the browser's */
  ports?: Partial<Ports> | undefined;
}

/** OSS's upload callback. @see OSS documentation, "Callback" */
export interface CallbackOptions {
  /** Up to five URLs, joined by `;`. */
  callbackUrl: string;
  /** The Host header OSS sends. @default the URL's */
  callbackHost?: string | undefined;
  /** Such as `bucket=${bucket}&object=${object}&size=${size}&my=${x:my}`. */
  callbackBody: string;
  /** How OSS encodes the values in `callbackBody`. @default 'application/x-www-form-urlencoded' */
  callbackBodyType?: 'application/x-www-form-urlencoded' | 'application/json' | undefined;
  /** Send the server's name when the connection is made: for https servers with several certificates. @default false */
  callbackSNI?: boolean | undefined;
}

/** How an object is stored, and what it costs. */
export type StorageClass = 'Standard' | 'IA' | 'Archive' | 'ColdArchive' | 'DeepColdArchive';
/** Who may read an object, besides those whom a policy lets; `default` is the bucket's. */
export type ObjectAcl = 'default' | 'private' | 'public-read' | 'public-read-write';

/** Options of one upload; those that the uploader has too override it. */
export interface UploadOptions {
  /**
   * The object's key: 1..1023 bytes of UTF-8, not beginning with `/` or `\`, without `.` and `..` segments.
   * A function is given the file and its path in its folder, or its name. It is called at each start, and an unfinished upload is
   * resumed where it returns the same key; for random keys, give a `scope`.
   * @default the file's relative path, or its name
   */
  key?: string | ((file: Blob, path: string) => string | Promise<string>) | undefined;
  /**
   * Names a group of uploads whose keys are random, such as `avatar of user 42`, in 1..255 characters: within it, an unfinished
   * upload of the same file keeps the key it was begun with, and the key function is called only when there is nothing to resume.
   * Needs a key function: a key that is a text is found by itself.
   * @default none: the key function is called at each start, and only an upload under the key it returns is resumed
   */
  scope?: string | undefined;
  /** Further object headers, such as `Content-Encoding` or `x-oss-*`; printable ASCII. */
  headers?: Record<string, string> | undefined;
  /** Stored as `x-oss-meta-*`; names are case-insensitive, values ASCII, 8 KB in all. */
  metadata?: Record<string, string> | undefined;
  /** @default the file's type, or `application/octet-stream` */
  contentType?: string | undefined;
  /** `Cache-Control` of the object. */
  cacheControl?: string | undefined;
  /** `Content-Disposition` of the object; printable ASCII, so encode names: `filename*=UTF-8''…`. */
  contentDisposition?: string | undefined;
  /** @default the bucket's */
  storageClass?: StorageClass | undefined;
  /** Needs oss:PutObjectAcl. @default the bucket's */
  acl?: ObjectAcl | undefined;
  /** Object tags: at most 10. Needs oss:PutObjectTagging. */
  tagging?: Record<string, string> | undefined;
  /** Encrypted by OSS, with its own key or one of KMS. @default the bucket's */
  serverSideEncryption?: 'AES256' | 'KMS' | 'SM4' | { algorithm: 'KMS' | 'SM4' | 'AES256'; keyId?: string; dataEncryption?: 'SM4' };
  /** Refuse to replace an object of the same key (409 FileAlreadyExists). @default false */
  forbidOverwrite?: boolean | undefined;
  /** OSS calls your server when the object is complete; 5 KB encoded. */
  callback?: CallbackOptions | undefined;
  /** Custom callback variables; each name begins `x:` and is lower case. */
  callbackVar?: Record<string, string> | undefined;
  /** Bits a second for each request, 819200 (100 KB/s) .. 838860800 (100 MB/s). */
  trafficLimit?: number | undefined;
  /** Aborting it stops this upload locally and keeps the checkpoint. */
  signal?: AbortSignal | undefined;
  /** As the uploader's, for new uploads; one that is gone on with keeps its own. With a number that would need more than 10,000 parts, the parts are made larger. @default the uploader's */
  partSize?: number | 'auto' | undefined;
  /** Requests in flight for this file alone, 1..100; never more than the uploader's. @default the uploader's */
  parallel?: number | undefined;
  /** Handle of the file (Chromium's drop or picker): kept, so that a page can go on after a reload with one click. */
  fileHandle?: FileSystemFileHandle | undefined;
  /** Names the file where it is no `File`, or by its path in a folder. @default `webkitRelativePath` or `name` */
  path?: string | undefined;
}

/** One file of `uploadAll`, with options of its own. */
export interface UploadItem extends UploadOptions {
  /** What is uploaded. */
  file: Blob;
}

/** What a page can show after a reload: select the same file again to go on. */
export interface UnfinishedUpload {
  /** For `discard()`. */
  readonly id: string;
  /** The object's key; pass it to `upload()` with the file. */
  readonly key: string;
  /** The scope it was begun in, if any: pass it to `upload()`, too. */
  readonly scope: string | undefined;
  /** Name, size in bytes, modification time and type of the file to be selected again. */
  readonly file: Checkpoint['file'];
  /** Bytes acknowledged by OSS, as far as recorded. */
  readonly confirmed: number;
  /** Bytes in all. */
  readonly total: number;
  /** When its last part was recorded, in milliseconds since the epoch. */
  readonly updatedAt: number;
  /** Another tab is working on it now. */
  readonly isInUse: boolean;
  /** Where the file was dropped or picked in Chromium: ask for it again with `fileFromHandle`. */
  readonly fileHandle: FileSystemFileHandle | undefined;
}

/** One address of the service. */
export interface Endpoint {
  /** Without a path. */
  origin: string;
  addressing: 'virtual-host' | 'path' | 'cname';
}

/** {@link UploaderOptions} after defaults and checks: complete, and never looked at with `??` again. */
export interface UploaderConfig {
  region: string;
  bucket: string;
  /** Where the bucket answers, in the order of preference. */
  endpoints: readonly [Endpoint, ...Endpoint[]];
  credentials: Credentials | CredentialsProvider;
  parallel: number;
  partSize: number | 'auto';
  checkpoint: { enabled: boolean; name: string; maxAge: number; store: CheckpointStore | undefined };
  integrity: { crc64: boolean; md5: boolean };
  retry: { limit: number; networkLimit: number; baseDelay: number; maxDelay: number };
  stallTimeout: number;
  wakeLock: boolean;
  unloadGuard: boolean;
  /** Replaces the platform's; as are `workerFactory` and `ports`, `undefined` where the platform's is used. */
  transport: typeof fetch | undefined;
  workerFactory: (() => Worker) | undefined;
  ports: Partial<Ports>;
}

/** {@link UploadOptions} for one file, with all defaults applied. */
export interface UploadConfig {
  bucket: string;
  file: Blob;
  /** The file's path as the user knows it; also the default key. */
  path: string;
  key: UploadOptions['key'];
  /** Only with a key function. */
  scope: string | undefined;
  partSize: number | 'auto';
  parallel: number;
  signal: AbortSignal | undefined;
  fileHandle: FileSystemFileHandle | undefined;
  headers: ObjectHeaders;
  integrity: UploaderConfig['integrity'];
}

/** An upload's headers, each on the operation it belongs to and on no other. */
export interface ObjectHeaders {
  /** InitiateMultipartUpload fixes all metadata but the ACL. */
  initiate: Record<string, string>;
  uploadPart: Record<string, string>;
  /** For requests without headers of their own (ListParts, HEAD, Abort); the others carry them, too. */
  everyRequest: Record<string, string>;
  /** ACL, callback and the second check of forbid-overwrite. */
  complete: Record<string, string>;
  putObject: Record<string, string>;
}
