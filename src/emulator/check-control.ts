/** Checks what tests and scripts ask of the control surface, so that a typing error is an error and not a rule that never applies. */
import {
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
  texts,
} from './check-value.js';
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
const kind: Check = () => {};

/** The fields of each kind of fault, and those that it needs. */
const FAULTS: Record<Fault['kind'], [fields: Record<string, Check>, needed?: string[]]> = {
  status: [{ kind, status, code: text, message: text, ec: headerValue, headers: headerTexts, extra: elementTexts }, ['status']],
  raw: [{ kind, status, contentType: headerValue, body: text, headers: headerTexts }, ['status', 'body']],
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

const FAULT_RULE = {
  operation: (value, name) => (Array.isArray(value) ? list(operation)(value, name) : operation(value, name)),
  partNumber: integer(1, 10_000),
  key: text,
  skip: integer(0),
  times: orNull(integer(1)),
  probability: numberIn(0, 1),
  seed: finite,
  fault,
} satisfies Record<keyof FaultRule, Check>;

const CORS_RULE = {
  allowedOrigins: list(text),
  allowedMethods: list(oneOf(['GET', 'PUT', 'POST', 'DELETE', 'HEAD'])),
  allowedHeaders: list(text),
  exposeHeaders: list(text),
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
  cnames: texts,
} satisfies Record<keyof ServiceRules, Check>;

/** @throws {TypeError} as all checks here, with a message that names the field */
export const checkFaultRule = (rule: unknown): void => record(FAULT_RULE, ['fault'])(rule, 'The fault rule');
export const checkLink = (change: unknown): void => record(LINK)(change, 'The link');
export const checkRules = (change: unknown): void => record(RULES)(change, 'The rules');
export const checkCors = (rules: unknown): void =>
  orNull(list(record(CORS_RULE, ['allowedOrigins', 'allowedMethods'])))(rules, 'The CORS rules');
/** A hundred years either way, which every format of a date can hold. */
export const checkClock = (offset: unknown): void => numberIn(-3.15e12, 3.15e12)(offset, 'offsetMilliseconds');
export const checkSeconds = (seconds: unknown): void => numberIn(1, 1e9)(seconds, 'seconds');
export const checkCallbackReply = (reply: unknown): void =>
  orNull(record({ status, body: text, contentType: headerValue, delayMilliseconds: milliseconds }, ['status']))(
    reply,
    'The callback reply',
  );
