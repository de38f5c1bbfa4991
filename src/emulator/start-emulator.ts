/** Starts the emulator: the embedded OSS with a folder, keys and a certificate of its own where none are given. */
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { type EmbeddedOss, type EmbeddedOssOptions, startEmbeddedOss } from './embedded-oss.js';
import { EmulatorError } from './emulator-error.js';
import { type AccessKeyPair, checkOptions, type EmulatorOptions } from './emulator-options.js';
import { keptCertificate } from './kept-certificate.js';
import { isLoopback } from './listening-server.js';
import { bucketsOfSeed, foldersIn, seedBuckets } from './seed-buckets.js';
import { type Certificate, selfSigned } from './self-signed.js';
import { makeTemporaryFolder } from './temporary-folder.js';
import type { Control, CorsRule, PolicyDocument } from './types.js';

/** Short-lived credentials, as an application's server gets them from AssumeRole. `createUploader` and ali-oss take them as they are. */
export interface EmulatorCredentials {
  /** `STS.…` */
  accessKeyId: string;
  /** Requests are signed with it. */
  accessKeySecret: string;
  /** Sent with each request. */
  securityToken: string;
  /** The same as `securityToken`, under the name that ali-oss uses. */
  stsToken: string;
  /** ISO 8601, UTC, without a fraction. */
  expiration: string;
}

/** `Symbol.asyncDispose`, where the application's TypeScript knows it. */
type AsyncDispose = SymbolConstructor extends { readonly asyncDispose: infer Key extends symbol } ? Key : never;

/** What `await using` needs: the same as `close()`. */
type ClosedAtTheEnd = Record<AsyncDispose, () => Promise<void>>;

/** A running emulator. `await using` closes it at the end of the block. */
export interface Emulator extends ClosedAtTheEnd {
  /** `http://localhost:PORT`; a bucket's is `http://{bucket}.localhost:PORT`, or in path style `http://localhost:PORT/{bucket}`. */
  url: string;
  /** A custom domain of the first bucket. Needs `cname: true` in clients. */
  cnameUrl: string;
  /** Answers what an application's STS endpoint answers. Holds the control token, where there is one. */
  stsUrl: string;
  /** The control surface over HTTP: routes are below it, `GET` names them. */
  controlUrl: string;
  /** Needed for the control surface and `/sts`, as `Authorization: Bearer …` or `?token=…`; null on loopback. */
  controlToken: string | null;
  /** The port it listens on. */
  port: number;
  /** The region that requests are signed for. */
  region: string;
  /** The first bucket. */
  bucket: string;
  /** All buckets. */
  buckets: string[];
  /** The first permanent access key. */
  accessKeyId: string;
  /** Its secret. */
  accessKeySecret: string;
  /** The certificate in PEM, for clients to trust (`ca`); null without TLS. */
  certificate: string | null;
  /** What the user should know, a sentence each: an address that is open to the network, damaged files that were skipped. */
  warnings: string[];
  /**
   * Short-lived credentials, valid for `seconds`, by default `tokenSeconds`. A `policy` narrows what they may do, as AssumeRole's does;
   * without one they may do everything.
   *
   * @throws {Error} for a life of less than a second, and for a policy that AssumeRole would refuse
   */
  credentials(options?: { seconds?: number; policy?: PolicyDocument }): EmulatorCredentials;
  /** Scripts faults, and looks into it. The same is offered over HTTP. */
  control: Control;
  /** Cuts all connections and resolves when its files are written, and those of a temporary folder removed. May be called twice. */
  close(): Promise<void>;
}

