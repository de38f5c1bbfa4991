import { textOfBase64 } from '../core/base64.js';
import { OssError } from '../errors.js';
import { describe, type Subject } from './operation.js';
import { readError } from './xml.js';

/** Advice on frequent refusals. A Map: a code may be any text, also the name of a property that every object inherits. */
const ADVICE = /* @__PURE__ */ new Map(
  Object.entries({
    AccessDenied: 'Check policy, region and endpoint.',
    SignatureDoesNotMatch: 'Check accessKeySecret, and that no proxy rewrites headers.',
    InvalidAccessKeyId: 'Check what `credentials` returns.',
    SecurityTokenExpired: 'Pass a function as `credentials`.',
    InvalidSecurityToken: 'Take keys and token from one AssumeRole response.',
    RequestTimeTooSkewed: "Set the device's clock.",
    NoSuchBucket: 'Check bucket and region.',
    FileAlreadyExists: 'Choose another key, or no forbidOverwrite.',
    PublicEndpointForbidden: 'Accounts opened since 2025-03-20 need a custom domain in mainland regions: `endpoint` with `cname: true`.',
    NoSuchUpload: 'Upload the file again.',
  }),
);

/** Advice on a refusal of OSS. */
export function adviceFor(code: string): string | undefined {
  return ADVICE.get(code);
}

/**
 * Reads the error document of a failed reply. Only known fields are kept, and `secrets` are struck out: the service echoes the
 * token in some bodies.
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

/** A reply to HEAD has no body: the document is in a header, in base64. */
async function bodyOf(response: Response): Promise<string> {
  const encoded = response.headers.get('x-oss-err');
  try {
    return encoded ? textOfBase64(encoded) : await response.text();
  } catch {
    return '';
  }
}

/** In milliseconds. @see https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3 */
function parseRetryAfter(value: string | null, date: string | null): number | undefined {
  if (!value) return undefined;
  const milliseconds = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.parse(date ?? '');
  return milliseconds >= 0 ? milliseconds : undefined;
}
