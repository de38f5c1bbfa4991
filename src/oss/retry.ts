/**
 * Decides whether a failed request is repeated, how often and after what delay. Pure: `recovery.ts` carries it out,
 * and asks `silence-judge.ts` what a missing answer means before it repeats or fails.
 *
 * Other places repeat something else: `credentials-renewal.ts` calls the credentials function, `hash/hasher.ts` starts workers,
 * `hash/load-patiently.ts` loads the hashing script, `browser/database.ts` opens a database, `upload/part-book.ts` and
 * `upload/upload-in-one-request.ts` send again what was corrupted in transit, `upload/upload-in-parts.ts` begins an upload anew.
 */
import { NetworkError, OssError } from '../errors.js';

/** The repetitions of one request: a budget for each kind of trouble, so that one kind never uses up another's. */
export interface RetryBudget {
  /** @param online whether there is a network, and was all the time of the attempt */
  spend(error: unknown, online: boolean): Decision;
}

/** What to do after a failed attempt. */
export type Decision =
  /** Repeat after `delay` milliseconds; `wait` is what to show meanwhile. */
  | { action: 'repeat'; delay: number; wait: 'network' | 'service' | undefined }
  /** Repeat with other credentials or an adjusted clock; when the network is back; at another endpoint, if there is one. */
  | { action: Exclude<Action, 'retry'> };

/** What helps against an error. */
export type Action = 'retry' | 'refresh' | 'adjust-clock' | 'leave-endpoint' | 'wait-online' | 'fail';

/** How often to repeat, and after what delays in milliseconds: the option `retry`. */
export interface RetryLimits {
  limit: number;
  networkLimit: number;
  baseDelay: number;
  maxDelay: number;
}

/** Milliseconds: a longer delay before a repetition is shown as a wait. */
const WORTH_SHOWING = 1_000;
/** Milliseconds: a service that asks for more patience than this is asked again sooner. */
const LONGEST_RETRY_AFTER = 300_000;
/** Fresh credentials, and corrections of the clock, that one request may ask for. */
const MAX_REFRESHES = 3;
const MAX_ADJUSTMENTS = 2;

/**
 * @param unreadableLimit repetitions after answers that are not OSS's. @default `networkLimit`
 * @param random 0..1, for full jitter. @default Math.random
 */
export function createRetryBudget(
  { limit, networkLimit, baseDelay, maxDelay }: RetryLimits,
  unreadableLimit: number = networkLimit,
  random: () => number = () => Math.random(),
): RetryBudget {
  /** Waiting for the network and leaving endpoints end by themselves. */
  const limits: Record<string, number> = {
    silence: networkLimit,
    unreadable: Math.min(unreadableLimit, networkLimit),
    service: limit,
    refresh: MAX_REFRESHES,
    'adjust-clock': MAX_ADJUSTMENTS,
    fail: 0,
  };
  const spent: Record<string, number> = {};

  return {
    spend(error, online) {
      // The line works again: the next outage is a new one.
      if (error instanceof OssError) spent['silence'] = 0;
      const action = classify(error, online);
      const kind = action === 'retry' ? kindOf(error) : action;
      const count = (spent[kind] ?? 0) + 1;
      spent[kind] = count;
      if (count > (limits[kind] ?? count)) return { action: 'fail' };
      if (action !== 'retry') return { action };
      const { retryAfter } = error as Partial<OssError>;
      const delay =
        retryAfter === undefined ? random() * Math.min(maxDelay, baseDelay * 2 ** (count - 1)) : Math.min(retryAfter, LONGEST_RETRY_AFTER);
      // The first repetition comes so soon that it need not be shown.
      const isShown = count > 1 || delay >= WORTH_SHOWING;
      return { action: 'repeat', delay, wait: isShown ? (kind === 'service' ? 'service' : 'network') : undefined };
    },
  };
}

/** Refusals that fresh credentials cure. */
const REFRESH = /^(SecurityTokenExpired|InvalidAccessKeyId|InvalidSecurityToken|AccessKeyIdAndSecurityTokenNotMatch)$/;
/** 4xx answers that don't mean that the request is wrong: its body arrived damaged or late, or the service is busy. */
const RETRY = /^(RequestTimeout|IncompleteBody|InvalidDigest|InvalidCRC64)$/;

/**
 * Finds what helps against an error.
 * @param online whether the platform reports a network
 * @see OSS documentation, "Error codes"; https://www.rfc-editor.org/rfc/rfc9110#section-15.5.9
 */
export function classify(error: unknown, online: boolean): Action {
  if (error instanceof NetworkError) return online ? 'retry' : 'wait-online';
  if (!(error instanceof OssError)) return 'fail';
  const { status, code } = error;
  if (REFRESH.test(code)) return 'refresh';
  // Only a signature that came too late, by header or by URL, is answered with the service's time.
  if (code === 'RequestTimeTooSkewed' || code === 'AccessDenied') return error.serverTime === undefined ? 'fail' : 'adjust-clock';
  // Accounts opened since 2025-03-20 are refused at the public endpoints of mainland regions.
  if (code === 'PublicEndpointForbidden') return 'leave-endpoint';
  if (RETRY.test(code) || status === 408 || status === 429) return 'retry';
  // No repetition helps against the one 5xx code that is final.
  return status >= 500 && code !== 'NotImplemented' ? 'retry' : 'fail';
}

/** The budget that a repetition is taken from. */
function kindOf(error: unknown): 'silence' | 'unreadable' | 'service' {
  if (error instanceof OssError) return 'service';
  return (error as NetworkError).code === 'UnreadableAnswer' ? 'unreadable' : 'silence';
}
