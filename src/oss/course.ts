import type { UploadError } from '../errors.js';
import type { UploaderConfig } from '../options/types.js';
import type { Clock } from '../ports.js';
import type { ServiceClock } from './clock-skew.js';
import type { Connectivity } from './connectivity.js';
import type { CredentialsCache, Keys } from './credentials.js';
import type { EndpointList, KnownEndpoint } from './endpoint-list.js';
import type { Operation, RequestContext } from './operation.js';
import { createRetryBudget, type RetryBudget } from './retry.js';
import type { Signer } from './sign.js';
import { createSilenceJudge, type SilenceJudge } from './silence.js';
import type { Transport } from './xhr-fetch.js';

/** What all requests of an uploader share. */
export interface Way {
  config: UploaderConfig;
  clock: Clock;
  network: Connectivity;
  endpoints: EndpointList;
  transport: Transport;
  signer: Signer;
  credentials: CredentialsCache;
  serviceClock: ServiceClock;
}

/** One request, from its first attempt to its last: what attempts leave for the decision about the next one. */
export interface Course<T> {
  readonly operation: Operation<T>;
  readonly context: RequestContext;
  /** Aborted when everything but an attempt under way has to end. */
  readonly waitSignal: AbortSignal;
  readonly budget: RetryBudget;
  readonly silence: SilenceJudge;
  /** The endpoint of the last attempt, and what signed it. */
  endpoint: KnownEndpoint;
  keys: Keys | undefined;
  /** The browser was offline at some moment of the last attempt. */
  metOffline: boolean;
  /** Attempts that were given up for silence while there was a network. */
  stalls: number;
  /** Milliseconds until the next attempt. */
  delay: number;
  /** Shows a wait in the place of another; for one error it is shown once. */
  wait(reason: 'network' | 'service' | 'credentials', error?: UploadError): void;
  endWait(): void;
}

export function createCourse<T>(way: Way, operation: Operation<T>, context: RequestContext): Course<T> {
  const { signal, givingUp, unreadable } = context;
  const waitSignal = AbortSignal.any([signal, givingUp, unreadable].filter((some) => some !== undefined));
  let shown: UploadError | undefined;
  let endShown = (): void => {};
  return {
    operation,
    context,
    waitSignal,
    budget: createRetryBudget(way.config.retry, operation.unreadableLimit),
    silence: createSilenceJudge(way, operation, waitSignal),
    endpoint: way.endpoints.current(),
    keys: undefined,
    metOffline: false,
    stalls: 0,
    delay: 0,
    wait(reason, error) {
      if (error && error === shown) return;
      shown = error;
      endShown();
      endShown = context.onWait(reason, error);
    },
    endWait: () => endShown(),
  };
}
