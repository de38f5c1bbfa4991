/** Verifies the signature and the policy of a form upload. The form's own fields count; headers and query don't. */
import { ALGORITHM, olderSignature } from './parse-claim.js';
import { invalidArgument, OssError, requestTimeTooSkewed } from './oss-error.js';
import { checkPostPolicy, parsePostPolicy, type PostPolicy } from './post-policy.js';
import { invalidPolicy } from './post-errors.js';
import { type AccessKey, equal, findKey, type KeyRing, parseTimestamp, signatureOf, signingKey } from './verify-v4.js';

const MAX_AHEAD = 900_000;
const MAX_AGE = 604_800_000;

export interface VerifiedForm {
  accessKeyId: string;
  key: AccessKey;
  policy: PostPolicy;
}

export interface VerifyFormOptions {
  /** The bucket that is addressed. */
  bucket: string;
  /** The type that the file's part names. */
  fileType: string | undefined;
  region: string;
  now: number;
  keys: KeyRing;
}

/**
 * @param fields by lower-case name
 * @throws {OssError} also for an anonymous form, since buckets are private
 */
export function verifyPostForm(fields: ReadonlyMap<string, string>, options: VerifyFormOptions): VerifiedForm {
  const { bucket, fileType, region, now, keys } = options;
  if (fields.has('ossaccesskeyid') || fields.has('signature')) throw olderSignature('V1', 'the fields OSSAccessKeyId and Signature');
  const encoded = fields.get('policy');
  if (encoded === undefined) throw withoutPolicy(fields);
  if (encoded === '') throw invalidPolicy('The policy is empty.', '0006-00000205');
  if (fields.get('x-oss-signature-version') !== ALGORITHM) {
    throw invalidArgument(`x-oss-signature-version must be ${ALGORITHM}.`, 'x-oss-signature-version', undefined, '0002-00000701');
  }
  const signature = fields.get('x-oss-signature');
  if (signature === undefined) throw invalidArgument('x-oss-signature is missing.', 'x-oss-signature', undefined, '0002-00000703');
  if (signature === '') throw invalidArgument('x-oss-signature is empty.', 'x-oss-signature', '', '0002-00000704');
  const { accessKeyId, date } = parseCredential(fields.get('x-oss-credential') ?? '', region);
  checkDate(fields.get('x-oss-date') ?? '', date, now);

  const securityToken = fields.get('x-oss-security-token');
  const key = findKey({ accessKeyId, ...(securityToken !== undefined && { securityToken }) }, { keys, now });
  const expected = signatureOf(signingKey(key.accessKeySecret, { date, region, product: 'oss' }), encoded);
  if (!equal(expected, signature)) throw signatureDoesNotMatch(accessKeyId, signature, encoded);

  const policy = parsePostPolicy(decodePolicy(encoded));
  const judged = new Map([...fields, ['bucket', bucket]]);
  if (fileType !== undefined && !judged.has('content-type')) judged.set('content-type', fileType);
  checkPostPolicy(policy, judged, now);
  return { accessKeyId, key, policy };
}

function withoutPolicy(fields: ReadonlyMap<string, string>): OssError {
  if (['x-oss-signature-version', 'x-oss-credential', 'x-oss-date', 'x-oss-signature'].some((name) => fields.has(name))) {
    return invalidArgument('A signed form needs a policy.', 'policy', undefined, '0002-00000702');
  }
  return new OssError(403, 'AccessDenied', 'You have no right to access this object because of bucket acl.', { ec: '0003-00000001' });
}

function parseCredential(text: string, region: string): { accessKeyId: string; date: string } {
  const refuse = (message: string, ec: string): OssError => invalidArgument(message, 'x-oss-credential', text, ec);
  const [accessKeyId, date, given, product, terminator, ...more] = text.split('/');
  if (terminator === 'aws4_request') throw refuse('The credential is one of S3.', '0002-00000711');
  if (!accessKeyId || !/^\d{8}$/.test(date ?? '') || !given || product !== 'oss' || terminator !== 'aliyun_v4_request' || more.length > 0) {
    throw refuse('The credential must be AccessKeyId/YYYYMMDD/region/oss/aliyun_v4_request.', '0002-00000710');
  }
  if (given !== region) throw refuse('The signing region in credential is invalid.', '0002-00000715');
  return { accessKeyId, date: date as string };
}

/** A form may be used for days, but it isn't from the future. Status and code for a wrong time are ours. */
function checkDate(text: string, date: string, now: number): void {
  const time = parseTimestamp(text);
  if (Number.isNaN(time)) throw invalidArgument('x-oss-date must be YYYYMMDDTHHMMSSZ.', 'x-oss-date', text, '0002-00000709');
  if (!text.startsWith(date)) throw invalidArgument('x-oss-date and the date in x-oss-credential differ.', 'x-oss-date', text);
  if (time - now <= MAX_AHEAD && now - time <= MAX_AGE) return;
  throw requestTimeTooSkewed('0002-00000709', { time, now, most: MAX_AHEAD });
}

function decodePolicy(encoded: string): string {
  const bytes = Buffer.from(encoded, 'base64');
  const text = bytes.toString('utf8');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(encoded) || text.includes('\ufffd')) throw invalidPolicy('The policy is not base64.', '0006-00000201');
  return text;
}

function signatureDoesNotMatch(accessKeyId: string, signature: string, policy: string): OssError {
  return new OssError(
    403,
    'SignatureDoesNotMatch',
    'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
    { extra: { OSSAccessKeyId: accessKeyId, SignatureProvided: signature, StringToSign: policy } },
  );
}