/**
 * Starts an OSS with STS on this machine: strict about signatures, tokens and CORS, and ready to fail on request.
 *
 * @throws {EmulatorError} in words: an option that can't be used, a port that is taken, a data folder that is in use or can't be written
 * @example
 * await using oss = await startEmulator({ buckets: ['photos'] });
 * const uploader = createUploader({ region: oss.region, bucket: 'photos', endpoint: oss.url, credentials: () => oss.credentials() });
 * oss.control.addFault({ operation: 'UploadPart', partNumber: 2, fault: { kind: 'reset' } });
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  checkOptions(options);
  const { data, seed, host = '127.0.0.1', fsync = true } = options;
  const buckets = options.buckets ?? (await foundBuckets(options));
  checkOptions({ buckets, cnames: options.cnames });
  const accessKeys = options.accessKeys ?? [madeUpKey()];
  const hostname = isLoopback(host) || host === '0.0.0.0' || host === '::' ? 'localhost' : host;
  const controlToken = options.controlToken ?? (isLoopback(host) ? undefined : randomBytes(18).toString('base64url'));
  const dataDir = data ?? (await makeTemporaryFolder());
  const removeFolder = async (): Promise<void> => {
    if (data === undefined) await rm(dataDir, { recursive: true, force: true, maxRetries: 3 });
  };
  try {
    const tls = certificateFor(options, dataDir, [hostname, host, ...buckets.map((name) => `${name}.localhost`)]);
    const oss = await startEmbeddedOss({
      ...pass(options),
      dataDir,
      buckets,
      accounts: accessKeys,
      hostname,
      tls,
      controlToken,
      origins: [...(options.origins ?? []), ...namedOrigins(options.cors ?? [])],
      isLasting: data !== undefined && fsync,
      fill: seed === undefined ? undefined : (stores) => seedBuckets(seed, stores, Date.now()),
    });
    return present(oss, { accessKey: accessKeys[0] as AccessKeyPair, tls, controlToken, host, removeFolder });
  } catch (error) {
    await removeFolder();
    throw error;
  }
}

/** The buckets of the seed folder and the data folder; if there is none, the one that is there by default. */
async function foundBuckets({ seed, data }: EmulatorOptions): Promise<string[]> {
  const seeded = seed === undefined ? [] : await bucketsOfSeed(seed);
  const kept = data === undefined ? [] : await foldersIn(join(data, 'buckets')).catch(() => []);
  const found = [...new Set([...seeded, ...kept])];
  return found.length > 0 ? found : ['demo-bucket'];
}

/** The options that mean the same to the embedded OSS; absent ones stay absent, so that its defaults apply. */
function pass(options: EmulatorOptions): Partial<EmbeddedOssOptions> {
  const { port, host, region, rolePolicy, tokenSeconds, cors, cnames, forbidPublicEndpoint, versioning, faults, now, limits } = options;
  const same = { port, host, region, rolePolicy, tokenSeconds, cors, cnames, forbidPublicEndpoint, versioning, faults, now, limits };
  // The name that endpoints use is taken as well.
  same.region = region?.replace(/^oss-/, '');
  return Object.fromEntries(Object.entries(same).filter(([, value]) => value !== undefined));
}

function present(
  oss: EmbeddedOss,
  own: {
    accessKey: AccessKeyPair;
    tls: Certificate | undefined;
    controlToken: string | undefined;
    host: string;
    removeFolder: () => Promise<void>;
  },
): Emulator {
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closed ??= oss.close().then(own.removeFolder);
    return closed;
  };
  const open = isLoopback(own.host)
    ? []
    : [
        `${own.host} is open to the network: whoever reaches it can use the buckets with a key. The control surface and /sts need the token.`,
      ];
  const { url, cnameUrl, stsUrl, port, region, buckets, control } = oss;
  return {
    ...{ url, cnameUrl, stsUrl, port, region, buckets, control },
    controlUrl: `${url}/_control/`,
    controlToken: own.controlToken ?? null,
    bucket: buckets[0] as string,
    accessKeyId: own.accessKey.accessKeyId,
    accessKeySecret: own.accessKey.accessKeySecret,
    certificate: own.tls?.cert ?? null,
    warnings: [...open, ...oss.problems],
    credentials: ({ seconds, policy } = {}) => {
      const { AccessKeyId, AccessKeySecret, SecurityToken, Expiration } = control.assumeRole(seconds, policy).Credentials;
      return {
        accessKeyId: AccessKeyId,
        accessKeySecret: AccessKeySecret,
        securityToken: SecurityToken,
        stsToken: SecurityToken,
        expiration: Expiration,
      };
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function certificateFor({ tls, data, cnames = {} }: EmulatorOptions, dataDir: string, names: readonly string[]): Certificate | undefined {
  if (tls === undefined || tls === false) return undefined;
  if (tls !== true) {
    try {
      createSecureContext(tls);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new EmulatorError(
        'INVALID_OPTION',
        `The certificate and its key can't be used; both must be PEM, and belong together: ${reason}`,
      );
    }
    return tls;
  }
  const domains = Object.keys(cnames).map((domain) => domain.replace(/:\d+$/, ''));
  const hosts = [...new Set(['localhost', '127.0.0.1', '::1', 'cname.localhost', ...names, ...domains])];
  if (data === undefined) return selfSigned(hosts);
  mkdirSync(dataDir, { recursive: true });
  return keptCertificate(dataDir, hosts);
}

/** The origins that the CORS rules name in full. */
function namedOrigins(rules: readonly CorsRule[]): string[] {
  return rules.flatMap(({ allowedOrigins }) => allowedOrigins.filter((origin) => !origin.includes('*')));
}

/** In the form of Alibaba Cloud's. */
function madeUpKey(): AccessKeyPair {
  return { accessKeyId: `LTAI5t${randomBytes(9).toString('hex')}`, accessKeySecret: randomBytes(15).toString('hex') };
}
