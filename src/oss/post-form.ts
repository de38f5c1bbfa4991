/**
 * Objects as forms: the browser sends one to another origin without asking first (a "simple request" of CORS), which saves a round
 * trip for each object.
 * @see https://www.alibabacloud.com/help/en/oss/developer-reference/postobject
 * @see https://fetch.spec.whatwg.org/#cors-safelisted-request-header
 */
import { textOfBase64, toBase64 } from '../core/base64.js';
import { utf8 } from '../core/bytes.js';
import type { Bytes } from '../ports.js';
import { type Signer, type SigningCredentials, timestamp } from './sign.js';

type Fields = Record<string, string>;

/** The object that a form stores. */
export interface FormObject {
  bucket: string;
  key: string;
  /** Bytes. */
  size: number;
  /** Those that PutObject would have. */
  headers: Record<string, string>;
}

/** How long a form may be used, in milliseconds: as long as a signature in headers. */
const LIFETIME = 15 * 60_000;
/** Bytes of a file: larger ones gain little, and a form shows no progress. */
export const LARGEST_FORM: number = 1024 * 1024;
/** Headers of PutObject that a form has a field for. */
const HAS_FIELD =
  /^(content-(type|disposition|encoding)|cache-control|expires|x-oss-(meta-.+|object-acl|storage-class|forbid-overwrite|server-side-encryption(-key-id)?|traffic-limit|callback|callback-var))$/;
/** Browsers rewrite line breaks in fields, OSS fills in `${filename}`, and how a policy spells a `$` is not documented. */
const UNSAFE = /[\0-\x1f\x7f$]/;

/** Whether a form can say all of this, and browsers send it as it is: they write the type of a file in lower case. */
export function fitsForm({ key, size, headers }: Omit<FormObject, 'bucket'>): boolean {
  const type = headers['content-type'] ?? '';
  return (
    size <= LARGEST_FORM &&
    type === type.toLowerCase() &&
    Object.keys(headers).every((name) => HAS_FIELD.test(name)) &&
    ![key, ...Object.values(headers)].some((text) => UNSAFE.test(text))
  );
}

/**
 * The fields of a form that stores exactly this object. The policy covers every field: one that is missing or changed makes the form
 * invalid. It can't forbid fields that are not there.
 * @param time by the service's clock, in milliseconds since the epoch
 * @see https://www.alibabacloud.com/help/en/oss/developer-reference/signature-version-4-recommend
 */
export async function signForm(
  { bucket, key, size, headers }: FormObject,
  signer: Signer,
  credentials: SigningCredentials,
  time: number,
): Promise<Fields> {
  const { securityToken } = credentials;
  const fields: Fields = {
    key,
    ...formFields(headers),
    success_action_status: '200',
    'x-oss-signature-version': 'OSS4-HMAC-SHA256',
    'x-oss-credential': signer.credential(credentials, time),
    'x-oss-date': timestamp(time),
    ...(securityToken && { 'x-oss-security-token': securityToken }),
  };
  const conditions = [
    { bucket },
    ['content-length-range', size, size],
    ...Object.entries(fields).map(([name, value]) => ['eq', `$${name}`, value]),
  ];
  const policy = toBase64(JSON.stringify({ expiration: new Date(time + LIFETIME).toISOString(), conditions }));
  return { ...fields, policy, 'x-oss-signature': await signer.signText(policy, credentials, time) };
}

/**
 * The form as it is sent, the file last. As bytes: a `FormData` with a file in it costs the browser more.
 * @see https://www.rfc-editor.org/rfc/rfc7578
 */
export function encodeForm(fields: Fields, file: Uint8Array): { type: string; body: Bytes } {
  const boundary = crypto.randomUUID();
  const head = (name: string, rest = ''): string => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${rest}\r\n\r\n`;
  const texts = Object.entries(fields).map(([name, value]) => `${head(name)}${value}\r\n`);
  const type = fields['content-type'] ?? 'application/octet-stream';
  const start = utf8(texts.join('') + head('file', `; filename="file"\r\nContent-Type: ${type}`));
  const end = utf8(`\r\n--${boundary}--\r\n`);
  const body = new Uint8Array(start.length + file.length + end.length);
  body.set(start);
  body.set(file, start.length);
  body.set(end, start.length + file.length);
  return { type: `multipart/form-data; boundary=${boundary}`, body };
}

/** In a form, callbacks and their variables have fields of their own. */
function formFields(headers: Record<string, string>): Fields {
  const { 'x-oss-callback': callback, 'x-oss-callback-var': variables, ...others } = headers;
  const decoded: Fields = variables ? JSON.parse(textOfBase64(variables)) : {};
  return { ...others, ...(callback && { callback, ...decoded }) };
}
