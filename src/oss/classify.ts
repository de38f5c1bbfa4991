import { NetworkError, OssError } from '../errors.js';

/** What to do about a failed request. */
export type Action = 'retry' | 'refresh' | 'adjust-clock' | 'restart' | 'leave-endpoint' | 'wait-online' | 'fail';

/** Refusals that fresh credentials cure. */
const REFRESH = /^(SecurityTokenExpired|InvalidAccessKeyId|InvalidSecurityToken|AccessKeyIdAndSecurityTokenNotMatch)$/;

/** 4xx answers that say nothing against the request itself: the body was damaged or late, or the service busy. */
const RETRY = /^(RequestTimeout|IncompleteBody|InvalidDigest|InvalidCRC64)$/;

/**
 * Sorts an error by what helps against it.
 * @param online whether the platform believes to have a network
 * @see OSS documentation, "Error codes"; RFC 9110, 15.5.9 and 15.6
 */
export function classify(error: unknown, online: boolean): Action {
  if (error instanceof NetworkError) return online ? 'retry' : 'wait-online';
  if (!(error instanceof OssError)) return 'fail';
  const { status, code } = error;
  if (REFRESH.test(code)) return 'refresh';
  if (code === 'RequestTimeTooSkewed') return error.serverTime === undefined ? 'fail' : 'adjust-clock';
  if (code === 'NoSuchUpload') return 'restart';
  // Accounts opened since 2025-03-20 are refused at the public endpoints of mainland regions.
  if (code === 'PublicEndpointForbidden') return 'leave-endpoint';
  if (RETRY.test(code) || status === 408 || status === 429) return 'retry';
  // No repetition changes the one code of 5xx.
  return status >= 500 && code !== 'NotImplemented' ? 'retry' : 'fail';
}
