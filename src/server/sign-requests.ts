import SparkMD5 from 'spark-md5';
import { fitsForm, signForm } from '../oss/post-form.js';
import type { Signer, SigningCredentials } from '../oss/sign.js';
import { writeComplete } from '../oss/xml.js';
import { isAllowedType } from './check-grant.js';
import { callbackHeaders } from './callback-headers.js';
import { checkKeyInPrefix, keyNotAllowed } from './object-key.js';
import { list, type ReadRequest, readRequest } from './read-requests.js';
import { Refusal, refuseAsInvalid } from './refusal.js';
import type { Service } from './service.js';
import type { Grant } from './types.js';

/** The answer to one request of a page. */
export interface Signature {
  /** The key that the request is for: with `keyFor`, another one than the page proposed. */
  key: string;
  /** Headers to send besides the proposed ones. */
  headers?: Record<string, string>;
  /** Of `PostObject`: the fields of the form, before `file`. */
  fields?: Record<string, string>;
}

/** What signing needs. */
export interface Signing {
  bucket: string;
  signer: Signer;
  keys: SigningCredentials;
  service: Service;
  callbackSecret: string | undefined;
}

const MAX_REQUESTS = 100;

/**
 * All of them or none.
 * @throws {Refusal} for the first request that isn't allowed
 */
export async function signRequests(value: unknown, grant: Grant, signing: Signing): Promise<Signature[]> {
  const requests = list(value, 'requests', MAX_REQUESTS).map((each) => readRequest(each, grant));
  const completes = requests.filter(({ operation }) => operation === 'CompleteMultipartUpload');
  // Each of them lists up to ten thousand parts.
  if (grant.maxBytes !== undefined && completes.length > 1) refuseAsInvalid('With a limit of bytes, one Complete at a time can be signed.');
  for (const request of requests) checkLimits(request, grant);
  const keys: string[] = [];
  for (const request of requests) keys.push(await keyOf(request, grant));
  return Promise.all(requests.map((request, index) => signOne(request, keys[index] as string, grant, signing)));
}

/** The key that the request may use. */
async function keyOf({ rules, operation, key, size, headers }: ReadRequest, { keyFor, prefix }: Grant): Promise<string> {
  if (!keyFor || !rules.creates) return checkKeyInPrefix(key, prefix);
  const chosen = await keyFor({ key, size, contentType: headers['content-type'] });
  if (chosen === undefined) throw keyNotAllowed(prefix);
  if (!chosen.startsWith(prefix)) throw new TypeError(`keyFor returned a key for ${operation} that is not in the prefix`);
  // What is unsafe in it comes from the page's proposal.
  return checkKeyInPrefix(chosen, prefix);
}

function checkLimits({ operation, rules, headers, size }: ReadRequest, grant: Grant): void {
  // A page may add a field to a form that its policy doesn't cover, and `x-oss-content-type` outweighs `content-type`.
  if (operation === 'PostObject' && (grant.forms === false || grant.contentTypes)) throw formNotAllowed();
  if (size !== undefined && size > (grant.maxBytes ?? Number.POSITIVE_INFINITY)) throw tooLarge(grant);
  if (rules.creates && !isAllowedType(headers['content-type'], grant)) {
    throw new Refusal(403, 'ContentTypeNotAllowed', `The content type must be one of ${grant.contentTypes?.join(', ')}.`);
  }
}

async function signOne(request: ReadRequest, key: string, grant: Grant, signing: Signing): Promise<Signature> {
  const { operation, rules, query, size } = request;
  const { bucket, signer, keys } = signing;
  const proposed = request.headers;
  const headers = { ...proposed, ...(await headersOfServer(request, key, grant, signing)) };
  if (operation === 'PostObject') {
    // OSS fills in `${filename}` after it has checked the policy.
    if (!fitsForm({ key, size: size as number, headers })) throw formNotAllowed();
    return { key, fields: await signForm({ bucket, key, size: size as number, headers }, signer, keys, Date.now()) };
  }
  if (operation === 'CompleteMultipartUpload') await checkComplete(request, key, grant, signing);
  // The browser sends it by itself; signed, a body of another size is refused by OSS.
  const sized = rules.sized ? { 'content-length': String(size) } : {};
  const signed = await signer.sign(
    { method: rules.method, bucket, key, query, headers: { ...headers, ...sized }, additionalHeaders: Object.keys(sized) },
    keys,
    Date.now(),
  );
  const answer = Object.entries(signed)
    .map(([name, text]) => [name.toLowerCase(), text] as const)
    .filter(([name, text]) => name !== 'content-length' && proposed[name] !== text);
  return { key, headers: Object.fromEntries(answer) };
}

/** What the server adds, whatever the page proposed. */
async function headersOfServer(
  { operation, rules, parts }: ReadRequest,
  key: string,
  grant: Grant,
  { bucket, callbackSecret }: Signing,
): Promise<Record<string, string>> {
  const isComplete = operation === 'CompleteMultipartUpload';
  const isStoring = isComplete || (rules.creates && operation !== 'InitiateMultipartUpload');
  const metadata = Object.entries(rules.creates ? (grant.metadata ?? {}) : {});
  return {
    ...Object.fromEntries(metadata.map(([name, value]) => [`x-oss-meta-${name}`, value])),
    ...((rules.creates || isComplete) && grant.overwrite === false && { 'x-oss-forbid-overwrite': 'true' }),
    ...(isStoring && (await callbackHeaders(grant, bucket, key, callbackSecret))),
    // It binds the signature to these parts: after this check, no others can be completed with it.
    ...(isComplete && parts && { 'content-md5': btoa(SparkMD5.hash(writeComplete(parts), true)) }),
  };
}

/** Aborts the upload if the object would be larger than allowed. Parts that are no part of it, as of an earlier plan, are dropped by OSS. */
async function checkComplete({ query, parts }: ReadRequest, key: string, grant: Grant, { service }: Signing): Promise<void> {
  if (grant.maxBytes === undefined) return;
  if (!parts) refuseAsInvalid('CompleteMultipartUpload needs parts, the numbers and ETags of its body.');
  const uploadId = query['uploadId'] as string;
  const stored = await service.listParts(key, uploadId);
  // OSS then answers the Complete itself: the page learns whether an earlier one was successful.
  if (!stored) return;
  const completed = new Set(parts.map(({ number }) => number));
  const total = stored.reduce((sum, { number, size }) => sum + (completed.has(number) ? size : 0), 0);
  if (total > grant.maxBytes) {
    await service.abort(key, uploadId);
    throw tooLarge(grant);
  }
  const bare = (etag: string): string => etag.replaceAll('"', '').toUpperCase();
  const etags = new Map(stored.map(({ number, etag }) => [number, bare(etag)]));
  if (!parts.every(({ number, etag }) => etags.get(number) === bare(etag))) {
    throw new Refusal(409, 'PartMismatch', 'The parts are not those that OSS has. List them and try again.');
  }
}

/** The page then sends the object by PutObject. */
function formNotAllowed(): Refusal {
  return new Refusal(403, 'OperationNotAllowed', 'This object may not be sent as a form.');
}

function tooLarge({ maxBytes }: Grant): Refusal {
  return new Refusal(413, 'TooLarge', `The object may have ${maxBytes} bytes.`);
}
