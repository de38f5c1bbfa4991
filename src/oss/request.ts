import ky from 'ky';
import { untilConnectivity } from '../core/abortable.js';
import { CorsError, FileChangedError, FileUnreadableError, NetworkError, OssError, type UploadError } from '../errors.js';
import type { UploaderConfig } from '../options.js';
import type { Clock, Network } from '../ports.js';
import { objectUrl, queryText } from './address.js';
import { classify } from './classify.js';
import type { ServiceClock } from './clock-skew.js';
import type { CredentialsCache, Keys } from './credentials.js';
import { describe, readErrorReply, type Subject } from './error-reply.js';
import type { Query, Signer } from './sign.js';
import type { Transport } from './xhr-fetch.js';

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

/** Attempts before the first answer ever: a wrong endpoint or missing CORS rule should be told, not waited for. */
const FIRST_CONTACT_RETRIES = 3;
/** Milliseconds: a longer delay before a repetition is shown as a wait. */
const WORTH_TELLING = 1_000;
/** Fresh credentials, and corrections of the clock, that one request may ask for. */
const MAX_REFRESHES = 3;
const MAX_ADJUSTMENTS = 2;
/** Milliseconds between looks at the network while offline: not every return is announced. */
const OFFLINE_PROBE = 30_000;
/** Milliseconds: connections break before the browser says that it is offline. */
const OFFLINE_NOTICE = 2_000;
/** A server that asks for more patience than this, in milliseconds, is asked again sooner. */
const LONGEST_RETRY_AFTER = 300_000;

