import { within } from '../core/abortable.js';
import { isBlob } from '../core/is-blob.js';
import { CorsError, FileChangedError, FileUnreadableError, NetworkError, type UploadError } from '../errors.js';
import type { Endpoint } from '../options.js';
import type { Clock } from '../ports.js';
import { objectUrl } from './address.js';
import { CUSTOM_DOMAIN, describe, type Subject } from './error-reply.js';

/** Milliseconds for a plain request to be answered, and for a byte of the file to be read. */
const LOOK_LIMIT = 5_000;
const KEPT = 'What is uploaded is kept; the upload can be resumed later.';

/**
 * Whether the endpoint answers a request for which CORS needs no rules: then the line works, and what fails is refused.
 * @throws `signal.reason`
 */
export async function answersPlainly(endpoint: Endpoint, bucket: string, clock: Clock, signal: AbortSignal): Promise<boolean> {
  const look = new AbortController();
  const url = objectUrl(endpoint, bucket, '');
  try {
    const asking = fetch(url, { mode: 'no-cors', credentials: 'omit', cache: 'no-store', signal: look.signal });
    return (await within(asking, LOOK_LIMIT, clock, signal)) !== undefined;
  } catch {
    signal.throwIfAborted();
    return false;
  } finally {
    look.abort();
  }
}

/**
 * No answer: the network's fault, or the file's? Only reading the file can tell.
 * @throws `signal.reason`
 */
export async function explainSilence(
  subject: Subject,
  body: unknown,
  cause: unknown,
  clock: Clock,
  signal: AbortSignal,
): Promise<UploadError> {
  if (isBlob(body)) {
    try {
      // The last byte: Firefox reads a file that was cut short without an error, and just gets less.
      const reading = body.slice(-1).arrayBuffer();
      const last = await within(reading, LOOK_LIMIT, clock, signal);
      if (last && last.byteLength < Math.min(1, body.size)) return fileError(undefined, subject);
    } catch (readError) {
      signal.throwIfAborted();
      return fileError(readError, subject);
    }
  }
  const isStall = nameOf(cause) === 'TimeoutError';
  const message = isStall ? (cause as Error).message : 'the connection failed before an answer arrived';
  return new NetworkError(isStall ? 'Stalled' : 'NetworkError', `${describe(subject)}: ${message}. ${KEPT}`, { ...subject, cause });
}

/** Nobody has ever answered, not even a plain request. */
export function unreachable({ origin }: Endpoint, bucket: string, subject: Subject, cause: unknown): NetworkError {
  const message = `${origin} can't be reached for bucket "${bucket}": the network, the endpoint or the region is wrong; or the page's Content-Security-Policy (connect-src) forbids it; or ${rulesMissing(origin)}`;
  return new NetworkError('NetworkError', message, { ...subject, cause });
}

/** A plain request was answered, and the real one, sent once more, was not. */
export function corsRefused({ origin }: Endpoint, bucket: string, subject: Subject, cause: unknown): CorsError {
  const message = `${origin} answers, but the browser may not use its answers: there is no bucket "${bucket}"; or ${rulesMissing(origin)}`;
  return new CorsError('CorsRefused', message, { ...subject, cause });
}

/** The endpoint has answered this page, and still answers plain requests; this one is refused without CORS headers. */
export function blockedOnTheWay({ origin }: Endpoint, subject: Subject, cause: unknown): CorsError {
  const message = `${describe(subject)} is refused again and again, while ${origin} answers others: by a proxy that limits the size of a body (choose a smaller partSize), a firewall, or changed CORS rules. ${KEPT}`;
  return new CorsError('AnswerBlocked', message, { ...subject, cause });
}

/** Whether the refusal at a public endpoint carries CORS headers is not documented: it may look like rules that are missing. */
function rulesMissing(origin: string): string {
  const rules = `the bucket's CORS rules are missing: they must allow origin ${globalThis.location?.origin}, PUT, POST, GET, HEAD and DELETE, and all headers (*).`;
  return origin.includes('//oss-cn-') ? `${rules} ${CUSTOM_DOMAIN}` : rules;
}

/** Whether an error is a Blob's that can't be read. @see File API, "Errors and Exceptions" */
export function isReadFailure(error: unknown): boolean {
  return ['NotReadableError', 'NotFoundError', 'SecurityError'].includes(nameOf(error));
}

/**
 * Names what became of a file that can't be read, or was read and is another. Firefox says AbortError of every file that
 * it can't open: the caller has to know that nobody aborted the reading. @see File API, "Errors and Exceptions"
 */
export function fileError(cause: unknown, details: { key?: string | undefined; partNumber?: number | undefined }): UploadError {
  const subject = details.key ? `The file for "${details.key}"` : 'The file';
  if (['NotFoundError', 'AbortError'].includes(nameOf(cause))) {
    const message = `${subject} can't be read: it was deleted or moved, or its drive or permission is gone. Bring it back and select it again.`;
    return new FileUnreadableError('FileUnreadable', message, { ...details, cause });
  }
  const message = `${subject} was modified after it was selected, or can't be read any more. Select it again.`;
  return new FileChangedError('FileChanged', message, { ...details, cause });
}

function nameOf(error: unknown): string {
  return (error as Error | undefined)?.name ?? '';
}
