import { toBase64 } from '../core/base64.js';
import { refuse } from '../core/refuse.js';
import { flag, group, integer } from './checks.js';
import type { CallbackOptions, ObjectHeaders, UploadOptions } from './types.js';

type Headers = Record<string, string>;

/** Where a header belongs, by its name: metadata is what belongs nowhere else. */
const ON_INITIATE = /^(?!x-oss-(traffic-limit|object-acl|callback|callback-var)$)/;
const ON_PARTS = /^x-oss-traffic-limit$/;
const ON_COMPLETE = /^x-oss-(object-acl|callback|callback-var|forbid-overwrite)$/;
/** OSS asks at each request who pays, also at ListParts, HEAD and Abort. @see OSS documentation, "Pay-by-requester" */
const ON_EVERY_REQUEST = /^x-oss-request-payer$/;
/** The browser sets these, signing does, or they would describe one request rather than the object. */
const REFUSED = /^(authorization|host|content-length|content-md5|date|x-oss-date|x-oss-security-token|x-oss-content-sha256)$/;

/**
 * The headers that an upload's options ask for, each on the operation it belongs to and on no other.
 * @throws {TypeError} for a header that can't be sent, naming it
 * @throws {RangeError} for sizes OSS refuses
 * @see https://www.alibabacloud.com/help/en/oss/developer-reference/initiatemultipartupload
 */
export function objectHeaders(options: UploadOptions, fileType: string): ObjectHeaders {
  const putObject = Object.fromEntries(headersOf(options, fileType));
  const pick = (belongs: RegExp): Headers => Object.fromEntries(Object.entries(putObject).filter(([name]) => belongs.test(name)));
  const { length } = Object.entries(pick(/^x-oss-meta-/))
    .flat()
    .join('');
  if (length > 8192) refuse('metadata', 'at most 8192 bytes in all', length, RangeError);
  return {
    initiate: pick(ON_INITIATE),
    uploadPart: pick(ON_PARTS),
    everyRequest: pick(ON_EVERY_REQUEST),
    complete: pick(ON_COMPLETE),
    putObject,
  };
}

/** All of them, checked; of one name, the last counts. */
function headersOf(options: UploadOptions, fileType: string): [name: string, value: string][] {
  const { serverSideEncryption: sse, tagging, callback, callbackVar, forbidOverwrite = false, trafficLimit } = options;
  const encryption = typeof sse === 'string' ? { algorithm: sse } : sse;
  const wanted: Record<string, unknown> = {
    'content-type': options.contentType || fileType || 'application/octet-stream',
    'cache-control': options.cacheControl,
    'content-disposition': options.contentDisposition,
    'x-oss-storage-class': options.storageClass,
    'x-oss-tagging': tagging ? encodeTags(tagging) : undefined,
    'x-oss-server-side-encryption': encryption?.algorithm,
    'x-oss-server-side-encryption-key-id': encryption?.keyId,
    'x-oss-server-side-data-encryption': encryption?.dataEncryption,
    'x-oss-object-acl': options.acl,
    'x-oss-callback': callback ? encodeJson('callback', checkCallback(callback)) : undefined,
    'x-oss-callback-var': callbackVar ? encodeJson('callbackVar', checkCallbackVar(callbackVar)) : undefined,
    'x-oss-forbid-overwrite': flag('forbidOverwrite', forbidOverwrite) || undefined,
    'x-oss-traffic-limit': trafficLimit === undefined ? undefined : integer('trafficLimit', trafficLimit, 819_200, 838_860_800),
  };
  const given = entriesOf('headers', options.headers);
  const refused = given.find(([name]) => REFUSED.test(name.toLowerCase()));
  if (refused) throw new TypeError(`"${refused[0]}" can't be set in headers`);
  return [
    ...Object.entries(wanted),
    ...entriesOf('metadata', options.metadata).map(([name, value]): [string, unknown] => [`x-oss-meta-${name}`, value]),
    ...given,
  ]
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => checkHeader(name.toLowerCase(), asText(`header "${name}"`, value)));
}

function checkHeader(name: string, value: string): [name: string, value: string] {
  // A browser sends header values as Latin-1 and OSS reads them as UTF-8: anything else would not arrive, nor be signed, as written.
  if (!/^[a-z0-9!#$%&'*+.^_`|~-]+$/.test(name)) throw new TypeError(`"${name}" is not a header name`);
  if (!/^[\t\x20-\x7e]*$/.test(value)) {
    throw new TypeError(`header "${name}" must be printable ASCII: use encodeURIComponent()`);
  }
  return [name, value.trim()];
}

function encodeTags(tags: Headers): string {
  const pairs = entriesOf('tagging', tags).map(([name, value]) => [name, asText(`tagging of "${name}"`, value)]);
  if (pairs.length > 10) refuse('tagging', 'at most 10 tags', pairs.length, RangeError);
  return new URLSearchParams(pairs).toString().replaceAll('+', '%20');
}

function entriesOf(option: string, value: Headers | undefined): [name: string, value: unknown][] {
  return Object.entries(group(option, value, 'string values'));
}

/** Numbers and booleans are written out; "[object Object]" and "null" are never what was meant. */
function asText(name: string, value: unknown): string {
  return ['string', 'number', 'boolean'].includes(typeof value) ? String(value) : refuse(name, 'a string', value);
}

function checkCallback(callback: CallbackOptions): CallbackOptions {
  if (![callback.callbackUrl, callback.callbackBody].every((text) => typeof text === 'string' && text !== ''))
    throw new TypeError('callback needs callbackUrl and callbackBody');
  return callback;
}

function checkCallbackVar(variables: Headers): Headers {
  for (const [name, value] of entriesOf('callbackVar', variables)) {
    asText(`callbackVar "${name}"`, value);
    if (!/^x:[^A-Z]+$/.test(name)) throw new TypeError(`callbackVar names begin with "x:" and are lower case, unlike "${name}"`);
  }
  return variables;
}

/** Base64 of JSON. */
function encodeJson(name: string, value: object): string {
  let json: string;
  try {
    json = JSON.stringify(value);
  } catch {
    throw new TypeError(`${name} can't be written as JSON`);
  }
  const encoded = toBase64(json);
  if (encoded.length > 5120) refuse(name, 'at most 5 KB when encoded', encoded.length, RangeError);
  return encoded;
}
