import { isWhole } from '../core/is-whole.js';
import { OPERATIONS, type OperationRules } from './operations.js';
import { Refusal, refuseAsInvalid } from './refusal.js';
import type { Grant } from './types.js';

/** A request that a page wants to have signed, in the form of the protocol. Its key isn't checked here. */
export interface ReadRequest {
  operation: string;
  key: string;
  query: Record<string, string>;
  /** By lower-case name. */
  headers: Record<string, string>;
  size: number | undefined;
  parts: readonly CompletedPart[] | undefined;
  rules: OperationRules;
}

/** A part as a page names it in Complete. */
export interface CompletedPart {
  number: number;
  etag: string;
}

const MAX_PARTS = 10_000;
/** Of one request with a body. @see OSS documentation, "Limits" */
const MAX_BODY = 5 * 1024 ** 3;
/** What a header may carry: no control characters, and nothing beyond ASCII, which clients encode differently. */
const HEADER_VALUE = /^[\x20-\x7e]{0,4096}$/;

/** @throws {Refusal} for anything that the operation doesn't need */
export function readRequest(value: unknown, grant: Grant): ReadRequest {
  const given = record(value, 'Each request');
  const { operation, method, key, size } = given;
  const rules = typeof operation === 'string' && Object.hasOwn(OPERATIONS, operation) && OPERATIONS[operation];
  if (!rules) throw new Refusal(403, 'OperationNotAllowed', 'This operation is not one of uploads.');
  if (method !== undefined && method !== rules.method) throw new Refusal(403, 'OperationNotAllowed', `${operation} is a ${rules.method}.`);
  if (typeof key !== 'string') refuseAsInvalid('The key must be a text.');
  const query = texts(given['query'], 'query');
  checkQuery(query, rules, operation);
  const headers = readHeaders(texts(given['headers'], 'headers'), rules, grant);
  if (rules.sized ? !isWhole(size, 0, MAX_BODY) : size !== undefined && !isWhole(size, 0, Number.MAX_SAFE_INTEGER)) {
    refuseAsInvalid(`${operation} needs size, the number of bytes of its body.`);
  }
  const parts = operation === 'CompleteMultipartUpload' ? readParts(given['parts']) : undefined;
  return { operation, key, query, headers, size: size as number | undefined, parts, rules };
}

function checkQuery(query: Record<string, string>, { query: needed, optional }: OperationRules, operation: string): void {
  const all = { ...needed, ...optional };
  const isFine = Object.entries(query).every(([name, value]) => Object.hasOwn(all, name) && all[name]?.test(value));
  if (!isFine || !Object.keys(needed).every((name) => Object.hasOwn(query, name))) {
    throw new Refusal(403, 'QueryNotAllowed', `The query is not one of ${operation}.`);
  }
}

function readHeaders(given: Record<string, string>, rules: OperationRules, grant: Grant): Record<string, string> {
  // The ACL belongs to Complete.
  const extra = rules.creates || rules === OPERATIONS['CompleteMultipartUpload'] ? (grant.headers ?? []) : [];
  const headers: Record<string, string> = {};
  for (const [spelled, value] of Object.entries(given)) {
    const name = spelled.toLowerCase();
    if (!(rules.headers.test(name) || extra.includes(name as never)) || Object.hasOwn(headers, name)) {
      throw new Refusal(403, 'HeaderNotAllowed', `Pages may not send the header ${JSON.stringify(name.slice(0, 60))} here, or only once.`);
    }
    if (!HEADER_VALUE.test(value)) refuseAsInvalid(`The header ${name} must be up to 4096 printable ASCII characters.`);
    headers[name] = value;
  }
  return headers;
}

function readParts(value: unknown): CompletedPart[] | undefined {
  if (value === undefined) return undefined;
  let last = 0;
  return list(value, 'parts', MAX_PARTS).map((each) => {
    const { number, etag } = record(each, 'Each part');
    if (!isWhole(number, last + 1, MAX_PARTS) || typeof etag !== 'string' || !/^"?[\w-]{1,128}"?$/.test(etag)) {
      refuseAsInvalid('Each part must have its number, 1..10000 in ascending order, and its ETag.');
    }
    last = number as number;
    return { number: last, etag };
  });
}

/** An object with texts only. */
function texts(value: unknown, name: string): Record<string, string> {
  const found = value === undefined ? {} : record(value, name);
  if (!Object.values(found).every((each) => typeof each === 'string')) refuseAsInvalid(`${name} must contain texts only.`);
  return found as Record<string, string>;
}

/** @throws {Refusal} if it is no list, empty or too long */
export function list(value: unknown, name: string, longest: number): unknown[] {
  return Array.isArray(value) && isWhole(value.length, 1, longest) ? value : refuseAsInvalid(`${name} must be a list of 1..${longest}.`);
}

/** @throws {Refusal} if it is no plain object */
export function record(value: unknown, name: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) refuseAsInvalid(`${name} must be an object.`);
  return value as Record<string, unknown>;
}
