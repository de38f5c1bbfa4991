import ky from 'ky';
import type { UploaderConfig } from '../options/types.js';
import type { Clock, Network } from '../ports.js';
import { objectUrl } from './address.js';
import { attempt } from './attempt.js';
import type { ServiceClock } from './clock-skew.js';
import { createConnectivity } from './connectivity.js';
import { createCourse, type Way } from './course.js';
import type { CredentialsCache } from './credentials.js';
import { createEndpointList } from './endpoint-list.js';
import { mayRepeat } from './may-repeat.js';
import type { Operation, RequestContext } from './operation.js';
import type { Signer } from './sign.js';
import type { Transport } from './xhr-fetch.js';

export type { Operation, Reply, RequestContext } from './operation.js';

export interface RequestDependencies {
  config: UploaderConfig;
  clock: Clock;
  network: Network;
  transport: Transport;
  signer: Signer;
  credentials: CredentialsCache;
  serviceClock: ServiceClock;
}

export interface Requester {
  /**
   * Sends, repeats what can be repeated, and reads the reply.
   * @throws {OssError | NetworkError | CorsError | CredentialsError | FileChangedError | FileUnreadableError}
   */
  send<T>(operation: Operation<T>, context: RequestContext): Promise<T>;
  /** The endpoint is known to work for this page: from now on, silence means the network. */
  trust(): void;
  /** Where an object is, by the endpoint in use. */
  urlOf(key: string): string;
}

export function createRequester(dependencies: RequestDependencies): Requester {
  const { config, clock } = dependencies;
  const endpoints = createEndpointList(config.endpoints, clock);
  const way: Way = { ...dependencies, network: createConnectivity(dependencies.network), endpoints };
  return {
    send: (operation, context) => send(way, operation, context),
    trust() {
      endpoints.current().isContacted = true;
    },
    urlOf: (key) => objectUrl(endpoints.current(), config.bucket, key),
  };
}

async function send<T>(way: Way, operation: Operation<T>, context: RequestContext): Promise<T> {
  const course = createCourse(way, operation, context);
  let answer: T | undefined;
  try {
    // What is sent is the attempt's affair: all that ky sees is a GET, which may be repeated.
    await ky(objectUrl(course.endpoint, way.config.bucket, operation.key), {
      signal: course.waitSignal,
      async fetch() {
        answer = await attempt(way, course);
        return new Response();
      },
      timeout: false,
      retry: {
        // The limits are ours: what waits for the network or for credentials spends no attempt.
        limit: Number.MAX_SAFE_INTEGER,
        shouldRetry: ({ error }) => mayRepeat(way, course, error),
        delay: () => course.delay,
      },
    });
    return answer as T;
  } finally {
    course.endWait();
  }
}
