import type { CallbackOptions, UploadOptions } from '../options.js';

type Headers = Record<string, string>;

/** An upload's headers, each on the operation it belongs to and on no other. */
export interface ObjectHeaders {
  /** InitiateMultipartUpload fixes all metadata but the ACL. */
  initiate: Headers;
  uploadPart: Headers;
  /** Of the requests that have none of their own (ListParts, HEAD, Abort); in those of the others, too. */
  everyRequest: Headers;
  /** ACL, callback and the second look of forbid-overwrite. */
  complete: Headers;
  putObject: Headers;
}

/** Where a header given as such belongs, when not to the metadata. */
const ON_COMPLETE = /^x-oss-(object-acl|callback|callback-var)$/;
const ON_BOTH = 'x-oss-forbid-overwrite';
/** Both requests that carry bytes. */
const ON_BYTES = 'x-oss-traffic-limit';
/** Who pays is asked at each request, to ListParts, HEAD and Abort too. @see OSS documentation, "Pay-by-requester" */
const ON_EVERY_REQUEST = 'x-oss-request-payer';
/** The browser sets these, signing does, or they would describe one request rather than the object. */
const REFUSED = /^(authorization|host|content-length|content-md5|date|x-oss-date|x-oss-security-token|x-oss-content-sha256)$/;

/**
 * @throws {TypeError} for a header that can't be sent, naming it
 * @throws {RangeError} for sizes OSS refuses
 * @see OSS documentation, "InitiateMultipartUpload", "CompleteMultipartUpload", "PutObject", "Callback"
 */
export function objectHeaders(options: UploadOptions, fileType: string): ObjectHeaders {
  const metadata: Headers = {};
  const completing: Headers = {};
  const bytes: Headers = {};
  const everyRequest: Headers = {};

  const set = (target: Headers, name: string, value: string | number | undefined): void => {
    if (value !== undefined) target[name] = checkValue(name, asText(`header "${name}"`, value));
  };
  set(metadata, 'content-type', options.contentType || fileType || 'application/octet-stream');
  set(metadata, 'cache-control', options.cacheControl);
  set(metadata, 'content-disposition', options.contentDisposition);
  set(metadata, 'x-oss-storage-class', options.storageClass);
  if (options.tagging) set(metadata, 'x-oss-tagging', encodeTags(options.tagging));
  const { serverSideEncryption: sse } = options;
  const { algorithm, keyId, dataEncryption } =
    typeof sse === 'string' ? { algorithm: sse, keyId: undefined, dataEncryption: undefined } : (sse ?? {});
  set(metadata, 'x-oss-server-side-encryption', algorithm);
  set(metadata, 'x-oss-server-side-encryption-key-id', keyId);
  set(metadata, 'x-oss-server-side-data-encryption', dataEncryption);
  for (const [name, value] of entriesOf('metadata', options.metadata)) set(metadata, `x-oss-meta-${name.toLowerCase()}`, value);

  set(completing, 'x-oss-object-acl', options.acl);
  if (options.callback) set(completing, 'x-oss-callback', encodeJson('callback', checkCallback(options.callback)));
  if (options.callbackVar) set(completing, 'x-oss-callback-var', encodeJson('callbackVar', checkCallbackVar(options.callbackVar)));
  if (!['boolean', 'undefined'].includes(typeof options.forbidOverwrite)) throw new TypeError('forbidOverwrite must be true or false');
  if (options.forbidOverwrite) {
    set(metadata, ON_BOTH, 'true');
    set(completing, ON_BOTH, 'true');
  }
  if (options.trafficLimit !== undefined) set(bytes, ON_BYTES, checkTrafficLimit(options.trafficLimit));

  for (const [given, value] of entriesOf('headers', options.headers)) {
    const name = given.toLowerCase();
    if (REFUSED.test(name)) throw new TypeError(`headers must not hold "${given}": it is set for each request`);
    if (name === ON_EVERY_REQUEST) set(everyRequest, name, value);
    else if (name === ON_BYTES) set(bytes, name, value);
    else if (ON_COMPLETE.test(name)) set(completing, name, value);
    else set(metadata, name, value);
    if (name === ON_BOTH) set(completing, name, value);
  }
  checkMetadataSize(metadata);
  return {
    initiate: { ...metadata, ...everyRequest },
    uploadPart: { ...bytes, ...everyRequest },
    everyRequest,
    complete: { ...completing, ...everyRequest },
    putObject: { ...metadata, ...completing, ...bytes, ...everyRequest },
  };
}

