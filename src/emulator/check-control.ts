/** Checks what tests and scripts ask of the control surface, so that a typing error is an error and not a rule that never applies. */
import {
  anything as kind,
  boolean,
  type Check,
  elementTexts,
  finite,
  headerTexts,
  headerValue,
  integer,
  list,
  numberIn,
  oneOf,
  orNull,
  record,
  text,
  shown,
  some,
} from './check-value.js';
import { checkDomains } from './custom-domains.js';
import { MAX_SECONDS } from './limits.js';
import type { CorsRule, Fault, FaultRule, LinkState, OperationName, ServiceRules, Versioning } from './types.js';

const OPERATIONS: Record<OperationName, true> = {
  InitiateMultipartUpload: true,
  UploadPart: true,
  ListParts: true,
  CompleteMultipartUpload: true,
  AbortMultipartUpload: true,
  ListMultipartUploads: true,
  PutObject: true,
  PostObject: true,
  HeadObject: true,
  GetObject: true,
  DeleteObject: true,
  ListObjects: true,
  ListObjectVersions: true,
  Preflight: true,
  AssumeRole: true,
  Unknown: true,
};
const operation = oneOf(Object.keys(OPERATIONS));
/** A day: longer than any test. */
const milliseconds = numberIn(0, 86_400_000);
const status = integer(200, 599);

/** The fields of each kind of fault, and those that it needs. */
const FAULTS: Record<Fault['kind'], [fields: Record<string, Check>, needed?: string[]]> = {
  status: [{ kind, status, code: text, message: text, ec: headerValue, headers: headerTexts, extra: elementTexts }, ['status']],
  // A proxy may answer with a status that no standard knows.
  raw: [{ kind, status: integer(200, 999), contentType: headerValue, body: text, headers: headerTexts }, ['status', 'body']],
  html: [{ kind, status, afterWork: boolean }],
  'error-in-200': [{ kind, code: text, message: text, afterWork: boolean }],
  reset: [{ kind, afterBytes: integer(0) }],
  stall: [{ kind, afterBytes: integer(0), milliseconds }],
  delay: [{ kind, milliseconds, afterMilliseconds: milliseconds }],
  'drop-response': [{ kind }],
  trickle: [{ kind, milliseconds }, ['milliseconds']],
  corrupt: [{ kind }],
  etag: [{ kind, form: oneOf(['wrong', 'weak']) }, ['form']],
  'response-headers': [{ kind, set: headerTexts, remove: list(text) }],
  'no-cors': [{ kind }],
};

const fault: Check = (value, name) => {
  const given = (value ?? {}) as { kind?: unknown };
  oneOf(Object.keys(FAULTS))(given.kind, `${name}.kind`);
  const [fields, needed] = FAULTS[given.kind as Fault['kind']];
  record(fields, needed)(value, name);
  if (given.kind === 'delay' && !('milliseconds' in given || 'afterMilliseconds' in given)) {
    throw new TypeError(`${name} needs milliseconds or afterMilliseconds.`);
  }
};

const probability: Check = (value, name) => {
  numberIn(0, 1)(value, name);
  if (value === 0) throw new TypeError(`${name} must be above 0: the fault could never strike.`);
};
/** A request that isn't recognized may have anything. */
const PARTED: readonly OperationName[] = ['UploadPart', 'Unknown'];
const KEYLESS: readonly OperationName[] = ['ListMultipartUploads', 'ListObjects', 'ListObjectVersions', 'AssumeRole'];

const FAULT_RULE = {
  operation: (value, name) => (Array.isArray(value) ? list(operation)(value, name) : operation(value, name)),
  partNumber: integer(1, 10_000),
  key: text,
  skip: integer(0),
  times: orNull(integer(1)),
  probability,
  seed: finite,
  fault,
} satisfies Record<keyof FaultRule, Check>;

/** As OSS takes it: a name in which one `*` may stand for anything. */
const pattern: Check = (value, name) => {
  text(value, name);
  if (value === '' || (value as string).split('*').length > 2) {
    throw new TypeError(`${name} must be a text with at most one *, not ${shown(value)}.`);
  }
};
const exposedHeader: Check = (value, name) => {
  text(value, name);
  if (value === '' || (value as string).includes('*')) {
    throw new TypeError(`${name} must be the name of a header, without a *, not ${shown(value)}.`);
  }
};
/** Of a bucket of OSS. */
const MAX_CORS_RULES = 10;

const CORS_RULE = {
  allowedOrigins: some(pattern),
  allowedMethods: some(oneOf(['GET', 'PUT', 'POST', 'DELETE', 'HEAD'])),
  allowedHeaders: list(pattern),
  exposeHeaders: list(exposedHeader),
  maxAgeSeconds: integer(0),
} satisfies Record<keyof CorsRule, Check>;

const LINK = {
  bytesPerSecond: orNull(numberIn(1, Number.MAX_SAFE_INTEGER)),
  latencyMilliseconds: milliseconds,
  offline: boolean,
} satisfies Record<keyof LinkState, Check>;

const VERSIONING: readonly Versioning[] = ['Off', 'Enabled', 'Suspended'];
export const checkVersioning: Check = oneOf(VERSIONING);

const RULES = {
  forbidPublicEndpoint: boolean,
  requesterPays: boolean,
  versioning: checkVersioning,
  cnames: checkDomains,
} satisfies Record<keyof ServiceRules, Check>;

/** @throws {TypeError} as all checks here, with a message that names the field */
export function checkFaultRule(rule: unknown): void {
  record(FAULT_RULE, ['fault'])(rule, 'The fault rule');
  const { operation: given = [], key, partNumber } = rule as FaultRule;
  const named = Array.isArray(given) ? given : [given];
  const strikes = (has: (name: OperationName) => boolean): boolean => named.length === 0 || named.some(has);
  if (partNumber !== undefined && !strikes((name) => PARTED.includes(name))) {
    throw new TypeError(`The fault rule could never strike: ${named.join(', ')} has no partNumber.`);
  }
  if (key !== undefined && !strikes((name) => !KEYLESS.includes(name))) {
    throw new TypeError(`The fault rule could never strike: ${named.join(', ')} has no key.`);
  }
}
export const checkLink = (change: unknown): void => record(LINK)(change, 'The link');
export const checkRules = (change: unknown): void => record(RULES)(change, 'The rules');
export function checkCors(rules: unknown): void {
  orNull(list(record(CORS_RULE, ['allowedOrigins', 'allowedMethods'])))(rules, 'The CORS rules');
  if (((rules as CorsRule[] | null)?.length ?? 0) > MAX_CORS_RULES)
    throw new TypeError(`The CORS rules must be at most ${MAX_CORS_RULES}.`);
}
/** A hundred years either way, which every format of a date can hold. */
export const checkClock = (offset: unknown): void => numberIn(-3.15e12, 3.15e12)(offset, 'offsetMilliseconds');
export const checkSeconds = (seconds: unknown): void => numberIn(1, MAX_SECONDS)(seconds, 'seconds');
export const checkCallbackReply = (reply: unknown): void =>
  orNull(record({ status, body: text, contentType: headerValue, delayMilliseconds: milliseconds }, ['status']))(
    reply,
    'The callback reply',
  );
export const checkReset = (options: unknown): void => record({ data: boolean })(options, 'The reset');
