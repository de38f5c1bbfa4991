import { CredentialsError } from '../errors.js';
import type { AssumeRoleCredentials, Credentials, StsCredentials } from '../options/types.js';

/** Credentials in one shape. */
export interface Keys {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly securityToken: string | undefined;
  /** Milliseconds since the epoch by the service's clock; `undefined` when unknown. */
  readonly expiration: number | undefined;
}

/**
 * Reads credentials in any shape that is in use: AssumeRole's response, its `Credentials`, camelCase, ali-oss's.
 * @throws {CredentialsError} naming what is missing, never what is there
 */
export function parseCredentials(answer: Credentials | null | undefined): Keys {
  const { Credentials: inner } = (answer ?? {}) as { Credentials?: object };
  const raw = (inner ?? answer ?? {}) as Partial<StsCredentials & AssumeRoleCredentials>;
  const accessKeyId = raw.accessKeyId ?? raw.AccessKeyId;
  const accessKeySecret = raw.accessKeySecret ?? raw.AccessKeySecret;
  const securityToken = raw.securityToken ?? raw.stsToken ?? raw.SecurityToken;
  const expiration: unknown = raw.expiration ?? raw.Expiration ?? undefined;
  const texts = Object.entries({ accessKeyId, accessKeySecret, ...(securityToken && { securityToken }) });
  const missing = texts.filter(([, value]) => typeof value !== 'string' || value === '');
  if (missing.length > 0) throw invalid(`no ${missing.map(([name]) => name).join(' and ')}`);
  // A browser's complaint about such a header would quote it.
  const odd = texts.find(([name, value]) => name !== 'accessKeySecret' && !/^[\x21-\x7e]+$/.test(value as string));
  if (odd) throw invalid(`${odd[0]} with a character that no header can carry`);
  const isTime = typeof expiration === 'string' || typeof expiration === 'number' || expiration instanceof Date;
  const time = expiration === undefined ? undefined : isTime ? new Date(expiration).getTime() : Number.NaN;
  if (Number.isNaN(time)) throw invalid('an invalid expiration');
  return {
    accessKeyId: accessKeyId as string,
    accessKeySecret: accessKeySecret as string,
    securityToken: securityToken || undefined,
    expiration: time,
  };
}

/** Names the fault, never what was given. */
function invalid(fault: string): CredentialsError {
  return new CredentialsError(
    'InvalidCredentials',
    `\`credentials\` returned ${fault}. Return the AssumeRole response, or { accessKeyId, accessKeySecret, securityToken, expiration }.`,
  );
}
