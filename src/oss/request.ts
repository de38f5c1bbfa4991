import ky from 'ky';
import { abortable, untilConnectivity } from '../core/abortable.js';
import { isBlob } from '../core/is-blob.js';
import { NetworkError, OssError, type UploadError } from '../errors.js';
import type { UploaderConfig } from '../options.js';
import type { Clock, Network } from '../ports.js';
import { objectUrl, queryText } from './address.js';
import type { ServiceClock } from './clock-skew.js';
import { createConnectivity } from './connectivity.js';
import type { CredentialsCache, Keys } from './credentials.js';
import { createEndpointList, type KnownEndpoint } from './endpoint-list.js';
import { describe, readErrorReply, type Subject } from './error-reply.js';
import { explainSilence } from './explain.js';
import { hasMarks } from './marks.js';
import { createRetryBudget } from './retry.js';
import type { Query, Signer } from './sign.js';
import { createSilenceJudge } from './silence.js';
import { watch } from './watchdog.js';
import type { Transport } from './xhr-fetch.js';

export { fileError, isReadFailure } from './explain.js';

/** What came back. */
export interface Reply {
  status: number;
  headers: Headers;
  body: string;
}

/** One operation on one object. */
export interface Operation<T> extends Subject {
  method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  query: Query;
  headers?: Record<string, string>;
  /** A function is called when the request is about to be sent: making a slice costs Chromium's main thread milliseconds. */
  body?: Blob | string | (() => Blob);
  /** How many `stallTimeout`s the service may think about it. @default 1 */
  patience?: number;
  /** How often it is repeated after a reply that makes no sense. @default `retry.networkLimit` */
  unreadableLimit?: number;
  /** Makes sense of a 2xx reply; `undefined` when there is none, which is a fault of the way and sent again. */
  read(reply: Reply): T | undefined;
}

/** What the caller of a request takes part in. */
export interface RequestContext {
  signal: AbortSignal;
  /** The request waits for something; the returned function ends that. */
  onWait(reason: 'network' | 'service' | 'credentials', error?: UploadError): () => void;
  onSent?(bytes: number): void;
  /** Aborted, with the reason, when this request no longer decides anything: what is under way may finish, waits end. */
  givingUp?: AbortSignal;
  /** Aborted, with the error, when a reading of the file has failed: a body that is on its way may finish, but is waited for briefly. */
  unreadable?: AbortSignal;
}

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

/** Milliseconds between looks at the network while offline: not every return is announced. */
const OFFLINE_PROBE = 30_000;
/** Milliseconds: connections break before the browser says that it is offline. */
const OFFLINE_NOTICE = 2_000;

