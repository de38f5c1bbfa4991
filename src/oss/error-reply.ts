import { OssError } from '../errors.js';
import { describe, type Subject } from './operation.js';
import { readError } from './xml.js';

/** What to do about frequent refusals. A Map: a code may be any text, also the name of something that every object inherits. */
const ADVICE = /* @__PURE__ */ new Map(
  Object.entries({
    AccessDenied: "Check the role's policy and the session policy, region and endpoint.",
    SignatureDoesNotMatch: 'Check accessKeySecret, and that no proxy rewrites headers.',
    InvalidAccessKeyId: 'The access key does not exist or was disabled: check what `credentials` returns.',
    SecurityTokenExpired: 'Let `credentials` be a function that fetches fresh ones.',
    InvalidSecurityToken: 'Take keys and token from the same AssumeRole answer.',
    RequestTimeTooSkewed: "The device's clock is wrong: set it.",
    NoSuchBucket: 'Check bucket and region.',
    FileAlreadyExists: 'forbidOverwrite is set: choose another key.',
    SecondLevelDomainForbidden: 'Leave pathStyle off.',
    PublicEndpointForbidden:
      'Accounts opened since 2025-03-20 need a custom domain in mainland regions: bind one, pass it as `endpoint` with `cname: true`.',
    EntityTooLarge: 'Choose a smaller partSize.',
    NoSuchUpload: 'The upload was aborted, completed or removed by a lifecycle rule: start again.',
  }),
);

/** What to do about a refusal of OSS. */
export function adviceFor(code: string): string | undefined {
  return ADVICE.get(code);
}

/**
 * Reads the error document of a reply that failed. Only what is needed is taken over, and `secrets` are struck
 * out of it: the service echoes the token in some bodies.
 */
export async function readErrorReply(response: Response, subject: Subject, secrets: readonly (string | undefined)[]): Promise<OssError> {
  const { status, headers } = response;
  const clean = (text: string | null | undefined): string | undefined =>
    secrets.reduce((rest, secret) => (secret ? rest?.replaceAll(secret, '***') : rest), text || undefined);
  const xml = readError(await bodyOf(response));
  const code = clean(xml?.code) ?? `HTTP${status}`;
  const requestId = clean(xml?.requestId ?? headers.get('x-oss-request-id'));
  const ec = clean(xml?.ec ?? headers.get('x-oss-ec'));
  const said = xml?.message ? `: ${xml.message.replace(/\.$/, '')}` : ' without an OSS error document';
  const marks = [requestId && `request ID ${requestId}`, ec && `EC ${ec}`].filter(Boolean).join(', ');
  const sentences = [`${describe(subject)} failed with ${status} ${code}${said}.`, adviceFor(code), marks && `(${marks})`];
  return new OssError(code, clean(sentences.filter(Boolean).join(' ')) as string, {
    ...subject,
    status,
    requestId,
    ec,
    hostId: clean(xml?.hostId),
    serverTime: xml?.serverTime,
    retryAfter: parseRetryAfter(headers.get('Retry-After'), headers.get('Date')),
    resumable: code !== 'FileAlreadyExists',
  });
}

/** HEAD has no body: there the document is base64 in a header. */
async function bodyOf(response: Response): Promise<string> {
  const encoded = response.headers.get('x-oss-err');
  try {
    return encoded ? new TextDecoder().decode(Uint8Array.from(atob(encoded), (char) => char.charCodeAt(0))) : await response.text();
  } catch {
    return '';
  }
}

/** Milliseconds. @see RFC 9110, 10.2.3 */
function parseRetryAfter(value: string | null, date: string | null): number | undefined {
  if (!value) return undefined;
  const milliseconds = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.parse(date ?? '');
  return milliseconds >= 0 ? milliseconds : undefined;
}
