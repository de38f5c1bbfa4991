/** Serves one request, from the raw bytes to the answer: link, fault, CORS, signature, operation. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { corrupted, receive, receiveBuffer, type BodyConditions, type BodyStore } from './receive-body.js';
import { authorize } from './authorize.js';
import { callBack } from './callback.js';
import type { CallbackSigner } from './callback-signer.js';
import { endWithoutAnswer, unlessGone } from './connection.js';
import { corsHeaders, preflight } from './cors.js';
import { accessDenied, ClientGone, noSuchBucket, OssError } from './oss-error.js';
import { Exchange } from './exchange.js';
import { explainFailure } from './explain-failure.js';
import type { FaultBook } from './fault-book.js';
import {
  checkBucketName,
  checkKey,
  isPathStyle,
  parseQuery,
  parseRequest,
  resolveAddress,
  type Address,
  type Addressing,
  type ParsedRequest,
} from './parse-request.js';
import { openCors } from './json-http.js';
import type { Limits } from './limits.js';
import type { Lane, Link } from './link.js';
import type { OperationContext, Reply } from './operations/operation.js';
import { findOperation, operationName } from './operations/find-operation.js';
import { postObject } from './operations/post-object.js';
import { checkAction, isForm, readStsRequest, StsError } from './read-sts-request.js';
import type { RequestLog } from './request-log.js';
import { allowsAnonymous, checkEndpoint, checkLength, checkPayer, trafficLane } from './request-rules.js';
import type { BucketStore } from './bucket-store.js';
import type { ServerClock } from './server-clock.js';
import type { TokenService } from './token-service.js';
import type { CorsRule, OperationName, ServiceRules } from './types.js';
import { verifyPostForm } from './verify-post-form.js';
import { verifyV4 } from './verify-v4.js';

export interface Service {
  region: string;
  clock: ServerClock;
  addressing: Addressing;
  tokens: TokenService;
  link: Link;
  rules: ServiceRules;
  faults: FaultBook;
  limits: Limits;
  log: RequestLog;
  buckets: Map<string, BucketStore>;
  bodies: BodyStore;
  cors: Map<string, CorsRule[]>;
  callbackSigner: CallbackSigner;
}

/** Bytes. */
const MAX_STS_FORM = 64 * 1024;
const NOWHERE: Address = { bucket: null, key: null };

export async function serveOss(service: Service, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { parsed, addresses, problem } = readTarget(service, request);
  const address = addresses[0] ?? NOWHERE;
  const operation = operationName(parsed.method, address, parsed.query);
  const number = Number(parsed.query.get('partNumber') ?? Number.NaN);
  const partNumber = Number.isInteger(number) ? number : undefined;
  const rules = service.cors.get(address.bucket ?? '') ?? [];
  const cors = operation === 'Preflight' ? {} : corsHeaders(rules, parsed.headers.get('origin'), parsed.method);
  const exchange = begin(service, request, response, { parsed, operation, address, partNumber, cors });
  await service.link.latency(request);
  await answer(exchange, async () => {
    if (problem !== undefined) throw problem;
    if (operation === 'Preflight') return exchange.send({ status: 200, headers: preflight(rules, parsed.headers) });
    return perform(service, exchange, addresses);
  });
}

/** `/sts[?duration=seconds][&bucket=name][&prefix=of keys | &policy=JSON]`: the answer that an application's server gives after AssumeRole. */
export async function serveSts(service: Service, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method === 'OPTIONS') {
    response.writeHead(204, openCors(request)).end();
    return;
  }
  const { parsed, problem } = readTarget(service, request);
  const subject = { operation: 'AssumeRole', address: NOWHERE, partNumber: undefined } as const;
  const exchange = begin(service, request, response, { parsed, ...subject, cors: openCors(request) });
  await service.link.latency(request);
  await answer(exchange, async () => {
    if (problem !== undefined) throw problem;
    const asked = new Map([...parsed.query, ...(await readForm(service, exchange))]);
    if (parsed.rawPath === '/') checkAction(parsed.headers.get('x-acs-action') ?? asked.get('Action'));
    const { seconds, policy } = readStsRequest(asked, { seconds: service.tokens.seconds, buckets: [...service.buckets.keys()] });
    const reply = service.tokens.issue(seconds, policy);
    await exchange.send({ status: 200, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(reply) });
  });
}

