import { abortable } from '../core/abortable.js';
import { isBlob } from '../core/is-blob.js';
import { NetworkError, OssError } from '../errors.js';
import { objectUrl, queryText } from './address.js';
import type { Course, Way } from './course.js';
import { describe, readErrorReply } from './error-reply.js';
import { explainSilence } from './explain.js';
import { hasMarks } from './marks.js';
import type { Reply } from './operation.js';
import { watch } from './watchdog.js';

/**
 * Sends a request once, with the keys, the clock and the endpoint of this moment, and makes sense of the reply.
 * @throws {OssError | NetworkError | CredentialsError | FileChangedError | FileUnreadableError}
 * @throws `signal.reason`
 */
export async function attempt<T>(way: Way, course: Course<T>): Promise<T> {
  const { serviceClock } = way;
  const { operation } = course;
  const { method, key, query, headers = {} } = operation;
  const keys = await way.credentials.get(course.waitSignal, (error) => course.wait('credentials', error));
  const signed = await way.signer.sign({ method, bucket: way.config.bucket, key, query, headers }, keys, serviceClock.now());
  const endpoint = way.endpoints.current();
  Object.assign(course, { keys, endpoint });
  course.silence.begin();
  const reply = await exchange(way, course, signed);
  endpoint.isContacted = true;
  course.endWait();
  if (reply instanceof OssError) {
    // What is about an object or upload is said after the signature, and with it the time, was found good.
    if ([404, 409].includes(reply.status) && !reply.code.startsWith('HTTP')) serviceClock.confirm();
    throw reply;
  }
  const answer = operation.read(reply);
  if (answer === undefined) {
    const message = `${describe(operation)}: the answer is not OSS's: something on the way may have replaced it.`;
    throw new NetworkError('UnreadableAnswer', message, operation);
  }
  endpoint.answers += 1;
  if (reply.body || hasMarks(reply.headers)) serviceClock.confirm();
  return answer;
}

/** Sends, and reads the reply to its last byte, for as long as the watchdog waits. */
async function exchange(way: Way, course: Course<unknown>, headers: Record<string, string>): Promise<Reply | OssError> {
  const { bucket, stallTimeout } = way.config;
  const { operation, context, endpoint, keys } = course;
  const { method } = operation;
  const { signal, unreadable } = context;
  const body = typeof operation.body === 'function' ? operation.body() : operation.body;
  const url = objectUrl(endpoint, bucket, operation.key) + queryText(operation.query);
  const isOfFile = isBlob(body);
  const watchdog = watch(
    {
      origin: new URL(url).origin,
      size: isOfFile ? body.size : 0,
      isOfFile,
      stallTimeout: stallTimeout * (operation.patience ?? 1),
      stalls: course.stalls,
      signal,
      unreadable,
      // Until a byte moves: not every connection that is gone says so.
      onOffline: () => course.wait('network'),
    },
    endpoint.line,
    way,
  );
  // An answer to what is sent now proves the platform wrong; what was on its way when the network went may still arrive.
  const isDoubtful = watchdog.metOffline();
  const transfer = async (): Promise<Reply | OssError> => {
    const response = await way.transport(url, {
      method,
      headers,
      ...(body !== undefined && { body }),
      ...((method === 'GET' || method === 'HEAD') && { cache: 'no-store' }),
      signal: watchdog.signal,
      onSent(bytes) {
        watchdog.sent(bytes);
        if (bytes > 0) course.endWait();
        context.onSent?.(bytes);
      },
      onAnswer: watchdog.answering,
    });
    watchdog.answering();
    if (!response.ok) return readErrorReply(response, operation, [keys?.securityToken, keys?.accessKeySecret]);
    return { status: response.status, headers: response.headers, body: await response.text() };
  };
  try {
    // A transport of the page's may not heed the signal.
    const reply = await abortable(transfer(), watchdog.signal);
    watchdog.end(!(reply instanceof OssError));
    if (isDoubtful) way.network.answered();
    return reply;
  } catch (cause) {
    signal.throwIfAborted();
    if (unreadable?.aborted && cause === unreadable.reason) throw cause;
    throw await explainSilence(operation, body, cause, way.clock, course.waitSignal);
  } finally {
    course.metOffline = watchdog.metOffline();
    watchdog.end(false);
  }
}
