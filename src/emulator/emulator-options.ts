/** The options of `startEmulator`, their defaults and their checks. */
import { boolean, type Check, integer, list, numberIn, record, shown, some, text } from './check-value.js';
import { checkCors, checkFaultRule, checkVersioning } from './check-control.js';
import { checkBuckets, checkDomains } from './custom-domains.js';
import { invalidOption } from './emulator-error.js';
import { MAX_SECONDS } from './limits.js';
import { parsePolicy } from './parse-policy.js';
import { isBucketName } from './parse-request.js';
import type { CorsRule, FaultRule, PolicyDocument, Versioning } from './types.js';

/** A permanent access key, as a RAM user has it. Any texts will do. */
export interface AccessKeyPair {
  /** `LTAI…` on Alibaba Cloud. */
  accessKeyId: string;
  /** Requests are signed with it. */
  accessKeySecret: string;
  /** What its RAM user may do. @default everything, as the account itself */
  policy?: PolicyDocument | undefined;
}

/** What {@link startEmulator} takes. Everything has a default. */
export interface EmulatorOptions {
  /** 0 is any free port. @default 0 */
  port?: number | undefined;
  /**
   * The address to listen on. Any other than loopback is open to the network: a token then protects the control surface and `/sts`.
   * @default '127.0.0.1': both loopback addresses
   */
  host?: string | undefined;
  /** The buckets that exist. @default those of `seed` and `data`; without any, ['demo-bucket'] */
  buckets?: string[] | undefined;
  /** Requests must be signed for it. @default 'cn-hangzhou' */
  region?: string | undefined;
  /**
   * A folder whose content survives `close()` and `kill -9`.
   * @default none: a temporary folder, which is removed at `close()`; memory doesn't grow with what is uploaded
   */
  data?: string | undefined;
  /** Whether writes to `data` wait for the disk, so that it survives a power cut as well. `false` saves tests the time. @default true */
  fsync?: boolean | undefined;
  /** A folder of folders: `{seed}/{bucket}/{key}` becomes an object, unless there is one. @default none */
  seed?: string | undefined;
  /** Permanent access keys; at least one. @default one that is made up */
  accessKeys?: AccessKeyPair[] | undefined;
  /** What the role that `/sts` assumes may do; a session's policy narrows it. @default everything */
  rolePolicy?: PolicyDocument | undefined;
  /** Life of the tokens that `/sts` issues, in seconds. @default 3600 */
  tokenSeconds?: number | undefined;
  /** The CORS rules of each bucket; null: CORS is off, as for a new bucket of OSS. @default anything from anywhere */
  cors?: CorsRule[] | null | undefined;
  /** Custom domains, with or without their port → bucket. `cname.localhost` is always the first bucket's. */
  cnames?: Record<string, string> | undefined;
  /** Serve custom domains only, as OSS does for accounts opened since 2025-03-20. @default false */
  forbidPublicEndpoint?: boolean | undefined;
  /** Whether replaced and deleted objects are kept as older versions; `control.setRules` changes it. @default 'Off' */
  versioning?: Versioning | undefined;
  /** Faults from the start on. @default none */
  faults?: FaultRule[] | undefined;
  /**
   * Origins of pages that may use the control surface and `/sts`, besides those on `localhost` and those that `cors` names without a `*`.
   * @default none
   */
  origins?: string[] | undefined;
  /** HTTPS with HTTP/1.1 and HTTP/2: a certificate and its key in PEM, or `true` for one that it makes. @default false */
  tls?: boolean | { cert: string; key: string } | undefined;
  /** The token for the control surface and `/sts`. @default none on loopback, elsewhere one that is made up */
  controlToken?: string | undefined;
  /** The server's clock in milliseconds; `control.setClock` shifts it. @default Date.now */
  now?: (() => number) | undefined;
  /** How long silent clients are waited for. */
  limits?: EmulatorLimits | undefined;
}

/** How long silent clients are waited for, in milliseconds. */
export interface EmulatorLimits {
  /** For the headers of a request, and for a TLS handshake, to be complete. @default 60_000 */
  headerMilliseconds?: number;
  /** For the next byte of a body. @default 300_000 */
  silentMilliseconds?: number;
}

const bucket: Check = (value, name) => {
  if (typeof value !== 'string' || !isBucketName(value)) {
    throw new TypeError(`${name} must be 3 to 63 of a-z, 0-9 and -, not ${JSON.stringify(value)}.`);
  }
};

/** With the `oss-` that it has in endpoints, or without. */
const region: Check = (value, name) => {
  text(value, name);
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(value as string))
    throw new TypeError(`${name} must be a region such as cn-hangzhou, not ${shown(value)}.`);
};

const tls: Check = (value, name) => {
  if (typeof value !== 'boolean') record({ cert: text, key: text }, ['cert', 'key'])(value, name);
};

const clock: Check = (value, name) => {
  if (typeof value !== 'function') throw new TypeError(`${name} must be a function.`);
  // The years 0 to 9999, which every format of a date can hold.
  numberIn(-6.2e13, 2.5e14)(value(), `${name}()`);
};

const policy: Check = (value, name) => {
  try {
    parsePolicy(value);
  } catch (error) {
    throw new TypeError(`${name} is not a policy. ${error instanceof Error ? error.message : error}`);
  }
};

const milliseconds = integer(1, 86_400_000);

const CHECKS = {
  port: integer(0, 65_535),
  host: text,
  buckets: some(bucket),
  region,
  data: text,
  fsync: boolean,
  seed: text,
  accessKeys: some(record({ accessKeyId: text, accessKeySecret: text, policy }, ['accessKeyId', 'accessKeySecret'])),
  rolePolicy: policy,
  tokenSeconds: numberIn(1, MAX_SECONDS),
  cors: checkCors,
  cnames: checkDomains,
  forbidPublicEndpoint: boolean,
  versioning: checkVersioning,
  faults: list(checkFaultRule),
  origins: list(text),
  tls,
  controlToken: text,
  now: clock,
  limits: record({ headerMilliseconds: milliseconds, silentMilliseconds: milliseconds }),
} satisfies Record<keyof EmulatorOptions, Check>;

/** @throws {EmulatorError} `INVALID_OPTION` */
export function checkOptions(options: EmulatorOptions): void {
  try {
    record(CHECKS)(options, 'options');
    if (options.buckets !== undefined) checkBuckets(options.cnames ?? {}, options.buckets);
  } catch (error) {
    throw invalidOption(error instanceof Error ? error.message : String(error));
  }
}