interface Subject {
  parsed: ParsedRequest;
  operation: OperationName;
  address: Address;
  partNumber: number | undefined;
  /** Headers of every answer. */
  cors: Record<string, string>;
}

/** Logs a request, and finds the fault that strikes it. */
function begin(service: Service, request: IncomingMessage, response: ServerResponse, subject: Subject): Exchange {
  const { parsed, operation, address, partNumber, cors } = subject;
  const now = (): number => service.clock.now();
  const log = service.log.start({
    time: new Date(now()).toISOString(),
    operation,
    method: parsed.method,
    httpVersion: request.httpVersion,
    ...address,
    partNumber,
    uploadId: parsed.query.get('uploadId'),
    headers: parsed.headers,
    query: parsed.query,
  });
  const fault = service.faults.strike({ operation, key: address.key, partNumber });
  return new Exchange(request, response, { parsed, log, fault, cors, silence: service.limits.silentMilliseconds, now });
}

/** What an STS client sends as a form; pages and curl use the query. */
async function readForm(service: Service, exchange: Exchange): Promise<ReadonlyMap<string, string>> {
  const { parsed, request } = exchange;
  if (!isForm(parsed.headers.get('content-type'))) return new Map();
  const form = await receiveBuffer(request, MAX_STS_FORM, bodyConditions(service, exchange, []));
  return parseQuery(form?.toString('utf8') ?? '');
}

async function answer(exchange: Exchange, work: () => Promise<void>): Promise<void> {
  try {
    await exchange.delay();
    await (exchange.replacement ?? work)();
  } catch (error) {
    if (error instanceof StruckLate) await exchange.replacement?.().catch(() => endWithoutAnswer(exchange.request));
    else if (error instanceof ClientGone || exchange.hasBegun) {
      endWithoutAnswer(exchange.request);
    } else if (error instanceof StsError) {
      await sendStsError(exchange, error);
    } else if (error instanceof OssError) {
      await exchange.sendError(error).catch(() => endWithoutAnswer(exchange.request));
    } else {
      console.error(error);
      await exchange.sendError(explainFailure(error)).catch(() => endWithoutAnswer(exchange.request));
    }
  }
}

/** Ends the work on a form whose key a fault names that answers in its place. */
class StruckLate extends Error {}

async function sendStsError(exchange: Exchange, { status, code, message }: StsError): Promise<void> {
  exchange.log.code = code;
  const body = JSON.stringify({ RequestId: exchange.requestId, HostId: exchange.parsed.host, Code: code, Message: message });
  await exchange.send({ status, headers: { 'Content-Type': 'application/json' }, body });
}

async function perform(service: Service, exchange: Exchange, addresses: readonly Address[]): Promise<void> {
  const { parsed } = exchange;
  const first = addresses[0] ?? NOWHERE;
  checkEndpoint(service, parsed);
  if (first.bucket === null) throw accessDenied('Listing buckets is not offered here; name a bucket.');
  checkBucketName(first.bucket);
  const bucket = service.buckets.get(first.bucket);
  if (bucket === undefined) throw noSuchBucket(first.bucket);

  const reply = await (exchange.log.operation === 'PostObject'
    ? receiveForm(service, exchange, bucket)
    : operate(service, exchange, bucket, addresses));
  try {
    await exchange.send(reply);
  } finally {
    reply.release?.();
  }
}

/** An operation whose request is signed by its headers or its query. */
async function operate(service: Service, exchange: Exchange, bucket: BucketStore, addresses: readonly Address[]): Promise<Reply> {
  const { parsed, request } = exchange;
  const now = service.clock.now();
  const { address, claim, key } = verifyV4(parsed, addresses, { region: service.region, now, keys: service.tokens });
  const name = operationName(parsed.method, address, parsed.query);
  exchange.log.key = address.key;
  exchange.log.operation = name;
  if (claim === undefined || key === undefined) {
    const isPublic = !parsed.query.has('versionId') && allowsAnonymous(name, bucket, address.key);
    if (!isPublic) throw accessDenied('You are forbidden to access this bucket anonymously.');
  } else {
    const requester = { accessKeyId: claim.accessKeyId, key, socket: request.socket, now };
    authorize(requester, bucket, { operation: name, key: address.key, headers: parsed.headers, query: parsed.query });
  }
  checkPayer(service.rules, parsed);
  const operation = findOperation(name, parsed.method, address, parsed.query);
  if (address.key !== null) checkKey(address.key);
  const limited = trafficLane(parsed, name);
  return operation(createContext(service, exchange, bucket, address.key ?? '', limited === undefined ? [] : [limited]));
}

