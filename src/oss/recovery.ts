import { untilConnectivity } from '../core/abortable.js';
import { NetworkError, type OssError } from '../errors.js';
import type { Clock } from '../ports.js';
import type { FailedAttempt } from './attempt.js';
import type { Connectivity } from './connectivity.js';
import type { EndpointList } from './endpoint-list.js';
import type { Subject } from './operation.js';
import type { RetryBudget } from './retry.js';
import { createSilenceJudge } from './silence-judge.js';
import type { Waits } from './waits.js';

/** Carries out what `retry.ts` decides after the failed attempts of one request. */
export interface Recovery {
  /** Attempts that were given up for silence while there was a network. */
  readonly stalls: number;
  /**
   * Does and awaits whatever has to come before the next attempt.
   * @returns milliseconds to wait before the next attempt; `undefined` when there is none
   * @throws {CorsError | NetworkError} what the silence of an endpoint means, when that is known
   * @throws `signal.reason`
   */
  after(failed: FailedAttempt): Promise<number | undefined>;
}

/** Milliseconds between checks of the network while offline: not every return is announced. */
const OFFLINE_PROBE = 30_000;
/** Milliseconds: connections break before the browser reports that it is offline. */
const OFFLINE_NOTICE = 2_000;

/** @param baseDelay milliseconds over which the requests that waited for the network spread when it is back */
export function createRecovery(
  subject: Subject,
  waits: Waits,
  budget: RetryBudget,
  baseDelay: number,
  endpoints: EndpointList,
  network: Connectivity,
  clock: Clock,
): Recovery {
  const silence = createSilenceJudge(subject, waits.signal, endpoints, network, clock);
  let stalls = 0;

  async function untilOnline(error: NetworkError): Promise<number> {
    waits.show('network', error);
    await untilConnectivity({ network, clock }, true, OFFLINE_PROBE, waits.signal);
    return Math.random() * baseDelay;
  }

  /** The last check before a network error is final. */
  async function unlessOnline(error: NetworkError): Promise<number | undefined> {
    await untilConnectivity({ network, clock }, false, OFFLINE_NOTICE, waits.signal);
    return network.isOnline() ? undefined : untilOnline(error);
  }

  return {
    get stalls() {
      return stalls;
    },
    async after(failed) {
      const { error, endpoint, authorization } = failed;
      let { metOffline } = failed;
      if (waits.signal.aborted) return undefined;
      if (isSilence(error)) {
        if (error.code === 'Stalled' && !metOffline) stalls += 1;
        if (!network.isOnline()) {
          waits.show('network', error);
          // The browser may be wrong permanently: an endpoint that answers now is reachable.
          if (await silence.isAnswered(endpoint)) metOffline = false;
        }
      } else silence.forget();
      const isOnline = network.isOnline() && !metOffline;
      const decision = budget.spend(error, isOnline);
      switch (decision.action) {
        case 'refresh':
          authorization.refuseCredentials();
          return 0;
        case 'adjust-clock':
          authorization.adjustClock((error as OssError).serverTime as number);
          return 0;
        case 'leave-endpoint':
          return endpoints.leave(endpoint, true) ? 0 : undefined;
        case 'wait-online':
          silence.forget();
          return untilOnline(error as NetworkError);
        case 'repeat':
          if (decision.wait) waits.show(decision.wait, error);
          return !isSilence(error) || (await silence.mayRepeat(failed, true)) ? decision.delay : undefined;
        default:
          // A stall is no refusal.
          if (!isSilence(error) || !isOnline || error.code === 'Stalled') return undefined;
          if (endpoint.isContacted) return unlessOnline(error);
          // Before the first answer, a wrong address and a missing CORS rule look the same.
          return (await silence.mayRepeat(failed, false)) ? 0 : undefined;
      }
    },
  };
}

/** Whether no answer came: the connection broke or stalled. */
function isSilence(error: Error): error is NetworkError {
  return error instanceof NetworkError && error.code !== 'UnreadableAnswer';
}
