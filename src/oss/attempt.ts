import { abortable } from '../core/abortable.js';
import { sizeOf } from '../core/bytes.js';
import { NetworkError, OssError, UploadError } from '../errors.js';
import type { Bytes, Clock } from '../ports.js';
import { objectUrl, queryText } from './address.js';
import type { Authorization, Authorizer } from './authorize.js';
import type { Connectivity } from './connectivity.js';
import type { EndpointList, KnownEndpoint } from './endpoint-list.js';
import { readErrorReply } from './error-reply.js';
import { explainSilence } from './explain.js';
import { describe, type Operation, type Reply, type RequestContext, type Subject, type Trace } from './operation.js';
import { encodeForm } from './post-form.js';
import type { Waits } from './waits.js';
import { watch } from './watchdog.js';
import type { Transport, TransportInit } from './xhr-fetch.js';

/**
 * Sends an operation once, with the endpoint, the credentials and the clock of the moment.
 * @param stalls earlier attempts of the same request that were given up for silence
 * @throws {CredentialsError} when there are no credentials
 * @throws `signal.reason`
 */
export type Attempt = <T>(
  operation: Operation<T>,
  context: RequestContext,
  waits: Waits,
  stalls: number,
  trace?: Trace,
) => Promise<{ answer: T } | FailedAttempt>;

/** A failed attempt, for the decision about the next one. */
export interface FailedAttempt {
  readonly error: UploadError;
  /** By the local clock. */
  readonly startedAt: number;
  /** The browser was offline at some moment. */
  readonly metOffline: boolean;
  readonly endpoint: KnownEndpoint;
  readonly authorization: Authorization;
}

export function createAttempt(
  transport: Transport,
  stallTimeout: number,
  authorizer: Authorizer,
  endpoints: EndpointList,
  network: Connectivity,
  clock: Clock,
): Attempt {
  return async (operation, { signal, unreadable, onSent }, waits, stalls, trace) => {
    const authorization = await authorizer.authorize(operation, waits);
    trace?.sending();
    const endpoint = endpoints.current();
    const startedAt = clock.now();
    const { body, size, isOfFile } = bodyOf(operation);
    const { key = operation.key, fields, url = addressOf(endpoint, fields ? '' : key, operation) } = authorization;
    const form = fields && encodeForm(fields, body as Uint8Array);
    const watchdog = watch(
      {
        origin: new URL(url).origin,
        size,
        isOfFile,
        hidesProgress: form !== undefined,
        stallTimeout: stallTimeout * (operation.patience ?? 1),
        stalls,
        signal,
        unreadable,
        // Shown until a byte moves: not every broken connection reports an error.
        onOffline: () => waits.show('network'),
      },
      endpoint.line,
      network,
      clock,
    );
    // An answer to what is sent now proves the platform wrong; what was under way when the network went may still arrive.
    const isDoubtful = watchdog.metOffline();
    const init: TransportInit = {
      method: operation.method,
      headers: form ? { 'content-type': form.type } : authorization.headers,
      ...(body !== undefined && { body: form?.body ?? body }),
      ...((operation.method === 'GET' || operation.method === 'HEAD') && { cache: 'no-store' }),
      ...(form && { isSimple: true }),
      signal: watchdog.signal,
      onSent(bytes) {
        watchdog.sent(bytes);
        if (bytes > 0) waits.end();
        onSent?.(bytes);
      },
      onAnswer() {
        if (form) init.onSent?.(size);
        watchdog.answering();
        trace?.answering();
      },
    };

    const exchange = async (): Promise<Reply | UploadError> => {
      try {
        // A transport of the application may ignore the signal.
        const reply = await abortable(transfer(transport, url, init, { ...operation, key }, authorization), watchdog.signal);
        watchdog.end(!(reply instanceof OssError));
        trace?.replied(reply);
        if (isDoubtful) network.answered();
        endpoint.isContacted = true;
        waits.end();
        return reply;
      } catch (cause) {
        signal.throwIfAborted();
        if (unreadable?.aborted && cause === unreadable.reason) throw cause;
        return await explainSilence(operation, body, cause, clock, waits.signal);
      } finally {
        watchdog.end(false);
      }
    };

    const answer = read(operation, await exchange(), endpoints);
    if (answer instanceof UploadError) return { error: answer, startedAt, metOffline: watchdog.metOffline(), endpoint, authorization };
    endpoint.answers += 1;
    return { answer };
  };
}

/** What is sent now, and how many bytes of the file are in it. */
function bodyOf({ body: given }: Operation<unknown>): { body: Blob | string | Bytes | undefined; size: number; isOfFile: boolean } {
  const body = typeof given === 'function' ? given() : given;
  const isOfFile = body !== undefined && typeof body !== 'string';
  return { body, size: isOfFile ? sizeOf(body) : 0, isOfFile };
}

/** @param key empty for a form, which names the key in a field */
function addressOf(endpoint: KnownEndpoint, key: string, { query }: Operation<unknown>): string {
  return objectUrl(endpoint, endpoint.bucket, key) + queryText(query);
}

/** Sends, and receives the reply completely. */
async function transfer(
  transport: Transport,
  url: string,
  init: TransportInit,
  subject: Subject,
  { secrets, headers, fields }: Authorization,
): Promise<Reply | OssError> {
  const response = await transport(url, init);
  init.onAnswer?.();
  if (!response.ok) return readErrorReply(response, subject, secrets);
  const hasCallback = 'x-oss-callback' in headers || fields?.['callback'] !== undefined;
  return { key: subject.key, hasCallback, status: response.status, headers: response.headers, body: await response.text() };
}

function read<T>(operation: Operation<T>, reply: Reply | UploadError, endpoints: EndpointList): T | UploadError {
  if (reply instanceof OssError) {
    const answer = operation.readRefusal?.(reply);
    return answer === undefined ? reply : answer;
  }
  if (reply instanceof UploadError) return reply;
  const message = `${describe(operation)}: a proxy or portal may have answered instead of OSS.`;
  return operation.read(reply, endpoints) ?? new NetworkError('UnreadableAnswer', message, operation);
}
