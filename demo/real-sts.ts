/**
 * Credentials for a real bucket: AssumeRole with a session policy that allows the page only
 * the upload prefix. The long-lived key stays in this process.
 */
import type { AssumeRoleReply } from '../src/emulator/index.js';
import { sessionPolicy } from '../src/server/index.js';

export interface RealBucket {
  region: string;
  bucket: string;
  accessKeyId: string;
  accessKeySecret: string;
  roleArn: string;
  /** Origin without a path, such as `https://upload.example.com`. @default the region's public endpoint */
  endpoint?: string;
  /** `endpoint` is a custom domain bound to the bucket. @default false */
  cname?: boolean;
}

const VARIABLES = {
  region: 'OSS_REGION',
  bucket: 'OSS_BUCKET',
  accessKeyId: 'OSS_ACCESS_KEY_ID',
  accessKeySecret: 'OSS_ACCESS_KEY_SECRET',
  roleArn: 'OSS_ROLE_ARN',
} as const;

/**
 * Reads the environment. Undefined if none of the variables is set. `OSS_ENDPOINT` and `OSS_CNAME` are optional: accounts opened
 * since 2025-03-20 need a custom domain, because they can't use the public endpoints of mainland regions.
 *
 * @throws {Error} that names the missing variables, if some are set
 */
export function readRealBucket(env: Record<string, string | undefined>): RealBucket | undefined {
  const entries = Object.entries(VARIABLES).map(([field, name]) => [field, name, env[name]?.trim() ?? ''] as const);
  if (entries.every(([, , value]) => value === '')) return undefined;
  const missing = entries.filter(([, , value]) => value === '').map(([, name]) => name);
  if (missing.length > 0) throw new Error(`To use a real bucket set ${missing.join(', ')} as well, or none of them for the embedded OSS.`);
  const bucket = Object.fromEntries(entries.map(([field, , value]) => [field, value])) as unknown as RealBucket;
  const region = bucket.region.replace(/^oss-/, '');
  return { ...bucket, region, ...readEndpoint(env) };
}

/** `OSS_ENDPOINT` with or without `https://`; `OSS_CNAME=true` says that it is a custom domain bound to the bucket. */
function readEndpoint(env: Record<string, string | undefined>): Pick<RealBucket, 'endpoint' | 'cname'> {
  const text = env['OSS_ENDPOINT']?.trim() ?? '';
  const flag = env['OSS_CNAME']?.trim().toLowerCase() ?? '';
  if (!['', 'true', 'false'].includes(flag)) throw new Error(`OSS_CNAME must be true or false, not ${flag}.`);
  const cname = flag === 'true';
  if (text === '') {
    if (cname) throw new Error('OSS_CNAME=true needs OSS_ENDPOINT, the custom domain that is bound to the bucket.');
    return {};
  }
  const url = /^https?:\/\//i.test(text) ? text : `https://${text}`;
  const { origin = '', pathname, search } = URL.canParse(url) ? new URL(url) : {};
  if (origin === '' || pathname !== '/' || search !== '') {
    throw new Error(`OSS_ENDPOINT must be a host or an origin such as https://upload.example.com, not ${text}.`);
  }
  return { endpoint: origin, cname };
}

export interface AssumeRoleOptions {
  /** The page can access only objects below it. @default 'uploads/' */
  prefix?: string;
  /** 900 to the role's maximum session duration. @default 3600 */
  durationSeconds?: number;
  /** Host of the STS service. @default the region's */
  endpoint?: string;
  /** @default 'https' */
  protocol?: 'https' | 'http';
}

/** The part of the generated client that this file uses. */
interface StsClient {
  assumeRole(request: unknown): Promise<{
    body?: {
      requestId?: string;
      assumedRoleUser?: { arn?: string; assumedRoleId?: string };
      credentials?: { accessKeyId?: string; accessKeySecret?: string; securityToken?: string; expiration?: string };
    };
  }>;
}

type ClientClass = new (config: Record<string, unknown>) => StsClient;

/** Loaded late, because the embedded OSS doesn't need it. Bundlers disagree on the default export of a CommonJS package. */
async function loadClient(): Promise<{ Client: ClientClass; AssumeRoleRequest: new (fields: Record<string, unknown>) => unknown }> {
  const loaded = (await import('@alicloud/sts20150401')) as unknown as {
    default: ClientClass | { default: ClientClass };
    AssumeRoleRequest: new (fields: Record<string, unknown>) => unknown;
  };
  return {
    Client: 'default' in loaded.default ? (loaded.default.default as ClientClass) : (loaded.default as ClientClass),
    AssumeRoleRequest: loaded.AssumeRoleRequest,
  };
}

/** @throws {Error} if STS refuses: with its code and message, and without the key */
export async function assumeRole(real: RealBucket, options: AssumeRoleOptions = {}): Promise<AssumeRoleReply> {
  const { prefix = 'uploads/', durationSeconds = 3600, endpoint = `sts.${real.region}.aliyuncs.com`, protocol = 'https' } = options;
  const { Client, AssumeRoleRequest } = await loadClient();
  const client = new Client({
    accessKeyId: real.accessKeyId,
    accessKeySecret: real.accessKeySecret,
    regionId: real.region,
    endpoint,
    protocol,
  });
  const { body } = await client.assumeRole(
    new AssumeRoleRequest({
      roleArn: real.roleArn,
      roleSessionName: 'oss-resumable-demo',
      durationSeconds,
      policy: sessionPolicy(real.bucket, prefix),
    }),
  );
  const { accessKeyId, accessKeySecret, securityToken, expiration } = body?.credentials ?? {};
  if (!accessKeyId || !accessKeySecret || !securityToken || !expiration) throw new Error('STS answered without credentials.');
  return {
    RequestId: body?.requestId ?? '',
    AssumedRoleUser: { Arn: body?.assumedRoleUser?.arn ?? '', AssumedRoleId: body?.assumedRoleUser?.assumedRoleId ?? '' },
    Credentials: { AccessKeyId: accessKeyId, AccessKeySecret: accessKeySecret, SecurityToken: securityToken, Expiration: expiration },
  };
}