/** PostObject: signature and policy are in the form, and so is all else that is checked. */
async function receiveForm(service: Service, exchange: Exchange, bucket: BucketStore): Promise<Reply> {
  const { parsed, request, log } = exchange;
  const { region, tokens, rules } = service;
  // The limit is known once the fields have been read; it holds for the file.
  const limits: Lane[] = [];
  return postObject(createContext(service, exchange, bucket, '', limits), async ({ fields, headers, key, fileType }) => {
    log.key = key;
    await strikeLate(service, exchange, key);
    const now = service.clock.now();
    const verified = verifyPostForm(fields, { bucket: bucket.name, fileType, region, now, keys: tokens });
    // A field may stand for any header but the browser's name.
    const agent = parsed.headers.get('user-agent') ?? '';
    const all = { headers: new Map([...parsed.headers, ...headers, ['user-agent', agent]]), query: parsed.query };
    authorize({ ...verified, socket: request.socket, now }, bucket, { operation: 'PostObject', key, ...all });
    checkPayer(rules, all);
    const limited = trafficLane(all, 'PostObject');
    if (limited !== undefined) limits.push(limited);
    return verified.policy;
  });
}

/** A form's key is known only now. */
async function strikeLate({ faults }: Service, exchange: Exchange, key: string): Promise<void> {
  if (exchange.fault !== undefined) return;
  exchange.strike(faults.strike({ operation: 'PostObject', key, partNumber: undefined, isLate: true }));
  if (exchange.replacement !== undefined) throw new StruckLate();
  await exchange.delay();
}

/** @param limits further lanes that the body passes; may grow while it is received */
function createContext(service: Service, exchange: Exchange, bucket: BucketStore, key: string, limits: readonly Lane[]): OperationContext {
  const { parsed, request } = exchange;
  const conditions = bodyConditions(service, exchange, limits);
  const chunks = (): AsyncIterable<Buffer> => {
    checkLength(parsed);
    return receive(request, conditions);
  };
  return {
    bucket,
    key,
    query: parsed.query,
    headers: parsed.headers,
    region: service.region,
    now: () => service.clock.now(),
    requestId: exchange.requestId,
    clientIp: request.socket.remoteAddress ?? '',
    location: `${'encrypted' in request.socket ? 'https' : 'http'}://${parsed.host}${isPathStyle(parsed, service.addressing) ? `/${bucket.name}` : ''}`,
    chunks,
    store: (body, path) => service.bodies.receive(corrupted(body, exchange.fault), path),
    bodyToFile: async (path) => service.bodies.receive(corrupted(chunks(), exchange.fault), path),
    readBody: service.bodies.read,
    bodyToBuffer: (limit) => receiveBuffer(request, limit, conditions),
    callBack: (callback) => unlessGone(request, callBack(callback, exchange.requestId, service.callbackSigner)),
  };
}

function bodyConditions({ link, limits }: Service, exchange: Exchange, further: readonly Lane[]): BodyConditions {
  return {
    lanes: () => [link.lane, ...further],
    fault: () => exchange.fault,
    silence: limits.silentMilliseconds,
    onBytes: (count) => {
      exchange.log.bytesIn += count;
    },
  };
}

/** Reads the address before anything else can fail, so that even a bad request is logged. */
function readTarget(
  service: Service,
  request: IncomingMessage,
): { parsed: ParsedRequest; addresses: Address[]; problem: OssError | undefined } {
  try {
    const parsed = parseRequest(request);
    return { parsed, addresses: resolveAddress(parsed, service.addressing), problem: undefined };
  } catch (error) {
    if (!(error instanceof OssError)) throw error;
    const bare = Object.assign(Object.create(request) as IncomingMessage, { url: '/' });
    return { parsed: parseRequest(bare), addresses: [NOWHERE], problem: error };
  }
}
