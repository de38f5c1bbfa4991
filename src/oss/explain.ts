/** Explains why no answer came: the file, the network, the address, CORS, or something between. */
import { within } from '../core/abortable.js';
import { fileError, hasLastByte } from '../core/file-errors.js';
import { isBlob } from '../core/is-blob.js';
import { CorsError, NetworkError, type UploadError } from '../errors.js';
import type { Clock } from '../ports.js';
import { objectUrl } from './address.js';
import type { KnownEndpoint } from './endpoint-list.js';
import { adviceFor } from './error-reply.js';
import { describe, type Subject } from './operation.js';

/** Milliseconds for a plain request to be answered, and for a byte of the file to be read. */
const PROBE_LIMIT = 5_000;
const KEPT = 'Uploaded parts are kept.';

/**
 * The network's fault, or the file's? Only reading the file can tell.
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
      if ((await within(hasLastByte(body), PROBE_LIMIT, clock, signal)) === false) return fileError(undefined, subject);
    } catch (readError) {
      signal.throwIfAborted();
      return fileError(readError, subject);
    }
  }
  const isStall = (cause as Error | undefined)?.name === 'TimeoutError';
  const message = isStall ? (cause as Error).message : 'the connection failed before an answer arrived';
  return new NetworkError(isStall ? 'Stalled' : 'NetworkError', `${describe(subject)}: ${message}. ${KEPT}`, { ...subject, cause });
}

/**
 * Whether the endpoint answers a request for which CORS needs no rules: then the line works, and failing requests are refused.
 * @throws `signal.reason`
 */
export async function answersPlainly(endpoint: KnownEndpoint, clock: Clock, signal: AbortSignal): Promise<boolean> {
  const probe = new AbortController();
  const url = objectUrl(endpoint, endpoint.bucket, '');
  try {
    const asking = fetch(url, { mode: 'no-cors', credentials: 'omit', cache: 'no-store', signal: probe.signal });
    return (await within(asking, PROBE_LIMIT, clock, signal)) !== undefined;
  } catch {
    signal.throwIfAborted();
    return false;
  } finally {
    probe.abort();
  }
}

/** The endpoint has never answered this page, not even a plain request. */
export function unreachable({ origin, bucket }: KnownEndpoint, subject: Subject, cause: unknown): NetworkError {
  const message = `${origin} can't be reached for bucket "${bucket}": check network, endpoint, region and Content-Security-Policy (connect-src); or ${rulesMissing(origin)}`;
  return new NetworkError('NetworkError', message, { ...subject, cause });
}

/** A plain request was answered, and the real one, sent once more, was not. */
export function corsRefused({ origin, bucket }: KnownEndpoint, subject: Subject, cause: unknown): CorsError {
  const message = `${origin} responds, but CORS blocks the response: there is no bucket "${bucket}"; or ${rulesMissing(origin)}`;
  return new CorsError('CorsRefused', message, { ...subject, cause });
}

/** The endpoint has answered this page, and still answers plain requests; this one is refused without CORS headers. */
export function blockedOnTheWay({ origin }: KnownEndpoint, subject: Subject, cause: unknown): CorsError {
  const message = `${describe(subject)} is refused, though ${origin} answers: by a proxy that limits bodies (reduce partSize), a firewall or CORS rules. ${KEPT}`;
  return new CorsError('AnswerBlocked', message, { ...subject, cause });
}

/** Whether the refusal at a public endpoint carries CORS headers is not documented: it may look like missing rules. */
function rulesMissing(origin: string): string {
  const rules = `CORS rules are missing: allow origin ${globalThis.location?.origin}, PUT, POST, GET, HEAD, DELETE and all headers (*).`;
  return origin.includes('//oss-cn-') ? `${rules} ${adviceFor('PublicEndpointForbidden')}` : rules;
}
