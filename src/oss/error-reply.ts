import { OssError } from '../errors.js';
import { readError } from './xml.js';

/** What a message says it is about. */
export interface Subject {
  /** The API operation's name, such as `UploadPart`. */
  operation: string;
  key: string;
  partNumber?: number | undefined;
}

/** What mainland regions ask for at their public endpoints. @see OSS documentation, "PublicEndpointForbidden" */
export const CUSTOM_DOMAIN =
  'Accounts opened since 2025-03-20 need a custom domain in mainland regions: bind one, pass it as `endpoint` with `cname: true`.';

/** What to do about the refusals that people meet. No code finds what every object inherits: it may be anybody's. */
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
    PublicEndpointForbidden: CUSTOM_DOMAIN,
    EntityTooLarge: 'Choose a smaller partSize.',
    NoSuchUpload: 'The upload was aborted, completed or removed by a lifecycle rule: start again.',
  }),
);

/** "UploadPart 3 of "dir/a.bin"" */
export function describe({ operation, key, partNumber }: Subject): string {
  return `${operation}${partNumber ? ` ${partNumber}` : ''} of "${key}"`;
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
  const sentences = [`${describe(subject)} failed with ${status} ${code}${said}.`, ADVICE.get(code), marks && `(${marks})`];
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
