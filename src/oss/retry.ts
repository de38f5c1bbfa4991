import { type NetworkError, OssError } from '../errors.js';
import { classify } from './classify.js';

/** How often, and after what delays; as in the options. */
export interface RetryLimits {
  limit: number;
  networkLimit: number;
  /** Milliseconds. */
  baseDelay: number;
  /** Milliseconds. */
  maxDelay: number;
}

/** What to do after a failed attempt. */
export type Decision =
  /** Repeat after `delay` milliseconds; `wait` is what to show meanwhile. */
  | { action: 'repeat'; delay: number; wait: 'network' | 'service' | undefined }
  /** Repeat with other credentials, or with the clock set right. */
  | { action: 'refresh' | 'adjust-clock' }
  /** Repeat when the network is back. */
  | { action: 'wait-online' }
  /** Repeat at another endpoint, if there is one. */
  | { action: 'leave-endpoint' }
  | { action: 'fail' };

/** The repetitions of one request: a budget for each kind of trouble, so that one kind never eats another's. */
export interface RetryBudget {
  /** @param online whether there is a network, and was all the time of the attempt */
  spend(error: unknown, online: boolean): Decision;
}

/** Milliseconds: a longer delay before a repetition is shown as a wait. */
const WORTH_SHOWING = 1_000;
/** A server that asks for more patience than this, in milliseconds, is asked again sooner. */
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
    restart: 0,
    fail: 0,
  };
  const spent: Record<string, number> = {};

  return {
    spend(error, online) {
      // The line works again: the next outage is another one.
      if (error instanceof OssError) spent['silence'] = 0;
      const action = classify(error, online);
      const kind = action === 'retry' ? kindOf(error) : action;
      const count = (spent[kind] ?? 0) + 1;
      spent[kind] = count;
      if (count > (limits[kind] ?? count)) return { action: 'fail' };
      if (action !== 'retry') return { action } as Decision;
      const { retryAfter } = error as Partial<OssError>;
      const delay =
        retryAfter === undefined ? random() * Math.min(maxDelay, baseDelay * 2 ** (count - 1)) : Math.min(retryAfter, LONGEST_RETRY_AFTER);
      // The first repetition comes so soon that nobody need hear of it.
      const isShown = count > 1 || delay >= WORTH_SHOWING;
      return { action: 'repeat', delay, wait: isShown ? (kind === 'service' ? 'service' : 'network') : undefined };
    },
  };
}

/** The budget that a repetition is taken from. */
function kindOf(error: unknown): 'silence' | 'unreadable' | 'service' {
  if (error instanceof OssError) return 'service';
  return (error as NetworkError).code === 'UnreadableAnswer' ? 'unreadable' : 'silence';
}