export function createRequester(dependencies: RequestDependencies): Requester {
  const { config, clock, transport, signer, credentials, serviceClock } = dependencies;
  const { bucket, retry } = config;
  const network = createConnectivity(dependencies.network);
  const endpoints = createEndpointList(config.endpoints, clock);

  async function send<T>(operation: Operation<T>, context: RequestContext): Promise<T> {
    const { signal, givingUp, unreadable } = context;
    /** Of everything but an attempt under way. */
    const waitSignal = AbortSignal.any([signal, givingUp, unreadable].filter((some) => some !== undefined));
    const budget = createRetryBudget(retry, operation.unreadableLimit);
    const silence = createSilenceJudge({ endpoints, bucket, network, clock }, operation, waitSignal);
    let endpoint = endpoints.current();
    let keys: Keys;
    let metOffline = false;
    let stalls = 0;
    let delay = 0;
    let answer: T | undefined;
    let endWait = (): void => {};
    let shown: UploadError | undefined;

    const wait = (reason: 'network' | 'service' | 'credentials', error?: UploadError): void => {
      if (error && error === shown) return;
      shown = error;
      endWait();
      endWait = context.onWait(reason, error);
    };

    /** One attempt: signed after the slot is taken, with the keys, the clock and the endpoint of this moment. */
    async function attempt(): Promise<Response> {
      const { method, key, query, headers = {} } = operation;
      keys = await credentials.get(waitSignal, (error) => wait('credentials', error));
      const signed = await signer.sign({ method, bucket, key, query, headers }, keys, serviceClock.now());
      const body = typeof operation.body === 'function' ? operation.body() : operation.body;
      endpoint = endpoints.current();
      silence.begin();
      const url = objectUrl(endpoint, bucket, key) + queryText(query);
      const watchdog = watchAttempt(endpoint, body);
      const isDoubtful = watchdog.metOffline();
      const exchange = async (): Promise<{ response: Response; text: string } | OssError> => {
        const response = await transport(url, {
          method,
          headers: signed,
          ...(body !== undefined && { body }),
          ...((method === 'GET' || method === 'HEAD') && { cache: 'no-store' }),
          signal: watchdog.signal,
          onSent(bytes) {
            watchdog.sent(bytes);
            if (bytes > 0) endWait();
            context.onSent?.(bytes);
          },
          onAnswer: watchdog.answering,
        });
        watchdog.answering();
        if (!response.ok) return readErrorReply(response, operation, [keys.securityToken, keys.accessKeySecret]);
        return { response, text: await response.text() };
      };
      let outcome: Awaited<ReturnType<typeof exchange>>;
      try {
        // A transport of the page's may not heed the signal.
        outcome = await abortable(exchange(), watchdog.signal);
        watchdog.end(!(outcome instanceof OssError));
      } catch (cause) {
        signal.throwIfAborted();
        if (unreadable?.aborted && cause === unreadable.reason) throw cause;
        throw await explainSilence(operation, body, cause, clock, waitSignal);
      } finally {
        metOffline = watchdog.metOffline();
        watchdog.end(false);
      }
      endpoint.isContacted = true;
      // What was on its way when the network went may still arrive.
      if (isDoubtful) network.answered();
      endWait();
      if (outcome instanceof OssError) {
        // What is about an object or upload is said after the signature, and with it the time, was found good.
        if ([404, 409].includes(outcome.status) && !outcome.code.startsWith('HTTP')) serviceClock.confirm();
        throw outcome;
      }
      return accept(outcome.response, outcome.text);
    }

    function watchAttempt(at: KnownEndpoint, body: Blob | string | undefined): ReturnType<typeof watch> {
      return watch(
        {
          origin: new URL(objectUrl(at, bucket, '')).origin,
          size: isBlob(body) ? body.size : 0,
          isOfFile: isBlob(body),
          stallTimeout: config.stallTimeout * (operation.patience ?? 1),
          stalls,
          signal,
          unreadable,
          // Until a byte moves: not every connection that is gone says so.
          onOffline: () => wait('network'),
        },
        at.line,
        { clock, network },
      );
    }

    function accept(response: Response, text: string): Response {
      const { status, headers } = response;
      answer = operation.read({ status, headers, body: text });
      if (answer === undefined) {
        const message = `${describe(operation)}: the answer is not what OSS sends. Something between the page and OSS may have replaced it.`;
        throw new NetworkError('UnreadableAnswer', message, operation);
      }
      endpoint.answers += 1;
      if (text || hasMarks(headers)) serviceClock.confirm();
      return response;
    }

    /** Says whether to repeat, after waiting for whatever has to come first. */
    async function shouldRetry({ error }: { error: Error }): Promise<boolean> {
      delay = 0;
      if (waitSignal.aborted) return false;
      if (isSilent(error)) {
        if (error.code === 'Stalled' && !metOffline) stalls += 1;
        if (!network.isOnline()) {
          wait('network', error);
          // The browser may be wrong, for good: what answers now is there.
          if (await silence.isAnswered(endpoint)) metOffline = false;
        }
      } else silence.forget();
      const isOnline = network.isOnline() && !metOffline;
      const decision = budget.spend(error, isOnline);
      switch (decision.action) {
        case 'refresh':
          credentials.refuse(keys);
          return true;
        case 'adjust-clock':
          serviceClock.learn((error as OssError).serverTime as number);
          return true;
        case 'leave-endpoint':
          return endpoints.leave(endpoint, true);
        case 'wait-online':
          silence.forget();
          return parkUntilOnline(error as NetworkError);
        case 'repeat':
          delay = decision.delay;
          if (decision.wait) wait(decision.wait, error as UploadError);
          return !isSilent(error) || (await silence.mayRepeat(error, endpoint, true));
        default:
          if (!isSilent(error) || !isOnline) return false;
          // Before the first answer ever, a wrong address and a missing CORS rule look the same. A stall is no refusal.
          if (!endpoint.isContacted) return isBroken(error) && silence.mayRepeat(error, endpoint, false);
          return isBroken(error) && goesOffline(error);
      }
    }

    async function parkUntilOnline(error: NetworkError): Promise<boolean> {
      wait('network', error);
      await untilConnectivity({ network, clock }, true, OFFLINE_PROBE, waitSignal);
      // Everything that was parked starts at once: spread it.
      delay = Math.random() * retry.baseDelay;
      return true;
    }

    /** The last look before a network error is final. */
    async function goesOffline(error: NetworkError): Promise<boolean> {
      await untilConnectivity({ network, clock }, false, OFFLINE_NOTICE, waitSignal);
      return !network.isOnline() && parkUntilOnline(error);
    }

    try {
      await ky(objectUrl(endpoint, bucket, operation.key), {
        method: operation.method,
        signal: waitSignal,
        fetch: attempt,
        timeout: false,
        throwHttpErrors: false,
        // The limits are ours: what waits for the network or for credentials spends no attempt.
        retry: { limit: Number.MAX_SAFE_INTEGER, methods: ['get', 'head', 'post', 'put', 'delete'], shouldRetry, delay: () => delay },
      });
      return answer as T;
    } finally {
      endWait();
    }
  }

  return {
    send,
    trust() {
      endpoints.current().isContacted = true;
    },
    urlOf: (key) => objectUrl(endpoints.current(), bucket, key),
  };
}

/** Whether no answer came: the connection broke, or stalled. */
function isSilent(error: unknown): error is NetworkError {
  return error instanceof NetworkError && error.code !== 'UnreadableAnswer';
}

/** Whether a connection broke, or never was: who refuses by CORS, or isn't there, says so at once. */
function isBroken(error: NetworkError): boolean {
  return error.code === 'NetworkError';
}