function checkValue(name: string, value: string): string {
  // A browser sends header values as Latin-1 and OSS reads them as UTF-8: anything else would not arrive, nor be signed, as written.
  if (!/^[a-z0-9!#$%&'*+.^_`|~-]+$/.test(name)) throw new TypeError(`"${name}" is not a header name`);
  if (!/^[\t\x20-\x7e]*$/.test(value))
    throw new TypeError(`header "${name}" must be printable ASCII: encode other text, with encodeURIComponent() say`);
  return value.trim();
}

function checkMetadataSize(headers: Headers): void {
  const size = Object.entries(headers).reduce(
    (sum, [name, value]) => sum + (name.startsWith('x-oss-meta-') ? name.length + value.length : 0),
    0,
  );
  if (size > 8192) throw new RangeError(`metadata must be at most 8192 bytes in all, not ${size}`);
}

function encodeTags(tags: Headers): string {
  const pairs = entriesOf('tagging', tags).map(([name, value]) => [name, asText(`tagging of "${name}"`, value)]);
  if (pairs.length > 10) throw new RangeError(`tagging must hold at most 10 tags, not ${pairs.length}`);
  return new URLSearchParams(pairs).toString().replaceAll('+', '%20');
}

/** Names and values of an option that is an object of texts. */
function entriesOf(option: string, value: Headers | undefined): [string, string][] {
  if (value === undefined) return [];
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new TypeError(`${option} must be an object of names and texts`);
  return Object.entries(value);
}

/** Numbers and booleans are written out; "[object Object]" and "null" are never what was meant. */
function asText(what: string, value: unknown): string {
  if (!['string', 'number', 'boolean'].includes(typeof value)) throw new TypeError(`${what} must be a text`);
  return String(value);
}

function checkTrafficLimit(limit: number): number {
  if (!(Number.isInteger(limit) && limit >= 819_200 && limit <= 838_860_800)) {
    throw new RangeError(`trafficLimit must be 819200..838860800 bits a second`);
  }
  return limit;
}

function checkCallback(callback: CallbackOptions): CallbackOptions {
  if (![callback.callbackUrl, callback.callbackBody].every((text) => typeof text === 'string' && text !== ''))
    throw new TypeError('callback needs callbackUrl and callbackBody');
  return callback;
}

function checkCallbackVar(variables: Headers): Headers {
  const entries = entriesOf('callbackVar', variables);
  for (const [name, value] of entries) asText(`callbackVar "${name}"`, value);
  const wrong = entries.map(([name]) => name).find((name) => !/^x:[^A-Z]+$/.test(name));
  if (wrong !== undefined) throw new TypeError(`callbackVar names begin with "x:" and are lower case, unlike "${wrong}"`);
  return variables;
}

/** Base64 of UTF-8 JSON. */
function encodeJson(name: string, value: object): string {
  let json: string;
  try {
    json = JSON.stringify(value);
  } catch {
    throw new TypeError(`${name} can't be written as JSON`);
  }
  const bytes = new TextEncoder().encode(json);
  const length = Math.ceil(bytes.length / 3) * 4;
  if (length > 5120) throw new RangeError(`${name} must be at most 5 KB when encoded, not ${length} bytes`);
  return btoa(String.fromCharCode(...bytes));
}
