import type { Clock } from '../ports.js';
import type { FailedAttempt } from './attempt.js';
import type { Connectivity } from './connectivity.js';
import type { EndpointList, KnownEndpoint } from './endpoint-list.js';
import { answersPlainly, blockedOnTheWay, corsRefused, unreachable } from './explain.js';
import type { Subject } from './operation.js';

/** Judges the silences of one request: is it a bad line, a wrong address, CORS, or something between that refuses? */
export interface SilenceJudge {
  /**
   * Sends a plain request where that helps to judge, and may switch to another endpoint.
   * @param isAllowed whether the retry budget allows one more attempt
   * @returns whether to repeat
   * @throws {CorsError | NetworkError} what the silence means, when that is known
   * @throws `signal.reason`
   */
  mayRepeat(failed: FailedAttempt, isAllowed: boolean): Promise<boolean>;
  /** Whether a plain request is answered now. */
  isAnswered(endpoint: KnownEndpoint): Promise<boolean>;
  /** An answer has come, or the network was away: the next silence is a new one. */
  forget(): void;
}

/** Milliseconds in which an endpoint that has never answered is tried, for each endpoint: routers and phones come back in that time. */
const FIRST_CONTACT_PATIENCE = 15_000;
/**
 * Unanswered attempts, a plain one among them, after which the next endpoint is tried: one that has answered this page before is
 * given more.
 */
const SILENT = 3;
const SILENT_FROM_THE_FIRST = 1;
/** Refusals in a row, each after a plain answer, that are no accident: fewer while nothing else is answered either. */
const REFUSALS = 5;
const REFUSALS_BESIDE_ANSWERS = 10;

export function createSilenceJudge(
  subject: Subject,
  signal: AbortSignal,
  endpoints: EndpointList,
  network: Connectivity,
  clock: Clock,
): SilenceJudge {
  /** When the silence began, by the local clock; `undefined` when there is none. */
  let since: number | undefined;
  /** From one endpoint to the next. */
  let moves = 0;
  /** Of the endpoint in use: the answers that other requests had got when its silence began, and what has happened since. */
  let answers = 0;
  let unanswered = 0;
  let refusals = 0;
  /** A plain request was answered after the last attempt failed. */
  let isPlainAnswered = false;

  function count(endpoint: KnownEndpoint): void {
    answers = endpoint.answers;
    unanswered = 0;
    refusals = 0;
    isPlainAnswered = false;
  }

  async function isAnswered(endpoint: KnownEndpoint): Promise<boolean> {
    const isThere = await answersPlainly(endpoint, clock, signal);
    if (isThere) network.answered();
    return isThere;
  }

  /** Replaces an endpoint that refuses or stays silent. */
  function leave(endpoint: KnownEndpoint, isFinal: boolean): boolean {
    const hasOther = endpoints.leave(endpoint, isFinal);
    moves += 1;
    if (hasOther) count(endpoints.current());
    return hasOther;
  }

  return {
    isAnswered,
    forget() {
      since = undefined;
    },
    async mayRepeat({ error, endpoint, startedAt }, isAllowed) {
      if (since === undefined) {
        since = startedAt;
        count(endpoint);
      }
      const { isContacted } = endpoint;
      const isBroken = error.code === 'NetworkError';
      unanswered += 1;
      if (isBroken && isPlainAnswered) refusals += 1;
      // CORS, or something between, has refused too often for an accident.
      if (!isContacted && refusals > 0) {
        if (leave(endpoint, true)) return true;
        throw corsRefused(endpoint, subject, error);
      }
      const limit = endpoint.answers > answers ? REFUSALS_BESIDE_ANSWERS : REFUSALS;
      if (refusals >= limit) throw blockedOnTheWay(endpoint, subject, error);
      // The first failure in mid-upload is an everyday matter.
      if (isContacted && unanswered < 2) return isAllowed;
      isPlainAnswered = await isAnswered(endpoint);
      // A request that CORS refuses fails again: only that distinguishes it from a short outage.
      if (isPlainAnswered) return isAllowed || (isBroken && !endpoint.isContacted);
      if (unanswered >= (endpoint.isContacted ? SILENT : SILENT_FROM_THE_FIRST)) leave(endpoint, false);
      if (endpoint.isContacted) return isAllowed;
      // However long a connection stays silent, each endpoint is tried.
      const isPatient = clock.now() - since < FIRST_CONTACT_PATIENCE * endpoints.count || moves < endpoints.count;
      if (isAllowed && isPatient) return true;
      throw unreachable(endpoint, subject, error);
    },
  };
}
