import ky from 'ky';
import { createEmitter, type Emitter } from '../core/emitter.js';
import type { RequestEvent } from '../core/request-event.js';
import type { UploaderConfig } from '../options/types.js';
import type { Clock, Network } from '../ports.js';
import { objectUrl } from './address.js';
import { createAttempt, type FailedAttempt } from './attempt.js';
import type { Authorizer, OpenUpload } from './authorize.js';
import { createConnectivity } from './connectivity.js';
import { createEndpointList } from './endpoint-list.js';
import { observeAttempts } from './observe-attempts.js';
import type { Operation, RequestContext } from './operation.js';
import { preferForms } from './prefer-forms.js';
import { createRecovery } from './recovery.js';
import { createRetryBudget } from './retry.js';
import { createWaits } from './waits.js';
import type { Transport } from './xhr-fetch.js';

/** Sends operations, each as often as it takes. */
export interface Requester {
  /**
   * Sends, repeats what may succeed next time, and reads the reply.
   * @throws {OssError | NetworkError | CorsError | CredentialsError | FileChangedError | FileUnreadableError}
   * @throws `signal.reason`
   */
  send<T>(operation: Operation<T>, context: RequestContext): Promise<T>;
  /** Open uploads of a key, newest first, where something else than OSS is to be asked for them. */
  openUploads?: ((key: string, context: RequestContext) => Promise<OpenUpload[]>) | undefined;
  /** The endpoint is known to work for this page: from now on, silence means the network. */
  trust(): void;
  /** URL of an object at the endpoint in use. */
  urlOf(key: string): string;
}

export function createRequester(
  { endpoints: addresses, bucket, stallTimeout, retry }: UploaderConfig,
  transport: Transport,
  authorizer: Authorizer,
  network: Network,
  clock: Clock,
  events: Emitter<RequestEvent> = createEmitter(),
): Requester {
  const endpoints = createEndpointList(addresses, bucket, clock);
  const connectivity = createConnectivity(network);
  const single = createAttempt(transport, stallTimeout, authorizer, endpoints, connectivity, clock);
  const observed = observeAttempts(single, events, clock);
  const attempt = authorizer.signsForms ? preferForms(observed, endpoints, connectivity) : observed;
  const urlOf = (key: string): string => objectUrl(endpoints.current(), bucket, key);
  const { openUploads } = authorizer;
  return {
    urlOf,
    openUploads:
      openUploads &&
      (async (key, context) => {
        const waits = createWaits(context);
        return openUploads(key, waits).finally(waits.end);
      }),
    trust() {
      endpoints.current().isContacted = true;
    },
    async send<T>(operation: Operation<T>, context: RequestContext) {
      const waits = createWaits(context);
      const budget = createRetryBudget(retry, operation.unreadableLimit);
      const recovery = createRecovery(operation, waits, budget, retry.baseDelay, endpoints, connectivity, clock);
      const attemptOnce = (): ReturnType<typeof attempt<T>> => attempt(operation, context, waits, recovery.stalls);
      try {
        let outcome: { answer: T } | FailedAttempt | undefined = await attemptOnce();
        let delay: number | undefined;
        // Most requests succeed at once, and need none of ky's objects. It repeats what has failed, and sees a GET, which may be
        // repeated: what is really sent is decided in the attempt.
        if ('error' in outcome) {
          await ky(urlOf(operation.key), {
            signal: waits.signal,
            async fetch() {
              outcome ??= await attemptOnce();
              if ('error' in outcome) throw outcome.error;
              return new Response();
            },
            timeout: false,
            retry: {
              // The limits are the budget's: waiting for the network or for credentials spends no attempt.
              limit: Number.MAX_SAFE_INTEGER,
              async shouldRetry() {
                delay = outcome && 'error' in outcome ? await recovery.after(outcome) : undefined;
                outcome = undefined;
                return delay !== undefined;
              },
              delay: () => delay as number,
            },
          });
        }
        return (outcome as { answer: T }).answer;
      } finally {
        waits.end();
      }
    },
  };
}