export function createRequester({ config, clock, network, transport, signer, credentials, serviceClock }: RequestDependencies): Requester {
  const { bucket, retry } = config;
  const endpoint = config.endpoints[0];
  let contacted = false;

  async function send<T>(operation: Operation<T>, context: RequestContext): Promise<T> {
    const { signal, givingUp } = context;
    /** Of everything but an attempt under way. */
    const waitSignal = givingUp ? AbortSignal.any([signal, givingUp]) : signal;
    const url = objectUrl(endpoint, bucket, operation.key) + queryText(operation.query);
    let keys: Keys;
    /** The browser was offline at some moment of the attempt: that its connection went silent is explained. */
    let metOffline = false;
    const spent = { attempts: 0, refreshes: 0, adjustments: 0 };
    let delay = 0;
    let answer: T | undefined;
    let endWait = (): void => {};

    const wait = (reason: 'network' | 'service' | 'credentials', error?: UploadError): void => {
      endWait();
      endWait = context.onWait(reason, error);
    };

    /** One attempt: signed after the slot is taken, with the keys and the clock of this moment. */
    async function attempt(): Promise<Response> {
      const { method, key, query, headers = {}, patience = 1 } = operation;
      keys = await credentials.get(waitSignal, (error) => wait('credentials', error));
      const signed = await signer.sign({ method, bucket, key, query, headers }, keys, serviceClock.now());
      const body = typeof operation.body === 'function' ? operation.body() : operation.body;
      let response: Response;
      metOffline = !network.isOnline();
      const unsubscribe = network.subscribe((online) => {
        metOffline = true;
        // Until a byte moves: not every connection that is gone says so.
        if (!online) wait('network');
      });
      try {
        response = await transport(url, {
          method,
          headers: signed,
          ...(body !== undefined && { body }),
          signal,
          stallTimeout: config.stallTimeout * patience,
          onSent(bytes) {
            if (bytes > 0) endWait();
            context.onSent?.(bytes);
          },
        });
      } catch (cause) {
        signal.throwIfAborted();
        throw await explainSilence(operation, body, cause);
      } finally {
        unsubscribe();
      }
      contacted = true;
      endWait();
      if (!response.ok) throw await readErrorReply(response, operation, [keys.securityToken, keys.accessKeySecret]);
      answer = operation.read({ status: response.status, headers: response.headers, body: await response.text() });
      if (answer !== undefined) return response;
      const message = `${describe(operation)}: the answer is not what OSS sends. Something between the page and OSS may have replaced it.`;
      throw new NetworkError('UnreadableAnswer', message, operation);
    }

    /** Says whether to repeat, after waiting for whatever has to come first. */
    async function shouldRetry({ error }: { error: Error }): Promise<boolean> {
      delay = 0;
      if (givingUp?.aborted) return false;
      switch (classify(error, network.isOnline() && !metOffline)) {
        case 'refresh':
          credentials.refuse(keys);
          spent.refreshes += 1;
          return spent.refreshes <= MAX_REFRESHES;
        case 'adjust-clock':
          serviceClock.learn((error as OssError).serverTime as number);
          spent.adjustments += 1;
          return spent.adjustments <= MAX_ADJUSTMENTS;
        case 'wait-online':
          return parkUntilOnline(error as NetworkError);
        case 'retry':
          spent.attempts += 1;
          if (spent.attempts > limitFor(error)) return contacted && isBroken(error) && goesOffline(error);
          delay = retryDelay(spent.attempts, error);
          // The first repetition comes so soon that nobody need hear of it.
          if (spent.attempts > 1 || delay >= WORTH_TELLING)
            wait(error instanceof NetworkError ? 'network' : 'service', error as UploadError);
          return true;
        default:
          return false;
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
      await ky(url, {
        method: operation.method,
        signal: waitSignal,
        fetch: attempt,
        timeout: false,
        throwHttpErrors: false,
        // The limit is ours: what waits for the network or for credentials spends no attempt.
        retry: { limit: Number.MAX_SAFE_INTEGER, methods: ['get', 'head', 'post', 'put', 'delete'], shouldRetry, delay: () => delay },
      });
      return answer as T;
    } catch (error) {
      // A stall is no refusal: whoever refuses by CORS, or isn't there, says so at once.
      const isRefusal = isBroken(error) && !contacted;
      throw isRefusal && network.isOnline() ? await explainFirstSilence(error, operation) : error;
    } finally {
      endWait();
    }
  }

  function limitFor(error: Error): number {
    if (!contacted) return Math.min(retry.limit, FIRST_CONTACT_RETRIES);
    return error instanceof NetworkError ? retry.networkLimit : retry.limit;
  }

  function retryDelay(attempt: number, error: Error): number {
    if (error instanceof OssError && error.retryAfter !== undefined) return Math.min(error.retryAfter, LONGEST_RETRY_AFTER);
    return Math.random() * Math.min(retry.maxDelay, retry.baseDelay * 2 ** (attempt - 1));
  }

  /** No answer: the network's fault, or the file's? Only reading the file can tell. */
  async function explainSilence(operation: Subject, body: unknown, cause: unknown): Promise<UploadError> {
    const { key, partNumber } = operation;
    if (body instanceof Blob) {
      try {
        // The last byte: Firefox reads a file that was cut short without an error, and just gets less.
        const { byteLength } = await body.slice(-1).arrayBuffer();
        if (byteLength < Math.min(1, body.size)) return fileError(undefined, { key, partNumber });
      } catch (readError) {
        return fileError(readError, { key, partNumber });
      }
    }
    const stalled = (cause as Error)?.name === 'TimeoutError';
    const message = stalled ? (cause as Error).message : 'the connection failed before an answer arrived';
    return new NetworkError(
      stalled ? 'Stalled' : 'NetworkError',
      `${describe(operation)}: ${message}. What is uploaded is kept; the upload can go on later.`,
      { key, partNumber, cause },
    );
  }

  /** Before the first answer, a wrong address and a missing CORS rule look the same: ask without CORS, and they don't. */
  async function explainFirstSilence(error: NetworkError, { key }: Subject): Promise<UploadError> {
    const origin = String(globalThis.location?.origin);
    const advice = `they must allow origin ${origin}, the methods PUT, POST, GET, HEAD and DELETE, and all headers (*)`;
    try {
      await fetch(objectUrl(endpoint, bucket, ''), { mode: 'no-cors', credentials: 'omit', cache: 'no-store' });
    } catch {
      const message = `${endpoint.origin} can't be reached for bucket "${bucket}". Either the network, the endpoint or the region is wrong, or the browser refuses the request: the bucket's CORS rules are missing (${advice}), or a Content-Security-Policy of the page does not allow connect-src to it.`;
      return new NetworkError('NetworkError', message, { key, cause: error });
    }
    return new CorsError(
      'CorsRefused',
      `${endpoint.origin} answers, but the browser may not use its answers. Either there is no bucket "${bucket}" there, or its CORS rules are missing: ${advice}.`,
      { key, cause: error },
    );
  }

  return {
    send,
    trust() {
      contacted = true;
    },
    urlOf: (key) => objectUrl(endpoint, bucket, key),
  };
}

/** Whether a connection broke, or never was: no stall, and no answer that makes no sense. */
function isBroken(error: unknown): error is NetworkError {
  return error instanceof NetworkError && error.code === 'NetworkError';
}

/** Whether an error is a Blob's that can't be read. @see File API, "Errors and Exceptions" */
export function isReadFailure(error: unknown): boolean {
  return ['NotReadableError', 'NotFoundError', 'SecurityError'].includes((error as Error | undefined)?.name ?? '');
}

/**
 * Names what became of a file that can't be read, or was read and is another. Firefox says AbortError of every file that
 * it can't open: the caller has to know that nobody aborted the reading. @see File API, "Errors and Exceptions"
 */
export function fileError(cause: unknown, details: { key?: string | undefined; partNumber?: number | undefined }): UploadError {
  const subject = details.key === undefined ? 'The file' : `The file for "${details.key}"`;
  if (['NotFoundError', 'AbortError'].includes((cause as Error | undefined)?.name ?? '')) {
    return new FileUnreadableError(
      'FileUnreadable',
      `${subject} can't be read: it was deleted or moved, or its drive or permission is gone. Make it available and select it again to go on.`,
      { ...details, cause },
    );
  }
  return new FileChangedError(
    'FileChanged',
    `${subject} was modified after it was selected, or can no longer be read. Select it again to upload what it holds now.`,
    { ...details, cause },
  );
}
