/** Upload callback: after Put or Complete the service sends a POST to the application server and relays its answer. */
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { createHash } from 'node:crypto';
import type { CallbackSigner } from './callback-signer.js';
import { invalidArgument } from './oss-error.js';

const TIMEOUT = 5000;
const MAX_HEADER = 5 * 1024;
const MAX_ANSWER = 1024 * 1024;
const MAX_URLS = 5;
const FORM = 'application/x-www-form-urlencoded';

export interface CallbackRequest {
  urls: string[];
  host: string | undefined;
  body: string;
  bodyType: string;
  variables: Record<string, string>;
  /** Values of the `${…}` system variables; filled in once the object is stored. */
  values: Record<string, string | number>;
}

/** The application server's answer, or why there is no valid one. */
export type CallbackOutcome = { ok: true; body: string; contentType: string } | { ok: false; message: string };

/** Undefined if the request asks for no callback. Called before anything is stored, so that a mistake costs nothing. */
export function parseCallback(headers: ReadonlyMap<string, string>, query: ReadonlyMap<string, string>): CallbackRequest | undefined {
  const encoded = readEither(headers, query, 'callback');
  const variables = readEither(headers, query, 'callback-var');
  if (encoded === undefined) return undefined;
  return readCallback(encoded, variables === undefined ? {} : decodeJson('callback-var', variables));
}

/** @param given the variables `x:…` */
export function readCallback(encoded: string | undefined, given: Record<string, unknown>): CallbackRequest | undefined {
  if (encoded === undefined || encoded === '') return undefined;
  const fields = decodeJson('callback', encoded);
  const text = (name: string): string | undefined => (typeof fields[name] === 'string' && fields[name] !== '' ? fields[name] : undefined);
  const urls = (text('callbackUrl') ?? '')
    .split(';')
    .map((url) => url.trim())
    .filter((url) => url !== '');
  const valid = urls.every((url) => URL.canParse(url) && /^https?:$/.test(new URL(url).protocol));
  if (urls.length < 1 || urls.length > MAX_URLS || !valid) {
    throw invalidArgument('The callback configuration has no valid callbackUrl.', 'callbackUrl', urls.join(';'));
  }
  const body = text('callbackBody');
  if (body === undefined) throw invalidArgument('The callback configuration has no callbackBody.', 'callbackBody', '');
  const bodyType = text('callbackBodyType') ?? FORM;
  if (bodyType !== FORM && bodyType !== 'application/json') {
    throw invalidArgument('The callback body type is not supported.', 'callbackBodyType', bodyType);
  }
  const variables: Record<string, string> = {};
  for (const [name, value] of Object.entries(given)) {
    if (!/^x:[^A-Z]+$/.test(name))
      throw invalidArgument('Names of callback variables begin with x: and are lower case.', 'callback-var', name);
    variables[name] = String(value);
  }
  return { urls, host: text('callbackHost'), body, bodyType, variables, values: {} };
}

/** Tries the URLs in turn until one answers correctly; if none does, the last one's failure counts. */
export async function callBack(callback: CallbackRequest, requestId: string, signer: CallbackSigner): Promise<CallbackOutcome> {
  const body = renderBody(callback);
  let message = '';
  for (const url of callback.urls) {
    const signal = AbortSignal.timeout(TIMEOUT);
    try {
      const answer = await post(url, body, headersOf(callback, url, body, requestId, signer), signal);
      if (typeof answer === 'string') message = answer;
      else if (!isJson(answer.text)) message = 'Response body is not valid json format.';
      else return { ok: true, body: answer.text, contentType: 'application/json' };
    } catch {
      message = signal.aborted ? timedOut(url) : UNREACHABLE;
    }
  }
  return { ok: false, message };
}

/** Fills in the variables: URL-encoded in a form; in JSON, text with its quotes and numbers without. */
export function renderBody({ body, bodyType, variables, values }: CallbackRequest): string {
  return body.replace(/\$\{([^}]+)\}/g, (_, name: string) => {
    const value = own(values, name) ?? own(variables, name) ?? '';
    if (bodyType === FORM) return encodeURIComponent(value);
    return JSON.stringify(value);
  });
}

/** A name may also be that of an inherited member. */
function own<T>(values: Record<string, T>, name: string): T | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined;
}

const UNREACHABLE = 'Error status : -1. OSS can not connect to your callbackUrl, please check it.';

/** How the service begins this sentence is a guess. */
function timedOut(url: string): string {
  return `Error status : -1. ${new URL(url).host} reply timeout, cost: ${TIMEOUT} MS, timeout: ${TIMEOUT} MS.`;
}

/** What is wrong with an answer, as far as its head says. */
function problemOf({ statusCode, headers }: IncomingMessage): string | undefined {
  const length = headers['content-length'];
  if (statusCode !== 200) return `Error status : ${statusCode}.`;
  if (length === undefined) return 'User server missing content-length.';
  return Number(length) > MAX_ANSWER ? 'User server return too long content-length value.' : undefined;
}

function headersOf(
  { host, bodyType, values }: CallbackRequest,
  url: string,
  body: string,
  requestId: string,
  signer: CallbackSigner,
): Record<string, string> {
  return {
    ...(host === undefined ? {} : { Host: host }),
    'Content-Type': bodyType,
    'Content-Length': String(Buffer.byteLength(body)),
    'Content-MD5': createHash('md5').update(body).digest('base64'),
    'User-Agent': 'aliyun-oss-callback',
    'x-oss-bucket': String(values['bucket'] ?? ''),
    'x-oss-request-id': requestId,
    ...signer.sign(url, body),
    Connection: 'close',
  };
}

/** @returns the answer, or what is wrong with it */
function post(url: string, body: string, headers: Record<string, string>, signal: AbortSignal): Promise<{ text: string } | string> {
  return new Promise((resolve, reject) => {
    const send = new URL(url).protocol === 'https:' ? httpsRequest : httpRequest;
    const request = send(url, { method: 'POST', headers, signal });
    request.on('error', reject);
    request.on('response', (response) => {
      response.on('error', reject);
      const problem = problemOf(response);
      if (problem !== undefined) {
        resolve(problem);
        request.destroy();
        return;
      }
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ text: Buffer.concat(chunks).toString('utf8') }));
    });
    request.end(body);
  });
}

function readEither(headers: ReadonlyMap<string, string>, query: ReadonlyMap<string, string>, name: string): string | undefined {
  const [header, parameter] = [headers.get(`x-oss-${name}`), query.get(name)];
  if (header !== undefined && parameter !== undefined) {
    throw invalidArgument('The callback may be given in a header or in the query, not in both.', name, parameter);
  }
  return header ?? parameter;
}

function decodeJson(name: string, value: string): Record<string, unknown> {
  const wrong = (message: string): never => {
    throw invalidArgument(message, name, value.slice(0, 200));
  };
  if (value.length > MAX_HEADER) wrong('The callback configuration is too long.');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(value)) wrong('The callback configuration is not base64 encoded.');
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(value, 'base64').toString('utf8'));
  } catch {
    wrong('The callback configuration is not json format.');
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) wrong('The callback configuration is not json format.');
  return parsed as Record<string, unknown>;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
